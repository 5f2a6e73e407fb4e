/* The sparse array: its boundaries, its memory use, and that a refused table call leaves it intact. */
#include "check.h"
#include "books/sparse_array.h"

#define PAGE_WORDS ((uint64_t)(CHECK_PAGE / sizeof(hmi_word)))
#define LEAF HMI_SPARSE_ARRAY_LEAF_WORDS
/* As many words as one page of the root leads to. */
#define ROOT_PAGE ((uint64_t)(CHECK_PAGE / sizeof(void *)) * LEAF)
/* Neither a whole page, nor a whole leaf, nor a whole page of the root. */
#define LENGTH (3 * ROOT_PAGE + 2 * LEAF + PAGE_WORDS + 7)
#define TABLE_KINDS (SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT))

typedef struct fixture {
    sim_os *sim;
    hostmem_os *os;
    hmi_sparse_array sparse;
} fixture;

static fixture shared;

static int setup(void **state)
{
    shared.sim = sim_os_create(NULL);
    shared.os = sim_os_functions(shared.sim);
    *state = &shared;
    return hmi_sparse_array_init(&shared.sparse, shared.os, LENGTH) ? -1 : 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    BOOL clean;
    sim_os_set_hooks(f->sim, 0, NULL, NULL, NULL);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    hmi_sparse_array_destroy(&f->sparse);
    clean = sim_os_check(f->sim, NULL);
    sim_os_destroy(f->sim);
    return clean ? 0 : -1;
}

/* Puts value at index. */
static void put(fixture *f, uint64_t index, hmi_word value)
{
    hmi_cell *cell = hmi_sparse_array_touch(&f->sparse, index);
    assert_non_null(cell);
    assert_ptr_equal(hmi_sparse_array_peek(&f->sparse, index), cell);
    atomic_store(cell, value);
}

static hmi_word get(fixture *f, uint64_t index)
{
    hmi_cell *cell = hmi_sparse_array_peek(&f->sparse, index);
    assert_non_null(cell);
    return atomic_load(cell);
}

static UINT64 pages_in(hmi_cell *pages)
{
    UINT64 count = 0;
    size_t i;
    for (i = 0; i < HMI_SPARSE_ARRAY_BLOCK_PAGES / HMI_WORD_BITS; i++)
        count += hmi_bits_count(atomic_load(&pages[i]));
    return count;
}

/* The committed memory that the array reports is what the system has. */
static void pages_are_true(fixture *f)
{
    UINT64 pages = pages_in(f->sparse.root_pages), leaf;
    sim_os_totals totals;
    for (leaf = 0; leaf <= LENGTH / LEAF; leaf++) {
        struct hmi_sparse_array_leaf *found = hmi_sparse_array_leaf_at(&f->sparse, leaf);
        pages += found ? 1 + pages_in(found->pages) : 0;
    }
    sim_os_total(f->sim, &totals);
    assert_true(pages * CHECK_PAGE == totals.table_committed_bytes);
}

static const uint64_t ends[] = {
    0,
    1,
    PAGE_WORDS - 1,
    PAGE_WORDS,
    LEAF - 1,
    LEAF,
    2 * LEAF - PAGE_WORDS - 1,
    ROOT_PAGE - 1,
    ROOT_PAGE,
    2 * ROOT_PAGE + 5,
    LENGTH - PAGE_WORDS,
    LENGTH - 2,
    LENGTH - 1,
};

static void an_untouched_array_is_empty_and_takes_no_memory(void **state)
{
    fixture *f = *state;
    sim_os_totals totals;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(ends); i++) {
        assert_null(hmi_sparse_array_peek(&f->sparse, ends[i]));
        assert_true(hmi_sparse_array_next(&f->sparse, ends[i]) == LENGTH);
    }
    sim_os_total(f->sim, &totals);
    assert_int_equal(totals.tables, 1);
    assert_true(totals.table_committed_bytes == 0);
    pages_are_true(f);
}

