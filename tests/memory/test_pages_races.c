/* Two threads at the same pages: the second thread's call runs in a hook, before or after the effect of the first
 * one's, so that every order is forced. When both have ended the accounts equal the system. */
#include "check.h"

#include "memory/pages.h"
#include "sim_thread.h"

#define PAGE CHECK_PAGE
#define GRANULE CHECK_GRANULE
#define RW PAGE_READWRITE
#define RWX PAGE_EXECUTE_READWRITE
#define REFUSED HOST_E_INVALIDOPERATION

/* The other thread. */
typedef struct other {
    check_fixture *f;
    void (*act)(struct other *self);
    char *memory;
    void *out;
    HRESULT hr;
    bool acted;
} other;

static void act_once(void *context, const sim_os_call *call)
{
    other *self = context;
    (void)call;
    if (self->acted)
        return;
    self->acted = true;
    self->act(self);
}

typedef enum moment { BEFORE, AFTER } moment;

static void intrude(other *self, sim_os_kind kind, moment when)
{
    self->out = CHECK_POISON;
    self->hr = E_UNEXPECTED;
    sim_os_set_hooks(self->f->sim, SIM_SET(kind), when == BEFORE ? act_once : NULL, when == AFTER ? act_once : NULL,
                     self);
}

static void done(other *self)
{
    sim_os_set_hooks(self->f->sim, 0, NULL, NULL, NULL);
    assert_true(self->acted);
}

static HRESULT commit(check_fixture *f, char *memory, SIZE_T size, UINT32 protect, void **out)
{
    return hmi_pages_alloc(f->core, memory, size, MEM_COMMIT, protect, eTaskCritical, out);
}

static void commit_it(other *self)
{
    self->hr = commit(self->f, self->memory, 2 * PAGE, RWX, &self->out);
}

static void decommit_it(other *self)
{
    self->hr = hmi_pages_free(self->f->core, self->memory, 2 * PAGE, MEM_DECOMMIT);
}

static void release_it(other *self)
{
    self->hr = hmi_pages_free(self->f->core, self->memory, 0, MEM_RELEASE);
}

static void reserve_it(other *self)
{
    self->hr = hmi_pages_alloc(self->f->core, self->memory, 3 * GRANULE, MEM_RESERVE | MEM_COMMIT, RW, eTaskCritical,
                               &self->out);
}

static void protect_it(other *self)
{
    UINT32 old;
    self->hr = hmi_pages_protect(self->f->core, self->memory, PAGE, RWX, &old);
}

static void two_commits_of_a_page_count_it_once(void **state)
{
    static const moment moments[] = {BEFORE, AFTER};
    check_fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(moments); i++) {
        char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, RW);
        other thread = {.f = f, .act = commit_it, .memory = memory + PAGE};
        void *out;
        intrude(&thread, SIM_VIRTUAL_ALLOC, moments[i]);
        succeeds(f, commit(f, memory, 2 * PAGE, RWX, &out));
        done(&thread);
        assert_int_equal(thread.hr, S_OK);
        books_are(f, GRANULE, 3 * PAGE, 3 * PAGE);
        assert_int_equal(check_stats(f).used_bytes, 3 * PAGE);
        free_ok(f, memory, 0, MEM_RELEASE);
    }
}

static void a_decommit_before_a_commit_is_paid_for_again(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, RW);
    other thread = {.f = f, .act = decommit_it, .memory = memory};
    void *out;
    intrude(&thread, SIM_VIRTUAL_ALLOC, BEFORE);
    succeeds(f, commit(f, memory, 3 * PAGE, RWX, &out));
    done(&thread);
    assert_int_equal(thread.hr, S_OK);
    books_are(f, GRANULE, GRANULE, 3 * PAGE);
}

static void a_commit_that_fails_refunds_its_own_charge_only(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, RW);
    other thread = {.f = f, .act = commit_it, .memory = memory};
    void *out;
    intrude(&thread, SIM_VIRTUAL_ALLOC, BEFORE);
    /* The other's call is counted first, and succeeds. */
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_ALLOC), 1, 1, ERROR_COMMITMENT_LIMIT);
    assert_int_equal((UINT32)commit(f, memory, 4 * PAGE, RW, &out), (UINT32)E_OUTOFMEMORY);
    done(&thread);
    assert_int_equal(thread.hr, S_OK);
    books_are(f, GRANULE, 2 * PAGE, 2 * PAGE);
    assert_int_equal(check_stats(f).used_bytes, 2 * PAGE);
}

