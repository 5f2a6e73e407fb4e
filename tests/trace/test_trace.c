/* Starting and stopping traces: what they need and refuse, and what their file contains besides events. */
#include <stdatomic.h>
#include <string.h>

#include "sim_thread.h"
#include "trace_check.h"

#include "late_clock.h"

#define SLOTS 256u /* in a part of the buffer */
#define PIECE (SLOTS * 64)

static void load(host_fixture *f)
{
    SIZE_T available;
    DWORD percent;
    assert_int_equal(IHostMemoryManager_GetMemoryLoad(f->manager, &percent, &available), S_OK);
}

static void many_loads(host_fixture *f, UINT32 count)
{
    while (count--)
        load(f);
}

/* Waits until the trace's thread has nothing to do. */
static void settle(host_fixture *f)
{
    assert_true(sim_os_await_waiting(f->sim, 1, SIM_PATIENCE_MS));
}

static void header_tells_of_the_process(void **state)
{
    host_fixture *f = *state;
    hostmem_trace_file_header *header;
    trace_content content;
    sim_os_advance(f->sim, 5000);
    trace_check_start(f->instance, TRACE_PATH);
    trace_check_stop(f, &content);
    header = &content.header;
    assert_int_equal(header->process_id, SIM_PROCESS_ID);
    assert_int_equal(header->ticks_per_second, SIM_TICKS_PER_SECOND);
    assert_int_equal(header->page_bytes, 4096);
    assert_int_equal(header->granularity, 65536);
    assert_true(header->start_time == SIM_SYSTEM_TIME + f->os->now_ms(f->os) * 10000);
    assert_int_equal(content.event_count, 0);
    assert_true(content.end.ticks > header->start_ticks);
    trace_free(&content);
}

static void nothing_is_recorded_but_between_start_and_stop(void **state)
{
    host_fixture *f = *state;
    trace_content content;
    load(f);
    trace_check_start(f->instance, TRACE_PATH);
    load(f);
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 1);
    trace_free(&content);
    load(f);
    trace_check_start(f->instance, TRACE_PATH);
    many_loads(f, 3);
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 3);
    trace_free(&content);
    load(f);
}

static void a_site_is_written_once_in_each_trace(void **state)
{
    host_fixture *f = *state;
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    trace_content content;
    void *block;
    int round, i;
    for (round = 0; round < 2; round++) {
        trace_check_start(f->instance, TRACE_PATH);
        for (i = 0; i < 10; i++) {
            assert_int_equal(IHostMalloc_DebugAlloc(heap, 1, eTaskCritical, i % 2 ? "odd" : "even", i % 2, &block),
                             S_OK);
            settle(f);
            sim_os_advance(f->sim, 100);
        }
        trace_check_stop(f, &content);
        assert_int_equal(content.event_count, 10);
        assert_int_equal(content.site_count, 2);
        for (i = 0; i < 10; i++) {
            const trace_site *site = &content.sites[content.events[i].origin == content.sites[1].id];
            assert_true(site->id == content.events[i].origin);
            assert_int_equal(site->line, i % 2);
            assert_string_equal(site->name, i % 2 ? "odd" : "even");
        }
        trace_free(&content);
    }
    IHostMalloc_Release(heap);
}

/* One second of the simulated clock, in steps after each of which the trace's thread has written a round. */
static void a_second_passes(host_fixture *f)
{
    int i;
    for (i = 0; i < 10; i++) {
        load(f);
        sim_os_advance(f->sim, 100);
        settle(f);
    }
}

static void threads_have_the_names_that_they_were_given(void **state)
{
    host_fixture *f = *state;
    UINT32 id = f->os->thread_id(f->os);
    trace_content content;
    int round;
    for (round = 0; round < 2; round++) {
        sim_os_name_thread(f->sim, id, "");
        trace_check_start(f->instance, TRACE_PATH);
        load(f);
        settle(f);
        sim_os_name_thread(f->sim, id, "first");
        a_second_passes(f);
        a_second_passes(f);
        sim_os_name_thread(f->sim, id, "passing"); /* for less than a second */
        sim_os_name_thread(f->sim, id, "second");
        a_second_passes(f);
        a_second_passes(f);
        sim_os_name_thread(f->sim, id, "last");
        trace_check_stop(f, &content);
        assert_int_equal(content.thread_count, 3);
        assert_string_equal(content.threads[0].name, "first");
        assert_string_equal(content.threads[1].name, "second");
        assert_string_equal(content.threads[2].name, "last");
        assert_int_equal(content.threads[0].id, id);
        assert_true(content.threads[0].round < content.threads[1].round);
        trace_free(&content);
    }
}

