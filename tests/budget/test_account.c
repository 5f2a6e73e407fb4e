/* Charges through quota caches: the limit is exact to the byte whatever the caches hold, and waiting threads are
 * woken for every freed byte. */
#include "budget/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check.h"
#include "sim_os.h"
#include "sim_thread.h"

#define MIB ((uint64_t)1 << 20)
#define LIMIT (200 * MIB)
#define ACCOUNTS 3

typedef struct fixture {
    sim_os *sim;
    hostmem_budget *budget;
    hmi_account account[ACCOUNTS];
} fixture;

static int setup(void **state)
{
    static const hostmem_budget_config config = {.size = sizeof config,
                                                 .flags = HOSTMEM_NO_PROCESS_OVERDRAFT,
                                                 .limit_bytes = LIMIT,
                                                 .process_reserve_bytes = 0,
                                                 .low_percent = 90,
                                                 .neutral_percent = 80,
                                                 .high_percent = 50};
    fixture *f = calloc(1, sizeof *f);
    unsigned i;
    f->sim = sim_os_create(NULL);
    if (hmi_budget_make(&config, sim_os_functions(f->sim), &f->budget))
        return -1;
    for (i = 0; i < ACCOUNTS; i++)
        f->account[i] = (hmi_account){f->budget, hmi_budget_acquire_cache(f->budget)};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    unsigned i;
    BOOL clean = hmi_budget_used(f->budget) == 0;
    for (i = 0; i < ACCOUNTS; i++)
        hmi_budget_release_cache(f->budget, f->account[i].quota_cache);
    clean = clean && atomic_load(&f->budget->charged_bytes) == 0;
    hostmem_budget_release(f->budget);
    clean = sim_os_check(f->sim, NULL) && clean;
    sim_os_destroy(f->sim);
    free(f);
    return clean ? 0 : -1;
}

#define charges(account, kind, bytes) hmi_account_charge(account, kind, (SIZE_T)(bytes), eTaskCritical)

static void small_charges_go_through_the_share(void **state)
{
    fixture *f = *state;
    uint64_t charged;
    assert_true(charges(&f->account[0], HMI_BLOCKS, 100));
    charged = atomic_load(&f->budget->charged_bytes);
    assert_int_equal(charged, 100 + hmi_quota_fill(HMI_BLOCKS));
    assert_int_equal(hmi_budget_used(f->budget), 100);
    assert_true(charges(&f->account[0], HMI_BLOCKS, 200));
    hmi_account_refund(&f->account[0], HMI_BLOCKS, 100);
    assert_int_equal(atomic_load(&f->budget->charged_bytes), charged);
    assert_int_equal(hmi_budget_used(f->budget), 200);
    hmi_account_cancel_charge(&f->account[0], HMI_BLOCKS, 200);
    assert_int_equal(hmi_budget_used(f->budget), 0);
}

static void large_ones_and_settlements_go_to_the_budget(void **state)
{
    fixture *f = *state;
    assert_true(charges(&f->account[0], HMI_PAGES, 10 * MIB));
    assert_int_equal(atomic_load(&f->budget->charged_bytes), 10 * MIB);
    hmi_account_adjust_charge(&f->account[0], (SIZE_T)(10 * MIB), (SIZE_T)(11 * MIB));
    assert_int_equal(hmi_budget_used(f->budget), 11 * MIB);
    assert_int_equal(hmi_quota_cache_used_bytes(f->account[0].quota_cache, HMI_PAGES), 11 * MIB);
    hmi_account_adjust_charge(&f->account[0], (SIZE_T)(11 * MIB), (SIZE_T)(4 * MIB));
    assert_int_equal(hmi_budget_used(f->budget), 4 * MIB);
    hmi_account_adjust_charge(&f->account[0], (SIZE_T)(4 * MIB), 0);
    hmi_account_adjust_charge(&f->account[0], 7, 7);
}

static void room_in_shares_is_not_kept_from_a_request_that_needs_it(void **state)
{
    fixture *f = *state;
    unsigned i;
    for (i = 0; i < ACCOUNTS; i++)
        assert_true(charges(&f->account[i], HMI_BLOCKS, 16)); /* each has cached quota now */
    assert_true(atomic_load(&f->budget->charged_bytes) > hmi_budget_used(f->budget));
    assert_false(charges(&f->account[0], HMI_PAGES, LIMIT - ACCOUNTS * 16 + 1));
    assert_true(charges(&f->account[0], HMI_PAGES, LIMIT - ACCOUNTS * 16));
    assert_int_equal(hmi_budget_used(f->budget), LIMIT);
    assert_int_equal(atomic_load(&f->budget->charged_bytes), LIMIT);
    for (i = 0; i < ACCOUNTS; i++) { /* and so on, byte by byte */
        assert_false(charges(&f->account[i], HMI_BLOCKS, 1));
        hmi_account_refund(&f->account[i], HMI_BLOCKS, 16);
        assert_false(charges(&f->account[1], HMI_BLOCKS, 17));
        assert_true(charges(&f->account[1], HMI_BLOCKS, 16));
        hmi_account_refund(&f->account[1], HMI_BLOCKS, 16);
        assert_true(charges(&f->account[i], HMI_BLOCKS, 16));
    }
    for (i = 0; i < ACCOUNTS; i++)
        hmi_account_refund(&f->account[i], HMI_BLOCKS, 16);
    hmi_account_refund(&f->account[0], HMI_PAGES, (SIZE_T)(LIMIT - ACCOUNTS * 16));
}

