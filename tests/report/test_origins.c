/* Live blocks by origin: exact when no call is running, whatever happened to blocks and heaps; and plausible while
 * threads are working. */
#include "host_fixture.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "sim_thread.h"

#define MOST 64

typedef struct list {
    hostmem_origin origins[MOST];
    unsigned count;
    unsigned most; /* how many to visit before stopping; 0: all */
} list;

static BOOL collect(void *context, const hostmem_origin *origin)
{
    list *to = context;
    assert_int_equal(origin->size, sizeof *origin);
    assert_true(to->count < MOST);
    to->origins[to->count++] = *origin;
    return to->count != to->most;
}

/* Collects the origins. No call is running, so the sums must equal the figures. */
static list origins_of(host_fixture *f)
{
    hostmem_stats stats = host_fixture_stats(f);
    UINT64 blocks = 0, bytes = 0;
    list all = {.count = 0};
    unsigned i;
    assert_int_equal(hostmem_for_each_origin(f->instance, collect, &all), S_OK);
    for (i = 0; i < all.count; i++) {
        assert_true(all.origins[i].live_blocks > 0);
        assert_true(!i || all.origins[i].live_bytes <= all.origins[i - 1].live_bytes);
        blocks += all.origins[i].live_blocks;
        bytes += all.origins[i].live_bytes;
    }
    assert_int_equal(blocks, stats.heap_blocks);
    assert_int_equal(bytes, stats.heap_bytes);
    return all;
}

static void *make(IHostMalloc *heap, char *file, int line, SIZE_T size)
{
    void *block;
    assert_int_equal(IHostMalloc_DebugAlloc(heap, size, eTaskCritical, file, line, &block), S_OK);
    return block;
}

static void drop(IHostMalloc *heap, void *block)
{
    assert_int_equal(IHostMalloc_Free(heap, block), S_OK);
}

#define expect_origin(origin, name, in_line, blocks, bytes) \
    check_origin(origin, name, in_line, blocks, bytes, __FILE__, __LINE__)
static void check_origin(const hostmem_origin *origin, const char *name, int in_line, UINT64 blocks, UINT64 bytes,
                         const char *file, int line)
{
    _assert_int_equal(origin->kind, in_line ? HOSTMEM_ORIGIN_SITE : HOSTMEM_ORIGIN_UNKNOWN, file, line);
    _assert_string_equal(origin->file, name, file, line);
    _assert_true(origin->line == in_line, "the line", file, line);
    _assert_int_equal(origin->live_blocks, blocks, file, line);
    _assert_int_equal(origin->live_bytes, bytes, file, line);
    _assert_int_equal(origin->id != 0, in_line != 0, file, line);
}

static void blocks_count_where_they_were_made(void **state)
{
    static char a[] = "a.cpp", b[] = "b.cpp";
    host_fixture *f = *state;
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    void *first = make(heap, a, 7, 100), *second = make(heap, a, 7, 50), *third = make(heap, b, 7, 1000), *other;
    list all;
    assert_int_equal(IHostMalloc_Alloc(heap, 120, eTaskCritical, &other), S_OK);
    all = origins_of(f);
    assert_int_equal(all.count, 3);
    expect_origin(&all.origins[0], "b.cpp", 7, 1, 1000);
    expect_origin(&all.origins[1], "a.cpp", 7, 2, 150);
    expect_origin(&all.origins[2], "", 0, 1, 120);
    drop(heap, first);
    drop(heap, third);
    assert_int_equal(IHostMalloc_Free(heap, third), HOST_E_INVALIDOPERATION);
    all = origins_of(f);
    assert_int_equal(all.count, 2);
    expect_origin(&all.origins[0], "", 0, 1, 120);
    expect_origin(&all.origins[1], "a.cpp", 7, 1, 50);
    drop(heap, second);
    drop(heap, other);
    assert_int_equal(origins_of(f).count, 0);
    IHostMalloc_Release(heap);
}

