/* Four threads make random calls through the COM interfaces on the real system for some seconds while the limit
 * changes. Memory is passed between threads, frees of it race, and foreign pointers are freed as well: every call
 * must return one of its possible results, and at the end every figure is what it was at the start.
 *
 * The races are chosen so that the outcome is certain: two threads free the same thing, at an address that nobody
 * else can get meanwhile, and exactly one of them succeeds. Workers count mistakes; the main thread asserts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#include <cmocka.h>
#include <corerror.h>
#include <string.h>

#include "held_stats.h"

#define PAGE ((SIZE_T)4096)
#define STORM_MS 3000
#define PATIENCE_MS 240000 /* for the threads' ends; only a hang takes longer */
#define THREADS 4
#define SLOTS 32

/* A pair of threads that free the same thing at the same time. */
typedef struct race {
    IHostMalloc *heap; /* only this pair's, so that no other thread gets the address */
    _Atomic(void *) block;
    _Atomic(void *) region;
    atomic_uint arrived;
    atomic_uint finished;
    atomic_uint blocks_freed;
    atomic_uint regions_freed;
    atomic_uint rounds;
    atomic_bool last; /* this is the last round */
} race;

typedef struct storm {
    hostmem *instance;
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    _Atomic(void *) mailbox[SLOTS]; /* blocks being passed to another thread */
    _Atomic(void *) regions[SLOTS]; /* reservations of REGION_PAGES pages being passed to another thread */
    race race;
    atomic_bool stop;
    atomic_uint wrong;
    _Atomic(const char *) first_wrong;
    _Atomic uint64_t refused[3];
    atomic_uint done; /* operations that succeeded */
} storm;

typedef struct worker {
    storm *storm;
    unsigned number;
    UINT64 random;
} worker;

#define REGION_PAGES 40u

static void expect(storm *storm, BOOL right, const char *what)
{
    const char *none = NULL;
    if (right)
        return;
    atomic_fetch_add(&storm->wrong, 1);
    atomic_compare_exchange_strong(&storm->first_wrong, &none, what);
}

static unsigned below(worker *self, unsigned limit)
{
    self->random = self->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(self->random >> 33) % limit;
}

/* A request may only be refused by the limit; refusals are counted. */
static BOOL admitted(worker *self, HRESULT hr, EMemoryCriticalLevel level, const void *out)
{
    storm *storm = self->storm;
    if (hr == S_OK) {
        atomic_fetch_add(&storm->done, 1);
        expect(storm, out != NULL, "S_OK without memory");
        return TRUE;
    }
    atomic_fetch_add(&storm->refused[level], 1);
    expect(storm, hr == E_OUTOFMEMORY && !out, "a refusal other than E_OUTOFMEMORY");
    expect(storm, level != eProcessCritical, "a refusal of a process critical request");
    return FALSE;
}

/* ---- The threads' operations ---- */

/* Exchanges a new block for the one in the mailbox, which may be another thread's. */
static void trade_block(worker *self)
{
    storm *storm = self->storm;
    EMemoryCriticalLevel level = (EMemoryCriticalLevel)below(self, 3);
    unsigned size = below(self, below(self, 20) ? 500 : 100000);
    char file[] = "storm.cpp";
    void *block = NULL;
    HRESULT hr = below(self, 4) ? IHostMalloc_Alloc(storm->heap, size, level, &block)
                                : IHostMalloc_DebugAlloc(storm->heap, size, level, file, (int)below(self, 50), &block);
    if (!admitted(self, hr, level, block))
        block = NULL;
    else
        memset(block, 0x11, size);
    block = atomic_exchange(&storm->mailbox[below(self, SLOTS)], block);
    expect(storm, IHostMalloc_Free(storm->heap, block) == S_OK, "Free of a live block");
}

/* Takes a region from its slot, so that no other thread has it, does something with it, and passes it on or
 * releases it. */
