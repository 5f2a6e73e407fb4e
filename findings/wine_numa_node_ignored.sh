#!/usr/bin/env bash
# VirtualAllocExNuma and MapViewOfFileExNuma take the number of the node whose memory is wanted. One would guess that a node which
# the machine does not have is refused as a wrong parameter: GetNumaHighestNodeNumber tells what there is.
# Wine 8.0 ignores the number: with one node, number 0, the memory is granted for node 77, too.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: nodes are passed on as they came, and a wrong one is for the system to refuse. That a node reaches the system's
# call is tested by what the simulated system was given, because under Wine no result differs.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >node.c <<'END'
#include <stdio.h>
#include <windows.h>

int main(void)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 65536, NULL);
    ULONG highest = 0;
    DWORD absent;
    GetNumaHighestNodeNumber(&highest);
    absent = highest + 77;
    printf("memory of a node that is not there: %d\n",
           VirtualAllocExNuma(GetCurrentProcess(), NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, absent) != NULL);
    printf("a view: %d\n", MapViewOfFileExNuma(section, FILE_MAP_WRITE, 0, 0, 0, NULL, absent) != NULL);
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o node.exe node.c
"$wine" node.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'memory of a node that is not there: 1' 'a view: 1' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
