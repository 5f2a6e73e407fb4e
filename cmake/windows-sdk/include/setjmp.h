/* See vcruntime.h. With no frame to unwind to, longjmp only restores registers. */
#pragma once
#include <vcruntime.h>

#if defined(_M_X64)
typedef struct __declspec(align(16)) _SETJMP_FLOAT128 {
    unsigned __int64 Part[2];
} _JBTYPE;
#define _JBLEN 16
#elif defined(_M_ARM64)
typedef unsigned __int64 _JBTYPE;
#define _JBLEN 24
#else
typedef int _JBTYPE;
#define _JBLEN 16
#endif
typedef _JBTYPE jmp_buf[_JBLEN];

_CRT_BEGIN_C_HEADER
#ifdef _M_IX86
__attribute__((returns_twice)) int __cdecl _setjmp3(jmp_buf, int, ...);
#define setjmp(buffer) _setjmp3(buffer, 0)
#else
__attribute__((returns_twice)) int __cdecl __intrinsic_setjmpex(jmp_buf, void *);
#define setjmp(buffer) __intrinsic_setjmpex(buffer, NULL)
#endif
__declspec(noreturn) void __cdecl longjmp(jmp_buf, int);
_CRT_END_C_HEADER
