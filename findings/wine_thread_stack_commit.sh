#!/usr/bin/env bash
# A thread's stack is reserved, and committed page by page as it grows: of the megabyte that CreateThread reserves, Windows commits
# a few pages at first, with a guard page below. With STACK_SIZE_PARAM_IS_A_RESERVATION a program asks for a smaller reservation, as
# hosts with many threads do. One would guess that VirtualQuery shows this under Wine, too.
# Wine 8.0 commits the whole stack when it makes it, with the guard page at its far end, and reserves no less than a megabyte.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: stacks are not the manager's, so no account has them. Whoever compares accounts with all committed memory of the
# process has a megabyte of difference a thread under Wine, and some pages on Windows; the tests compare only what they know to be
# the manager's.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >stack.c <<'END'
#include <stdio.h>
#include <windows.h>

static DWORD WINAPI look(void *context)
{
    SIZE_T committed = 0, other = 0;
    MEMORY_BASIC_INFORMATION region;
    char *at;
    void *base;
    if (!VirtualQuery(&region, &region, sizeof region))
        return 1;
    base = region.AllocationBase;
    for (at = base; VirtualQuery(at, &region, sizeof region) && region.State != MEM_FREE && region.AllocationBase == base;
         at = (char *)region.BaseAddress + region.RegionSize)
        *(region.State == MEM_COMMIT ? &committed : &other) += region.RegionSize;
    printf("%s: %d KiB committed, %d KiB reserved only\n", (const char *)context, (int)(committed / 1024), (int)(other / 1024));
    fflush(stdout);
    return 0;
}

static int run(SIZE_T reserve, const char *what)
{
    HANDLE thread = CreateThread(NULL, reserve, look, (void *)what, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    return thread && WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0;
}

int main(void)
{
    return run(128 << 10, "128 KiB asked for") && run(16 << 20, "16 MiB asked for") ? 0 : 1;
}
END
x86_64-w64-mingw32-gcc -O1 -o stack.exe stack.c
"$wine" stack.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' '128 KiB asked for: 1024 KiB committed, 0 KiB reserved only' '16 MiB asked for: 16384 KiB committed, 0 KiB reserved only' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
