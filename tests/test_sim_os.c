/* The simulated operating system itself: every rule of Windows that it claims to follow, as tables of cases, and the
 * controls that other tests rely on. Each case has a machine of its own with the same four regions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_os.h"

#ifndef _WIN32
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <cmocka.h>

#ifndef MEM_RESET_UNDO
#define MEM_RESET_UNDO 0x1000000
#endif

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define PAGE ((SIZE_T)0x1000)
#define GRANULE ((SIZE_T)0x10000)
#define ARENA_BYTES ((SIZE_T)0x1000000)
#define RW PAGE_READWRITE
#define POISON 0xa5a5a5a5u

/* The regions, from the origin:
 *   0x00000  256 KiB, reserved with PAGE_NOACCESS; pages 1 and 2 committed read-write, page 3 execute-read
 *   0x40000   64 KiB, right behind it; all committed read-write
 *  0x100000    3 pages, committed read-only: the rest of the granule is free
 *  0x180000   64 KiB, foreign, committed read-write */
#define FIRST ((SIZE_T)0)
#define SECOND ((SIZE_T)0x40000)
#define SMALL ((SIZE_T)0x100000)
#define FOREIGN ((SIZE_T)0x180000)
#define FREE_PLACE ((SIZE_T)0x300000)
#define OWN_RESERVED (SECOND + GRANULE + 3 * PAGE)
#define OWN_COMMITTED (3 * PAGE + GRANULE + 3 * PAGE)

/* Where a case's address counts from. */
typedef enum place { AT_ORIGIN, ABSOLUTE_ADDRESS, ABOVE_HIGHEST } place;

typedef struct machine {
    sim_os *sim;
    hostmem_os *os;
    UINT_PTR origin;
    hostmem_os_info info;
} machine;

static void must_alloc(machine *m, SIZE_T offset, SIZE_T size, UINT32 type, UINT32 protect)
{
    void *out = NULL;
    assert_int_equal(m->os->virtual_alloc(m->os, (void *)(m->origin + offset), size, type, protect, &out), 0);
}

static machine machine_create(void)
{
    sim_os_config config = {.arena_bytes = ARENA_BYTES};
    machine m = {.sim = sim_os_create(&config)};
    m.os = sim_os_functions(m.sim);
    m.os->get_info(m.os, &m.info);
    m.origin = sim_os_arena_base(m.sim) + 0x100000;
    must_alloc(&m, FIRST, SECOND, MEM_RESERVE, PAGE_NOACCESS);
    must_alloc(&m, FIRST + PAGE, 2 * PAGE, MEM_COMMIT, RW);
    must_alloc(&m, FIRST + 3 * PAGE, PAGE, MEM_COMMIT, PAGE_EXECUTE_READ);
    must_alloc(&m, SECOND, GRANULE, MEM_RESERVE | MEM_COMMIT, RW);
    must_alloc(&m, SMALL, 3 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READONLY);
    assert_ptr_equal(sim_os_add_foreign(m.sim, (void *)(m.origin + FOREIGN), GRANULE, TRUE, RW),
                     (void *)(m.origin + FOREIGN));
    m.os->set_last_error(m.os, POISON);
    return m;
}

static void *address_of(const machine *m, place from, SIZE_T offset)
{
    UINT_PTR base = from == AT_ORIGIN ? m->origin : from == ABOVE_HIGHEST ? m->info.highest_address + 1 : 0;
    return (void *)(base + offset);
}

static void expect(const char *name, const char *what, UINT64 is, UINT64 wanted)
{
    if (is != wanted) {
        fail_msg("%s: %s is %#llx instead of %#llx", name, what, (unsigned long long)is, (unsigned long long)wanted);
    }
}

static void expect_totals(const machine *m, const char *name, INT64 reserved, INT64 committed)
{
    sim_os_totals totals;
    sim_os_total(m->sim, &totals);
    expect(name, "reserved", totals.reserved_bytes, (UINT64)((INT64)OWN_RESERVED + reserved));
    expect(name, "committed", totals.committed_bytes, (UINT64)((INT64)OWN_COMMITTED + committed));
}

/* ---- VirtualAlloc ---- */

typedef struct alloc_case {
    const char *name;
    place from;
    SIZE_T offset;
    SIZE_T size;
    UINT32 type;
    UINT32 protect;
    UINT32 error;
    SIZE_T result; /* from the origin; ANYWHERE: not checked */
    INT64 reserved;
    INT64 committed;
} alloc_case;

#define ANYWHERE ((SIZE_T)-1)
#define AN ABSOLUTE_ADDRESS

