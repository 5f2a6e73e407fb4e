/* The Win32 table's part about placement, the machine, time and threads: on Windows, or Wine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <windows.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "os/os.h"
#include "under_wine.h"

#define PAGE ((SIZE_T)4096)
#define PATIENCE_MS 240000 /* only a hang takes longer */

/* ---- Time and threads ---- */

static void an_event_is_set_until_one_wait_consumes_it(void **state)
{
    hostmem_os *os = hmi_os_win32();
    void *event = NULL;
    HANDLE handle; /* the first member of an event */
    (void)state;
    assert_int_equal(os->event_create(os, &event), 0);
    assert_non_null(event);
    handle = *(HANDLE *)event;
    assert_int_equal(WaitForSingleObject(handle, 0), WAIT_TIMEOUT); /* initially not set */
    os->event_set(os, event);
    os->event_set(os, event); /* setting it twice has no further effect */
    os->wait(os, event, 0, HMI_WAIT_FOREVER);
    assert_int_equal(WaitForSingleObject(handle, 0), WAIT_TIMEOUT);
    os->event_destroy(os, event);
    assert_int_equal(WaitForSingleObject(handle, 0), WAIT_FAILED);
}

/* A timer of the system that expires after some milliseconds. */
static HANDLE set_timer(int after_ms)
{
    LARGE_INTEGER due = {.QuadPart = -10000 * (LONGLONG)after_ms};
    HANDLE timer = CreateWaitableTimerW(NULL, TRUE, NULL);
    assert_non_null(timer);
    assert_true(SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE));
    return timer;
}

static void expect_gone_off(HANDLE timer)
{
    assert_int_equal(WaitForSingleObject(timer, 0), WAIT_OBJECT_0);
    CloseHandle(timer);
}

/* The length of a wait is checked by the order of events: a timer that was set before the wait, for a shorter time,
 * has expired when it ends. If the milliseconds were taken for seconds, the wait would outlast the test. */
static void a_wait_ends_when_its_time_is_over(void **state)
{
    hostmem_os *os = hmi_os_win32();
    void *event = NULL;
    HANDLE timer;
    UINT32 high;
    (void)state;
    assert_int_equal(os->event_create(os, &event), 0);
    high = os->memory_signals(os, event) & HMI_SIGNAL_HIGH;
    os->wait(os, event, 0, 0);
    timer = set_timer(100);
    os->wait(os, event, 0, 700);
    expect_gone_off(timer);
    /* A signal that is already raised ends the wait at once, but only if it was asked for. */
    timer = set_timer(100);
    os->wait(os, event, HMI_SIGNAL_LOW | HMI_SIGNAL_HIGH, 700);
    if (high)
        CloseHandle(timer);
    else
        expect_gone_off(timer);
    os->event_set(os, event);
    os->wait(os, event, HMI_SIGNAL_LOW, HMI_WAIT_FOREVER);
    os->event_destroy(os, event);
}

typedef struct thread_probe {
    hostmem_os *os;
    void *go;
    void *done;
    UINT32 id;
    UINT32 answer;
} thread_probe;

static void answer_when_told(void *context)
{
    thread_probe *probe = context;
    probe->id = probe->os->thread_id(probe->os);
    probe->os->wait(probe->os, probe->go, 0, HMI_WAIT_FOREVER);
    probe->answer = 42;
    probe->os->event_set(probe->os, probe->done);
}

static void a_thread_runs_and_is_joined(void **state)
{
    hostmem_os *os = hmi_os_win32();
    thread_probe probe = {.os = os};
    void *thread = NULL;
    (void)state;
    assert_int_equal(os->event_create(os, &probe.go), 0);
    assert_int_equal(os->event_create(os, &probe.done), 0);
    assert_int_equal(os->thread_start(os, answer_when_told, &probe, &thread), 0);
    os->event_set(os, probe.go);
    assert_true(os->thread_join(os, thread, HMI_WAIT_FOREVER));
    assert_int_equal(probe.answer, 42);
    assert_int_equal(WaitForSingleObject(*(HANDLE *)probe.done, 0), WAIT_OBJECT_0);
    assert_int_not_equal(probe.id, 0);
    assert_int_not_equal(probe.id, os->thread_id(os));
    assert_int_equal(os->thread_id(os), GetCurrentThreadId());
    assert_int_equal(WaitForSingleObject(thread, 0), WAIT_FAILED); /* the handle has been closed */
    os->event_destroy(os, probe.go);
    os->event_destroy(os, probe.done);
}

static void a_thread_that_goes_on_is_not_waited_for_for_ever(void **state)
{
    hostmem_os *os = hmi_os_win32();
    thread_probe probe = {.os = os};
    void *thread = NULL;
    (void)state;
    assert_int_equal(os->event_create(os, &probe.go), 0);
    assert_int_equal(os->event_create(os, &probe.done), 0);
    assert_int_equal(os->thread_start(os, answer_when_told, &probe, &thread), 0);
    assert_false(os->thread_join(os, thread, 50));
    assert_int_equal(probe.answer, 0);
    assert_int_equal(WaitForSingleObject(thread, 0), WAIT_FAILED);
    os->event_set(os, probe.go);
    assert_int_equal(WaitForSingleObject(*(HANDLE *)probe.done, PATIENCE_MS), WAIT_OBJECT_0);
    assert_int_equal(probe.answer, 42);
    os->event_destroy(os, probe.go);
    os->event_destroy(os, probe.done);
}

