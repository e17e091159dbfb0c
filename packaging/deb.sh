#!/usr/bin/env bash
# Packs three Debian packages into target/deb: the booth's PROGRAM (for a release, built without
# default features), the model files that `make setup` fetched, and the platform's PROGRAM (with the
# feature `reference`). It compiles nothing, and the same files give the same bytes. VERSION
# defaults to the one in Cargo.toml; COMPRESSION=-z0 is quick. RELEASE_KEYS names a file with public
# keys that may sign releases for the booths that install the package.
set -euo pipefail
cd "$(dirname "$0")/.."
usage="usage: packaging/deb.sh PROGRAM PLATFORM_PROGRAM"
program=${1:?"$usage"}
platform_program=${2:?"$usage"}
version=${VERSION:-$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)-1}
out=${OUT:-target/deb}
work=$out/source
. packaging/models.sh

fail() { echo "deb: $*" >&2; exit 1; }

# Copies files for one package into a folder of the packages' source; packaging/debian/*.install
# puts them in their places.
lay() { local mode=$1 folder=$work/$2; shift 2; install -D -m "$mode" -t "$folder" "$@"; }
lay_as() { install -D -m "$1" "$3" "$work/$2"; }

rm -rf "$out"
mkdir -p "$work"
cp -r packaging/debian "$work/debian"
cp CHANGELOG.md "$work/"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
cat > "$work/debian/changelog" <<END
capture-station ($version) stable; urgency=medium

  * What is new is in changelog.gz.

 -- $(sed -n 's/^Maintainer: //p' packaging/debian/control)  $(date -Ru -d "@$SOURCE_DATE_EPOCH")
END

strip -s -o "$work/program" "$program"
lay_as 0755 booth/capture-station "$work/program"
lay 0755 booth packaging/kiosk/start
lay 0644 booth packaging/kiosk/credential.conf
lay_as 0644 booth/config.toml config/default.toml
lay 0644 booth/languages config/languages/*
lay_as 0644 booth/sysctl.d/60-capture-station.conf packaging/kiosk/sysctl.conf
lay_as 0644 booth/journald.conf.d/capture-station.conf packaging/kiosk/journald.conf
lay_as 0644 debian/capture-station.service packaging/kiosk/capture-station.service
lay_as 0644 debian/capture-station.capture-station-update.service packaging/kiosk/capture-station-update.service
lay_as 0644 debian/capture-station.capture-station-update.path packaging/kiosk/capture-station-update.path
cat packaging/kiosk/release-keys ${RELEASE_KEYS:-} > "$work/booth/release-keys"
lay_as 0644 debian/capture-station.sysusers packaging/kiosk/sysusers.conf
lay_as 0644 debian/capture-station.udev packaging/kiosk/70-capture-station.rules
"$program" manual "$work/booth/manual"
packaging/notices.py --no-default-features > "$work/booth/third-party.txt"
lay_as 0644 booth/bash-completion/completions/capture-station "$work/booth/manual/capture-station.bash"
lay_as 0644 booth/fish/vendor_completions.d/capture-station.fish "$work/booth/manual/capture-station.fish"
lay_as 0644 booth/zsh/vendor-completions/_capture-station "$work/booth/manual/_capture-station"

model_sums "$(model_folder)" | sha256sum --check --quiet || fail "the model files are missing or not the pinned ones: run make setup"
lay 0644 models $(model_sums "$(model_folder)" | cut -d' ' -f3)

strip -s -o "$work/program" "$platform_program"
lay_as 0755 platform/capture-station "$work/program"
lay 0755 platform packaging/platform/capture-station-platform
lay_as 0644 debian/capture-station-platform.service packaging/platform/capture-station-platform.service
lay_as 0644 debian/capture-station-platform.sysusers packaging/platform/sysusers.conf
"$platform_program" manual "$work/platform/manual"
page=$work/platform/manual/capture-station-reference-platform.1
[ -e "$page" ] || fail "$platform_program has no platform in it: build it with the feature reference"
sed 's/capture-station-reference-platform/capture-station-platform/g; s/capture-station reference-platform/capture-station-platform/g; s/capture\\-station\\-reference\\-platform/capture\\-station\\-platform/g; s/capture\\-station reference\\-platform/capture\\-station\\-platform/g' "$page" > "$work/platform/capture-station-platform.1"

packaging/notices.py --no-default-features --features reference > "$work/platform/third-party.txt"

(cd "$work" && debian/rules binary >../log 2>&1) || { tail -30 "$out/log" >&2; fail "the packages could not be made: see $out/log"; }
rm -rf "$work"
ls "$out"/*.deb
