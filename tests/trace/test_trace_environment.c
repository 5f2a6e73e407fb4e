/* The trace that HOSTMEM_TRACE requests: whatever the variable is and whatever happens on the disk, the host works,
 * and the operator gets a message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_check.h"

#include "late_clock.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static hostmem_config from_environment(host_fixture *f)
{
    return (hostmem_config){.size = sizeof(hostmem_config), .flags = HOSTMEM_ENVIRONMENT, .os = f->os};
}

/* Creates an instance; hostmem_config_error must accept the configuration. */
static hostmem *create(host_fixture *f)
{
    const hostmem_config config = from_environment(f);
    hostmem *instance = NULL;
    char text[100];
    assert_int_equal(hostmem_config_error(&config, text, sizeof text), S_OK);
    assert_string_equal(text, "");
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    assert_non_null(instance);
    return instance;
}

static hostmem *create_with(host_fixture *f, const char *path)
{
    sim_os_set_environment(f->sim, "HOSTMEM_TRACE", path);
    return create(f);
}

static UINT32 times_told(host_fixture *f)
{
    UINT32 times;
    sim_os_told(f->sim, &times);
    return times;
}

static void expect_told(host_fixture *f, const char *line)
{
    UINT32 times;
    const char *told = sim_os_told(f->sim, &times);
    assert_non_null(told);
    assert_string_equal(told, line);
}

/* It records to the file of that name, and there was no message. */
static void expect_trace(host_fixture *f, hostmem *instance, const char *path)
{
    trace_content content;
    char text[100] = "poison";
    assert_int_equal(trace_check_status(instance).running, 1);
    assert_int_equal(hostmem_trace_error(instance, text, sizeof text), S_OK);
    assert_string_equal(text, "");
    assert_int_equal(hostmem_release(instance), 0);
    trace_check_read(f, path, &content);
    assert_true(content.ended);
    trace_free(&content);
    assert_int_equal(times_told(f), 0);
}

/* It does not record, for that reason. */
static void expect_none(host_fixture *f, hostmem *instance, HRESULT hr, const char *words)
{
    char text[100] = "poison", cut[10];
    hostmem_trace_status status = trace_check_status(instance);
    assert_int_equal(status.running, 0);
    assert_int_equal(status.error, hr);
    assert_int_equal(hostmem_trace_error(instance, text, sizeof text), hr);
    assert_string_equal(text, words);
    assert_int_equal(hostmem_trace_error(instance, NULL, 0), hr);
    assert_int_equal(hostmem_trace_error(instance, cut, sizeof cut), hr);
    assert_int_equal(strlen(cut), sizeof cut - 1);
    assert_memory_equal(cut, words, sizeof cut - 1);
    assert_int_equal(hostmem_release(instance), 0);
    (void)f;
}

static void a_trace_is_recorded_until_the_release(void **state)
{
    host_fixture *f = *state;
    hostmem *instance = create_with(f, "env.%p");
    expect_trace(f, instance, "env.4711");
}

static void without_the_variable_or_the_flag_there_is_none(void **state)
{
    host_fixture *f = *state;
    static const char *const unset[] = {NULL, ""};
    const hostmem_config without = {.size = sizeof without, .os = f->os};
    hostmem *instance;
    unsigned i;
    for (i = 0; i < COUNT_OF(unset); i++) {
        instance = create_with(f, unset[i]);
        assert_int_equal(trace_check_status(instance).running, 0);
        assert_int_equal(trace_check_status(instance).error, S_OK);
        assert_int_equal(hostmem_release(instance), 0);
    }
    sim_os_set_environment(f->sim, "HOSTMEM_TRACE", "env.trace");
    assert_int_equal(hostmem_create(&without, &instance), S_OK);
    assert_int_equal(trace_check_status(instance).running, 0);
    assert_int_equal(hostmem_release(instance), 0);
    assert_int_equal(sim_os_calls(f->sim, SIM_FILE_CREATE), 0);
    assert_int_equal(times_told(f), 0);
}

