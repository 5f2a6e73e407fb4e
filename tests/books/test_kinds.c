/* Kinds of memory: each reservation, view and heap has the one that it was named last, and its neighbours keep
 * theirs. */
#include "books/kinds.h"

#include "check.h"

#include <string.h>

#include "sim_os.h"

#define GRANULE ((UINT_PTR)0x10000)
#define PLACE (GRANULE * 0x1000)

typedef struct fixture {
    sim_os *sim;
    hmi_kinds kinds;
} fixture;

static fixture shared;

static int setup(void **state)
{
    memset(&shared, 0, sizeof shared);
    shared.sim = sim_os_create(NULL);
    *state = &shared;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    BOOL clean;
    hmi_kinds_destroy(&f->kinds);
    clean = sim_os_check(f->sim, NULL);
    sim_os_destroy(f->sim);
    return clean ? 0 : -1;
}

static void prepare(fixture *f)
{
    assert_int_equal(hmi_kinds_prepare(&f->kinds, sim_os_functions(f->sim)), 0);
}

static void nothing_is_known_before_it_is_prepared(void **state)
{
    fixture *f = *state;
    assert_false(hmi_kinds_are_known(&f->kinds));
    assert_int_equal(hmi_kinds_set(&f->kinds, PLACE, HOSTMEM_KIND_OBJECTS), HOSTMEM_KIND_OTHER);
    assert_int_equal(hmi_kinds_get(&f->kinds, PLACE), HOSTMEM_KIND_OTHER);
    prepare(f);
    assert_true(hmi_kinds_are_known(&f->kinds));
    assert_int_equal(hmi_kinds_get(&f->kinds, PLACE), HOSTMEM_KIND_OTHER);
}

static void each_granule_has_the_kind_that_it_was_given(void **state)
{
    fixture *f = *state;
    UINT32 i;
    prepare(f);
    for (i = 0; i < 64; i++)
        assert_int_equal(hmi_kinds_set(&f->kinds, PLACE + i * GRANULE, i % HOSTMEM_KINDS), HOSTMEM_KIND_OTHER);
    prepare(f); /* again: it keeps what there is */
    for (i = 0; i < 64; i++) {
        assert_int_equal(hmi_kinds_get(&f->kinds, PLACE + i * GRANULE), i % HOSTMEM_KINDS);
        assert_int_equal(hmi_kinds_get(&f->kinds, PLACE + i * GRANULE + GRANULE - 1), i % HOSTMEM_KINDS);
    }
    assert_int_equal(hmi_kinds_set(&f->kinds, PLACE + 2 * GRANULE, HOSTMEM_KIND_OTHER), 2);
    assert_int_equal(hmi_kinds_get(&f->kinds, PLACE + 1 * GRANULE), 1);
    assert_int_equal(hmi_kinds_get(&f->kinds, PLACE + 2 * GRANULE), HOSTMEM_KIND_OTHER);
    assert_int_equal(hmi_kinds_get(&f->kinds, PLACE + 3 * GRANULE), 3);
    assert_int_equal(hmi_kinds_set(&f->kinds, PLACE + 3 * GRANULE, HOSTMEM_KIND_INVOKED), 3);
    assert_int_equal(hmi_kinds_get(&f->kinds, PLACE + 3 * GRANULE), HOSTMEM_KIND_INVOKED);
}

static void without_memory_nothing_changes(void **state)
{
    fixture *f = *state;
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_RESERVE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hmi_kinds_prepare(&f->kinds, sim_os_functions(f->sim)), ERROR_NOT_ENOUGH_MEMORY);
    assert_false(hmi_kinds_are_known(&f->kinds));
    prepare(f);
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_COMMIT), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hmi_kinds_set(&f->kinds, PLACE, HOSTMEM_KIND_CODE), HOSTMEM_KIND_OTHER);
    assert_int_equal(hmi_kinds_get(&f->kinds, PLACE), HOSTMEM_KIND_OTHER);
}

static void blocks_are_counted_in_and_out(void **state)
{
    fixture *f = *state;
    prepare(f);
    hmi_kinds_count(&f->kinds, HOSTMEM_KIND_INVOKED, 100);
    hmi_kinds_count(&f->kinds, HOSTMEM_KIND_LIBRARIES, 7);
    hmi_kinds_count(&f->kinds, HOSTMEM_KIND_INVOKED, 0 - (uint64_t)40);
    assert_int_equal(hmi_kinds_counted(&f->kinds, HOSTMEM_KIND_INVOKED), 60);
    assert_int_equal(hmi_kinds_counted(&f->kinds, HOSTMEM_KIND_LIBRARIES), 7);
    assert_int_equal(hmi_kinds_counted(&f->kinds, HOSTMEM_KIND_BLOCKS), 0);
    /* A block may be counted out before it is counted in. */
    hmi_kinds_count(&f->kinds, HOSTMEM_KIND_LIBRARIES, 0 - (uint64_t)8);
    assert_int_equal(hmi_kinds_counted(&f->kinds, HOSTMEM_KIND_LIBRARIES), 0);
}

static unsigned heaps_named(fixture *f, UINT32 kind)
{
    unsigned i, count = 0;
    for (i = 0; i < HMI_NAMED_HEAPS; i++)
        count += atomic_load(&f->kinds.heaps[i].id) && atomic_load(&f->kinds.heaps[i].kind) == kind;
    return count;
}

static void heaps_are_remembered_until_they_are_released(void **state)
{
    fixture *f = *state;
    UINT_PTR id;
    prepare(f);
    for (id = 1; id <= HMI_NAMED_HEAPS + 3; id++)
        hmi_kinds_add_heap(&f->kinds, id * 16, HOSTMEM_KIND_LIBRARIES);
    assert_int_equal(heaps_named(f, HOSTMEM_KIND_LIBRARIES), HMI_NAMED_HEAPS);
    hmi_kinds_remove_heap(&f->kinds, 16);
    hmi_kinds_remove_heap(&f->kinds, (HMI_NAMED_HEAPS + 2) * 16);
    assert_int_equal(heaps_named(f, HOSTMEM_KIND_LIBRARIES), HMI_NAMED_HEAPS - 1);
    hmi_kinds_add_heap(&f->kinds, 16, HOSTMEM_KIND_INVOKED);
    assert_int_equal(heaps_named(f, HOSTMEM_KIND_INVOKED), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_known_before_it_is_prepared, setup, teardown),
        cmocka_unit_test_setup_teardown(each_granule_has_the_kind_that_it_was_given, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(blocks_are_counted_in_and_out, setup, teardown),
        cmocka_unit_test_setup_teardown(heaps_are_remembered_until_they_are_released, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
