/* Locking, NUMA nodes, the job and the environment in the simulated operating system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sim_os.h"

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define PAGE ((SIZE_T)0x1000)
#define RW PAGE_READWRITE

/* 16 pages: 0 to 7 committed read-write, 8 without access, 9 guarded, 10 read-only, the rest only reserved. */
typedef struct machine {
    sim_os *sim;
    hostmem_os *os;
    char *base;
} machine;

static machine m;

static void must_commit(SIZE_T page, SIZE_T count, UINT32 protect)
{
    void *out;
    assert_int_equal(m.os->virtual_alloc(m.os, m.base + page * PAGE, count * PAGE, MEM_COMMIT, protect, &out), 0);
}

static int set_up(void **state)
{
    (void)state;
    const sim_os_config config = {.arena_bytes = 0x400000};
    m.sim = sim_os_create(&config);
    m.os = sim_os_functions(m.sim);
    void *base;
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 16 * PAGE, MEM_RESERVE, RW, &base), 0);
    m.base = base;
    must_commit(0, 8, RW);
    must_commit(8, 1, PAGE_NOACCESS);
    must_commit(9, 1, RW | PAGE_GUARD);
    must_commit(10, 1, PAGE_READONLY);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sim_os_destroy(m.sim);
    return 0;
}

static UINT32 lock(SIZE_T page, SIZE_T count)
{
    return m.os->virtual_lock(m.os, m.base + page * PAGE, count * PAGE);
}

static UINT64 locked(void)
{
    sim_os_totals totals;
    sim_os_total(m.sim, &totals);
    return totals.locked_bytes;
}

static void only_accessible_pages_are_locked(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        SIZE_T offset, size;
        UINT32 error;
        SIZE_T locked_pages;
    } cases[] = {
        {"size 0", 0, 0, 87, 0},
        {"a range that wraps", 0, (SIZE_T)-1, 87, 0},
        {"one byte", 0, 1, 0, 1},
        {"two bytes over an edge", PAGE - 1, 2, 0, 2},
        {"all", 0, 8 * PAGE, 0, 8},
        {"read-only", 10 * PAGE, PAGE, 0, 1},
        {"no access", 8 * PAGE, PAGE, 998, 0},
        {"guarded", 9 * PAGE, PAGE, 0x80000001, 0},
        {"guarded no more", 9 * PAGE, PAGE, 0, 1},
        {"reserved", 11 * PAGE, PAGE, 998, 0},
        {"the end is without access", 0, 9 * PAGE, 998, 0},
        {"free", 0x100000, PAGE, 998, 0},
    };
    for (SIZE_T i = 0; i < LENGTH(cases); i++) {
        UINT32 error = m.os->virtual_lock(m.os, m.base + cases[i].offset, cases[i].size);
        if (error != cases[i].error || locked() != cases[i].locked_pages * PAGE) {
            fail_msg("%s: error %u, %u pages locked", cases[i].name, (unsigned)error, (unsigned)(locked() / PAGE));
        }
        sim_os_unlock_behind(m.sim, m.base, 16 * PAGE);
        assert_int_equal(locked(), 0);
    }
}

static void pages_are_locked_once(void **state)
{
    (void)state;
    assert_int_equal(lock(0, 4), 0);
    assert_int_equal(lock(2, 4), 0);
    assert_int_equal(locked(), 6 * PAGE);
    sim_os_unlock_behind(m.sim, m.base + PAGE, 1);
    assert_int_equal(locked(), 5 * PAGE);
}

static void the_quota_limits_locks_and_can_be_raised(void **state)
{
    (void)state;
    assert_int_equal(sim_os_lock_quota(m.sim), 200 * 1024);
    sim_os_set_working_set(m.sim, 3 * PAGE, 6 * PAGE, 0);
    assert_int_equal(lock(0, 4), 1453);
    assert_int_equal(locked(), 0);
    assert_int_equal(lock(0, 3), 0);
    assert_int_equal(lock(0, 3), 0); /* already committed */
    assert_int_equal(lock(3, 1), 1453);
    assert_int_equal(m.os->working_set_raise(m.os, PAGE), 0);
    assert_int_equal(sim_os_lock_quota(m.sim), 4 * PAGE);
    assert_int_equal(lock(3, 1), 0);
    assert_int_equal(m.os->working_set_raise(m.os, 2 * PAGE + 1), 1453);
    assert_int_equal(m.os->working_set_raise(m.os, SIZE_MAX), 1453);
    assert_int_equal(m.os->working_set_raise(m.os, 2 * PAGE), 0);
    sim_os_set_working_set(m.sim, PAGE, PAGE, ERROR_PRIVILEGE_NOT_HELD);
    assert_int_equal(m.os->working_set_raise(m.os, 1), ERROR_PRIVILEGE_NOT_HELD);
    assert_int_equal(locked(), 4 * PAGE); /* locked pages stay locked */
    assert_int_equal(lock(5, 1), 1453);
}

