#!/usr/bin/env bash
# Prepares the container of `make test-package`, below target/package: a Debian 12 with everything
# that the packages depend on, the packages with PROGRAM in them, the same packages as a later
# version, and a booth with one capture that waits for its platform. Asks nothing, and is quick when
# only the packages have changed.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:?"usage: packaging/booth-root.sh PROGRAM"}
made=target/package
root=$made/root
suite=bookworm

fail() { echo "booth-root: $*" >&2; exit 1; }
skip() { echo "SKIPPED: packages in a container: $*" >&2; rm -rf "$made/ready"; exit 0; }

rm -rf "$made/ready"
[ "$(id -u)" = 0 ] || skip "only root may boot a container"
packaging/setup.sh debhelper lintian mmdebstrap systemd-container
mkdir -p "$made"

for version in 1 2; do
    rm -rf "$made/deb$version"
    VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)-$version COMPRESSION=-z0 OUT=$made/deb$version packaging/deb.sh "$program" "$program" >/dev/null
done
lintian --fail-on warning --allow-root "$made"/deb1/*.deb

# Install only what the packages list as dependencies: a dependency that the list lacks is then
# missing here too, and the test finds it.
needed() { dpkg-deb -f "$1" Depends | tr -d ' ' | tr ',' '\n' | sed 's/(.*//; s/|.*//' | grep -v '^capture-station\|^$'; }
include=$(for package in "$made"/deb1/*.deb; do needed "$package"; done | sort -u | paste -sd,)
include=$include,systemd-sysv,dbus,udev
if [ "$(cat "$root/.included" 2>/dev/null)" != "$include" ]; then
    echo "booth-root: making a Debian in $root"
    rm -rf "$root"
    mmdebstrap --quiet --variant=minbase --include="$include" "$suite" "$root" || fail "mmdebstrap could not make a Debian"
    echo "$include" > "$root/.included"
fi

# Play one visit without a platform, once. Only its saved capture matters here, so a failure after
# that is ignored.
waiting() { ls "$made"/demo/data/booth/outbox/parcels/*.age >/dev/null 2>&1; }
if ! waiting; then
    rm -rf "$made/demo"
    "$program" --data "$made/demo/data" demo --headless --offline --out "$made/demo/out" >"$made/demo.log" 2>&1 || true
    waiting || fail "no capture could be made: see $made/demo.log"
fi

# Try whether a container can boot here: it needs a cgroup of its own and an overlay.
timeout --kill-after=10 120 systemd-nspawn --quiet -D "$root" --volatile=overlay --register=no --keep-unit --private-network -b systemd.unit=poweroff.target >"$made/boot.log" 2>&1 \
    || skip "no container boots here: see $made/boot.log"
touch "$made/ready"
