/* Sampled call stacks: which blocks get one, how well the samples estimate all blocks, and how they appear in
 * origins, reports and traces. */
#include "host_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "books/sampler.h"
#include "sim_thread.h"
#include "trace_check.h"

/* ---- Sampling ---- */

/* Every size can be sampled, and the samples estimate all blocks, even if the sizes are regular. */
static void samples_stand_for_all_blocks(void **state)
{
    static const UINT32 averages[] = {1, 2, 3, 100, 1001, 4096, HOSTMEM_MAX_SAMPLE_BYTES};
    static const SIZE_T sizes[] = {1, 7, 24, 48, 49, 50, 51, 500, 501, 2047, 2048, 2049, 100000};
    unsigned i, j, round;
    (void)state;
    for (i = 0; i < sizeof averages / sizeof *averages; i++) {
        hmi_sampler sampler = {0};
        UINT64 estimate = 0, all = 0;
        hmi_sampler_init(&sampler, averages[i]);
        for (round = 0; round < 20000; round++) {
            for (j = 0; j < sizeof sizes / sizeof *sizes; j++) {
                all += sizes[j];
                if (hmi_sampler_wants(&sampler, sizes[j]))
                    estimate += hmi_sampler_estimate(&sampler, sizes[j]);
            }
        }
        if (averages[i] == HOSTMEM_MAX_SAMPLE_BYTES) /* two of them were counted */
            assert_in_range(estimate / averages[i], 1, 4);
        else
            assert_in_range(estimate, all / 100 * 99, all / 100 * 101);
    }
}

static void every_size_has_its_own_chance(void **state)
{
    static const SIZE_T sizes[] = {1, 10, 100, 250, 499};
    static const unsigned chance[] = {100, 320, 1000, 1600, 2250}; /* five times the standard deviation */
    hmi_sampler sampler = {0};
    unsigned i, round, hits[5] = {0};
    (void)state;
    hmi_sampler_init(&sampler, 1000);
    for (round = 0; round < 400000; round++) {
        for (i = 0; i < 5; i++)
            hits[i] += hmi_sampler_wants(&sampler, sizes[i]);
    }
    for (i = 0; i < 5; i++)
        assert_in_range(hits[i], sizes[i] * 400 - chance[i], sizes[i] * 400 + chance[i]);
    for (round = 0; round < 100; round++) {
        assert_true(hmi_sampler_wants(&sampler, 500));
        assert_true(hmi_sampler_wants(&sampler, (SIZE_T)-1));
        assert_false(hmi_sampler_wants(&sampler, 0));
    }
}

/* ---- Stacks ---- */

#define FRAME(number) ((void *)(UINT_PTR)(number))

static void a_stack_begins_at_the_caller(void **state)
{
    void *frames[] = {FRAME(1), FRAME(2), FRAME(3), FRAME(2), FRAME(4)};
    (void)state;
    assert_int_equal(hmi_sampler_trim(frames, 5, FRAME(3)), 3);
    assert_true(frames[0] == FRAME(3) && frames[1] == FRAME(2) && frames[2] == FRAME(4));
    assert_int_equal(hmi_sampler_trim(frames, 3, FRAME(3)), 3);
    assert_int_equal(hmi_sampler_trim(frames, 0, FRAME(3)), 0);
}

/* As when a compiler does not tell the address, or the caller is not among the first frames. */
static void a_stack_without_the_caller_is_kept(void **state)
{
    void *frames[16];
    UINT_PTR i;
    (void)state;
    for (i = 0; i < 16; i++)
        frames[i] = FRAME(i + 1);
    assert_int_equal(hmi_sampler_trim(frames, 16, NULL), 16);
    assert_int_equal(hmi_sampler_trim(frames, 16, FRAME(99)), 16);
    assert_int_equal(hmi_sampler_trim(frames, 16, FRAME(13)), 16);
    assert_ptr_equal(frames[0], FRAME(1));
    assert_int_equal(hmi_sampler_trim(frames, 16, FRAME(12)), 5);
}

