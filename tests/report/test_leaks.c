/* Reports of what is left when heaps and instances are released: which function gets them, on which thread, and
 * when there are none. */
#include "host_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "sim_thread.h"

static char a[] = "a.cpp", b[] = "b.cpp";

typedef struct listener {
    char text[2000];
    UINT32 thread;           /* that the last line was reported on */
    host_fixture *f;         /* whose system it uses */
    hostmem *instance;       /* whose figures the sink reads; NULL: none */
    UINT64 heap_blocks;      /* read there */
    IHostMalloc *other_heap; /* where the sink allocates a block; NULL: nowhere */
} listener;

static void hear(void *context, const char *line)
{
    listener *self = context;
    hostmem_stats stats = {.size = sizeof stats};
    void *block;
    assert_true(strlen(self->text) + strlen(line) + 2 < sizeof self->text);
    strcat(self->text, line);
    strcat(self->text, "\n");
    self->thread = self->f->os->thread_id(self->f->os);
    if (self->instance && hostmem_get_stats(self->instance, &stats) == S_OK)
        self->heap_blocks = stats.heap_blocks;
    if (self->other_heap && IHostMalloc_Alloc(self->other_heap, 1, eTaskCritical, &block) == S_OK)
        IHostMalloc_Free(self->other_heap, block);
    self->f->os->set_last_error(self->f->os, 1);
}

static hostmem *instance_for(host_fixture *f, listener *to)
{
    hostmem_config config = {.size = sizeof config, .os = f->os, .leak_sink = hear, .leak_context = to};
    hostmem *instance;
    *to = (listener){.f = f};
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    return instance;
}

static void *make(IHostMalloc *heap, char *file, int line, SIZE_T size)
{
    void *block;
    if (file)
        assert_int_equal(IHostMalloc_DebugAlloc(heap, size, eTaskCritical, file, line, &block), S_OK);
    else
        assert_int_equal(IHostMalloc_Alloc(heap, size, eTaskCritical, &block), S_OK);
    return block;
}

static ULONG release(host_fixture *f, IHostMalloc *heap)
{
    ULONG references;
    f->os->set_last_error(f->os, FIXTURE_LAST_ERROR);
    references = IHostMalloc_Release(heap);
    assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    return references;
}

static void a_heap_reports_what_is_left_in_it_alone(void **state)
{
    host_fixture *f = *state;
    listener to;
    hostmem *instance = instance_for(f, &to);
    IHostMalloc *heap = host_fixture_malloc_of(instance), *other = host_fixture_malloc_of(instance);
    to.instance = instance;
    to.other_heap = other;
    make(heap, a, 7, 100);
    sim_os_advance(f->sim, 12800);
    make(heap, a, 7, 50);
    make(heap, NULL, 0, 30);
    make(heap, NULL, 0, 30);
    make(other, a, 7, 5000);
    make(other, b, 1, 1);
    assert_int_equal(IHostMalloc_Free(heap, make(heap, b, 1, 700)), S_OK);
    IHostMalloc_AddRef(heap);
    assert_int_equal(release(f, heap), 1);
    assert_string_equal(to.text, ""); /* the heap still has a reference */
    assert_int_equal(release(f, heap), 0);
    assert_string_equal(to.text, "hostmem: 4 blocks (210 bytes) leaked in a released heap:\n"
                                 "       150 B in 2 blocks: a.cpp:7, the oldest from 12 s ago\n"
                                 "        60 B in 2 blocks: unknown origin\n");
    assert_int_equal(to.heap_blocks, 2); /* the heap was gone, and the sink could make calls */
    to = (listener){.f = f};
    make(other, b, 1, 1);
    release(f, other);
    assert_non_null(strstr(to.text, "hostmem: 3 blocks (5002 bytes) leaked in a released heap:\n"));
    assert_int_equal(hostmem_release(instance), 0);
}

static void the_instance_reports_what_other_heaps_hold(void **state)
{
    host_fixture *f = *state;
    listener to;
    hostmem *instance = instance_for(f, &to);
    IHostMalloc *heap = host_fixture_malloc_of(instance), *other = host_fixture_malloc_of(instance);
    make(heap, a, 1, 10);
    make(other, a, 1, 20);
    f->os->set_last_error(f->os, FIXTURE_LAST_ERROR);
    hostmem_release(instance);
    assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    assert_string_equal(to.text, "hostmem: 2 blocks (30 bytes) are still allocated:\n"
                                 "        30 B in 2 blocks: a.cpp:1, the oldest from 0 s ago\n");
    to.text[0] = 0;
    release(f, heap); /* the runtime releases it late */
    assert_string_equal(to.text, "hostmem: 1 block (10 bytes) leaked in a released heap:\n"
                                 "        10 B in 1 block: a.cpp:1, the oldest from 0 s ago\n");
    release(f, other);
}

typedef struct releaser {
    host_fixture *f;
    IHostMalloc *heap;
    UINT32 thread;
} releaser;

static void release_heap(void *context)
{
    releaser *self = context;
    self->thread = self->f->os->thread_id(self->f->os);
    IHostMalloc_Release(self->heap);
}

