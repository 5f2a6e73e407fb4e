/* Hints to the compiler: inline always or never, rarely executed, prefetch for writing, what a condition mostly is. The
 * code is correct without them.
 * HMI_RETURN_ADDRESS: where the function that uses it returns to; NULL where the compiler does not tell. */
#ifndef HMI_BASE_COMPILER_H
#define HMI_BASE_COMPILER_H

#if defined(__GNUC__)
#define HMI_ALWAYS_INLINE static inline __attribute__((always_inline))
#define HMI_NOINLINE __attribute__((noinline))
#define HMI_COLD __attribute__((noinline, cold))
#define HMI_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define HMI_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define HMI_PREFETCH(address) __builtin_prefetch(address, 1)
#define HMI_RETURN_ADDRESS() __builtin_return_address(0)
#elif defined(_MSC_VER)
#include <intrin.h>
#pragma warning(disable : 4714) /* 4714: a __forceinline function was not inlined, as in builds without optimization */
#define HMI_ALWAYS_INLINE static __forceinline
#define HMI_NOINLINE __declspec(noinline)
#define HMI_COLD __declspec(noinline)
#define HMI_LIKELY(condition) (condition)
#define HMI_UNLIKELY(condition) (condition)
#define HMI_PREFETCH(address) ((void)(address))
#define HMI_RETURN_ADDRESS() _ReturnAddress()
#else
#define HMI_ALWAYS_INLINE static inline
#define HMI_NOINLINE
#define HMI_COLD
#define HMI_LIKELY(condition) (condition)
#define HMI_UNLIKELY(condition) (condition)
#define HMI_PREFETCH(address) ((void)(address))
#define HMI_RETURN_ADDRESS() NULL
#endif

#endif