static void a_thread_without_a_name_takes_that_of_the_last_one_with_its_id(void **state)
{
    host_fixture *f = *state;
    UINT32 id = f->os->thread_id(f->os);
    trace_content content;
    sim_os_name_thread(f->sim, id, "worker");
    trace_check_start(f->instance, TRACE_PATH);
    a_second_passes(f);
    sim_os_name_thread(f->sim, id, NULL); /* it has ended: the name stays */
    a_second_passes(f);
    a_second_passes(f);
    sim_os_name_thread(f->sim, id, "");
    a_second_passes(f);
    a_second_passes(f);
    trace_check_stop(f, &content);
    assert_int_equal(content.thread_count, 2);
    assert_string_equal(content.threads[0].name, "worker");
    assert_string_equal(content.threads[1].name, "");
    trace_free(&content);
}

static void threads_without_events_and_without_names_are_not_in_it(void **state)
{
    host_fixture *f = *state;
    trace_content content;
    sim_os_name_thread(f->sim, 4 * f->os->thread_id(f->os), "another");
    trace_check_start(f->instance, TRACE_PATH);
    a_second_passes(f);
    trace_check_stop(f, &content);
    assert_int_equal(content.thread_count, 0);
    trace_free(&content);
}

static void rounds_come_with_time_and_have_samples_of_the_figures(void **state)
{
    host_fixture *f = *state;
    hostmem_trace_sample *sample;
    hostmem_stats stats;
    trace_content content;
    IHostMalloc *heap;
    void *memory, *block;
    assert_int_equal(hostmem_set_limit(f->instance, 100 * FIXTURE_PAGE), S_OK);
    trace_check_start(f->instance, TRACE_PATH);
    settle(f);
    memory = host_fixture_alloc(f, NULL, 5 * FIXTURE_PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
    heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    expect_success(f, IHostMalloc_Alloc(heap, 1000, eTaskCritical, &block));
    expect_failure(f, IHostMalloc_Alloc(heap, 1 << 20, eTaskCritical, &block), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    sim_os_advance(f->sim, 100);
    settle(f);
    stats = host_fixture_stats(f);
    IHostMalloc_Release(heap);
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, 0, MEM_RELEASE));
    trace_check_stop(f, &content);
    assert_int_equal(content.sample_count, 3);
    assert_int_equal(content.samples[0].committed_bytes, 0);
    sample = &content.samples[1];
    assert_int_equal(sample->reserved_bytes, stats.reserved_bytes);
    assert_int_equal(sample->committed_bytes, 5 * FIXTURE_PAGE);
    assert_int_equal(sample->executable_bytes, stats.executable_bytes);
    assert_int_equal(sample->heap_bytes, 1000);
    assert_int_equal(sample->heap_blocks, 1);
    assert_int_equal(sample->used_bytes, 5 * FIXTURE_PAGE + 1000);
    assert_int_equal(sample->peak_committed_bytes, stats.peak_committed_bytes);
    assert_int_equal(sample->peak_used_bytes, stats.peak_used_bytes);
    assert_int_equal(sample->limit_bytes, 100 * FIXTURE_PAGE);
    assert_int_equal(sample->low_bytes, 90 * FIXTURE_PAGE);
    assert_int_equal(sample->neutral_bytes, 80 * FIXTURE_PAGE);
    assert_int_equal(sample->high_bytes, 50 * FIXTURE_PAGE);
    assert_int_equal(sample->refused[eTaskCritical], 1);
    assert_int_equal(sample->refused[eProcessCritical], 0);
    assert_int_equal(content.rounds[0], 1);
    assert_int_equal(content.rounds[content.event_count - 1], 2);
    trace_free(&content);
}

static void without_a_limit_no_zone_begins_anywhere(void **state)
{
    host_fixture *f = *state;
    trace_content content;
    trace_check_start(f->instance, TRACE_PATH);
    trace_check_stop(f, &content);
    assert_int_equal(content.samples[0].limit_bytes, 0);
    assert_int_equal(content.samples[0].low_bytes, 0);
    assert_int_equal(content.samples[0].neutral_bytes, 0);
    assert_int_equal(content.samples[0].high_bytes, 0);
    trace_free(&content);
}

