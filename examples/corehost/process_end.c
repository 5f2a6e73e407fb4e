/* atexit only works for exit, but a runtime calls ExitProcess, which calls DLLs and TLS callbacks. Wine does not
 * call a program's TLS callbacks then, but like Windows it calls those of fiber-local storage. */
#include "process_end.h"

#include <windows.h>

static void (*end_function)(void);

static void end(void)
{
    void (*function)(void) = end_function;

    end_function = NULL;
    if (function)
        function();
}

static void NTAPI told(void *module, DWORD reason, void *reserved)
{
    (void)module;
    (void)reserved;
    if (reason == DLL_PROCESS_DETACH)
        end();
}

static void WINAPI freed(void *value)
{
    (void)value;
    end();
}

/* Windows finds a program's callbacks in this section, between the C runtime's first and last entries. */
#ifdef _MSC_VER
#pragma section(".CRT$XLY", long, read)
__declspec(allocate(".CRT$XLY")) const PIMAGE_TLS_CALLBACK process_end_callback = told;
#ifdef _WIN64
#pragma comment(linker, "/INCLUDE:_tls_used")
#pragma comment(linker, "/INCLUDE:process_end_callback")
#else
#pragma comment(linker, "/INCLUDE:__tls_used")
#pragma comment(linker, "/INCLUDE:_process_end_callback")
#endif
#else
__attribute__((section(".CRT$XLY"), used)) static const PIMAGE_TLS_CALLBACK process_end_callback = told;
#endif

void process_end_call(void (*function)(void))
{
    DWORD slot = FlsAlloc(freed);

    end_function = function;
    if (slot != FLS_OUT_OF_INDEXES)
        FlsSetValue(slot, &end_function);
}
