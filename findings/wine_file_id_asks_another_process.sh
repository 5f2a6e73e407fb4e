#!/usr/bin/env bash
# GetFileInformationByHandle tells a file's id, its size and its times, of a file that is open already. A program that asks for the id
# before each write, to see that a log file is still the same, would guess that this is one look at the handle, as on Windows.
# Wine 8.0 takes the serial number of the volume from its mount manager, which lives in another process: each call opens a device and
# waits for the answer to a control request. GetFileInformationByHandleEx with FileIdInfo does, too. Times and size of the same
# handle (GetFileTime, FileStandardInfo) need nobody else, nor does the bare id (NtQueryInformationFile, FileInternalInformation).
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: a trace's file is opened again in each round, ten times a second, and compared by id. It asks for the id alone
# (src/os/win32_file.c): with GetFileInformationByHandle a round sent more than twice as many requests to Wine's server.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
server=$(command -v wineserver || echo /usr/lib/wine/wineserver64)
trap '"$server" -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >ask.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <winternl.h>

int main(int count, char **arguments)
{
    HANDLE file = CreateFileA("file", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_ALWAYS, 0, NULL);
    const char *way = count > 1 ? arguments[1] : "";
    BY_HANDLE_FILE_INFORMATION information;
    FILE_STANDARD_INFO standard;
    FILETIME times[3];
    FILE_ID_INFO id;
    BOOL told = TRUE;
    int i;
    for (i = 0; i < 50; i++) {
        if (!strcmp(way, "GetFileInformationByHandle"))
            told = told && GetFileInformationByHandle(file, &information);
        else if (!strcmp(way, "FileIdInfo"))
            told = told && GetFileInformationByHandleEx(file, FileIdInfo, &id, sizeof(id));
        else if (!strcmp(way, "FileStandardInfo"))
            told = told && GetFileInformationByHandleEx(file, FileStandardInfo, &standard, sizeof(standard));
        else if (!strcmp(way, "GetFileTime"))
            told = told && GetFileTime(file, &times[0], &times[1], &times[2]);
        else if (!strcmp(way, "FileInternalInformation")) {
            IO_STATUS_BLOCK status;
            LONGLONG number;
            told = told && NtQueryInformationFile(file, &status, &number, sizeof(number), 6) >= 0;
        }
    }
    return !told;
}
END
x86_64-w64-mingw32-gcc -O1 -o ask.exe ask.c -lntdll
"$wine" ask.exe 2>/dev/null # makes the prefix
"$server" -w
for way in nothing GetFileTime FileStandardInfo FileInternalInformation FileIdInfo GetFileInformationByHandle; do
    # The server prints requests if it is started by a program with this channel.
    WINEDEBUG=+server "$wine" ask.exe "$way" >log 2>&1
    "$server" -k
    "$server" -w || true
    uses=$(grep -c MountPointManager log || true)
    [ "$way" != nothing ] || start=$uses # at the start of a program
    echo "50 times $way: $((uses - start)) uses of the mount manager" | tee -a seen
done
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
50 times nothing: 0 uses of the mount manager
50 times GetFileTime: 0 uses of the mount manager
50 times FileStandardInfo: 0 uses of the mount manager
50 times FileInternalInformation: 0 uses of the mount manager
50 times FileIdInfo: 50 uses of the mount manager
50 times GetFileInformationByHandle: 50 uses of the mount manager
O
