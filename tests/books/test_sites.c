/* The source lines passed to DebugAlloc: each recorded once, whatever the name, and none when there is no memory. */
#include "books/sites.h"

#include "check.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef struct fixture {
    sim_os *sim;
    hmi_sites sites;
} fixture;

static fixture shared;

static int setup(void **state)
{
    shared.sim = sim_os_create(NULL);
    memset(&shared.sites, 0, sizeof shared.sites);
    hmi_sites_init(&shared.sites, sim_os_functions(shared.sim));
    *state = &shared;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    BOOL clean;
    sim_os_set_hooks(f->sim, 0, NULL, NULL, NULL);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    hmi_sites_destroy(&f->sites);
    clean = sim_os_check(f->sim, NULL);
    sim_os_destroy(f->sim);
    return clean ? 0 : -1;
}

static void expect_objects(fixture *f, UINT64 count)
{
    sim_os_totals totals;
    sim_os_total(f->sim, &totals);
    assert_int_equal(totals.objects, count);
}

static void the_same_place_is_the_same_site(void **state)
{
    fixture *f = *state;
    char name[] = "a.cpp";
    const hmi_site *site = hmi_sites_intern(&f->sites, name, 10);
    assert_non_null(site);
    assert_int_equal(site->line, 10);
    assert_string_equal(site->file, "a.cpp");
    assert_ptr_equal(hmi_sites_intern(&f->sites, "a.cpp", 10), site);
    /* The name was copied. */
    name[0] = 'b';
    assert_string_equal(site->file, "a.cpp");
    assert_ptr_not_equal(hmi_sites_intern(&f->sites, name, 10), site);
    assert_ptr_not_equal(hmi_sites_intern(&f->sites, "a.cpp", 11), site);
    assert_ptr_not_equal(hmi_sites_intern(&f->sites, "a.cp", 10), site);
    expect_objects(f, 4);
}

static void stacks_are_sites_of_their_own(void **state)
{
    static const hmi_site *sites[3000];
    fixture *f = *state;
    unsigned i;
    for (i = 0; i < 3000; i++) { /* many in each chain, with the same beginning */
        void *frames[] = {f, (void *)(UINT_PTR)(i / 2 + 1), NULL};
        sites[i] = hmi_sites_intern_stack(&f->sites, frames, 2 + i % 2);
        assert_non_null(sites[i]);
        assert_int_equal(sites[i]->frame_count, 2 + i % 2);
        assert_memory_equal(hmi_site_frames(sites[i]), frames, (2 + i % 2) * sizeof *frames);
    }
    expect_objects(f, 3000);
    for (i = 0; i < 3000; i++) {
        void *frames[] = {f, (void *)(UINT_PTR)(i / 2 + 1), NULL};
        assert_ptr_equal(hmi_sites_intern_stack(&f->sites, frames, 2 + i % 2), sites[i]);
    }
    assert_int_equal(hmi_sites_intern(&f->sites, "", 0)->frame_count, 0);
    expect_objects(f, 3001);
    assert_int_equal(hmi_sites_count(&f->sites), 3001);
}

static void no_name_is_a_name(void **state)
{
    fixture *f = *state;
    const hmi_site *site = hmi_sites_intern(&f->sites, NULL, -1);
    assert_non_null(site);
    assert_string_equal(site->file, "");
    assert_int_equal(site->line, -1);
    assert_ptr_equal(hmi_sites_intern(&f->sites, "", -1), site);
    assert_ptr_not_equal(hmi_sites_intern(&f->sites, NULL, 0), site);
    assert_non_null(hmi_sites_intern(&f->sites, "\xff\x80 umlauts", INT_MIN));
    assert_non_null(hmi_sites_intern(&f->sites, NULL, INT_MAX));
}

static void without_memory_there_is_no_site_but_the_known_ones_stay(void **state)
{
    fixture *f = *state;
    const hmi_site *known = hmi_sites_intern(&f->sites, "known", 1);
    sim_os_fail(f->sim, SIM_SET(SIM_OBJECT_ALLOC), 0, SIM_FOREVER, ERROR_NOT_ENOUGH_MEMORY);
    assert_null(hmi_sites_intern(&f->sites, "new", 1));
    assert_ptr_equal(hmi_sites_intern(&f->sites, "known", 1), known);
    expect_objects(f, 1);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    assert_non_null(hmi_sites_intern(&f->sites, "new", 1));
}

/* More than there are chains, so that sites share them. */
#define MANY (HMI_SITE_CHAINS * 10)

static void many_sites_stay_apart(void **state)
{
    static const hmi_site *sites[MANY];
    fixture *f = *state;
    char name[32];
    int i;
    for (i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "file%d.cpp", i / 7);
        sites[i] = hmi_sites_intern(&f->sites, name, i % 7);
        assert_non_null(sites[i]);
    }
    expect_objects(f, MANY);
    for (i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "file%d.cpp", i / 7);
        assert_ptr_equal(hmi_sites_intern(&f->sites, name, i % 7), sites[i]);
        assert_string_equal(sites[i]->file, name);
        assert_int_equal(sites[i]->line, i % 7);
    }
    expect_objects(f, MANY);
}

/* What another thread records while this thread records its site. */
typedef struct intruder {
    fixture *f;
    const char *file;
    int line;
    const hmi_site *site;
    bool busy;
} intruder;

static void intern_it_too(void *context, const sim_os_call *call)
{
    intruder *other = context;
    (void)call;
    if (other->busy)
        return;
    other->busy = true;
    other->site = hmi_sites_intern(&other->f->sites, other->file, other->line);
}

static void two_threads_with_the_same_place_get_one_site(void **state)
{
    fixture *f = *state;
    intruder other = {.f = f, .file = "same", .line = 3};
    const hmi_site *site;
    sim_os_set_hooks(f->sim, SIM_SET(SIM_OBJECT_ALLOC), NULL, intern_it_too, &other);
    site = hmi_sites_intern(&f->sites, "same", 3);
    assert_true(other.busy);
    assert_non_null(site);
    assert_ptr_equal(site, other.site);
    expect_objects(f, 1);
}

static void two_threads_with_places_of_one_chain_get_both(void **state)
{
    fixture *f = *state;
    intruder other = {.f = f, .file = "other"};
    const hmi_site *site;
    int line;
    sim_os_set_hooks(f->sim, SIM_SET(SIM_OBJECT_ALLOC), NULL, intern_it_too, &other);
    /* Among so many pairs some share a chain. */
    for (line = 0; line < 8 * HMI_SITE_CHAINS; line++) {
        other.busy = false;
        other.line = line * line;
        site = hmi_sites_intern(&f->sites, "one", line);
        assert_true(other.busy);
        assert_non_null(other.site);
        assert_ptr_not_equal(site, other.site);
        assert_ptr_equal(hmi_sites_intern(&f->sites, "one", line), site);
        assert_ptr_equal(hmi_sites_intern(&f->sites, "other", other.line), other.site);
    }
    expect_objects(f, 16 * HMI_SITE_CHAINS);
}

#define sites_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        sites_test(the_same_place_is_the_same_site),
        sites_test(stacks_are_sites_of_their_own),
        sites_test(no_name_is_a_name),
        sites_test(without_memory_there_is_no_site_but_the_known_ones_stay),
        sites_test(many_sites_stay_apart),
        sites_test(two_threads_with_the_same_place_get_one_site),
        sites_test(two_threads_with_places_of_one_chain_get_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
