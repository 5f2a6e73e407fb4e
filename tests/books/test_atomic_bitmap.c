/* The bitmap over the address space: exact counts of changes, at every boundary and compared with a simple model. */
#include "check.h"

#include <string.h>

#include "books/atomic_bitmap.h"

/* The smallest granule in use: with it even a 32-bit address space has several leaves. */
#define GRANULE ((UINT_PTR)MEMORY_ALLOCATION_ALIGNMENT)
#define WORD ((uint64_t)HMI_WORD_BITS)
#define PAGE (CHECK_PAGE / sizeof(hmi_word) * WORD)
#define LEAF (HMI_SPARSE_ARRAY_LEAF_WORDS * WORD)
#define TABLE_KINDS (SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT))

typedef struct fixture {
    sim_os *sim;
    hostmem_os *os;
    hmi_atomic_bitmap map;
} fixture;

static fixture shared;

static int setup(void **state)
{
    shared.sim = sim_os_create(NULL);
    shared.os = sim_os_functions(shared.sim);
    *state = &shared;
    return hmi_atomic_bitmap_init(&shared.map, shared.os, GRANULE) ? -1 : 0;
}

static int setup_spread(void **state)
{
    int failed = setup(state);
    hmi_atomic_bitmap_destroy(&shared.map);
    return hmi_atomic_bitmap_init_spread(&shared.map, shared.os, GRANULE) || failed ? -1 : 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    BOOL clean;
    sim_os_fail(f->sim, 0, 0, 0, 0);
    hmi_atomic_bitmap_destroy(&f->map);
    clean = sim_os_check(f->sim, NULL);
    sim_os_destroy(f->sim);
    return clean ? 0 : -1;
}

static UINT64 table_calls(fixture *f)
{
    return sim_os_calls(f->sim, SIM_TABLE_COMMIT) + sim_os_calls(f->sim, SIM_TABLE_RESERVE);
}

/* Granules first to first + count - 1. */
static hmi_range granules(uint64_t first, uint64_t count)
{
    return (hmi_range){(UINT_PTR)(first * GRANULE), (UINT_PTR)((first + count) * GRANULE)};
}

static void ranges_at_every_boundary(void **state)
{
    static const uint64_t boundaries[] = {WORD, 2 * WORD, PAGE, 3 * PAGE, LEAF, 2 * LEAF};
    static const uint64_t counts[] = {1,    2,        WORD - 1,       WORD, WORD + 1, 2 * WORD, 5 * WORD + 3,
                                      PAGE, PAGE + 1, 2 * PAGE + WORD};
    fixture *f = *state;
    size_t b, c;
    for (b = 0; b < CHECK_COUNT_OF(boundaries); b++) {
        for (c = 0; c < CHECK_COUNT_OF(counts); c++) {
            uint64_t offset, count = counts[c];
            for (offset = 0; offset < 3; offset++) {
                uint64_t first = boundaries[b] - offset;
                hmi_range range = granules(first, count);
                UINT_PTR found;
                assert_int_equal(hmi_atomic_bitmap_count(&f->map, range), 0);
                assert_true(hmi_atomic_bitmap_prepare(&f->map, range));
                assert_int_equal(hmi_atomic_bitmap_set(&f->map, range), count);
                assert_int_equal(hmi_atomic_bitmap_set(&f->map, range), 0);
                assert_int_equal(hmi_atomic_bitmap_count(&f->map, granules(first - 1, count + 2)), count);
                assert_false(hmi_atomic_bitmap_test(&f->map, range.start - 1));
                assert_true(hmi_atomic_bitmap_test(&f->map, range.start));
                assert_true(hmi_atomic_bitmap_test(&f->map, range.end - 1));
                assert_false(hmi_atomic_bitmap_test(&f->map, range.end));
                assert_true(f->map.is_spread || hmi_atomic_bitmap_next(&f->map, 0, &found));
                assert_true(f->map.is_spread || found == range.start);
                assert_int_equal(hmi_atomic_bitmap_clear(&f->map, granules(first - 1, 2)), 1);
                assert_int_equal(hmi_atomic_bitmap_clear(&f->map, granules(first + count - 1, 2)), count > 1);
                assert_int_equal(hmi_atomic_bitmap_clear(&f->map, range), count > 2 ? count - 2 : 0);
                assert_false(hmi_atomic_bitmap_next(&f->map, 0, &found));
            }
        }
    }
}