static void the_clock_moves_on_and_never_back(void **state)
{
    hostmem_os *os = hmi_os_win32();
    UINT64 start = os->now_ms(os), last = start, before;
    unsigned i;
    (void)state;
    for (i = 0; i < 100000; i++) {
        UINT64 now = os->now_ms(os);
        assert_true(now >= last);
        last = now;
    }
    while (os->now_ms(os) == start)
        Sleep(1);
    before = GetTickCount64(); /* milliseconds since the system started */
    last = os->now_ms(os);
    assert_true(before <= last && last <= GetTickCount64());
}

static void a_process_that_lives_is_not_ending(void **state)
{
    hostmem_os *os = hmi_os_win32();
    (void)state;
    assert_false(os->process_is_ending(os)); /* test_exits.c tests the other result */
}

/* ---- The machine ---- */

/* Wine 8 does not, and no version of Wine is believed to. */
static void only_wine_does_not_flush_write_buffers(void **state)
{
    hostmem_os *os = hmi_os_win32();
    hmi_os_info info;
    (void)state;
    os->get_info(os, &info);
    assert_int_equal(info.flushes_write_buffers, !is_under_wine());
    os->flush_write_buffers(os);
}

static void the_environment_is_read_or_its_length_told(void **state)
{
    static const struct {
        const char *value; /* NULL: unset */
        UINT32 length;     /* of the buffer */
        BOOL fits;
    } cases[] = {
        {NULL, 8, TRUE},        {"", 8, TRUE},           {"1", 8, TRUE}, {"1234567", 8, TRUE},
        {"12345678", 8, FALSE}, {"123456789", 8, FALSE}, {"1", 2, TRUE}, {"1", 1, FALSE},
    };
    hostmem_os *os = hmi_os_win32();
    unsigned i;
    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        char buffer[16] = "poison poison po";
        UINT32 told, length = cases[i].value ? (UINT32)strlen(cases[i].value) : 0;
        assert_true(SetEnvironmentVariableA("HOSTMEM_TEST_VARIABLE", cases[i].value) || !cases[i].value);
        told = os->get_environment(os, "HOSTMEM_TEST_VARIABLE", buffer, cases[i].length);
        if (cases[i].fits ? told != length || (told && strcmp(buffer, cases[i].value)) : told < cases[i].length)
            fail_msg("case %u: %u characters", i, (unsigned)told);
        assert_memory_equal(buffer + cases[i].length, &"poison poison po"[cases[i].length], 16 - cases[i].length);
    }
    SetEnvironmentVariableA("HOSTMEM_TEST_VARIABLE", NULL);
}

static void memory_signals_are_those_of_the_system(void **state)
{
    hostmem_os *os = hmi_os_win32();
    UINT32 signals;
    void *event = NULL;
    (void)state;
    assert_int_equal(os->event_create(os, &event), 0);
    signals = os->memory_signals(os, event);
    os->event_destroy(os, event);
    assert_int_equal(signals & ~(UINT32)(HMI_SIGNAL_LOW | HMI_SIGNAL_HIGH), 0);
    assert_int_not_equal(signals, HMI_SIGNAL_LOW | HMI_SIGNAL_HIGH);
}

/* The limits of this process's job, queried in another way. */
static DWORD job_limits(JOBOBJECT_EXTENDED_LIMIT_INFORMATION *limits)
{
    memset(limits, 0, sizeof *limits);
    if (!QueryInformationJobObject(NULL, JobObjectExtendedLimitInformation, limits, sizeof *limits, NULL))
        return 0;
    return limits->BasicLimitInformation.LimitFlags;
}

static void expect_job_as_the_system_has_it(hostmem_os *os)
{
    hmi_os_job job;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    DWORD flags = job_limits(&limits);
    memset(&job, 0xdd, sizeof job);
    SetLastError(4321);
    os->job_status(os, &job);
    assert_int_equal(GetLastError(), 4321); /* it cannot fail, so it does not set the last error */
    assert_int_equal(job.process_limit, flags & JOB_OBJECT_LIMIT_PROCESS_MEMORY ? limits.ProcessMemoryLimit : 0);
    assert_int_equal(job.job_limit, flags & JOB_OBJECT_LIMIT_JOB_MEMORY ? limits.JobMemoryLimit : 0);
    if (job.process_limit || job.job_limit)
        assert_true(job.process_used > 0);
    else
        assert_int_equal(job.process_used, 0);
    if (job.job_limit)
        assert_true(job.job_used >= job.process_used);
    else
        assert_int_equal(job.job_used, 0);
}