static void the_thread_that_releases_is_the_one_that_reports(void **state)
{
    host_fixture *f = *state;
    listener to;
    hostmem *instance = instance_for(f, &to);
    releaser by = {f, host_fixture_malloc_of(instance), 0};
    sim_thread *thread;
    make(by.heap, a, 1, 10);
    thread = sim_thread_start(release_heap, &by);
    assert_non_null(thread);
    sim_thread_join(thread);
    assert_string_not_equal(to.text, "");
    assert_int_equal(to.thread, by.thread);
    assert_int_not_equal(to.thread, f->os->thread_id(f->os));
    hostmem_release(instance);
}

static void where_nothing_is_left_nothing_is_reported(void **state)
{
    host_fixture *f = *state;
    listener to;
    hostmem *instance = instance_for(f, &to);
    IHostMalloc *heap = host_fixture_malloc_of(instance);
    assert_int_equal(IHostMalloc_Free(heap, make(heap, a, 1, 10)), S_OK);
    assert_int_equal(IHostMalloc_Free(heap, make(heap, NULL, 0, 10)), S_OK);
    release(f, heap);
    assert_int_equal(hostmem_release(instance), 0);
    assert_string_equal(to.text, "");
}

static void at_the_end_of_the_process_nothing_is_reported(void **state)
{
    host_fixture *f = *state;
    listener to;
    hostmem *instance = instance_for(f, &to);
    IHostMalloc *heap = host_fixture_malloc_of(instance), *other = host_fixture_malloc_of(instance);
    make(heap, a, 1, 10);
    make(other, a, 1, 10);
    sim_os_set_process_ending(f->sim, TRUE);
    release(f, heap);
    hostmem_release(instance);
    release(f, other);
    sim_os_set_process_ending(f->sim, FALSE);
    assert_string_equal(to.text, "");
}

static void without_memory_there_is_no_report_and_all_else_goes_on(void **state)
{
    host_fixture *f = *state;
    listener to;
    hostmem *instance = instance_for(f, &to);
    IHostMalloc *heap = host_fixture_malloc_of(instance), *other = host_fixture_malloc_of(instance);
    make(heap, a, 1, 10);
    make(other, a, 1, 10);
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT), 0, SIM_FOREVER,
                ERROR_NOT_ENOUGH_MEMORY);
    release(f, heap);
    f->os->set_last_error(f->os, FIXTURE_LAST_ERROR);
    hostmem_release(instance);
    assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    assert_string_equal(to.text, "");
    release(f, other); /* there is memory again */
    assert_string_not_equal(to.text, "");
}

/* ---- A sink that is left without returning ---- */

static jmp_buf way_out;

static void leave(void *context, const char *line)
{
    UINT32 *calls = context;
    (void)line;
    if (!(*calls)++)
        longjmp(way_out, 1);
}

/* On a system of its own: a reference and the report are not freed. */
static void what_leaves_the_sink_costs_no_block(void **state)
{
    sim_os *sim = sim_os_create(NULL);
    UINT32 calls = 0;
    const hostmem_config config = {.size = sizeof config,
                                   .os = sim_os_functions(sim),
                                   .limit_bytes = 1 << 20,
                                   .leak_sink = leave,
                                   .leak_context = &calls};
    hostmem_stats stats = {.size = sizeof stats};
    sim_os_totals totals;
    hostmem *instance;
    IHostMalloc *heap;
    (void)state;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    heap = host_fixture_malloc_of(instance);
    make(heap, a, 1, 1000);
    make(heap, NULL, 0, 1 << 19);
    if (!setjmp(way_out)) {
        IHostMalloc_Release(heap);
        fail_msg("the sink was not left");
    }
    assert_int_equal(calls, 1);
    assert_int_equal(hostmem_get_stats(instance, &stats), S_OK);
    assert_int_equal(stats.heaps, 0);
    assert_int_equal(stats.heap_blocks, 0);
    assert_int_equal(stats.used_bytes, 0);
    sim_os_total(sim, &totals);
    assert_int_equal(totals.heaps, 0);
    assert_int_equal(totals.heap_blocks, 0);
    heap = host_fixture_malloc_of(instance); /* all of the limit is available to others */
    make(heap, NULL, 0, 1 << 20);
    IHostMalloc_Release(heap);
    assert_int_equal(hostmem_release(instance), 1);
    sim_os_destroy(sim);
}

static void an_instance_whose_release_was_left_can_be_released(void **state)
{
    sim_os *sim = sim_os_create(NULL);
    UINT32 calls = 0;
    const hostmem_config config = {
        .size = sizeof config, .os = sim_os_functions(sim), .leak_sink = leave, .leak_context = &calls};
    hostmem *instance;
    IHostMalloc *heap;
    (void)state;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    heap = host_fixture_malloc_of(instance);
    make(heap, a, 1, 1000);
    if (!setjmp(way_out)) {
        hostmem_release(instance);
        fail_msg("the sink was not left");
    }
    assert_int_equal(hostmem_release(instance), 1);
    assert_int_equal(IHostMalloc_Release(heap), 0);
    sim_os_destroy(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(a_heap_reports_what_is_left_in_it_alone),
        fixture_test(the_instance_reports_what_other_heaps_hold),
        fixture_test(the_thread_that_releases_is_the_one_that_reports),
        fixture_test(where_nothing_is_left_nothing_is_reported),
        fixture_test(at_the_end_of_the_process_nothing_is_reported),
        fixture_test(without_memory_there_is_no_report_and_all_else_goes_on),
        cmocka_unit_test(what_leaves_the_sink_costs_no_block),
        cmocka_unit_test(an_instance_whose_release_was_left_can_be_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
