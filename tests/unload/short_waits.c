/* See short_waits.h. The import tables of MinGW-w64 and of Visual C++ contain the names as well as the addresses. */
#include "short_waits.h"

#include <string.h>

#define SHORTER 60
#define FUNCTIONS 3

static volatile LONG64 ahead_ms; /* of the system's clock */

static DWORD WINAPI wait_for_any(DWORD count, const HANDLE *handles, BOOL all, DWORD timeout_ms)
{
    DWORD shorter_ms = timeout_ms == INFINITE ? INFINITE : timeout_ms / SHORTER;
    DWORD result = WaitForMultipleObjects(count, handles, all, shorter_ms);
    if (result == WAIT_TIMEOUT)
        InterlockedExchangeAdd64(&ahead_ms, (LONG64)timeout_ms - (LONG64)shorter_ms);
    return result;
}

static DWORD WINAPI wait_for_one(HANDLE handle, DWORD timeout_ms)
{
    return wait_for_any(1, &handle, FALSE, timeout_ms);
}

static ULONGLONG WINAPI ticks(void)
{
    return GetTickCount64() + (ULONGLONG)InterlockedExchangeAdd64(&ahead_ms, 0);
}

static BOOL write_address(IMAGE_THUNK_DATA *thunk, void (*replacement)(void))
{
    DWORD old;
    if (!VirtualProtect(thunk, sizeof *thunk, PAGE_READWRITE, &old))
        return FALSE;
    thunk->u1.Function = (ULONG_PTR)replacement;
    return VirtualProtect(thunk, sizeof *thunk, old, &old);
}

/* NULL: the function is not replaced. */
static void (*replacement_of(const char *name))(void)
{
    if (!strcmp(name, "WaitForMultipleObjects"))
        return (void (*)(void))wait_for_any;
    if (!strcmp(name, "WaitForSingleObject"))
        return (void (*)(void))wait_for_one;
    return strcmp(name, "GetTickCount64") ? NULL : (void (*)(void))ticks;
}

/* The number of functions of one DLL that were replaced. */
static unsigned replace_in(char *base, const IMAGE_IMPORT_DESCRIPTOR *from)
{
    const IMAGE_THUNK_DATA *names = (const void *)(base + from->OriginalFirstThunk);
    IMAGE_THUNK_DATA *addresses = (void *)(base + from->FirstThunk);
    unsigned replaced = 0;
    for (; names->u1.AddressOfData; names++, addresses++) {
        const IMAGE_IMPORT_BY_NAME *import = (const void *)(base + names->u1.AddressOfData);
        void (*replacement)(void) = IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal)
                                        ? NULL
                                        : replacement_of((const char *)import->Name);
        if (replacement)
            replaced += write_address(addresses, replacement) != 0;
    }
    return replaced;
}

BOOL short_waits_install(HMODULE module)
{
    char *base = (char *)module;
    const IMAGE_DOS_HEADER *dos = (const void *)base;
    const IMAGE_NT_HEADERS *headers = (const void *)(base + dos->e_lfanew);
    const IMAGE_DATA_DIRECTORY *directory = &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    const IMAGE_IMPORT_DESCRIPTOR *from = (const void *)(base + directory->VirtualAddress);
    unsigned replaced = 0;
    for (; from->Name; from++) {
        if (!_stricmp(base + from->Name, "kernel32.dll"))
            replaced += replace_in(base, from);
    }
    return replaced == FUNCTIONS;
}
