/* Traces of several threads, over a system without locks: events are in the order in which things happened, and
 * traces may start and stop at any time. */
#include "trace_check.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "instant_os.h"

#define THREADS 4
#define ROUNDS 2000 /* of a thread */
#define KEPT 4      /* regions and blocks that a thread holds at a time */
#define TRACES 30

typedef struct scene {
    instant_os *instant;
    hostmem *instance;
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    atomic_bool stop;
    _Atomic UINT32 failures;
    _Atomic UINT32 traces;
} scene;

static int open_scene(void **state)
{
    scene *s = calloc(1, sizeof *s);
    hostmem_config config = {.size = sizeof config};
    *state = s;
    s->instant = instant_os_create(NULL);
    config.os = instant_os_functions(s->instant);
    assert_int_equal(hostmem_create(&config, &s->instance), S_OK);
    assert_int_equal(hostmem_get_manager(s->instance, &s->manager), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(s->manager, MALLOC_THREADSAFE, &s->heap), S_OK);
    return 0;
}

static int close_scene(void **state)
{
    scene *s = *state;
    instant_os_totals totals;
    IHostMalloc_Release(s->heap);
    IHostMemoryManager_Release(s->manager);
    assert_int_equal(hostmem_release(s->instance), 0);
    instant_os_total(s->instant, &totals);
    assert_int_equal(totals.tables | totals.objects | totals.heaps, 0);
    instant_os_destroy(s->instant);
    free(s);
    return 0;
}

static void run_threads(void (*entry)(void *), scene *s, sim_thread *threads[THREADS])
{
    unsigned i;
    for (i = 0; i < THREADS; i++) {
        threads[i] = sim_thread_start(entry, s);
        assert_non_null(threads[i]);
    }
}

static void join_threads(sim_thread *threads[THREADS])
{
    unsigned i;
    for (i = 0; i < THREADS; i++)
        sim_thread_join(threads[i]);
}

/* ---- Order ---- */

static void count_failure(scene *s, HRESULT hr)
{
    if (hr != S_OK)
        atomic_fetch_add(&s->failures, 1);
}

/* Allocates and frees, so that threads get each other's addresses. */
static void take_and_give_back(void *context)
{
    scene *s = context;
    void *regions[KEPT] = {NULL}, *blocks[KEPT] = {NULL};
    UINT32 round;
    for (round = 0; round < ROUNDS + KEPT; round++) {
        unsigned at = round % KEPT;
        if (regions[at])
            count_failure(s, IHostMemoryManager_VirtualFree(s->manager, regions[at], 0, MEM_RELEASE));
        if (blocks[at])
            count_failure(s, IHostMalloc_Free(s->heap, blocks[at]));
        regions[at] = blocks[at] = NULL;
        if (round >= ROUNDS)
            continue;
        count_failure(s, IHostMemoryManager_VirtualAlloc(s->manager, NULL, FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                                         eTaskCritical, &regions[at]));
        count_failure(
            s, round % 2 ? IHostMalloc_Alloc(s->heap, 40, eTaskCritical, &blocks[at])
                         : IHostMalloc_DebugAlloc(s->heap, 40, eTaskCritical, "here", (int)round % 50, &blocks[at]));
    }
}

/* A set of addresses. */
typedef struct live {
    uint64_t *addresses;
    UINT32 count;
} live;

static uint64_t *find(const live *set, uint64_t address)
{
    UINT32 i;
    for (i = 0; i < set->count; i++) {
        if (set->addresses[i] == address)
            return &set->addresses[i];
    }
    return NULL;
}

/* Whether an event is possible after those before it. */
static bool follow(live *set, const hostmem_trace_event *event)
{
    uint64_t *found;
    switch (event->what) {
    case HOSTMEM_TRACE_VIRTUAL_ALLOC:
    case HOSTMEM_TRACE_ALLOC:
    case HOSTMEM_TRACE_DEBUG_ALLOC:
        if (find(set, event->out))
            return false;
        set->addresses[set->count++] = event->out;
        return true;
    case HOSTMEM_TRACE_VIRTUAL_FREE:
    case HOSTMEM_TRACE_FREE:
        found = find(set, event->what == HOSTMEM_TRACE_FREE ? event->out : event->address);
        if (!found)
            return false;
        *found = set->addresses[--set->count];
        return true;
    default:
        return false;
    }
}