static void a_path_may_be_as_long_as_a_variable(void **state)
{
    host_fixture *f = *state;
    static const UINT32 lengths[] = {1, 998, 999, 1000, 1001, 1002, 32766};
    unsigned i;
    for (i = 0; i < COUNT_OF(lengths); i++) {
        char *path = malloc(lengths[i] + 1);
        assert_non_null(path);
        memset(path, 'a', lengths[i]);
        path[lengths[i]] = 0;
        expect_trace(f, create_with(f, path), path);
        free(path);
    }
}

static void names_are_utf_8(void **state)
{
    host_fixture *f = *state;
    expect_trace(f, create_with(f, "J\xc3\xb6rg.\xe8\xbf\xbd\xe8\xb7\xa1"), "J\xc3\xb6rg.\xe8\xbf\xbd\xe8\xb7\xa1");
}

/* The number depends on how many there were before. */
static void an_instance_has_a_number_in_its_path(void **state)
{
    host_fixture *f = *state;
    hostmem *first = create_with(f, "%i/%p-%i.trace"), *second = create_with(f, "%i/%p-%i.trace");
    char names[2][40];
    unsigned number = 0;
    SIZE_T bytes = 0;
    assert_int_equal(hostmem_trace_stop(first), S_OK);
    while (!bytes && ++number < 1000) {
        snprintf(names[0], sizeof names[0], "%u/4711-%u.trace", number, number);
        sim_os_file(f->sim, names[0], &bytes);
    }
    assert_true(number < 1000);
    assert_int_equal(hostmem_release(first), 0);
    snprintf(names[1], sizeof names[1], "%u/4711-%u.trace", number + 1, number + 1);
    expect_trace(f, second, names[1]);
}

static void a_name_that_is_in_use_gets_a_number(void **state)
{
    host_fixture *f = *state;
    static const struct {
        const char *path, *names[3];
    } cases[] = {
        {"run.trace", {"run.trace", "run-2.trace", "run-3.trace"}},
        {"a.b/run", {"a.b/run", "a.b/run-2", "a.b/run-3"}},
        {"a\\.trace", {"a\\.trace", "a\\.trace-2", "a\\.trace-3"}},
        {"c:x.y.z", {"c:x.y.z", "c:x.y-2.z", "c:x.y-3.z"}},
    };
    unsigned i, number;
    for (i = 0; i < COUNT_OF(cases); i++) {
        hostmem *instances[3];
        for (number = 0; number < 3; number++)
            instances[number] = create_with(f, cases[i].path);
        for (number = 0; number < 3; number++)
            expect_trace(f, instances[number], cases[i].names[number]);
        /* A file that is no longer being written is replaced. */
        expect_trace(f, create_with(f, cases[i].path), cases[i].path);
    }
}

static void a_name_gets_no_number_without_end(void **state)
{
    host_fixture *f = *state;
    sim_os_fail(f->sim, SIM_SET(SIM_FILE_CREATE), 0, SIM_FOREVER, ERROR_SHARING_VIOLATION);
    expect_none(f, create_with(f, "run.trace"), HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION),
                "no trace was started: the file is in use");
    assert_int_equal(sim_os_failed(f->sim), 99);
    expect_told(f, "hostmem: HOSTMEM_TRACE=run.trace: no trace was started: the file is in use");
}

static void what_is_no_trace_is_left_alone(void **state)
{
    host_fixture *f = *state;
    static const char words[] = "no trace was started: the file exists and is no trace; it has been left as it is";
    static const char *const contents[] = {"precious", "H", "HOSTMEM", "hostmemt and more"};
    unsigned i;
    for (i = 0; i < COUNT_OF(contents); i++) {
        SIZE_T bytes;
        sim_os_add_file(f->sim, "victim.txt", contents[i], strlen(contents[i]));
        expect_none(f, create_with(f, "victim.txt"), HRESULT_FROM_WIN32(ERROR_FILE_EXISTS), words);
        assert_memory_equal(sim_os_file(f->sim, "victim.txt", &bytes), contents[i], strlen(contents[i]));
        assert_int_equal(bytes, strlen(contents[i]));
        assert_int_equal(times_told(f), i + 1);
    }
    expect_told(f,
                "hostmem: HOSTMEM_TRACE=victim.txt: no trace was started: the file exists and is no trace; it has been "
                "left as it is");
}

