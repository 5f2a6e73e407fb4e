#!/usr/bin/env bash
# ReOpenFile gives another handle, with other rights, to the file that a handle is for. One would guess that it opens
# the handle's file even after a rename: that is the purpose of the function.
# Wine 8.0 opens the file that has that name now. If the file was moved and replaced by another one, the new handle
# reads the other one.
# Seen with wine64 8.0~repack-4 and mingw-w64 10.0.0 of Debian 12.
# For hostmem: the trace writer uses ReOpenFile to open its file again. It compares the file's id and opens another one by
# the id instead (src/os/win32_file.c); a test moves a trace's file while it is written.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >reopen.c <<'END'
#include <stdio.h>
#include <windows.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static void write_file(const char *name, char text)
{
    DWORD written;
    HANDLE file = CreateFileA(name, GENERIC_WRITE, SHARE_ALL, NULL, CREATE_NEW, 0, NULL);
    WriteFile(file, &text, 1, &written, NULL);
    CloseHandle(file);
}

static char read_file(HANDLE file)
{
    char text = '?';
    DWORD length;
    ReadFile(file, &text, 1, &length, NULL);
    return text;
}

int main(void)
{
    HANDLE first, second;
    write_file("name", '1');
    first = CreateFileA("name", GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    MoveFileA("name", "moved");
    write_file("name", '2');
    second = ReOpenFile(first, GENERIC_READ, SHARE_ALL, 0);
    printf("the handle's file: %c\n", read_file(first));
    printf("opened once more:  %c\n", read_file(second));
    return 0;
}
END
x86_64-w64-mingw32-gcc -o reopen.exe reopen.c
"$wine" reopen.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' "the handle's file: 1" 'opened once more:  2' | cmp - seen || { echo "FAILED: it has changed"; exit 1; }
