/* See sim_machine.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "sim_machine.h"

#ifndef _WIN32
#include <unistd.h>
#endif

#include <cmocka.h>

void must_alloc(machine *m, SIZE_T offset, SIZE_T size, UINT32 type, UINT32 protect)
{
    void *out = NULL;
    assert_int_equal(m->os->virtual_alloc(m->os, (void *)(m->origin + offset), size, type, protect, &out), 0);
}

machine machine_create(void)
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

void machine_destroy(machine *m)
{
    sim_os_destroy(m->sim);
}

void expect(const char *name, const char *what, UINT64 is, UINT64 wanted)
{
    if (is != wanted) {
        fail_msg("%s: %s is %#llx instead of %#llx", name, what, (unsigned long long)is, (unsigned long long)wanted);
    }
}

void expect_totals(const machine *m, const char *name, INT64 reserved, INT64 committed)
{
    sim_os_totals totals;
    sim_os_total(m->sim, &totals);
    expect(name, "reserved", totals.reserved_bytes, (UINT64)((INT64)OWN_RESERVED + reserved));
    expect(name, "committed", totals.committed_bytes, (UINT64)((INT64)OWN_COMMITTED + committed));
}

BOOL readable(const void *address)
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

BOOL writable(void *address)
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

BOOL is_zero(const char *memory, SIZE_T size)
{
    for (SIZE_T i = 0; i < size; i++) {
        if (memory[i] != 0) {
            return FALSE;
        }
    }
    return TRUE;
}
