/* Spreads threads over an array of slots, so that two threads seldom use the same slot. */
#ifndef HMI_BASE_THREAD_SLOT_H
#define HMI_BASE_THREAD_SLOT_H

#include <windows.h>

#if !defined(_WIN32)
#include <errno.h>
#endif

/* A value that no other running thread has, read without a function call. The pragma: GCC 12 takes an access relative
 * to the beginning of the segment for one to a null pointer. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#endif
static inline UINT_PTR hmi_thread_id(void)
{
#if defined(_WIN32)
    return (UINT_PTR)NtCurrentTeb();
#else
    /* Not a thread-local variable of this inline function, which each file would have for itself. */
    return (UINT_PTR)&errno;
#endif
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/* The calling thread's slot, a number below places. places is a constant power of two. Thread ids here are addresses of
 * blocks that are some pages apart, hence the shift by 12 before hashing. */
static inline UINT32 hmi_thread_slot(UINT32 places)
{
    return (UINT32)((UINT32)(hmi_thread_id() >> 12) * 2654435769u) / (0xffffffffu / places + 1);
}

#endif