static void a_stack_ends_before_a_frame_of_zero(void **state)
{
    void *frames[] = {FRAME(1), FRAME(2), NULL, FRAME(3)}, *none[] = {NULL, FRAME(1)};
    (void)state;
    assert_int_equal(hmi_sampler_trim(frames, 4, FRAME(2)), 1);
    assert_ptr_equal(frames[0], FRAME(2));
    assert_int_equal(hmi_sampler_trim(none, 2, FRAME(1)), 1);
    assert_ptr_equal(none[0], FRAME(1));
}

/* ---- Origins ---- */

#define AVERAGE 1000u

static hostmem *instance_with(host_fixture *f, UINT64 sample_bytes)
{
    hostmem_config config = {.size = sizeof config, .os = f->os, .sample_bytes = sample_bytes};
    hostmem *instance;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    return instance;
}

/* A call with another call stack; the last error does not change. */
static void *alloc_from(host_fixture *f, IHostMalloc *heap, UINT32 caller, SIZE_T size)
{
    void *block;
    sim_os_set_stack(f->sim, TRUE, caller);
    f->os->set_last_error(f->os, FIXTURE_LAST_ERROR);
    assert_int_equal(IHostMalloc_Alloc(heap, size, eTaskCritical, &block), S_OK);
    assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    return block;
}

typedef struct list {
    hostmem_origin origins[8];
    unsigned count;
} list;

static BOOL collect(void *context, const hostmem_origin *origin)
{
    list *to = context;
    assert_int_equal(origin->size, sizeof *origin);
    assert_true(to->count < 8);
    to->origins[to->count++] = *origin;
    return TRUE;
}

static list origins_of(hostmem *instance)
{
    list all = {.count = 0};
    assert_int_equal(hostmem_for_each_origin(instance, collect, &all), S_OK);
    return all;
}

#define expect_stack(f, origin, caller, blocks, bytes) check_stack(f, origin, caller, blocks, bytes, __FILE__, __LINE__)
static void check_stack(host_fixture *f, const hostmem_origin *origin, UINT32 caller, UINT64 blocks, UINT64 bytes,
                        const char *file, int line)
{
    _assert_int_equal(origin->kind, HOSTMEM_ORIGIN_STACK, file, line);
    _assert_int_equal(origin->frame_count, 3, file, line);
    _assert_int_equal((UINT_PTR)origin->frames[0], SIM_MODULE_BASE + 0x1000, file, line);
    _assert_int_equal((UINT_PTR)origin->frames[1], SIM_MODULE_BASE + 0x2000 + caller, file, line);
    _assert_int_equal((UINT_PTR)origin->frames[2], 0x10 + f->os->thread_id(f->os), file, line);
    _assert_string_equal(origin->file, "", file, line);
    _assert_true(origin->line == 0 && origin->id != 0, "line and id", file, line);
    _assert_int_equal(origin->live_blocks, blocks, file, line);
    _assert_int_equal(origin->live_bytes, bytes, file, line);
}

