/* Shares by themselves: what moves between room and use, and what the sums over them say. */
#include "shares.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim_thread.h"

#define FILL hostmem_share_fill(HOSTMEM_BLOCKS)
#define PAGES_FILL hostmem_share_fill(HOSTMEM_PAGES)
#define MOST (2 * PAGES_FILL)

typedef struct fixture {
    _Atomic UINT32 strict;
    hostmem_shares shares;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    hostmem_shares_init(&f->shares, &f->strict);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

#define sums_are(f, pages, blocks, number, room)                                   \
    (assert_int_equal(hostmem_shares_bytes(&(f)->shares, HOSTMEM_PAGES), pages),   \
     assert_int_equal(hostmem_shares_bytes(&(f)->shares, HOSTMEM_BLOCKS), blocks), \
     assert_int_equal(hostmem_shares_blocks(&(f)->shares), number),                \
     assert_int_equal(hostmem_shares_room(&(f)->shares), room))

static void peaks_are(fixture *f, uint64_t pages, uint64_t blocks, uint64_t both)
{
    assert_int_equal(hostmem_shares_peak(&f->shares, HOSTMEM_PAGES), pages);
    assert_int_equal(hostmem_shares_peak(&f->shares, HOSTMEM_BLOCKS), blocks);
    assert_int_equal(hostmem_shares_peak(&f->shares, HOSTMEM_KINDS), both);
}

static void nothing_can_be_taken_from_an_empty_room(void **state)
{
    fixture *f = *state;
    assert_false(hostmem_shares_take(&f->shares, HOSTMEM_PAGES, 1));
    assert_false(hostmem_shares_take(&f->shares, HOSTMEM_BLOCKS, 1));
    assert_false(hostmem_shares_take(&f->shares, HOSTMEM_BLOCKS, 0));
    sums_are(f, 0, 0, 0, 0);
    assert_true(hostmem_shares_are_clean(&f->shares));
}

static void room_of_a_grant_is_used_up_to_the_last_byte(void **state)
{
    fixture *f = *state;
    assert_int_equal(hostmem_shares_grant(&f->shares, HOSTMEM_BLOCKS, 100, FILL), 0);
    sums_are(f, 0, 100, 1, FILL);
    assert_false(hostmem_shares_take(&f->shares, HOSTMEM_PAGES, 1)); /* the other kind has a room of its own */
    assert_false(hostmem_shares_take(&f->shares, HOSTMEM_BLOCKS, FILL + 1));
    assert_true(hostmem_shares_take(&f->shares, HOSTMEM_BLOCKS, FILL - 1));
    assert_true(hostmem_shares_take(&f->shares, HOSTMEM_BLOCKS, 0));
    assert_true(hostmem_shares_take(&f->shares, HOSTMEM_BLOCKS, 1));
    sums_are(f, 0, 100 + FILL, 4, 0);
    assert_int_equal(hostmem_shares_grant(&f->shares, HOSTMEM_PAGES, 4096, 0), 0);
    sums_are(f, 4096, 100 + FILL, 4, 0);
}

static void what_is_given_back_stays_in_the_room_until_it_is_too_much(void **state)
{
    fixture *f = *state;
    hostmem_shares_grant(&f->shares, HOSTMEM_PAGES, MOST + 7, 0);
    assert_int_equal(hostmem_shares_put(&f->shares, HOSTMEM_PAGES, MOST), 0);
    sums_are(f, 7, 0, 0, MOST);
    assert_int_equal(hostmem_shares_put(&f->shares, HOSTMEM_PAGES, 2), MOST + 2 - PAGES_FILL);
    sums_are(f, 5, 0, 0, PAGES_FILL);
    hostmem_shares_grant(&f->shares, HOSTMEM_PAGES, 10 * MOST, 0);
    assert_int_equal(hostmem_shares_put(&f->shares, HOSTMEM_PAGES, 10 * MOST), 10 * MOST);
    sums_are(f, 5, 0, 0, PAGES_FILL);
}

static void blocks_are_counted_wherever_they_come_from_and_go_to(void **state)
{
    fixture *f = *state;
    hostmem_shares_grant(&f->shares, HOSTMEM_BLOCKS, 0, FILL);
    hostmem_shares_grant(&f->shares, HOSTMEM_BLOCKS, 0, 0);
    sums_are(f, 0, 0, 2, FILL);
    assert_int_equal(hostmem_shares_put(&f->shares, HOSTMEM_BLOCKS, 0), 0);
    assert_true(hostmem_shares_take(&f->shares, HOSTMEM_BLOCKS, 50));
    sums_are(f, 0, 50, 2, FILL - 50);
    assert_false(hostmem_shares_are_clean(&f->shares));
}

static void strict_shares_keep_nothing_back(void **state)
{
    fixture *f = *state;
    hostmem_shares_grant(&f->shares, HOSTMEM_PAGES, 4096, FILL);
    hostmem_shares_grant(&f->shares, HOSTMEM_BLOCKS, 10, FILL);
    atomic_store(&f->strict, 1);
    assert_int_equal(hostmem_shares_gather(&f->shares), 2 * FILL);
    sums_are(f, 4096, 10, 1, 0);
    assert_int_equal(hostmem_shares_gather(&f->shares), 0);
    assert_int_equal(hostmem_shares_grant(&f->shares, HOSTMEM_PAGES, 4096, FILL), FILL);
    assert_int_equal(hostmem_shares_put(&f->shares, HOSTMEM_PAGES, 8192), 8192);
    assert_int_equal(hostmem_shares_put(&f->shares, HOSTMEM_BLOCKS, 10), 10);
    sums_are(f, 0, 0, 0, 0);
    assert_true(hostmem_shares_are_clean(&f->shares));
}

static void peaks_are_exact_for_one_thread(void **state)
{
    fixture *f = *state;
    hostmem_shares_grant(&f->shares, HOSTMEM_BLOCKS, 1000, FILL);
    hostmem_shares_keep(&f->shares);
    peaks_are(f, 0, 1000, 1000);
    hostmem_shares_take(&f->shares, HOSTMEM_BLOCKS, 500);
    hostmem_shares_keep(&f->shares);
    hostmem_shares_put(&f->shares, HOSTMEM_BLOCKS, 1000);
    hostmem_shares_put(&f->shares, HOSTMEM_BLOCKS, 500);
    peaks_are(f, 0, 1500, 1500);
    hostmem_shares_grant(&f->shares, HOSTMEM_PAGES, 1400, 0);
    hostmem_shares_keep(&f->shares);
    peaks_are(f, 1400, 1500, 1500); /* they were not in use at the same time */
    hostmem_shares_take(&f->shares, HOSTMEM_BLOCKS, 200);
    hostmem_shares_keep(&f->shares);
    peaks_are(f, 1400, 1500, 1600);
    hostmem_shares_put(&f->shares, HOSTMEM_BLOCKS, 200);
    hostmem_shares_put(&f->shares, HOSTMEM_PAGES, 1400);
    peaks_are(f, 1400, 1500, 1600);
    sums_are(f, 0, 0, 0, 1000 + 500 + FILL - 500 + 1400);
}

/* What is granted of a kind may be more than ever was in use of it and less than what was of both, and the other way
 * round. */
static void each_peak_is_found_by_itself(void **state)
{
    fixture *f = *state;
    hostmem_shares_grant(&f->shares, HOSTMEM_PAGES, 4000, 0);
    hostmem_shares_keep(&f->shares);
    hostmem_shares_put(&f->shares, HOSTMEM_PAGES, 4000);
    hostmem_shares_grant(&f->shares, HOSTMEM_BLOCKS, 4000, 0);
    hostmem_shares_keep(&f->shares);
    hostmem_shares_put(&f->shares, HOSTMEM_BLOCKS, 4000);
    peaks_are(f, 4000, 4000, 4000);
    hostmem_shares_take(&f->shares, HOSTMEM_PAGES, 3000);
    hostmem_shares_take(&f->shares, HOSTMEM_BLOCKS, 3000);
    hostmem_shares_keep(&f->shares);
    peaks_are(f, 4000, 4000, 6000);
    hostmem_shares_grant(&f->shares, HOSTMEM_PAGES, 10 * MOST, 0);
    hostmem_shares_keep(&f->shares);
    hostmem_shares_put(&f->shares, HOSTMEM_PAGES, 10 * MOST);
    peaks_are(f, 3000 + 10 * MOST, 4000, 6000 + 10 * MOST);
    hostmem_shares_grant(&f->shares, HOSTMEM_BLOCKS, 2 * MOST, 0);
    hostmem_shares_keep(&f->shares);
    peaks_are(f, 3000 + 10 * MOST, 3000 + 2 * MOST, 6000 + 10 * MOST);
}

static void what_was_taken_in_vain_is_no_peak(void **state)
{
    fixture *f = *state;
    hostmem_shares_grant(&f->shares, HOSTMEM_PAGES, 4096, FILL);
    hostmem_shares_keep(&f->shares);
    hostmem_shares_take(&f->shares, HOSTMEM_PAGES, 8192);
    hostmem_shares_put(&f->shares, HOSTMEM_PAGES, 8192);
    peaks_are(f, 4096, 0, 4096);
    hostmem_shares_grant(&f->shares, HOSTMEM_PAGES, 100 * MOST, 0);
    peaks_are(f, 4096, 0, 4096);
    hostmem_shares_put(&f->shares, HOSTMEM_PAGES, 100 * MOST);
    hostmem_shares_keep(&f->shares);
    peaks_are(f, 4096, 0, 4096);
}

static void clean_shares_begin_anew(void **state)
{
    fixture *f = *state;
    hostmem_shares_grant(&f->shares, HOSTMEM_BLOCKS, 1000, FILL);
    hostmem_shares_keep(&f->shares);
    hostmem_shares_put(&f->shares, HOSTMEM_BLOCKS, 1000);
    assert_false(hostmem_shares_are_clean(&f->shares)); /* there is room */
    hostmem_shares_gather(&f->shares);
    assert_true(hostmem_shares_are_clean(&f->shares));
    peaks_are(f, 0, 1000, 1000);
    hostmem_shares_init(&f->shares, &f->strict);
    peaks_are(f, 0, 0, 0);
}

static void a_block_without_bytes_keeps_shares_from_being_clean(void **state)
{
    fixture *f = *state;
    assert_int_equal(hostmem_shares_grant(&f->shares, HOSTMEM_BLOCKS, 0, 0), 0);
    sums_are(f, 0, 0, 1, 0);
    assert_false(hostmem_shares_are_clean(&f->shares));
    assert_int_equal(hostmem_shares_put(&f->shares, HOSTMEM_BLOCKS, 0), 0);
    assert_true(hostmem_shares_are_clean(&f->shares));
}

/* ---- Calls ---- */

enum { METHOD = HOSTMEM_SHARE_CALLS - 1 };

static uint64_t calls(fixture *f)
{
    return hostmem_shares_calls(&f->shares, METHOD);
}

static void count(void *shares)
{
    unsigned i;
    for (i = 0; i < 5000; i++)
        hostmem_shares_count_call(shares, METHOD);
}

static void a_share_belongs_to_the_first_who_counts_in_it(void **state)
{
    fixture *f = *state;
    hostmem_share *share = hostmem_shares_mine(&f->shares);
    count(&f->shares);
    assert_int_equal(share->owner, hostmem_thread_key());
    assert_int_equal(share->own_calls[METHOD], 5000);
    assert_int_equal(calls(f), 5000);
    assert_int_equal(hostmem_shares_calls(&f->shares, METHOD - 1), 0);
    hostmem_shares_init(&f->shares, &f->strict);
    assert_int_equal(share->owner, 0);
    assert_int_equal(calls(f), 0);
}

/* Whatever the owner has read before it writes, no call of another is lost. */
static void others_count_beside_the_owner(void **state)
{
    fixture *f = *state;
    hostmem_share *share = hostmem_shares_mine(&f->shares);
    share->owner = hostmem_thread_key() + 1;
    share->own_calls[METHOD] = 7;
    count(&f->shares);
    assert_int_equal(share->owner, hostmem_thread_key() + 1);
    assert_int_equal(share->own_calls[METHOD], 7);
    assert_int_equal(calls(f), 5007);
    hostmem_shares_init(&f->shares, &f->strict);
    assert_int_equal(calls(f), 0);
}

/* More threads than shares, some at the same time and some after others have ended. */
static void no_call_of_many_threads_is_lost(void **state)
{
    enum { AT_ONCE = HOSTMEM_SHARES + 16, ROUNDS = 3 };
    fixture *f = *state;
    sim_thread *threads[AT_ONCE];
    unsigned round, i;
    for (round = 1; round <= ROUNDS; round++) {
        for (i = 0; i < AT_ONCE; i++)
            threads[i] = sim_thread_start(count, &f->shares);
        for (i = 0; i < AT_ONCE; i++)
            sim_thread_join(threads[i]);
        assert_int_equal(calls(f), (uint64_t)round * AT_ONCE * 5000);
    }
}

int main(void)
{
#define shares_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        shares_test(nothing_can_be_taken_from_an_empty_room),
        shares_test(a_block_without_bytes_keeps_shares_from_being_clean),
        shares_test(room_of_a_grant_is_used_up_to_the_last_byte),
        shares_test(what_is_given_back_stays_in_the_room_until_it_is_too_much),
        shares_test(blocks_are_counted_wherever_they_come_from_and_go_to),
        shares_test(strict_shares_keep_nothing_back),
        shares_test(peaks_are_exact_for_one_thread),
        shares_test(each_peak_is_found_by_itself),
        shares_test(what_was_taken_in_vain_is_no_peak),
        shares_test(clean_shares_begin_anew),
        shares_test(a_share_belongs_to_the_first_who_counts_in_it),
        shares_test(others_count_beside_the_owner),
        shares_test(no_call_of_many_threads_is_lost),
    };
    return cmocka_run_group_tests_name("shares", tests, NULL, NULL);
}