static void pages_that_cannot_be_touched_lose_their_lock(void **state)
{
    (void)state;
    UINT32 old;
    assert_int_equal(lock(0, 8), 0);
    assert_int_equal(m.os->virtual_free(m.os, m.base, PAGE, MEM_DECOMMIT), 0);
    assert_int_equal(locked(), 7 * PAGE);
    must_commit(0, 2, RW); /* committed again without a lock; the other keeps its lock */
    assert_int_equal(locked(), 7 * PAGE);
    assert_int_equal(m.os->virtual_protect(m.os, m.base + PAGE, PAGE, PAGE_READONLY, &old), 0);
    assert_int_equal(locked(), 7 * PAGE);
    assert_int_equal(m.os->virtual_protect(m.os, m.base + PAGE, PAGE, PAGE_NOACCESS, &old), 0);
    assert_int_equal(m.os->virtual_protect(m.os, m.base + 2 * PAGE, PAGE, RW | PAGE_GUARD, &old), 0);
    must_commit(3, 1, PAGE_NOACCESS);
    assert_int_equal(locked(), 4 * PAGE);
    assert_int_equal(m.os->virtual_free(m.os, m.base, 0, MEM_RELEASE), 0);
    assert_int_equal(locked(), 0);
}

static void commits_are_recorded_by_the_node_they_asked_for(void **state)
{
    (void)state;
    void *out = NULL, *region;
    sim_os_set_nodes(m.sim, 3, 1);
    assert_int_equal(m.os->virtual_alloc_node(m.os, NULL, PAGE, MEM_RESERVE | MEM_COMMIT, RW, 3, &out), 87);
    assert_null(out);
    assert_int_equal(m.os->virtual_alloc_node(m.os, NULL, 0x10000, MEM_RESERVE, RW, 0, &region), 0);
    assert_int_equal(sim_os_node_bytes(m.sim, 0), 0);
    assert_int_equal(m.os->virtual_alloc_node(m.os, region, 4 * PAGE, MEM_COMMIT, RW, 0, &out), 0);
    assert_int_equal(m.os->virtual_alloc_node(m.os, region, 6 * PAGE, MEM_COMMIT, RW, 2, &out), 0);
    assert_int_equal(m.os->virtual_alloc(m.os, region, 8 * PAGE, MEM_COMMIT, RW, &out), 0);
    assert_int_equal(sim_os_node_bytes(m.sim, 0), 4 * PAGE);
    assert_int_equal(sim_os_node_bytes(m.sim, 1), 0);
    assert_int_equal(sim_os_node_bytes(m.sim, 2), 2 * PAGE);
    memset(region, 1, 8 * PAGE);
    assert_int_equal(m.os->virtual_free(m.os, region, PAGE, MEM_DECOMMIT), 0);
    assert_int_equal(sim_os_node_bytes(m.sim, 0), 3 * PAGE);
    assert_int_equal(m.os->virtual_free(m.os, region, 0, MEM_RELEASE), 0);
    assert_int_equal(sim_os_node_bytes(m.sim, 0), 0);
    assert_int_equal(sim_os_node_bytes(m.sim, 2), 0);
    assert_int_equal(sim_os_node_bytes(m.sim, 1000), 0);
}

static void locked_pages_of_a_node_are_both(void **state)
{
    (void)state;
    void *region;
    sim_os_set_nodes(m.sim, 64, 63);
    assert_int_equal(m.os->virtual_alloc_node(m.os, NULL, 2 * PAGE, MEM_RESERVE | MEM_COMMIT, RW, 63, &region), 0);
    assert_int_equal(m.os->virtual_lock(m.os, region, 2 * PAGE), 0);
    assert_int_equal(sim_os_node_bytes(m.sim, 63), 2 * PAGE);
    sim_os_unlock_behind(m.sim, region, PAGE);
    assert_int_equal(locked(), PAGE);
    assert_int_equal(m.os->virtual_free(m.os, region, 0, MEM_RELEASE), 0);
    assert_int_equal(locked(), 0);
    assert_int_equal(sim_os_node_bytes(m.sim, 63), 0);
}

