#!/usr/bin/env bash
# Prepares a fresh Debian 12 or Ubuntu for `make demo` and `make test`: installs Debian packages,
# the Chinese font and the pinned model files, and any packages named as arguments. Asks nothing,
# prints nothing when nothing is missing, and may be run again at any time.
set -euo pipefail

build_packages="build-essential pkg-config libclang-dev cmake python3 python3-pip"
run_packages="libgl1 libegl1 libgl1-mesa-dri libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon0 libxkbcommon-x11-0 libwayland-client0 libwayland-cursor0 libwayland-egl1 fonts-noto-cjk"
test_packages="age tar strace"

. "$(dirname "$0")/models.sh"

fail() {
    echo "set-up: $*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "this needs root, or sudo: $*"
    fi
}

install_packages() {
    local missing=()
    for package in $build_packages $run_packages $test_packages "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "this is neither Debian nor Ubuntu; install by hand: ${missing[*]}"
    echo "set-up: installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

install_models() {
    local folder work
    folder=$(model_folder)
    ! model_sums "$folder" | sha256sum --check --status 2>/dev/null || return 0
    echo "set-up: fetching the face and mask models into $folder"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' RETURN
    echo "$wheel --hash=sha256:$wheel_sha256" >"$work/wheel.txt"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --implementation cp \
        --python-version 3.11 --abi cp311 --platform manylinux_2_28_x86_64 --require-hashes \
        --dest "$work" --requirement "$work/wheel.txt" || fail "the model files could not be fetched; is there a connection to the Python package index?"
    python3 -m zipfile -e "$work"/mediapipe-*.whl "$work/wheel"
    mkdir -p "$folder"
    while read -r sum member; do
        [ -z "$sum" ] || install -m 0644 "$work/wheel/mediapipe/modules/$member" "$folder/"
    done <<<"$models"
    model_sums "$folder" | sha256sum --check --quiet || fail "a fetched model file is not the pinned one: run the set-up again"
}

check_rust() {
    command -v cargo >/dev/null || fail "Rust is missing; install it with rustup, then run this again"
}

check_rust
install_packages "$@"
install_models