static void near_the_limit_nothing_stays_in_shares(void **state)
{
    fixture *f = *state;
    assert_true(charges(&f->account[0], HMI_BLOCKS, 16));
    assert_true(hmi_quota_cache_cached_bytes(f->account[0].quota_cache) > 0);
    assert_true(charges(&f->account[1], HMI_PAGES, LIMIT - MIB));
    assert_int_equal(hmi_quota_cache_cached_bytes(f->account[0].quota_cache), 0);
    hmi_account_refund(&f->account[0], HMI_BLOCKS, 16);
    assert_int_equal(atomic_load(&f->budget->charged_bytes), LIMIT - MIB);
    hmi_account_refund(&f->account[1], HMI_PAGES, (SIZE_T)(LIMIT - MIB)); /* far from the limit the caches are used
                                                                           * again */
    assert_true(charges(&f->account[0], HMI_BLOCKS, 16));
    assert_true(hmi_quota_cache_cached_bytes(f->account[0].quota_cache) > 0);
    hmi_account_refund(&f->account[0], HMI_BLOCKS, 16);
}

static void a_smaller_limit_gathers_what_is_in_shares(void **state)
{
    fixture *f = *state;
    assert_true(charges(&f->account[0], HMI_BLOCKS, 16));
    assert_true(hmi_budget_set_limit(f->budget, MIB));
    assert_int_equal(atomic_load(&f->budget->charged_bytes), 16);
    assert_true(hmi_budget_set_limit(f->budget, 0));
    hmi_account_refund(&f->account[0], HMI_BLOCKS, 16);
    assert_int_equal(atomic_load(&f->budget->charged_bytes), 16); /* in a cache again */
}

static void while_somebody_waits_every_byte_comes_to_the_budget_at_once(void **state)
{
    fixture *f = *state;
    assert_true(charges(&f->account[0], HMI_BLOCKS, 1000));
    assert_true(atomic_load(&f->budget->charged_bytes) > 1000);
    hmi_bypass_set(&f->budget->bypass, HMI_BYPASS_WAITING);
    hmi_account_refund(&f->account[0], HMI_BLOCKS, 1000); /* what was cached before stays, but this does not */
    assert_true(hmi_quota_cache_cached_bytes(f->account[0].quota_cache) < 64 << 10);
    assert_int_equal(hmi_budget_used(f->budget), 0);
}

/* The reason was set by somebody who has ended since: there is no waiter. */
static void a_bypass_that_nobody_needs_does_not_last(void **state)
{
    fixture *f = *state;
    hmi_bypass_set(&f->budget->bypass, HMI_BYPASS_WAITING | HMI_BYPASS_NEAR_LIMIT);
    assert_true(charges(&f->account[0], HMI_BLOCKS, 16));
    hmi_account_refund(&f->account[0], HMI_BLOCKS, 16);
    assert_false(hmi_bypass_is_set(&f->budget->bypass, HMI_BYPASS_REASONS));
    assert_true(charges(&f->account[0], HMI_BLOCKS, 17));
    assert_true(hmi_quota_cache_cached_bytes(f->account[0].quota_cache) > 0);
    hmi_account_refund(&f->account[0], HMI_BLOCKS, 17);
}

/* What a thread has on its way to the budget is one piece. */
static void quota_is_reclaimed_in_pieces_of_limited_size(void **state)
{
    fixture *f = *state;
    hmi_quota_cache *cache = f->account[0].quota_cache;
    uint64_t cached, reclaimed = 0;
    unsigned slot = 0;
    SIZE_T piece;
    assert_true(charges(&f->account[0], HMI_PAGES, 2 * 4096));
    hmi_account_refund(&f->account[0], HMI_PAGES, 2 * 4096);
    assert_true(charges(&f->account[0], HMI_PAGES, 200 << 10));
    hmi_account_refund(&f->account[0], HMI_PAGES, 120 << 10);
    cached = hmi_quota_cache_cached_bytes(cache);
    assert_true(cached > HMI_QUOTA_IN_TRANSIT);
    while ((piece = hmi_quota_cache_reclaim(cache, &slot)) != 0) {
        assert_true(piece <= HMI_QUOTA_IN_TRANSIT);
        hmi_budget_cancel_charge(f->budget, piece);
        reclaimed += piece;
        assert_int_equal(hmi_budget_used(f->budget), 80 << 10); /* after each of them */
    }
    assert_int_equal(reclaimed, cached);
    hmi_account_refund(&f->account[0], HMI_PAGES, 80 << 10);
}

