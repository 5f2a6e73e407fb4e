#!/usr/bin/env bash
# GetLargePageMinimum returns 0 where there are no large pages. One would guess that a program may use what it returns otherwise: that
# VirtualAlloc with MEM_LARGE_PAGES succeeds for such a size, or fails for want of the privilege (ERROR_PRIVILEGE_NOT_HELD, 1314), which
# is what one is told to look at.
# Wine 8.0 returns 2 MiB, and refuses every allocation with MEM_LARGE_PAGES as a wrong parameter (87).
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12, on x86-64.
# For hostmem: large pages are passed to the system and its error is passed back; a runtime that is told to use them (GCLargePages)
# gets that error under Wine. What Windows answers (1314) is tested over the simulated system.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >large.c <<'END'
#include <stdio.h>
#include <windows.h>

int main(void)
{
    SIZE_T least = GetLargePageMinimum();
    void *memory;
    SetLastError(0);
    memory = VirtualAlloc(NULL, least, MEM_RESERVE | MEM_COMMIT | MEM_LARGE_PAGES, PAGE_READWRITE);
    printf("least size: %d KiB\n", (int)(least >> 10));
    printf("allocated: %d, error %lu\n", memory != NULL, GetLastError());
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o large.exe large.c
"$wine" large.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'least size: 2048 KiB' 'allocated: 0, error 87' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
