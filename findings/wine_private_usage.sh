#!/usr/bin/env bash
# GetProcessMemoryInfo fills PROCESS_MEMORY_COUNTERS_EX, whose PrivateUsage is the usual answer to "how much memory has this
# process": private committed memory, on Windows the same number as PagefileUsage. One would guess that Wine, which fills
# PagefileUsage, fills both.
# Wine 8.0 accepts the larger structure, succeeds, and does not write PrivateUsage: it holds what the caller had there.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: a figure of the process beside the manager's would have to be PagefileUsage, with the shorter structure. What the
# books are compared with is VirtualQuery.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >private.c <<'END'
#include <stdio.h>
#include <windows.h>
#include <psapi.h>

int main(void)
{
    PROCESS_MEMORY_COUNTERS_EX now = {.cb = sizeof now, .PrivateUsage = 12345};
    if (!GetProcessMemoryInfo(GetCurrentProcess(), (PROCESS_MEMORY_COUNTERS *)&now, sizeof now))
        return 1;
    printf("PagefileUsage above a megabyte: %d, PrivateUsage: %lu\n", now.PagefileUsage > 1 << 20,
           (unsigned long)now.PrivateUsage);
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o private.exe private.c -lpsapi
"$wine" private.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'PagefileUsage above a megabyte: 1, PrivateUsage: 12345' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
