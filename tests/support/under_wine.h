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

/* Asked once in each source: the question takes the loader's lock, and a thread that is ended meanwhile would keep it
 * for good. */
static inline BOOL is_under_wine(void)
{
    static LONG volatile answer = -1;
    if (answer < 0)
        answer = wine_version() != NULL;
    return answer;
}

#endif
