/* The table of heaps that modules create: found by handle, removed once, and full at some point. */
#include "check.h"

#include <string.h>

#include "coreclr/private_heaps.h"

static hmi_private_heaps heaps;
static hmi_blocks blocks[HMI_PRIVATE_HEAPS + 1];

static int setup(void **state)
{
    (void)state;
    memset(&heaps, 0, sizeof heaps);
    return 0;
}

static HANDLE handle(UINT_PTR number)
{
    return (HANDLE)(number << 16);
}

static void heaps_are_found_and_taken_once(void **state)
{
    (void)state;
    assert_null(hmi_private_heaps_find(&heaps, handle(1)));
    assert_false(hmi_private_heaps_any(&heaps));
    assert_true(hmi_private_heaps_add(&heaps, handle(1), &blocks[1]));
    assert_true(hmi_private_heaps_add(&heaps, handle(2), &blocks[2]));
    assert_ptr_equal(hmi_private_heaps_find(&heaps, handle(1)), &blocks[1]);
    assert_ptr_equal(hmi_private_heaps_find(&heaps, handle(2)), &blocks[2]);
    assert_null(hmi_private_heaps_find(&heaps, handle(3)));
    assert_null(hmi_private_heaps_find(&heaps, NULL));
    assert_null(hmi_private_heaps_take(&heaps, NULL));
    assert_ptr_equal(hmi_private_heaps_take(&heaps, handle(1)), &blocks[1]);
    assert_null(hmi_private_heaps_take(&heaps, handle(1)));
    assert_null(hmi_private_heaps_find(&heaps, handle(1)));
    assert_true(hmi_private_heaps_any(&heaps));
    assert_ptr_equal(hmi_private_heaps_take(&heaps, handle(2)), &blocks[2]);
    assert_false(hmi_private_heaps_any(&heaps));
}

static void a_full_table_takes_no_more_until_one_goes(void **state)
{
    UINT_PTR i;
    (void)state;
    for (i = 0; i < HMI_PRIVATE_HEAPS; i++)
        assert_true(hmi_private_heaps_add(&heaps, handle(1 + i), &blocks[i]));
    assert_false(hmi_private_heaps_add(&heaps, handle(1000), &blocks[i]));
    assert_null(hmi_private_heaps_find(&heaps, handle(1000)));
    assert_ptr_equal(hmi_private_heaps_take(&heaps, handle(10)), &blocks[9]);
    assert_true(hmi_private_heaps_add(&heaps, handle(1000), &blocks[i]));
    assert_ptr_equal(hmi_private_heaps_find(&heaps, handle(1000)), &blocks[i]);
    assert_ptr_equal(hmi_private_heaps_find(&heaps, handle(HMI_PRIVATE_HEAPS)), &blocks[HMI_PRIVATE_HEAPS - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(heaps_are_found_and_taken_once, setup),
        cmocka_unit_test_setup(a_full_table_takes_no_more_until_one_goes, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