static void words_keep_their_values_apart(void **state)
{
    fixture *f = *state;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(ends); i++) {
        hmi_cell *cell = hmi_sparse_array_touch(&f->sparse, ends[i]);
        assert_non_null(cell);
        assert_true(atomic_load(cell) == 0);
        put(f, ends[i], 100 + i);
        pages_are_true(f);
    }
    for (i = 0; i < CHECK_COUNT_OF(ends); i++)
        assert_true(get(f, ends[i]) == 100 + i);
}

static void one_page_is_touched_at_a_time(void **state)
{
    fixture *f = *state;
    hmi_cell *cell = hmi_sparse_array_touch(&f->sparse, PAGE_WORDS + 3);
    sim_os_totals totals;
    assert_non_null(cell);
    assert_null(hmi_sparse_array_peek(&f->sparse, PAGE_WORDS - 1));
    assert_ptr_equal(hmi_sparse_array_peek(&f->sparse, PAGE_WORDS), cell - 3);
    assert_ptr_equal(hmi_sparse_array_peek(&f->sparse, 2 * PAGE_WORDS - 1), cell + (PAGE_WORDS - 4));
    assert_null(hmi_sparse_array_peek(&f->sparse, 2 * PAGE_WORDS));
    sim_os_total(f->sim, &totals);
    /* A page of the root, the leaf's header and the page itself. */
    assert_true(totals.table_committed_bytes == 3 * CHECK_PAGE);
    pages_are_true(f);

    sim_os_reset_calls(f->sim);
    assert_ptr_equal(hmi_sparse_array_touch(&f->sparse, PAGE_WORDS + 3), cell);
    assert_ptr_equal(hmi_sparse_array_touch(&f->sparse, PAGE_WORDS), cell - 3);
    assert_int_equal(sim_os_calls(f->sim, SIM_TABLE_COMMIT) + sim_os_calls(f->sim, SIM_TABLE_RESERVE), 0);
}

/* Touching a range takes one call of the system in each leaf, and existing values stay. */
static void a_range_is_touched_in_one_piece(void **state)
{
    const uint64_t first = PAGE_WORDS + 3, last = LEAF + 2 * PAGE_WORDS;
    fixture *f = *state;
    uint64_t index;
    put(f, first, 10);
    put(f, 5 * PAGE_WORDS, 50);
    put(f, LEAF + 1, 11);
    put(f, last, 99);
    sim_os_reset_calls(f->sim);
    assert_true(hmi_sparse_array_touch_all(&f->sparse, first, last));
    assert_int_equal(sim_os_calls(f->sim, SIM_TABLE_COMMIT), 2);
    for (index = first; index <= last; index++)
        assert_non_null(hmi_sparse_array_peek(&f->sparse, index));
    assert_null(hmi_sparse_array_peek(&f->sparse, PAGE_WORDS - 1));
    assert_null(hmi_sparse_array_peek(&f->sparse, last + PAGE_WORDS));
    assert_true(get(f, first) == 10 && get(f, 5 * PAGE_WORDS) == 50 && get(f, LEAF + 1) == 11 && get(f, last) == 99);
    assert_true(get(f, 5 * PAGE_WORDS + 1) == 0 && get(f, LEAF - 1) == 0);
    pages_are_true(f);

    sim_os_reset_calls(f->sim);
    assert_true(hmi_sparse_array_touch_all(&f->sparse, first, last));
    assert_int_equal(sim_os_calls(f->sim, SIM_TABLE_COMMIT), 0);
    sim_os_fail(f->sim, TABLE_KINDS, 0, 1, ERROR_COMMITMENT_LIMIT);
    assert_false(hmi_sparse_array_touch_all(&f->sparse, first, last + PAGE_WORDS));
    assert_null(hmi_sparse_array_peek(&f->sparse, last + PAGE_WORDS));
    assert_true(get(f, last) == 99);
    assert_false(hmi_sparse_array_touch_all(&f->sparse, LENGTH - 1, LENGTH));
    assert_null(hmi_sparse_array_peek(&f->sparse, LENGTH - 1));
    pages_are_true(f);
}

