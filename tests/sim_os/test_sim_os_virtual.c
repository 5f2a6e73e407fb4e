/* The simulated operating system's virtual memory: every rule of Windows that it claims to follow, as tables of cases.
 * Each case has a machine of its own with the same four regions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sim_machine.h"

#include <cmocka.h>

/* Not the headers' value: Wine's has another one. */
#undef MEM_RESET_UNDO
#define MEM_RESET_UNDO 0x1000000
#define TARGETS_INVALID 0x40000000u
#define PRESERVE_PLACEHOLDER 2u
#define COALESCE_PLACEHOLDERS 1u
#define LARGE MEM_LARGE_PAGES

/* Where a case's address counts from. */
typedef enum place { AT_ORIGIN, ABSOLUTE_ADDRESS, ABOVE_HIGHEST } place;

static void *address_of(const machine *m, place from, SIZE_T offset)
{
    UINT_PTR base = from == AT_ORIGIN ? m->origin : from == ABOVE_HIGHEST ? m->info.highest_address + 1 : 0;
    return (void *)(base + offset);
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
    {"large pages", AN, 0, PAGE, MEM_RESERVE | MEM_COMMIT | LARGE, RW, 1314, 0, 0, 0},
    {"large pages, every flag", AN, 0, PAGE, 0xffffffff, RW, 87, 0, 0, 0},
    {"large pages, reserved alone", AN, 0, PAGE, MEM_RESERVE | LARGE, RW, 87, 0, 0, 0},
    {"large pages alone", AN, 0, PAGE, LARGE, RW, 87, 0, 0, 0},
    {"large pages, watched", AN, 0, PAGE, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH | LARGE, RW, 87, 0, 0, 0},
    {"large pages, protection 0", AN, 0, PAGE, MEM_RESERVE | MEM_COMMIT | LARGE, 0, 87, 0, 0, 0},
    {"large pages, size 0", AN, 0, 0, MEM_RESERVE | MEM_COMMIT | LARGE, RW, 87, 0, 0, 0},
    {"large pages at a low address", AN, PAGE, PAGE, MEM_RESERVE | MEM_COMMIT | LARGE, RW, 87, 0, 0, 0},
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
    {"targets of what is no code", AN, 0, PAGE, MEM_RESERVE, RW | TARGETS_INVALID, 87, 0, 0, 0},
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
    {"reserve rounds down to a granule", AT_ORIGIN, FREE_PLACE + 0x1234, PAGE, COMMITS, RW, 0, FREE_PLACE, 0x3000,
     0x3000},
    {"reserve between two", AT_ORIGIN, SECOND + GRANULE, SMALL - SECOND - GRANULE, MEM_RESERVE, RW, 0, SECOND + GRANULE,
     0xb0000, 0},
    {"guard pages", AN, 0, PAGE, COMMITS, RW | PAGE_GUARD, 0, ANYWHERE, 0x1000, 0x1000},
    {"uncached pages", AN, 0, PAGE, COMMITS, PAGE_READONLY | PAGE_NOCACHE, 0, ANYWHERE, 0x1000, 0x1000},
    {"combined pages", AN, 0, PAGE, COMMITS, RW | PAGE_WRITECOMBINE, 0, ANYWHERE, 0x1000, 0x1000},
    {"reset of NULL reserves", AN, 0, PAGE, MEM_RESET, RW, 0, ANYWHERE, 0x1000, 0},
    {"code without targets", AN, 0, PAGE, COMMITS, PAGE_EXECUTE_READ | TARGETS_INVALID, 0, ANYWHERE, 0x1000, 0x1000},
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
    machine_destroy(&m);
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
    {"an unknown type", AT_ORIGIN, FIRST, 0, MEM_RELEASE | 8, 87, 0, 0},
    {"both of placeholders", AT_ORIGIN, FIRST, PAGE, MEM_RELEASE | 3, 87, 0, 0},
    {"decommit that preserves", AT_ORIGIN, FIRST, PAGE, MEM_DECOMMIT | PRESERVE_PLACEHOLDER, 87, 0, 0},
    {"preserve what is no placeholder", AT_ORIGIN, FIRST, PAGE, MEM_RELEASE | PRESERVE_PLACEHOLDER, 487, 0, 0},
    {"coalesce what is no placeholder", AT_ORIGIN, FIRST, PAGE, MEM_RELEASE | COALESCE_PLACEHOLDERS, 487, 0, 0},
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
        machine_destroy(&m);
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
        machine_destroy(&m);
    }
    machine m = machine_create();
    assert_int_equal(m.os->virtual_protect(m.os, (void *)(m.origin + SECOND), PAGE, RW, NULL), ERROR_NOACCESS);
    machine_destroy(&m);
}