static void a_jobs_limits_are_those_of_the_system(void **state)
{
    hostmem_os *os = hmi_os_win32();
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    HANDLE job = CreateJobObjectW(NULL, NULL);
    (void)state;
    expect_job_as_the_system_has_it(os);
    assert_non_null(job);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_JOB_MEMORY;
    limits.ProcessMemoryLimit = (SIZE_T)1 << 30;
    limits.JobMemoryLimit = (SIZE_T)3 << 29;
    assert_true(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
    assert_true(AssignProcessToJobObject(job, GetCurrentProcess()));
    expect_job_as_the_system_has_it(os); /* Wine does not keep the limits */
    CloseHandle(job);
}

/* ---- Placement ---- */

static void pages_can_be_locked(void **state)
{
    hostmem_os *os = hmi_os_win32();
    void *pages = NULL, *guarded = NULL;
    (void)state;
    assert_int_equal(os->virtual_alloc(os, NULL, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE, &pages), 0);
    assert_int_equal(os->virtual_lock(os, pages, 4 * PAGE), 0);
    assert_true(VirtualUnlock(pages, 4 * PAGE));
    assert_int_equal(os->virtual_free(os, pages, 0, MEM_RELEASE), 0);
    assert_int_equal(os->virtual_alloc(os, NULL, PAGE, MEM_RESERVE, PAGE_NOACCESS, &guarded), 0);
    assert_int_not_equal(os->virtual_lock(os, guarded, PAGE), 0);
    assert_int_equal(os->virtual_free(os, guarded, 0, MEM_RELEASE), 0);
}

static void the_working_set_is_raised_or_not_with_a_reason(void **state)
{
    hostmem_os *os = hmi_os_win32();
    SIZE_T least, most, least_now, most_now;
    (void)state;
    assert_true(GetProcessWorkingSetSize(GetCurrentProcess(), &least, &most));
    assert_int_equal(os->working_set_raise(os, 16 * PAGE), 0);
    assert_true(GetProcessWorkingSetSize(GetCurrentProcess(), &least_now, &most_now));
    /* Wine accepts the figures but does not change its own. */
    assert_true((least_now == least + 16 * PAGE && most_now == most + 16 * PAGE) ||
                (least_now == least && most_now == most));
    assert_int_equal(os->working_set_raise(os, (SIZE_T)-1), ERROR_WORKING_SET_QUOTA);
    assert_int_equal(os->working_set_raise(os, (SIZE_T)-1 - most_now + 1), ERROR_WORKING_SET_QUOTA);
}

static void memory_comes_from_the_threads_node(void **state)
{
    hostmem_os *os = hmi_os_win32();
    UINT32 node = 0xdddd, error = os->current_node(os, &node);
    ULONG highest = 0;
    char *pages = NULL;
    void *out = (void *)1;
    (void)state;
    if (error) { /* Wine does not support NUMA nodes */
        assert_int_equal(error, ERROR_CALL_NOT_IMPLEMENTED);
        assert_int_equal(node, 0xdddd);
        node = 0;
    }
    assert_true(GetNumaHighestNodeNumber(&highest));
    assert_true(node <= highest);
    assert_int_equal(os->virtual_alloc_node(os, NULL, 4 * PAGE, MEM_RESERVE, PAGE_NOACCESS, node, (void **)&pages), 0);
    assert_int_equal(os->virtual_alloc_node(os, pages + PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE, node, &out), 0);
    assert_ptr_equal(out, pages + PAGE);
    assert_int_equal(pages[PAGE], 0);
    pages[PAGE] = 1;
    out = (void *)1;
    assert_int_equal(os->virtual_alloc_node(os, pages, PAGE, MEM_COMMIT, 0, node, &out), ERROR_INVALID_PARAMETER);
    assert_int_equal(os->virtual_alloc_node(os, pages, PAGE, MEM_RESERVE, PAGE_READWRITE, node, &out),
                     ERROR_INVALID_ADDRESS);
    assert_ptr_equal(out, (void *)1);
    assert_int_equal(os->virtual_free(os, pages, 0, MEM_RELEASE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_set_until_one_wait_consumes_it),
        cmocka_unit_test(a_wait_ends_when_its_time_is_over),
        cmocka_unit_test(a_thread_runs_and_is_joined),
        cmocka_unit_test(a_thread_that_goes_on_is_not_waited_for_for_ever),
        cmocka_unit_test(the_clock_moves_on_and_never_back),
        cmocka_unit_test(a_process_that_lives_is_not_ending),
        cmocka_unit_test(only_wine_does_not_flush_write_buffers),
        cmocka_unit_test(the_environment_is_read_or_its_length_told),
        cmocka_unit_test(memory_signals_are_those_of_the_system),
        cmocka_unit_test(a_jobs_limits_are_those_of_the_system),
        cmocka_unit_test(pages_can_be_locked),
        cmocka_unit_test(the_working_set_is_raised_or_not_with_a_reason),
        cmocka_unit_test(memory_comes_from_the_threads_node),
    };
    return cmocka_run_group_tests_name("win32_system", tests, NULL, NULL);
}