static void the_current_node_is_what_was_set(void **state)
{
    (void)state;
    UINT32 node = 99;
    assert_int_equal(m.os->current_node(m.os, &node), 0);
    assert_int_equal(node, 0);
    sim_os_set_nodes(m.sim, 2, 1);
    assert_int_equal(m.os->current_node(m.os, &node), 0);
    assert_int_equal(node, 1);
}

static void placement_can_be_refused(void **state)
{
    (void)state;
    UINT32 node = 99;
    void *out = &node;
    sim_os_fail(m.sim, SIM_ALL_KINDS, 0, SIM_FOREVER, 1450);
    assert_int_equal(lock(0, 1), 1450);
    assert_int_equal(m.os->working_set_raise(m.os, 1), 1450);
    assert_int_equal(m.os->virtual_alloc_node(m.os, NULL, PAGE, MEM_COMMIT, RW, 0, &out), 1450);
    assert_int_equal(m.os->current_node(m.os, &node), 1450);
    sim_os_fail(m.sim, 0, 0, 0, 0);
    assert_int_equal(node, 99);
    assert_ptr_equal(out, &node);
    assert_int_equal(locked(), 0);
    assert_int_equal(sim_os_lock_quota(m.sim), 200 * 1024);
    assert_int_equal(sim_os_calls(m.sim, SIM_VIRTUAL_LOCK), 1);
    assert_int_equal(sim_os_calls(m.sim, SIM_WORKING_SET_RAISE), 1);
    assert_int_equal(sim_os_calls(m.sim, SIM_VIRTUAL_ALLOC_NODE), 1);
    assert_int_equal(sim_os_calls(m.sim, SIM_CURRENT_NODE), 1);
}

static void the_job_and_the_end_of_the_process_are_what_was_set(void **state)
{
    (void)state;
    static const hmi_os_job none, set = {100, 10, 1000, 500};
    hmi_os_job job;
    m.os->job_status(m.os, &job);
    assert_memory_equal(&job, &none, sizeof job);
    sim_os_set_job(m.sim, &set);
    m.os->job_status(m.os, &job);
    assert_memory_equal(&job, &set, sizeof job);
    assert_false(m.os->process_is_ending(m.os));
    sim_os_set_process_ending(m.sim, TRUE);
    assert_true(m.os->process_is_ending(m.os));
}

static void environment_variables_are_found_by_name(void **state)
{
    (void)state;
    char value[5] = "####";
    assert_int_equal(m.os->get_environment(m.os, "A", value, sizeof value), 0);
    assert_int_equal(m.os->get_last_error(m.os), ERROR_ENVVAR_NOT_FOUND);
    sim_os_set_environment(m.sim, "A", "1");
    sim_os_set_environment(m.sim, "AB", "1234");
    sim_os_set_environment(m.sim, "EMPTY", "");
    sim_os_set_environment(m.sim, "LONG", "12345");
    assert_int_equal(m.os->get_environment(m.os, "ab", value, sizeof value), 4);
    assert_string_equal(value, "1234");
    assert_int_equal(m.os->get_environment(m.os, "A", value, sizeof value), 1);
    assert_string_equal(value, "1");
    assert_int_equal(m.os->get_environment(m.os, "EMPTY", value, sizeof value), 0);
    assert_true(m.os->get_environment(m.os, "LONG", value, sizeof value) >= sizeof value);
    sim_os_set_environment(m.sim, "a", "2");
    assert_int_equal(m.os->get_environment(m.os, "A", value, sizeof value), 1);
    assert_string_equal(value, "2");
    sim_os_set_environment(m.sim, "A", NULL);
    assert_int_equal(m.os->get_environment(m.os, "A", value, sizeof value), 0);
    assert_int_equal(m.os->get_environment(m.os, "AB", value, sizeof value), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_accessible_pages_are_locked),
        TEST(pages_are_locked_once),
        TEST(the_quota_limits_locks_and_can_be_raised),
        TEST(pages_that_cannot_be_touched_lose_their_lock),
        TEST(commits_are_recorded_by_the_node_they_asked_for),
        TEST(locked_pages_of_a_node_are_both),
        TEST(the_current_node_is_what_was_set),
        TEST(placement_can_be_refused),
        TEST(the_job_and_the_end_of_the_process_are_what_was_set),
        TEST(environment_variables_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