static void empty_and_reversed_ranges_hold_nothing(void **state)
{
    fixture *f = *state;
    const hmi_range nothing[] = {
        {0, 0}, granules(7, 0), {(UINT_PTR)(9 * GRANULE), (UINT_PTR)(7 * GRANULE)}, {UINTPTR_MAX - (GRANULE - 1), 0}};
    size_t i;
    assert_true(hmi_atomic_bitmap_prepare(&f->map, granules(0, 100)));
    assert_int_equal(hmi_atomic_bitmap_set(&f->map, granules(0, 100)), 100);
    sim_os_reset_calls(f->sim);
    for (i = 0; i < CHECK_COUNT_OF(nothing); i++) {
        assert_true(hmi_atomic_bitmap_prepare(&f->map, nothing[i]));
        assert_int_equal(hmi_atomic_bitmap_count(&f->map, nothing[i]), 0);
        assert_int_equal(hmi_atomic_bitmap_clear(&f->map, nothing[i]), 0);
        assert_int_equal(hmi_atomic_bitmap_set(&f->map, nothing[i]), 0);
    }
    assert_int_equal(table_calls(f), 0);
    assert_int_equal(hmi_atomic_bitmap_count(&f->map, granules(0, 100)), 100);
}

static void only_prepare_takes_memory(void **state)
{
    fixture *f = *state;
    hmi_range all = {0, UINTPTR_MAX & ~(GRANULE - 1)};
    UINT_PTR found = 0;
    sim_os_reset_calls(f->sim);
    assert_int_equal(hmi_atomic_bitmap_count(&f->map, all), 0);
    assert_int_equal(hmi_atomic_bitmap_clear(&f->map, all), 0);
    assert_false(hmi_atomic_bitmap_test(&f->map, 0));
    assert_false(hmi_atomic_bitmap_test(&f->map, UINTPTR_MAX));
    assert_false(hmi_atomic_bitmap_next(&f->map, 0, &found));
    assert_int_equal(table_calls(f), 0);
    assert_int_equal(found, 0);

    assert_true(hmi_atomic_bitmap_prepare(&f->map, granules(PAGE - 1, 2)));
    assert_true(table_calls(f) > 0);
    sim_os_reset_calls(f->sim);
    assert_true(hmi_atomic_bitmap_prepare(&f->map, granules(PAGE - 1, 2)));
    assert_int_equal(hmi_atomic_bitmap_set(&f->map, granules(PAGE - 1, 2)), 2);
    assert_int_equal(table_calls(f), 0);
}

static void the_last_granule_of_the_address_space(void **state)
{
    fixture *f = *state;
    hmi_os_info info;
    hmi_range last, beyond;
    UINT_PTR found = 0;
    f->os->get_info(f->os, &info);
    last.start = info.highest_address & ~(GRANULE - 1);
    last.end = last.start + GRANULE;
    beyond = (hmi_range){(UINTPTR_MAX - 0xffff) & ~(GRANULE - 1), UINTPTR_MAX & ~(GRANULE - 1)};
    assert_true(hmi_atomic_bitmap_prepare(&f->map, last));
    assert_int_equal(hmi_atomic_bitmap_set(&f->map, last), 1);
    assert_true(hmi_atomic_bitmap_test(&f->map, info.highest_address));
    assert_true(f->map.is_spread || hmi_atomic_bitmap_next(&f->map, last.start, &found));
    assert_true(f->map.is_spread || found == last.start);

    assert_false(hmi_atomic_bitmap_prepare(&f->map, beyond));
    assert_int_equal(hmi_atomic_bitmap_count(&f->map, beyond), 0);
    assert_int_equal(hmi_atomic_bitmap_clear(&f->map, beyond), 0);
    assert_false(hmi_atomic_bitmap_test(&f->map, beyond.start));
}

