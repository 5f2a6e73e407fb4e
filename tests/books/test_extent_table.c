/* The lengths of reservations and views: one atomic operation each, at the ends of the address space and compared
 * with a model. */
#include "check.h"

#include <string.h>

#include "books/extent_table.h"

/* The longest lengths that share a word with others, and some that are too long for that. */
#define PAGES(number) ((SIZE_T)(number)*CHECK_PAGE)
static const SIZE_T lengths[] = {1, PAGES(1), PAGES(1) + 1, PAGES(0xfffe), PAGES(0xffff), PAGES(0x10000), SIZE_MAX};

#define TABLE_KINDS (SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT))

typedef struct fixture {
    sim_os *sim;
    hostmem_os *os;
    hmi_extent_table extents;
} fixture;

static fixture shared;

static int setup(void **state)
{
    shared.sim = sim_os_create(NULL);
    shared.os = sim_os_functions(shared.sim);
    *state = &shared;
    return hmi_extent_table_init(&shared.extents, shared.os, CHECK_GRANULE) ? -1 : 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    BOOL clean;
    sim_os_fail(f->sim, 0, 0, 0, 0);
    hmi_extent_table_destroy(&f->extents);
    clean = sim_os_check(f->sim, NULL);
    sim_os_destroy(f->sim);
    return clean ? 0 : -1;
}

static UINT_PTR highest(fixture *f)
{
    hmi_os_info info;
    f->os->get_info(f->os, &info);
    return info.highest_address;
}

static void each_exchange_gives_the_former_length(void **state)
{
    fixture *f = *state;
    const UINT_PTR starts[] = {CHECK_GRANULE, 3 * CHECK_GRANULE, 4 * CHECK_GRANULE, 512 * CHECK_GRANULE,
                               highest(f) & ~(UINT_PTR)(CHECK_GRANULE - 1)};
    size_t i, from, to;
    for (i = 0; i < CHECK_COUNT_OF(starts); i++) {
        assert_int_equal(hmi_extent_table_get(&f->extents, starts[i]), 0);
        for (from = 0; from < CHECK_COUNT_OF(lengths); from++) {
            for (to = 0; to < CHECK_COUNT_OF(lengths); to++) {
                assert_true(hmi_extent_table_prepare(&f->extents, starts[i], lengths[from]));
                assert_int_equal(hmi_extent_table_exchange(&f->extents, starts[i], lengths[from]), 0);
                assert_int_equal(hmi_extent_table_get(&f->extents, starts[i]), lengths[from]);
                assert_true(hmi_extent_table_prepare(&f->extents, starts[i], lengths[to]));
                assert_int_equal(hmi_extent_table_exchange(&f->extents, starts[i], lengths[to]), lengths[from]);
                assert_int_equal(hmi_extent_table_get(&f->extents, starts[i] + CHECK_GRANULE - 1), lengths[to]);
                assert_int_equal(hmi_extent_table_get(&f->extents, starts[i] - 1), 0);
                assert_int_equal(hmi_extent_table_exchange(&f->extents, starts[i], 0), lengths[to]);
                assert_int_equal(hmi_extent_table_exchange(&f->extents, starts[i], 0), 0);
                assert_int_equal(hmi_extent_table_get(&f->extents, starts[i]), 0);
            }
        }
    }
}

/* Entries that share a word, of both kinds, do not change each other. */
static void neighbours_keep_their_lengths(void **state)
{
    fixture *f = *state;
    UINT_PTR start = 0, address = 0;
    SIZE_T length = 0;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(lengths); i++) {
        assert_true(hmi_extent_table_prepare(&f->extents, i * CHECK_GRANULE, lengths[i]));
        assert_int_equal(hmi_extent_table_exchange(&f->extents, i * CHECK_GRANULE, lengths[i]), 0);
    }
    for (i = 0; i < CHECK_COUNT_OF(lengths); i++, address = start + CHECK_GRANULE) {
        assert_true(hmi_extent_table_next(&f->extents, address, &start, &length));
        assert_int_equal(start, i * CHECK_GRANULE);
        assert_int_equal(length, lengths[i]);
    }
    assert_false(hmi_extent_table_next(&f->extents, address, &start, &length));
    for (i = 0; i < CHECK_COUNT_OF(lengths); i++)
        assert_int_equal(hmi_extent_table_exchange(&f->extents, i * CHECK_GRANULE, 0), lengths[i]);
}

static void removing_what_was_never_there_takes_no_memory(void **state)
{
    fixture *f = *state;
    UINT_PTR start = 1;
    SIZE_T length = 1;
    sim_os_reset_calls(f->sim);
    assert_int_equal(hmi_extent_table_exchange(&f->extents, 5 * CHECK_GRANULE, 0), 0);
    assert_int_equal(hmi_extent_table_exchange(&f->extents, UINTPTR_MAX, 0), 0);
    assert_int_equal(hmi_extent_table_get(&f->extents, UINTPTR_MAX), 0);
    assert_false(hmi_extent_table_next(&f->extents, 0, &start, &length));
    assert_int_equal(sim_os_calls(f->sim, SIM_TABLE_COMMIT) + sim_os_calls(f->sim, SIM_TABLE_RESERVE), 0);
}

