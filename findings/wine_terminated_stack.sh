#!/usr/bin/env bash
# TerminateThread ends a thread at once, whatever it holds. Its stack is freed all the same: by the documentation, only Windows up to
# Server 2003 leaked it. One would guess that Wine frees it, too.
# Under Wine 8.0 the stack of a terminated thread stays committed for as long as the process lives; that of a thread which returns
# is freed when the next thread ends.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: a test that ends threads inside of calls loses a megabyte of address space at each under Wine (no stack is
# smaller there), so a 32-bit program has room for fewer than two thousand. Such a leak is not the manager's.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >terminated.c <<'END'
#include <stdio.h>
#include <windows.h>

static void *volatile stack;

static DWORD WINAPI be(void *ends)
{
    stack = &ends;
    while (!ends)
        Sleep(1);
    return 0;
}

static int is_there(void *address)
{
    MEMORY_BASIC_INFORMATION region;
    return VirtualQuery(address, &region, sizeof region) && region.State == MEM_COMMIT;
}

static void *run(void *ends)
{
    HANDLE thread;
    void *was;
    stack = NULL;
    thread = CreateThread(NULL, 3 << 20, be, ends, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    while (!stack)
        Sleep(1);
    was = stack;
    if (!ends)
        TerminateThread(thread, 0);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    return was;
}

int main(void)
{
    void *returned = run((void *)&stack), *terminated, *last;
    int i;
    terminated = run(NULL);
    for (i = 0; i < 3; i++)
        last = run((void *)&stack);
    (void)last;
    printf("returned: %s\n", is_there(returned) && returned != last ? "there" : "freed or used again");
    printf("terminated: %s\n", is_there(terminated) && terminated != last ? "there" : "freed or used again");
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o terminated.exe terminated.c
"$wine" terminated.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'returned: freed or used again' 'terminated: there' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