static void next_never_goes_back(void **state)
{
    fixture *f = *state;
    const UINT_PTR last = UINTPTR_MAX - (GRANULE - 1), ends[] = {UINTPTR_MAX, UINTPTR_MAX - 1, last + 1, last};
    UINT_PTR found = 1;
    size_t i;
    assert_true(hmi_atomic_bitmap_prepare(&f->map, granules(0, 2)));
    assert_int_equal(hmi_atomic_bitmap_set(&f->map, granules(0, 2)), 2);
    for (i = 0; i < CHECK_COUNT_OF(ends); i++)
        assert_false(hmi_atomic_bitmap_next(&f->map, ends[i], &found));
    /* A search from inside a granule does not find that granule's bit. */
    assert_true(hmi_atomic_bitmap_next(&f->map, 1, &found));
    assert_int_equal(found, GRANULE);
    assert_false(hmi_atomic_bitmap_next(&f->map, GRANULE + 1, &found));
}

static void a_refused_prepare_leaves_the_bits_whole(void **state)
{
    hmi_range across = granules(LEAF - PAGE - 5, PAGE + 10); /* three pages of the bitmap on two leaves */
    fixture *f = *state;
    UINT32 skip;
    bool prepared;
    for (skip = 0;; skip++) {
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
        assert_true(hmi_atomic_bitmap_prepare(&f->map, granules(3, 1)));
        assert_int_equal(hmi_atomic_bitmap_set(&f->map, granules(3, 1)), 1);
        sim_os_fail(f->sim, TABLE_KINDS, skip, 1, ERROR_COMMITMENT_LIMIT);
        prepared = hmi_atomic_bitmap_prepare(&f->map, across);
        if (!sim_os_failed(f->sim))
            break;
        assert_false(prepared);
        assert_int_equal(hmi_atomic_bitmap_count(&f->map, granules(0, 2 * LEAF)), 1);
        assert_true(hmi_atomic_bitmap_prepare(&f->map, across));
        assert_int_equal(hmi_atomic_bitmap_set(&f->map, across), PAGE + 10);
    }
    assert_true(prepared);
    /* Four calls: the pages on the first leaf, the second leaf, its header, its page. */
    assert_int_equal(skip, 4);
}

/* A little more than two leaves: the model is one byte for each granule around the first boundary of leaves. */
#define MODEL_GRANULES ((size_t)(4 * PAGE))
static unsigned char model[MODEL_GRANULES];

static void random_ranges_against_a_naive_model(void **state)
{
    const uint64_t base = LEAF - 2 * PAGE - 17;
    UINT64 random = check_random_seed();
    fixture *f = *state;
    UINT_PTR address;
    unsigned round;
    size_t i;
    memset(model, 0, sizeof model);
    for (round = 0; round < 4000; round++) {
        UINT64 draw = check_random(&random);
        size_t longest = draw & 1 ? 2 * WORD : draw & 2 ? MODEL_GRANULES : 3;
        size_t first = (size_t)(check_random(&random) % MODEL_GRANULES);
        size_t count = (size_t)(check_random(&random) % longest) + 1;
        size_t were_set = 0, changed;
        unsigned action = (unsigned)(draw >> 8) % 4;
        hmi_range range;
        if (count > MODEL_GRANULES - first)
            count = MODEL_GRANULES - first;
        range = granules(base + first, count);
        for (i = first; i < first + count; i++)
            were_set += model[i];
        switch (action) {
        case 0:
            assert_true(hmi_atomic_bitmap_prepare(&f->map, range));
            changed = hmi_atomic_bitmap_set(&f->map, range);
            assert_int_equal(changed, count - were_set);
            memset(model + first, 1, count);
            break;
        case 1:
            changed = hmi_atomic_bitmap_clear(&f->map, range);
            assert_int_equal(changed, were_set);
            memset(model + first, 0, count);
            break;
        case 2:
            assert_int_equal(hmi_atomic_bitmap_count(&f->map, range), were_set);
            break;
        default:
            assert_int_equal(hmi_atomic_bitmap_test(&f->map, range.start), model[first]);
            if (f->map.is_spread)
                break;
            for (i = first; i < MODEL_GRANULES && !model[i];)
                i++;
            assert_int_equal(hmi_atomic_bitmap_next(&f->map, range.start, &address), i < MODEL_GRANULES);
            if (i < MODEL_GRANULES)
                assert_int_equal(address, (base + i) * GRANULE);
        }
    }
    address = 0;
    for (i = 0; i < MODEL_GRANULES; i++) {
        assert_int_equal(hmi_atomic_bitmap_test(&f->map, (UINT_PTR)((base + i) * GRANULE)), model[i]);
        if (!model[i] || f->map.is_spread)
            continue;
        assert_true(hmi_atomic_bitmap_next(&f->map, address, &address));
        assert_int_equal(address, (base + i) * GRANULE);
        address += GRANULE;
    }
    assert_true(f->map.is_spread || !hmi_atomic_bitmap_next(&f->map, address, &address));
}