static void sampled_blocks_count_where_they_were_called_from(void **state)
{
    static char name[] = "a.cpp";
    host_fixture *f = *state;
    hostmem *instance = instance_with(f, AVERAGE);
    IHostMalloc *heap = host_fixture_malloc_of(instance);
    void *first = alloc_from(f, heap, 8, 5000), *second = alloc_from(f, heap, 8, 500), *third, *site, *nameless;
    list all;
    third = alloc_from(f, heap, 16, 700);
    assert_int_equal(IHostMalloc_DebugAlloc(heap, 9000, eTaskCritical, name, 0, &site), S_OK);
    sim_os_set_stack(f->sim, TRUE, 24);
    assert_int_equal(IHostMalloc_DebugAlloc(heap, 600, eTaskCritical, NULL, 5, &nameless), S_OK);
    all = origins_of(instance);
    assert_int_equal(all.count, 4);
    assert_int_equal(all.origins[0].kind, HOSTMEM_ORIGIN_SITE);
    assert_int_equal(all.origins[0].frame_count, 0);
    assert_null(all.origins[0].frames);
    assert_int_equal(all.origins[0].estimated_bytes, 9000);
    expect_stack(f, &all.origins[1], 8, 2, 5500);
    expect_stack(f, &all.origins[2], 16, 1, 700);
    expect_stack(f, &all.origins[3], 24, 1, 600);
    assert_int_equal(all.origins[1].estimated_bytes, 5500);
    assert_int_equal(IHostMalloc_Free(heap, second), S_OK);
    assert_int_equal(IHostMalloc_Free(heap, third), S_OK);
    all = origins_of(instance);
    assert_int_equal(all.count, 3);
    expect_stack(f, &all.origins[1], 8, 1, 5000);
    assert_int_equal(IHostMalloc_Free(heap, first), S_OK);
    assert_int_equal(IHostMalloc_Free(heap, nameless), S_OK);
    assert_int_equal(IHostMalloc_Free(heap, site), S_OK);
    assert_int_equal(origins_of(instance).count, 0);
    IHostMalloc_Release(heap);
    assert_int_equal(hostmem_release(instance), 0);
}

static void small_blocks_are_estimated_by_samples(void **state)
{
    host_fixture *f = *state;
    hostmem *instance = instance_with(f, AVERAGE);
    IHostMalloc *heap = host_fixture_malloc_of(instance);
    list all;
    int i;
    for (i = 0; i < 10000; i++)
        alloc_from(f, heap, 0, 30);
    all = origins_of(instance);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.origins[0].kind, HOSTMEM_ORIGIN_UNKNOWN);
    assert_int_equal(all.origins[0].estimated_bytes, all.origins[0].live_bytes);
    assert_in_range(all.origins[1].live_blocks, 215, 385); /* 300, and five times the standard deviation */
    expect_stack(f, &all.origins[1], 0, all.origins[1].live_blocks, all.origins[1].live_blocks * 30);
    assert_int_equal(all.origins[1].estimated_bytes, all.origins[1].live_blocks * AVERAGE);
    assert_int_equal(all.origins[0].live_bytes + all.origins[1].live_bytes, 300000);
    IHostMalloc_Release(heap);
    assert_int_equal(hostmem_release(instance), 0);
}

static void without_a_wish_a_stack_or_memory_the_origin_is_unknown(void **state)
{
    host_fixture *f = *state;
    hostmem *off = instance_with(f, 0), *on = instance_with(f, AVERAGE);
    IHostMalloc *heap = host_fixture_malloc_of(off), *sampled = host_fixture_malloc_of(on);
    list all;
    void *block;
    alloc_from(f, heap, 0, 100000);
    all = origins_of(off);
    assert_int_equal(all.count, 1);
    assert_int_equal(all.origins[0].kind, HOSTMEM_ORIGIN_UNKNOWN);
    sim_os_set_stack(f->sim, FALSE, 0);
    assert_int_equal(IHostMalloc_Alloc(sampled, 100000, eTaskCritical, &block), S_OK);
    sim_os_fail(f->sim, SIM_SET(SIM_OBJECT_ALLOC), 0, SIM_FOREVER, ERROR_NOT_ENOUGH_MEMORY);
    alloc_from(f, sampled, 0, 100000);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    all = origins_of(on);
    assert_int_equal(all.count, 1);
    assert_int_equal(all.origins[0].kind, HOSTMEM_ORIGIN_UNKNOWN);
    assert_int_equal(all.origins[0].live_blocks, 2);
    IHostMalloc_Release(heap);
    IHostMalloc_Release(sampled);
    hostmem_release(off);
    hostmem_release(on);
}

/* ---- Reports and traces ---- */

#define REPORT_BYTES 400

static void append(void *context, const char *line)
{
    assert_true(strlen(context) + strlen(line) + 2 < REPORT_BYTES);
    strcat(context, line);
    strcat(context, "\n");
}