static const alloc_case alloc_refusals[] = {
    {"size 0", AT_ORIGIN, FIRST, 0, MEM_COMMIT, RW, 87, 0, 0, 0},
    {"size 0 anywhere", AN, 0, 0, MEM_RESERVE, RW, 87, 0, 0, 0},
    {"a range that wraps", AT_ORIGIN, FIRST, (SIZE_T)-1, MEM_COMMIT, RW, 87, 0, 0, 0},
    {"a reservation that wraps", AT_ORIGIN, FREE_PLACE, (SIZE_T)-1, MEM_RESERVE, RW, 87, 0, 0, 0},
    {"more than any address space", AN, 0, SIZE_MAX / 2 + 2, MEM_RESERVE, RW, 87, 0, 0, 0},
    {"more than is free", AN, 0, 2 * ARENA_BYTES, MEM_RESERVE, RW, 8, 0, 0, 0},
    {"below the first granule", AN, PAGE, PAGE, MEM_RESERVE, RW, 87, 0, 0, 0},
    {"commit below the first granule", AN, PAGE, PAGE, MEM_COMMIT, RW, 87, 0, 0, 0},
    {"above the highest address", ABOVE_HIGHEST, 0, PAGE, MEM_RESERVE, RW, 87, 0, 0, 0},
    {"across the highest address", ABOVE_HIGHEST, (SIZE_T)0 - GRANULE, 2 * GRANULE, MEM_RESERVE, RW, 87, 0, 0, 0},

    {"no type", AT_ORIGIN, FIRST, PAGE, 0, RW, 87, 0, 0, 0},
    {"top down alone", AT_ORIGIN, FIRST, PAGE, MEM_TOP_DOWN, RW, 87, 0, 0, 0},
    {"an unknown type", AN, 0, PAGE, MEM_RESERVE | 1, RW, 87, 0, 0, 0},
    {"physical pages", AN, 0, PAGE, MEM_RESERVE | MEM_PHYSICAL, RW, 87, 0, 0, 0},
    {"large pages", AN, 0, PAGE, MEM_RESERVE | MEM_COMMIT | MEM_LARGE_PAGES, RW, 1314, 0, 0, 0},
    {"write watch without reserve", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT | MEM_WRITE_WATCH, RW, 87, 0, 0, 0},
    {"write watch without reserve, NULL", AN, 0, PAGE, MEM_COMMIT | MEM_WRITE_WATCH, RW, 87, 0, 0, 0},
    {"reset and commit", AT_ORIGIN, FIRST + PAGE, PAGE, MEM_RESET | MEM_COMMIT, RW, 87, 0, 0, 0},
    {"reset top down", AT_ORIGIN, FIRST + PAGE, PAGE, MEM_RESET | MEM_TOP_DOWN, RW, 87, 0, 0, 0},
    {"reset and its undoing", AT_ORIGIN, FIRST + PAGE, PAGE, MEM_RESET | MEM_RESET_UNDO, RW, 87, 0, 0, 0},
    {"undo and commit", AT_ORIGIN, FIRST + PAGE, PAGE, MEM_RESET_UNDO | MEM_COMMIT, RW, 87, 0, 0, 0},
    {"reset without a protection", AT_ORIGIN, FIRST + PAGE, PAGE, MEM_RESET, 0, 87, 0, 0, 0},

    {"protection 0", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, 0, 87, 0, 0, 0},
    {"reserve with protection 0", AN, 0, PAGE, MEM_RESERVE, 0, 87, 0, 0, 0},
    {"copy on write", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, PAGE_WRITECOPY, 87, 0, 0, 0},
    {"executable copy on write", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, PAGE_EXECUTE_WRITECOPY, 87, 0, 0, 0},
    {"two protections", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, RW | PAGE_READONLY, 87, 0, 0, 0},
    {"an unknown protection", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, RW | 0x800, 87, 0, 0, 0},
    {"guard alone", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, PAGE_GUARD, 87, 0, 0, 0},
    {"guard without access", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, PAGE_NOACCESS | PAGE_GUARD, 87, 0, 0, 0},
    {"uncached without access", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, PAGE_NOACCESS | PAGE_NOCACHE, 87, 0, 0, 0},
    {"combined without access", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, PAGE_NOACCESS | PAGE_WRITECOMBINE, 87, 0, 0, 0},
    {"guard uncached", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, RW | PAGE_GUARD | PAGE_NOCACHE, 87, 0, 0, 0},
    {"guard combined", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, RW | PAGE_GUARD | PAGE_WRITECOMBINE, 87, 0, 0, 0},
    {"uncached combined", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, RW | PAGE_NOCACHE | PAGE_WRITECOMBINE, 87, 0, 0, 0},

    {"reserve in a reservation", AT_ORIGIN, FIRST + GRANULE, PAGE, MEM_RESERVE, RW, 487, 0, 0, 0},
    {"reserve and commit in a reservation", AT_ORIGIN, FIRST, PAGE, MEM_RESERVE | MEM_COMMIT, RW, 487, 0, 0, 0},
    {"reserve into a reservation", AT_ORIGIN, SMALL - GRANULE, GRANULE + 1, MEM_RESERVE, RW, 487, 0, 0, 0},
    {"reserve the rest of a granule", AT_ORIGIN, SMALL + 4 * PAGE, PAGE, MEM_RESERVE, RW, 487, 0, 0, 0},
    {"reserve in a foreign region", AT_ORIGIN, FOREIGN, PAGE, MEM_RESERVE, RW, 487, 0, 0, 0},
    {"reserve where nothing can be had", AN, 0x20000, PAGE, MEM_RESERVE, RW, 487, 0, 0, 0},
    {"commit in free space", AT_ORIGIN, FREE_PLACE, PAGE, MEM_COMMIT, RW, 487, 0, 0, 0},
    {"commit in the rest of a granule", AT_ORIGIN, SMALL + 3 * PAGE, PAGE, MEM_COMMIT, RW, 487, 0, 0, 0},
    {"commit over the end", AT_ORIGIN, SMALL + 2 * PAGE, PAGE + 1, MEM_COMMIT, RW, 487, 0, 0, 0},
    {"commit across two reservations", AT_ORIGIN, SECOND - PAGE, 2 * PAGE, MEM_COMMIT, RW, 487, 0, 0, 0},
    {"reset in free space", AT_ORIGIN, FREE_PLACE, PAGE, MEM_RESET, RW, 487, 0, 0, 0},
    {"reset across two reservations", AT_ORIGIN, SECOND - PAGE, 2 * PAGE, MEM_RESET, RW, 487, 0, 0, 0},
    {"reset of NULL", AN, 0, PAGE, MEM_RESET, RW, 487, 0, 0, 0},
    {"undo of NULL", AN, 0, PAGE, MEM_RESET_UNDO, RW, 487, 0, 0, 0},
};

#define COMMITS (MEM_RESERVE | MEM_COMMIT)

static const alloc_case alloc_successes[] = {
    {"reserve anywhere", AN, 0, 1, MEM_RESERVE, PAGE_NOACCESS, 0, ANYWHERE, 0x1000, 0},
    {"reserve and commit anywhere", AN, 0, 0x1001, COMMITS, RW, 0, ANYWHERE, 0x2000, 0x2000},
    {"commit anywhere reserves", AN, 0, 0x1001, MEM_COMMIT, RW, 0, ANYWHERE, 0x2000, 0x2000},
    {"write watch", AN, 0, 0x100000, MEM_RESERVE | MEM_WRITE_WATCH, RW, 0, ANYWHERE, 0x100000, 0},
    {"top down", AN, 0, PAGE, COMMITS | MEM_TOP_DOWN, RW, 0, ARENA_BYTES - 0x100000 - GRANULE, 0x1000, 0x1000},
    {"lowest place first", AN, 0, PAGE, MEM_RESERVE, RW, 0, (SIZE_T)0 - 0x100000, 0x1000, 0},
    {"reserve at a place", AT_ORIGIN, FREE_PLACE, GRANULE, MEM_RESERVE, RW, 0, FREE_PLACE, 0x10000, 0},
    {"reserve rounds down to a granule", AT_ORIGIN, FREE_PLACE + 0x1234, PAGE, COMMITS, RW, 0, FREE_PLACE, 0x3000, 0x3000},
    {"reserve between two", AT_ORIGIN, SECOND + GRANULE, SMALL - SECOND - GRANULE, MEM_RESERVE, RW, 0, SECOND + GRANULE,
     0xb0000, 0},
    {"guard pages", AN, 0, PAGE, COMMITS, RW | PAGE_GUARD, 0, ANYWHERE, 0x1000, 0x1000},
    {"uncached pages", AN, 0, PAGE, COMMITS, PAGE_READONLY | PAGE_NOCACHE, 0, ANYWHERE, 0x1000, 0x1000},
    {"combined pages", AN, 0, PAGE, COMMITS, RW | PAGE_WRITECOMBINE, 0, ANYWHERE, 0x1000, 0x1000},
    {"pages for code", AN, 0, PAGE, COMMITS, PAGE_EXECUTE_READWRITE, 0, ANYWHERE, 0x1000, 0x1000},
    {"committed without access", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT, PAGE_NOACCESS, 0, FIRST, 0, 0x1000},
    {"commit one byte", AT_ORIGIN, FIRST + 0x10080, 1, MEM_COMMIT, RW, 0, FIRST + 0x10000, 0, 0x1000},
    {"commit two bytes on two pages", AT_ORIGIN, FIRST + 0x10fff, 2, MEM_COMMIT, RW, 0, FIRST + 0x10000, 0, 0x2000},
    {"commit over committed pages", AT_ORIGIN, FIRST, 8 * PAGE, MEM_COMMIT, RW, 0, FIRST, 0, 0x5000},
    {"commit up to the end", AT_ORIGIN, SECOND - PAGE, PAGE, MEM_COMMIT, RW, 0, SECOND - PAGE, 0, 0x1000},
    {"commit top down", AT_ORIGIN, FIRST, PAGE, MEM_COMMIT | MEM_TOP_DOWN, RW, 0, FIRST, 0, 0x1000},
    {"reset", AT_ORIGIN, FIRST + PAGE, 2 * PAGE, MEM_RESET, RW, 0, FIRST + PAGE, 0, 0},
    {"reset of pages not all committed", AT_ORIGIN, FIRST, 8 * PAGE, MEM_RESET, RW, 0, FIRST, 0, 0},
    {"undo", AT_ORIGIN, FIRST + PAGE, 2 * PAGE, MEM_RESET_UNDO, RW, 0, FIRST + PAGE, 0, 0},
    {"commit in a foreign region", AT_ORIGIN, FOREIGN, PAGE, MEM_COMMIT, RW, 0, FOREIGN, 0, 0},
};

