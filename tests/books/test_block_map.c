/* The map of live blocks: neighbours, pages and leaves of its table, and a model. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "books/block_map.h"
#include "sim_thread.h"

#define ALIGNMENT ((UINT_PTR)MEMORY_ALLOCATION_ALIGNMENT)
#define GRANULE ((UINT_PTR)HMI_BLOCK_MAP_GRANULE)
#define PAGE (CHECK_PAGE * GRANULE)
#define LEAF ((UINT_PTR)(HMI_SPARSE_ARRAY_LEAF_WORDS * sizeof(hmi_word)) * GRANULE)

typedef struct fixture {
    sim_os *sim;
    hostmem_os *os;
    hmi_block_map map;
} fixture;

static fixture shared;

static int setup(void **state)
{
    shared.sim = sim_os_create(NULL);
    shared.os = sim_os_functions(shared.sim);
    *state = &shared;
    return hmi_block_map_init(&shared.map, shared.os) ? -1 : 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    BOOL clean;
    sim_os_fail(f->sim, 0, 0, 0, 0);
    hmi_block_map_destroy(&f->map);
    clean = sim_os_check(f->sim, NULL);
    sim_os_destroy(f->sim);
    return clean ? 0 : -1;
}

static void only_the_address_that_was_added_is_a_block(void **state)
{
    static const UINT_PTR places[] = {GRANULE, PAGE - GRANULE, PAGE, LEAF - GRANULE, LEAF, 3 * LEAF};
    fixture *f = *state;
    size_t i, half;
    for (i = 0; i < CHECK_COUNT_OF(places); i++) {
        for (half = 0; half < 2; half++) {
            UINT_PTR block = places[i] + half * ALIGNMENT, other = places[i] + (1 - half) * ALIGNMENT, at;
            assert_false(hmi_block_map_has(&f->map, block));
            assert_false(hmi_block_map_remove(&f->map, block));
            assert_true(hmi_block_map_add(&f->map, block));
            for (at = block - 3 * GRANULE / 2; at <= block + 3 * GRANULE / 2; at++) {
                assert_int_equal(hmi_block_map_has(&f->map, at), at == block);
                assert_true(at == block || !hmi_block_map_remove(&f->map, at));
            }
            assert_false(hmi_block_map_remove(&f->map, other));
            assert_true(hmi_block_map_has(&f->map, block));
            assert_true(hmi_block_map_remove(&f->map, block));
            assert_false(hmi_block_map_has(&f->map, block));
            assert_false(hmi_block_map_remove(&f->map, block));
        }
    }
}

static void questions_need_no_memory(void **state)
{
    fixture *f = *state;
    UINT_PTR found;
    sim_os_reset_calls(f->sim);
    assert_false(hmi_block_map_has(&f->map, 0));
    assert_false(hmi_block_map_has(&f->map, UINTPTR_MAX));
    assert_false(hmi_block_map_remove(&f->map, 5 * LEAF));
    assert_false(hmi_block_map_remove(&f->map, UINTPTR_MAX & ~(ALIGNMENT - 1)));
    assert_false(hmi_block_map_next(&f->map, 0, &found));
    assert_int_equal(sim_os_calls(f->sim, SIM_TABLE_COMMIT) + sim_os_calls(f->sim, SIM_TABLE_RESERVE), 0);
}

static void without_memory_nothing_is_added(void **state)
{
    fixture *f = *state;
    UINT32 successes;
    bool added = false;
    for (successes = 0; !added; successes++) {
        assert_true(successes < 10);
        sim_os_fail(f->sim, SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT), successes, 1,
                    ERROR_NOT_ENOUGH_MEMORY);
        added = hmi_block_map_add(&f->map, LEAF + ALIGNMENT);
        assert_int_equal(hmi_block_map_has(&f->map, LEAF + ALIGNMENT), added);
    }
    assert_true(successes > 2);
    assert_true(hmi_block_map_remove(&f->map, LEAF + ALIGNMENT));
}

static void the_whole_address_space_fits(void **state)
{
    fixture *f = *state;
    hmi_os_info info;
    UINT_PTR last, found;
    f->os->get_info(f->os, &info);
    last = info.highest_address & ~(ALIGNMENT - 1);
    assert_true(hmi_block_map_add(&f->map, last));
    assert_true(hmi_block_map_next(&f->map, 0, &found));
    assert_true(found == last);
    assert_true(hmi_block_map_next(&f->map, last, &found));
    assert_true(hmi_block_map_remove(&f->map, last));
}

/* Blocks at random distances from GRANULE on, as a heap has them. */
static void a_model_finds_the_same_blocks(void **state)
{
    enum { BLOCKS = 3000 };
    fixture *f = *state;
    UINT64 random = check_random_seed();
    UINT_PTR block[BLOCKS], at = LEAF - PAGE, found;
    bool live[BLOCKS] = {false};
    unsigned i, round, next;
    for (i = 0; i < BLOCKS; i++) {
        UINT64 distance = check_random(&random) % 100 ? check_random(&random) % 8 : check_random(&random) % 30000;
        block[i] = at;
        at += GRANULE + (UINT_PTR)distance * ALIGNMENT;
    }
    for (round = 0; round < 40000; round++) {
        i = (unsigned)(check_random(&random) % BLOCKS);
        switch (check_random(&random) % 4) {
        case 0:
            assert_true(live[i] || hmi_block_map_add(&f->map, block[i]));
            live[i] = true;
            break;
        case 1:
            assert_int_equal(hmi_block_map_remove(&f->map, block[i]), live[i]);
            live[i] = false;
            break;
        case 2:
            assert_int_equal(hmi_block_map_has(&f->map, block[i]), live[i]);
            break;
        default:
            at = block[i] + (UINT_PTR)(check_random(&random) % 2);
            for (next = i + (at > block[i]); next < BLOCKS && !live[next];)
                next++;
            assert_int_equal(hmi_block_map_next(&f->map, at, &found), next < BLOCKS);
            assert_true(next == BLOCKS || found == block[next]);
        }
    }
}

/* ---- Several threads free the same blocks ---- */

enum { RACERS = 3, RACED = 20000 };

typedef struct race {
    hmi_block_map *map;
    _Atomic uint32_t removed;
} race;

static void remove_all(void *context)
{
    race *race = context;
    UINT_PTR i;
    for (i = 1; i <= RACED; i++)
        if (hmi_block_map_remove(race->map, i * GRANULE + i % 2 * ALIGNMENT))
            atomic_fetch_add(&race->removed, 1);
}

static void one_of_several_threads_removes_a_block(void **state)
{
    fixture *f = *state;
    race all = {&f->map, 0};
    sim_thread *threads[RACERS];
    UINT_PTR i;
    for (i = 1; i <= RACED; i++)
        assert_true(hmi_block_map_add(&f->map, i * GRANULE + i % 2 * ALIGNMENT));
    for (i = 0; i < RACERS; i++)
        threads[i] = sim_thread_start(remove_all, &all);
    for (i = 0; i < RACERS; i++)
        sim_thread_join(threads[i]);
    assert_int_equal(all.removed, RACED);
}

int main(void)
{
#define block_map_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        block_map_test(only_the_address_that_was_added_is_a_block),
        block_map_test(questions_need_no_memory),
        block_map_test(without_memory_nothing_is_added),
        block_map_test(the_whole_address_space_fits),
        block_map_test(a_model_finds_the_same_blocks),
        block_map_test(one_of_several_threads_removes_a_block),
    };
    return cmocka_run_group_tests_name("block_map", tests, NULL, NULL);
}
