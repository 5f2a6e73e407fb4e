/* The Win32 table's functions for traces: a clock that is cheap to read. Its state is what was found out about the
 * clock; every thread would find out the same. */
#include "os/win32.h"

#if defined(_M_IX86) || defined(_M_X64) || defined(__i386__) || defined(__x86_64__)
#define HAVE_TSC
#include <intrin.h>
#elif defined(_M_ARM64) && !defined(__GNUC__)
#include <intrin.h>
#endif

/* Waits until all earlier instructions are done. Without it, an ARM processor may read the counter before an earlier
 * load: a trace could then show a block's new owner getting it before the old owner frees it. */
static void finish_instructions(void)
{
#if defined(__aarch64__) && defined(__GNUC__)
    __asm__ volatile("isb" ::: "memory");
#elif defined(_M_ARM64)
    __isb(_ARM64_BARRIER_SY);
#endif
}

static UINT64 performance_counter(void)
{
    LARGE_INTEGER now;
    finish_instructions();
    QueryPerformanceCounter(&now);
    return (UINT64)now.QuadPart;
}

static UINT64 performance_rate(void)
{
    LARGE_INTEGER rate;
    QueryPerformanceFrequency(&rate);
    return (UINT64)rate.QuadPart;
}

#if defined(HAVE_TSC)
/* How long the processor's counter is compared with the system's clock. Each reading of that clock is off by some
 * tenths of a microsecond, which makes the rate wrong by about 1/100,000. */
#define CALIBRATION_MS 20

/* How the processor's counter is read. */
enum { NO_CLOCK, LFENCE_RDTSC, RDTSCP };

static LONG volatile reading;      /* NO_CLOCK also before it was looked at */
static LONG64 volatile known_rate; /* 0: not yet */

/* The counter is a clock if it runs at a constant rate and never stops (invariant TSC). Assumes that the machine set
 * the counters of all its processors to the same value at start, as is usual. Some virtual machines have such a counter
 * and not RDTSCP. */
static LONG find_reading(void)
{
    int has[4], runs[4];
    __cpuid(has, (int)0x80000000);
    if ((unsigned)has[0] < 0x80000007u)
        return NO_CLOCK;
    __cpuid(has, (int)0x80000001);
    __cpuid(runs, (int)0x80000007);
    return !(runs[3] >> 8 & 1) ? NO_CLOCK : has[3] >> 27 & 1 ? RDTSCP : LFENCE_RDTSC;
}

static void finish_loads(void)
{
#if defined(__GNUC__) || defined(__clang__)
    __asm__ volatile("lfence" ::: "memory");
#else
    _mm_lfence();
#endif
}

/* RDTSCP, or LFENCE before RDTSC, which wait until earlier loads are done. Read too early, a trace could show a block's
 * new owner getting it before the old owner frees it. */
static UINT64 counter(void)
{
    unsigned processor;
    if (reading == RDTSCP)
        return __rdtscp(&processor);
    finish_loads();
    return __rdtsc();
}

typedef struct moment {
    UINT64 processor;
    UINT64 performance;
} moment;

/* Reads both clocks at the same moment, as nearly as possible: the best of eight tries is the one that took least time.
 */
static moment read_both(void)
{
    moment best = {0, 0};
    UINT64 least = (UINT64)-1;
    int tries;
    for (tries = 0; tries < 8; tries++) {
        UINT64 before = counter(), at = performance_counter(), after = counter();
        if (after - before < least) {
            least = after - before;
            best = (moment){before + least / 2, at};
        }
    }
    return best;
}

static UINT64 calibrate(void)
{
    moment first = read_both(), last;
    Sleep(CALIBRATION_MS);
    last = read_both();
    return (UINT64)((double)(last.processor - first.processor) * (double)performance_rate() /
                    (double)(last.performance - first.performance));
}
#endif

void hmi_win32_find_clock(void)
{
#if defined(HAVE_TSC)
    if (!reading)
        reading = find_reading();
#endif
}

UINT64 hmi_win32_ticks(hostmem_os *os)
{
    (void)os;
#if defined(HAVE_TSC)
    if (reading)
        return counter();
#endif
    return performance_counter();
}

UINT64 hmi_win32_ticks_per_second(hostmem_os *os)
{
    (void)os;
#if defined(HAVE_TSC)
    if (reading) {
        /* Calibrated once, so that all traces of the process have the same rate. */
        if (!InterlockedCompareExchange64(&known_rate, 0, 0))
            InterlockedCompareExchange64(&known_rate, (LONG64)calibrate(), 0);
        return (UINT64)InterlockedCompareExchange64(&known_rate, 0, 0);
    }
#endif
    return performance_rate();
}

UINT64 hmi_win32_system_time(hostmem_os *os)
{
    FILETIME now;
    (void)os;
    GetSystemTimeAsFileTime(&now);
    return (UINT64)now.dwHighDateTime << 32 | now.dwLowDateTime;
}

UINT32 hmi_win32_process_id(hostmem_os *os)
{
    (void)os;
    return GetCurrentProcessId();
}