static void two_decommits_of_a_page_refund_it_once(void **state)
{
    static const moment moments[] = {BEFORE, AFTER};
    check_fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(moments); i++) {
        char *memory = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, RWX);
        other thread = {.f = f, .act = decommit_it, .memory = memory + PAGE};
        intrude(&thread, SIM_VIRTUAL_FREE, moments[i]);
        free_ok(f, memory, 2 * PAGE, MEM_DECOMMIT);
        done(&thread);
        assert_int_equal(thread.hr, S_OK);
        books_are(f, GRANULE, 13 * PAGE, 13 * PAGE);
        free_ok(f, memory, 0, MEM_RELEASE);
    }
}

static void a_reservation_may_get_the_address_the_moment_a_release_is_over(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, sim_os_arena_base(f->sim) + 64 * GRANULE, 3 * GRANULE, MEM_RESERVE | MEM_COMMIT, RWX);
    other thread = {.f = f, .act = reserve_it, .memory = memory};
    intrude(&thread, SIM_VIRTUAL_FREE, AFTER);
    free_ok(f, memory, 0, MEM_RELEASE);
    done(&thread);
    assert_int_equal(thread.hr, S_OK);
    assert_ptr_equal(thread.out, memory);
    books_are(f, 3 * GRANULE, 3 * GRANULE, 0);
    assert_int_equal(check_stats(f).used_bytes, 3 * GRANULE);
    /* Now it belongs to the other, who can free it. */
    free_ok(f, memory, PAGE, MEM_DECOMMIT);
    books_are(f, 3 * GRANULE, 3 * GRANULE - PAGE, 0);
}

static void of_two_releases_one_is_refused(void **state)
{
    static const moment moments[] = {BEFORE, AFTER};
    check_fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(moments); i++) {
        char *memory = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, RW);
        other thread = {.f = f, .act = release_it, .memory = memory};
        intrude(&thread, SIM_VIRTUAL_FREE, moments[i]);
        sim_os_reset_calls(f->sim);
        free_ok(f, memory, 0, MEM_RELEASE);
        done(&thread);
        assert_int_equal((UINT32)thread.hr, (UINT32)REFUSED);
        assert_int_equal(sim_os_calls(f->sim, SIM_VIRTUAL_FREE), 1);
        books_are(f, 0, 0, 0);
    }
}

/* One granule after the start of the old reservation. */
static void release_and_reserve_behind_its_start(other *self)
{
    self->hr = hmi_pages_free(self->f->core, self->memory - GRANULE, 0, MEM_RELEASE);
    reserve_it(self);
}

/* The caller means the old reservation, and must not free the new one. */
static void a_free_that_comes_too_late_does_not_meet_the_next_reservation_there(void **state)
{
    static const UINT32 types[] = {MEM_RELEASE, MEM_DECOMMIT};
    check_fixture *f = *state;
    char *place = (char *)(sim_os_arena_base(f->sim) + 64 * GRANULE);
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(types); i++) {
        other thread = {.f = f, .act = release_and_reserve_behind_its_start, .memory = place + GRANULE};
        alloc_ok(f, place, 2 * GRANULE, MEM_RESERVE, RW);
        intrude(&thread, SIM_VIRTUAL_QUERY, BEFORE);
        assert_int_equal((UINT32)hmi_pages_free(f->core, place + GRANULE, 0, types[i]), (UINT32)REFUSED);
        done(&thread);
        assert_int_equal(thread.hr, S_OK);
        books_are(f, 3 * GRANULE, 3 * GRANULE, 0);
        free_ok(f, place + GRANULE, 0, MEM_RELEASE);
    }
}

static void a_commit_or_decommit_during_a_release_is_uncounted_or_refused(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, RW);
    other thread = {.f = f, .act = commit_it, .memory = memory};
    intrude(&thread, SIM_VIRTUAL_FREE, BEFORE);
    free_ok(f, memory, 0, MEM_RELEASE);
    done(&thread);
    books_are(f, 0, 0, 0);

    memory = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, RW);
    thread = (other){.f = f, .act = decommit_it, .memory = memory};
    intrude(&thread, SIM_VIRTUAL_FREE, BEFORE);
    free_ok(f, memory, 0, MEM_RELEASE);
    done(&thread);
    assert_int_equal((UINT32)thread.hr, (UINT32)REFUSED);
    books_are(f, 0, 0, 0);
}

