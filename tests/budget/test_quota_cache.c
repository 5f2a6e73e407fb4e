/* Quota caches alone: what moves between cached quota and use, and their sums. */
#include "budget/quota_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim_thread.h"

#define FILL hmi_quota_fill(HMI_BLOCKS)
#define PAGES_FILL hmi_quota_fill(HMI_PAGES)
#define MOST (2 * PAGES_FILL)

typedef struct fixture {
    hostmem_budget budget; /* only its bypass is used */
    hmi_quota_cache cache;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    hmi_quota_cache_init(&f->cache, &f->budget);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

#define sums_are(f, pages, blocks, number, room)                                    \
    (assert_int_equal(hmi_quota_cache_used_bytes(&(f)->cache, HMI_PAGES), pages),   \
     assert_int_equal(hmi_quota_cache_used_bytes(&(f)->cache, HMI_BLOCKS), blocks), \
     assert_int_equal(hmi_quota_cache_used_blocks(&(f)->cache), number),            \
     assert_int_equal(hmi_quota_cache_cached_bytes(&(f)->cache), room))

static void peaks_are(fixture *f, uint64_t pages, uint64_t blocks, uint64_t both)
{
    assert_int_equal(hmi_quota_cache_peak(&f->cache, HMI_PAGES), pages);
    assert_int_equal(hmi_quota_cache_peak(&f->cache, HMI_BLOCKS), blocks);
    assert_int_equal(hmi_quota_cache_peak(&f->cache, HMI_KINDS), both);
}

static void nothing_can_be_taken_from_an_empty_slot(void **state)
{
    fixture *f = *state;
    assert_false(hmi_quota_cache_take(&f->cache, HMI_PAGES, 1));
    assert_false(hmi_quota_cache_take(&f->cache, HMI_BLOCKS, 1));
    assert_false(hmi_quota_cache_take(&f->cache, HMI_BLOCKS, 0));
    sums_are(f, 0, 0, 0, 0);
    assert_true(hmi_quota_cache_is_clean(&f->cache));
}

static void granted_quota_is_used_up_to_the_last_byte(void **state)
{
    fixture *f = *state;
    assert_int_equal(hmi_quota_cache_grant(&f->cache, HMI_BLOCKS, 100, FILL), 0);
    sums_are(f, 0, 100, 1, FILL);
    assert_false(hmi_quota_cache_take(&f->cache, HMI_PAGES, 1)); /* the other kind has its own cached quota */
    assert_false(hmi_quota_cache_take(&f->cache, HMI_BLOCKS, FILL + 1));
    assert_true(hmi_quota_cache_take(&f->cache, HMI_BLOCKS, FILL - 1));
    assert_true(hmi_quota_cache_take(&f->cache, HMI_BLOCKS, 0));
    assert_true(hmi_quota_cache_take(&f->cache, HMI_BLOCKS, 1));
    sums_are(f, 0, 100 + FILL, 4, 0);
    assert_int_equal(hmi_quota_cache_grant(&f->cache, HMI_PAGES, 4096, 0), 0);
    sums_are(f, 4096, 100 + FILL, 4, 0);
}

static void what_is_put_back_is_cached_up_to_a_maximum(void **state)
{
    fixture *f = *state;
    hmi_quota_cache_grant(&f->cache, HMI_PAGES, MOST + 7, 0);
    assert_int_equal(hmi_quota_cache_put(&f->cache, HMI_PAGES, MOST), 0);
    sums_are(f, 7, 0, 0, MOST);
    assert_int_equal(hmi_quota_cache_put(&f->cache, HMI_PAGES, 2), MOST + 2 - PAGES_FILL);
    sums_are(f, 5, 0, 0, PAGES_FILL);
    hmi_quota_cache_grant(&f->cache, HMI_PAGES, 10 * MOST, 0);
    assert_int_equal(hmi_quota_cache_put(&f->cache, HMI_PAGES, 10 * MOST), 10 * MOST);
    sums_are(f, 5, 0, 0, PAGES_FILL);
}

static void blocks_are_counted_whichever_slots_allocate_and_free_them(void **state)
{
    fixture *f = *state;
    hmi_quota_cache_grant(&f->cache, HMI_BLOCKS, 0, FILL);
    hmi_quota_cache_grant(&f->cache, HMI_BLOCKS, 0, 0);
    sums_are(f, 0, 0, 2, FILL);
    assert_int_equal(hmi_quota_cache_put(&f->cache, HMI_BLOCKS, 0), 0);
    assert_true(hmi_quota_cache_take(&f->cache, HMI_BLOCKS, 50));
    sums_are(f, 0, 50, 2, FILL - 50);
    assert_false(hmi_quota_cache_is_clean(&f->cache));
}

/* Takes all back that is cached. Returns how much that was. */
static SIZE_T flush(fixture *f)
{
    SIZE_T total = 0, bytes;
    unsigned slot = 0;
    while ((bytes = hmi_quota_cache_reclaim(&f->cache, &slot)) != 0)
        total += bytes;
    return total;
}

static void nothing_is_cached_while_bypassed(void **state)
{
    fixture *f = *state;
    hmi_quota_cache_grant(&f->cache, HMI_PAGES, 4096, FILL);
    hmi_quota_cache_grant(&f->cache, HMI_BLOCKS, 10, FILL);
    hmi_bypass_set(&f->budget.bypass, HMI_BYPASS_NEAR_LIMIT);
    assert_int_equal(flush(f), 2 * FILL);
    sums_are(f, 4096, 10, 1, 0);
    assert_int_equal(flush(f), 0);
    assert_int_equal(hmi_quota_cache_grant(&f->cache, HMI_PAGES, 4096, FILL), FILL);
    assert_int_equal(hmi_quota_cache_put(&f->cache, HMI_PAGES, 8192), 8192);
    assert_int_equal(hmi_quota_cache_put(&f->cache, HMI_BLOCKS, 10), 10);
    sums_are(f, 0, 0, 0, 0);
    assert_true(hmi_quota_cache_is_clean(&f->cache));
}

static void peaks_are_exact_for_one_thread(void **state)
{
    fixture *f = *state;
    hmi_quota_cache_grant(&f->cache, HMI_BLOCKS, 1000, FILL);
    hmi_quota_cache_note_peak(&f->cache);
    peaks_are(f, 0, 1000, 1000);
    hmi_quota_cache_take(&f->cache, HMI_BLOCKS, 500);
    hmi_quota_cache_note_peak(&f->cache);
    hmi_quota_cache_put(&f->cache, HMI_BLOCKS, 1000);
    hmi_quota_cache_put(&f->cache, HMI_BLOCKS, 500);
    peaks_are(f, 0, 1500, 1500);
    hmi_quota_cache_grant(&f->cache, HMI_PAGES, 1400, 0);
    hmi_quota_cache_note_peak(&f->cache);
    peaks_are(f, 1400, 1500, 1500); /* they were not in use at the same time */
    hmi_quota_cache_take(&f->cache, HMI_BLOCKS, 200);
    hmi_quota_cache_note_peak(&f->cache);
    peaks_are(f, 1400, 1500, 1600);
    hmi_quota_cache_put(&f->cache, HMI_BLOCKS, 200);
    hmi_quota_cache_put(&f->cache, HMI_PAGES, 1400);
    peaks_are(f, 1400, 1500, 1600);
    sums_are(f, 0, 0, 0, 1000 + 500 + FILL - 500 + 1400);
}

/* The quota granted for a kind may be more than its peak and less than the peak of both together, and the reverse. */
static void each_kind_has_its_own_peak(void **state)
{
    fixture *f = *state;
    hmi_quota_cache_grant(&f->cache, HMI_PAGES, 4000, 0);
    hmi_quota_cache_note_peak(&f->cache);
    hmi_quota_cache_put(&f->cache, HMI_PAGES, 4000);
    hmi_quota_cache_grant(&f->cache, HMI_BLOCKS, 4000, 0);
    hmi_quota_cache_note_peak(&f->cache);
    hmi_quota_cache_put(&f->cache, HMI_BLOCKS, 4000);
    peaks_are(f, 4000, 4000, 4000);
    hmi_quota_cache_take(&f->cache, HMI_PAGES, 3000);
    hmi_quota_cache_take(&f->cache, HMI_BLOCKS, 3000);
    hmi_quota_cache_note_peak(&f->cache);
    peaks_are(f, 4000, 4000, 6000);
    hmi_quota_cache_grant(&f->cache, HMI_PAGES, 10 * MOST, 0);
    hmi_quota_cache_note_peak(&f->cache);
    hmi_quota_cache_put(&f->cache, HMI_PAGES, 10 * MOST);
    peaks_are(f, 3000 + 10 * MOST, 4000, 6000 + 10 * MOST);
    hmi_quota_cache_grant(&f->cache, HMI_BLOCKS, 2 * MOST, 0);
    hmi_quota_cache_note_peak(&f->cache);
    peaks_are(f, 3000 + 10 * MOST, 3000 + 2 * MOST, 6000 + 10 * MOST);
}

static void a_cancelled_charge_is_no_peak(void **state)
{
    fixture *f = *state;
    hmi_quota_cache_grant(&f->cache, HMI_PAGES, 4096, FILL);
    hmi_quota_cache_note_peak(&f->cache);
    hmi_quota_cache_take(&f->cache, HMI_PAGES, 8192);
    hmi_quota_cache_put(&f->cache, HMI_PAGES, 8192);
    peaks_are(f, 4096, 0, 4096);
    hmi_quota_cache_grant(&f->cache, HMI_PAGES, 100 * MOST, 0);
    peaks_are(f, 4096, 0, 4096);
    hmi_quota_cache_put(&f->cache, HMI_PAGES, 100 * MOST);
    hmi_quota_cache_note_peak(&f->cache);
    peaks_are(f, 4096, 0, 4096);
}

static void a_clean_cache_starts_with_peaks_of_zero(void **state)
{
    fixture *f = *state;
    hmi_quota_cache_grant(&f->cache, HMI_BLOCKS, 1000, FILL);
    hmi_quota_cache_note_peak(&f->cache);
    hmi_quota_cache_put(&f->cache, HMI_BLOCKS, 1000);
    assert_false(hmi_quota_cache_is_clean(&f->cache)); /* there is cached quota */
    flush(f);
    assert_true(hmi_quota_cache_is_clean(&f->cache));
    peaks_are(f, 0, 1000, 1000);
    hmi_quota_cache_init(&f->cache, &f->budget);
    peaks_are(f, 0, 0, 0);
}

static void a_cache_with_a_block_of_0_bytes_is_not_clean(void **state)
{
    fixture *f = *state;
    assert_int_equal(hmi_quota_cache_grant(&f->cache, HMI_BLOCKS, 0, 0), 0);
    sums_are(f, 0, 0, 1, 0);
    assert_false(hmi_quota_cache_is_clean(&f->cache));
    assert_int_equal(hmi_quota_cache_put(&f->cache, HMI_BLOCKS, 0), 0);
    assert_true(hmi_quota_cache_is_clean(&f->cache));
}

/* ---- Calls ---- */

enum { METHOD = HMI_COUNTED_METHODS - 1 };

static uint64_t calls(fixture *f)
{
    return hmi_quota_cache_calls(&f->cache, METHOD);
}

static void count(void *cache)
{
    unsigned i;
    for (i = 0; i < 5000; i++)
        hmi_quota_cache_count_call(cache, METHOD);
}

static void a_slot_belongs_to_the_first_thread_that_counts_in_it(void **state)
{
    fixture *f = *state;
    hmi_quota_slot *slot = hmi_quota_cache_slot(&f->cache);
    count(&f->cache);
    assert_int_equal(slot->owner, hmi_thread_id());
    assert_int_equal(slot->own_calls[METHOD], 5000);
    assert_int_equal(calls(f), 5000);
    assert_int_equal(hmi_quota_cache_calls(&f->cache, METHOD - 1), 0);
    hmi_quota_cache_init(&f->cache, &f->budget);
    assert_int_equal(slot->owner, 0);
    assert_int_equal(calls(f), 0);
}

/* Whatever the owner has read before it writes, no call of another thread is lost. */
static void other_threads_count_separately_from_the_owner(void **state)
{
    fixture *f = *state;
    hmi_quota_slot *slot = hmi_quota_cache_slot(&f->cache);
    slot->owner = hmi_thread_id() + 1;
    slot->own_calls[METHOD] = 7;
    count(&f->cache);
    assert_int_equal(slot->owner, hmi_thread_id() + 1);
    assert_int_equal(slot->own_calls[METHOD], 7);
    assert_int_equal(calls(f), 5007);
    hmi_quota_cache_init(&f->cache, &f->budget);
    assert_int_equal(calls(f), 0);
}

/* More threads than slots, some at the same time and some after others have ended. */
static void no_call_of_many_threads_is_lost(void **state)
{
    enum { AT_ONCE = HMI_QUOTA_SLOTS + 16, ROUNDS = 3 };
    fixture *f = *state;
    sim_thread *threads[AT_ONCE];
    unsigned round, i;
    for (round = 1; round <= ROUNDS; round++) {
        for (i = 0; i < AT_ONCE; i++)
            threads[i] = sim_thread_start(count, &f->cache);
        for (i = 0; i < AT_ONCE; i++)
            sim_thread_join(threads[i]);
        assert_int_equal(calls(f), (uint64_t)round * AT_ONCE * 5000);
    }
}

int main(void)
{
#define shares_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        shares_test(nothing_can_be_taken_from_an_empty_slot),
        shares_test(a_cache_with_a_block_of_0_bytes_is_not_clean),
        shares_test(granted_quota_is_used_up_to_the_last_byte),
        shares_test(what_is_put_back_is_cached_up_to_a_maximum),
        shares_test(blocks_are_counted_whichever_slots_allocate_and_free_them),
        shares_test(nothing_is_cached_while_bypassed),
        shares_test(peaks_are_exact_for_one_thread),
        shares_test(each_kind_has_its_own_peak),
        shares_test(a_cancelled_charge_is_no_peak),
        shares_test(a_clean_cache_starts_with_peaks_of_zero),
        shares_test(a_slot_belongs_to_the_first_thread_that_counts_in_it),
        shares_test(other_threads_count_separately_from_the_owner),
        shares_test(no_call_of_many_threads_is_lost),
    };
    return cmocka_run_group_tests_name("quota_cache", tests, NULL, NULL);
}