/* ---- What the region decides ---- */

static UINT32 protection_at(const machine *m, const void *address, SIZE_T *size)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    assert_int_equal(m->os->virtual_query(m->os, address, &region, sizeof region, &written), 0);
    *size = region.RegionSize;
    return region.Protect;
}

static void caching_belongs_to_the_region(void **state)
{
    static const UINT32 cachings[] = {PAGE_NOCACHE, PAGE_WRITECOMBINE};
    (void)state;
    machine m = machine_create();
    for (SIZE_T i = 0; i < LENGTH(cachings); i++) {
        UINT32 caching = cachings[i], old = POISON;
        SIZE_T size;
        char *pages = (char *)m.origin + FREE_PLACE + i * GRANULE;
        must_alloc(&m, FREE_PLACE + i * GRANULE, 2 * PAGE, COMMITS, RW | caching);
        assert_int_equal(m.os->virtual_protect(m.os, pages, PAGE, RW, &old), 0);
        assert_int_equal(old, RW | caching);
        assert_int_equal(protection_at(&m, pages, &size), RW | caching);
        assert_int_equal(size, 2 * PAGE);
        assert_int_equal(m.os->virtual_protect(m.os, pages, PAGE, PAGE_READONLY, &old), 0);
        assert_int_equal(protection_at(&m, pages, &size), PAGE_READONLY | caching);
        assert_int_equal(size, PAGE);
        assert_int_equal(m.os->virtual_protect(m.os, pages, PAGE, PAGE_NOACCESS, &old), 0);
        assert_int_equal(protection_at(&m, pages, &size), PAGE_NOACCESS);
        assert_int_equal(m.os->virtual_protect(m.os, pages, PAGE, RW, &old), 0);
        assert_int_equal(protection_at(&m, pages, &size), RW | caching);

        pages = (char *)m.origin + SECOND;
        assert_int_equal(m.os->virtual_protect(m.os, pages, PAGE, PAGE_READONLY | caching, &old), 0);
        assert_int_equal(protection_at(&m, pages, &size), PAGE_READONLY);
    }
    machine_destroy(&m);
}

/* ---- Placeholders ---- */

