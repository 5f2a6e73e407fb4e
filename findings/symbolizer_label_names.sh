#!/usr/bin/env bash
# llvm-symbolizer for an image of Windows with DWARF. One would guess that an address inside of a function has the name
# that the debug information gives the function, as with addr2line, and as with an ELF file of the same source.
# By default it has the name of the nearest symbol below the address in the image's symbol table, also of a local label in
# the middle of the function, which the ELF file has as well. So mainCRTStartup of every program of MinGW-w64 comes out
# as ".l_start". With --functions=short the name is that of the debug information, without its namespaces.
# Seen with llvm-symbolizer 14.0.6, GCC 12.2 and MinGW-w64 10.0 (Debian 12).
# For hostmem: `hostmem-trace --symbols` asks for both names, and takes the one in the debug information unless the other
# contains it (examples/hostmem-trace/symbolizer.c, tests/hostmem-trace/test_names.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages="llvm-14=1:14.0.6-12 libllvm14=1:14.0.6-12"
apt-get -q download $packages >/dev/null 2>&1 ||
    { apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && apt-get -q download $packages >/dev/null 2>&1; }
for package in ./*.deb; do dpkg -x "$package" tree; done
symbolizer=tree/usr/lib/llvm-14/bin/llvm-symbolizer
export LD_LIBRARY_PATH=$PWD/tree/usr/lib/llvm-14/lib:$PWD/tree/usr/lib/x86_64-linux-gnu
$symbolizer --version | sed -n 's/^ *//; /version/p'
x86_64-w64-mingw32-gcc --version | sed -n 1p

cat >labelled.c <<'C'
int labelled(int number)
{
    __asm__ volatile("label_inside:\n\tnop");
    return number * 7;
}
int main(void) { return labelled(0); }
C
x86_64-w64-mingw32-gcc -g -O1 -fno-inline labelled.c -o labelled.exe
gcc -g -O1 -fno-inline -no-pie labelled.c -o labelled.elf

# name FILE NM OPTION...: of the address two bytes behind the beginning of the function.
name() {
    local file=$1 nm=$2
    shift 2
    printf '0x%x\n' $((0x$($nm "$file" | awk '$3 == "labelled" { print $1 }') + 2)) |
        $symbolizer --obj="$file" --no-inlines "$@" | sed -n 1p
}
windows=$(name labelled.exe x86_64-w64-mingw32-nm)
short=$(name labelled.exe x86_64-w64-mingw32-nm --functions=short)
elf=$(name labelled.elf nm)
echo "EXE: $windows; EXE, --functions=short: $short; ELF: $elf"
[ "$windows $short $elf" = "label_inside labelled labelled" ] || { echo "FAILED: it has changed"; exit 1; }