static void run_alloc_case(const alloc_case *c)
{
    machine m = machine_create();
    void *const poison = (void *)(UINT_PTR)POISON;
    void *out = poison;
    UINT32 error = m.os->virtual_alloc(m.os, address_of(&m, c->from, c->offset), c->size, c->type, c->protect, &out);
    expect(c->name, "the error", error, c->error);
    expect(c->name, "the last error", m.os->get_last_error(m.os), c->error != 0 ? c->error : POISON);
    if (c->error != 0) {
        expect(c->name, "the result", (UINT_PTR)out, (UINT_PTR)poison);
    } else if (c->result != ANYWHERE) {
        expect(c->name, "the result", (UINT_PTR)out, m.origin + c->result);
    }
    expect_totals(&m, c->name, c->reserved, c->committed);
    sim_os_destroy(m.sim);
}

static void alloc_refuses_what_windows_refuses(void **state)
{
    (void)state;
    for (SIZE_T i = 0; i < LENGTH(alloc_refusals); i++) {
        run_alloc_case(&alloc_refusals[i]);
    }
}

static void alloc_gives_what_windows_gives(void **state)
{
    (void)state;
    for (SIZE_T i = 0; i < LENGTH(alloc_successes); i++) {
        run_alloc_case(&alloc_successes[i]);
    }
}

/* ---- VirtualFree ---- */

static const struct {
    const char *name;
    place from;
    SIZE_T offset;
    SIZE_T size;
    UINT32 type;
    UINT32 error;
    INT64 reserved;
    INT64 committed;
} free_cases[] = {
    {"no type", AT_ORIGIN, FIRST, 0, 0, 87, 0, 0},
    {"both types", AT_ORIGIN, FIRST, 0, MEM_RELEASE | MEM_DECOMMIT, 87, 0, 0},
    {"an unknown type", AT_ORIGIN, FIRST, 0, MEM_RELEASE | 1, 87, 0, 0},
    {"release with a size", AT_ORIGIN, SECOND, GRANULE, MEM_RELEASE, 87, 0, 0},
    {"release off the base", AT_ORIGIN, FIRST + PAGE, 0, MEM_RELEASE, 487, 0, 0},
    {"release of free space", AT_ORIGIN, FREE_PLACE, 0, MEM_RELEASE, 487, 0, 0},
    {"release in the rest of a granule", AT_ORIGIN, SMALL + 3 * PAGE, 0, MEM_RELEASE, 487, 0, 0},
    {"release of NULL", AN, 0, 0, MEM_RELEASE, 487, 0, 0},
    {"above the highest address", ABOVE_HIGHEST, 0, 0, MEM_RELEASE, 87, 0, 0},
    {"decommit of size 0 off the base", AT_ORIGIN, FIRST + PAGE, 0, MEM_DECOMMIT, 487, 0, 0},
    {"decommit of free space", AT_ORIGIN, FREE_PLACE, PAGE, MEM_DECOMMIT, 487, 0, 0},
    {"decommit over the end", AT_ORIGIN, SMALL + PAGE, 3 * PAGE, MEM_DECOMMIT, 87, 0, 0},
    {"decommit across two reservations", AT_ORIGIN, SECOND - PAGE, 2 * PAGE, MEM_DECOMMIT, 87, 0, 0},
    {"decommit that wraps", AT_ORIGIN, FIRST, (SIZE_T)-1, MEM_DECOMMIT, 87, 0, 0},

    {"release", AT_ORIGIN, FIRST, 0, MEM_RELEASE, 0, -0x40000, -0x3000},
    {"release from within the first page", AT_ORIGIN, SMALL + 0x123, 0, MEM_RELEASE, 0, -0x3000, -0x3000},
    {"decommit all", AT_ORIGIN, FIRST, 0, MEM_DECOMMIT, 0, 0, -0x3000},
    {"decommit some", AT_ORIGIN, SECOND + PAGE, 2 * PAGE, MEM_DECOMMIT, 0, 0, -0x2000},
    {"decommit two bytes on two pages", AT_ORIGIN, SECOND + 0xfff, 2, MEM_DECOMMIT, 0, 0, -0x2000},
    {"decommit what is not all committed", AT_ORIGIN, FIRST, 2 * PAGE, MEM_DECOMMIT, 0, 0, -0x1000},
    {"decommit what is not committed", AT_ORIGIN, FIRST + GRANULE, GRANULE, MEM_DECOMMIT, 0, 0, 0},
    {"release of a foreign region", AT_ORIGIN, FOREIGN, 0, MEM_RELEASE, 0, 0, 0},
};

static void free_does_what_windows_does(void **state)
{
    (void)state;
    for (SIZE_T i = 0; i < LENGTH(free_cases); i++) {
        machine m = machine_create();
        UINT32 error = m.os->virtual_free(m.os, address_of(&m, free_cases[i].from, free_cases[i].offset),
                                          free_cases[i].size, free_cases[i].type);
        expect(free_cases[i].name, "the error", error, free_cases[i].error);
        expect(free_cases[i].name, "the last error", m.os->get_last_error(m.os), error != 0 ? error : POISON);
        expect_totals(&m, free_cases[i].name, free_cases[i].reserved, free_cases[i].committed);
        sim_os_destroy(m.sim);
    }
}

/* ---- VirtualProtect ---- */

static const struct {
    const char *name;
    place from;
    SIZE_T offset;
    SIZE_T size;
    UINT32 protect;
    UINT32 error;
    UINT32 old;
} protect_cases[] = {
    {"size 0", AT_ORIGIN, SECOND, 0, RW, 87, 0},
    {"a range that wraps", AT_ORIGIN, SECOND, (SIZE_T)-1, RW, 87, 0},
    {"protection 0", AT_ORIGIN, SECOND, PAGE, 0, 87, 0},
    {"copy on write", AT_ORIGIN, SECOND, PAGE, PAGE_WRITECOPY, 87, 0},
    {"guard without access", AT_ORIGIN, SECOND, PAGE, PAGE_NOACCESS | PAGE_GUARD, 87, 0},
    {"above the highest address", ABOVE_HIGHEST, 0, PAGE, RW, 87, 0},
    {"free space", AT_ORIGIN, FREE_PLACE, PAGE, RW, 487, 0},
    {"NULL", AN, 0, PAGE, RW, 487, 0},
    {"a page that is not committed", AT_ORIGIN, FIRST, PAGE, RW, 487, 0},
    {"pages not all committed", AT_ORIGIN, FIRST + 3 * PAGE, 2 * PAGE, RW, 487, 0},
    {"over the end", AT_ORIGIN, SMALL, 4 * PAGE, RW, 487, 0},
    {"across two reservations", AT_ORIGIN, SECOND - PAGE, 2 * PAGE, RW, 487, 0},
    {"one page", AT_ORIGIN, SMALL, 1, RW, 0, PAGE_READONLY},
    {"the first page's protection is the old one", AT_ORIGIN, FIRST + 2 * PAGE, 2 * PAGE, PAGE_READONLY, 0, RW},
    {"two bytes on two pages", AT_ORIGIN, FIRST + 2 * PAGE + 0xfff, 2, PAGE_READONLY, 0, RW},
    {"a guard", AT_ORIGIN, SECOND, PAGE, RW | PAGE_GUARD, 0, RW},
    {"a foreign region", AT_ORIGIN, FOREIGN, PAGE, PAGE_NOACCESS, 0, RW},
};

