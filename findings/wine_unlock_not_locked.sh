#!/usr/bin/env bash
# VirtualLock is bounded by the minimum of the process's working set, some 200 KiB unless it is raised: beyond that Windows fails with
# ERROR_WORKING_SET_QUOTA (1453). VirtualUnlock of pages that are not locked fails with ERROR_NOT_LOCKED (158), and programs call it
# twice on purpose to trim pages. One would guess that Wine, which has both calls, has their errors.
# Wine 8.0 passes both to mlock and munlock. It locks far more than the working set that it tells, and unlocking what was never locked
# succeeds, any number of times.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12, as root.
# For hostmem: what it does when a page cannot be locked shows only in the simulated system, which has such errors; the tests of
# locking run there.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >lock.c <<'END'
#include <stdio.h>
#include <windows.h>

int main(void)
{
    SIZE_T least, most, size;
    char *memory;
    if (!GetProcessWorkingSetSize(GetCurrentProcess(), &least, &most))
        return 1;
    size = 2 * least;
    memory = VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!memory)
        return 1;
    SetLastError(0);
    printf("unlocking what was not locked: %d", VirtualUnlock(memory, size));
    printf(", error %lu\n", GetLastError());
    SetLastError(0);
    printf("locking twice the least working set: %d", VirtualLock(memory, size));
    printf(", error %lu\n", GetLastError());
    printf("unlocking it: %d", VirtualUnlock(memory, size));
    printf(", again: %d\n", VirtualUnlock(memory, size));
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o lock.exe lock.c
"$wine" lock.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'unlocking what was not locked: 1, error 0' 'locking twice the least working set: 1, error 0' 'unlocking it: 1, again: 1' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
