/* Regions: the same as the simulated system has when no call is running; in the middle of other threads' calls
 * nothing that did not exist. */
#include "host_fixture.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "sim_thread.h"

#define PAGE FIXTURE_PAGE
#define GRANULE FIXTURE_GRANULE
#define MOST 512

typedef struct list {
    hostmem_region regions[MOST];
    unsigned count;
    unsigned most; /* how many to visit before stopping; 0: all */
} list;

static BOOL collect(void *context, const hostmem_region *region)
{
    list *to = context;
    assert_int_equal(region->size, sizeof *region);
    assert_true(to->count < MOST);
    to->regions[to->count++] = *region;
    return to->count != to->most;
}

static list regions_of(host_fixture *f)
{
    list all = {.count = 0};
    assert_int_equal(hostmem_for_each_region(f->instance, collect, &all), S_OK);
    return all;
}

/* What the simulated system has, with neighbours in the same state merged. */
static void add_expected(void *context, const sim_os_run *run)
{
    list *to = context;
    hostmem_region *last = to->count ? &to->regions[to->count - 1] : NULL;
    if (run->foreign)
        return;
    if (last && last->allocation_base == (void *)run->allocation_base && last->state == run->state &&
        last->protect == run->protect) {
        last->bytes += run->size;
        return;
    }
    to->regions[to->count++] = (hostmem_region){
        sizeof *last, HOSTMEM_REGION_PAGES, (void *)run->base, (void *)run->allocation_base, run->size, 0,
        run->state,   run->protect};
}

static void regions_are_true(host_fixture *f)
{
    list all = regions_of(f), expected = {.count = 0};
    hostmem_stats stats = host_fixture_stats(f);
    hostmem_audit audit = {.size = sizeof audit};
    UINT64 bytes = 0;
    unsigned i;
    sim_os_walk(f->sim, add_expected, &expected);
    assert_int_equal(all.count, expected.count);
    for (i = 0; i < all.count; i++) {
        hostmem_region *region = &all.regions[i];
        if (i + 1 < all.count && region->allocation_base == all.regions[i + 1].allocation_base)
            assert_ptr_equal((char *)region->base + region->bytes, all.regions[i + 1].base);
        bytes += region->base == region->allocation_base ? region->allocation_bytes : 0;
        region->allocation_bytes = 0;
        assert_memory_equal(region, &expected.regions[i], sizeof *region);
    }
    assert_int_equal(bytes, stats.reserved_bytes);
    assert_int_equal(hostmem_get_audit(f->instance, &audit), S_OK);
    assert_int_equal(audit.regions, all.count);
    assert_int_equal(audit.reserved_bytes, stats.reserved_bytes);
    assert_int_equal(audit.committed_bytes, stats.committed_bytes);
    assert_int_equal(audit.executable_bytes, stats.executable_bytes);
    assert_int_equal(audit.mapped_bytes, 0);
}

static void release(host_fixture *f, void *base)
{
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, base, 0, MEM_RELEASE));
}