static BOOL collect_growth(void *context, const hostmem_growth *growth)
{
    list *to = context;
    to->origins[to->count] = *growth->origin;
    to->origins[to->count++].live_bytes = (UINT64)growth->bytes;
    return TRUE;
}

static void growth_and_reports_tell_of_stacks(void **state)
{
    host_fixture *f = *state;
    hostmem_config config = {.size = sizeof config, .os = f->os, .sample_bytes = AVERAGE};
    char text[REPORT_BYTES] = "", expected[REPORT_BYTES];
    hostmem_baseline *baseline;
    hostmem *instance;
    IHostMalloc *heap;
    list grown = {.count = 0};
    config.leak_sink = append;
    config.leak_context = text;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    heap = host_fixture_malloc_of(instance);
    alloc_from(f, heap, 8, 600);
    assert_int_equal(hostmem_baseline_create(instance, &baseline), S_OK);
    alloc_from(f, heap, 8, 700);
    alloc_from(f, heap, 16, 800);
    assert_int_equal(hostmem_baseline_for_each_growth(baseline, collect_growth, &grown), S_OK);
    assert_int_equal(grown.count, 2);
    expect_stack(f, &grown.origins[0], 16, 1, 800);
    expect_stack(f, &grown.origins[1], 8, 2, 700);
    hostmem_baseline_release(baseline);
    sim_os_advance(f->sim, 2000);
    IHostMalloc_Release(heap);
    snprintf(
        expected, sizeof expected,
        "hostmem: 3 blocks (2100 bytes) leaked in a released heap:\n"
        "     1.3 KiB in 2 blocks: a sample for 1300 bytes, called from 401000 402008 %x, the oldest from 2 s ago\n"
        "       800 B in 1 block: a sample for 800 bytes, called from 401000 402010 %x, the oldest from 2 s ago\n",
        0x10 + (unsigned)f->os->thread_id(f->os), 0x10 + (unsigned)f->os->thread_id(f->os));
    assert_string_equal(text, expected);
    hostmem_release(instance);
}

static void traces_have_stacks_and_their_modules(void **state)
{
    host_fixture *f = *state;
    hostmem *standing = f->instance;
    trace_content content;
    IHostMalloc *heap;
    void *block;
    int round, i;
    f->instance = instance_with(f, AVERAGE);
    heap = host_fixture_malloc_of(f->instance);
    for (round = 0; round < 2; round++) { /* each trace has them again, once */
        trace_check_start(f->instance, TRACE_PATH);
        for (i = 0; i < 4; i++)
            alloc_from(f, heap, (UINT32)(i % 2) * 8, 900);
        assert_int_equal(IHostMalloc_DebugAlloc(heap, 900, eTaskCritical, NULL, 1, &block), S_OK);
        assert_int_equal(IHostMalloc_Alloc(heap, 0, eTaskCritical, &block), S_OK);
        trace_check_stop(f, &content);
        assert_int_equal(content.event_count, 6);
        assert_int_equal(content.site_count, 2);
        for (i = 0; i < 5; i++) {
            const trace_site *stack = &content.sites[content.events[i].origin == content.sites[1].id];
            assert_true(stack->id == content.events[i].origin);
            assert_int_equal(stack->frame_count, 3);
            assert_true(stack->frames[0] == SIM_MODULE_BASE + 0x1000);
            assert_true(stack->frames[1] == SIM_MODULE_BASE + 0x2000 + (i < 4 ? (unsigned)(i % 2) * 8 : 8));
            assert_true(stack->frames[2] == 0x10 + f->os->thread_id(f->os));
        }
        assert_true(content.events[5].origin == 0);
        assert_int_equal(content.module_count, 1);
        assert_true(content.modules[0].address == SIM_MODULE_BASE);
        assert_true(content.modules[0].size == SIM_MODULE_BYTES);
        assert_string_equal(content.modules[0].name, SIM_MODULE_PATH);
        trace_free(&content);
    }
    IHostMalloc_Release(heap);
    hostmem_release(f->instance);
    f->instance = standing;
}

#define PAGE ((SIZE_T)4096)