static void next_never_goes_back(void **state)
{
    fixture *f = *state;
    const UINT_PTR last = UINTPTR_MAX - (CHECK_GRANULE - 1), ends[] = {UINTPTR_MAX, UINTPTR_MAX - 1, last + 1, last};
    UINT_PTR start = 0;
    SIZE_T length = 0;
    size_t i;
    assert_true(hmi_extent_table_prepare(&f->extents, 0, 11));
    assert_true(hmi_extent_table_prepare(&f->extents, 3 * CHECK_GRANULE, 33));
    hmi_extent_table_exchange(&f->extents, 0, 11);
    hmi_extent_table_exchange(&f->extents, 3 * CHECK_GRANULE, 33);
    for (i = 0; i < CHECK_COUNT_OF(ends); i++)
        assert_false(hmi_extent_table_next(&f->extents, ends[i], &start, &length));
    assert_true(hmi_extent_table_next(&f->extents, 0, &start, &length));
    assert_int_equal(start, 0);
    assert_int_equal(length, 11);
    /* A search from inside a granule does not find that granule's extent. */
    assert_true(hmi_extent_table_next(&f->extents, 1, &start, &length));
    assert_int_equal(start, 3 * CHECK_GRANULE);
    assert_int_equal(length, 33);
    assert_false(hmi_extent_table_next(&f->extents, 3 * CHECK_GRANULE + 1, &start, &length));
}

static void a_refused_prepare_leaves_the_others_whole(void **state)
{
    /* Far enough apart to need pages of their own, even in 32 bits. */
    const UINT_PTR there = 2 * CHECK_GRANULE, wanted = 0x7000 * CHECK_GRANULE;
    fixture *f = *state;
    UINT32 skip;
    bool prepared;
    for (skip = 0;; skip++) {
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
        assert_true(hmi_extent_table_prepare(&f->extents, there, 22));
        hmi_extent_table_exchange(&f->extents, there, 22);
        sim_os_fail(f->sim, TABLE_KINDS, skip, 1, ERROR_NOT_ENOUGH_MEMORY);
        prepared = hmi_extent_table_prepare(&f->extents, wanted, 1);
        if (!sim_os_failed(f->sim))
            break;
        assert_false(prepared);
        assert_int_equal(hmi_extent_table_get(&f->extents, there), 22);
        assert_int_equal(hmi_extent_table_get(&f->extents, wanted), 0);
        assert_true(hmi_extent_table_prepare(&f->extents, wanted, 1));
        assert_int_equal(hmi_extent_table_exchange(&f->extents, wanted, 1), 0);
    }
    assert_true(prepared);
    assert_true(skip >= 1);
    assert_false(hmi_extent_table_prepare(&f->extents, UINTPTR_MAX, CHECK_PAGE));
}

/* Starts on both sides of a page of lengths, on both architectures. */
#define MODEL_STARTS 3000
static SIZE_T model[MODEL_STARTS];

static void random_exchanges_against_a_naive_model(void **state)
{
    UINT64 random = check_random_seed();
    fixture *f = *state;
    UINT_PTR address = 0, start = 0;
    SIZE_T length = 0;
    unsigned round;
    size_t i;
    memset(model, 0, sizeof model);
    for (round = 0; round < 20000; round++) {
        UINT64 draw = check_random(&random);
        size_t at = (size_t)(check_random(&random) % MODEL_STARTS);
        UINT_PTR place = at * CHECK_GRANULE;
        if (draw % 3 == 0) {
            for (i = at; i < MODEL_STARTS && !model[i];)
                i++;
            assert_int_equal(hmi_extent_table_next(&f->extents, place, &start, &length), i < MODEL_STARTS);
            if (i < MODEL_STARTS) {
                assert_int_equal(start, i * CHECK_GRANULE);
                assert_int_equal(length, model[i]);
            }
        } else {
            SIZE_T wanted = draw % 3 == 1 ? 0 : draw & 8 ? PAGES(1 + draw % 0xfffe) : (SIZE_T)(draw >> 3) | 1;
            if (wanted)
                assert_true(hmi_extent_table_prepare(&f->extents, place, wanted));
            assert_int_equal(hmi_extent_table_exchange(&f->extents, place, wanted), model[at]);
            model[at] = wanted;
        }
    }
    for (i = 0; i < MODEL_STARTS; i++) {
        if (!model[i])
            continue;
        assert_true(hmi_extent_table_next(&f->extents, address, &start, &length));
        assert_int_equal(start, i * CHECK_GRANULE);
        assert_int_equal(length, model[i]);
        address = start + CHECK_GRANULE;
    }
    assert_false(hmi_extent_table_next(&f->extents, address, &start, &length));
}

#define extents_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        extents_test(each_exchange_gives_the_former_length),
        extents_test(neighbours_keep_their_lengths),
        extents_test(removing_what_was_never_there_takes_no_memory),
        extents_test(next_never_goes_back),
        extents_test(a_refused_prepare_leaves_the_others_whole),
        extents_test(random_exchanges_against_a_naive_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
