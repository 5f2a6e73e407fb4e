/* Which threads worked on the same pages at the same time: one stripe, several, and more than there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "books/overlap.h"

#define STRIPE ((UINT_PTR)1 << HMI_OVERLAP_STRIPE_SHIFT)
#define ALL (STRIPE * HMI_OVERLAP_STRIPES)
#define BASE ((UINT_PTR)0x10000000)

static hmi_overlap shared;

static int setup(void **state)
{
    shared = (hmi_overlap){0};
    *state = &shared;
    return 0;
}

static hmi_range from(UINT_PTR offset, UINT_PTR bytes)
{
    return (hmi_range){BASE + offset, BASE + offset + bytes};
}

/* Ranges, and whether they share a stripe. */
static const struct {
    UINT_PTR start, bytes, other_start, other_bytes;
    bool meet;
} pairs[] = {
    {0, 0x1000, 0, 0x1000, true},
    {0, 0x1000, 0xf000, 0x1000, true},
    {0, STRIPE, STRIPE, STRIPE, false},
    {0, STRIPE + 0x1000, STRIPE + 0x8000, 0x1000, true},
    {3 * STRIPE, 4 * STRIPE, 6 * STRIPE, 9 * STRIPE, true},
    {3 * STRIPE, 4 * STRIPE, 7 * STRIPE, 9 * STRIPE, false},
    {0, 0x1000, ALL, 0x1000, true}, /* not necessary, but cheap */
    {0, ALL, 5 * STRIPE, 0x1000, true},
    {0x1000, 9 * ALL, ALL - 0x1000, 0x1000, true},
    {ALL - STRIPE, 2 * STRIPE, 0, 0x1000, true},
    {ALL - STRIPE, 2 * STRIPE, STRIPE, 0x1000, false},
};

#define PAIRS (sizeof pairs / sizeof *pairs)

static hmi_range one_of(size_t pair)
{
    return from(pairs[pair].start, pairs[pair].bytes);
}

static hmi_range other_of(size_t pair)
{
    return from(pairs[pair].other_start, pairs[pair].other_bytes);
}

static void a_call_by_itself_is_alone(void **state)
{
    hmi_overlap *overlap = *state;
    size_t i;
    for (i = 0; i < PAIRS; i++) {
        hmi_range one = one_of(i), other = other_of(i);
        hmi_overlap_watch watch = hmi_overlap_enter(overlap, one);
        assert_true(hmi_overlap_was_alone(overlap, one, watch));
        hmi_overlap_leave(overlap, one);
        watch = hmi_overlap_look(overlap, other);
        assert_true(hmi_overlap_was_alone(overlap, other, watch));
    }
}

static void who_comes_while_another_is_there_is_not(void **state)
{
    hmi_overlap *overlap = *state;
    size_t i;
    for (i = 0; i < PAIRS; i++) {
        hmi_range one = one_of(i), other = other_of(i);
        hmi_overlap_watch entered, looked;
        hmi_overlap_enter(overlap, one);
        looked = hmi_overlap_look(overlap, other);
        assert_int_equal(hmi_overlap_was_alone(overlap, other, looked), !pairs[i].meet);
        entered = hmi_overlap_enter(overlap, other);
        assert_int_equal(hmi_overlap_was_alone(overlap, other, entered), !pairs[i].meet);
        hmi_overlap_leave(overlap, other);
        hmi_overlap_leave(overlap, one);
        /* That the other has left does not change it. */
        assert_int_equal(hmi_overlap_was_alone(overlap, other, entered), !pairs[i].meet);
    }
}

static void who_is_there_when_another_comes_is_not(void **state)
{
    hmi_overlap *overlap = *state;
    size_t i;
    for (i = 0; i < PAIRS; i++) {
        hmi_range one = one_of(i), other = other_of(i);
        hmi_overlap_watch looked = hmi_overlap_look(overlap, one), entered = hmi_overlap_enter(overlap, one);
        assert_false(hmi_overlap_was_alone(overlap, one, looked));
        hmi_overlap_enter(overlap, other);
        hmi_overlap_leave(overlap, other);
        assert_int_equal(hmi_overlap_was_alone(overlap, one, entered), !pairs[i].meet);
        hmi_overlap_leave(overlap, one);
    }
}

/* A thread that never leaves, because it was ended in a call, is seen by all that come later. */
static void who_never_leaves_is_always_known(void **state)
{
    hmi_overlap *overlap = *state;
    hmi_range pages = from(0, 0x1000);
    int i;
    hmi_overlap_enter(overlap, pages);
    for (i = 0; i < 3; i++) {
        hmi_overlap_watch watch = hmi_overlap_enter(overlap, pages);
        assert_false(hmi_overlap_was_alone(overlap, pages, watch));
        hmi_overlap_leave(overlap, pages);
        assert_false(hmi_overlap_was_alone(overlap, pages, hmi_overlap_look(overlap, pages)));
    }
    /* A thread that enters and leaves in one stripe does not hide one that stays in another. */
    {
        hmi_range both = from(0, 2 * STRIPE), second = from(STRIPE, 0x1000);
        hmi_overlap_watch watch = hmi_overlap_look(overlap, both);
        hmi_overlap_enter(overlap, second);
        hmi_overlap_leave(overlap, second);
        assert_false(hmi_overlap_was_alone(overlap, both, watch));
    }
}

static void versions_change_whenever_somebody_comes_or_goes(void **state)
{
    hmi_overlap *overlap = *state;
    size_t i;
    for (i = 0; i < PAIRS; i++) {
        hmi_range one = one_of(i), other = other_of(i);
        hmi_word before = hmi_overlap_version(overlap, one), after;
        hmi_overlap_enter(overlap, other);
        after = hmi_overlap_version(overlap, one);
        assert_int_equal(after != before, pairs[i].meet);
        hmi_overlap_leave(overlap, other);
        assert_int_equal(hmi_overlap_version(overlap, one) != after, pairs[i].meet);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_call_by_itself_is_alone, setup),
        cmocka_unit_test_setup(who_comes_while_another_is_there_is_not, setup),
        cmocka_unit_test_setup(who_is_there_when_another_comes_is_not, setup),
        cmocka_unit_test_setup(who_never_leaves_is_always_known, setup),
        cmocka_unit_test_setup(versions_change_whenever_somebody_comes_or_goes, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
