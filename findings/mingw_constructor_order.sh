#!/usr/bin/env bash
# Functions with __attribute__((constructor)) run before main. In which order those of several objects run is not documented, but
# programs come to depend on what they see: with GCC on Linux it is the order of the objects on the linker's command line. One
# would guess the same of GCC for Windows, or at least of the constructors of one file.
# With MinGW-w64 constructors without a priority run in the reverse order, of the objects and within each: the last object's last
# one is the first. Those with a priority run by their priority, before the others, on both.
# Seen with GCC 12.2 for Linux and for MinGW-w64 10.0, and wine64 8.0~repack-4, of Debian 12.
# For hostmem: the library has no constructors, and needs none to have run: a host's own may create an instance, wherever the library
# stands on the command line.
set -euo pipefail
dpkg -s wine64 gcc gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc libc6-dev gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >first.c <<'END'
#include <stdio.h>
__attribute__((constructor)) static void a(void) { printf(" first.a"); }
__attribute__((constructor)) static void b(void) { printf(" first.b"); }
__attribute__((constructor(300))) static void c(void) { printf(" 300"); }
int main(void) { return 0; }
END
cat >second.c <<'END'
#include <stdio.h>
__attribute__((constructor)) static void a(void) { printf(" second.a"); }
__attribute__((constructor)) static void b(void) { printf(" second.b"); }
__attribute__((constructor(200))) static void c(void) { printf(" 200"); }
END
gcc first.c second.c -o order
x86_64-w64-mingw32-gcc first.c second.c -o order.exe
{
    echo "Linux:$(./order)"
    echo "Windows:$("$wine" order.exe 2>/dev/null)"
} | tee seen
printf '%s\n' 'Linux: 200 300 first.a first.b second.a second.b' 'Windows: 200 300 second.b second.a first.b first.a' |
    cmp - seen || { echo "FAILED: it has changed"; exit 1; }
