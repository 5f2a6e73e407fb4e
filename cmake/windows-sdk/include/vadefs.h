/* See vcruntime.h. Clang's own vadefs.h includes this one and adds what needs its builtins. */
#pragma once
#define _INC_VADEFS

typedef __UINTPTR_TYPE__ uintptr_t;
#define _UINTPTR_T_DEFINED
typedef char *va_list;
#define _VA_LIST_DEFINED
#define __crt_va_start(list, last) __builtin_va_start(list, last)
#define __crt_va_arg(list, type) __builtin_va_arg(list, type)
#define __crt_va_end(list) __builtin_va_end(list)