/* VirtualAlloc with another call stack for each caller; the last error does not change. */
static char *commit_from(host_fixture *f, hostmem *instance, UINT32 caller, void *address, SIZE_T size, DWORD type)
{
    IHostMemoryManager *manager;
    void *pages;
    assert_int_equal(hostmem_get_manager(instance, &manager), S_OK);
    sim_os_set_stack(f->sim, TRUE, caller);
    f->os->set_last_error(f->os, FIXTURE_LAST_ERROR);
    assert_int_equal(
        IHostMemoryManager_VirtualAlloc(manager, address, size, type, PAGE_READWRITE, eTaskCritical, &pages), S_OK);
    assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    IHostMemoryManager_Release(manager);
    return pages;
}

/* Whether the event has a stack, and it is that of this caller. */
static bool is_from(const trace_content *content, const hostmem_trace_event *event, UINT32 caller)
{
    unsigned i;
    for (i = 0; i < content->site_count; i++) {
        if (content->sites[i].id == event->origin)
            return content->sites[i].frames[1] == SIM_MODULE_BASE + 0x2000 + caller;
    }
    return false;
}

static void traces_have_the_stacks_of_commits(void **state)
{
    host_fixture *f = *state;
    hostmem *standing = f->instance;
    trace_content content;
    char *pages, *second,
        *view = sim_os_add_foreign(f->sim, (void *)(sim_os_arena_base(f->sim) + 0x100000), 16 * PAGE, FALSE,
                                   PAGE_NOACCESS);
    void *out;
    unsigned i, sampled = 0;
    IHostMemoryManager *manager;
    f->instance = instance_with(f, 4 * PAGE);
    assert_int_equal(hostmem_get_manager(f->instance, &manager), S_OK);
    assert_non_null(view);
    assert_int_equal(IHostMemoryManager_AcquiredVirtualAddressSpace(manager, view, 16 * PAGE), S_OK);
    trace_check_start(f->instance, TRACE_PATH);
    pages = commit_from(f, f->instance, 8, NULL, 1000 * PAGE, MEM_RESERVE);
    commit_from(f, f->instance, 16, pages, 2 * PAGE, MEM_COMMIT);
    second = commit_from(f, f->instance, 24, NULL, PAGE + 1, MEM_RESERVE | MEM_COMMIT); /* that is two pages */
    commit_from(f, f->instance, 32, view, 2 * PAGE, MEM_COMMIT);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 0, 1, ERROR_COMMITMENT_LIMIT);
    assert_int_equal(IHostMemoryManager_VirtualAlloc(manager, pages + 2 * PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE,
                                                     eTaskCritical, &out),
                     E_OUTOFMEMORY);
    for (i = 0; i < 900; i++) /* each with a chance of a quarter */
        commit_from(f, f->instance, 40, pages + (10 + i) * PAGE, 1, MEM_COMMIT);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, pages, 0, MEM_RELEASE), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, second, 0, MEM_RELEASE), S_OK);
    assert_int_equal(IHostMemoryManager_ReleasedVirtualAddressSpace(manager, view), S_OK);
    sim_os_remove_foreign(f->sim, view);
    trace_check_stop(f, &content);
    assert_true(!content.events[0].origin);
    assert_true(is_from(&content, &content.events[1], 16));
    assert_true(is_from(&content, &content.events[2], 24));
    assert_true(is_from(&content, &content.events[3], 32));
    assert_int_equal(content.events[4].what, HOSTMEM_TRACE_REFUSED);
    assert_true(!content.events[4].origin);
    assert_true(is_from(&content, &content.events[5], 32)); /* of those that fail, too, as of blocks */
    for (i = 0; i < 900; i++)
        sampled += is_from(&content, &content.events[6 + i], 40);
    assert_in_range(sampled, 160, 290); /* 225, and five times the standard deviation */
    assert_true(!content.events[906].origin);
    assert_int_equal(content.site_count, 4);
    trace_free(&content);
    IHostMemoryManager_Release(manager);
    hostmem_release(f->instance);
    f->instance = standing;
}

