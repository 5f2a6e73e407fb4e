#!/usr/bin/env bash
# A thread-local variable may ask for an alignment: _Thread_local _Alignas(64) char line[64]. Clang for MinGW-w64, told to use the
# thread-local storage of Windows (-fno-emulated-tls), writes that into its object, as a .tls section aligned to 64 bytes. The TLS
# directory of a program has a field for it, in which the loader finds how each thread's copy is to be aligned. One would guess that
# GNU ld fills that field, as lld does.
# It stays 0, with no warning, because the directory comes ready-made from MinGW-w64's start-up code. So a thread's copy has
# the alignment of a heap block, and "line" may be at any multiple of 16.
# Seen with clang-14 14.0.6, gcc-mingw-w64-x86-64 12.2.0, binutils-mingw-w64-x86-64 2.40 and lld-14 14.0.6 of Debian 12.
# For hostmem: nothing in src/ is thread-local (see mingw_thread_local.sh); what is to lie on lines of its own is in arrays that
# are found by a thread's slot, kept apart by their size.
set -euo pipefail
dpkg -s gcc-mingw-w64-x86-64 clang-14 lld-14 python3-minimal >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc-mingw-w64-x86-64 clang-14 lld-14 python3-minimal >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' gcc-mingw-w64-x86-64 binutils-mingw-w64-x86-64 clang-14 lld-14
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >line.c <<'C'
static _Thread_local _Alignas(64) char line[64];

int main(int argc, char **argv)
{
    (void)argv;
    line[argc] = 1;
    return line[argc + 1];
}
C
cat >field.py <<'P'
import struct
import sys

data = open(sys.argv[1], "rb").read()
pe, = struct.unpack_from("<I", data, 60)
sections, = struct.unpack_from("<H", data, pe + 6)
header, = struct.unpack_from("<H", data, pe + 20)
directory, = struct.unpack_from("<I", data, pe + 24 + 112 + 9 * 8)
for at in range(pe + 24 + header, pe + 24 + header + 40 * sections, 40):
    size, address, _, start = struct.unpack_from("<IIII", data, at + 8)
    if address <= directory < address + size:
        field, = struct.unpack_from("<I", data, directory - address + start + 36)
        bits = field >> 20 & 15
        print(f"{sys.argv[2]}: {1 << bits - 1 if bits else 'no'} bytes")
P
clang-14 --target=x86_64-w64-mingw32 -O1 -fno-emulated-tls -c line.c
x86_64-w64-mingw32-objdump -h line.o | awk '$2 == ".tls$" {print "object: 2 to the power of", substr($7, 4), "bytes"}' | tee seen
x86_64-w64-mingw32-gcc -o ld.exe line.o
python3 field.py ld.exe "GNU ld" | tee -a seen
libraries=$(dirname -- "$(x86_64-w64-mingw32-gcc -print-libgcc-file-name)")
mkdir links
ln -s "$(command -v ld.lld-14 || echo /usr/lib/llvm-14/bin/ld.lld)" links/ld.lld
PATH=$PWD/links:$PATH clang-14 --target=x86_64-w64-mingw32 -fuse-ld=lld -L"$libraries" -L/usr/x86_64-w64-mingw32/lib -o lld.exe line.o
python3 field.py lld.exe lld | tee -a seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
object: 2 to the power of 6 bytes
GNU ld: no bytes
lld: 64 bytes
O
