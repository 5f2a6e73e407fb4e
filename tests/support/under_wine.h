/* Whether a program runs under Wine, for what Wine itself cannot do. */
#ifndef HOSTMEM_TESTS_UNDER_WINE_H
#define HOSTMEM_TESTS_UNDER_WINE_H

#include <windows.h>

static inline BOOL is_under_wine(void)
{
    HMODULE system = GetModuleHandleA("ntdll.dll");
    return system && GetProcAddress(system, "wine_get_version") != NULL;
}

#endif