static void out_of_range_is_null_and_asks_nobody(void **state)
{
    static const uint64_t beyond[] = {LENGTH,        LENGTH + 1,     LENGTH + PAGE_WORDS, LENGTH + LEAF,
                                      4 * ROOT_PAGE, UINT64_MAX / 2, UINT64_MAX};
    fixture *f = *state;
    size_t i;
    put(f, LENGTH - 1, 1);
    sim_os_reset_calls(f->sim);
    for (i = 0; i < CHECK_COUNT_OF(beyond); i++) {
        assert_null(hmi_sparse_array_peek(&f->sparse, beyond[i]));
        assert_null(hmi_sparse_array_touch(&f->sparse, beyond[i]));
        assert_true(hmi_sparse_array_next(&f->sparse, beyond[i]) == LENGTH);
    }
    assert_int_equal(sim_os_calls(f->sim, SIM_TABLE_COMMIT) + sim_os_calls(f->sim, SIM_TABLE_RESERVE), 0);
}

static void a_run_ends_with_its_page(void **state)
{
    fixture *f = *state;
    assert_true(hmi_sparse_array_run(&f->sparse, 0) == PAGE_WORDS);
    assert_true(hmi_sparse_array_run(&f->sparse, 1) == PAGE_WORDS - 1);
    assert_true(hmi_sparse_array_run(&f->sparse, PAGE_WORDS - 1) == 1);
    assert_true(hmi_sparse_array_run(&f->sparse, PAGE_WORDS) == PAGE_WORDS);
    assert_true(hmi_sparse_array_run(&f->sparse, LEAF - 1) == 1);
    assert_true(hmi_sparse_array_run(&f->sparse, LEAF) == PAGE_WORDS);
    assert_true(hmi_sparse_array_run(&f->sparse, ROOT_PAGE + 2) == PAGE_WORDS - 2);
}

static void next_goes_from_page_to_page_over_gaps_of_every_kind(void **state)
{
    /* Touched words. next returns the page's first word, or its own start if that is on a touched page. */
    static const uint64_t touched[] = {3 * PAGE_WORDS + 3,   LEAF / 2,  LEAF - 1, 2 * LEAF + 5, ROOT_PAGE - 1,
                                       2 * ROOT_PAGE + LEAF, LENGTH - 1};
    fixture *f = *state;
    uint64_t index = 0;
    size_t i;
    for (i = CHECK_COUNT_OF(touched); i-- > 0;)
        put(f, touched[i], 1);
    for (i = 0; i < CHECK_COUNT_OF(touched); i++) {
        uint64_t first = touched[i] - touched[i] % PAGE_WORDS;
        uint64_t end = first + PAGE_WORDS < LENGTH ? first + PAGE_WORDS : LENGTH;
        assert_true(hmi_sparse_array_next(&f->sparse, index) == first);
        assert_true(hmi_sparse_array_next(&f->sparse, first - 1) == first);
        assert_true(hmi_sparse_array_next(&f->sparse, touched[i]) == touched[i]);
        assert_true(hmi_sparse_array_next(&f->sparse, end - 1) == end - 1);
        index = end;
    }
    assert_true(hmi_sparse_array_next(&f->sparse, index) == LENGTH);
}

static void longest_array_and_one_too_long(void **state)
{
    fixture *f = *state;
    const uint64_t longest = HMI_SPARSE_ARRAY_BLOCK_PAGES * ROOT_PAGE;
    hmi_sparse_array sparse;
    assert_int_equal(hmi_sparse_array_init(&sparse, f->os, longest), 0);
    assert_non_null(hmi_sparse_array_touch(&sparse, longest - 1));
    assert_null(hmi_sparse_array_touch(&sparse, longest));
    assert_true(hmi_sparse_array_next(&sparse, 0) == longest - PAGE_WORDS);
    hmi_sparse_array_destroy(&sparse);

    sim_os_reset_calls(f->sim);
    assert_int_equal(hmi_sparse_array_init(&sparse, f->os, longest + 1), ERROR_NOT_SUPPORTED);
    assert_int_equal(sim_os_calls(f->sim, SIM_TABLE_RESERVE), 0);
    hmi_sparse_array_destroy(&sparse);
}