static void what_goes_with_its_heap_is_gone(void **state)
{
    static char a[] = "a.cpp";
    host_fixture *f = *state;
    IHostMalloc *one = host_fixture_malloc(f, MALLOC_THREADSAFE), *two = host_fixture_malloc(f, 0);
    list all;
    make(one, a, 1, 10);
    make(one, a, 2, 20);
    make(two, a, 1, 30);
    all = origins_of(f);
    assert_int_equal(all.count, 2);
    expect_origin(&all.origins[0], "a.cpp", 1, 2, 40);
    IHostMalloc_Release(one);
    all = origins_of(f);
    assert_int_equal(all.count, 1);
    expect_origin(&all.origins[0], "a.cpp", 1, 1, 30);
    IHostMalloc_Release(two);
    assert_int_equal(origins_of(f).count, 0);
}

static void a_block_without_memory_is_none(void **state)
{
    static char a[] = "a.cpp";
    host_fixture *f = *state;
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    void *block = make(heap, a, 1, 1), *failed;
    sim_os_fail(f->sim, SIM_SET(SIM_HEAP_ALLOC), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(IHostMalloc_DebugAlloc(heap, 5, eTaskCritical, a, 1, &failed), E_OUTOFMEMORY);
    assert_int_equal(origins_of(f).count, 1);
    /* The system accepts the block only at the second try. */
    sim_os_fail(f->sim, SIM_SET(SIM_HEAP_FREE), 0, 1, ERROR_INVALID_PARAMETER);
    assert_int_equal(IHostMalloc_Free(heap, block), E_INVALIDARG);
    assert_int_equal(origins_of(f).count, 1);
    drop(heap, block);
    assert_int_equal(origins_of(f).count, 0);
    IHostMalloc_Release(heap);
}

static void without_memory_for_records_blocks_are_of_unknown_origin(void **state)
{
    static char a[] = "a.cpp";
    host_fixture *f = *state;
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    void *other, *block;
    list all;
    assert_int_equal(IHostMalloc_Alloc(heap, 1, eTaskCritical, &other), S_OK); /* the heap has its table now */
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_COMMIT) | SIM_SET(SIM_TABLE_RESERVE), 0, SIM_FOREVER, ERROR_COMMITMENT_LIMIT);
    f->os->set_last_error(f->os, FIXTURE_LAST_ERROR);
    block = make(heap, a, 1, 9);
    assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    all = origins_of(f);
    assert_int_equal(all.count, 1);
    expect_origin(&all.origins[0], "", 0, 2, 10);
    drop(heap, block);
    drop(heap, other);
    /* The next block gets its record. */
    block = make(heap, a, 1, 9);
    all = origins_of(f);
    expect_origin(&all.origins[0], "a.cpp", 1, 1, 9);
    drop(heap, block);
    IHostMalloc_Release(heap);
}

static void the_oldest_has_its_age(void **state)
{
    static char a[] = "a.cpp";
    host_fixture *f = *state;
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    void *old, *middle, *young;
    sim_os_advance(f->sim, 1600);
    old = make(heap, a, 1, 1);
    sim_os_advance(f->sim, 16000);
    middle = make(heap, a, 1, 1);
    sim_os_advance(f->sim, 320);
    young = make(heap, a, 1, 1);
    assert_int_equal(origins_of(f).origins[0].oldest_ms, 16320);
    drop(heap, old);
    assert_int_equal(origins_of(f).origins[0].oldest_ms, 320);
    drop(heap, middle);
    assert_int_equal(origins_of(f).origins[0].oldest_ms, 0);
    drop(heap, young);
    IHostMalloc_Release(heap);
}

static void many_origins_come_in_order(void **state)
{
    static char a[] = "a.cpp";
    host_fixture *f = *state;
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    list all = {.most = 5};
    unsigned i;
    for (i = 0; i < MOST; i++)
        make(heap, a, (int)i + 1, i * 37 % MOST + 1);
    assert_int_equal(origins_of(f).count, MOST);
    assert_int_equal(hostmem_for_each_origin(f->instance, collect, &all), S_FALSE);
    assert_int_equal(all.count, 5);
    assert_int_equal(all.origins[0].live_bytes, MOST);
    IHostMalloc_Release(heap);
}

static void wrong_arguments_are_refused(void **state)
{
    host_fixture *f = *state;
    list all = {.count = 0};
    assert_int_equal(hostmem_for_each_origin(NULL, collect, &all), E_POINTER);
    assert_int_equal(hostmem_for_each_origin(f->instance, NULL, &all), E_POINTER);
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_RESERVE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hostmem_for_each_origin(f->instance, collect, &all), E_OUTOFMEMORY);
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_COMMIT), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hostmem_for_each_origin(f->instance, collect, &all), E_OUTOFMEMORY);
}

