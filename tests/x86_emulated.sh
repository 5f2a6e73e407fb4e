#!/usr/bin/env bash
# 32-bit Windows programs where the kernel runs none: the tests with the label x86-emulated, in a computer that qemu
# emulates. Its kernel is Debian's, which does run 32-bit programs; its files are this machine's, read-only. Not part of
# tests/run.sh: it downloads that kernel (70 MB) into build/deps, and takes some ten minutes. Arguments go to ctest:
# tests/x86_emulated.sh -R conformance
#
# A process takes about two seconds to start here, so exits ends 50 processes instead of 500.
#
# This shows that the programs run and have the right results. It does not show what happens when two processors do
# something at the same instant.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
. cmake/setup.sh
setup_tests

kernel=$hostmem_deps/kernel-amd64
# In this order: each needs those before it.
modules='drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci_legacy_dev
    drivers/virtio/virtio_pci fs/netfs/netfs fs/fscache/fscache net/9p/9pnet net/9p/9pnet_virtio fs/9p/9p fs/overlayfs/overlay'

fetch_kernel() {
    local package
    package=$(private_apt install -y --no-install-recommends --print-uris linux-image-amd64 |
        sed -nE "s/^'.*\/(linux-image-[0-9][^_]*)_.*/\1/p") && [ -n "$package" ] || return 1
    rm -rf "$kernel" "$kernel.part" && mkdir -p "$kernel.part" && cd "$kernel.part" || return 1
    private_apt download "$package" && dpkg -x linux-image-*.deb . && rm linux-image-*.deb && mv "$kernel.part" "$kernel"
}

# The first program of the guest: mounts a writable layer in memory over the files of this machine, and runs ctest.
make_guest() {
    local guest module
    guest=$(mktemp -d) || return 1
    mkdir -p "$guest"/{bin,modules,machine,layer,proc,sys,dev}
    cp "$(command -v busybox)" "$guest/bin/busybox"
    {
        printf '%s\n' '#!/bin/busybox sh' 'exec 2>&1' 'b=/bin/busybox' '$b mount -t proc none /proc'
        printf '%s\n' '$b mount -t sysfs none /sys' '$b mount -t devtmpfs none /dev'
        for module in $modules; do
            cp "$kernel"/lib/modules/*/kernel/"$module.ko" "$guest/modules/"
            echo "\$b insmod /modules/${module##*/}.ko"
        done
        cat <<'END'
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 machine /machine
$b mount -t tmpfs none /layer
$b mkdir /layer/changed /layer/work /layer/root
$b mount -t overlay -o lowerdir=/machine,upperdir=/layer/changed,workdir=/layer/work none /layer/root
for folder in proc sys dev; do $b mount --bind /$folder /layer/root/$folder; done
$b mkdir -p /layer/root/dev/shm
$b mount -t tmpfs none /layer/root/dev/shm
$b ip link set lo up
$b chroot /layer/root /bin/bash /run_in_guest
echo "guest: ctest ended with $?"
$b poweroff -f
END
    } >"$guest/init"
    chmod +x "$guest/init"
    {
        printf 'export HOME=%q PATH=%q HOSTMEM_RUNS_X86=yes HOSTMEM_EXITS=50\ncd %q || exit 125\n' "$HOME" "$PATH" "$hostmem_root"
        printf '%s\n' '. cmake/setup.sh' '[ -f build/wine/drive_c/windows/syswow64/kernel32.dll ] || make_wine_prefix yes || exit 125'
        printf '%s\n' 'cmake/wine.sh --start'
        printf 'exec ctest --test-dir build/mingw-x86 --output-on-failure --no-tests=error --timeout 1800 -j2 -L "^x86-emulated$"'
        printf ' %q' "$@"
        printf ' </dev/null\n'
    } >"$guest/run_in_guest"
    sed -i 's|^\$b chroot|$b cp /run_in_guest /layer/root/run_in_guest\n&|' "$guest/init"
    (cd "$guest" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >build/x86-guest.gz
    rm -rf "$guest"
}

setup_begin
setup_packages qemu-system-x86 busybox-static
if [ ! -d "$kernel" ]; then
    private_architecture=amd64
    rm -rf "$hostmem_deps/apt"
    step "reading the lists of packages" private_apt_update
    step "fetching a kernel (70 MB)" fetch_kernel
    rm -rf "$hostmem_deps/apt"
fi
setup_end

# Enables the tests for the guest; afterwards they are enabled or disabled for this machine again.
trap 'cmake --preset mingw-x86 >/dev/null' EXIT
HOSTMEM_RUNS_X86=yes build_preset mingw-x86 all -DHOSTMEM_BUILD_TESTS=ON
step "making the emulated computer's first program" make_guest "$@"

# qemu 7.2's "max" processor has protections with which 32-bit programs crash the guest's kernel; qemu64 does not.
nice -n 10 qemu-system-x86_64 -accel tcg,thread=multi -cpu qemu64 -smp 2 -m 4096 -nographic -no-reboot \
    -kernel "$kernel"/boot/vmlinuz-* -initrd build/x86-guest.gz -append 'console=ttyS0 quiet panic=1 mitigations=off' \
    -virtfs local,path=/,mount_tag=machine,security_model=none,multidevs=remap,readonly=on </dev/null |
    tee build/x86-guest.log
grep -q '^guest: ctest ended with 0' build/x86-guest.log
