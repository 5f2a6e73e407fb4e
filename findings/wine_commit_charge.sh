#!/usr/bin/env bash
# PROCESS_MEMORY_COUNTERS_EX has PagefileUsage and PrivateUsage, which on Windows both are what a process has committed. One
# would guess that committing 64 MiB raises both by as much.
# In Wine 8.0 it raises neither: PagefileUsage is the private memory that is resident, so it follows when pages are
# touched, and PrivateUsage is 0 at any time, though GetProcessMemoryInfo succeeds.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: the room that a job leaves is its limit less PagefileUsage (src/os/win32_system.c), so under Wine it would be
# too large by what is committed and not touched; and a comparison of a budget's use with PrivateUsage would always find
# memory that nobody has. Tests of both are over the simulated system.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >usage.c <<'END'
#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <psapi.h>

#define MIB ((SIZE_T)1 << 20)

static SIZE_T before;

static void tell(const char *when)
{
    PROCESS_MEMORY_COUNTERS_EX now = {.cb = sizeof now};
    if (!GetProcessMemoryInfo(GetCurrentProcess(), (PROCESS_MEMORY_COUNTERS *)&now, sizeof now))
        ExitProcess(1);
    before = before ? before : now.PagefileUsage;
    printf("%s: PagefileUsage %+d MiB, PrivateUsage %d\n", when,
           (int)(((double)now.PagefileUsage - (double)before) / (double)MIB + 0.5), (int)now.PrivateUsage);
}

int main(void)
{
    char *memory;
    tell("before");
    memory = VirtualAlloc(NULL, 64 * MIB, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!memory)
        return 1;
    tell("64 MiB committed");
    memset(memory, 1, 32 * MIB);
    tell("32 of them touched");
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o usage.exe usage.c -lpsapi
"$wine" usage.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'before: PagefileUsage +0 MiB, PrivateUsage 0' '64 MiB committed: PagefileUsage +0 MiB, PrivateUsage 0' \
    '32 of them touched: PagefileUsage +32 MiB, PrivateUsage 0' | cmp - seen || { echo "FAILED: it has changed"; exit 1; }
