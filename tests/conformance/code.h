/* The shortest possible function, for memory that should be executable. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_CODE_H
#define HOSTMEM_TESTS_CONFORMANCE_CODE_H

#include <windows.h>

#include <string.h>

/* Writes a function to memory, which must have 8 bytes, and calls it. */
static inline void run_code(void *memory)
{
#if defined(_M_ARM64) || defined(__aarch64__)
    static const unsigned char code[] = {0xc0, 0x03, 0x5f, 0xd6};
#else
    static const unsigned char code[] = {0xc3};
#endif
    void (*function)(void);
    memcpy(memory, code, sizeof code);
    FlushInstructionCache(GetCurrentProcess(), memory, sizeof code);
    memcpy(&function, &memory, sizeof function);
    function();
}

#endif