static void protect_does_what_windows_does(void **state)
{
    (void)state;
    for (SIZE_T i = 0; i < LENGTH(protect_cases); i++) {
        machine m = machine_create();
        UINT32 old = POISON;
        UINT32 error = m.os->virtual_protect(m.os, address_of(&m, protect_cases[i].from, protect_cases[i].offset),
                                             protect_cases[i].size, protect_cases[i].protect, &old);
        expect(protect_cases[i].name, "the error", error, protect_cases[i].error);
        expect(protect_cases[i].name, "the old protection", old, error != 0 ? POISON : protect_cases[i].old);
        expect(protect_cases[i].name, "the last error", m.os->get_last_error(m.os), error != 0 ? error : POISON);
        sim_os_destroy(m.sim);
    }
    machine m = machine_create();
    assert_int_equal(m.os->virtual_protect(m.os, (void *)(m.origin + SECOND), PAGE, RW, NULL), ERROR_NOACCESS);
    sim_os_destroy(m.sim);
}

/* ---- VirtualQuery ---- */

static const struct {
    const char *name;
    SIZE_T offset;
    SIZE_T base;
    SIZE_T size;
    SIZE_T allocation;
    UINT32 allocation_protect;
    UINT32 state;
    UINT32 protect;
} query_cases[] = {
    {"reserved pages", FIRST, FIRST, PAGE, FIRST, PAGE_NOACCESS, MEM_RESERVE, 0},
    {"committed pages", FIRST + PAGE, FIRST + PAGE, 2 * PAGE, FIRST, PAGE_NOACCESS, MEM_COMMIT, RW},
    {"the middle of a run", FIRST + 2 * PAGE + 5, FIRST + 2 * PAGE, PAGE, FIRST, PAGE_NOACCESS, MEM_COMMIT, RW},
    {"another protection", FIRST + 3 * PAGE, FIRST + 3 * PAGE, PAGE, FIRST, PAGE_NOACCESS, MEM_COMMIT, PAGE_EXECUTE_READ},
    {"reserved up to the next reservation", FIRST + 4 * PAGE, FIRST + 4 * PAGE, SECOND - 4 * PAGE, FIRST, PAGE_NOACCESS,
     MEM_RESERVE, 0},
    {"a whole reservation", SECOND, SECOND, GRANULE, SECOND, RW, MEM_COMMIT, RW},
    {"the rest of a granule", SMALL + 3 * PAGE, SMALL + 3 * PAGE, FOREIGN - SMALL - 3 * PAGE, 0, 0, MEM_FREE, PAGE_NOACCESS},
    {"free space", SMALL + 0x20123, SMALL + 0x20000, FOREIGN - SMALL - 0x20000, 0, 0, MEM_FREE, PAGE_NOACCESS},
    {"a foreign region", FOREIGN + PAGE, FOREIGN + PAGE, GRANULE - PAGE, FOREIGN, RW, MEM_COMMIT, RW},
};

static void query_describes_runs(void **state)
{
    (void)state;
    machine m = machine_create();
    for (SIZE_T i = 0; i < LENGTH(query_cases); i++) {
        const char *name = query_cases[i].name;
        MEMORY_BASIC_INFORMATION region;
        SIZE_T written = 0;
        memset(&region, 0xa5, sizeof region);
        UINT32 error = m.os->virtual_query(m.os, (void *)(m.origin + query_cases[i].offset), &region, sizeof region, &written);
        expect(name, "the error", error, 0);
        expect(name, "written", written, sizeof region);
        expect(name, "the base", (UINT_PTR)region.BaseAddress, m.origin + query_cases[i].base);
        expect(name, "the size", region.RegionSize, query_cases[i].size);
        expect(name, "the allocation", (UINT_PTR)region.AllocationBase,
               query_cases[i].state == MEM_FREE ? 0 : m.origin + query_cases[i].allocation);
        expect(name, "the allocation's protection", region.AllocationProtect, query_cases[i].allocation_protect);
        expect(name, "the state", region.State, query_cases[i].state);
        expect(name, "the protection", region.Protect, query_cases[i].protect);
        expect(name, "the type", region.Type, query_cases[i].state == MEM_FREE ? 0 : MEM_PRIVATE);
    }
    assert_int_equal(m.os->get_last_error(m.os), POISON);
    sim_os_destroy(m.sim);
}

static void query_refuses_bad_arguments(void **state)
{
    (void)state;
    machine m = machine_create();
    MEMORY_BASIC_INFORMATION region;
    char large[2 * sizeof region];
    SIZE_T written = POISON;
    assert_int_equal(m.os->virtual_query(m.os, NULL, &region, sizeof region - 1, &written), ERROR_BAD_LENGTH);
    assert_int_equal(m.os->virtual_query(m.os, NULL, &region, 0, &written), ERROR_BAD_LENGTH);
    assert_int_equal(m.os->virtual_query(m.os, NULL, NULL, sizeof region, &written), ERROR_NOACCESS);
    assert_int_equal(m.os->virtual_query(m.os, (void *)(m.info.highest_address + 1), &region, sizeof region, &written), 87);
    assert_int_equal(written, POISON);
    assert_int_equal(m.os->virtual_query(m.os, NULL, large, sizeof large, &written), 0);
    assert_int_equal(written, sizeof region);
    sim_os_destroy(m.sim);
}

static void queries_walk_from_one_end_of_the_address_space_to_the_other(void **state)
{
    (void)state;
    machine m = machine_create();
    UINT_PTR address = 0;
    SIZE_T allocated = 0;
    unsigned runs = 0;
    while (address <= m.info.highest_address) {
        MEMORY_BASIC_INFORMATION region;
        SIZE_T written;
        assert_int_equal(m.os->virtual_query(m.os, (void *)address, &region, sizeof region, &written), 0);
        assert_ptr_equal(region.BaseAddress, (void *)address);
        assert_true(region.RegionSize > 0);
        allocated += region.State != MEM_FREE ? region.RegionSize : 0;
        address += region.RegionSize;
        runs++;
    }
    assert_int_equal(address, m.info.highest_address + 1);
    assert_int_equal(allocated, OWN_RESERVED + GRANULE);
    assert_int_equal(runs, 4 + 1 + 1 + 1 + 4); /* the regions' own runs, and the free ones around them */
    sim_os_destroy(m.sim);
}