static void what_there_was_at_the_start_is_described(void **state)
{
    host_fixture *f = *state;
    char *memory = host_fixture_alloc(f, NULL, FIXTURE_GRANULE, MEM_RESERVE, PAGE_READWRITE);
    char *other = host_fixture_alloc(f, NULL, FIXTURE_PAGE, MEM_COMMIT, PAGE_READONLY);
    char *view = sim_os_add_foreign(f->sim, NULL, 2 * FIXTURE_PAGE, TRUE, PAGE_READONLY);
    trace_content content;
    UINT32 i, found = 0;
    host_fixture_alloc(f, memory + FIXTURE_PAGE, FIXTURE_PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    expect_success(f, IHostMemoryManager_AcquiredVirtualAddressSpace(f->manager, view, 2 * FIXTURE_PAGE));
    trace_check_start(f->instance, TRACE_PATH);
    trace_check_stop(f, &content);
    const hostmem_trace_region wanted[] = {
        {(UINT_PTR)memory, FIXTURE_PAGE, (UINT_PTR)memory, MEM_RESERVE, 0, HOSTMEM_TRACE_PAGES, 0},
        {(UINT_PTR)memory + FIXTURE_PAGE, FIXTURE_PAGE, (UINT_PTR)memory, MEM_COMMIT, PAGE_EXECUTE_READ,
         HOSTMEM_TRACE_PAGES, 0},
        {(UINT_PTR)memory + 2 * FIXTURE_PAGE, FIXTURE_GRANULE - 2 * FIXTURE_PAGE, (UINT_PTR)memory, MEM_RESERVE, 0,
         HOSTMEM_TRACE_PAGES, 0},
        {(UINT_PTR)other, FIXTURE_PAGE, (UINT_PTR)other, MEM_COMMIT, PAGE_READONLY, HOSTMEM_TRACE_PAGES, 0},
        {(UINT_PTR)view, 2 * FIXTURE_PAGE, (UINT_PTR)view, MEM_COMMIT, PAGE_READONLY, HOSTMEM_TRACE_VIEW, 0},
    };
    assert_int_equal(content.region_count, 5);
    for (i = 0; i < 5; i++)
        found += !memcmp(&content.regions[i], &wanted[i], sizeof wanted[i]);
    assert_int_equal(found, 5);
    trace_free(&content);
    expect_success(f, IHostMemoryManager_ReleasedVirtualAddressSpace(f->manager, view));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, 0, MEM_RELEASE));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, other, 0, MEM_RELEASE));
    sim_os_remove_foreign(f->sim, view);
}

/* ---- Starting and stopping ---- */

static void wrong_configurations_are_refused(void **state)
{
    host_fixture *f = *state;
    const hostmem_trace_config good = {.size = sizeof good, .path = TRACE_PATH};
    hostmem_trace_config config;
    struct {
        hostmem_trace_config known;
        UINT64 more;
    } newer = {.known = good};
#define REFUSED(hr, change)                                              \
    do {                                                                 \
        config = good;                                                   \
        change;                                                          \
        assert_int_equal(hostmem_trace_start(f->instance, &config), hr); \
    } while (0)
    assert_int_equal(hostmem_trace_start(NULL, &good), E_POINTER);
    assert_int_equal(hostmem_trace_start(f->instance, NULL), E_POINTER);
    REFUSED(HRESULT_FROM_WIN32(ERROR_BAD_LENGTH), config.size--);
    REFUSED(HRESULT_FROM_WIN32(ERROR_BAD_LENGTH), config.size = 0);
    REFUSED(HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS), config.flags = 1);
    REFUSED(E_INVALIDARG, config.path = NULL);
    REFUSED(E_INVALIDARG, config.write = trace_sink_write);
    REFUSED(E_INVALIDARG, config.reserved_word = 1);
    REFUSED(E_INVALIDARG, config.interval_ms = HOSTMEM_TRACE_MAX_INTERVAL_MS + 1);
    REFUSED(E_INVALIDARG, config.buffer_bytes = ((UINT64)64 << 20) + 1);
    newer.known.size = sizeof newer;
    newer.more = 1;
    assert_int_equal(hostmem_trace_start(f->instance, &newer.known), HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));
    newer.more = 0;
    assert_int_equal(hostmem_trace_start(f->instance, &newer.known), S_OK);
    assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
}

static void one_trace_at_a_time(void **state)
{
    host_fixture *f = *state;
    const hostmem_trace_config config = {.size = sizeof config, .path = "another"};
    trace_content content;
    SIZE_T bytes;
    assert_int_equal(hostmem_trace_stop(NULL), E_POINTER);
    assert_int_equal(hostmem_trace_stop(f->instance), HOST_E_INVALIDOPERATION);
    trace_check_start(f->instance, TRACE_PATH);
    assert_int_equal(hostmem_trace_start(f->instance, &config), HOST_E_INVALIDOPERATION);
    assert_null(sim_os_file(f->sim, "another", &bytes));
    trace_check_stop(f, &content);
    trace_free(&content);
    assert_int_equal(hostmem_trace_stop(f->instance), HOST_E_INVALIDOPERATION);
}

static void a_file_that_cannot_be_created_is_said(void **state)
{
    host_fixture *f = *state;
    const hostmem_trace_config config = {.size = sizeof config, .path = TRACE_PATH};
    trace_content content;
    f->os->set_last_error(f->os, FIXTURE_LAST_ERROR);
    sim_os_fail(f->sim, SIM_SET(SIM_FILE_CREATE), 0, 1, ERROR_PATH_NOT_FOUND);
    assert_int_equal(hostmem_trace_start(f->instance, &config), HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND));
    assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    trace_check_start(f->instance, TRACE_PATH);
    assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    trace_check_stop(f, &content);
    assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    trace_free(&content);
}