static void in_the_order_of_time_every_address_has_one_owner(void **state)
{
    scene *s = *state;
    sim_thread *threads[THREADS];
    trace_content content;
    trace_sink sink = {0};
    live set = {0};
    UINT32 i;
    trace_sink_start(s->instance, &sink, 0);
    run_threads(take_and_give_back, s, threads);
    join_threads(threads);
    assert_int_equal(hostmem_trace_stop(s->instance), S_OK);
    assert_int_equal(atomic_load(&s->failures), 0);
    trace_sink_read(&sink, &content);
    assert_int_equal(content.end.events_dropped, 0);
    assert_int_equal(content.event_count, THREADS * ROUNDS * 4);
    assert_int_equal(content.site_count, 25);
    set.addresses = malloc((2 * KEPT + 2) * THREADS * sizeof *set.addresses);
    for (i = 0; i < content.event_count; i++)
        assert_true(follow(&set, &content.events[i]));
    assert_int_equal(set.count, 0);
    free(set.addresses);
    trace_free(&content);
    trace_sink_clear(&sink);
}

/* ---- Starting and stopping ---- */

static void call_until_stopped(void *context)
{
    scene *s = context;
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    void *block;
    while (!atomic_load(&s->stop)) {
        count_failure(s, IHostMemoryManager_VirtualQuery(s->manager, s, &region, sizeof region, &written));
        count_failure(s, IHostMalloc_DebugAlloc(s->heap, 1, eTaskCritical, "there", 1, &block));
        count_failure(s, IHostMalloc_Free(s->heap, block));
    }
}

static void traces_may_start_and_stop_while_threads_call(void **state)
{
    scene *s = *state;
    sim_thread *threads[THREADS];
    UINT32 i, events = 0;
    run_threads(call_until_stopped, s, threads);
    for (i = 0; i < TRACES; i++) {
        trace_content content;
        trace_sink sink = {0};
        trace_sink_start(s->instance, &sink, (i % 2 ? 4 : 32) * 16384);
        if (i % 3)
            sim_thread_yield();
        assert_int_equal(hostmem_trace_stop(s->instance), S_OK);
        trace_sink_read(&sink, &content);
        assert_true(content.ended);
        events += content.event_count;
        trace_free(&content);
        trace_sink_clear(&sink);
    }
    atomic_store(&s->stop, true);
    join_threads(threads);
    assert_int_equal(atomic_load(&s->failures), 0);
    assert_true(events > 0);
}

static HRESULT discard(void *context, const void *data, SIZE_T bytes)
{
    (void)context;
    (void)data;
    (void)bytes;
    return S_OK;
}

/* Of several threads that start a trace one succeeds, and one stops it. */
static void fight_for_the_trace(void *context)
{
    scene *s = context;
    const hostmem_trace_config config = {.size = sizeof config, .write = discard};
    hostmem_trace_status status = {.size = sizeof status};
    UINT32 i;
    for (i = 0; i < TRACES; i++) {
        HRESULT hr = hostmem_trace_start(s->instance, &config);
        if (hr == S_OK)
            atomic_fetch_add(&s->traces, 1);
        else
            count_failure(s, hr == HOST_E_INVALIDOPERATION ? S_OK : hr);
        count_failure(s, hostmem_trace_get_status(s->instance, &status));
        hr = hostmem_trace_stop(s->instance);
        if (hr == S_OK)
            atomic_fetch_sub(&s->traces, 1);
        else
            count_failure(s, hr == HOST_E_INVALIDOPERATION ? S_OK : hr);
    }
}

static void each_start_is_stopped_once(void **state)
{
    scene *s = *state;
    sim_thread *threads[THREADS];
    run_threads(fight_for_the_trace, s, threads);
    join_threads(threads);
    assert_int_equal(atomic_load(&s->failures), 0);
    if (hostmem_trace_stop(s->instance) == S_OK)
        atomic_fetch_sub(&s->traces, 1);
    assert_int_equal(atomic_load(&s->traces), 0);
}

#define scene_test(function) cmocka_unit_test_setup_teardown(function, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(in_the_order_of_time_every_address_has_one_owner),
        scene_test(traces_may_start_and_stop_while_threads_call),
        scene_test(each_start_is_stopped_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
