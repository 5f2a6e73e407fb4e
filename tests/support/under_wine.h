/* Whether a program runs under Wine, for tests of what Wine cannot do. */
#ifndef HOSTMEM_TESTS_UNDER_WINE_H
#define HOSTMEM_TESTS_UNDER_WINE_H

#include <windows.h>

/* Wine's version, such as "8.0"; NULL on Windows. */
static inline const char *wine_version(void)
{
    HMODULE system = GetModuleHandleA("ntdll.dll");
    FARPROC function = system ? GetProcAddress(system, "wine_get_version") : NULL;
    return function ? ((const char *(*)(void))(void (*)(void))function)() : NULL;
}

static inline BOOL is_under_wine(void)
{
    return wine_version() != NULL;
}

#endif