static void what_is_empty_or_a_trace_is_replaced(void **state)
{
    host_fixture *f = *state;
    sim_os_add_file(f->sim, "empty", "", 0);
    expect_trace(f, create_with(f, "empty"), "empty");
    sim_os_add_file(f->sim, "old", HOSTMEM_TRACE_MAGIC " of long ago", 20);
    expect_trace(f, create_with(f, "old"), "old");
}

/* A call by the host has priority. */
static void hostmem_trace_start_replaces_anything(void **state)
{
    host_fixture *f = *state;
    const hostmem_trace_config config = {.size = sizeof config, .path = "victim.txt"};
    trace_content content;
    sim_os_add_file(f->sim, "victim.txt", "precious", 8);
    assert_int_equal(hostmem_trace_start(f->instance, &config), S_OK);
    assert_int_equal(hostmem_trace_stop(f->instance), S_OK);
    trace_check_read(f, "victim.txt", &content);
    assert_true(content.ended);
    trace_free(&content);
}

static void but_not_a_trace_that_is_being_recorded(void **state)
{
    host_fixture *f = *state;
    const hostmem_trace_config config = {.size = sizeof config, .path = "run.trace"};
    hostmem *other = create_with(f, "run.trace");
    assert_int_equal(hostmem_trace_start(f->instance, &config), HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION));
    expect_trace(f, other, "run.trace");
}

static void each_failure_is_told_in_words(void **state)
{
    host_fixture *f = *state;
    static const struct {
        UINT32 error;
        const char *reason;
    } cases[] = {
        {ERROR_PATH_NOT_FOUND, "the folder does not exist"},
        {ERROR_ACCESS_DENIED, "writing there is not allowed"},
        {ERROR_INVALID_NAME, "that is no name of a file"},
        {ERROR_BAD_PATHNAME, "that is no name of a file"},
        {ERROR_NO_UNICODE_TRANSLATION, "that is no name of a file"},
        {ERROR_FILENAME_EXCED_RANGE, "the name is too long"},
        {ERROR_DISK_FULL, "the disk is full"},
        {ERROR_HANDLE_DISK_FULL, "the disk is full"},
        {ERROR_NOT_READY, "error 21 of Windows"},
    };
    unsigned i;
    for (i = 0; i < COUNT_OF(cases); i++) {
        char words[100], line[200];
        hostmem *instance;
        snprintf(words, sizeof words, "no trace was started: %s", cases[i].reason);
        snprintf(line, sizeof line, "hostmem: HOSTMEM_TRACE=C:\\no such\\%%p \xc3\xa4?.trace: %s", words);
        sim_os_fail(f->sim, SIM_SET(SIM_FILE_CREATE), 0, 1, cases[i].error);
        instance = create_with(f, "C:\\no such\\%p \xc3\xa4\xff.trace");
        expect_none(f, instance, HRESULT_FROM_WIN32(cases[i].error), words);
        assert_int_equal(times_told(f), i + 1);
        expect_told(f, line);
    }
}

