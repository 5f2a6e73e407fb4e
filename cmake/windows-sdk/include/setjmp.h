/* See vcruntime.h. Without unwinding: on x64 and x86 ucrtbase.dll's longjmp only restores registers if setjmp got
 * no frame. ARM64's always unwinds, which fails in Wine for ARM64, so start.c has its own functions. */
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
#elif defined(_M_ARM64)
__attribute__((returns_twice)) int __cdecl start_setjmp(jmp_buf);
__declspec(noreturn) void __cdecl start_longjmp(jmp_buf, int);
#define setjmp(buffer) start_setjmp(buffer)
#define longjmp(buffer, value) start_longjmp(buffer, value)
#else
__attribute__((returns_twice)) int __cdecl __intrinsic_setjmpex(jmp_buf, void *);
#define setjmp(buffer) __intrinsic_setjmpex(buffer, NULL)
#endif
#ifndef _M_ARM64
__declspec(noreturn) void __cdecl longjmp(jmp_buf, int);
#endif
_CRT_END_C_HEADER
