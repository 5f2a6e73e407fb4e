#!/usr/bin/env bash
# Reserving address space (MEM_RESERVE) is free: on Windows it costs a descriptor of the range, however large that is, and
# programs reserve terabytes, as .NET's collector reserves 256 GiB. One would guess that it costs as little under Wine, which
# maps nothing for it either.
# Wine 8.0 has a byte for every page that is reserved, and writes it: reserving a terabyte takes 256 MiB of real memory, and the
# time to fill them. They stay when the reservation is released. It counts against a container's limit, and is in
# PagefileUsage, as though the program had committed it.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: a runtime's process has 64 MiB of it under Wine, for 256 GiB, which no account has: the books are compared with
# VirtualQuery, not with the process's memory.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >reserve.c <<'END'
#include <stdio.h>
#include <windows.h>
#include <psapi.h>

#define MIB ((SIZE_T)1 << 20)

static void tell(const char *what)
{
    static SIZE_T first;
    PROCESS_MEMORY_COUNTERS now = {.cb = sizeof now};
    if (!GetProcessMemoryInfo(GetCurrentProcess(), &now, sizeof now))
        ExitProcess(1);
    first = first ? first : now.PagefileUsage;
    printf("%s: %d MiB\n", what, (int)(((double)now.PagefileUsage - (double)first) / (double)MIB + 0.5));
    fflush(stdout);
}

int main(void)
{
    void *memory;
    tell("before");
    memory = VirtualAlloc(NULL, MIB * MIB, MEM_RESERVE, PAGE_NOACCESS);
    if (!memory)
        return 1;
    tell("1 TiB reserved");
    if (!VirtualFree(memory, 0, MEM_RELEASE))
        return 1;
    tell("released");
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o reserve.exe reserve.c -lpsapi
"$wine" reserve.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'before: 0 MiB' '1 TiB reserved: 256 MiB' 'released: 256 MiB' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
