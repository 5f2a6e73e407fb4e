#!/usr/bin/env bash
# PROCESS_MEMORY_COUNTERS has PagefileUsage and PeakPagefileUsage, the most that it ever was. One would guess that the peak never falls,
# as PeakWorkingSetSize does not.
# In Wine 8.0 PeakPagefileUsage is a copy of PagefileUsage: after 64 MiB are freed it is smaller than before, while the peak of the
# working set stays.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: the peaks of a report are the manager's own (peak_committed_bytes, peak_used_bytes); nothing is taken from this one.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >peak.c <<'END'
#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <psapi.h>

static PROCESS_MEMORY_COUNTERS counters(void)
{
    PROCESS_MEMORY_COUNTERS now;
    GetProcessMemoryInfo(GetCurrentProcess(), &now, sizeof now);
    return now;
}

int main(void)
{
    SIZE_T size = (SIZE_T)64 << 20;
    char *memory = VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    PROCESS_MEMORY_COUNTERS full, freed;
    if (!memory)
        return 1;
    memset(memory, 1, size);
    full = counters();
    VirtualFree(memory, 0, MEM_RELEASE);
    freed = counters();
    printf("peak of the pagefile's use: %s\n", freed.PeakPagefileUsage + size / 2 < full.PeakPagefileUsage ? "has fallen" : "stays");
    printf("peak of the working set: %s\n", freed.PeakWorkingSetSize + size / 2 < full.PeakWorkingSetSize ? "has fallen" : "stays");
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o peak.exe peak.c -lpsapi
"$wine" peak.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'peak of the pagefile'"'"'s use: has fallen' 'peak of the working set: stays' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