/* Without a thread, an event or memory: each call of the system that a trace needs is refused once. */
static void whatever_the_trace_cannot_get_the_instance_is_there(void **state)
{
    host_fixture *f = *state;
    const UINT32 kinds = SIM_SET(SIM_OBJECT_ALLOC) | SIM_SET(SIM_TABLE_RESERVE) | SIM_SET(SIM_TABLE_COMMIT) |
                         SIM_SET(SIM_EVENT_CREATE) | SIM_SET(SIM_THREAD_START) | SIM_SET(SIM_FILE_CREATE);
    const hostmem_config config = from_environment(f);
    hostmem *instance;
    UINT32 skip = 0, failures = 0, calls = 0, kind;
    /* The number of calls that an instance makes without a trace, which are not refused here. */
    sim_os_reset_calls(f->sim);
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    for (kind = 0; kind < SIM_KIND_COUNT; kind++)
        calls += kinds & SIM_SET(kind) ? (UINT32)sim_os_calls(f->sim, (sim_os_kind)kind) : 0;
    assert_int_equal(hostmem_release(instance), 0);
    sim_os_set_environment(f->sim, "HOSTMEM_TRACE", "run.trace");
    for (skip = calls;; skip++) {
        hostmem_trace_status status;
        sim_os_fail(f->sim, kinds, skip, 1, ERROR_NOT_ENOUGH_MEMORY);
        assert_int_equal(hostmem_create(&config, &instance), S_OK);
        status = trace_check_status(instance);
        if (status.running) {
            sim_os_fail(f->sim, 0, 0, 0, 0);
            assert_int_equal(hostmem_release(instance), 0);
            break;
        }
        assert_int_equal(status.error, E_OUTOFMEMORY);
        assert_int_equal(hostmem_release(instance), 0);
        failures++;
    }
    assert_true(failures >= 5); /* the variable, the block, the name, the file, the event, the buffer, the thread */
}

static void a_disk_that_is_full_later_is_told_too(void **state)
{
    host_fixture *f = *state;
    hostmem *instance = create_with(f, "run.trace");
    char text[100];
    while (trace_check_status(instance).events == 0 && !trace_check_status(instance).written_bytes)
        sim_os_advance(f->sim, 100);
    sim_os_fail(f->sim, SIM_SET(SIM_FILE_WRITE), 0, SIM_FOREVER, ERROR_DISK_FULL);
    assert_int_equal(hostmem_trace_stop(instance), HRESULT_FROM_WIN32(ERROR_DISK_FULL));
    assert_int_equal(hostmem_trace_error(instance, text, sizeof text), HRESULT_FROM_WIN32(ERROR_DISK_FULL));
    assert_string_equal(text, "the trace has ended: the disk is full");
    expect_told(f, "hostmem: HOSTMEM_TRACE=run.trace: the trace has ended: the disk is full");
    assert_int_equal(times_told(f), 1);
    sim_os_fail(f->sim, 0, 0, 0, 0);
    assert_int_equal(hostmem_release(instance), 0);
}

/* For traces that the host starts there is no message to the operator. */
static void a_trace_of_the_hosts_own_is_its_own_affair(void **state)
{
    host_fixture *f = *state;
    const hostmem_trace_config config = {.size = sizeof config, .path = "run.trace"};
    sim_os_fail(f->sim, SIM_SET(SIM_FILE_CREATE), 0, 1, ERROR_ACCESS_DENIED);
    assert_int_equal(hostmem_trace_start(f->instance, &config), E_ACCESSDENIED);
    sim_os_fail(f->sim, SIM_SET(SIM_FILE_WRITE), 0, SIM_FOREVER, ERROR_DISK_FULL);
    assert_int_equal(hostmem_trace_start(f->instance, &config), S_OK);
    assert_int_equal(hostmem_trace_stop(f->instance), HRESULT_FROM_WIN32(ERROR_DISK_FULL));
    sim_os_fail(f->sim, 0, 0, 0, 0);
    assert_int_equal(times_told(f), 0);
}