/* Neighbouring groups are in different cache lines, and the bits of a group in one word. */
static void a_spread_map_keeps_neighbours_apart(void **state)
{
    fixture *f = *state;
    hmi_range all = granules(LEAF - HMI_SPREAD_BLOCK, 2 * HMI_SPREAD_BLOCK);
    uint64_t first = all.start / GRANULE, group;
    assert_true(hmi_atomic_bitmap_prepare(&f->map, all));
    for (group = 1; group < 2 * HMI_SPREAD_BLOCK / HMI_SPREAD_GROUP; group++) {
        hmi_atomic_bitmap_spot before, spot;
        uint64_t bit = first + group * HMI_SPREAD_GROUP;
        assert_true(hmi_atomic_bitmap_find(&f->map, granules(bit - HMI_SPREAD_GROUP, HMI_SPREAD_GROUP), &before));
        assert_true(hmi_atomic_bitmap_find(&f->map, granules(bit, HMI_SPREAD_GROUP), &spot));
        assert_true((UINT_PTR)spot.cell / 64 != (UINT_PTR)before.cell / 64);
        assert_false(hmi_atomic_bitmap_find(&f->map, granules(bit - 1, 2), &spot));
    }
}

static void granules_of_every_size(void **state)
{
    static const SIZE_T sizes[] = {MEMORY_ALLOCATION_ALIGNMENT, 4096, 65536, 1 << 20};
    fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(sizes); i++) {
        hmi_atomic_bitmap map;
        hmi_range range = {3 * sizes[i], 70 * sizes[i]};
        UINT_PTR found = 0;
        assert_int_equal(hmi_atomic_bitmap_init(&map, f->os, sizes[i]), 0);
        assert_true(hmi_atomic_bitmap_prepare(&map, range));
        assert_int_equal(hmi_atomic_bitmap_set(&map, range), 67);
        assert_false(hmi_atomic_bitmap_test(&map, range.start - 1));
        assert_true(hmi_atomic_bitmap_test(&map, range.end - 1));
        assert_true(hmi_atomic_bitmap_next(&map, range.start + 1, &found));
        assert_int_equal(found, 4 * sizes[i]);
        hmi_atomic_bitmap_destroy(&map);
    }
}

#define pagemap_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
#define spread_test(function)                                        \
    {                                                                \
        "spread: " #function, function, setup_spread, teardown, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        pagemap_test(ranges_at_every_boundary),
        pagemap_test(empty_and_reversed_ranges_hold_nothing),
        pagemap_test(only_prepare_takes_memory),
        pagemap_test(the_last_granule_of_the_address_space),
        pagemap_test(next_never_goes_back),
        pagemap_test(a_refused_prepare_leaves_the_bits_whole),
        pagemap_test(random_ranges_against_a_naive_model),
        pagemap_test(granules_of_every_size),
        spread_test(ranges_at_every_boundary),
        spread_test(empty_and_reversed_ranges_hold_nothing),
        spread_test(only_prepare_takes_memory),
        spread_test(the_last_granule_of_the_address_space),
        spread_test(random_ranges_against_a_naive_model),
        spread_test(a_spread_map_keeps_neighbours_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