static void a_refused_release_restores_what_another_thread_made_of_it_meanwhile(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_RESERVE, RW);
    other thread = {.f = f, .act = commit_it, .memory = memory + 4 * PAGE};
    alloc_ok(f, memory, PAGE, MEM_COMMIT, RWX);
    intrude(&thread, SIM_VIRTUAL_FREE, BEFORE);
    sim_os_fail(f->sim, SIM_SET(SIM_VIRTUAL_FREE), 0, 1, ERROR_ACCESS_DENIED);
    assert_int_equal((UINT32)hmi_pages_free(f->core, memory, 0, MEM_RELEASE), (UINT32)E_ACCESSDENIED);
    done(&thread);
    assert_int_equal(thread.hr, S_OK);
    books_are(f, GRANULE, 3 * PAGE, 3 * PAGE);
    assert_int_equal(check_stats(f).used_bytes, 3 * PAGE);
}

/* Frees without the manager: as the host itself, or by a double release where foreign memory may be freed. */
static void free_it_behind_our_back(other *self)
{
    self->hr = self->f->os->virtual_free(self->f->os, self->memory, 0, MEM_RELEASE) ? E_FAIL : S_OK;
}

static void a_release_of_what_is_gone_leaves_the_books_without_it(void **state)
{
    static void (*const ways[])(other *) = {free_it_behind_our_back, release_it};
    check_fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(ways); i++) {
        char *memory = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, RWX);
        other thread = {.f = f, .act = ways[i], .memory = memory};
        intrude(&thread, SIM_VIRTUAL_FREE, BEFORE);
        assert_int_equal((UINT32)hmi_pages_free(f->core, memory, 0, MEM_RELEASE), (UINT32)E_INVALIDARG);
        done(&thread);
        assert_int_equal(thread.hr, S_OK);
        books_are(f, 0, 0, 0);
        assert_int_equal(check_stats(f).used_bytes, 0);
    }
}

static void a_protect_before_ours_or_a_commit_is_overruled(void **state)
{
    check_fixture *f = *state;
    char *memory = alloc_ok(f, NULL, GRANULE, MEM_COMMIT, RW);
    other thread = {.f = f, .act = protect_it, .memory = memory};
    UINT32 old;
    void *out;
    intrude(&thread, SIM_VIRTUAL_PROTECT, BEFORE);
    succeeds(f, hmi_pages_protect(f->core, memory, GRANULE, PAGE_READONLY, &old));
    done(&thread);
    assert_int_equal(old, RWX);
    books_are(f, GRANULE, GRANULE, 0);

    thread = (other){.f = f, .act = protect_it, .memory = memory};
    intrude(&thread, SIM_VIRTUAL_ALLOC, BEFORE);
    succeeds(f, commit(f, memory, GRANULE, RW, &out));
    done(&thread);
    books_are(f, GRANULE, GRANULE, 0);
}

/* ---- Any two calls for the same pages ---- */

static void commit_plainly(other *self)
{
    self->hr = commit(self->f, self->memory, 2 * PAGE, RW, &self->out);
}

static void protect_plainly(other *self)
{
    UINT32 old;
    self->hr = hmi_pages_protect(self->f->core, self->memory, PAGE, PAGE_READONLY, &old);
}

static void decommit_all(other *self)
{
    self->hr = hmi_pages_free(self->f->core, self->memory, 0, MEM_DECOMMIT);
}

static void release_and_reserve_it(other *self)
{
    release_it(self);
    reserve_it(self);
}

typedef struct way {
    const char *name;
    void (*act)(other *self);
    sim_os_kind kind; /* the call of the system that it makes */
} way;

static const way ways[] = {
    {"commit", commit_plainly, SIM_VIRTUAL_ALLOC},
    {"commit code", commit_it, SIM_VIRTUAL_ALLOC},
    {"decommit", decommit_it, SIM_VIRTUAL_FREE},
    {"decommit all", decommit_all, SIM_VIRTUAL_FREE},
    {"protect", protect_plainly, SIM_VIRTUAL_PROTECT},
    {"protect code", protect_it, SIM_VIRTUAL_PROTECT},
    {"release", release_it, SIM_VIRTUAL_FREE},
    {"release and reserve", release_and_reserve_it, SIM_VIRTUAL_FREE},
};

/* The state of the pages before. */
static const struct {
    UINT32 type, protect;
} states[] = {{MEM_RESERVE, RW}, {MEM_RESERVE | MEM_COMMIT, RW}, {MEM_RESERVE | MEM_COMMIT, RWX}};

static bool figures_agree(check_fixture *f)
{
    hostmem_stats stats = check_stats(f);
    sim_os_totals totals;
    sim_os_total(f->sim, &totals);
    return stats.reserved_bytes == totals.reserved_bytes && stats.committed_bytes == totals.committed_bytes &&
           stats.executable_bytes == totals.executable_bytes;
}

