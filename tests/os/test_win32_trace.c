/* The Win32 table's clock and files, as traces use them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <windows.h>

#include "os/os.h"

#define PATH "hostmem-\xc3\xa9\xe2\x82\xac.trace" /* an e with an accent, and a euro sign */
static const WCHAR wide_path[] = {'h',    'o', 's', 't', 'm', 'e', 'm', '-', 0xe9,
                                  0x20ac, '.', 't', 'r', 'a', 'c', 'e', 0};

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
    /* What is read outside has seen more time than what is read inside, however long the thread is kept from
     * running. */
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

static void files_are_made_anew_and_hold_what_is_written(void **state)
{
    char content[20];
    DWORD length;
    HANDLE reader;
    void *file;
    int round;
    (void)state;
    for (round = 0; round < 2; round++) {
        assert_int_equal(os->file_create(os, PATH, &file), 0);
        assert_int_equal(os->file_write(os, file, "one, ", 5), 0);
        assert_int_equal(os->file_write(os, file, "two", 3), 0);
        reader = CreateFileW(wide_path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
        assert_true(reader != INVALID_HANDLE_VALUE); /* others may read along */
        assert_true(ReadFile(reader, content, sizeof content, &length, NULL));
        CloseHandle(reader);
        os->file_close(os, file);
        assert_int_equal(length, 8);
        assert_memory_equal(content, "one, two", 8);
    }
    assert_true(DeleteFileW(wide_path));
}

static void files_that_cannot_be_made_say_why(void **state)
{
    void *file = NULL;
    (void)state;
    assert_int_equal(os->file_create(os, "no such folder\\file", &file), ERROR_PATH_NOT_FOUND);
    assert_int_equal(os->file_create(os, "\xff", &file), ERROR_NO_UNICODE_TRANSLATION);
    assert_null(file);
}

static void writes_that_fail_say_so(void **state)
{
    (void)state;
    assert_int_not_equal(os->file_write(os, GetCurrentThread(), "x", 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_goes_at_the_rate_that_it_says),
        cmocka_unit_test(clock_never_goes_back),
        cmocka_unit_test(what_one_thread_has_read_no_other_reads_less_of),
        cmocka_unit_test(time_and_process_are_the_systems),
        cmocka_unit_test(files_are_made_anew_and_hold_what_is_written),
        cmocka_unit_test(files_that_cannot_be_made_say_why),
        cmocka_unit_test(writes_that_fail_say_so),
    };
    os = hmi_os_win32();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
