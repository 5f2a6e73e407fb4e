/* When no call is running every figure equals what a walk with VirtualQuery finds, on the real system: after
 * scripted operations, and after random ones. The test only remembers the bases of what it has reserved, and gets
 * everything else from the system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define PAGE ((SIZE_T)4096)
#define REGIONS 48
#define BLOCKS 64

typedef struct walk_host {
    hostmem *instance;
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    char *bases[REGIONS];
    SIZE_T lengths[REGIONS]; /* as requested */
    void *blocks[BLOCKS];
    SIZE_T sizes[BLOCKS];
    UINT64 random;
    unsigned committed, decommitted, protected, released; /* successful operations, so that the test can tell that
                                                           * it did something */
} walk_host;

/* hostmem's walk over the regions must find the same, piece by piece. */
typedef struct region_walk {
    UINT64 reserved, wrong;
    void *end;
} region_walk;

static BOOL compare_region(void *context, const hostmem_region *region)
{
    region_walk *walk = context;
    MEMORY_BASIC_INFORMATION actual;
    walk->wrong += !VirtualQuery(region->base, &actual, sizeof actual) || actual.State != region->state ||
                   actual.AllocationBase != region->allocation_base ||
                   (actual.State == MEM_COMMIT && actual.Protect != region->protect) ||
                   actual.RegionSize > region->bytes || region->base < walk->end;
    walk->end = (char *)region->base + region->bytes;
    walk->reserved += region->bytes;
    return TRUE;
}

static void expect_regions_to_equal_the_walk(const walk_host *host)
{
    region_walk walk = {0};
    hostmem_stats stats = {.size = sizeof stats};
    hostmem_audit audit = {.size = sizeof audit};
    assert_int_equal(hostmem_get_stats(host->instance, &stats), S_OK);
    assert_int_equal(hostmem_for_each_region(host->instance, compare_region, &walk), S_OK);
    assert_int_equal(walk.wrong, 0);
    assert_int_equal(walk.reserved, stats.reserved_bytes);
    assert_int_equal(hostmem_get_audit(host->instance, &audit), S_OK);
    assert_int_equal(audit.reserved_bytes, stats.reserved_bytes);
    assert_int_equal(audit.committed_bytes, stats.committed_bytes);
    assert_int_equal(audit.executable_bytes, stats.executable_bytes);
}

static void expect_counters_to_equal_the_walk(const walk_host *host)
{
    UINT64 reserved = 0, committed = 0, executable = 0, bytes = 0, blocks = 0;
    hostmem_stats stats = {.size = sizeof stats};
    unsigned i;
    for (i = 0; i < REGIONS; i++) {
        char *at = host->bases[i];
        MEMORY_BASIC_INFORMATION region;
        while (at && VirtualQuery(at, &region, sizeof region) && region.State != MEM_FREE &&
               region.AllocationBase == host->bases[i]) {
            reserved += region.RegionSize;
            if (region.State == MEM_COMMIT) {
                committed += region.RegionSize;
                if (region.Protect &
                    (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY))
                    executable += region.RegionSize;
            }
            at = (char *)region.BaseAddress + region.RegionSize;
        }
    }
    for (i = 0; i < BLOCKS; i++) {
        bytes += host->blocks[i] ? host->sizes[i] : 0;
        blocks += host->blocks[i] != NULL;
    }
    assert_int_equal(hostmem_get_stats(host->instance, &stats), S_OK);
    assert_int_equal(stats.reserved_bytes, reserved);
    assert_int_equal(stats.committed_bytes, committed);
    assert_int_equal(stats.executable_bytes, executable);
    assert_int_equal(stats.heap_bytes, bytes);
    assert_int_equal(stats.heap_blocks, blocks);
    assert_int_equal(stats.used_bytes, committed + bytes);
    assert_true(stats.peak_committed_bytes >= committed);
    expect_regions_to_equal_the_walk(host);
}

static int set_up(void **state)
{
    static walk_host host;
    memset(&host, 0, sizeof host);
    *state = &host;
    return hostmem_create(NULL, &host.instance) == S_OK && hostmem_get_manager(host.instance, &host.manager) == S_OK &&
                   IHostMemoryManager_CreateMalloc(host.manager, MALLOC_THREADSAFE, &host.heap) == S_OK
               ? 0
               : -1;
}

static void free_all(walk_host *host)
{
    unsigned i;
    for (i = 0; i < REGIONS; i++) {
        if (host->bases[i])
            assert_int_equal(IHostMemoryManager_VirtualFree(host->manager, host->bases[i], 0, MEM_RELEASE), S_OK);
        host->bases[i] = NULL;
    }
    for (i = 0; i < BLOCKS; i++) {
        assert_int_equal(IHostMalloc_Free(host->heap, host->blocks[i]), S_OK);
        host->blocks[i] = NULL;
    }
}

static int tear_down(void **state)
{
    walk_host *host = *state;
    IHostMalloc_Release(host->heap);
    IHostMemoryManager_Release(host->manager);
    return hostmem_release(host->instance) ? -1 : 0;
}