static void a_start_that_fails_leaves_nothing_and_may_be_repeated(void **state)
{
    host_fixture *f = *state;
    const UINT32 kinds = SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT) | SIM_SET(SIM_OBJECT_ALLOC) |
                         SIM_SET(SIM_EVENT_CREATE) | SIM_SET(SIM_THREAD_START);
    const hostmem_trace_config config = {.size = sizeof config, .path = TRACE_PATH};
    const UINT32 needed = 7; /* calls: the buffer's two, two events, two objects, the thread */
    UINT32 skip = 0, failed;
    do {
        hostmem *instance = host_fixture_another(f);
        sim_os_fail(f->sim, kinds, skip, 1, ERROR_NOT_ENOUGH_MEMORY);
        assert_int_equal(hostmem_trace_start(instance, &config), skip < needed ? E_OUTOFMEMORY : S_OK);
        failed = sim_os_failed(f->sim);
        assert_int_equal(failed, skip < needed);
        sim_os_fail(f->sim, 0, 0, 0, 0);
        assert_int_equal(trace_check_status(instance).running, !failed);
        if (failed)
            trace_check_start(instance, TRACE_PATH);
        assert_int_equal(hostmem_trace_stop(instance), S_OK);
        assert_int_equal(hostmem_release(instance), 0);
        skip++;
    } while (failed);
}

static void path_has_the_id_of_the_process(void **state)
{
    host_fixture *f = *state;
    SIZE_T bytes;
    trace_check_start(f->instance, "%p/a%%p-%d%p");
    assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
    assert_non_null(sim_os_file(f->sim, "4711/a%4711-%d4711", &bytes));
}

static void shutdown_and_release_end_a_trace(void **state)
{
    host_fixture *f = *state;
    hostmem *other = host_fixture_another(f);
    const hostmem_trace_config config = {.size = sizeof config, .path = "another"};
    trace_content content;
    trace_check_start(f->instance, TRACE_PATH);
    load(f);
    hostmem_shutdown(f->instance);
    trace_check_read(f, TRACE_PATH, &content);
    assert_true(content.ended);
    assert_int_equal(content.event_count, 1);
    trace_free(&content);
    assert_int_equal(hostmem_trace_start(f->instance, &config), HOST_E_INVALIDOPERATION);
    trace_check_start(other, "another");
    assert_int_equal(hostmem_release(other), 0);
    trace_check_read(f, "another", &content);
    assert_true(content.ended);
    trace_free(&content);
    assert_int_equal(sim_os_threads_running(f->sim), 0);
}

static void status_follows_the_trace(void **state)
{
    host_fixture *f = *state;
    hostmem_trace_status status, none = {.size = sizeof none - 1};
    trace_content content;
    SIZE_T bytes;
    assert_int_equal(hostmem_trace_get_status(f->instance, NULL), E_POINTER);
    assert_int_equal(hostmem_trace_get_status(NULL, &none), E_POINTER);
    assert_int_equal(hostmem_trace_get_status(f->instance, &none), E_INVALIDARG);
    none = (hostmem_trace_status){.size = sizeof none};
    status = trace_check_status(f->instance);
    assert_memory_equal(&status, &none, sizeof none);
    trace_check_start(f->instance, TRACE_PATH);
    settle(f);
    many_loads(f, 7);
    assert_int_equal(trace_check_status(f->instance).running, 1);
    assert_int_equal(trace_check_status(f->instance).events, 0);
    sim_os_advance(f->sim, 100);
    settle(f);
    assert_int_equal(trace_check_status(f->instance).events, 7);
    trace_check_stop(f, &content);
    trace_free(&content);
    status = trace_check_status(f->instance);
    assert_int_equal(status.running, 0);
    assert_int_equal(status.events, 7);
    assert_int_equal(status.dropped, 0);
    sim_os_file(f->sim, TRACE_PATH, &bytes);
    assert_int_equal(status.written_bytes, bytes);
}

/* ---- Calls during which another trace begins ---- */

static _Atomic(host_fixture *) restarted;

/* Stops the trace, and starts another one, "second". */
static void restart_trace(void)
{
    host_fixture *f = atomic_exchange(&restarted, NULL);
    if (f && trace_check_status(f->instance).running)
        assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
    if (f)
        trace_check_start(f->instance, "second");
}

static void restart_in_call(void *context, const sim_os_call *call)
{
    (void)context;
    (void)call;
    restart_trace();
}

static UINT32 restart_in_report(hostmem_os *os)
{
    (void)os;
    restart_trace();
    return sim_thread_id();
}

