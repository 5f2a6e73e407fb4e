#!/usr/bin/env bash
# VirtualAlloc2 takes a lowest and a highest address and an alignment, in one struct, MEM_ADDRESS_REQUIREMENTS. A reservation
# ends in that range or the call fails. One would guess that a system that knows the function keeps to all three, or refuses
# what it does not know, as it does for an alignment that is no power of two.
# Wine 8.0 has the function, keeps to the alignment, and ignores both addresses: asked for 64 KiB from 8 to 12 GiB it
# returns an address below 4 GiB, with success. Code that needs memory within reach of other code gets it anywhere.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: requests with such requirements are passed to the system and are not governed (src/coreclr/page_functions.c).
# A test that wants an address in a range asks for it with VirtualAlloc.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >range.c <<'END'
#include <stdio.h>
#include <windows.h>

/* As in Microsoft's headers; older ones of MinGW-w64 lack them. */
typedef struct requirements {
    void *lowest, *highest;
    SIZE_T alignment;
} requirements;
typedef struct parameter {
    UINT64 type;
    void *pointer;
} parameter;
typedef void *(WINAPI *virtual_alloc_2)(HANDLE, void *, SIZE_T, ULONG, ULONG, parameter *, ULONG);

static virtual_alloc_2 alloc;

static char *reserve(requirements *wanted)
{
    parameter address = {1, wanted};
    SetLastError(0);
    return alloc(NULL, NULL, 65536, MEM_RESERVE, PAGE_NOACCESS, &address, 1);
}

int main(void)
{
    const SIZE_T gib = (SIZE_T)1 << 30;
    requirements aligned = {NULL, NULL, gib}, crooked = {NULL, NULL, 3 * 65536};
    requirements range = {(void *)(8 * gib), (void *)(12 * gib - 1), 0};
    char *memory;
    alloc = (virtual_alloc_2)(void (*)(void))GetProcAddress(GetModuleHandleA("kernelbase.dll"), "VirtualAlloc2");
    if (!alloc)
        return 1;
    memory = reserve(&aligned);
    printf("aligned to 1 GiB: %s\n", !memory ? "refused" : (SIZE_T)memory % gib ? "elsewhere" : "there");
    memory = reserve(&crooked);
    printf("aligned to 192 KiB: %s, error %lu\n", memory ? "somewhere" : "refused", GetLastError());
    memory = reserve(&range);
    printf("from 8 to 12 GiB: %s\n", !memory ? "refused" : memory < (char *)range.lowest ? "below" :
                                     memory > (char *)range.highest ? "above" : "there");
    fflush(stdout);
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o range.exe range.c
"$wine" range.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'aligned to 1 GiB: there' 'aligned to 192 KiB: refused, error 87' 'from 8 to 12 GiB: below' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
