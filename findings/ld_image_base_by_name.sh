#!/usr/bin/env bash
# A DLL prefers an address, its image base. One would guess that there is one number for all, 0x180000000 for 64 bits as with
# Microsoft's linker, and that objects that are linked again give the same code and data.
# Linked with GNU ld, the base of a DLL depends on the name of the output file: the drivers of GCC and of Clang pass
# --enable-auto-image-base, which is off in the linker itself. So a copy that is linked as NAME-2.dll differs in every
# address that is stored in it, and two builds of the same sources are equal only under the same name. LLD takes the
# option as well, and does nothing.
# Seen with GNU ld 2.40, GCC 12.2, Clang and LLD 14.0.6 of Debian 12.
# For hostmem: stacks in traces are told by module and offset; the base that a file prefers is read from that file, when
# a symbolizer asks for an address (examples/hostmem-trace/image.c).
set -euo pipefail
dpkg -s gcc-mingw-w64-x86-64 clang lld >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc-mingw-w64-x86-64 clang lld >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
x86_64-w64-mingw32-ld --version | sed -n 1p
ld.lld --version
printf 'static int value;\nint *where = &value;\nint answer(void) { return *where; }\n' >answer.c
x86_64-w64-mingw32-gcc -c answer.c

folder=$(dirname "$(x86_64-w64-mingw32-gcc -print-libgcc-file-name)")
# base_of NAME COMMAND OPTION...: the image base of answer.o linked as NAME.dll.
base_of() {
    "${@:2}" -shared answer.o -o "$1.dll"
    x86_64-w64-mingw32-objdump -p "$1.dll" | awk '$1 == "ImageBase" { print $2 }'
}
gcc=x86_64-w64-mingw32-gcc
clang=(clang --target=x86_64-w64-mingw32 -L"$folder")
first=$(base_of first $gcc) second=$(base_of second $gcc) again=$(base_of first $gcc)
off=$(base_of second $gcc -Wl,--disable-auto-image-base)
clang_first=$(base_of first "${clang[@]}" -fuse-ld=bfd) clang_second=$(base_of second "${clang[@]}" -fuse-ld=bfd)
lld_first=$(base_of first "${clang[@]}" -fuse-ld=lld) lld_second=$(base_of second "${clang[@]}" -fuse-ld=lld)
echo "GCC: first.dll $first, second.dll $second, first.dll again $again; with --disable-auto-image-base $off"
echo "Clang, with the same linker: first.dll $clang_first, second.dll $clang_second"
echo "Clang, with LLD: first.dll $lld_first, second.dll $lld_second"
[ "$first" != "$second" ] && [ "$first" = "$again" ] && [ "$off" = 0000000180000000 ] &&
    [ "$clang_first" = "$first" ] && [ "$clang_second" = "$second" ] &&
    [ "$lld_first" = "$off" ] && [ "$lld_second" = "$off" ] || { echo "FAILED: it has changed"; exit 1; }
