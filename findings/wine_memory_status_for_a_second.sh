#!/usr/bin/env bash
# GlobalMemoryStatusEx tells how much memory is free. A program that asks, fills a buffer and asks again would guess that the second
# answer is smaller by the buffer, as on Windows.
# Wine 8.0 keeps an answer for a second: until then all figures stay the same, to the byte, whatever the program does.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: GetMemoryLoad, and what a runtime is told of the machine's load, may be a second old under Wine; what is decided from
# the budget is not, because that is the manager's own count. No test compares two readings of the machine.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >status.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define BYTES ((SIZE_T)128 << 20)

/* Whether 128 MiB that are filled between two questions are seen by the second one, asked at once or after a pause. */
static const char *ask(DWORD pause_ms)
{
    MEMORYSTATUSEX before = {sizeof before}, after = {sizeof after};
    ULONGLONG start;
    char *memory;
    do {
        memory = VirtualAlloc(NULL, BYTES, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        if (!memory)
            exit(1);
        Sleep(1100);
        GlobalMemoryStatusEx(&before);
        start = GetTickCount64();
        memset(memory, 1, BYTES);
        Sleep(pause_ms);
        GlobalMemoryStatusEx(&after);
        VirtualFree(memory, 0, MEM_RELEASE);
    } while (!pause_ms && GetTickCount64() - start > 900); /* filling has taken too long */
    return memcmp(&before, &after, sizeof before) ? "other figures" : "the same figures";
}

int main(void)
{
    printf("at once: %s\n", ask(0));
    printf("after more than a second: %s\n", ask(1100));
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o status.exe status.c
"$wine" status.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'at once: the same figures' 'after more than a second: other figures' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
