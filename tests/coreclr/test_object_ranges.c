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

static void reserved_bytes(UINT_PTR at_mib, SIZE_T bytes)
{
    hmi_object_ranges_reserved(&ranges, AT(at_mib), bytes, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
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

static void range_of_regions_may_have_any_size(void **state)
{
    (void)state;
    reserved_bytes(100, 480 * MIB + 0x5000);
    reserved_bytes(700, 4 * MIB + 0x52000); /* tables */
    assert_true(contains(100));
    assert_false(contains(700));
}

static void second_runtime_has_a_range_of_its_own(void **state)
{
    (void)state;
    reserved_bytes(100, 480 * MIB + 0x5000);
    reserved_bytes(700, 4 * MIB + 0x52000);
    reserved_bytes(800, 360 * MIB + 0x3000);
    reserved_bytes(1200, 4 * MIB + 0x52000);
    assert_true(contains(800));
    assert_false(contains(1200));
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

static void segments_are_objects_beside_much_larger_ones(void **state)
{
    (void)state;
    reserved(100, 16);
    reserved(200, 1024); /* for a large array */
    assert_true(contains(100));
    hmi_object_ranges_released(&ranges, AT(200));
    reserved(200, 16);
    assert_true(contains(100) && contains(200));
    assert_int_equal(hmi_object_ranges_bytes(&ranges), 32 * MIB);
}

/* What .NET 10 for x86 reserves while its heap grows: each time its tables double. */
static void tables_that_grow_with_the_heap_are_none(void **state)
{
    (void)state;
    reserved(66, 48);
    reserved_bytes(114, 0xd9000);
    reserved(147, 16);
    reserved_bytes(163, 0x1b7800);
    reserved(165, 16);
    reserved_bytes(181, 0x36f000);
    reserved(184, 16);
    reserved_bytes(200, 0x6de000);
    assert_true(contains(66) && contains(147) && contains(165) && contains(184));
    assert_false(contains(114) || contains(163) || contains(181) || contains(200));
    assert_int_equal(hmi_object_ranges_bytes(&ranges), 96 * MIB);
}

static void tables_larger_than_a_segment_are_none(void **state)
{
    (void)state;
    reserved(66, 48);
    reserved(1800, 16);
    reserved_bytes(1000, 32 * MIB + 0x3000);
    assert_false(contains(1000));
    reserved(1900, 16);
    assert_true(contains(66) && contains(1800) && contains(1900));
}

/* The span counts, though its ends were released. */
static void tables_are_none_after_the_heap_has_shrunk(void **state)
{
    (void)state;
    reserved(66, 48);
    reserved(1800, 16);
    hmi_object_ranges_released(&ranges, AT(1800));
    reserved_bytes(1000, 32 * MIB + 0x3000);
    assert_false(contains(1000));
}

/* It is the size of a segment, but the runtime's literals have it. */
static void literals_are_none(void **state)
{
    (void)state;
    reserved(66, 48);
    reserved(130, 4);
    assert_false(contains(130));
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
        cmocka_unit_test_setup(range_of_regions_may_have_any_size, setup),
        cmocka_unit_test_setup(second_runtime_has_a_range_of_its_own, setup),
        cmocka_unit_test_setup(segments_are_all_objects, setup),
        cmocka_unit_test_setup(segments_are_objects_beside_much_larger_ones, setup),
        cmocka_unit_test_setup(tables_that_grow_with_the_heap_are_none, setup),
        cmocka_unit_test_setup(tables_larger_than_a_segment_are_none, setup),
        cmocka_unit_test_setup(tables_are_none_after_the_heap_has_shrunk, setup),
        cmocka_unit_test_setup(literals_are_none, setup),
        cmocka_unit_test_setup(other_reservations_are_none, setup),
        cmocka_unit_test_setup(what_is_released_is_none_and_makes_room, setup),
        cmocka_unit_test_setup(what_does_not_fit_is_not_known, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
