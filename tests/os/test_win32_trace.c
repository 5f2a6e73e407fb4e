/* The Win32 table's clock, as used by traces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <windows.h>

#include "os/os.h"

static hostmem_os *os;

static double seconds(void)
{
    LARGE_INTEGER now, rate;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&rate);
    return (double)now.QuadPart / (double)rate.QuadPart;
}

static void clock_goes_at_the_rate_that_it_says(void **state)
{
    double rate = (double)os->ticks_per_second(os), before, after;
    UINT64 first, last;
    (void)state;
    assert_true(rate > 0);
    assert_true(os->ticks_per_second(os) == (UINT64)rate);
    /* The outer readings are further apart than the inner ones, however long the thread is kept from running. */
    first = os->ticks(os);
    before = seconds();
    Sleep(50);
    after = seconds();
    last = os->ticks(os);
    assert_true((double)(last - first) >= (after - before) * rate * 0.99);
    before = seconds();
    first = os->ticks(os);
    Sleep(50);
    last = os->ticks(os);
    after = seconds();
    assert_true((double)(last - first) <= (after - before) * rate * 1.01);
}

static void clock_never_goes_back(void **state)
{
    UINT64 last = os->ticks(os);
    int i;
    (void)state;
    for (i = 0; i < 100000; i++) {
        UINT64 now = os->ticks(os);
        assert_true(now >= last);
        last = now;
    }
}

typedef struct relay {
    UINT64 volatile last;
    LONG volatile turn;
    LONG backwards;
} relay;

static void run_relay(relay *self, LONG me)
{
    int i;
    for (i = 0; i < 10000; i++) {
        UINT64 now;
        while (InterlockedCompareExchange(&self->turn, me, me) != me)
            SwitchToThread();
        now = os->ticks(os);
        self->backwards += now < self->last;
        self->last = os->ticks(os);
        InterlockedExchange(&self->turn, !me);
    }
}

static DWORD WINAPI run_other(void *self)
{
    run_relay(self, 1);
    return 0;
}

static void what_one_thread_has_read_no_other_reads_less_of(void **state)
{
    relay self = {0};
    HANDLE thread = CreateThread(NULL, 0, run_other, &self, 0, NULL);
    (void)state;
    assert_non_null(thread);
    run_relay(&self, 0);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    assert_int_equal(self.backwards, 0);
}

static UINT64 file_time(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return (UINT64)now.dwHighDateTime << 32 | now.dwLowDateTime;
}

static void time_and_process_are_the_systems(void **state)
{
    UINT64 before = file_time(), now = os->system_time(os);
    (void)state;
    assert_true(before <= now && now <= file_time());
    assert_int_equal(os->process_id(os), GetCurrentProcessId());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_goes_at_the_rate_that_it_says),
        cmocka_unit_test(clock_never_goes_back),
        cmocka_unit_test(what_one_thread_has_read_no_other_reads_less_of),
        cmocka_unit_test(time_and_process_are_the_systems),
    };
    os = hmi_os_win32();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
