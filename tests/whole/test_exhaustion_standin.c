/* The stand-in for the CLR while the real system refuses, under a limit on the process's address space or on its
 * commit: a program that keeps everything alive until it catches its OutOfMemoryException, ten times in one run of
 * the runtime, and whole runs. The library has no limit of its own: every refusal is the system's. */
#define COBJMACROS
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <hostmem/hostmem.h>

#include "os_limit.h"
#include "standin_life_check.h"

#define TIMES 10

/* More MiB than there are. */
#define ENDLESS L"4096"

/* The memory left to the program: enough to start, with the first segment of the heap, and soon full. */
#define SLAB ((SIZE_T)16 << 20)
#define MAX_SLABS 512
#ifdef _WIN64
static const unsigned slabs_left[] = {[OS_LIMIT_ADDRESS_SPACE] = 36, [OS_LIMIT_COMMIT] = 2};
#else
static const unsigned slabs_left[] = {[OS_LIMIT_ADDRESS_SPACE] = 4, [OS_LIMIT_COMMIT] = 2};
#endif

/* The number of runs after the long one. Under a limit on address space a whole segment has to be filled, which
 * takes long. */
static const int lives[] = {[OS_LIMIT_ADDRESS_SPACE] = 1, [OS_LIMIT_COMMIT] = TIMES};

static os_limit limit;

/* Memory allocated by the test itself. */
static void *slabs[MAX_SLABS];
static unsigned slab_count;

static int take_most(void **state)
{
    DWORD type = limit.kind == OS_LIMIT_COMMIT ? MEM_RESERVE | MEM_COMMIT : MEM_RESERVE;

    (void)state;
    while (slab_count < MAX_SLABS && (slabs[slab_count] = VirtualAlloc(NULL, SLAB, type, PAGE_READWRITE)) != NULL)
        slab_count++;
    if (slab_count <= slabs_left[limit.kind] || slab_count == MAX_SLABS)
        return -1;
    for (unsigned i = 0; i < slabs_left[limit.kind]; i++)
        VirtualFree(slabs[--slab_count], 0, MEM_RELEASE);
    return 0;
}

static int give_it_back(void **state)
{
    (void)state;
    while (slab_count)
        VirtualFree(slabs[--slab_count], 0, MEM_RELEASE);
    return 0;
}

static hostmem_stats stats_of(hostmem *memory)
{
    hostmem_stats stats = {.size = sizeof(stats)};

    hostmem_get_stats(memory, &stats);
    return stats;
}

static DWORD execute(ICLRRuntimeHost *host, const WCHAR *method, const WCHAR *argument)
{
    DWORD result = STANDIN_LIFE_NO_RESULT;

    ICLRRuntimeHost_ExecuteInDefaultAppDomain(host, L"Trees.exe", L"Trees", method, argument, &result);
    return result;
}

static void a_runtime_runs_out_of_memory_ten_times_and_runs_on(void **state)
{
    const hostmem_config config = {.size = sizeof(config), .os = os_limit_system()};
    DWORD results[TIMES], final;
    hostmem_stats started, after[TIMES], ended;
    standin_report report;
    hostmem *memory;
    IHostControl *control;
    ICLRRuntimeHost *host;
    ULONG left_over;

    (void)state;
    assert_int_equal(hostmem_create(&config, &memory), S_OK);
    assert_int_equal(hostmem_get_control(memory, NULL, &control), S_OK);
    assert_int_equal(standin_clr_create(&host), S_OK);
    assert_int_equal(ICLRRuntimeHost_SetHostControl(host, control), S_OK);
    assert_int_equal(ICLRRuntimeHost_Start(host), S_OK);
    started = stats_of(memory);
    for (int i = 0; i < TIMES; i++) {
        results[i] = execute(host, L"Exhaust", ENDLESS);
        after[i] = stats_of(memory);
    }
    give_it_back(NULL);
    final = execute(host, L"Run", L"12,2");
    hostmem_shutdown(memory);
    standin_clr_report(host, &report);
    standin_clr_end_process(host);
    ended = stats_of(memory);
    IHostControl_Release(control);
    left_over = hostmem_release(memory);

    for (int i = 0; i < TIMES; i++) {
        const UINT64 *before = i ? after[i - 1].refused : started.refused;

        assert_int_equal(results[i], 1);
        assert_held_equal(&after[i], &started);
        assert_true(after[i].refused[eTaskCritical] + after[i].refused[eAppDomainCritical] +
                        after[i].refused[eProcessCritical] >
                    before[eTaskCritical] + before[eAppDomainCritical] + before[eProcessCritical]);
    }
    assert_int_equal(final, standin_trees_expected(12, 2));
    assert_true(report.collections_by_refusal >= TIMES);
    assert_true(report.notifications[eMemoryAvailableLow] > 0);
    for (LONG i = 0; i < report.violations && i < STANDIN_TEXTS; i++)
        print_error("violation in %s\n", report.violation[i]);
    assert_int_equal(report.violations, 0);
    assert_held_equal(&ended, &(hostmem_stats){0});
    assert_int_equal(left_over, 0);
    print_message("    %llu MiB at the peak\n", (unsigned long long)(after[TIMES - 1].peak_used_bytes >> 20));
}

static void lives_end_with_nothing_held(void **state)
{
    standin_life life;

    (void)state;
    for (int i = 0; i < lives[limit.kind]; i++) {
        standin_live(&(standin_plan){.method = L"Exhaust", .argument = ENDLESS, .os = os_limit_system()}, &life);
        assert_int_equal(life.run, S_OK);
        assert_int_equal(life.result, 1);
        assert_int_equal(life.report.tasks_out_of_memory, 1);
        assert_true(life.finished.refused[eTaskCritical] > 0);
        assert_orderly(&life);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_runtime_runs_out_of_memory_ten_times_and_runs_on, take_most, give_it_back),
        cmocka_unit_test_setup_teardown(lives_end_with_nothing_held, take_most, give_it_back),
    };

    if (!os_limit_begin(&limit)) {
        print_error("there is no limit as HOSTMEM_TEST_LIMIT says\n");
        return 1;
    }
    /* With write watch Wine commits a page when it is written to, which is too late for a refusal. */
    SetEnvironmentVariableA("COMPlus_gcConcurrent", "0");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
