/* The processor's tick counter, calibrated by the system's counter. See replay_clock.h. */
#include "replay_clock.h"

#include <windows.h>

#if defined(_M_IX86) || defined(_M_X64) || defined(__i386__) || defined(__x86_64__)
#ifdef _MSC_VER
#include <intrin.h>
#else
#include <x86intrin.h>
#endif

uint64_t replay_clock(void)
{
    return __rdtsc();
}

#else

uint64_t replay_clock(void)
{
    LARGE_INTEGER now;

    QueryPerformanceCounter(&now);
    return (uint64_t)now.QuadPart;
}

#endif

static uint64_t first_ticks;
static LARGE_INTEGER first_count;

void replay_clock_begin(void)
{
    QueryPerformanceCounter(&first_count);
    first_ticks = replay_clock();
}

double replay_clock_nanoseconds(void)
{
    LARGE_INTEGER count, frequency;
    uint64_t ticks;

    QueryPerformanceFrequency(&frequency);
    /* Long enough that reading either counter adds little error. */
    do {
        QueryPerformanceCounter(&count);
        ticks = replay_clock();
    } while (count.QuadPart - first_count.QuadPart < frequency.QuadPart / 100);
    return (double)(count.QuadPart - first_count.QuadPart) / (double)frequency.QuadPart * 1e9 /
           (double)(ticks - first_ticks);
}
