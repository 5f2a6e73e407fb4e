/* Performance counters over the simulated system, where a tool collects the values of all instances: which figure each
 * counter shows, names, errors, and what starting and stopping leave behind. */
#include "host_fixture.h"

#include <string.h>

#include <hostmem/counters.h>

#include "counters/counters.h"
#include "numbered_stats.h"
#include "sim_thread.h"

static HRESULT start(hostmem *instance, const char *name)
{
    const hostmem_counters_config config = {.size = sizeof config, .name = name};
    return hostmem_counters_start(instance, &config);
}

static sim_os_counted collect(host_fixture *f, UINT32 number)
{
    sim_os_counted counted = {0};
    assert_true(sim_os_collect_counters(f->sim, number, &counted));
    return counted;
}

static UINT64 value_of(const sim_os_counted *counted, UINT32 id)
{
    UINT32 i;
    for (i = 0; i < counted->set->count; i++) {
        if (counted->set->counters[i].id == id)
            return counted->values[i];
    }
    fail_msg("there is no counter %u", (unsigned)id);
    return 0;
}

static BOOL is_empty(host_fixture *f)
{
    sim_os_counted counted;
    return !sim_os_collect_counters(f->sim, 0, &counted);
}

/* ---- Values ---- */

static UINT64 add_up(const UINT64 *numbers, unsigned count)
{
    UINT64 sum = 0;
    while (count--)
        sum += numbers[count];
    return sum;
}

static void each_counter_shows_its_figure(void **state)
{
    const hostmem_stats stats = numbered_stats(); /* all different */
    const struct {
        UINT32 id;
        UINT64 value;
    } expected[] = {
        {1, stats.used_bytes},
        {2, stats.limit_bytes},
        {3, stats.peak_used_bytes},
        {4, stats.committed_bytes},
        {5, stats.reserved_bytes},
        {6, stats.heap_bytes},
        {7, stats.heap_blocks},
        {8, stats.mapped_bytes},
        {9, stats.executable_bytes},
        {10, stats.overdraft_bytes},
        {11, add_up(&stats.refusals[0][0], HOSTMEM_REFUSAL_RESULTS * 4)},
        {12, add_up(&stats.refusals[0][0], HOSTMEM_REFUSAL_RESULTS * 4)},
        {13, stats.waits[0] + stats.waits[1] + stats.waits[2]},
        {14, stats.wait_ms[0] + stats.wait_ms[1] + stats.wait_ms[2]},
        {15, stats.notifications[0]},
        {16, add_up(stats.calls, HOSTMEM_CALL_METHODS)},
        {17, stats.calls[HOSTMEM_CALL_VIRTUAL_ALLOC]},
        {18, stats.calls[HOSTMEM_CALL_ALLOC] + stats.calls[HOSTMEM_CALL_DEBUG_ALLOC]},
    };
    static hmi_counters counters;
    unsigned i;
    (void)state;
    hmi_counters_set(&counters, &stats);
    assert_int_equal(hmi_counter_set.count, sizeof expected / sizeof *expected);
    for (i = 0; i < hmi_counter_set.count; i++) {
        assert_int_equal(hmi_counter_set.counters[i].id, expected[i].id);
        if (counters.values[i] != expected[i].value)
            fail_msg("counter %u shows another figure", (unsigned)expected[i].id);
    }
}