static void an_array_that_was_never_made_can_be_destroyed(void **state)
{
    fixture *f = *state;
    hmi_sparse_array sparse = {0};
    hmi_sparse_array_destroy(&sparse);
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_RESERVE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hmi_sparse_array_init(&sparse, f->os, 1), ERROR_NOT_ENOUGH_MEMORY);
    hmi_sparse_array_destroy(&sparse);
    hmi_sparse_array_destroy(&sparse);
}

/* A new array on a new system, for tests that need several. */
static void begin_anew(void **state)
{
    assert_int_equal(teardown(state), 0);
    assert_int_equal(setup(state), 0);
}

static void a_refused_table_call_leaves_the_array_whole(void **state)
{
    const uint64_t index = ROOT_PAGE + LEAF - 1;
    fixture *f = *state;
    hmi_cell *cell;
    UINT32 skip;
    for (skip = 0;; skip++) {
        begin_anew(state);
        put(f, 5, 55);
        sim_os_fail(f->sim, TABLE_KINDS, skip, 1, ERROR_COMMITMENT_LIMIT);
        cell = hmi_sparse_array_touch(&f->sparse, index);
        if (!sim_os_failed(f->sim))
            break;
        assert_null(cell);
        assert_null(hmi_sparse_array_peek(&f->sparse, index));
        assert_true(hmi_sparse_array_next(&f->sparse, PAGE_WORDS) == LENGTH);
        assert_true(get(f, 5) == 55);
        pages_are_true(f);
        put(f, index, 66);
        pages_are_true(f);
    }
    assert_non_null(cell);
    /* Four calls: the root's page, the leaf's space, its header, the words' page. */
    assert_int_equal(skip, 4);
}

/* What another thread does while this one is inside a table call. */
typedef struct intruder {
    fixture *f;
    uint64_t index;
    hmi_cell *cell;
    bool busy;
} intruder;

static void touch_it_too(void *context, const sim_os_call *call)
{
    intruder *other = context;
    (void)call;
    if (other->busy)
        return;
    other->busy = true;
    other->cell = hmi_sparse_array_touch(&other->f->sparse, other->index);
    atomic_store(other->cell, 77);
}

static void two_threads_that_make_the_same_page_share_it(void **state)
{
    fixture *f = *state;
    static const struct {
        sim_os_kind kind;
        bool after;
    } moments[] = {
        {SIM_TABLE_RESERVE, false}, {SIM_TABLE_RESERVE, true}, {SIM_TABLE_COMMIT, false}, {SIM_TABLE_COMMIT, true}};
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(moments); i++) {
        intruder other = {.f = f, .index = 1};
        hmi_cell *cell;
        begin_anew(state);
        sim_os_set_hooks(f->sim, SIM_SET(moments[i].kind), moments[i].after ? NULL : touch_it_too,
                         moments[i].after ? touch_it_too : NULL, &other);
        cell = hmi_sparse_array_touch(&f->sparse, 1);
        assert_true(other.busy);
        assert_ptr_equal(cell, other.cell);
        assert_true(atomic_load(cell) == 77);
        sim_os_set_hooks(f->sim, 0, NULL, NULL, NULL);
        pages_are_true(f);
    }
}

#define sparse_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        sparse_test(an_untouched_array_is_empty_and_takes_no_memory),
        sparse_test(words_keep_their_values_apart),
        sparse_test(one_page_is_touched_at_a_time),
        sparse_test(a_range_is_touched_in_one_piece),
        sparse_test(out_of_range_is_null_and_asks_nobody),
        sparse_test(a_run_ends_with_its_page),
        sparse_test(next_goes_from_page_to_page_over_gaps_of_every_kind),
        sparse_test(longest_array_and_one_too_long),
        sparse_test(an_array_that_was_never_made_can_be_destroyed),
        sparse_test(a_refused_table_call_leaves_the_array_whole),
        sparse_test(two_threads_that_make_the_same_page_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
