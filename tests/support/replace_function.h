/* Replaces a function of a DLL by another one, until the process ends. */
#ifndef HOSTMEM_TESTS_REPLACE_FUNCTION_H
#define HOSTMEM_TESTS_REPLACE_FUNCTION_H

#include <string.h>
#include <windows.h>

/* Writes a jump to replacement over the function's first bytes. False: that memory cannot be written. */
static inline BOOL replace_function(FARPROC function, void (*replacement)(void))
{
    /* mov rax, replacement; jmp rax: the same bytes in 32 bits except for the prefix. */
    unsigned char code[16], *at = code;
    DWORD old;
    if (!VirtualProtect((void *)(UINT_PTR)function, sizeof code, PAGE_EXECUTE_READWRITE, &old))
        return FALSE;
    if (sizeof(void *) == 8)
        *at++ = 0x48;
    *at++ = 0xb8;
    memcpy(at, &replacement, sizeof replacement);
    at += sizeof replacement;
    *at++ = 0xff;
    *at++ = 0xe0;
    memcpy((void *)(UINT_PTR)function, code, (size_t)(at - code));
    FlushInstructionCache(GetCurrentProcess(), (void *)(UINT_PTR)function, sizeof code);
    return TRUE;
}

#endif