static void work_on_region(worker *self)
{
    static const DWORD protections[] = {PAGE_READWRITE, PAGE_EXECUTE_READWRITE, PAGE_READONLY};
    storm *storm = self->storm;
    IHostMemoryManager *manager = storm->manager;
    EMemoryCriticalLevel level = (EMemoryCriticalLevel)below(self, 3);
    unsigned slot = below(self, SLOTS), first = below(self, REGION_PAGES);
    SIZE_T size = (1 + below(self, REGION_PAGES - first)) * PAGE;
    char *region = atomic_exchange(&storm->regions[slot], NULL), *at = region + first * PAGE;
    MEMORY_BASIC_INFORMATION info;
    SIZE_T written;
    void *out = NULL;
    DWORD old;
    if (!region) {
        HRESULT hr = IHostMemoryManager_VirtualAlloc(manager, NULL, REGION_PAGES * PAGE,
                                                     below(self, 2) ? MEM_RESERVE : MEM_COMMIT, PAGE_READWRITE, level,
                                                     (void **)&region);
        if (!admitted(self, hr, level, region))
            region = NULL;
    } else if (below(self, 6) == 0) {
        expect(storm, IHostMemoryManager_VirtualFree(manager, region, 0, MEM_RELEASE) == S_OK, "release of a region");
        region = NULL;
    } else if (below(self, 2)) {
        HRESULT hr = IHostMemoryManager_VirtualAlloc(manager, at, size, MEM_COMMIT, protections[below(self, 2)], level,
                                                     &out);
        if (admitted(self, hr, level, out)) {
            expect(storm, out == at, "a commit somewhere else");
            memset(at, 0x22, size);
            hr = IHostMemoryManager_VirtualProtect(manager, at, size, protections[below(self, 3)], &old);
            expect(storm, hr == S_OK, "VirtualProtect of what was just committed");
        }
    } else {
        expect(storm, IHostMemoryManager_VirtualFree(manager, at, size, MEM_DECOMMIT) == S_OK, "decommit");
        expect(storm,
               IHostMemoryManager_VirtualQuery(manager, at, &info, sizeof info, &written) == S_OK &&
                   info.State == MEM_RESERVE,
               "what was decommitted is reserved");
    }
    region = atomic_exchange(&storm->regions[slot], region);
    if (region) /* another thread has filled the slot meanwhile */
        expect(storm, IHostMemoryManager_VirtualFree(manager, region, 0, MEM_RELEASE) == S_OK, "release of a leftover");
}

static void free_what_is_foreign(worker *self)
{
    static char own_image[64];
    storm *storm = self->storm;
    _Alignas(16) char stack[64];
    char *block = NULL;
    expect(storm, IHostMalloc_Free(storm->heap, stack + 16) == HOST_E_INVALIDOPERATION, "Free of the stack");
    expect(storm, IHostMalloc_Free(storm->heap, own_image) == HOST_E_INVALIDOPERATION, "Free of the image");
    expect(storm, IHostMemoryManager_VirtualFree(storm->manager, own_image, 0, MEM_RELEASE) == HOST_E_INVALIDOPERATION,
           "VirtualFree of the image");
    expect(storm, IHostMemoryManager_VirtualFree(storm->manager, stack, 1, MEM_DECOMMIT) == HOST_E_INVALIDOPERATION,
           "VirtualFree of the stack");
    if (IHostMalloc_Alloc(storm->heap, 256, eProcessCritical, (void **)&block) == S_OK) {
        expect(storm, IHostMalloc_Free(storm->heap, block + 32) == HOST_E_INVALIDOPERATION, "Free of an interior");
        expect(storm, IHostMalloc_Free(storm->heap, block) == S_OK, "Free of the block itself");
    }
}