static void a_free_is_in_the_trace_that_began_meanwhile(void **state)
{
    host_fixture *f = *state;
    int traced;
    for (traced = 0; traced < 2; traced++) { /* when the call begins */
        void *memory = host_fixture_alloc(f, NULL, FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE);
        trace_content content;
        if (traced)
            trace_check_start(f->instance, TRACE_PATH);
        atomic_store(&restarted, f);
        sim_os_set_hooks(f->sim, SIM_SET(SIM_VIRTUAL_FREE), restart_in_call, NULL, NULL);
        expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, 0, MEM_RELEASE));
        sim_os_set_hooks(f->sim, 0, NULL, NULL, NULL);
        assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
        trace_check_read(f, "second", &content);
        assert_int_equal(content.event_count, 1);
        expect_events(&content, 0, {EVENT(VIRTUAL_FREE), .address = (UINT_PTR)memory, .type = MEM_RELEASE});
        assert_true(content.events[0].ticks == content.header.start_ticks);
        trace_free(&content);
    }
}

static void an_event_of_the_last_trace_is_not_in_the_next(void **state)
{
    host_fixture *f = *state;
    UINT32 (*thread_id)(hostmem_os *) = f->os->thread_id;
    trace_content content;
    trace_check_start(f->instance, TRACE_PATH);
    settle(f);
    f->os->thread_id = restart_in_report;
    atomic_store(&restarted, f);
    load(f);
    assert_null(atomic_load(&restarted));
    load(f);
    assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
    f->os->thread_id = thread_id; /* when the trace's thread no longer looks at it */
    trace_check_read(f, "second", &content);
    assert_int_equal(content.event_count, 1);
    trace_free(&content);
}

/* ---- Sinks, and writes that fail ---- */

static void a_sink_gets_the_same_file(void **state)
{
    host_fixture *f = *state;
    trace_content content;
    trace_sink sink = {0};
    trace_sink_start(f->instance, &sink, 0);
    many_loads(f, 3);
    assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
    trace_sink_read(&sink, &content);
    assert_true(content.ended);
    assert_int_equal(content.event_count, 3);
    trace_free(&content);
    trace_sink_clear(&sink);
}

static void a_sink_that_stands_still_holds_nobody_up_and_drops_are_counted(void **state)
{
    host_fixture *f = *state;
    const UINT32 pieces = 4, more = 1000;
    trace_content content;
    trace_sink sink = {.entered = sim_gate_create(), .leave = sim_gate_create()};
    trace_sink_start(f->instance, &sink, pieces * PIECE);
    assert_true(sim_gate_pass(sink.entered, SIM_PATIENCE_MS)); /* it writes the file's header, before the first round */
    many_loads(f, pieces * SLOTS + more);
    assert_int_equal(trace_check_status(f->instance).dropped, more);
    sim_gate_destroy(sink.entered);
    sink.entered = NULL;
    sim_gate_open(sink.leave);
    assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
    trace_sink_read(&sink, &content);
    assert_true(content.ended);
    assert_int_equal(content.event_count, pieces * SLOTS);
    assert_int_equal(content.end.events_dropped, more);
    assert_int_equal(content.samples[0].events_dropped, more);
    trace_free(&content);
    sim_gate_destroy(sink.leave);
    trace_sink_clear(&sink);
}

static void a_sink_that_does_not_come_back_is_left_alone(void **state)
{
    host_fixture *f = *state;
    const hostmem_trace_config again = {.size = sizeof again, .path = TRACE_PATH};
    hostmem *instance = host_fixture_another(f);
    late_clock clock;
    trace_content content;
    trace_sink sink = {.entered = sim_gate_create(), .leave = sim_gate_create()};
    trace_sink_start(instance, &sink, 0);
    assert_true(sim_gate_pass(sink.entered, SIM_PATIENCE_MS));
    late_clock_start(&clock, f->sim, FALSE, 1, 60000);
    hostmem_shutdown(instance);
    assert_true(late_clock_stop(&clock));
    assert_int_equal(hostmem_trace_stop(instance), HOST_E_INVALIDOPERATION);
    assert_int_equal(hostmem_trace_start(instance, &again), HOST_E_INVALIDOPERATION);
    assert_int_equal(hostmem_release(instance), 1);
    assert_int_equal(sim_os_threads_running(f->sim), 1);
    sim_gate_destroy(sink.entered);
    sink.entered = NULL;
    sim_gate_open(sink.leave);
    assert_true(sim_os_await_threads_running(f->sim, 0, SIM_PATIENCE_MS)); /* and everything is freed */
    trace_sink_read(&sink, &content);
    assert_true(content.ended);
    trace_free(&content);
    sim_gate_destroy(sink.leave);
    trace_sink_clear(&sink);
}

