#!/usr/bin/env bash
# --wrap=NAME of GNU ld leads calls of NAME to __wrap_NAME, and those of __real_NAME to NAME. One would guess that it
# does so for functions of DLLs, too, with both linkers that MinGW-w64 programs are linked with.
# GNU ld wraps such a function only if it is declared without dllimport: windows.h declares with it, so calls go through
# the pointer __imp_NAME, which --wrap does not touch, and nothing is said. LLD wraps both, but __real_NAME leads back to
# __wrap_NAME instead of to the DLL.
# Seen with GNU ld 2.40, GCC 12.2, MinGW-w64 10.0, Clang and LLD 14.0.6, Wine 8.0 of Debian 12.
# For hostmem: a test that wraps Windows' functions in this way would pass without having wrapped anything. The library
# calls the system through a table that tests replace (src/os/os.h), and where a test needs a function of Windows itself
# to be another one, it writes a jump to its first bytes (tests/support/replace_function.h).
set -euo pipefail
dpkg -s gcc-mingw-w64-x86-64 clang lld wine64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc-mingw-w64-x86-64 clang lld wine64 >/dev/null
work=$(mktemp -d)
export WINEPREFIX=$work/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap 'WINEPREFIX=$work/wine wineserver -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
x86_64-w64-mingw32-ld --version | sed -n 1p
ld.lld --version
cat >calls.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#ifndef IMPORTED
#define IMPORTED
#endif
IMPORTED unsigned long long __stdcall GetTickCount64(void);
unsigned long long __stdcall __real_GetTickCount64(void);
unsigned long long __stdcall __wrap_GetTickCount64(void);
static int calls;
unsigned long long __stdcall __wrap_GetTickCount64(void)
{
    if (calls++) {
        puts("wrapped, and the real one is the wrapper");
        exit(0);
    }
    return __real_GetTickCount64();
}
int main(void)
{
    unsigned long long now = GetTickCount64();
    puts(!now ? "no time" : calls ? "wrapped" : "not wrapped");
    return 0;
}
C
folder=$(dirname "$(x86_64-w64-mingw32-gcc -print-libgcc-file-name)")
# with LINKER OPTION...: what the program says.
with() {
    clang --target=x86_64-w64-mingw32 -fuse-ld="$1" -L"$folder" "${@:2}" -Wl,--wrap=GetTickCount64 calls.c -o calls.exe
    "$wine" calls.exe 2>/dev/null | tr -d '\r'
}
plain_ld=$(with bfd) imported_ld=$(with bfd '-DIMPORTED=__declspec(dllimport)')
plain_lld=$(with lld) imported_lld=$(with lld '-DIMPORTED=__declspec(dllimport)')
echo "GNU ld: $plain_ld; declared as in windows.h: $imported_ld"
echo "LLD: $plain_lld; declared as in windows.h: $imported_lld"
[ "$plain_ld" = wrapped ] && [ "$imported_ld" = "not wrapped" ] &&
    [ "$plain_lld" = "wrapped, and the real one is the wrapper" ] && [ "$imported_lld" = "$plain_lld" ] ||
    { echo "FAILED: it has changed"; exit 1; }
