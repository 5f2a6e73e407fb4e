/* What Visual C++'s own start code does for a program or a DLL, as far as hostmem's tests need it: the C runtime is
 * ucrtbase.dll. One START_... says which part this object is; the linker
 * takes those that a program asks for. */
#include <windows.h>
#include <corecrt_startup.h>
#include <stdlib.h>

#pragma comment(linker, "/defaultlib:ucrt.lib")

#ifdef START_MAIN
int main(int, char **);
_ACRTIMP int *__cdecl __p___argc(void);
_ACRTIMP char ***__cdecl __p___argv(void);

void mainCRTStartup(void)
{
    _configure_narrow_argv(_crt_argv_unexpanded_arguments);
    _initialize_narrow_environment();
    exit(main(*__p___argc(), *__p___argv()));
}
#endif

#ifdef START_WMAIN
int wmain(int, wchar_t **);
_ACRTIMP int *__cdecl __p___argc(void);
_ACRTIMP wchar_t ***__cdecl __p___wargv(void);

void wmainCRTStartup(void)
{
    _configure_wide_argv(_crt_argv_unexpanded_arguments);
    _initialize_wide_environment();
    exit(wmain(*__p___argc(), *__p___wargv()));
}
#endif

#ifdef START_DLL
BOOL WINAPI DllMain(HINSTANCE, DWORD, LPVOID);

BOOL WINAPI _DllMainCRTStartup(HINSTANCE module, DWORD reason, LPVOID process_ends)
{
    return DllMain(module, reason, process_ends);
}
#endif

#ifdef START_NO_DLLMAIN
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID process_ends)
{
    (void)module;
    (void)reason;
    (void)process_ends;
    return TRUE;
}
#endif

#ifdef START_FLOAT
/* Referred to by every object that uses floating point. */
int _fltused = 0x9875;
#endif

#ifdef START_TLS
/* The directory by which Windows gives each thread its copy of what _Thread_local variables begin with. */
#pragma section(".tls", long, read, write)
#pragma section(".tls$ZZZ", long, read, write)
#pragma section(".rdata$T", long, read)
ULONG _tls_index;
__declspec(allocate(".tls")) char _tls_start;
__declspec(allocate(".tls$ZZZ")) char _tls_end;
__declspec(allocate(".rdata$T")) const IMAGE_TLS_DIRECTORY _tls_used = {
    .StartAddressOfRawData = (ULONG_PTR)&_tls_start,
    .EndAddressOfRawData = (ULONG_PTR)&_tls_end,
    .AddressOfIndex = (ULONG_PTR)&_tls_index,
};
#ifdef _M_IX86 /* where the pointer to them is in the thread's block */
__asm__(".globl __tls_array\n"
        "__tls_array = 0x2c\n");
#endif
#endif

#if defined(START_PROBE) && defined(_M_ARM64)
/* Touches each page of a stack frame of x15 * 16 bytes that is about to be taken, and changes x16 and x17 alone. On
 * other architectures ntdll.dll's is imported; Wine's for ARM64 has none. */
__asm__(".text\n"
        ".globl __chkstk\n"
        "__chkstk:\n"
        "    lsl x16, x15, #4\n"
        "    mov x17, sp\n"
        "0:  sub x17, x17, #4096\n"
        "    subs x16, x16, #4096\n"
        "    ldr xzr, [x17]\n"
        "    b.gt 0b\n"
        "    ret\n");
#endif
