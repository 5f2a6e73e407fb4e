#!/usr/bin/env bash
# VirtualQuery goes on to the first page "with a nonmatching set of attributes": the pages of a region have the same
# state, the same protection and the same allocation. Reserved pages have no protection (it is told as 0). So one would
# guess that a reservation whose pages were committed and have all been decommitted is one region again, as when it was
# new.
# Wine 8.0 ends a region where the protection that pages had, when they were last committed, changes. What it tells is
# the same for all of them, and the reservation is told in pieces. Committed with the protection of the reservation,
# pages leave no trace.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: whoever wants to know how long an allocation is adds up regions with the same AllocationBase
# (hmi_owner_allocation_length in src/memory/owner.c, length_of in src/coreclr/view_functions.c). The test of what
# VirtualQuery tells of decommitted pages has Wine's answer beside Windows' (tests/win32_calls/calls_edges.c), and the
# fuzzer compares page by page.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export TMPDIR=$work WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >regions.c <<'END'
#include <stdio.h>
#include <windows.h>

enum { PAGE = 4096, PAGES = 16 };

static void show(const char *when, char *memory)
{
    MEMORY_BASIC_INFORMATION region;
    unsigned others = 0;
    char *at;
    printf("%s: regions of", when);
    for (at = memory; at < memory + PAGES * PAGE; at += region.RegionSize) {
        if (!VirtualQuery(at, &region, sizeof region))
            break;
        printf(" %d", (int)(region.RegionSize / PAGE));
        others += region.State != MEM_RESERVE || region.Protect || region.AllocationProtect != PAGE_READWRITE ||
                  region.AllocationBase != memory || region.Type != MEM_PRIVATE;
    }
    printf(" pages, %u of them not told like a new reservation\n", others);
}

int main(void)
{
    char *memory = VirtualAlloc(NULL, PAGES * PAGE, MEM_RESERVE, PAGE_READWRITE);
    DWORD before;
    show("new", memory);
    VirtualAlloc(memory + 4 * PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    VirtualFree(memory, 0, MEM_DECOMMIT);
    show("2 pages were PAGE_READWRITE", memory);
    VirtualAlloc(memory + 4 * PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    VirtualProtect(memory + 4 * PAGE, PAGE, PAGE_READONLY, &before);
    VirtualFree(memory, 0, MEM_DECOMMIT);
    show("one was PAGE_READONLY", memory);
    VirtualAlloc(memory, PAGES * PAGE, MEM_COMMIT, PAGE_READWRITE);
    VirtualFree(memory, 0, MEM_DECOMMIT);
    show("all were PAGE_READWRITE", memory);
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o regions.exe regions.c
"$wine" regions.exe 2>/dev/null | tr -d '\r' | tee seen
cmp - seen <<'END' || { echo "FAILED: it has changed"; exit 1; }
new: regions of 16 pages, 0 of them not told like a new reservation
2 pages were PAGE_READWRITE: regions of 16 pages, 0 of them not told like a new reservation
one was PAGE_READONLY: regions of 4 1 11 pages, 0 of them not told like a new reservation
all were PAGE_READWRITE: regions of 16 pages, 0 of them not told like a new reservation
END
