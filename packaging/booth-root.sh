#!/usr/bin/env bash
# Makes ready what `make test-package` boots, below target/package: a Debian 12 with all that the packages depend on, the packages with
# PROGRAM in them, the same again as a later version, and a booth with one capture that waits for its platform.
# Needs no question answered; quick when nothing is missing but the packages.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:?"usage: packaging/booth-root.sh PROGRAM"}
made=target/package
root=$made/root
suite=bookworm

fail() { echo "booth-root: $*" >&2; exit 1; }
skip() { echo "SKIPPED: packages on a machine of their own: $*" >&2; rm -rf "$made/ready"; exit 0; }

rm -rf "$made/ready"
[ "$(id -u)" = 0 ] || skip "only root may boot one"
packaging/setup.sh debhelper lintian mmdebstrap systemd-container
mkdir -p "$made"

for version in 1 2; do
    rm -rf "$made/deb$version"
    VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)-$version COMPRESSION=-z0 OUT=$made/deb$version packaging/deb.sh "$program" "$program" >/dev/null
done
lintian --fail-on warning --allow-root "$made"/deb1/*.deb

# Without an initial system the packages' own list of what they need is all that is installed: what is missing there is missing here.
needed() { dpkg-deb -f "$1" Depends | tr -d ' ' | tr ',' '\n' | sed 's/(.*//; s/|.*//' | grep -v '^capture-station\|^$'; }
include=$(for package in "$made"/deb1/*.deb; do needed "$package"; done | sort -u | paste -sd,)
include=$include,systemd-sysv,dbus,udev
if [ "$(cat "$root/.included" 2>/dev/null)" != "$include" ]; then
    echo "booth-root: making a Debian below $root"
    rm -rf "$root"
    mmdebstrap --quiet --variant=minbase --include="$include" "$suite" "$root" || fail "no Debian could be made"
    echo "$include" > "$root/.included"
fi

# One visit is played while no platform is there, once. What comes after its capture was saved does not matter here.
waiting() { ls "$made"/demo/data/booth/outbox/parcels/*.age >/dev/null 2>&1; }
if ! waiting; then
    rm -rf "$made/demo"
    "$program" --data "$made/demo/data" demo --headless --offline --out "$made/demo/out" >"$made/demo.log" 2>&1 || true
    waiting || fail "no capture could be made: see $made/demo.log"
fi

# Whether a container can boot here at all: without a cgroup of its own, or an overlay, it cannot.
timeout --kill-after=10 120 systemd-nspawn --quiet -D "$root" --volatile=overlay --register=no --keep-unit --private-network -b systemd.unit=poweroff.target >"$made/boot.log" 2>&1 \
    || skip "none boots here, see $made/boot.log"
touch "$made/ready"
