/* Charges through quota caches: the limit is exact to the byte whatever the caches hold, and waiting threads are
 * woken for every freed byte. */
#include "budget/quota_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check.h"
#include "sim_os.h"
#include "sim_thread.h"

#define MIB ((uint64_t)1 << 20)
#define LIMIT (200 * MIB)
#define CACHES 3

typedef struct fixture {
    sim_os *sim;
    hostmem_budget *budget;
    hmi_quota_cache *cache[CACHES];
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
    for (i = 0; i < CACHES; i++)
        f->cache[i] = hmi_budget_acquire_cache(f->budget);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    unsigned i;
    BOOL clean = hmi_budget_used(f->budget) == 0;
    for (i = 0; i < CACHES; i++)
        hmi_budget_release_cache(f->budget, f->cache[i]);
    clean = clean && atomic_load(&f->budget->charged_bytes) == 0;
    hostmem_budget_release(f->budget);
    clean = sim_os_check(f->sim, NULL) && clean;
    sim_os_destroy(f->sim);
    free(f);
    return clean ? 0 : -1;
}

#define charges(cache, kind, bytes) hmi_quota_cache_charge(cache, kind, (SIZE_T)(bytes), eTaskCritical)

static void small_charges_use_the_quota_of_the_slot(void **state)
{
    fixture *f = *state;
    uint64_t charged;
    assert_true(charges(f->cache[0], HMI_BLOCKS, 100));
    charged = atomic_load(&f->budget->charged_bytes);
    assert_int_equal(charged, 100 + hmi_quota_fill(HMI_BLOCKS));
    assert_int_equal(hmi_budget_used(f->budget), 100);
    assert_true(charges(f->cache[0], HMI_BLOCKS, 200));
    hmi_quota_cache_refund(f->cache[0], HMI_BLOCKS, 100);
    assert_int_equal(atomic_load(&f->budget->charged_bytes), charged);
    assert_int_equal(hmi_budget_used(f->budget), 200);
    hmi_quota_cache_cancel_charge(f->cache[0], HMI_BLOCKS, 200);
    assert_int_equal(hmi_budget_used(f->budget), 0);
}

static void large_and_adjusted_charges_go_to_the_budget(void **state)
{
    fixture *f = *state;
    assert_true(charges(f->cache[0], HMI_PAGES, 10 * MIB));
    assert_int_equal(atomic_load(&f->budget->charged_bytes), 10 * MIB);
    hmi_quota_cache_adjust_charge(f->cache[0], (SIZE_T)(10 * MIB), (SIZE_T)(11 * MIB));
    assert_int_equal(hmi_budget_used(f->budget), 11 * MIB);
    assert_int_equal(hmi_quota_cache_used_bytes(f->cache[0], HMI_PAGES), 11 * MIB);
    hmi_quota_cache_adjust_charge(f->cache[0], (SIZE_T)(11 * MIB), (SIZE_T)(4 * MIB));
    assert_int_equal(hmi_budget_used(f->budget), 4 * MIB);
    hmi_quota_cache_adjust_charge(f->cache[0], (SIZE_T)(4 * MIB), 0);
    hmi_quota_cache_adjust_charge(f->cache[0], 7, 7);
}

static void a_request_gets_the_quota_that_other_caches_have(void **state)
{
    fixture *f = *state;
    unsigned i;
    for (i = 0; i < CACHES; i++)
        assert_true(charges(f->cache[i], HMI_BLOCKS, 16)); /* each has cached quota now */
    assert_true(atomic_load(&f->budget->charged_bytes) > hmi_budget_used(f->budget));
    assert_false(charges(f->cache[0], HMI_PAGES, LIMIT - CACHES * 16 + 1));
    assert_true(charges(f->cache[0], HMI_PAGES, LIMIT - CACHES * 16));
    assert_int_equal(hmi_budget_used(f->budget), LIMIT);
    assert_int_equal(atomic_load(&f->budget->charged_bytes), LIMIT);
    for (i = 0; i < CACHES; i++) { /* and so on, byte by byte */
        assert_false(charges(f->cache[i], HMI_BLOCKS, 1));
        hmi_quota_cache_refund(f->cache[i], HMI_BLOCKS, 16);
        assert_false(charges(f->cache[1], HMI_BLOCKS, 17));
        assert_true(charges(f->cache[1], HMI_BLOCKS, 16));
        hmi_quota_cache_refund(f->cache[1], HMI_BLOCKS, 16);
        assert_true(charges(f->cache[i], HMI_BLOCKS, 16));
    }
    for (i = 0; i < CACHES; i++)
        hmi_quota_cache_refund(f->cache[i], HMI_BLOCKS, 16);
    hmi_quota_cache_refund(f->cache[0], HMI_PAGES, (SIZE_T)(LIMIT - CACHES * 16));
}