/* ---- Scripted ---- */

enum { ALLOC, FREE, PROTECT };

/* Operations on a segment, on a code heap, and with every odd size and overlap. offset is from the region's base. */
static const struct step {
    unsigned call;
    unsigned region;
    SIZE_T offset;
    SIZE_T size;
    DWORD type;
    DWORD protect;
    BOOL fails;
} script[] = {
    {ALLOC, 0, 0, 64 * PAGE, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE, FALSE},
    {ALLOC, 0, 0, 16 * PAGE, MEM_COMMIT, PAGE_READWRITE, FALSE},
    {ALLOC, 0, 8 * PAGE, 16 * PAGE, MEM_COMMIT, PAGE_READWRITE, FALSE}, /* overlaps */
    {ALLOC, 0, 8 * PAGE, 16 * PAGE, MEM_COMMIT, PAGE_READWRITE, FALSE}, /* repeats */
    {ALLOC, 0, 40 * PAGE + 1, 1, MEM_COMMIT, PAGE_READWRITE, FALSE},
    {ALLOC, 0, 50 * PAGE - 1, 2, MEM_COMMIT, PAGE_READWRITE, FALSE}, /* two pages */
    {ALLOC, 0, 0, 4 * PAGE, MEM_RESET, PAGE_READWRITE, FALSE},
    {ALLOC, 0, 60 * PAGE, 5 * PAGE, MEM_COMMIT, PAGE_READWRITE, TRUE}, /* past the end */
    {FREE, 0, 20 * PAGE + 5, PAGE, MEM_DECOMMIT, 0, FALSE},            /* two pages */
    {FREE, 0, 20 * PAGE, 30 * PAGE, MEM_DECOMMIT, 0, FALSE},           /* leaves holes in it */
    {FREE, 0, PAGE, 0, MEM_DECOMMIT, 0, TRUE},
    {FREE, 0, PAGE, 0, MEM_RELEASE, 0, TRUE},
    {FREE, 0, 0, 64 * PAGE, MEM_RELEASE, 0, TRUE},
    {ALLOC, 1, 0, 33 * PAGE + 7, MEM_RESERVE, PAGE_NOACCESS, FALSE},
    {ALLOC, 1, 0, 10 * PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE, FALSE},
    {PROTECT, 1, 2 * PAGE, 3 * PAGE, 0, PAGE_READONLY, FALSE},
    {PROTECT, 1, 4 * PAGE + 9, 3 * PAGE, 0, PAGE_EXECUTE_READ, FALSE},
    {PROTECT, 1, 9 * PAGE, 2 * PAGE, 0, PAGE_READONLY, TRUE},          /* not committed */
    {ALLOC, 1, 2 * PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE, FALSE}, /* a commit changes the protection again */
    {FREE, 1, PAGE, 6 * PAGE, MEM_DECOMMIT, 0, FALSE},
    {ALLOC, 2, 0, 3, MEM_COMMIT, PAGE_EXECUTE_READ, FALSE}, /* reserves as well */
    {ALLOC, 3, 0, 100 * PAGE, MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN, PAGE_READWRITE, FALSE},
    {PROTECT, 3, 50 * PAGE, PAGE, 0, PAGE_READWRITE | PAGE_GUARD, FALSE},
    {FREE, 3, 0, 0, MEM_DECOMMIT, 0, FALSE}, /* all of it */
    {ALLOC, 3, 16 * PAGE, 16 * PAGE, MEM_COMMIT, PAGE_EXECUTE, FALSE},
    {FREE, 2, 0, 0, MEM_RELEASE, 0, FALSE},
    {FREE, 1, 0, 33 * PAGE + 7, MEM_DECOMMIT, 0, FALSE},
    {FREE, 1, 0, 0, MEM_RELEASE, 0, FALSE},
    {FREE, 3, 0, 0, MEM_RELEASE, 0, FALSE},
    {FREE, 0, 0, 0, MEM_RELEASE, 0, FALSE},
};

static HRESULT take(walk_host *host, const struct step *step)
{
    char *at = host->bases[step->region] ? host->bases[step->region] + step->offset : NULL;
    void *out = NULL;
    DWORD old;
    HRESULT hr;
    switch (step->call) {
    case ALLOC:
        hr = IHostMemoryManager_VirtualAlloc(host->manager, at, step->size, step->type, step->protect, eTaskCritical,
                                             &out);
        if (hr == S_OK && !at)
            host->bases[step->region] = out;
        return hr;
    case FREE:
        hr = IHostMemoryManager_VirtualFree(host->manager, at, step->size, step->type);
        if (hr == S_OK && step->type == MEM_RELEASE)
            host->bases[step->region] = NULL;
        return hr;
    default:
        return IHostMemoryManager_VirtualProtect(host->manager, at, step->size, step->protect, &old);
    }
}

static void after_every_scripted_step_the_counters_are_true(void **state)
{
    walk_host *host = *state;
    unsigned i;
    for (i = 0; i < sizeof script / sizeof *script; i++) {
        HRESULT hr = take(host, &script[i]);
        if (FAILED(hr) != script[i].fails)
            fail_msg("step %u: %#lx", i, (unsigned long)hr);
        expect_counters_to_equal_the_walk(host);
    }
}

