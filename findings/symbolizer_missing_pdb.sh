#!/usr/bin/env bash
# llvm-symbolizer for a DLL whose PDB file is not there, as of most DLLs that people install. One would guess that every
# address is answered with the same error, or with the nearest export.
# The first address is answered with an error that names the PDB file; every further one of the same DLL with success and
# without a name, and the exports are not looked at. So a program that reads one answer learns of the missing file, and one
# that reads a thousand may not, if it drops the first.
# Seen with llvm-symbolizer 14.0.6 and lld-link 14.0.6 (Debian 12).
# For hostmem: `hostmem-trace --symbols` takes a name only where there is one, and shows module and offset otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages="llvm-14=1:14.0.6-12 libllvm14=1:14.0.6-12 lld-14=1:14.0.6-12"
apt-get -q download $packages >/dev/null 2>&1 ||
    { apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && apt-get -q download $packages >/dev/null 2>&1; }
for package in ./*.deb; do dpkg -x "$package" tree; done
export LD_LIBRARY_PATH=$PWD/tree/usr/lib/llvm-14/lib:$PWD/tree/usr/lib/x86_64-linux-gnu
symbolizer=tree/usr/lib/llvm-14/bin/llvm-symbolizer
$symbolizer --version | sed -n 's/^ *//; /version/p'

echo 'int visible(int number) { return number * 7; }' >library.c
x86_64-w64-mingw32-gcc -O1 -c library.c -o library.obj
tree/usr/lib/llvm-14/bin/lld-link /nologo /dll /noentry /nodefaultlib /debug /export:visible /out:library.dll library.obj

# answers: how each of three addresses inside of the function is answered.
answers() {
    printf '0x1001\n0x1002\n0x1001\n' |
        $symbolizer --obj=library.dll --relative-address --no-inlines --output-style=JSON 2>&1 | grep '^{' |
        sed -E 's/.*"Error".*/error/; s/.*"FunctionName":"([^"]*)".*/<\1>/' | tr '\n' ' '
}
with=$(answers)
rm library.pdb
without=$(answers)
echo "with the PDB: $with without it: $without"
[ "$with" = "<visible> <visible> <visible> " ] && [ "$without" = "error <> <> " ] ||
    { echo "FAILED: it has changed"; exit 1; }