static void near_the_limit_nothing_is_cached(void **state)
{
    fixture *f = *state;
    assert_true(charges(f->cache[0], HMI_BLOCKS, 16));
    assert_true(hmi_quota_cache_cached_bytes(f->cache[0]) > 0);
    assert_true(charges(f->cache[1], HMI_PAGES, LIMIT - MIB));
    assert_int_equal(hmi_quota_cache_cached_bytes(f->cache[0]), 0);
    hmi_quota_cache_refund(f->cache[0], HMI_BLOCKS, 16);
    assert_int_equal(atomic_load(&f->budget->charged_bytes), LIMIT - MIB);
    hmi_quota_cache_refund(f->cache[1], HMI_PAGES, (SIZE_T)(LIMIT - MIB)); /* far from the limit the caches are used
                                                                           * again */
    assert_true(charges(f->cache[0], HMI_BLOCKS, 16));
    assert_true(hmi_quota_cache_cached_bytes(f->cache[0]) > 0);
    hmi_quota_cache_refund(f->cache[0], HMI_BLOCKS, 16);
}

static void a_smaller_limit_flushes_the_caches(void **state)
{
    fixture *f = *state;
    assert_true(charges(f->cache[0], HMI_BLOCKS, 16));
    assert_true(hmi_budget_set_limit(f->budget, MIB));
    assert_int_equal(atomic_load(&f->budget->charged_bytes), 16);
    assert_true(hmi_budget_set_limit(f->budget, 0));
    hmi_quota_cache_refund(f->cache[0], HMI_BLOCKS, 16);
    assert_int_equal(atomic_load(&f->budget->charged_bytes), 16); /* in a cache again */
}

static void while_a_request_waits_freed_quota_goes_to_the_budget(void **state)
{
    fixture *f = *state;
    assert_true(charges(f->cache[0], HMI_BLOCKS, 1000));
    assert_true(atomic_load(&f->budget->charged_bytes) > 1000);
    hmi_bypass_set(&f->budget->bypass, HMI_BYPASS_WAITING);
    hmi_quota_cache_refund(f->cache[0], HMI_BLOCKS, 1000); /* what was cached before stays, but this does not */
    assert_true(hmi_quota_cache_cached_bytes(f->cache[0]) < 64 << 10);
    assert_int_equal(hmi_budget_used(f->budget), 0);
}

/* The reason was set by somebody who has ended since: there is no waiter. */
static void a_bypass_without_a_reason_is_ended(void **state)
{
    fixture *f = *state;
    hmi_bypass_set(&f->budget->bypass, HMI_BYPASS_WAITING | HMI_BYPASS_NEAR_LIMIT);
    assert_true(charges(f->cache[0], HMI_BLOCKS, 16));
    hmi_quota_cache_refund(f->cache[0], HMI_BLOCKS, 16);
    assert_false(hmi_bypass_is_set(&f->budget->bypass, HMI_BYPASS_REASONS));
    assert_true(charges(f->cache[0], HMI_BLOCKS, 17));
    assert_true(hmi_quota_cache_cached_bytes(f->cache[0]) > 0);
    hmi_quota_cache_refund(f->cache[0], HMI_BLOCKS, 17);
}