static void without_memory_a_trace_has_no_modules(void **state)
{
    host_fixture *f = *state;
    hostmem *standing = f->instance;
    trace_content content;
    IHostMalloc *heap;
    f->instance = instance_with(f, AVERAGE);
    heap = host_fixture_malloc_of(f->instance);
    alloc_from(f, heap, 0, 900); /* the stack is already recorded */
    trace_check_start(f->instance, TRACE_PATH);
    sim_os_fail(f->sim, SIM_SET(SIM_OBJECT_ALLOC), 0, SIM_FOREVER, ERROR_NOT_ENOUGH_MEMORY);
    alloc_from(f, heap, 0, 900);
    trace_check_stop(f, &content);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    assert_int_equal(content.event_count, 1);
    assert_int_equal(content.site_count, 1);
    assert_int_equal(content.module_count, 0);
    trace_free(&content);
    IHostMalloc_Release(heap);
    hostmem_release(f->instance);
    f->instance = standing;
}

/* ---- Threads ---- */

#define THREADS 4u
#define ROUNDS 20000u
#define HELD 32u

typedef struct worker {
    sim_thread *thread;
    IHostMalloc *heap;
    void *held[HELD];
    unsigned wrong;
} worker;

static void take_and_give(void *context)
{
    worker *self = context;
    unsigned round;
    for (round = 0; round < ROUNDS; round++) {
        void **held = &self->held[round % HELD];
        if (*held)
            self->wrong += IHostMalloc_Free(self->heap, *held) != S_OK;
        self->wrong += IHostMalloc_Alloc(self->heap, round % 90, eTaskCritical, held) != S_OK;
    }
}

static void in_a_storm_each_thread_has_its_stack(void **state)
{
    host_fixture *f = *state;
    hostmem *instance = instance_with(f, 100);
    IHostMalloc *heap = host_fixture_malloc_of(instance);
    hostmem_stats stats = {.size = sizeof stats};
    UINT64 blocks = 0, bytes = 0;
    static worker workers[THREADS];
    unsigned i, stacks = 0;
    list all;
    for (i = 0; i < THREADS; i++) {
        workers[i] = (worker){.heap = heap};
        workers[i].thread = sim_thread_start(take_and_give, &workers[i]);
        assert_non_null(workers[i].thread);
    }
    for (i = 0; i < 50; i++)
        origins_of(instance);
    for (i = 0; i < THREADS; i++) {
        sim_thread_join(workers[i].thread);
        assert_int_equal(workers[i].wrong, 0);
    }
    all = origins_of(instance);
    assert_int_equal(hostmem_get_stats(instance, &stats), S_OK);
    for (i = 0; i < all.count; i++) {
        stacks += all.origins[i].kind == HOSTMEM_ORIGIN_STACK;
        blocks += all.origins[i].live_blocks;
        bytes += all.origins[i].live_bytes;
    }
    assert_int_equal(stacks, THREADS);
    assert_int_equal(blocks, stats.heap_blocks);
    assert_int_equal(bytes, stats.heap_bytes);
    IHostMalloc_Release(heap);
    assert_int_equal(hostmem_release(instance), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_begins_at_the_caller),
        cmocka_unit_test(a_stack_without_the_caller_is_kept),
        cmocka_unit_test(a_stack_ends_before_a_frame_of_zero),
        cmocka_unit_test(samples_stand_for_all_blocks),
        cmocka_unit_test(every_size_has_its_own_chance),
        fixture_test(sampled_blocks_count_where_they_were_called_from),
        fixture_test(small_blocks_are_estimated_by_samples),
        fixture_test(without_a_wish_a_stack_or_memory_the_origin_is_unknown),
        fixture_test(growth_and_reports_tell_of_stacks),
        fixture_test(traces_have_stacks_and_their_modules),
        fixture_test(traces_have_the_stacks_of_commits),
        fixture_test(without_memory_a_trace_has_no_modules),
        fixture_test(in_a_storm_each_thread_has_its_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