/* ---- Content ---- */

/* What a program may do with an address, tried without being hurt. */
static BOOL readable(const void *address)
{
#ifdef _WIN32
    return !IsBadReadPtr(address, 1);
#else
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    BOOL good = write(ends[1], address, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return good;
#endif
}

static BOOL writable(void *address)
{
#ifdef _WIN32
    return !IsBadWritePtr(address, 1);
#else
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    BOOL good = read(ends[0], address, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return good;
#endif
}

static const struct {
    UINT32 protect;
    BOOL readable;
    BOOL writable;
} access_cases[] = {
    {PAGE_NOACCESS, FALSE, FALSE},     {PAGE_READONLY, TRUE, FALSE},     {PAGE_READWRITE, TRUE, TRUE},
    {PAGE_EXECUTE, TRUE, FALSE},       {PAGE_EXECUTE_READ, TRUE, FALSE}, {PAGE_EXECUTE_READWRITE, TRUE, TRUE},
    {RW | PAGE_GUARD, FALSE, FALSE},   {RW | PAGE_NOCACHE, TRUE, TRUE},
};

static void memory_can_be_touched_as_its_protection_says(void **state)
{
    (void)state;
    machine m = machine_create();
    char *page = (char *)m.origin + SECOND;
    for (SIZE_T i = 0; i < LENGTH(access_cases); i++) {
        UINT32 old;
        assert_int_equal(m.os->virtual_protect(m.os, page, PAGE, access_cases[i].protect, &old), 0);
        assert_int_equal(readable(page), access_cases[i].readable);
        assert_int_equal(writable(page), access_cases[i].writable);
        assert_true(writable(page + PAGE));
    }
    sim_os_destroy(m.sim);
}

static void only_committed_memory_can_be_touched(void **state)
{
    (void)state;
    machine m = machine_create();
    char *first = (char *)m.origin + FIRST;
    assert_false(readable(first));
    assert_true(writable(first + PAGE));
    assert_false(readable(first + 4 * PAGE));
    assert_int_equal(m.os->virtual_free(m.os, first + PAGE, PAGE, MEM_DECOMMIT), 0);
    assert_false(readable(first + PAGE));
    assert_true(writable(first + 2 * PAGE));
    assert_int_equal(m.os->virtual_free(m.os, first, 0, MEM_RELEASE), 0);
    assert_false(readable(first + 2 * PAGE));
    sim_os_destroy(m.sim);
}

static BOOL is_zero(const char *memory, SIZE_T size)
{
    for (SIZE_T i = 0; i < size; i++) {
        if (memory[i] != 0) {
            return FALSE;
        }
    }
    return TRUE;
}

static void committed_memory_is_zero_until_written_and_again_after_decommit_or_release(void **state)
{
    (void)state;
    machine m = machine_create();
    char *second = (char *)m.origin + SECOND;
    assert_true(is_zero(second, GRANULE));
    memset(second, 1, GRANULE);
    assert_int_equal(m.os->virtual_free(m.os, second + PAGE, PAGE, MEM_DECOMMIT), 0);
    must_alloc(&m, SECOND, 3 * PAGE, MEM_COMMIT, PAGE_READONLY);
    assert_int_equal(second[0], 1);
    assert_true(is_zero(second + PAGE, PAGE));
    assert_int_equal(second[2 * PAGE], 1);
    assert_false(writable(second));
    assert_true(writable(second + 3 * PAGE));
    assert_int_equal(m.os->virtual_free(m.os, second, 0, MEM_RELEASE), 0);
    must_alloc(&m, SECOND, GRANULE, MEM_RESERVE | MEM_COMMIT, RW);
    assert_true(is_zero(second, GRANULE));
    sim_os_destroy(m.sim);
}

static void released_addresses_are_given_out_again(void **state)
{
    (void)state;
    machine m = machine_create();
    void *regions[3];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(m.os->virtual_alloc(m.os, NULL, 2 * GRANULE, MEM_RESERVE, RW, &regions[i]), 0);
    }
    assert_ptr_equal((char *)regions[0] + 2 * GRANULE, regions[1]);
    assert_int_equal(m.os->virtual_free(m.os, regions[0], 0, MEM_RELEASE), 0);
    void *larger, *same;
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 3 * GRANULE, MEM_RESERVE, RW, &larger), 0);
    assert_true((char *)larger > (char *)regions[2]);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, GRANULE + 1, MEM_RESERVE, RW, &same), 0);
    assert_ptr_equal(same, regions[0]);
    sim_os_destroy(m.sim);
}

/* ---- Limits and foreign regions ---- */

static void the_commit_limit_refuses_what_is_new_beyond_it(void **state)
{
    (void)state;
    machine m = machine_create();
    void *out = NULL;
    sim_os_set_commit_limit(m.sim, OWN_COMMITTED + GRANULE + 2 * PAGE); /* two pages are left, foreign ones counted */
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 3 * PAGE, COMMITS, RW, &out), ERROR_COMMITMENT_LIMIT);
    expect_totals(&m, "refused", 0, 0);
    must_alloc(&m, FIRST, 5 * PAGE, MEM_COMMIT, RW); /* three of these are committed */
    must_alloc(&m, FIRST, 5 * PAGE, MEM_COMMIT, RW);
    assert_int_equal(m.os->virtual_alloc(m.os, (void *)(m.origin + FIRST), 6 * PAGE, MEM_COMMIT, RW, &out), 1455);
    expect_totals(&m, "full", 0, 2 * PAGE);
    assert_int_equal(m.os->virtual_free(m.os, (void *)(m.origin + FIRST), PAGE, MEM_DECOMMIT), 0);
    must_alloc(&m, FIRST + 5 * PAGE, PAGE, MEM_COMMIT, RW); /* in its place */
    must_alloc(&m, FIRST + PAGE, 5 * PAGE, MEM_COMMIT, RW);
    sim_os_set_commit_limit(m.sim, 1);
    must_alloc(&m, FIRST + PAGE, 5 * PAGE, MEM_COMMIT, PAGE_READONLY);
    must_alloc(&m, FREE_PLACE, GRANULE, MEM_RESERVE, RW);
    sim_os_set_commit_limit(m.sim, 0);
    must_alloc(&m, FREE_PLACE, GRANULE, MEM_COMMIT, RW);
    sim_os_destroy(m.sim);
}

static void the_reserve_limit_refuses_reservations_beyond_it(void **state)
{
    (void)state;
    machine m = machine_create();
    void *out = NULL;
    sim_os_set_reserve_limit(m.sim, OWN_RESERVED + GRANULE + 2 * PAGE);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 3 * PAGE, MEM_RESERVE, RW, &out), ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 2 * PAGE, MEM_RESERVE, RW, &out), 0);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 1, MEM_RESERVE, RW, &out), ERROR_NOT_ENOUGH_MEMORY);
    must_alloc(&m, FIRST, PAGE, MEM_COMMIT, RW);
    assert_int_equal(m.os->virtual_free(m.os, (void *)(m.origin + SMALL), 0, MEM_RELEASE), 0);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 3 * PAGE, MEM_RESERVE, RW, &out), 0);
    sim_os_destroy(m.sim);
}

