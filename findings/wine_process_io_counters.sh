#!/usr/bin/env bash
# GetProcessIoCounters tells how often a process has read and written, and how many bytes: on Windows 10 writes of 4 KiB to a file are
# 10 write operations and 40960 bytes, which is how one measures what a log or a trace costs. One would guess that Wine counts them, or
# that the call fails.
# Wine 8.0 succeeds and tells zeros, whatever was read or written.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: what a trace has written is in its own count (hostmem_trace_status), which the tests compare with the file.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >written.c <<'END'
#include <stdio.h>
#include <windows.h>

int main(void)
{
    HANDLE file = CreateFileW(L"written.tmp", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    static const char page[4096];
    IO_COUNTERS counters;
    DWORD written;
    int i;
    FillMemory(&counters, sizeof counters, 0xff);
    for (i = 0; i < 10; i++)
        if (!WriteFile(file, page, sizeof page, &written, NULL))
            return 1;
    printf("succeeds: %d, ", GetProcessIoCounters(GetCurrentProcess(), &counters));
    printf("%d writes, %d bytes\n", (int)counters.WriteOperationCount, (int)counters.WriteTransferCount);
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o written.exe written.c
"$wine" written.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'succeeds: 1, 0 writes, 0 bytes' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
