#!/usr/bin/env bash
# LdrRegisterDllNotification: the callback is told that a DLL is being loaded, "before dynamic linking takes place", as
# Microsoft documents. One would guess that the import table of the DLL still holds names then, so that a program that
# changes imports can do it then, and the linking follows.
# Wine 8.0 calls it after the linking: the table already holds the functions' addresses.
# Seen with wine64 8.0~repack-4 and mingw-w64 10.0.0 of Debian 12.
# For hostmem: hostmem_coreclr_watch governs modules from such a callback. It must handle a table that is linked and one
# that is not; the second case can only be tested with made-up images, not under Wine.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >plain.c <<'END'
#include <windows.h>

__declspec(dllexport) DWORD call_two(void)
{
    return GetTickCount() + GetCurrentProcessId();
}
END
cat >notified.c <<'END'
#include <stdio.h>
#include <windows.h>

#define LOADED 1

typedef struct {
    ULONG flags;
    const void *full_name, *base_name;
    BYTE *base;
    ULONG size;
} notification;

typedef VOID(CALLBACK *notified)(ULONG reason, const notification *data, PVOID context);
typedef LONG(NTAPI *register_function)(ULONG flags, notified call, PVOID context, PVOID *cookie);

static VOID CALLBACK count_linked(ULONG reason, const notification *data, PVOID context)
{
    IMAGE_NT_HEADERS *headers = (void *)(data->base + ((IMAGE_DOS_HEADER *)data->base)->e_lfanew);
    DWORD start = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    IMAGE_IMPORT_DESCRIPTOR *from = (void *)(data->base + start);
    int imports = 0, linked = 0;
    if (reason != LOADED)
        return;
    for (; from->Name; from++) {
        ULONG_PTR *name = (void *)(data->base + from->OriginalFirstThunk), *entry = (void *)(data->base + from->FirstThunk);
        for (; *name; name++, entry++, imports++)
            linked += *entry != *name;
    }
    *(int *)context += imports && linked == imports ? 1 : imports && !linked ? 100 : 10000;
}

int main(void)
{
    PVOID cookie;
    int seen = 0;
    register_function join =
        (register_function)(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "LdrRegisterDllNotification");
    if (join(0, count_linked, &seen, &cookie) || !LoadLibraryA("plain.dll"))
        return 1;
    puts(seen == 1 ? "notified with all imports linked" : seen == 100 ? "notified with no import linked" : "something else");
    return 0;
}
END
x86_64-w64-mingw32-gcc -shared -o plain.dll plain.c
x86_64-w64-mingw32-gcc -o notified.exe notified.c
"$wine" notified.exe 2>/dev/null | tr -d '\r' | tee seen
[ "$(cat seen)" = 'notified with all imports linked' ] || { echo "FAILED: it has changed"; exit 1; }