static void foreign_regions_count_for_nobody_and_ignore_limits(void **state)
{
    (void)state;
    machine m = machine_create();
    sim_os_set_commit_limit(m.sim, 1);
    sim_os_set_reserve_limit(m.sim, 1);
    void *reserved = sim_os_add_foreign(m.sim, NULL, 3 * PAGE, FALSE, PAGE_NOACCESS);
    assert_non_null(reserved);
    assert_non_null(sim_os_add_foreign(m.sim, NULL, 3 * PAGE, TRUE, RW));
    expect_totals(&m, "foreign", 0, 0);
    assert_null(sim_os_add_foreign(m.sim, (void *)(m.origin + SECOND), PAGE, TRUE, RW));
    sim_os_remove_foreign(m.sim, reserved);
    assert_int_equal(m.os->virtual_free(m.os, reserved, 0, MEM_RELEASE), 487);
    assert_int_equal(sim_os_calls(m.sim, SIM_VIRTUAL_FREE), 1);
    sim_os_destroy(m.sim);
}

/* ---- Heaps, tables, objects ---- */

static void heap_blocks_are_aligned_distinct_and_counted(void **state)
{
    (void)state;
    machine m = machine_create();
    void *heap, *other, *blocks[3];
    sim_os_totals totals;
    assert_int_equal(m.os->heap_create(m.os, HEAP_NO_SERIALIZE, &heap), 0);
    assert_int_equal(m.os->heap_create(m.os, 0, &other), 0);
    for (SIZE_T i = 0; i < 3; i++) {
        assert_int_equal(m.os->heap_alloc(m.os, i == 1 ? other : heap, i, &blocks[i]), 0);
        assert_non_null(blocks[i]);
        assert_int_equal((UINT_PTR)blocks[i] % (2 * sizeof(void *)), 0);
    }
    sim_os_total(m.sim, &totals);
    assert_int_equal(totals.heaps, 2);
    assert_int_equal(totals.heap_blocks, 3);
    assert_int_equal(totals.heap_bytes, 3);
    assert_int_equal(m.os->heap_alloc(m.os, heap, SIZE_MAX, &blocks[2]), ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(m.os->heap_free(m.os, other, blocks[1]), 0);
    m.os->heap_destroy(m.os, heap);
    sim_os_total(m.sim, &totals);
    assert_int_equal(totals.heaps, 1);
    assert_int_equal(totals.heap_blocks, 0);
    assert_int_equal(totals.heap_bytes, 0);
    sim_os_destroy(m.sim);
}

static void many_blocks_are_told_apart(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    machine m = machine_create();
    void *heap, **blocks = calloc(COUNT, sizeof *blocks);
    UINT32 seed = 12345;
    SIZE_T live = 0, bytes = 0, sizes[COUNT] = {0};
    sim_os_totals totals;
    assert_non_null(blocks);
    assert_int_equal(m.os->heap_create(m.os, 0, &heap), 0);
    for (int step = 0; step < 10 * COUNT; step++) {
        seed = seed * 1664525u + 1013904223u;
        SIZE_T i = (seed >> 8) % COUNT;
        if (blocks[i] != NULL) {
            assert_int_equal(m.os->heap_free(m.os, heap, blocks[i]), 0);
            blocks[i] = NULL;
            bytes -= sizes[i];
            live--;
        } else {
            sizes[i] = seed % 97;
            assert_int_equal(m.os->heap_alloc(m.os, heap, sizes[i], &blocks[i]), 0);
            bytes += sizes[i];
            live++;
        }
    }
    sim_os_total(m.sim, &totals);
    assert_int_equal(totals.heap_blocks, live);
    assert_int_equal(totals.heap_bytes, bytes);
    free(blocks);
    sim_os_destroy(m.sim);
}

static void tables_are_zero_where_committed_and_fault_elsewhere(void **state)
{
    (void)state;
    machine m = machine_create();
    SIZE_T page = m.info.page_size, size = 40 * GRANULE + 1;
    void *out;
    sim_os_totals totals;
    assert_int_equal(m.os->table_reserve(m.os, size, &out), 0);
    char *table = out;
    assert_false(readable(table));
    assert_int_equal(m.os->table_commit(m.os, table + page + 10, page), 0);
    assert_false(readable(table));
    assert_true(is_zero(table + page, 2 * page));
    memset(table + page, 1, 2 * page);
    assert_int_equal(m.os->table_commit(m.os, table + 2 * page, 2 * page), 0);
    assert_int_equal(table[2 * page], 1);
    assert_int_equal(m.os->table_commit(m.os, table + size - 1, 1), 0);
    sim_os_total(m.sim, &totals);
    assert_int_equal(totals.tables, 1);
    assert_int_equal(totals.table_committed_bytes, 4 * page);
    m.os->table_release(m.os, table, size);
    assert_int_equal(m.os->table_reserve(m.os, 0, &out), ERROR_INVALID_PARAMETER);
    assert_int_equal(m.os->table_reserve(m.os, SIZE_MAX, &out), ERROR_INVALID_PARAMETER);
    sim_os_destroy(m.sim);
}

static void objects_are_zeroed(void **state)
{
    (void)state;
    machine m = machine_create();
    sim_os_totals totals;
    char *object = m.os->object_alloc(m.os, 100);
    assert_non_null(object);
    assert_true(is_zero(object, 100));
    sim_os_total(m.sim, &totals);
    assert_int_equal(totals.objects, 1);
    m.os->object_free(m.os, object);
    sim_os_total(m.sim, &totals);
    assert_int_equal(totals.objects, 0);
    sim_os_destroy(m.sim);
}

static void check_is_clean_only_when_all_is_given_back(void **state)
{
    (void)state;
    sim_os *sim = sim_os_create(NULL);
    hostmem_os *os = sim_os_functions(sim);
    void *held;
    assert_non_null(sim_os_add_foreign(sim, NULL, PAGE, TRUE, RW));
    assert_true(sim_os_check(sim, NULL));

    assert_int_equal(os->virtual_alloc(os, NULL, PAGE, MEM_RESERVE, RW, &held), 0);
    assert_false(sim_os_check(sim, NULL));
    assert_int_equal(os->virtual_free(os, held, 0, MEM_RELEASE), 0);
    assert_true(sim_os_check(sim, NULL));

    assert_int_equal(os->heap_create(os, 0, &held), 0);
    assert_false(sim_os_check(sim, NULL));
    os->heap_destroy(os, held);
    assert_true(sim_os_check(sim, NULL));

    assert_int_equal(os->table_reserve(os, PAGE, &held), 0);
    assert_false(sim_os_check(sim, NULL));
    os->table_release(os, held, PAGE);
    assert_true(sim_os_check(sim, NULL));

    held = os->object_alloc(os, 1);
    assert_false(sim_os_check(sim, NULL));
    os->object_free(os, held);
    assert_true(sim_os_check(sim, NULL));
    sim_os_destroy(sim);
}

/* ---- Controls ---- */

static void memory_status_is_what_was_set(void **state)
{
    (void)state;
    machine m = machine_create();
    const hostmem_os_memory set = {.load_percent = 97, .total_physical = 1000, .available_physical = 30};
    hostmem_os_memory got;
    sim_os_set_memory_status(m.sim, &set);
    assert_int_equal(m.os->memory_status(m.os, &got), 0);
    assert_int_equal(got.load_percent, 97);
    assert_int_equal(got.total_physical, 1000);
    assert_int_equal(got.available_physical, 30);
    sim_os_destroy(m.sim);
}

static void ordered_failures_come_when_ordered(void **state)
{
    (void)state;
    machine m = machine_create();
    void *out = NULL;
    sim_os_fail(m.sim, SIM_SET(SIM_VIRTUAL_ALLOC) | SIM_SET(SIM_OBJECT_ALLOC), 1, 2, 1450);
    must_alloc(&m, FIRST, PAGE, MEM_COMMIT, RW);
    assert_int_equal(m.os->virtual_free(m.os, (void *)(m.origin + FIRST), PAGE, MEM_DECOMMIT), 0);
    assert_int_equal(sim_os_failed(m.sim), 0);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, PAGE, MEM_RESERVE, RW, &out), 1450);
    assert_null(m.os->object_alloc(m.os, 1));
    assert_int_equal(m.os->get_last_error(m.os), 1450);
    assert_int_equal(sim_os_failed(m.sim), 2);
    expect_totals(&m, "failed", 0, 0);
    must_alloc(&m, FIRST, PAGE, MEM_COMMIT, RW);

    sim_os_fail(m.sim, SIM_ALL_KINDS, 0, SIM_FOREVER, 8);
    hostmem_os_memory status;
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    UINT32 old;
    assert_int_equal(m.os->virtual_query(m.os, NULL, &region, sizeof region, &written), 8);
    assert_int_equal(m.os->virtual_protect(m.os, (void *)(m.origin + SECOND), PAGE, RW, &old), 8);
    assert_int_equal(m.os->virtual_free(m.os, (void *)(m.origin + SECOND), 0, MEM_RELEASE), 8);
    assert_int_equal(m.os->heap_create(m.os, 0, &out), 8);
    assert_int_equal(m.os->table_reserve(m.os, PAGE, &out), 8);
    assert_int_equal(m.os->memory_status(m.os, &status), 8);
    sim_os_fail(m.sim, SIM_ALL_KINDS, 0, 0, 8);
    assert_int_equal(m.os->heap_create(m.os, 0, &out), 0);

    sim_os_fail(m.sim, SIM_ALL_KINDS, 0, SIM_FOREVER, 8);
    void *block;
    assert_int_equal(m.os->heap_alloc(m.os, out, 1, &block), 8);
    m.os->heap_destroy(m.os, out); /* cannot fail, and must not have been prevented */
    sim_os_fail(m.sim, 0, 0, 0, 0);
    sim_os_totals totals;
    sim_os_total(m.sim, &totals);
    assert_int_equal(totals.heaps, 0);
    sim_os_destroy(m.sim);
}

