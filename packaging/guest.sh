#!/usr/bin/env bash
# Prepares the virtual machine of `make test-power` and `make test-camera`, below target/guest:
# Debian's stock kernel and a tiny root file system with this program. Asks nothing, and is quick
# when only the program has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:?"usage: packaging/guest.sh PROGRAM [TESTS]"}
# With a test executable, the root file system is made for cameras: it runs those tests on the
# kernel's own drivers.
tests=${2:-}
guest=target/guest
packages="qemu-system-x86 busybox-static kmod cpio e2fsprogs eatmydata xz-utils"
modules="virtio_pci virtio_blk ext4 crc32c_generic"
initramfs=$guest/initramfs
init=tests/power/init
if [ -n "$tests" ]; then
    modules="vhci_hcd uvcvideo vivid"
    initramfs=$guest/cameras
    init=tests/cameras/init
fi

fail() { echo "guest: $*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

command -v apt-get >/dev/null || fail "this is neither Debian nor Ubuntu"
missing=()
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
fi

# The kernel is unpacked, never installed.
if [ ! -e "$guest/vmlinuz" ]; then
    mkdir -p "$guest/kernel"
    meta=linux-image-amd64
    apt-cache show "$meta" >/dev/null 2>&1 || meta=linux-image-virtual
    image=$(apt-cache depends "$meta" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -1)
    [ -n "$image" ] || fail "no kernel package was found; is the package list empty?"
    extra=${image/linux-image/linux-modules}
    apt-cache show "$extra" >/dev/null 2>&1 || extra=
    (cd "$guest/kernel" && apt-get -qq download "$image" $extra 2>/dev/null)
    for package in "$guest"/kernel/*.deb; do dpkg -x "$package" "$guest/kernel"; done
    cp "$guest"/kernel/boot/vmlinuz-* "$guest/vmlinuz"
fi
version=$(basename "$guest"/kernel/lib/modules/*)
[ -e "$guest/kernel/lib/modules/$version/modules.dep.bin" ] || depmod -b "$guest/kernel" "$version"

root=$guest/root
[ -z "$tests" ] || root=$guest/camera-root
rm -rf "$root"
mkdir -p "$root"/{bin,dev,proc,sys,disk,lib,lib64,modules}
cp "$(command -v busybox)" "$root/bin/busybox"
strip -s -o "$root/bin/capture-station" "$program" 2>/dev/null || cp "$program" "$root/bin/capture-station"
[ -z "$tests" ] || strip -s -o "$root/bin/cameras" "$tests"
# Copies the program's libraries, and the library that makes every sync do nothing. With that one
# the test must find a loss (negative control).
preload=$(ldconfig -p | sed -n 's/.*libeatmydata\.so .* => //p' | head -1)
[ -n "$preload" ] || preload=$(find /usr/lib -name 'libeatmydata.so' | head -1)
# The guest checks its disk before it mounts it, as Debian does at boot.
fsck=$(command -v e2fsck || echo /sbin/e2fsck)
cp "$fsck" "$root/bin/e2fsck"
for library in $( (ldd "$program"; ldd "$fsck"; [ -z "$tests" ] || ldd "$tests") | sort -u | sed -n 's/.* => \(\/[^ ]*\).*/\1/p; s/^\s*\(\/lib64[^ ]*\).*/\1/p') "$preload"; do
    case $library in
        /lib64/*) cp -L "$library" "$root/lib64/" ;;
        *) cp -L "$library" "$root/lib/" ;;
    esac
done
# Number the modules in the order in which they depend on each other.
for module in $modules; do
    modprobe -d "$guest/kernel" -S "$version" --show-depends "$module" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p' | while read -r file; do
        name=$(basename "$file" | sed 's/\.ko.*/.ko/')
        ls "$root/modules" | grep -q -- "-$name\$" && continue
        number=$(($(ls "$root/modules" | wc -l) + 100))
        case $file in
            *.xz) xz -dc "$file" > "$root/modules/$number-$name" ;;
            *.zst) zstd -qdc "$file" > "$root/modules/$number-$name" ;;
            *) cp "$file" "$root/modules/$number-$name" ;;
        esac
    done
done
cp "$init" "$root/init"
chmod +x "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc) > "$initramfs"
rm -rf "$root"
