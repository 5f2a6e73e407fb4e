#!/usr/bin/env bash
# CreateMemoryResourceNotification gives an object that is signalled while the machine has little memory, or while it has plenty:
# on Windows the one for plenty is signalled on any machine that is not in trouble. A program that waits for it before it fills a
# cache would start at once. One would guess that Wine has one of the two signalled, by the memory of the machine.
# Under Wine 8.0 both can be made and asked, and neither is ever signalled: asked for plenty, it says no, with most memory free.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: a runtime that waits for the low one gets an object of the budget's, and that is all that ever tells it under Wine;
# one that would wait for the high one gets the system's.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >notifications.c <<'END'
#include <stdio.h>
#include <windows.h>

static void ask(MEMORY_RESOURCE_NOTIFICATION_TYPE type, const char *what)
{
    HANDLE object = CreateMemoryResourceNotification(type);
    BOOL is_so = 2, is_answered = QueryMemoryResourceNotification(object, &is_so);
    printf("%s: made %d, answered %d, answer %d, %s\n", what, object != NULL, is_answered, is_so,
           WaitForSingleObject(object, 0) == WAIT_OBJECT_0 ? "signalled" : "not signalled");
}

int main(void)
{
    MEMORYSTATUSEX machine = {.dwLength = sizeof machine};
    if (!GlobalMemoryStatusEx(&machine) || machine.ullAvailPhys < ((ULONGLONG)1 << 30))
        return 1;
    ask(LowMemoryResourceNotification, "low");
    ask(HighMemoryResourceNotification, "high, with more than a gigabyte free");
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o notifications.exe notifications.c
"$wine" notifications.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'low: made 1, answered 1, answer 0, not signalled' 'high, with more than a gigabyte free: made 1, answered 1, answer 0, not signalled' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
