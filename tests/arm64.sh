#!/usr/bin/env bash
# ARM64, emulated: the DLL's test and the conformance suite as Windows programs under Wine's ARM64 build, and the parts
# that need no Windows as Linux programs, all under qemu's user emulation. Not part of tests/run.sh: it downloads an
# ARM64 system (75 MB) into build/deps, and takes some minutes. Arguments go to ctest: tests/arm64.sh -R conformance
#
# This tests instructions, alignment, calling conventions, structures and system calls. It cannot test memory ordering:
# qemu on x86-64 does not reorder memory accesses as an ARM processor may; the barriers were reviewed instead
# (src/books, src/budget, src/events). Write watch does not work here: qemu 7.2 does not tell a program whether a fault
# was a write, which Wine needs. Two rules of the suite need it; they fail on any manager, and the test checks that each
# time. CMocka's programs are not run: they and Microsoft's C runtime find the thread's block through x18, which
# Debian's Wine for ARM64, being Linux code, does not preserve.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
. cmake/setup.sh
. cmake/windows-sdk/setup.sh
setup_tests
setup_windows_sdk || die "the Windows programs for ARM64 need the Windows SDK"

arm64=$hostmem_deps/arm64
wine=$arm64/root/usr/lib/wine

# Packages of architecture arm64, unpacked in a folder: the machine's dpkg and binfmt are not changed.
fetch_arm64() {
    local package
    rm -rf "$arm64" "$arm64.part" && mkdir -p "$arm64.part/root" || return 1
    private_apt install -y --no-install-recommends --download-only wine64 libcmocka-dev || return 1
    for package in "$hostmem_deps"/apt/cache/archives/*.deb; do
        dpkg -x "$package" "$arm64.part/root" || return 1
    done
    rm -rf "$arm64.part/root/usr/share/doc" && mv "$arm64.part" "$arm64"
}

# Starts ARM64 ELF programs: qemu, with the program's name as the first argument.
put_qemu_before() {
    local name=$1 program=$2
    printf '%s\n' '#!/bin/sh' "exec qemu-aarch64-static -R 64G -L '$arm64/root' -0 '$wine/$name' '$wine/$program' \"\$@\"" >"$wine/$name" &&
        chmod +x "$wine/$name"
}

make_arm64_prefix() {
    rm -rf build/wine-arm64 && mkdir -p build/wine-arm64 || return 1
    WINEDLLOVERRIDES='winedbg.exe=d;mscoree,mshtml=' cmake/wine-arm64.sh wineboot.exe --init || return 1
    ln -sfn "$hostmem_root" build/wine-arm64/dosdevices/r: && [ -f build/wine-arm64/drive_c/windows/system32/kernel32.dll ]
}

setup_begin
setup_packages qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross python3
if [ ! -x "$wine/wineserver.elf" ]; then
    private_architecture=arm64
    rm -rf "$hostmem_deps/apt"
    step "reading the lists of packages for ARM64" private_apt_update
    step "fetching Wine for ARM64 (75 MB)" fetch_arm64
    mv "$wine/wine64" "$wine/wine64.elf"
    mv "$wine/wineserver64" "$wine/wineserver.elf"
    rm -rf build/wine-arm64
fi
put_qemu_before wine64 wine64.elf
put_qemu_before wineserver wineserver.elf
[ -L build/wine-arm64/dosdevices/r: ] || step "making a Wine prefix for ARM64" make_arm64_prefix
setup_end

build_preset windows-sdk-arm64 all -DHOSTMEM_BUILD_TESTS=ON
build_preset native-arm64 all -DHOSTMEM_BUILD_TESTS=ON
trap 'cmake/wine-arm64.sh --stop' EXIT
# Wine's services would keep the pipe of the first test open.
cmake/wine-arm64.sh --start || true
status=0
for preset in native-arm64 windows-sdk-arm64; do
    nice -n 10 ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -L '^arm64$' "$@" </dev/null || status=1
done
exit "$status"