static void calls_are_counted_by_kind(void **state)
{
    (void)state;
    machine m = machine_create();
    hostmem_os_memory status;
    void *out;
    sim_os_reset_calls(m.sim);
    assert_int_equal(m.os->memory_status(m.os, &status), 0);
    assert_int_equal(m.os->memory_status(m.os, &status), 0);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 0, MEM_RESERVE, RW, &out), 87);
    for (int kind = 0; kind < SIM_KIND_COUNT; kind++) {
        UINT64 calls = sim_os_calls(m.sim, (sim_os_kind)kind);
        assert_int_equal(calls, kind == SIM_MEMORY_STATUS ? 2 : kind == SIM_VIRTUAL_ALLOC ? 1 : 0);
    }
    sim_os_destroy(m.sim);
}

typedef struct hook_log {
    machine *m;
    int before;
    int after;
    sim_os_call last;
    BOOL nested;
} hook_log;

static void note_before(void *context, const sim_os_call *call)
{
    hook_log *log = context;
    log->before++;
    log->last = *call;
}

static void note_after(void *context, const sim_os_call *call)
{
    hook_log *log = context;
    log->after++;
    log->last = *call;
    log->m->os->set_last_error(log->m->os, 4711);
}

/* Takes away, as another thread would, what the call is about to work on. */
static void release_before(void *context, const sim_os_call *call)
{
    hook_log *log = context;
    if (!log->nested) {
        log->nested = TRUE;
        assert_int_equal(log->m->os->virtual_free(log->m->os, call->address, 0, MEM_RELEASE), 0);
    }
}

static void hooks_see_calls_and_may_call_themselves(void **state)
{
    (void)state;
    machine m = machine_create();
    hook_log log = {.m = &m};
    void *out = NULL;
    sim_os_set_hooks(m.sim, SIM_SET(SIM_VIRTUAL_ALLOC) | SIM_SET(SIM_VIRTUAL_FREE), note_before, note_after, &log);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 123, MEM_RESERVE, PAGE_READONLY, &out), 0);
    assert_int_equal(log.before, 1);
    assert_int_equal(log.after, 1);
    assert_int_equal(log.last.kind, SIM_VIRTUAL_ALLOC);
    assert_int_equal(log.last.size, 123);
    assert_int_equal(log.last.type, MEM_RESERVE);
    assert_int_equal(log.last.protect, PAGE_READONLY);
    assert_ptr_equal(log.last.result, out);
    assert_int_equal(log.last.error, 0);
    assert_int_equal(m.os->get_last_error(m.os), POISON);
    assert_int_equal(m.os->virtual_free(m.os, out, 1, MEM_RELEASE), 87);
    assert_int_equal(log.last.kind, SIM_VIRTUAL_FREE);
    assert_int_equal(log.last.error, 87);
    assert_int_equal(m.os->get_last_error(m.os), 87);
    m.os->object_free(m.os, m.os->object_alloc(m.os, 1));
    assert_int_equal(log.before, 2);

    sim_os_set_hooks(m.sim, SIM_SET(SIM_VIRTUAL_FREE), release_before, NULL, &log);
    assert_int_equal(m.os->virtual_free(m.os, (void *)(m.origin + SECOND), 0, MEM_RELEASE), 487);
    sim_os_set_hooks(m.sim, 0, NULL, NULL, NULL);
    sim_os_destroy(m.sim);
}

typedef struct run_log {
    sim_os_run runs[16];
    SIZE_T count;
} run_log;

static void log_run(void *context, const sim_os_run *run)
{
    run_log *log = context;
    assert_true(log->count < LENGTH(log->runs));
    log->runs[log->count++] = *run;
}

