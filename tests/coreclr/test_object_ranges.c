/* Which reservations are taken for the garbage collector's, by the sequences of sizes that runtimes reserve. */
#include "check.h"

#include "coreclr/object_ranges.h"

#define MIB ((SIZE_T)1 << 20)
#define AT(mib) ((void *)((UINT_PTR)(mib)*MIB))

static hmi_object_ranges ranges;

static int setup(void **state)
{
    (void)state;
    ranges = (hmi_object_ranges){0};
    return 0;
}

static void reserved(UINT_PTR at_mib, SIZE_T mib)
{
    hmi_object_ranges_reserved(&ranges, AT(at_mib), mib * MIB, MEM_RESERVE, PAGE_READWRITE);
}

static bool contains(UINT_PTR at_mib)
{
    return hmi_object_ranges_contain(&ranges, AT(at_mib));
}

static void one_large_reservation_is_the_objects(void **state)
{
    (void)state;
    assert_false(contains(100));
    reserved(100, 512);
    reserved(1000, 6); /* tables */
    assert_true(contains(100));
    assert_true(contains(611));
    assert_false(contains(612));
    assert_false(contains(99));
    assert_false(contains(1000));
    assert_int_equal(hmi_object_ranges_bytes(&ranges), 512 * MIB);
}

static void tables_that_come_first_are_found_out_later(void **state)
{
    (void)state;
    reserved(1000, 6);
    assert_true(contains(1000));
    reserved(100, 512);
    assert_false(contains(1000));
    assert_true(contains(100));
}

static void segments_are_all_objects(void **state)
{
    (void)state;
    reserved(100, 256);
    reserved(400, 128);
    reserved(600, 32);
    assert_true(contains(100) && contains(400) && contains(600));
    assert_int_equal(hmi_object_ranges_bytes(&ranges), 416 * MIB);
}

static void other_reservations_are_none(void **state)
{
    (void)state;
    reserved(100, 1);
    hmi_object_ranges_reserved(&ranges, AT(200), 256 * MIB, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    hmi_object_ranges_reserved(&ranges, AT(200), 256 * MIB, MEM_COMMIT, PAGE_READWRITE);
    hmi_object_ranges_reserved(&ranges, AT(200), 256 * MIB, MEM_RESERVE, PAGE_NOACCESS);
    hmi_object_ranges_reserved(&ranges, AT(200), 256 * MIB, MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    assert_int_equal(hmi_object_ranges_bytes(&ranges), 0);
    hmi_object_ranges_reserved(&ranges, AT(200), 256 * MIB, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
    assert_int_equal(hmi_object_ranges_bytes(&ranges), 256 * MIB);
}

static void what_is_released_is_none_and_makes_room(void **state)
{
    UINT_PTR round;
    (void)state;
    for (round = 0; round < 3 * HMI_OBJECT_RANGES; round++) {
        reserved(100, 64);
        reserved(200, 64);
        hmi_object_ranges_released(&ranges, AT(100));
        assert_false(contains(100));
        assert_true(contains(200));
        hmi_object_ranges_released(&ranges, AT(150)); /* not a base */
        hmi_object_ranges_released(&ranges, AT(200));
    }
    assert_int_equal(hmi_object_ranges_bytes(&ranges), 0);
}

static void what_does_not_fit_is_not_known(void **state)
{
    UINT_PTR i;
    (void)state;
    for (i = 0; i <= HMI_OBJECT_RANGES; i++)
        reserved(100 + 8 * i, 8);
    assert_int_equal(hmi_object_ranges_bytes(&ranges), HMI_OBJECT_RANGES * 8 * (UINT64)MIB);
    assert_true(contains(100 + 8 * (HMI_OBJECT_RANGES - 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_large_reservation_is_the_objects, setup),
        cmocka_unit_test_setup(tables_that_come_first_are_found_out_later, setup),
        cmocka_unit_test_setup(segments_are_all_objects, setup),
        cmocka_unit_test_setup(other_reservations_are_none, setup),
        cmocka_unit_test_setup(what_is_released_is_none_and_makes_room, setup),
        cmocka_unit_test_setup(what_does_not_fit_is_not_known, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