static void a_stop_gives_up_when_nothing_was_written_for_a_minute(void **state)
{
    host_fixture *f = *state;
    const hostmem_trace_config again = {.size = sizeof again, .path = TRACE_PATH};
    late_clock clock;
    trace_content content;
    trace_sink sink = {.entered = sim_gate_create(), .leave = sim_gate_create()};
    trace_sink_start(f->instance, &sink, 0);
    assert_true(sim_gate_pass(sink.entered, SIM_PATIENCE_MS));
    late_clock_start(&clock, f->sim, FALSE, 1, 60000);
    assert_int_equal(hostmem_trace_stop(f->instance), HRESULT_FROM_WIN32(ERROR_TIMEOUT));
    assert_true(late_clock_stop(&clock));
    assert_int_equal(hostmem_trace_stop(f->instance), HOST_E_INVALIDOPERATION);
    assert_int_equal(hostmem_trace_start(f->instance, &again), HOST_E_INVALIDOPERATION);
    sim_gate_destroy(sink.entered);
    sink.entered = NULL;
    sim_gate_open(sink.leave);
    assert_true(sim_os_await_threads_running(f->sim, 0, SIM_PATIENCE_MS)); /* it has stopped by itself */
    trace_sink_read(&sink, &content);
    assert_true(content.ended);
    trace_free(&content);
    sim_gate_destroy(sink.leave);
    trace_sink_clear(&sink);
    trace_check_start(f->instance, TRACE_PATH);
    trace_check_stop(f, &content);
    trace_free(&content);
}

/* Each call takes so long. */
typedef struct slow_sink {
    trace_sink kept;
    sim_os *sim;
} slow_sink;

static HRESULT write_slowly(void *context, const void *data, SIZE_T bytes)
{
    slow_sink *sink = context;
    if (sink->kept.calls == 0)
        sim_os_await_waiting(sink->sim, 1, SIM_PATIENCE_MS); /* for the end of the trace */
    sim_os_advance(sink->sim, 50000);
    return trace_sink_write(&sink->kept, data, bytes);
}

static void a_stop_waits_for_whatever_gets_on(void **state)
{
    host_fixture *f = *state;
    const UINT32 events = 100000; /* several blocks */
    trace_content content;
    slow_sink sink = {.sim = f->sim};
    hostmem_trace_config config = {.size = sizeof config, .write = write_slowly, .context = &sink};
    UINT64 start_ms = f->os->now_ms(f->os);
    assert_int_equal(hostmem_trace_start(f->instance, &config), S_OK);
    many_loads(f, events);
    assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
    assert_true(f->os->now_ms(f->os) - start_ms >= 4 * 50000); /* it would give up after a minute without progress */
    trace_sink_read(&sink.kept, &content);
    assert_true(content.ended);
    assert_int_equal(content.event_count, events);
    trace_free(&content);
    trace_sink_clear(&sink.kept);
}

/* Its second call, which comes in the middle of a round with more events than a block has, commits memory. */
typedef struct late_sink {
    trace_sink kept;
    IHostMemoryManager *manager;
    void *memory;
} late_sink;

static HRESULT write_and_commit(void *context, const void *data, SIZE_T bytes)
{
    late_sink *sink = context;
    HRESULT hr = trace_sink_write(&sink->kept, data, bytes);
    if (sink->kept.calls == 2)
        IHostMemoryManager_VirtualAlloc(sink->manager, NULL, FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical,
                                        &sink->memory);
    return hr;
}

static void a_sample_has_the_figures_of_its_ticks_however_long_the_round_takes(void **state)
{
    host_fixture *f = *state;
    trace_content content;
    late_sink sink = {.kept = {.entered = sim_gate_create(), .leave = sim_gate_create()}, .manager = f->manager};
    hostmem_trace_config config = {.size = sizeof config, .write = write_and_commit, .context = &sink};
    assert_int_equal(hostmem_trace_start(f->instance, &config), S_OK);
    assert_true(sim_gate_pass(sink.kept.entered, SIM_PATIENCE_MS)); /* it writes the file's header, before the first
                                                                     * round */
    many_loads(f, 60000);
    sim_gate_destroy(sink.kept.entered);
    sink.kept.entered = NULL;
    sim_gate_open(sink.kept.leave);
    settle(f);
    assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
    trace_sink_read(&sink.kept, &content);
    assert_int_equal(content.samples[content.rounds[0]].committed_bytes, 0);
    assert_int_equal(content.samples[content.sample_count - 1].committed_bytes, FIXTURE_PAGE);
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, sink.memory, 0, MEM_RELEASE));
    trace_free(&content);
    sim_gate_destroy(sink.kept.leave);
    trace_sink_clear(&sink.kept);
}