/* What a thread has on its way to the budget is one piece. */
static void quota_is_reclaimed_in_pieces_of_limited_size(void **state)
{
    fixture *f = *state;
    hmi_quota_cache *cache = f->cache[0];
    uint64_t cached, reclaimed = 0;
    unsigned slot = 0;
    SIZE_T piece;
    assert_true(charges(f->cache[0], HMI_PAGES, 2 * 4096));
    hmi_quota_cache_refund(f->cache[0], HMI_PAGES, 2 * 4096);
    assert_true(charges(f->cache[0], HMI_PAGES, 200 << 10));
    hmi_quota_cache_refund(f->cache[0], HMI_PAGES, 120 << 10);
    cached = hmi_quota_cache_cached_bytes(cache);
    assert_true(cached > HMI_QUOTA_IN_TRANSIT);
    while ((piece = hmi_quota_cache_reclaim(cache, &slot)) != 0) {
        assert_true(piece <= HMI_QUOTA_IN_TRANSIT);
        hmi_budget_cancel_charge(f->budget, piece);
        reclaimed += piece;
        assert_int_equal(hmi_budget_used(f->budget), 80 << 10); /* after each of them */
    }
    assert_int_equal(reclaimed, cached);
    hmi_quota_cache_refund(f->cache[0], HMI_PAGES, 80 << 10);
}

static void a_returned_cache_is_lent_again_once_it_is_clean(void **state)
{
    fixture *f = *state;
    hmi_quota_cache *first = f->cache[0], *second;
    unsigned slot = 0;
    SIZE_T bytes;
    assert_true(charges(f->cache[0], HMI_PAGES, 4096));
    hmi_budget_release_cache(f->budget, first); /* with a page that has not been freed */
    second = hmi_budget_acquire_cache(f->budget);
    assert_ptr_not_equal(second, first);
    hmi_budget_release_cache(f->budget, second);
    hmi_quota_cache_refund(f->cache[0], HMI_PAGES, 4096);
    while ((bytes = hmi_quota_cache_reclaim(first, &slot)) != 0)
        hmi_budget_cancel_charge(f->budget, bytes);
    assert_ptr_equal(f->cache[0] = hmi_budget_acquire_cache(f->budget), second);
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
        hmi_quota_cache *cache;
        hmi_kind kind;
        SIZE_T bytes;
    } held[16] = {{0}};
    unsigned i, round;
    for (round = 0; round < ROUNDS; round++) {
        i = next(self) % 16;
        if (held[i].cache) {
            atomic_fetch_sub(&self->storm->taken, held[i].bytes);
            hmi_quota_cache_refund(held[i].cache, held[i].kind, held[i].bytes);
            held[i].cache = NULL;
            continue;
        }
        held[i].kind = next(self) % 2 ? HMI_PAGES : HMI_BLOCKS;
        held[i].bytes = next(self) % 8 ? next(self) % 5000 : next(self) % (8 << 20);
        held[i].cache = f->cache[next(self) % CACHES];
        if (!charges(held[i].cache, held[i].kind, held[i].bytes))
            held[i].cache = NULL;
        else if (atomic_fetch_add(&self->storm->taken, held[i].bytes) + held[i].bytes > LIMIT)
            atomic_fetch_add(&self->storm->over, 1);
    }
    for (i = 0; i < 16; i++) {
        if (held[i].cache)
            hmi_quota_cache_refund(held[i].cache, held[i].kind, held[i].bytes);
    }
}

static void many_threads_never_exceed_the_limit_and_leave_nothing_charged(void **state)
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
    for (i = 0; i < CACHES; i++) {
        assert_int_equal(hmi_quota_cache_used_blocks(f->cache[i]), 0);
        assert_true(hmi_quota_cache_peak(f->cache[i], HMI_KINDS) <= LIMIT);
    }
    assert_true(charges(f->cache[0], HMI_PAGES, LIMIT)); /* all of the limit can be charged */
    hmi_quota_cache_refund(f->cache[0], HMI_PAGES, (SIZE_T)LIMIT);
}

int main(void)
{
#define charges_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        charges_test(small_charges_use_the_quota_of_the_slot),
        charges_test(large_and_adjusted_charges_go_to_the_budget),
        charges_test(a_request_gets_the_quota_that_other_caches_have),
        charges_test(near_the_limit_nothing_is_cached),
        charges_test(a_smaller_limit_flushes_the_caches),
        charges_test(while_a_request_waits_freed_quota_goes_to_the_budget),
        charges_test(a_bypass_without_a_reason_is_ended),
        charges_test(quota_is_reclaimed_in_pieces_of_limited_size),
        charges_test(a_returned_cache_is_lent_again_once_it_is_clean),
        charges_test(many_threads_never_exceed_the_limit_and_leave_nothing_charged),
    };
    return cmocka_run_group_tests_name("quota_cache_charges", tests, NULL, NULL);
}