/* ---- Storm ---- */

#define THREADS 4u
#define VISITS 50u
#define ROUNDS 4000u
#define HELD 16u

typedef struct worker {
    host_fixture *f;
    sim_thread *thread;
    _Atomic UINT32 *visits;   /* that are still to be made */
    _Atomic(void *) *mailbox; /* blocks that another thread frees */
    IHostMalloc *shared;
    UINT32 wrong;
} worker;

/* Allocates and frees. Blocks of line n have n * 10 bytes. */
static void take_and_give(void *context)
{
    static char a[] = "storm.cpp";
    worker *self = context;
    IHostMalloc *own = NULL;
    void *held[HELD] = {NULL}, *block;
    unsigned round;
    for (round = 0; round < ROUNDS || atomic_load(self->visits); round++) {
        int line = (int)(round % 7) + 1;
        if (round % 200 == 0) { /* heaps are created and released with blocks in them */
            if (own)
                IHostMalloc_Release(own);
            self->wrong += IHostMemoryManager_CreateMalloc(self->f->manager, MALLOC_THREADSAFE, &own) != S_OK;
        }
        self->wrong += IHostMalloc_DebugAlloc(own, (SIZE_T)line * 10, eTaskCritical, a, line, &block) != S_OK;
        self->wrong += IHostMalloc_DebugAlloc(self->shared, (SIZE_T)line * 10, eTaskCritical, a, line, &block) != S_OK;
        block = atomic_exchange(self->mailbox, block);
        if (held[round % HELD])
            self->wrong += IHostMalloc_Free(self->shared, held[round % HELD]) != S_OK;
        held[round % HELD] = block;
    }
    for (round = 0; round < HELD; round++)
        self->wrong += IHostMalloc_Free(self->shared, held[round]) != S_OK;
    IHostMalloc_Release(own);
}

typedef struct inspection {
    UINT64 origins, wrong;
} inspection;

static BOOL inspect(void *context, const hostmem_origin *origin)
{
    inspection *by = context;
    by->origins += origin->kind == HOSTMEM_ORIGIN_SITE;
    by->wrong += origin->kind == HOSTMEM_ORIGIN_SITE &&
                 (strcmp(origin->file, "storm.cpp") || origin->line < 1 || origin->line > 7 ||
                  origin->live_bytes != origin->live_blocks * (UINT64)origin->line * 10 || origin->oldest_ms > 0);
    return TRUE;
}

static void in_a_storm_every_origin_makes_sense(void **state)
{
    host_fixture *f = *state;
    IHostMalloc *shared = host_fixture_malloc(f, MALLOC_THREADSAFE);
    _Atomic UINT32 visits = VISITS;
    _Atomic(void *) mailbox = NULL;
    worker workers[THREADS];
    inspection by = {0};
    unsigned i;
    for (i = 0; i < THREADS; i++) {
        workers[i] = (worker){f, NULL, &visits, &mailbox, shared, 0};
        workers[i].thread = sim_thread_start(take_and_give, &workers[i]);
        assert_non_null(workers[i].thread);
    }
    while (atomic_load(&visits)) {
        if (hostmem_for_each_origin(f->instance, inspect, &by) != S_OK)
            by.wrong++;
        if (by.origins) /* the threads have begun */
            atomic_fetch_sub(&visits, 1);
    }
    for (i = 0; i < THREADS; i++) {
        sim_thread_join(workers[i].thread);
        assert_int_equal(workers[i].wrong, 0);
    }
    assert_int_equal(by.wrong, 0);
    assert_true(by.origins > 0);
    origins_of(f);
    assert_int_equal(IHostMalloc_Free(shared, atomic_load(&mailbox)), S_OK);
    assert_int_equal(origins_of(f).count, 0);
    IHostMalloc_Release(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(blocks_count_where_they_were_made),
        fixture_test(what_goes_with_its_heap_is_gone),
        fixture_test(a_block_without_memory_is_none),
        fixture_test(without_memory_for_records_blocks_are_of_unknown_origin),
        fixture_test(the_oldest_has_its_age),
        fixture_test(many_origins_come_in_order),
        fixture_test(wrong_arguments_are_refused),
        fixture_test(in_a_storm_every_origin_makes_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
