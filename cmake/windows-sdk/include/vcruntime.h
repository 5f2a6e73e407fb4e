/* What Microsoft's C runtime and SDK headers need from the compiler's own vcruntime.h, for clang-cl. See
 * ../README.md. */
#pragma once
#define _VCRUNTIME_H

#include <sal.h>
#include <vadefs.h>

#ifdef __cplusplus
#define _CRT_BEGIN_C_HEADER extern "C" {
#define _CRT_END_C_HEADER }
#else
#define _CRT_BEGIN_C_HEADER
#define _CRT_END_C_HEADER
#endif

/* Macros that paste and quote. */
#define _CRT_CONCATENATE_(a, b) a##b
#define _CRT_CONCATENATE(a, b) _CRT_CONCATENATE_(a, b)
#define _CRT_STRINGIZE_(x) #x
#define _CRT_STRINGIZE(x) _CRT_STRINGIZE_(x)
#define _CRT_WIDE_(s) L##s
#define _CRT_WIDE(s) _CRT_WIDE_(s)
#define _CRT_UNPARENTHESIZE_(...) __VA_ARGS__
#define _CRT_UNPARENTHESIZE(...) _CRT_UNPARENTHESIZE_ __VA_ARGS__
#define _CRT_UNUSED(x) (void)(x)

/* How functions are declared. */
#define __CRTDECL __cdecl
#define __CLRCALL_OR_CDECL __cdecl
#ifdef _DLL
#define _VCRTIMP __declspec(dllimport)
#else
#define _VCRTIMP
#endif
#define _CRT_ALIGN(bytes) __declspec(align(bytes))
#define _CRT_DEPRECATE_TEXT(text) __declspec(deprecated(text))
#ifdef _CRT_SECURE_NO_WARNINGS
#define _CRT_INSECURE_DEPRECATE(replacement)
#else
#define _CRT_INSECURE_DEPRECATE(replacement) \
    _CRT_DEPRECATE_TEXT("unsafe: use " #replacement ", or define _CRT_SECURE_NO_WARNINGS")
#endif
#define _CRT_INSECURE_DEPRECATE_MEMORY(replacement)
#define _CRT_GUARDOVERFLOW
#define _CRT_INLINE_PURE_SECURITYCRITICAL_ATTRIBUTE
#define _CRTIMP_HELPER
#define _CONST_RETURN
#define _NODISCARD
#define _CRTALLOCATOR
#define _CRTNOALIAS
#define _CRTRESTRICT
#define _VCRT_ALLOCATOR
#define _VCRT_NOALIAS
#define _VCRT_RESTRICT
#ifdef _M_X64
#define _UNALIGNED __unaligned
#else
#define _UNALIGNED
#endif

/* Types. */
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __INTPTR_TYPE__ intptr_t;
#ifdef __cplusplus
typedef bool __vcrt_bool;
#else
typedef _Bool __vcrt_bool;
typedef __WCHAR_TYPE__ wchar_t;
#endif
#define _SIZE_T_DEFINED
#define _PTRDIFF_T_DEFINED
#define _INTPTR_T_DEFINED
#define _WCHAR_T_DEFINED

#ifndef NULL
#ifdef __cplusplus
#define NULL 0
#else
#define NULL ((void *)0)
#endif
#endif

/* The functions with _s, and their templates for C++. */
#define __STDC_SECURE_LIB__ 200411L
#define __GOT_SECURE_LIB__ __STDC_SECURE_LIB__
#define __STDC_WANT_SECURE_LIB__ 1
#define _SECURECRT_FILL_BUFFER_PATTERN 0xFE
#ifdef __cplusplus
extern "C++" template <typename T, size_t N> char (*__countof_helper(T (&)[N]))[N];
#define __crt_countof(array) (sizeof(*__countof_helper(array)) + 0)
#else
#define __crt_countof(array) (sizeof(array) / sizeof((array)[0]))
#endif
#define _HAS_CXX17 0
#define _HAS_CXX20 0
#define _HAS_NODISCARD 0