static void values_are_those_of_the_moment_in_which_they_are_collected(void **state)
{
    host_fixture *f = *state;
    sim_os_counted counted;
    void *memory;
    assert_int_equal(hostmem_set_limit(f->instance, 10 * FIXTURE_GRANULE), S_OK);
    assert_int_equal(hostmem_counters_start(f->instance, NULL), S_OK);
    memory = host_fixture_alloc(f, NULL, 5 * FIXTURE_PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    counted = collect(f, 0);
    assert_int_equal(value_of(&counted, 1), 5 * FIXTURE_PAGE);
    assert_int_equal(value_of(&counted, 2), 10 * FIXTURE_GRANULE);
    assert_int_equal(value_of(&counted, 11), 0);
    assert_int_equal(value_of(&counted, 16), 1);
    expect_failure(f,
                   IHostMemoryManager_VirtualAlloc(f->manager, NULL, 11 * FIXTURE_GRANULE, MEM_COMMIT, PAGE_READWRITE,
                                                   eTaskCritical, &(void *){NULL}),
                   E_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT);
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, 0, MEM_RELEASE));
    assert_int_equal(value_of(&counted, 1), 5 * FIXTURE_PAGE); /* nobody has collected */
    counted = collect(f, 0);
    assert_int_equal(value_of(&counted, 1), 0);
    assert_int_equal(value_of(&counted, 3), 5 * FIXTURE_PAGE);
    assert_int_equal(value_of(&counted, 11), 1);
    assert_int_equal(value_of(&counted, 12), 1);
    assert_int_equal(value_of(&counted, 16), 3);
    assert_int_equal(value_of(&counted, 17), 2);
    assert_int_equal(hostmem_counters_stop(f->instance), S_OK);
}

/* ---- Names ---- */

static void the_name_of_an_instance_is_unlike_any_other_by_default(void **state)
{
    host_fixture *f = *state;
    hostmem *other = host_fixture_another(f);
    sim_os_counted one, two;
    assert_int_equal(start(f->instance, "%i of %p, 100%"), S_OK);
    one = collect(f, 0);
    assert_int_equal(one.id, 1); /* this test is the first that makes an instance */
    assert_string_equal(one.name, "1 of 4711, 100%");
    assert_int_equal(hostmem_counters_stop(f->instance), S_OK);
    assert_int_equal(hostmem_counters_start(f->instance, NULL), S_OK);
    assert_int_equal(hostmem_counters_start(other, NULL), S_OK);
    one = collect(f, 0);
    two = collect(f, 1);
    assert_string_equal(one.name, "caf\xc3\xa9_4711");
    assert_string_equal(two.name, "caf\xc3\xa9_4711_2");
    assert_int_equal(two.id, 2);
    assert_int_equal(hostmem_release(other), 0);
}

/* The name of a program in the simulation's place. */
static const char *program;

static UINT32 find_program(hostmem_os *os, const void *address, hmi_os_module *module)
{
    (void)os;
    assert_null(address);
    if (!program)
        return ERROR_BAD_PATHNAME;
    *module = (hmi_os_module){.path_bytes = (UINT32)strlen(program)};
    strcpy(module->path, program);
    return 0;
}

static void the_programs_name_is_made_fit_for_paths_of_counters(void **state)
{
    host_fixture *f = *state;
#define TEN "abcdefghij"
#define NINETY TEN TEN TEN TEN TEN TEN TEN TEN TEN
    static const struct {
        const char *path, *name;
    } cases[] = {
        {"C:\\some.folder\\w(3)#wp.v2.exe", "w_3__wp.v2"},
        {"orders", "orders"},
        {"D:/bin/.exe", ".exe"},
        {NULL, "process"},
        {"C:\\" NINETY "123456789\xc3\xa9.exe", NINETY "123456789"}, /* cut before a character of two bytes */
        {"C:\\" NINETY "12345678\xc3\xa9.exe", NINETY "12345678\xc3\xa9"},
    };
    unsigned i;
    f->os->find_module = find_program;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t length = strlen(cases[i].name);
        sim_os_counted counted;
        program = cases[i].path;
        assert_int_equal(hostmem_counters_start(f->instance, NULL), S_OK);
        counted = collect(f, 0);
        assert_int_equal(strncmp(counted.name, cases[i].name, length), 0);
        assert_int_equal(strncmp(counted.name + length, "_4711", 5), 0);
        assert_int_equal(hostmem_counters_stop(f->instance), S_OK);
    }
}

