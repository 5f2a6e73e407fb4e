/* The Win32 table's part about what traces need: a clock that is cheap to read. Its only state is what it has found out
 * about the clock, which is the same whoever finds it out. */
#include "os/win32.h"

#if defined(_M_IX86) || defined(_M_X64) || defined(__i386__) || defined(__x86_64__)
#define HAVE_TSC
#include <intrin.h>
#elif defined(_M_ARM64) && !defined(__GNUC__)
#include <intrin.h>
#endif

/* Lets no later instruction begin before all earlier ones are done. ARM's counter is no memory: it could be read while
 * the load that gets a block still waits, which would give the block to its new owner before the old one frees it. */
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
/* How long the processor's counter is compared with the system's clock. The reading of that clock is some tenths of a
 * microsecond off: of the rate that is a hundred-thousandth. */
#define CALIBRATION_MS 20

static LONG volatile counter_is_a_clock;
static LONG64 volatile known_rate; /* 0: not yet */

/* Whether the counter runs at the same rate in every state of the processor, and stops in none (the processors of a
 * machine are set to the same value when it starts); and whether there is RDTSCP. */
static BOOL counter_is_good(void)
{
    int has[4], runs[4];
    __cpuid(has, (int)0x80000000);
    if ((unsigned)has[0] < 0x80000007u)
        return FALSE;
    __cpuid(has, (int)0x80000001);
    __cpuid(runs, (int)0x80000007);
    return (has[3] >> 27 & 1) && (runs[3] >> 8 & 1);
}

/* RDTSCP reads it when what stands in front is done: read too early, it would give a block to its new owner before the
 * old one has freed it. */
static UINT64 counter(void)
{
    unsigned processor;
    return __rdtscp(&processor);
}

typedef struct moment {
    UINT64 processor;
    UINT64 performance;
} moment;

/* Both clocks at one moment: of some tries the one that took least time. */
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
    if (!counter_is_a_clock && counter_is_good())
        counter_is_a_clock = 1;
#endif
}

UINT64 hmi_win32_ticks(hostmem_os *os)
{
    (void)os;
#if defined(HAVE_TSC)
    if (counter_is_a_clock)
        return counter();
#endif
    return performance_counter();
}

UINT64 hmi_win32_ticks_per_second(hostmem_os *os)
{
    (void)os;
#if defined(HAVE_TSC)
    if (counter_is_a_clock) {
        /* All traces of the process have the same rate. */
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
