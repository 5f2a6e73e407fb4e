/* Records of live blocks: each belongs to one block at a time, freed ones are reused, and invalid numbers change
 * nothing. */
#include "books/records.h"

#include "check.h"

#include <string.h>

#include "sim_thread.h"

typedef struct fixture {
    sim_os *sim;
    hmi_sites sites;
    hmi_records records;
    const hmi_site *site, *other;
} fixture;

static fixture shared;

static int setup(void **state)
{
    shared.sim = sim_os_create(NULL);
    memset(&shared.sites, 0, sizeof shared.sites);
    memset(&shared.records, 0, sizeof shared.records);
    hmi_sites_init(&shared.sites, sim_os_functions(shared.sim));
    shared.site = hmi_sites_intern(&shared.sites, "site", 1);
    shared.other = hmi_sites_intern(&shared.sites, "other", 2);
    *state = &shared;
    return hmi_records_init(&shared.records, sim_os_functions(shared.sim)) ? -1 : 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    BOOL clean;
    hmi_records_destroy(&f->records);
    hmi_sites_destroy(&f->sites);
    clean = sim_os_check(f->sim, NULL);
    sim_os_destroy(f->sim);
    return clean ? 0 : -1;
}

typedef struct sums {
    UINT64 blocks, bytes;
} sums;

static void add(void *context, const hmi_site *site, SIZE_T size, UINT64 age_ms)
{
    sums *to = context;
    (void)age_ms;
    if (site == shared.site) {
        to->blocks++;
        to->bytes += size;
    }
}

static sums sums_of(fixture *f)
{
    sums all = {0, 0};
    hmi_records_for_each(&f->records, add, &all);
    return all;
}

static void records_are_used_again(void **state)
{
    fixture *f = *state;
    hmi_record taken[100], i;
    for (i = 0; i < 100; i++) {
        taken[i] = hmi_records_take(&f->records, f->site, i);
        assert_int_not_equal(taken[i], 0);
        assert_ptr_equal(hmi_records_site(&f->records, taken[i]), f->site);
    }
    assert_int_equal(sums_of(f).blocks, 100);
    assert_int_equal(sums_of(f).bytes, 4950);
    for (i = 0; i < 100; i++)
        hmi_records_put(&f->records, taken[i]);
    assert_int_equal(sums_of(f).blocks, 0);
    for (i = 0; i < 104; i++) /* records are created eight at a time */
        assert_in_range(hmi_records_take(&f->records, f->other, 1), 1, 104);
    assert_in_range(hmi_records_take(&f->records, f->other, 1), 105, 112);
    assert_int_equal(sums_of(f).blocks, 0);
}

static void wrong_numbers_change_nothing(void **state)
{
    fixture *f = *state;
    hmi_record record = hmi_records_take(&f->records, f->site, 10), again;
    hmi_records_put(&f->records, 0);
    hmi_records_put(&f->records, record + 1);
    hmi_records_put(&f->records, UINT32_MAX);
    assert_null(hmi_records_site(&f->records, record + 1));
    assert_int_equal(sums_of(f).blocks, 1);
    hmi_records_put(&f->records, record);
    hmi_records_put(&f->records, record); /* twice: two blocks must not get the same record */
    again = hmi_records_take(&f->records, f->site, 1);
    assert_int_not_equal(hmi_records_take(&f->records, f->site, 1), again);
}

#define THREADS 4u
#define ROUNDS 20000u

typedef struct worker {
    fixture *f;
    sim_thread *thread;
    UINT32 wrong;
    SIZE_T number;
} worker;

/* If two threads had the same record, its size would be that of only one. */
static void use_records(void *context)
{
    worker *self = context;
    hmi_record held[8] = {0};
    unsigned round;
    for (round = 0; round < ROUNDS; round++) {
        hmi_record *record = &held[round % 8];
        if (*record) {
            hmi_cell *words = hmi_sparse_array_peek(&self->f->records.words, (uint64_t)(*record - 1) * 4);
            self->wrong += !words || atomic_load(&words[1]) != self->number;
            hmi_records_put(&self->f->records, *record);
        }
        *record = hmi_records_take(&self->f->records, self->f->site, self->number);
        self->wrong += !*record;
    }
    for (round = 0; round < 8; round++)
        hmi_records_put(&self->f->records, held[round]);
}

static void no_two_threads_have_the_same_record(void **state)
{
    fixture *f = *state;
    worker workers[THREADS];
    unsigned i;
    for (i = 0; i < THREADS; i++) {
        workers[i] = (worker){f, NULL, 0, i + 1};
        workers[i].thread = sim_thread_start(use_records, &workers[i]);
        assert_non_null(workers[i].thread);
    }
    for (i = 0; i < 50; i++)
        assert_true(sums_of(f).blocks <= THREADS * 8);
    for (i = 0; i < THREADS; i++) {
        sim_thread_join(workers[i].thread);
        assert_int_equal(workers[i].wrong, 0);
    }
    assert_int_equal(sums_of(f).blocks, 0);
    assert_true(atomic_load(&f->records.made) <= THREADS * 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_are_used_again, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_numbers_change_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(no_two_threads_have_the_same_record, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
