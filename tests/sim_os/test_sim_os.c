/* Tests of the simulated operating system without its virtual memory: limits, heaps, tables and objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_machine.h"

#include <cmocka.h>

/* ---- Limits and foreign regions ---- */

static void the_commit_limit_refuses_what_is_new_beyond_it(void **state)
{
    (void)state;
    machine m = machine_create();
    void *out = NULL;
    sim_os_set_commit_limit(m.sim, OWN_COMMITTED + GRANULE + 2 * PAGE); /* two pages are left, counting foreign ones */
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 3 * PAGE, MEM_COMMIT, RW, &out), ERROR_COMMITMENT_LIMIT);
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
    machine_destroy(&m);
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
    machine_destroy(&m);
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
    machine_destroy(&m);
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
    machine_destroy(&m);
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
    machine_destroy(&m);
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
    machine_destroy(&m);
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
    machine_destroy(&m);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_commit_limit_refuses_what_is_new_beyond_it),
        cmocka_unit_test(the_reserve_limit_refuses_reservations_beyond_it),
        cmocka_unit_test(foreign_regions_count_for_nobody_and_ignore_limits),
        cmocka_unit_test(heap_blocks_are_aligned_distinct_and_counted),
        cmocka_unit_test(many_blocks_are_told_apart),
        cmocka_unit_test(tables_are_zero_where_committed_and_fault_elsewhere),
        cmocka_unit_test(objects_are_zeroed),
        cmocka_unit_test(check_is_clean_only_when_all_is_given_back),
    };
    return cmocka_run_group_tests_name("sim_os", tests, NULL, NULL);
}
