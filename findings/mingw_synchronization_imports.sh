#!/usr/bin/env bash
# WaitOnAddress is not in kernel32, so a program that calls it is linked with -lsynchronization. One would guess that this
# adds the import of that function, and leaves all others where they were.
# MinGW-w64's libsynchronization.a has 55 functions, not the three that Microsoft's synchronization.lib has, and comes before
# kernel32, which the compiler's driver names last. So EnterCriticalSection, SetEvent and Sleep, too, now come from
# api-ms-win-core-synch-l1-2-0.dll, which Windows 7 does not have: a program that looks WaitOnAddress up with GetProcAddress
# and has the library on its command line all the same does not start there.
# Seen with gcc-mingw-w64-x86-64 12.2.0 and mingw-w64-x86-64-dev 10.0.0-3 of Debian 12; the three are those of
# Microsoft.Windows.SDK.CPP 10.0.26100.9169.
# For hostmem: it waits on objects of kernel32 and is linked without that library, so it starts on Windows 7; the test
# dll_tables fails if hostmem.dll imports from api-ms-win-core-*.
set -euo pipefail
dpkg -s gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' gcc-mingw-w64-x86-64 mingw-w64-x86-64-dev
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >wait.c <<'END'
#include <windows.h>

int main(void)
{
    static CRITICAL_SECTION lock;
    InitializeCriticalSection(&lock);
    EnterCriticalSection(&lock);
    LeaveCriticalSection(&lock);
    SetEvent(CreateEventW(NULL, FALSE, FALSE, NULL));
    Sleep(GetTickCount() & 1);
    return 0;
}
END
# imports OPTION...: where the program's functions come from.
imports() {
    x86_64-w64-mingw32-gcc -O1 -o wait.exe wait.c "$@"
    x86_64-w64-mingw32-objdump -p wait.exe |
        awk '/DLL Name:/ { dll = $3 } /^\t[0-9a-f]+\t +[0-9]+ / { print dll, $3 }' |
        grep -E ' (InitializeCriticalSection|EnterCriticalSection|LeaveCriticalSection|CreateEventW|SetEvent|Sleep|GetTickCount)$' |
        LC_ALL=C sort
}
{
    echo "without the library:"
    imports
    echo "with -lsynchronization, of which nothing is needed:"
    imports -lsynchronization
} | tee seen
printf '%s\n' 'without the library:' \
    'KERNEL32.dll CreateEventW' 'KERNEL32.dll EnterCriticalSection' 'KERNEL32.dll GetTickCount' \
    'KERNEL32.dll InitializeCriticalSection' 'KERNEL32.dll LeaveCriticalSection' 'KERNEL32.dll SetEvent' 'KERNEL32.dll Sleep' \
    'with -lsynchronization, of which nothing is needed:' 'KERNEL32.dll GetTickCount' \
    'api-ms-win-core-synch-l1-2-0.dll CreateEventW' 'api-ms-win-core-synch-l1-2-0.dll EnterCriticalSection' \
    'api-ms-win-core-synch-l1-2-0.dll InitializeCriticalSection' 'api-ms-win-core-synch-l1-2-0.dll LeaveCriticalSection' \
    'api-ms-win-core-synch-l1-2-0.dll SetEvent' 'api-ms-win-core-synch-l1-2-0.dll Sleep' |
    cmp - seen || { echo "FAILED: it has changed"; exit 1; }