static void a_walk_visits_every_run_in_order(void **state)
{
    (void)state;
    static const struct {
        SIZE_T base, size, allocation;
        UINT32 protect;
    } wanted[] = {
        {FIRST, PAGE, FIRST, 0},
        {FIRST + PAGE, 2 * PAGE, FIRST, RW},
        {FIRST + 3 * PAGE, PAGE, FIRST, PAGE_EXECUTE_READ},
        {FIRST + 4 * PAGE, SECOND - 4 * PAGE, FIRST, 0},
        {SECOND, GRANULE, SECOND, RW},
        {SMALL, 3 * PAGE, SMALL, PAGE_READONLY},
        {FOREIGN, GRANULE, FOREIGN, RW},
    };
    machine m = machine_create();
    run_log log = {.count = 0};
    sim_os_walk(m.sim, log_run, &log);
    assert_int_equal(log.count, LENGTH(wanted));
    for (SIZE_T i = 0; i < LENGTH(wanted); i++) {
        assert_int_equal(log.runs[i].base, m.origin + wanted[i].base);
        assert_int_equal(log.runs[i].size, wanted[i].size);
        assert_int_equal(log.runs[i].allocation_base, m.origin + wanted[i].allocation);
        assert_int_equal(log.runs[i].protect, wanted[i].protect);
        assert_int_equal(log.runs[i].state, wanted[i].protect != 0 ? MEM_COMMIT : MEM_RESERVE);
        assert_int_equal(log.runs[i].foreign, wanted[i].base == FOREIGN);
    }
    sim_os_totals totals;
    sim_os_total(m.sim, &totals);
    assert_int_equal(totals.reservations, 3);
    assert_int_equal(totals.executable_bytes, PAGE);
    sim_os_destroy(m.sim);
}

static void an_arena_without_memory_can_be_anywhere(void **state)
{
    (void)state;
    const sim_os_config config = {
        .instant = TRUE,
        .arena_bytes = 0x10000000,
        .arena_base = (UINT_PTR)0x60000000,
        .highest_address = (UINT_PTR)0x6fffffff,
        .page_size = 0x2000,
    };
    sim_os *sim = sim_os_create(&config);
    hostmem_os *os = sim_os_functions(sim);
    hostmem_os_info info;
    void *out = NULL;
    os->get_info(os, &info);
    assert_int_equal(info.page_size, 0x2000);
    assert_int_equal(info.highest_address, 0x6fffffff);
    assert_int_equal(os->virtual_alloc(os, NULL, 1, MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN, RW, &out), 0);
    assert_ptr_equal(out, (void *)(UINT_PTR)0x6fff0000);
    sim_os_totals totals;
    sim_os_total(sim, &totals);
    assert_int_equal(totals.committed_bytes, 0x2000);
    assert_int_equal(os->virtual_alloc(os, out, GRANULE, MEM_COMMIT, RW, &out), 487);
    assert_int_equal(os->virtual_free(os, out, 0, MEM_RELEASE), 0);
    assert_true(sim_os_check(sim, NULL));
    sim_os_destroy(sim);
}

static void instant_memory_can_be_touched_everywhere(void **state)
{
    (void)state;
    const sim_os_config config = {.instant = TRUE, .arena_bytes = ARENA_BYTES};
    sim_os *sim = sim_os_create(&config);
    assert_int_equal(sim_os_arena_bytes(sim), ARENA_BYTES);
    assert_true(writable((void *)sim_os_arena_base(sim)));
    assert_true(writable((void *)(sim_os_arena_base(sim) + ARENA_BYTES - 1)));
    sim_os_destroy(sim);
}

#ifndef _WIN32

typedef void misuse(machine *m);

static void free_a_foreign_block(machine *m)
{
    void *heap;
    m->os->heap_create(m->os, 0, &heap);
    m->os->heap_free(m->os, heap, m);
}

static void free_twice(machine *m)
{
    void *heap, *block;
    m->os->heap_create(m->os, 0, &heap);
    m->os->heap_alloc(m->os, heap, 1, &block);
    m->os->heap_free(m->os, heap, block);
    m->os->heap_free(m->os, heap, block);
}

static void free_in_another_heap(machine *m)
{
    void *heap, *other, *block;
    m->os->heap_create(m->os, 0, &heap);
    m->os->heap_create(m->os, 0, &other);
    m->os->heap_alloc(m->os, heap, 1, &block);
    m->os->heap_free(m->os, other, block);
}

static void use_a_heap_that_is_gone(machine *m)
{
    void *heap, *block;
    m->os->heap_create(m->os, 0, &heap);
    m->os->heap_destroy(m->os, heap);
    m->os->heap_alloc(m->os, heap, 1, &block);
}

static void commit_outside_of_a_table(machine *m)
{
    void *table;
    m->os->table_reserve(m->os, m->info.page_size, &table);
    m->os->table_commit(m->os, table, m->info.page_size + 1);
}

static void release_half_a_table(machine *m)
{
    void *table;
    m->os->table_reserve(m->os, 2 * m->info.page_size, &table);
    m->os->table_release(m->os, table, m->info.page_size);
}

static void free_no_object(machine *m)
{
    m->os->object_free(m->os, m);
}

static void touch_uncommitted_memory(machine *m)
{
    *(volatile char *)m->origin = 1;
}

/* Whether the program survives the misuse, tried in a process of its own. */
static BOOL survives(misuse *what)
{
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(0);
        }
        signal(SIGSEGV, SIG_DFL); /* instead of CMocka's, which would go on with the tests */
        signal(SIGABRT, SIG_DFL);
        machine m = machine_create();
        what(&m);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void misuse_ends_the_process(void **state)
{
    (void)state;
    misuse *const misuses[] = {
        free_a_foreign_block, free_twice, free_in_another_heap, use_a_heap_that_is_gone,
        commit_outside_of_a_table, release_half_a_table, free_no_object, touch_uncommitted_memory,
    };
    for (SIZE_T i = 0; i < LENGTH(misuses); i++) {
        if (survives(misuses[i])) {
            fail_msg("misuse %u was survived", (unsigned)i);
        }
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alloc_refuses_what_windows_refuses),
        cmocka_unit_test(alloc_gives_what_windows_gives),
        cmocka_unit_test(free_does_what_windows_does),
        cmocka_unit_test(protect_does_what_windows_does),
        cmocka_unit_test(query_describes_runs),
        cmocka_unit_test(query_refuses_bad_arguments),
        cmocka_unit_test(queries_walk_from_one_end_of_the_address_space_to_the_other),
        cmocka_unit_test(memory_can_be_touched_as_its_protection_says),
        cmocka_unit_test(only_committed_memory_can_be_touched),
        cmocka_unit_test(committed_memory_is_zero_until_written_and_again_after_decommit_or_release),
        cmocka_unit_test(released_addresses_are_given_out_again),
        cmocka_unit_test(the_commit_limit_refuses_what_is_new_beyond_it),
        cmocka_unit_test(the_reserve_limit_refuses_reservations_beyond_it),
        cmocka_unit_test(foreign_regions_count_for_nobody_and_ignore_limits),
        cmocka_unit_test(heap_blocks_are_aligned_distinct_and_counted),
        cmocka_unit_test(many_blocks_are_told_apart),
        cmocka_unit_test(tables_are_zero_where_committed_and_fault_elsewhere),
        cmocka_unit_test(objects_are_zeroed),
        cmocka_unit_test(check_is_clean_only_when_all_is_given_back),
        cmocka_unit_test(memory_status_is_what_was_set),
        cmocka_unit_test(ordered_failures_come_when_ordered),
        cmocka_unit_test(calls_are_counted_by_kind),
        cmocka_unit_test(hooks_see_calls_and_may_call_themselves),
        cmocka_unit_test(a_walk_visits_every_run_in_order),
        cmocka_unit_test(an_arena_without_memory_can_be_anywhere),
        cmocka_unit_test(instant_memory_can_be_touched_everywhere),
#ifndef _WIN32
        cmocka_unit_test(misuse_ends_the_process),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