static void try_both(check_fixture *f, const way *ours, const way *theirs, moment when, size_t is)
{
    char *place = (char *)(sim_os_arena_base(f->sim) + 64 * GRANULE);
    other own = {.f = f, .act = ours->act, .memory = place}, thread = {.f = f, .act = theirs->act, .memory = place};
    alloc_ok(f, place, 3 * GRANULE, states[is].type, states[is].protect);
    intrude(&thread, ours->kind, when);
    ours->act(&own);
    sim_os_set_hooks(f->sim, 0, NULL, NULL, NULL);
    if (!figures_agree(f))
        print_message("%s, %s its effect %s\n", ours->name, when == BEFORE ? "before" : "after", theirs->name);
    books_are_true(f);
    hmi_pages_free(f->core, place, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

/* Whatever two threads do to the same pages: when both have ended, the accounts equal the system. */
static void of_any_two_calls_at_once_the_books_have_what_the_system_has(void **state)
{
    check_fixture *f = *state;
    size_t ours, theirs, is;
    for (ours = 0; ours < CHECK_COUNT_OF(ways); ours++) {
        for (theirs = 0; theirs < CHECK_COUNT_OF(ways); theirs++) {
            for (is = 0; is < CHECK_COUNT_OF(states); is++) {
                try_both(f, &ways[ours], &ways[theirs], BEFORE, is);
                try_both(f, &ways[ours], &ways[theirs], AFTER, is);
            }
        }
    }
}

/* A third thread's call runs in the middle of the second one's. */
static void commit_while_a_third_decommits(other *self)
{
    other third = {.f = self->f, .act = decommit_it, .memory = self->memory};
    sim_os_set_hooks(self->f->sim, SIM_SET(SIM_VIRTUAL_ALLOC), NULL, act_once, &third);
    commit_plainly(self);
    sim_os_set_hooks(self->f->sim, 0, NULL, NULL, NULL);
}

static void of_three_calls_at_once_too(void **state)
{
    check_fixture *f = *state;
    const way third = {"commit while a third decommits", commit_while_a_third_decommits, SIM_VIRTUAL_ALLOC};
    size_t ours, is;
    for (ours = 0; ours < CHECK_COUNT_OF(ways); ours++) {
        for (is = 0; is < CHECK_COUNT_OF(states); is++) {
            try_both(f, &ways[ours], &third, BEFORE, is);
            try_both(f, &ways[ours], &third, AFTER, is);
        }
    }
}

/* Several threads, for many rounds. */
#define THREADS 4
#define ROUNDS 3000

typedef struct worker {
    check_fixture *f;
    char *place;
    UINT64 random;
} worker;

static void work(void *context)
{
    worker *self = context;
    unsigned round;
    for (round = 0; round < ROUNDS; round++) {
        other call = {.f = self->f, .memory = self->place};
        UINT64 random = check_random(&self->random);
        ways[random % (CHECK_COUNT_OF(ways) - 2)].act(&call);
    }
}

static void of_many_threads_calls_too(void **state)
{
    check_fixture *f = *state;
    char *place = alloc_ok(f, NULL, 3 * GRANULE, MEM_RESERVE, RW);
    sim_thread *threads[THREADS];
    worker workers[THREADS];
    UINT64 seed = check_random_seed();
    size_t i;
    for (i = 0; i < THREADS; i++) {
        workers[i] = (worker){f, place, seed + i};
        threads[i] = sim_thread_start(work, &workers[i]);
        assert_non_null(threads[i]);
    }
    for (i = 0; i < THREADS; i++)
        sim_thread_join(threads[i]);
    books_are_true(f);
    free_ok(f, place, 0, MEM_RELEASE);
    books_are(f, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(two_commits_of_a_page_count_it_once),
        check_test(a_decommit_before_a_commit_is_paid_for_again),
        check_test(a_commit_that_fails_refunds_its_own_charge_only),
        check_test(two_decommits_of_a_page_refund_it_once),
        check_test(a_reservation_may_get_the_address_the_moment_a_release_is_over),
        check_test(of_two_releases_one_is_refused),
        check_test(a_free_that_comes_too_late_does_not_meet_the_next_reservation_there),
        check_test(a_commit_or_decommit_during_a_release_is_uncounted_or_refused),
        check_test(a_refused_release_restores_what_another_thread_made_of_it_meanwhile),
        cmocka_unit_test_setup_teardown(a_release_of_what_is_gone_leaves_the_books_without_it, check_setup_free_foreign,
                                        check_teardown),
        check_test(a_protect_before_ours_or_a_commit_is_overruled),
        check_test(of_any_two_calls_at_once_the_books_have_what_the_system_has),
        check_test(of_three_calls_at_once_too),
        check_test(of_many_threads_calls_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
