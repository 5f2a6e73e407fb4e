/* Start code for programs and DLLs in place of Visual C++'s, as far as hostmem's tests need it; the C runtime is
 * ucrtbase.dll. One START_... macro selects the part in this object; the linker uses those that a program needs. */
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
/* The directory from which Windows makes each thread's copy of the initial values of _Thread_local variables. */
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
#ifdef _M_IX86 /* offset of the pointer to them in the thread's block */
__asm__(".globl __tls_array\n"
        "__tls_array = 0x2c\n");
#endif
#endif

#if defined(START_PROBE) && defined(_M_ARM64)
/* Touches each page of a stack frame of x15 * 16 bytes that is about to be allocated, and only changes x16 and x17.
 * On other architectures ntdll.dll's function is imported; Wine's for ARM64 has none. */
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

#if defined(START_JUMP) && defined(_M_ARM64)
/* setjmp and longjmp: save and restore the registers that a call preserves. */
__asm__(".text\n"
        ".globl start_setjmp\n"
        "start_setjmp:\n"
        "    mov x9, sp\n"
        "    stp x19, x20, [x0, #0]\n"
        "    stp x21, x22, [x0, #16]\n"
        "    stp x23, x24, [x0, #32]\n"
        "    stp x25, x26, [x0, #48]\n"
        "    stp x27, x28, [x0, #64]\n"
        "    stp x29, x30, [x0, #80]\n"
        "    str x9, [x0, #96]\n"
        "    stp d8, d9, [x0, #104]\n"
        "    stp d10, d11, [x0, #120]\n"
        "    stp d12, d13, [x0, #136]\n"
        "    stp d14, d15, [x0, #152]\n"
        "    mov w0, #0\n"
        "    ret\n"
        ".globl start_longjmp\n"
        "start_longjmp:\n"
        "    ldp x19, x20, [x0, #0]\n"
        "    ldp x21, x22, [x0, #16]\n"
        "    ldp x23, x24, [x0, #32]\n"
        "    ldp x25, x26, [x0, #48]\n"
        "    ldp x27, x28, [x0, #64]\n"
        "    ldp x29, x30, [x0, #80]\n"
        "    ldr x9, [x0, #96]\n"
        "    ldp d8, d9, [x0, #104]\n"
        "    ldp d10, d11, [x0, #120]\n"
        "    ldp d12, d13, [x0, #136]\n"
        "    ldp d14, d15, [x0, #152]\n"
        "    mov sp, x9\n"
        "    cmp w1, #0\n"
        "    csinc w0, w1, wzr, ne\n" /* 0 becomes 1 */
        "    ret\n");
#endif