static void make_and_drop_a_heap(worker *self)
{
    storm *storm = self->storm;
    IHostMalloc *heap = NULL;
    void *block;
    unsigned i;
    if (IHostMemoryManager_CreateMalloc(storm->manager, below(self, 2), &heap) != S_OK) {
        expect(storm, FALSE, "CreateMalloc");
        return;
    }
    for (i = below(self, 20); i > 0; i--)
        expect(storm, IHostMalloc_Alloc(heap, i * 10, eProcessCritical, &block) == S_OK, "Alloc in a new heap");
    expect(storm, IHostMalloc_Release(heap) == 0, "the only reference on a heap"); /* with blocks in it */
}

static void move_the_limit(worker *self)
{
    UINT64 limit = below(self, 3) ? (UINT64)below(self, 4000) * PAGE : 0;
    SIZE_T available;
    DWORD load;
    hostmem_stats stats = {.size = sizeof stats};
    expect(self->storm, hostmem_set_limit(self->storm->instance, limit) == S_OK, "hostmem_set_limit");
    expect(self->storm, hostmem_get_stats(self->storm->instance, &stats) == S_OK, "hostmem_get_stats");
    expect(self->storm, !((stats.heap_bytes | stats.used_bytes) >> 40), "a figure below zero");
    expect(self->storm, IHostMemoryManager_GetMemoryLoad(self->storm->manager, &load, &available) == S_OK, "load");
    expect(self->storm, load <= 100, "a load of more than all");
}

/* Threads 0 and 1 enter this together; thread 0 prepares and decides whether this is the last round, which is the
 * return value. */
static BOOL race_to_free(worker *self)
{
    storm *storm = self->storm;
    race *race = &storm->race;
    unsigned round = atomic_load(&race->rounds);
    void *block = NULL, *region = NULL;
    BOOL last;
    HRESULT hr;
    if (self->number == 0) {
        expect(storm, IHostMalloc_Alloc(race->heap, 64, eProcessCritical, &block) == S_OK, "a block to race for");
        /* Reserved top-down, where no other thread of this test allocates. */
        expect(storm,
               IHostMemoryManager_VirtualAlloc(storm->manager, NULL, 4 * PAGE, MEM_COMMIT | MEM_TOP_DOWN,
                                               PAGE_READWRITE, eProcessCritical, &region) == S_OK,
               "a region to race for");
        atomic_store(&race->block, block);
        atomic_store(&race->region, region);
        atomic_store(&race->last, atomic_load(&storm->stop));
    }
    atomic_fetch_add(&race->arrived, 1);
    while (atomic_load(&race->arrived) < 2 * (round + 1))
        SwitchToThread();
    block = atomic_load(&race->block);
    region = atomic_load(&race->region);
    last = atomic_load(&race->last);

    hr = IHostMalloc_Free(race->heap, block);
    expect(storm, hr == S_OK || hr == HOST_E_INVALIDOPERATION, "a racing Free");
    atomic_fetch_add(&race->blocks_freed, hr == S_OK);
    hr = IHostMemoryManager_VirtualFree(storm->manager, region, 0, MEM_RELEASE);
    expect(storm, hr == S_OK || hr == HOST_E_INVALIDOPERATION, "a racing VirtualFree");
    atomic_fetch_add(&race->regions_freed, hr == S_OK);

    /* The next round is not prepared before both have finished this one. */
    if (atomic_fetch_add(&race->finished, 1) == 2 * round + 1)
        atomic_fetch_add(&race->rounds, 1);
    while (atomic_load(&race->rounds) == round)
        SwitchToThread();
    return last;
}

static DWORD WINAPI run(void *context)
{
    worker *self = context;
    BOOL races = self->number < 2, last = FALSE;
    while (races ? !last : !atomic_load(&self->storm->stop)) {
        switch (below(self, 16)) {
        case 0:
            free_what_is_foreign(self);
            break;
        case 1:
            make_and_drop_a_heap(self);
            break;
        case 2:
            move_the_limit(self);
            break;
        case 3:
        case 4:
        case 5:
        case 6:
            trade_block(self);
            break;
        default:
            work_on_region(self);
            break;
        }
        if (races)
            last = race_to_free(self);
    }
    return 0;
}