/* Its second call stops the trace, and then memory is committed that the trace does not have. */
static void the_last_sample_has_no_calls_that_the_trace_has_not(void **state)
{
    host_fixture *f = *state;
    const hostmem_trace_sample *last;
    trace_content content;
    late_sink sink = {.kept = {.stops = f->instance, .stopped = E_UNEXPECTED}, .manager = f->manager};
    hostmem_trace_config config = {.size = sizeof config, .write = write_and_commit, .context = &sink};
    void *memory = host_fixture_alloc(f, NULL, 3 * FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE);
    assert_int_equal(hostmem_trace_start(f->instance, &config), S_OK);
    assert_true(sim_os_await_threads_running(f->sim, 0, SIM_PATIENCE_MS));
    assert_int_equal(sink.kept.stopped, S_OK);
    assert_non_null(sink.memory);
    trace_sink_read(&sink.kept, &content);
    last = &content.samples[content.sample_count - 1];
    assert_true(content.ended);
    assert_int_equal(content.event_count, 0);
    assert_int_equal(last->committed_bytes, 3 * FIXTURE_PAGE);
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, 0, MEM_RELEASE));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, sink.memory, 0, MEM_RELEASE));
    trace_free(&content);
    trace_sink_clear(&sink.kept);
}

static void a_sink_may_stop_the_trace(void **state)
{
    host_fixture *f = *state;
    trace_content content;
    trace_sink sink = {.stops = f->instance, .stopped = E_UNEXPECTED};
    trace_sink_start(f->instance, &sink, 0);
    assert_true(sim_os_await_threads_running(f->sim, 0, SIM_PATIENCE_MS));
    assert_int_equal(sink.stopped, S_OK);
    assert_int_equal(hostmem_trace_stop(f->instance), HOST_E_INVALIDOPERATION);
    trace_sink_read(&sink, &content);
    assert_true(content.ended);
    trace_free(&content);
    trace_sink_clear(&sink);
    trace_check_start(f->instance, TRACE_PATH);
    trace_check_stop(f, &content);
    trace_free(&content);
}

/* The thread sleeps for up to the interval, here a minute that never passes, and is woken when half of the buffer is
 * used, at the latest when a block more is. Four times as many events as it holds are all written. */
static void a_burst_is_written_before_the_interval_ends(void **state)
{
    host_fixture *f = *state;
    const UINT32 pieces = 4, bursts = 20, burst = pieces * SLOTS / 5;
    trace_sink sink = {0};
    hostmem_trace_config config = {.size = sizeof config,
                                   .write = trace_sink_write,
                                   .context = &sink,
                                   .buffer_bytes = pieces * PIECE,
                                   .interval_ms = 60000};
    trace_content content;
    UINT32 i;
    assert_int_equal(hostmem_trace_start(f->instance, &config), S_OK);
    for (i = 0; i < bursts; i++) {
        settle(f);
        many_loads(f, burst);
    }
    assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
    trace_sink_read(&sink, &content);
    assert_int_equal(content.end.events_dropped, 0);
    assert_int_equal(content.event_count, bursts * burst);
    trace_free(&content);
    trace_sink_clear(&sink);
}

/* Each round opens the file of a trace: many events are no reason for more rounds while they fit into the buffer. */
static void rounds_come_as_often_as_the_interval_says_whatever_is_recorded(void **state)
{
    static const struct {
        UINT32 sleep_ms, events;
    } rounds[] = {{10, 0}, {20, 3}, {40, 0}, {80, 0}, {100, 20000}, {100, 0}, {100, 30000}, {100, 3}};
    host_fixture *f = *state;
    trace_sink sink = {0};
    trace_content content;
    UINT32 i, sum = 0;
    trace_sink_start(f->instance, &sink, 0);
    for (i = 0; i < sizeof rounds / sizeof *rounds; i++) {
        UINT32 calls;
        settle(f);
        calls = sink.calls;
        many_loads(f, rounds[i].events);
        sum += rounds[i].events;
        sim_os_advance(f->sim, rounds[i].sleep_ms - 1);
        settle(f);
        assert_int_equal(sink.calls, calls);
        sim_os_advance(f->sim, 1);
        settle(f);
        assert_true(sink.calls > calls);
    }
    assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
    trace_sink_read(&sink, &content);
    assert_int_equal(content.event_count, sum);
    trace_free(&content);
    trace_sink_clear(&sink);
}

