/* Words to the compiler: what every call of the CLR goes through, what few do, and which memory will be written to
 * soon. Nothing depends on them. */
#ifndef HMI_BASE_COMPILER_H
#define HMI_BASE_COMPILER_H

#if defined(__GNUC__)
#define HMI_ALWAYS_INLINE static inline __attribute__((always_inline))
#define HMI_COLD __attribute__((noinline, cold))
#define HMI_PREFETCH(address) __builtin_prefetch(address, 1)
#elif defined(_MSC_VER)
#pragma warning(disable : 4714) /* it was not, as where nothing is optimized: no fault of ours */
#define HMI_ALWAYS_INLINE static __forceinline
#define HMI_COLD __declspec(noinline)
#define HMI_PREFETCH(address) ((void)(address))
#else
#define HMI_ALWAYS_INLINE static inline
#define HMI_COLD
#define HMI_PREFETCH(address) ((void)(address))
#endif

#endif