static void sweep(storm *storm)
{
    unsigned i;
    for (i = 0; i < SLOTS; i++) {
        void *region = atomic_load(&storm->regions[i]);
        assert_int_equal(IHostMalloc_Free(storm->heap, atomic_load(&storm->mailbox[i])), S_OK);
        if (region)
            assert_int_equal(IHostMemoryManager_VirtualFree(storm->manager, region, 0, MEM_RELEASE), S_OK);
    }
}

static BOOL was_a_storm(const storm *storm)
{
    return atomic_load(&storm->done) > 1000 && atomic_load(&storm->race.rounds) > 100 &&
           atomic_load(&storm->refused[0]) && atomic_load(&storm->refused[1]);
}

static void every_counter_ends_where_it_began(void **state)
{
    static storm storm;
    static worker workers[THREADS];
    HANDLE threads[THREADS];
    hostmem_stats before = {.size = sizeof before}, after = before;
    unsigned i, rounds;
    (void)state;
    assert_int_equal(hostmem_create(NULL, &storm.instance), S_OK);
    assert_int_equal(hostmem_get_manager(storm.instance, &storm.manager), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(storm.manager, MALLOC_THREADSAFE, &storm.heap), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(storm.manager, MALLOC_THREADSAFE, &storm.race.heap), S_OK);
    assert_int_equal(hostmem_get_stats(storm.instance, &before), S_OK);

    for (i = 0; i < THREADS; i++) {
        workers[i] = (worker){&storm, i, i + 1};
        threads[i] = CreateThread(NULL, 0, run, &workers[i], 0, NULL);
        assert_non_null(threads[i]);
    }
    do
        Sleep(STORM_MS);
    while (!was_a_storm(&storm) && !atomic_load(&storm.wrong)); /* on a slow machine */
    atomic_store(&storm.stop, TRUE);
    assert_int_equal(WaitForMultipleObjects(THREADS, threads, TRUE, PATIENCE_MS), WAIT_OBJECT_0);
    for (i = 0; i < THREADS; i++)
        CloseHandle(threads[i]);

    if (atomic_load(&storm.wrong))
        fail_msg("%u times something was wrong; first: %s", atomic_load(&storm.wrong), atomic_load(&storm.first_wrong));
    sweep(&storm);
    rounds = atomic_load(&storm.race.rounds);
    print_message("%u requests granted, %u refused, %u races\n", atomic_load(&storm.done),
                  (unsigned)(storm.refused[0] + storm.refused[1]), rounds);
    assert_true(was_a_storm(&storm));
    assert_int_equal(atomic_load(&storm.race.blocks_freed), rounds);
    assert_int_equal(atomic_load(&storm.race.regions_freed), rounds);

    assert_int_equal(hostmem_set_limit(storm.instance, 0), S_OK);
    assert_int_equal(hostmem_get_stats(storm.instance, &after), S_OK);
    for (i = 0; i < 3; i++)
        assert_int_equal(after.refused[i], storm.refused[i]);
    assert_true(after.peak_committed_bytes >= REGION_PAGES * PAGE);
    assert_true(after.peak_used_bytes >= after.peak_committed_bytes);
    before = held_stats(&before);
    after = held_stats(&after);
    assert_memory_equal(&after, &before, sizeof after);

    assert_int_equal(IHostMalloc_Release(storm.race.heap), 0);
    assert_int_equal(IHostMalloc_Release(storm.heap), 0);
    assert_int_equal(IHostMemoryManager_Release(storm.manager), 1);
    assert_int_equal(hostmem_release(storm.instance), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_counter_ends_where_it_began),
    };
    return cmocka_run_group_tests_name("storm", tests, NULL, NULL);
}