static void names_that_tools_could_not_address_are_refused(void **state)
{
    host_fixture *f = *state;
    static const char *const wrong[] = {"",    "a(b",  "a)b",  "a#1",   "a*",
                                        "a/b", "a\\b", "a\nb", "a\x7f", NINETY TEN TEN TEN "12345678"};
    unsigned i;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(start(f->instance, wrong[i]), E_INVALIDARG);
        assert_true(is_empty(f));
    }
    assert_int_equal(start(f->instance, NINETY TEN TEN TEN "1234567"), S_OK);
    assert_int_equal(strlen(collect(f, 0).name), HOSTMEM_COUNTERS_MAX_NAME);
    assert_int_equal(hostmem_counters_stop(f->instance), S_OK);
    assert_int_equal(start(f->instance, NINETY TEN TEN TEN "12345%p"), E_INVALIDARG); /* too long when it is replaced */
}

/* ---- Errors ---- */

static void wrong_configurations_are_refused(void **state)
{
    host_fixture *f = *state;
    struct {
        hostmem_counters_config known;
        UINT64 newer;
    } config = {{sizeof config, 0, "x"}, 0};
    assert_int_equal(hostmem_counters_start(NULL, NULL), E_POINTER);
    assert_int_equal(hostmem_counters_stop(NULL), E_POINTER);
    assert_int_equal(hostmem_counters_stop(f->instance), HOST_E_INVALIDOPERATION);
    config.newer = 1;
    assert_int_equal(hostmem_counters_start(f->instance, &config.known), HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));
    config.newer = 0;
    config.known.flags = 1;
    assert_int_equal(hostmem_counters_start(f->instance, &config.known), HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS));
    config.known.flags = 0;
    config.known.size = sizeof config.known - 1;
    assert_int_equal(hostmem_counters_start(f->instance, &config.known), HRESULT_FROM_WIN32(ERROR_BAD_LENGTH));
    assert_true(is_empty(f));
    config.known.size = sizeof config;
    assert_int_equal(hostmem_counters_start(f->instance, &config.known), S_OK);
    assert_int_equal(hostmem_counters_start(f->instance, &config.known), HOST_E_INVALIDOPERATION);
    assert_string_equal(collect(f, 0).name, "x");
    assert_int_equal(hostmem_counters_stop(f->instance), S_OK);
    assert_int_equal(hostmem_counters_stop(f->instance), HOST_E_INVALIDOPERATION);
}

static void what_the_system_refuses_is_passed_on_and_may_be_repeated(void **state)
{
    host_fixture *f = *state;
    const struct {
        UINT32 error;
        HRESULT hr;
    } cases[] = {
        {ERROR_CALL_NOT_IMPLEMENTED, HRESULT_FROM_WIN32(ERROR_CALL_NOT_IMPLEMENTED)},
        {ERROR_NOT_ENOUGH_MEMORY, E_OUTOFMEMORY},
        {ERROR_OUTOFMEMORY, E_OUTOFMEMORY},
        {ERROR_NO_UNICODE_TRANSLATION, E_INVALIDARG},
        {ERROR_ALREADY_EXISTS, HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS)},
    };
    unsigned i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        sim_os_refuse_counters(f->sim, cases[i].error);
        f->os->set_last_error(f->os, FIXTURE_LAST_ERROR);
        assert_int_equal(hostmem_counters_start(f->instance, NULL), cases[i].hr);
        assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
        assert_int_equal(hostmem_counters_stop(f->instance), HOST_E_INVALIDOPERATION);
        sim_os_refuse_counters(f->sim, 0);
        assert_int_equal(hostmem_counters_start(f->instance, NULL), S_OK);
        assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
        assert_int_equal(hostmem_counters_stop(f->instance), S_OK);
        assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    }
}