static void a_write_that_fails_ends_the_trace(void **state)
{
    host_fixture *f = *state;
    hostmem_trace_status status;
    trace_content content;
    trace_check_start(f->instance, TRACE_PATH);
    settle(f);
    load(f);
    sim_os_advance(f->sim, 100);
    settle(f);
    sim_os_fail(f->sim, SIM_SET(SIM_FILE_WRITE), 0, SIM_FOREVER, ERROR_DISK_FULL);
    many_loads(f, 5);
    sim_os_advance(f->sim, 100);
    assert_true(sim_os_await_threads_running(f->sim, 0, SIM_PATIENCE_MS));
    load(f);
    status = trace_check_status(f->instance);
    assert_int_equal(status.running, 0);
    assert_int_equal(status.error, HRESULT_FROM_WIN32(ERROR_DISK_FULL));
    assert_int_equal(status.events, 1);
    assert_int_equal(status.dropped, 5);
    assert_int_equal(hostmem_trace_stop(f->instance), HRESULT_FROM_WIN32(ERROR_DISK_FULL));
    sim_os_fail(f->sim, 0, 0, 0, 0);
    trace_check_read(f, TRACE_PATH, &content);
    assert_false(content.ended);
    assert_int_equal(content.event_count, 1);
    trace_free(&content);
    trace_check_start(f->instance, TRACE_PATH);
    load(f);
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 1);
    trace_free(&content);
}

static void every_write_may_fail(void **state)
{
    host_fixture *f = *state;
    trace_sink sink = {0};
    UINT32 fails_from = 0, last;
    do {
        trace_content content;
        HRESULT hr;
        trace_sink_clear(&sink);
        sink.fails_from = ++fails_from;
        trace_sink_start(f->instance, &sink, 0);
        many_loads(f, 2);
        hr = hostmem_trace_stop(f->instance);
        last = sink.calls;
        assert_int_equal(hr, last < fails_from ? S_OK : E_ACCESSDENIED);
        if (fails_from > 1) { /* there is a header */
            trace_sink_read(&sink, &content);
            assert_int_equal(content.ended, last < fails_from);
            trace_free(&content);
        }
    } while (last >= fails_from);
    assert_true(fails_from > 3); /* header, rounds, end */
    trace_sink_clear(&sink);
}

static void a_file_is_good_up_to_its_last_whole_round(void **state)
{
    host_fixture *f = *state;
    trace_content content, part;
    SIZE_T bytes, cut;
    const void *data;
    UINT32 i, rounds = 0;
    trace_check_start(f->instance, TRACE_PATH);
    for (i = 0; i < 4; i++) {
        settle(f);
        many_loads(f, i);
        sim_os_advance(f->sim, 100);
    }
    trace_check_stop(f, &content);
    data = sim_os_file(f->sim, TRACE_PATH, &bytes);
    for (cut = sizeof(hostmem_trace_file_header); cut < bytes; cut++) {
        assert_true(trace_read(data, cut, &part));
        assert_false(part.ended);
        assert_in_range(part.sample_count, rounds, rounds + 1);
        rounds = part.sample_count;
        assert_true(part.event_count == content.event_count || part.sample_count < content.sample_count);
        trace_free(&part);
    }
    assert_int_equal(rounds, content.sample_count);
    trace_free(&content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(header_tells_of_the_process),
        fixture_test(nothing_is_recorded_but_between_start_and_stop),
        fixture_test(a_site_is_written_once_in_each_trace),
        fixture_test(threads_have_the_names_that_they_were_given),
        fixture_test(a_thread_without_a_name_takes_that_of_the_last_one_with_its_id),
        fixture_test(threads_without_events_and_without_names_are_not_in_it),
        fixture_test(rounds_come_with_time_and_have_samples_of_the_figures),
        fixture_test(without_a_limit_no_zone_begins_anywhere),
        fixture_test(what_there_was_at_the_start_is_described),
        fixture_test(wrong_configurations_are_refused),
        fixture_test(one_trace_at_a_time),
        fixture_test(a_file_that_cannot_be_created_is_said),
        fixture_test(a_start_that_fails_leaves_nothing_and_may_be_repeated),
        fixture_test(path_has_the_id_of_the_process),
        fixture_test(shutdown_and_release_end_a_trace),
        fixture_test(status_follows_the_trace),
        fixture_test(a_free_is_in_the_trace_that_began_meanwhile),
        fixture_test(an_event_of_the_last_trace_is_not_in_the_next),
        fixture_test(a_sink_gets_the_same_file),
        fixture_test(a_sink_that_stands_still_holds_nobody_up_and_drops_are_counted),
        fixture_test(a_burst_is_written_before_the_interval_ends),
        fixture_test(a_sink_that_does_not_come_back_is_left_alone),
        fixture_test(a_stop_gives_up_when_nothing_was_written_for_a_minute),
        fixture_test(a_stop_waits_for_whatever_gets_on),
        fixture_test(a_sample_has_the_figures_of_its_ticks_however_long_the_round_takes),
        fixture_test(the_last_sample_has_no_calls_that_the_trace_has_not),
        fixture_test(a_sink_may_stop_the_trace),
        fixture_test(rounds_come_as_often_as_the_interval_says_whatever_is_recorded),
        fixture_test(a_write_that_fails_ends_the_trace),
        fixture_test(every_write_may_fail),
        fixture_test(a_file_is_good_up_to_its_last_whole_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
