#!/usr/bin/env bash
# MEMORYSTATUSEX.ullAvailVirtual is the address space of the process that is neither reserved nor committed. A program that reserves
# 64 GiB would guess that it falls by 64 GiB; that is how one sees how much room is left for a large reservation.
# Wine 8.0 takes the resident memory of the process from the whole: a reservation of 64 GiB takes less than 1 GiB from it, and
# memory that is touched takes as much as it is, though it was committed before.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: the largest free range that the report shows comes from a walk with VirtualQuery (src/report/free_space.c), not from
# this figure.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >room.c <<'END'
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define GIB ((SIZE_T)1 << 30)

static DWORDLONG room(void)
{
    MEMORYSTATUSEX status = {sizeof status};
    Sleep(1100); /* Wine's figures are those of the second */
    GlobalMemoryStatusEx(&status);
    return status.ullAvailVirtual;
}

int main(void)
{
    DWORDLONG first = room(), reserved, touched;
    char *memory;
    if (!VirtualAlloc(NULL, 64 * GIB, MEM_RESERVE, PAGE_NOACCESS))
        return 1;
    reserved = room();
    memory = VirtualAlloc(NULL, GIB / 4, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!memory)
        return 1;
    memset(memory, 1, GIB / 4);
    touched = room();
    printf("64 GiB reserved: falls by %s than 1 GiB\n", first - reserved < GIB ? "less" : "more");
    printf("256 MiB touched: falls by %s than 200 MiB\n", reserved - touched < GIB / 5 ? "less" : "more");
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o room.exe room.c
"$wine" room.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' '64 GiB reserved: falls by less than 1 GiB' '256 MiB touched: falls by more than 200 MiB' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