static void a_start_without_memory_leaves_nothing(void **state)
{
    host_fixture *f = *state;
    const char *const names[] = {NULL, "named"};
    const UINT32 needed[] = {2, 1}; /* objects */
    sim_os_totals before, after;
    unsigned way;
    UINT32 skip;
    sim_os_total(f->sim, &before);
    for (way = 0; way < 2; way++) {
        for (skip = 0; skip <= needed[way]; skip++) {
            sim_os_fail(f->sim, SIM_SET(SIM_OBJECT_ALLOC), skip, 1, ERROR_NOT_ENOUGH_MEMORY);
            assert_int_equal(start(f->instance, names[way]), skip < needed[way] ? E_OUTOFMEMORY : S_OK);
            assert_int_equal(sim_os_failed(f->sim), skip < needed[way]);
            sim_os_fail(f->sim, 0, 0, 0, 0);
            assert_int_equal(is_empty(f), skip < needed[way]);
            assert_int_equal(hostmem_counters_stop(f->instance), skip < needed[way] ? HOST_E_INVALIDOPERATION : S_OK);
            sim_os_total(f->sim, &after);
            assert_int_equal(after.objects, before.objects);
        }
    }
}

/* ---- The instance's end ---- */

static void shutdown_and_release_remove_the_instance(void **state)
{
    host_fixture *f = *state;
    hostmem *other = host_fixture_another(f);
    assert_int_equal(start(f->instance, "one"), S_OK);
    assert_int_equal(start(other, "other"), S_OK);
    hostmem_shutdown(f->instance);
    assert_string_equal(collect(f, 0).name, "other");
    assert_int_equal(start(f->instance, "one"), HOST_E_INVALIDOPERATION);
    assert_int_equal(hostmem_counters_stop(f->instance), HOST_E_INVALIDOPERATION);
    assert_int_equal(hostmem_release(other), 0);
    assert_true(is_empty(f));
}

/* ---- Threads ---- */

#define ROUNDS 300

typedef struct racer {
    host_fixture *f;
    UINT32 started, stopped;
    BOOL wrong;
} racer;

static void start_and_stop(void *context)
{
    racer *self = context;
    int round;
    for (round = 0; round < ROUNDS; round++) {
        HRESULT started = start(self->f->instance, "raced"), stopped = hostmem_counters_stop(self->f->instance);
        self->started += started == S_OK;
        self->stopped += stopped == S_OK;
        self->wrong |= (started != S_OK && started != HOST_E_INVALIDOPERATION) ||
                       (stopped != S_OK && stopped != HOST_E_INVALIDOPERATION);
    }
}

static void collect_often(void *context)
{
    racer *self = context;
    sim_os_counted counted;
    int round;
    for (round = 0; round < ROUNDS; round++) {
        if (sim_os_collect_counters(self->f->sim, 0, &counted))
            self->wrong |= strcmp(counted.name, "raced") != 0;
        self->wrong |= sim_os_collect_counters(self->f->sim, 1, &counted);
    }
}

static void one_thread_at_a_time_starts_and_stops(void **state)
{
    racer racers[3] = {{*state, 0, 0, FALSE}, {*state, 0, 0, FALSE}, {*state, 0, 0, FALSE}};
    sim_thread *threads[3];
    UINT32 left;
    int i;
    for (i = 0; i < 3; i++) {
        threads[i] = sim_thread_start(i < 2 ? start_and_stop : collect_often, &racers[i]);
        assert_non_null(threads[i]);
    }
    for (i = 0; i < 3; i++)
        sim_thread_join(threads[i]);
    for (i = 0; i < 3; i++)
        assert_false(racers[i].wrong);
    left = hostmem_counters_stop(racers[0].f->instance) == S_OK;
    assert_int_equal(racers[0].started + racers[1].started, racers[0].stopped + racers[1].stopped + left);
    assert_true(is_empty(racers[0].f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_counter_shows_its_figure),
        fixture_test(the_name_of_an_instance_is_unlike_any_other_by_default),
        fixture_test(values_are_those_of_the_moment_in_which_they_are_collected),
        fixture_test(the_programs_name_is_made_fit_for_paths_of_counters),
        fixture_test(names_that_tools_could_not_address_are_refused),
        fixture_test(wrong_configurations_are_refused),
        fixture_test(what_the_system_refuses_is_passed_on_and_may_be_repeated),
        fixture_test(a_start_without_memory_leaves_nothing),
        fixture_test(shutdown_and_release_remove_the_instance),
        fixture_test(one_thread_at_a_time_starts_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