static void placeholders_are_split_and_joined(void **state)
{
    (void)state;
    machine m = machine_create();
    char *whole = sim_os_add_placeholder(m.sim, (char *)m.origin + FREE_PLACE, 8 * GRANULE);
    SIZE_T size;
    void *out;
    assert_ptr_equal(whole, (char *)m.origin + FREE_PLACE);
    assert_int_equal(m.os->virtual_alloc(m.os, whole, PAGE, MEM_COMMIT, RW, &out), 487);
    assert_int_equal(m.os->virtual_free(m.os, whole, 8 * GRANULE, MEM_RELEASE | PRESERVE_PLACEHOLDER), 487);
    assert_int_equal(m.os->virtual_free(m.os, whole, 9 * GRANULE, MEM_RELEASE | PRESERVE_PLACEHOLDER), 487);
    assert_int_equal(m.os->virtual_free(m.os, whole, 8 * GRANULE, MEM_RELEASE | COALESCE_PLACEHOLDERS), 487);

    assert_int_equal(m.os->virtual_free(m.os, whole + 4 * GRANULE, 2 * GRANULE, MEM_RELEASE | PRESERVE_PLACEHOLDER), 0);
    assert_int_equal(protection_at(&m, whole, &size), 0);
    assert_int_equal(size, 4 * GRANULE);
    protection_at(&m, whole + 4 * GRANULE, &size);
    assert_int_equal(size, 2 * GRANULE);
    protection_at(&m, whole + 6 * GRANULE, &size);
    assert_int_equal(size, 2 * GRANULE);

    assert_int_equal(m.os->virtual_free(m.os, whole, 5 * GRANULE, MEM_RELEASE | COALESCE_PLACEHOLDERS), 487);
    assert_int_equal(m.os->virtual_free(m.os, whole, 6 * GRANULE, MEM_RELEASE | COALESCE_PLACEHOLDERS), 0);
    protection_at(&m, whole, &size);
    assert_int_equal(size, 6 * GRANULE);
    assert_int_equal(m.os->virtual_free(m.os, whole, 0, MEM_RELEASE), 0);
    assert_int_equal(m.os->virtual_free(m.os, whole + 6 * GRANULE, 0, MEM_RELEASE), 0);
    machine_destroy(&m);
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
    {"another protection", FIRST + 3 * PAGE, FIRST + 3 * PAGE, PAGE, FIRST, PAGE_NOACCESS, MEM_COMMIT,
     PAGE_EXECUTE_READ},
    {"reserved up to the next reservation", FIRST + 4 * PAGE, FIRST + 4 * PAGE, SECOND - 4 * PAGE, FIRST, PAGE_NOACCESS,
     MEM_RESERVE, 0},
    {"a whole reservation", SECOND, SECOND, GRANULE, SECOND, RW, MEM_COMMIT, RW},
    {"the rest of a granule", SMALL + 3 * PAGE, SMALL + 3 * PAGE, FOREIGN - SMALL - 3 * PAGE, 0, 0, MEM_FREE,
     PAGE_NOACCESS},
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
        UINT32 error = m.os->virtual_query(m.os, (void *)(m.origin + query_cases[i].offset), &region, sizeof region,
                                           &written);
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
    machine_destroy(&m);
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
    assert_int_equal(m.os->virtual_query(m.os, (void *)(m.info.highest_address + 1), &region, sizeof region, &written),
                     87);
    assert_int_equal(written, POISON);
    assert_int_equal(m.os->virtual_query(m.os, NULL, large, sizeof large, &written), 0);
    assert_int_equal(written, sizeof region);
    machine_destroy(&m);
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
    machine_destroy(&m);
}

/* ---- Content ---- */

static const struct {
    UINT32 protect;
    BOOL readable;
    BOOL writable;
} access_cases[] = {
    {PAGE_NOACCESS, FALSE, FALSE},   {PAGE_READONLY, TRUE, FALSE},     {PAGE_READWRITE, TRUE, TRUE},
    {PAGE_EXECUTE, TRUE, FALSE},     {PAGE_EXECUTE_READ, TRUE, FALSE}, {PAGE_EXECUTE_READWRITE, TRUE, TRUE},
    {RW | PAGE_GUARD, FALSE, FALSE}, {RW | PAGE_NOCACHE, TRUE, TRUE},
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
    machine_destroy(&m);
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
    machine_destroy(&m);
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
    machine_destroy(&m);
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
    machine_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alloc_refuses_what_windows_refuses),
        cmocka_unit_test(alloc_gives_what_windows_gives),
        cmocka_unit_test(free_does_what_windows_does),
        cmocka_unit_test(protect_does_what_windows_does),
        cmocka_unit_test(caching_belongs_to_the_region),
        cmocka_unit_test(placeholders_are_split_and_joined),
        cmocka_unit_test(query_describes_runs),
        cmocka_unit_test(query_refuses_bad_arguments),
        cmocka_unit_test(queries_walk_from_one_end_of_the_address_space_to_the_other),
        cmocka_unit_test(memory_can_be_touched_as_its_protection_says),
        cmocka_unit_test(only_committed_memory_can_be_touched),
        cmocka_unit_test(committed_memory_is_zero_until_written_and_again_after_decommit_or_release),
        cmocka_unit_test(released_addresses_are_given_out_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
