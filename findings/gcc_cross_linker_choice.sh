#!/usr/bin/env bash
# gcc -fuse-ld=lld, gold or mold links with that linker; where it is not there, the native gcc says "cannot find 'ld'". One would
# guess that the GCC for MinGW-w64 does the same.
# It takes any of the names, even of a linker that is not installed or cannot write PE files, and links with GNU ld without a word.
# It does not find lld by the name that an option -B or PATH offers either. Only the linker's version in the head of the program
# tells: 2.40 is GNU ld's, 14.0 lld's. So somebody who tests with both linkers that way has tested one twice.
# Seen with gcc-mingw-w64-x86-64 12.2.0 and lld-14 14.0.6 of Debian 12.
# For hostmem: lld is reached as lld-link (cmake/windows-sdk.cmake) and, in these scripts, through Clang, never through GCC.
set -euo pipefail
dpkg -s gcc gcc-mingw-w64-x86-64 clang-14 lld-14 python3-minimal >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc libc6-dev gcc-mingw-w64-x86-64 clang-14 lld-14 python3-minimal >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' gcc gcc-mingw-w64-x86-64 clang-14 lld-14
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo 'int main(void) { return 0; }' >nothing.c
version() # FILE: of the linker that made it
{
    python3 -c 'import struct, sys
data = open(sys.argv[1], "rb").read()
head, = struct.unpack_from("<I", data, 60)
print(f"{data[head + 26]}.{data[head + 27]}")' "$1"
}
lld=$(command -v ld.lld-14 || echo /usr/lib/llvm-14/bin/ld.lld)
mkdir links
for name in ld.lld x86_64-w64-mingw32-ld.lld; do ln -s "$lld" "links/$name"; done
export PATH=$PWD/links:$PATH
for linker in bfd lld gold mold; do
    x86_64-w64-mingw32-gcc -B links -fuse-ld=$linker -o $linker.exe nothing.c
    echo "GCC for MinGW-w64, $linker: $(version $linker.exe)"
done | tee seen
libraries=$(dirname -- "$(x86_64-w64-mingw32-gcc -print-libgcc-file-name)")
clang-14 --target=x86_64-w64-mingw32 -fuse-ld=lld -L"$libraries" -L/usr/x86_64-w64-mingw32/lib -o clang.exe nothing.c
echo "Clang, lld: $(version clang.exe)" | tee -a seen
{ command -v ld.mold || PATH=/usr/bin:/bin gcc -fuse-ld=mold -o nothing nothing.c; } >/dev/null 2>&1 &&
    echo "GCC, mold: linked" || echo "GCC, mold that is not installed: refused" | tee -a seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
GCC for MinGW-w64, bfd: 2.40
GCC for MinGW-w64, lld: 2.40
GCC for MinGW-w64, gold: 2.40
GCC for MinGW-w64, mold: 2.40
Clang, lld: 14.0
GCC, mold that is not installed: refused
O
