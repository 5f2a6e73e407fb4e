#!/usr/bin/env bash
# GetProcessHandleCount tells how many handles a process has open. One would guess that if the function succeeds the
# number is right: tests for handle leaks use it.
# In Wine 8.0 it succeeds and returns 0, before and after a hundred events are created.
# Seen with wine64 8.0~repack-4 and mingw-w64 10.0.0 of Debian 12.
# For hostmem: a test that compares this number before and after a hundred loads and unloads would pass under Wine
# whatever leaked. The test of unloading counts the handles that NtQuerySystemInformation lists instead, which Wine
# supports.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >handles.c <<'END'
#include <stdio.h>
#include <windows.h>

int main(void)
{
    DWORD before = 1, after = 1;
    BOOL first = GetProcessHandleCount(GetCurrentProcess(), &before), second;
    int made = 0;
    while (made < 100 && CreateEventA(NULL, TRUE, FALSE, NULL))
        made++;
    second = GetProcessHandleCount(GetCurrentProcess(), &after);
    printf("success %d, %lu handles\n%d events made\nsuccess %d, %lu handles\n", first, before, made, second, after);
    return 0;
}
END
x86_64-w64-mingw32-gcc -o handles.exe handles.c
"$wine" handles.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'success 1, 0 handles' '100 events made' 'success 1, 0 handles' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