static void shares_that_were_returned_are_lent_again_when_they_are_clean(void **state)
{
    fixture *f = *state;
    hmi_quota_cache *first = f->account[0].quota_cache, *second;
    unsigned slot = 0;
    SIZE_T bytes;
    assert_true(charges(&f->account[0], HMI_PAGES, 4096));
    hmi_budget_release_cache(f->budget, first); /* with a page that has not been freed */
    second = hmi_budget_acquire_cache(f->budget);
    assert_ptr_not_equal(second, first);
    hmi_budget_release_cache(f->budget, second);
    hmi_account_refund(&f->account[0], HMI_PAGES, 4096);
    while ((bytes = hmi_quota_cache_reclaim(first, &slot)) != 0)
        hmi_budget_cancel_charge(f->budget, bytes);
    assert_ptr_equal(f->account[0].quota_cache = hmi_budget_acquire_cache(f->budget), second);
    assert_ptr_equal(hmi_budget_acquire_cache(f->budget), first);
}

/* ---- Many threads ---- */

#define THREADS 4
#define ROUNDS 20000

typedef struct storm {
    fixture *f;
    _Atomic uint64_t taken;
    _Atomic uint32_t over;
} storm;

typedef struct runner {
    storm *storm;
    sim_thread *thread;
    uint32_t random;
} runner;

static uint32_t next(runner *self)
{
    self->random ^= self->random << 13;
    self->random ^= self->random >> 17;
    self->random ^= self->random << 5;
    return self->random;
}

/* Charges and refunds in turns, small and large amounts, so that the use is often near the limit. */
static void run(void *context)
{
    runner *self = context;
    fixture *f = self->storm->f;
    struct {
        hmi_account *account;
        hmi_kind kind;
        SIZE_T bytes;
    } held[16] = {{0}};
    unsigned i, round;
    for (round = 0; round < ROUNDS; round++) {
        i = next(self) % 16;
        if (held[i].account) {
            atomic_fetch_sub(&self->storm->taken, held[i].bytes);
            hmi_account_refund(held[i].account, held[i].kind, held[i].bytes);
            held[i].account = NULL;
            continue;
        }
        held[i].kind = next(self) % 2 ? HMI_PAGES : HMI_BLOCKS;
        held[i].bytes = next(self) % 8 ? next(self) % 5000 : next(self) % (8 << 20);
        held[i].account = &f->account[next(self) % ACCOUNTS];
        if (!charges(held[i].account, held[i].kind, held[i].bytes))
            held[i].account = NULL;
        else if (atomic_fetch_add(&self->storm->taken, held[i].bytes) + held[i].bytes > LIMIT)
            atomic_fetch_add(&self->storm->over, 1);
    }
    for (i = 0; i < 16; i++) {
        if (held[i].account)
            hmi_account_refund(held[i].account, held[i].kind, held[i].bytes);
    }
}

static void a_storm_never_passes_the_limit_and_leaves_nothing(void **state)
{
    fixture *f = *state;
    storm all = {.f = f};
    runner runners[THREADS];
    UINT64 random = check_random_seed();
    unsigned i;
    for (i = 0; i < THREADS; i++) {
        runners[i] = (runner){&all, NULL, (uint32_t)check_random(&random) | 1}; /* | 1: 0 would stay 0 */
        runners[i].thread = sim_thread_start(run, &runners[i]);
        assert_non_null(runners[i].thread);
    }
    for (i = 0; i < THREADS; i++)
        sim_thread_join(runners[i].thread);
    assert_int_equal(all.over, 0);
    assert_int_equal(hmi_budget_used(f->budget), 0);
    for (i = 0; i < ACCOUNTS; i++) {
        assert_int_equal(hmi_quota_cache_used_blocks(f->account[i].quota_cache), 0);
        assert_true(hmi_quota_cache_peak(f->account[i].quota_cache, HMI_KINDS) <= LIMIT);
    }
    assert_true(charges(&f->account[0], HMI_PAGES, LIMIT)); /* all of the limit can be charged */
    hmi_account_refund(&f->account[0], HMI_PAGES, (SIZE_T)LIMIT);
}

int main(void)
{
#define account_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        account_test(small_charges_go_through_the_share),
        account_test(large_ones_and_settlements_go_to_the_budget),
        account_test(room_in_shares_is_not_kept_from_a_request_that_needs_it),
        account_test(near_the_limit_nothing_stays_in_shares),
        account_test(a_smaller_limit_gathers_what_is_in_shares),
        account_test(while_somebody_waits_every_byte_comes_to_the_budget_at_once),
        account_test(a_bypass_that_nobody_needs_does_not_last),
        account_test(quota_is_reclaimed_in_pieces_of_limited_size),
        account_test(shares_that_were_returned_are_lent_again_when_they_are_clean),
        account_test(a_storm_never_passes_the_limit_and_leaves_nothing),
    };
    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
