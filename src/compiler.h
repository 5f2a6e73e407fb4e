/* Words to the compiler: what every call of the CLR goes through, what few do, and which memory will be written to
 * soon. Nothing depends on them. */
#ifndef HOSTMEM_SRC_COMPILER_H
#define HOSTMEM_SRC_COMPILER_H

#if defined(__GNUC__)
#define HOSTMEM_IN_LINE static inline __attribute__((always_inline))
#define HOSTMEM_SELDOM __attribute__((noinline, cold))
#define HOSTMEM_FETCH(address) __builtin_prefetch(address, 1)
#elif defined(_MSC_VER)
#pragma warning(disable : 4714) /* it was not, as where nothing is optimized: no fault of ours */
#define HOSTMEM_IN_LINE static __forceinline
#define HOSTMEM_SELDOM __declspec(noinline)
#define HOSTMEM_FETCH(address) ((void)(address))
#else
#define HOSTMEM_IN_LINE static inline
#define HOSTMEM_SELDOM
#define HOSTMEM_FETCH(address) ((void)(address))
#endif

#endif
