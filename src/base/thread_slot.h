/* Which of several places of the same kind the calling thread uses, so that threads seldom meet at one. */
#ifndef HMI_BASE_THREAD_SLOT_H
#define HMI_BASE_THREAD_SLOT_H

#include <windows.h>

#if !defined(_WIN32)
#include <errno.h>
#endif

/* What tells the calling thread from the others, without a call. GCC takes the thread's block, which is at the
 * beginning of a segment, for a null pointer. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#endif
static inline UINT_PTR hmi_thread_id(void)
{
#if defined(_WIN32)
    return (UINT_PTR)NtCurrentTeb();
#else
    return (UINT_PTR)&errno; /* the same in every file, as a variable of this function would not be */
#endif
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/* A number below places, which is a power of two and constant. Keys are addresses of blocks some pages apart. */
static inline UINT32 hmi_thread_slot(UINT32 places)
{
    return (UINT32)((UINT32)(hmi_thread_id() >> 12) * 2654435769u) / (0xffffffffu / places + 1);
}

#endif