/* Windows refuses it; Wine treats it as a reset and commits nothing. */
static void a_commit_that_is_a_reset_is_counted_as_what_it_did(void **state)
{
    walk_host *host = *state;
    void *out;
    assert_int_equal(IHostMemoryManager_VirtualAlloc(host->manager, NULL, 4 * PAGE, MEM_RESERVE, PAGE_READWRITE,
                                                     eTaskCritical, (void **)&host->bases[0]),
                     S_OK);
    IHostMemoryManager_VirtualAlloc(host->manager, host->bases[0], PAGE, MEM_COMMIT | MEM_RESET, PAGE_READWRITE,
                                    eTaskCritical, &out);
    expect_counters_to_equal_the_walk(host);
    free_all(host);
    expect_counters_to_equal_the_walk(host);
}

/* ---- Random ---- */

static unsigned below(walk_host *host, SIZE_T limit)
{
    host->random = host->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((host->random >> 33) % limit);
}

static const DWORD protections[] = {PAGE_NOACCESS,
                                    PAGE_READONLY,
                                    PAGE_READWRITE,
                                    PAGE_EXECUTE,
                                    PAGE_EXECUTE_READ,
                                    PAGE_EXECUTE_READWRITE,
                                    PAGE_READWRITE | PAGE_GUARD};

static DWORD any_protection(walk_host *host)
{
    return protections[below(host, sizeof protections / sizeof *protections)];
}

static void do_something(walk_host *host)
{
    unsigned i = below(host, REGIONS), block = below(host, BLOCKS);
    char *base = host->bases[i], *at;
    SIZE_T size;
    void *out = NULL;
    DWORD old;
    if (!base) {
        static const DWORD types[] = {MEM_RESERVE, MEM_COMMIT, MEM_RESERVE | MEM_COMMIT, MEM_RESERVE | MEM_WRITE_WATCH,
                                      MEM_RESERVE | MEM_TOP_DOWN};
        size = 1 + below(host, 100 * PAGE);
        if (IHostMemoryManager_VirtualAlloc(host->manager, NULL, size, types[below(host, 5)], any_protection(host),
                                            eTaskCritical, (void **)&host->bases[i]) == S_OK)
            host->lengths[i] = size;
        return;
    }
    /* Some ranges reach past the end and are refused as a whole. */
    at = base + below(host, host->lengths[i]);
    size = 1 + below(host, host->lengths[i] - (SIZE_T)(at - base) + (below(host, 8) ? 0 : 3 * PAGE));
    switch (below(host, 8)) {
    case 0:
    case 1:
    case 2:
        host->committed += IHostMemoryManager_VirtualAlloc(host->manager, at, size, MEM_COMMIT, any_protection(host),
                                                           eTaskCritical, &out) == S_OK;
        break;
    case 3:
        host->decommitted += IHostMemoryManager_VirtualFree(host->manager, at, size, MEM_DECOMMIT) == S_OK;
        break;
    case 4:
    case 5:
        host->protected += IHostMemoryManager_VirtualProtect(host->manager, at, size, any_protection(host), &old) ==
                           S_OK;
        break;
    case 6:
        if (below(host, 2)) {
            assert_int_equal(IHostMemoryManager_VirtualFree(host->manager, base, 0, MEM_RELEASE), S_OK);
            host->bases[i] = NULL;
            host->released++;
        } else {
            host->decommitted += IHostMemoryManager_VirtualFree(host->manager, base, 0, MEM_DECOMMIT) == S_OK;
        }
        break;
    default:
        assert_int_equal(IHostMalloc_Free(host->heap, host->blocks[block]), S_OK);
        host->blocks[block] = NULL;
        host->sizes[block] = below(host, below(host, 10) ? 300 : 200000);
        assert_int_equal(IHostMalloc_Alloc(host->heap, host->sizes[block], eTaskCritical, &host->blocks[block]), S_OK);
    }
}

static void after_random_operations_the_counters_are_true(void **state)
{
    walk_host *host = *state;
    const char *given = getenv("HOSTMEM_TEST_SEED");
    UINT64 first_seed = given ? strtoull(given, NULL, 10) : 0;
    unsigned round, i;
    for (round = 1; round <= 20; round++) {
        host->random = first_seed + round;
        for (i = 0; i < 300; i++) {
            do_something(host);
            if (i % 10 == 0)
                expect_counters_to_equal_the_walk(host);
        }
        expect_counters_to_equal_the_walk(host);
        if (round % 5 == 0) {
            free_all(host);
            expect_counters_to_equal_the_walk(host);
        }
    }
    assert_true(host->committed > 500 && host->decommitted > 200 && host->protected > 50 && host->released > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(after_every_scripted_step_the_counters_are_true, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_commit_that_is_a_reset_is_counted_as_what_it_did, set_up, tear_down),
        cmocka_unit_test_setup_teardown(after_random_operations_the_counters_are_true, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