static void at_rest_they_are_what_the_system_has(void **state)
{
    host_fixture *f = *state;
    char *one, *two, *three;
    DWORD old;
    regions_are_true(f);
    one = host_fixture_alloc(f, NULL, 3 * GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    regions_are_true(f);
    host_fixture_alloc(f, one + PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    host_fixture_alloc(f, one + 3 * PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE); /* extends the run before */
    host_fixture_alloc(f, one + 4 * PAGE, PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    host_fixture_alloc(f, one + 3 * GRANULE - PAGE, PAGE, MEM_COMMIT, PAGE_READONLY | PAGE_GUARD);
    regions_are_true(f);
    two = host_fixture_alloc(f, NULL, 5, MEM_COMMIT, PAGE_READWRITE);
    three = host_fixture_alloc(f, NULL, 64 * GRANULE, MEM_COMMIT, PAGE_READWRITE);
    expect_success(f, IHostMemoryManager_VirtualProtect(f->manager, three + GRANULE, PAGE, PAGE_NOACCESS, &old));
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, three + 9 * PAGE, PAGE, MEM_DECOMMIT));
    assert_non_null(sim_os_add_foreign(f->sim, NULL, GRANULE, TRUE, PAGE_READWRITE));
    regions_are_true(f);
    assert_int_equal(regions_of(f).count, 5 + 1 + 5);
    release(f, one);
    regions_are_true(f);
    release(f, two);
    release(f, three);
    regions_are_true(f);
    assert_int_equal(regions_of(f).count, 0);
}

static void views_are_among_them(void **state)
{
    host_fixture *f = *state;
    char *pages = host_fixture_alloc(f, NULL, 2 * GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    char *view = sim_os_add_foreign(f->sim, NULL, 3 * PAGE, TRUE, PAGE_READONLY);
    list all;
    hostmem_audit audit = {.size = sizeof audit};
    const hostmem_region *region;
    assert_int_equal(IHostMemoryManager_AcquiredVirtualAddressSpace(f->manager, view, 3 * PAGE), S_OK);
    /* In a reservation: its pages are visited once. */
    assert_int_equal(IHostMemoryManager_AcquiredVirtualAddressSpace(f->manager, pages + GRANULE, PAGE), S_OK);
    all = regions_of(f);
    assert_int_equal(all.count, 2);
    region = &all.regions[view > pages];
    assert_int_equal(region->kind, HOSTMEM_REGION_VIEW);
    assert_ptr_equal(region->base, view);
    assert_ptr_equal(region->allocation_base, view);
    assert_int_equal(region->bytes, 3 * PAGE);
    assert_int_equal(region->allocation_bytes, 3 * PAGE);
    assert_int_equal(region->state, MEM_COMMIT);
    assert_int_equal(region->protect, PAGE_READONLY);
    assert_int_equal(hostmem_get_audit(f->instance, &audit), S_OK);
    assert_int_equal(audit.mapped_bytes, 3 * PAGE);
    assert_int_equal(audit.reserved_bytes, 2 * GRANULE);
    assert_int_equal(audit.committed_bytes, 0);
    /* Unmapped without a report: nothing is there. */
    sim_os_remove_foreign(f->sim, view);
    assert_int_equal(regions_of(f).count, 1);
    IHostMemoryManager_ReleasedVirtualAddressSpace(f->manager, view);
    IHostMemoryManager_ReleasedVirtualAddressSpace(f->manager, pages + GRANULE);
    release(f, pages);
}

static void the_audit_finds_code_that_can_be_written(void **state)
{
    static const struct {
        DWORD protect;
        bool found;
    } cases[] = {
        {PAGE_READWRITE, false},
        {PAGE_EXECUTE, false},
        {PAGE_EXECUTE_READ, false},
        {PAGE_EXECUTE_READWRITE, true},
        {PAGE_READONLY, false},
        {PAGE_NOACCESS, false},
        {PAGE_EXECUTE_READWRITE | PAGE_GUARD, true},
    };
    host_fixture *f = *state;
    char *memory = host_fixture_alloc(f, NULL, GRANULE, MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    hostmem_audit audit = {.size = sizeof audit};
    UINT64 found = 0;
    unsigned i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        host_fixture_alloc(f, memory + 2 * i * PAGE, PAGE, MEM_COMMIT, cases[i].protect);
        found += cases[i].found;
        assert_int_equal(hostmem_get_audit(f->instance, &audit), S_OK);
        assert_int_equal(audit.writable_code_regions, found);
        assert_int_equal(audit.writable_code_bytes, found * PAGE);
    }
    release(f, memory);
}

static void a_visitor_may_have_enough(void **state)
{
    host_fixture *f = *state;
    char *one = host_fixture_alloc(f, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    char *two = host_fixture_alloc(f, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    list all = {.most = 1};
    host_fixture_alloc(f, one, PAGE, MEM_COMMIT, PAGE_READWRITE);
    for (all.most = 1; all.most <= 3; all.most++) {
        all.count = 0;
        assert_int_equal(hostmem_for_each_region(f->instance, collect, &all), S_FALSE);
        assert_int_equal(all.count, all.most);
    }
    release(f, one);
    release(f, two);
}

static void wrong_arguments_are_refused(void **state)
{
    host_fixture *f = *state;
    hostmem_audit audit = {.size = 3, .regions = 77};
    assert_int_equal(hostmem_for_each_region(NULL, collect, NULL), E_POINTER);
    assert_int_equal(hostmem_for_each_region(f->instance, NULL, NULL), E_POINTER);
    assert_int_equal(hostmem_get_audit(NULL, &audit), E_POINTER);
    assert_int_equal(hostmem_get_audit(f->instance, NULL), E_POINTER);
    assert_int_equal(hostmem_get_audit(f->instance, &audit), E_INVALIDARG);
    assert_int_equal(audit.regions, 77);
}

/* ---- In the middle of other threads' calls ---- */

typedef struct intrusion {
    host_fixture *f;
    char *victim;
    void *foreign;
} intrusion;

/* Between the lookup in the ledger and the system's answer the reservation is released, and others get its address. */
static void take_its_place(void *context, const sim_os_call *call)
{
    intrusion *by = context;
    if (by->foreign || (char *)call->address != by->victim)
        return;
    by->foreign = by; /* only once: the following calls run this hook, too */
    assert_int_equal(IHostMemoryManager_VirtualFree(by->f->manager, by->victim, 0, MEM_RELEASE), S_OK);
    by->foreign = sim_os_add_foreign(by->f->sim, by->victim, GRANULE, TRUE, PAGE_EXECUTE_READWRITE);
}

static void what_has_gone_meanwhile_is_not_visited(void **state)
{
    host_fixture *f = *state;
    char *one = host_fixture_alloc(f, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    intrusion by = {.f = f};
    list all;
    by.victim = host_fixture_alloc(f, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    sim_os_set_hooks(f->sim, SIM_SET(SIM_VIRTUAL_QUERY), take_its_place, NULL, &by);
    all = regions_of(f);
    sim_os_set_hooks(f->sim, 0, NULL, NULL, NULL);
    assert_non_null(by.foreign);
    assert_int_equal(all.count, 1);
    assert_ptr_equal(all.regions[0].base, one);
    sim_os_remove_foreign(f->sim, by.foreign);
    release(f, one);
}

/* A visitor that frees what it is shown, and allocates more. */
static BOOL free_and_take(void *context, const hostmem_region *region)
{
    host_fixture *f = context;
    void *more = NULL;
    assert_int_equal(IHostMemoryManager_VirtualFree(f->manager, region->allocation_base, 0, MEM_RELEASE), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualAlloc(f->manager, region->allocation_base, 2 * PAGE,
                                                     MEM_RESERVE | MEM_COMMIT, PAGE_READONLY, eTaskCritical, &more),
                     S_OK);
    if (!more)
        return FALSE;
    return TRUE;
}

static void a_visitor_may_call_the_manager(void **state)
{
    host_fixture *f = *state;
    list all;
    unsigned i;
    for (i = 0; i < 5; i++) {
        char *memory = host_fixture_alloc(f, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
        host_fixture_alloc(f, memory + PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE);
    }
    assert_int_equal(hostmem_for_each_region(f->instance, free_and_take, f), S_OK);
    all = regions_of(f);
    assert_int_equal(all.count, 5);
    for (i = 0; i < 5; i++) {
        assert_int_equal(all.regions[i].protect, PAGE_READONLY);
        release(f, all.regions[i].base);
    }
}

/* ---- Storm ---- */

#define THREADS 4u
#define VISITS 50u
#define ROUNDS 400u

typedef struct worker {
    host_fixture *f;
    sim_thread *thread;
    _Atomic UINT32 *visits; /* that are still to be made */
    UINT32 wrong;
} worker;

/* Reserves a whole number of granules, and commits with PAGE_READONLY only. */
static void come_and_go(void *context)
{
    worker *self = context;
    IHostMemoryManager *manager = self->f->manager;
    void *held[8] = {NULL};
    unsigned round;
    for (round = 0; round < ROUNDS || atomic_load(self->visits); round++) {
        void *memory = NULL, *pages;
        SIZE_T bytes = (round % 5 + 1) * GRANULE;
        self->wrong += IHostMemoryManager_VirtualAlloc(manager, NULL, bytes, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical,
                                                       &memory) != S_OK;
        self->wrong += IHostMemoryManager_VirtualAlloc(manager, (char *)memory + PAGE, (round % 3 + 1) * PAGE,
                                                       MEM_COMMIT, PAGE_READONLY, eTaskCritical, &pages) != S_OK;
        if (held[round % 8])
            self->wrong += IHostMemoryManager_VirtualFree(manager, held[round % 8], 0, MEM_RELEASE) != S_OK;
        held[round % 8] = memory;
    }
    for (round = 0; round < 8; round++)
        self->wrong += IHostMemoryManager_VirtualFree(manager, held[round], 0, MEM_RELEASE) != S_OK;
}

typedef struct inspection {
    UINT_PTR end; /* of the previous region */
    UINT64 regions, wrong;
} inspection;

static BOOL inspect(void *context, const hostmem_region *region)
{
    inspection *by = context;
    by->regions++;
    by->wrong += (UINT_PTR)region->base < by->end || region->kind != HOSTMEM_REGION_PAGES ||
                 region->allocation_bytes % GRANULE || region->allocation_bytes > 5 * GRANULE ||
                 region->base < region->allocation_base ||
                 (UINT64)((char *)region->base - (char *)region->allocation_base) + region->bytes >
                     region->allocation_bytes ||
                 (region->state == MEM_COMMIT ? region->protect != PAGE_READONLY || region->bytes > 3 * PAGE
                                              : region->protect != 0);
    by->end = (UINT_PTR)region->base + (SIZE_T)region->bytes;
    return TRUE;
}

static void in_a_storm_every_region_makes_sense(void **state)
{
    host_fixture *f = *state;
    _Atomic UINT32 visits = VISITS;
    worker workers[THREADS];
    inspection by = {0};
    unsigned i;
    for (i = 0; i < THREADS; i++) {
        workers[i] = (worker){f, NULL, &visits, 0};
        workers[i].thread = sim_thread_start(come_and_go, &workers[i]);
        assert_non_null(workers[i].thread);
    }
    while (atomic_load(&visits)) {
        by.end = 0;
        hostmem_for_each_region(f->instance, inspect, &by);
        if (by.regions) /* the threads have begun */
            atomic_fetch_sub(&visits, 1);
    }
    for (i = 0; i < THREADS; i++) {
        sim_thread_join(workers[i].thread);
        assert_int_equal(workers[i].wrong, 0);
    }
    assert_int_equal(by.wrong, 0);
    assert_true(by.regions > 0);
    regions_are_true(f);
}

static void the_audit_of_a_newer_program_has_zeros_behind_what_is_known(void **state)
{
    host_fixture *f = *state;
    struct {
        hostmem_audit known;
        UINT64 more;
    } newer = {.known = {.size = sizeof newer}, .more = 7};
    assert_int_equal(hostmem_get_audit(f->instance, &newer.known), S_OK);
    assert_int_equal(newer.known.size, sizeof newer);
    assert_int_equal(newer.more, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(at_rest_they_are_what_the_system_has),
        fixture_test(views_are_among_them),
        fixture_test(the_audit_finds_code_that_can_be_written),
        fixture_test(a_visitor_may_have_enough),
        fixture_test(wrong_arguments_are_refused),
        fixture_test(what_has_gone_meanwhile_is_not_visited),
        fixture_test(a_visitor_may_call_the_manager),
        fixture_test(in_a_storm_every_region_makes_sense),
        fixture_test(the_audit_of_a_newer_program_has_zeros_behind_what_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