static void a_start_that_succeeds_makes_the_failure_forgotten(void **state)
{
    host_fixture *f = *state;
    const hostmem_trace_config config = {.size = sizeof config, .path = "other.trace"};
    hostmem *instance;
    sim_os_fail(f->sim, SIM_SET(SIM_FILE_CREATE), 0, 1, ERROR_ACCESS_DENIED);
    instance = create_with(f, "run.trace");
    assert_int_equal(hostmem_trace_error(instance, NULL, 0), E_ACCESSDENIED);
    assert_int_equal(hostmem_trace_start(instance, &config), S_OK);
    assert_int_equal(hostmem_trace_error(instance, NULL, 0), S_OK);
    assert_int_equal(hostmem_release(instance), 0);
}

static void arguments_are_checked(void **state)
{
    host_fixture *f = *state;
    char text[4] = "abc";
    assert_int_equal(hostmem_trace_error(NULL, text, sizeof text), E_POINTER);
    assert_int_equal(hostmem_trace_error(f->instance, NULL, 1), E_POINTER);
    assert_string_equal(text, "abc");
    assert_int_equal(hostmem_trace_error(f->instance, text, sizeof text), S_OK);
    assert_string_equal(text, "");
}

/* ---- Readers that do not share the file for writing ---- */

static void a_reader_holds_the_trace_up_and_does_not_end_it(void **state)
{
    host_fixture *f = *state;
    hostmem *instance = create_with(f, "run.trace");
    assert_true(sim_os_await_waiting(f->sim, 1, 20000)); /* it sleeps between rounds */
    assert_true(sim_os_file_is_yielded(f->sim, "run.trace"));
    sim_os_fail(f->sim, SIM_SET(SIM_FILE_WRITE), 0, 3, ERROR_SHARING_VIOLATION);
    while (sim_os_failed(f->sim) < 3) {
        assert_true(sim_os_await_waiting(f->sim, 1, 20000));
        sim_os_advance(f->sim, 100);
    }
    expect_trace(f, instance, "run.trace");
}

static void a_reader_who_does_not_end_keeps_no_thread_for_ever(void **state)
{
    host_fixture *f = *state;
    late_clock clock;
    hostmem *instance = create_with(f, "run.trace");
    assert_true(sim_os_await_waiting(f->sim, 1, 20000));
    sim_os_fail(f->sim, SIM_SET(SIM_FILE_WRITE), 0, SIM_FOREVER, ERROR_SHARING_VIOLATION);
    late_clock_start(&clock, f->sim, FALSE, 2, 60000);
    assert_int_equal(hostmem_release(instance), 1);
    late_clock_stop(&clock);
    while (sim_os_threads_running(f->sim)) {
        sim_os_advance(f->sim, 100);
        sim_os_await_threads_running(f->sim, 0, 10);
    }
    expect_told(f, "hostmem: HOSTMEM_TRACE=run.trace: the trace has ended: the file is in use");
    sim_os_fail(f->sim, 0, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(a_trace_is_recorded_until_the_release),
        fixture_test(without_the_variable_or_the_flag_there_is_none),
        fixture_test(a_path_may_be_as_long_as_a_variable),
        fixture_test(names_are_utf_8),
        fixture_test(an_instance_has_a_number_in_its_path),
        fixture_test(a_name_that_is_in_use_gets_a_number),
        fixture_test(a_name_gets_no_number_without_end),
        fixture_test(what_is_no_trace_is_left_alone),
        fixture_test(what_is_empty_or_a_trace_is_replaced),
        fixture_test(hostmem_trace_start_replaces_anything),
        fixture_test(but_not_a_trace_that_is_being_recorded),
        fixture_test(each_failure_is_told_in_words),
        fixture_test(whatever_the_trace_cannot_get_the_instance_is_there),
        fixture_test(a_disk_that_is_full_later_is_told_too),
        fixture_test(a_trace_of_the_hosts_own_is_its_own_affair),
        fixture_test(a_start_that_succeeds_makes_the_failure_forgotten),
        fixture_test(arguments_are_checked),
        fixture_test(a_reader_holds_the_trace_up_and_does_not_end_it),
        fixture_test(a_reader_who_does_not_end_keeps_no_thread_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
