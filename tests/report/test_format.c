/* hostmem_format_stats: which arguments it accepts, that it never writes a partial text, and that each format has
 * every figure. tests/format checks with other programs that the formats are valid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hostmem/hostmem.h>

#include <cmocka.h>

#include "report/figures.h"
#include "numbered_stats.h"

#define FORMATS 4u

static void the_table_has_each_field_once(void **state)
{
    unsigned char seen[sizeof(hostmem_stats)] = {0};
    UINT32 i, at;
    (void)state;
    for (i = 0; i < hmi_figure_count; i++) {
        const hmi_figure *figure = &hmi_figures[i];
        UINT32 each = figure->kind == HMI_FIGURE_FLAG ? sizeof(UINT32) : sizeof(UINT64);
        for (at = 0; at < hmi_figure_values(figure) * each; at++)
            assert_int_equal(seen[figure->offset + at]++, 0);
        assert_true(hmi_figure_is_in(figure, sizeof(hostmem_stats)));
        assert_false(hmi_figure_is_in(figure, figure->offset));
    }
    for (at = offsetof(hostmem_stats, reserved_bytes); at < sizeof seen; at++)
        assert_int_equal(seen[at], 1);
}

/* The whole text; the caller frees it. */
static char *format(const hostmem_stats *stats, unsigned form, const char *name)
{
    SIZE_T needed = 0, again = 0;
    char *text;
    assert_int_equal(hostmem_format_stats(stats, (hostmem_stats_format)form, name, NULL, 0, &needed),
                     HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER));
    text = malloc(needed);
    assert_non_null(text);
    assert_int_equal(hostmem_format_stats(stats, (hostmem_stats_format)form, name, text, needed, &again), S_OK);
    assert_int_equal(again, needed);
    assert_int_equal(strlen(text), needed - 1);
    return text;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in:\n%s", part, text);
}

static void it_fits_or_nothing_is_written(void **state)
{
    hostmem_stats stats = numbered_stats();
    unsigned form;
    (void)state;
    for (form = 0; form < FORMATS; form++) {
        char *whole = format(&stats, form, NULL), *text;
        SIZE_T length = strlen(whole), needed;
        text = malloc(length + 2);
        assert_non_null(text);
        memset(text, 0x5a, length + 2);
        assert_int_equal(hostmem_format_stats(&stats, (hostmem_stats_format)form, NULL, text, length, &needed),
                         HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER));
        assert_int_equal(needed, length + 1);
        assert_int_equal(text[0], 0);
        assert_int_equal(text[1], 0x5a);
        assert_int_equal(hostmem_format_stats(&stats, (hostmem_stats_format)form, NULL, text, length + 1, NULL), S_OK);
        assert_string_equal(text, whole);
        assert_int_equal(text[length + 1], 0x5a);
        free(text);
        free(whole);
    }
}

static void wrong_arguments_are_refused(void **state)
{
    hostmem_stats stats = numbered_stats();
    char text[8] = "poison";
    SIZE_T needed = 7;
    (void)state;
    assert_int_equal(hostmem_format_stats(NULL, HOSTMEM_TEXT, NULL, text, sizeof text, &needed), E_POINTER);
    assert_int_equal(needed, 0);
    assert_int_equal(hostmem_format_stats(&stats, HOSTMEM_TEXT, NULL, NULL, 1, &needed), E_POINTER);
    assert_int_equal(hostmem_format_stats(&stats, (hostmem_stats_format)FORMATS, NULL, text, sizeof text, &needed),
                     E_INVALIDARG);
    assert_string_equal(text, "");
    stats.size = offsetof(hostmem_stats, waits) - 1;
    assert_int_equal(hostmem_format_stats(&stats, HOSTMEM_JSON, NULL, NULL, 0, NULL), E_INVALIDARG);
}

static void fields_of_newer_versions_are_left_out(void **state)
{
    hostmem_stats stats = numbered_stats();
    char *text;
    (void)state;
    stats.size = offsetof(hostmem_stats, waits);
    text = format(&stats, HOSTMEM_JSON, NULL);
    has(text, "\"peak_used_bytes\"");
    has(text, "\"refused\"");
    has_not(text, "\"waits\"");
    has_not(text, "\"calls\"");
    free(text);
    text = format(&stats, HOSTMEM_PROMETHEUS, NULL);
    has(text, "\nhostmem_peak_used_bytes 21474836489\n"); /* the ninth field */
    has_not(text, "hostmem_calls");
    free(text);
    text = format(&stats, HOSTMEM_TEXT, NULL);
    has_not(text, "Calls");
    free(text);
    stats.size = sizeof stats + 100; /* of a later version */
    text = format(&stats, HOSTMEM_JSON, NULL);
    has(text, "\"calls\"");
    free(text);
}

static void metrics_are_spelt_as_documented(void **state)
{
    static const char *const lines[] = {
        "\nhostmem_peak_used_bytes ",
        "\nhostmem_heaps ",
        "\nhostmem_latched 1\n",
        "\nhostmem_calls_total{method=\"VirtualAlloc\"} ",
        "\nhostmem_calls_total{method=\"RegisterMemoryNotificationCallback\"} ",
        "\nhostmem_refusals_total{result=\"timeout\",level=\"app_domain\"} ",
        "\nhostmem_refusals_total{result=\"unavailable\",level=\"none\"} ",
        "\nhostmem_waits_total{level=\"process\"} ",
        "\nhostmem_notifications_total{kind=\"low\"} ",
        "\nhostmem_injected_faults_total{level=\"none\"} ",
        "\nhostmem_lock_failures_total ",
        "\nhostmem_numa_misses_total ",
        "\nhostmem_limit_bytes ",
    };
    hostmem_stats stats = numbered_stats();
    char *text;
    unsigned form, i;
    (void)state;
    stats.latched = 1;
    stats.wait_ms[eAppDomainCritical] = 1234567;
    stats.wait_ms[eProcessCritical] = 5;
    for (form = HOSTMEM_OPENMETRICS; form <= HOSTMEM_PROMETHEUS; form++) {
        text = format(&stats, form, NULL);
        for (i = 0; i < sizeof lines / sizeof *lines; i++)
            has(text, lines[i]);
        has(text, "\nhostmem_wait_seconds_total{level=\"app_domain\"} 1234.567\n");
        has(text, "\nhostmem_wait_seconds_total{level=\"process\"} 0.005\n");
        has_not(text, "hostmem_refused");
        free(text);
    }
    stats.limit_bytes = 0;
    text = format(&stats, HOSTMEM_OPENMETRICS, NULL);
    has_not(text, "hostmem_limit_bytes");
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
    free(text);
}

static void the_name_is_in_every_form(void **state)
{
    hostmem_stats stats = numbered_stats();
    char *text;
    (void)state;
    text = format(&stats, HOSTMEM_JSON, "a \"b\" \\ \xff");
    has(text, "{\n  \"name\": \"a \\\"b\\\" \\\\ ?\",\n");
    free(text);
    text = format(&stats, HOSTMEM_OPENMETRICS, "w3wp 7");
    has(text, "\nhostmem_heaps{name=\"w3wp 7\"} ");
    has(text, "\nhostmem_waits_total{name=\"w3wp 7\",level=\"task\"} ");
    free(text);
    text = format(&stats, HOSTMEM_TEXT, "w3wp\n7");
    assert_int_equal(strncmp(text, "w3wp 7\nMemory", 13), 0);
    free(text);
}

static void the_table_for_people_shows_what_there_is(void **state)
{
    hostmem_stats stats = {.size = sizeof stats};
    char *text;
    (void)state;
    text = format(&stats, HOSTMEM_TEXT, NULL);
    assert_string_equal(text, "Memory                             now        peak\n"
                              "  address space                    0 B\n"
                              "  committed                        0 B\n"
                              "    of that, executable            0 B\n"
                              "  heap, 0 blocks                   0 B\n"
                              "  committed and heap               0 B\n"
                              "  mapped files                     0 B\n"
                              "  limit                           none\n"
                              "Requests                          task  app domain     process\n"
                              "  refused                            0           0           0\n"
                              "  waited for memory                  0           0           0\n"
                              "Notifications                      Low     Neutral        High\n"
                              "  sent                               0           0           0\n");
    free(text);
    stats.reserved_bytes = 12u << 20;
    stats.peak_reserved_bytes = 13u << 20;
    stats.limit_bytes = 1u << 30;
    stats.heap_blocks = 48;
    stats.heaps = 3;
    stats.calls[HOSTMEM_CALL_REGISTER_CALLBACK] = 1;
    stats.calls[HOSTMEM_CALL_FREE] = 12345;
    stats.refusals[HOSTMEM_REFUSAL_TIMEOUT][eTaskCritical] = 3;
    stats.refused_by[HOSTMEM_REFUSER_BUDGET][eTaskCritical] = 1;
    stats.refused_by[HOSTMEM_REFUSER_SYSTEM][eTaskCritical] = 2;
    stats.last_system_error = ERROR_COMMITMENT_LIMIT;
    stats.largest_free_bytes = 5u << 20;
    stats.latched = 1;
    text = format(&stats, HOSTMEM_TEXT, NULL);
    has(text, "  address space               12.0 MiB    13.0 MiB\n");
    has(text, "  heap, 48 blocks                  0 B\n    in heaps                         3\n");
    has(text, "  limit                        1.0 GiB\n  over the limit                   0 B\n");
    has(text, "    after a wait                     3           0           0\n");
    has(text, "    by the budget                    1           0           0\n"
              "    by Windows                       2           0           0\n"
              "      its last error              1455\n");
    has(text, "  largest free range           5.0 MiB\n");
    has(text, "Calls\n  RegisterMemoryNotificationCallback             1\n");
    has(text, "             1\n  Free                                       12345\n");
    has(text, "Latched: ");
    free(text);
}

/* Each figure, set to something, changes the text. */
static void the_table_for_people_shows_every_figure(void **state)
{
    hostmem_stats none = {.size = sizeof none};
    unsigned missing = 0;
    UINT32 i, number;
    char *without;
    (void)state;
    none.limit_bytes = 1; /* without a limit nothing is over it */
    without = format(&none, HOSTMEM_TEXT, NULL);
    for (i = 0; i < hmi_figure_count; i++) {
        const hmi_figure *figure = &hmi_figures[i];
        UINT32 each = figure->kind == HMI_FIGURE_FLAG ? sizeof(UINT32) : sizeof(UINT64);
        hostmem_stats stats = none;
        char *with;
        for (number = 0; number < hmi_figure_values(figure); number++)
            ((unsigned char *)&stats)[figure->offset + number * each + 2] = 1; /* 65,536 */
        with = format(&stats, HOSTMEM_TEXT, NULL);
        if (!strcmp(with, without)) {
            print_error("%s is not in the table\n", figure->name);
            missing++;
        }
        free(with);
    }
    free(without);
    assert_int_equal(missing, 0);
}

/* ---- Several instances ---- */

/* The whole text; the caller frees it. */
static char *format_all(const hostmem_named_stats *instances, UINT32 count, hostmem_stats_format form)
{
    SIZE_T needed = 0, again = 0;
    char *text;
    assert_int_equal(hostmem_format_all_stats(instances, count, form, NULL, 0, &needed),
                     HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER));
    text = malloc(needed);
    assert_non_null(text);
    text[0] = 'x';
    assert_int_equal(hostmem_format_all_stats(instances, count, form, text, needed - 1, NULL),
                     HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER));
    assert_string_equal(text, "");
    assert_int_equal(hostmem_format_all_stats(instances, count, form, text, needed, &again), S_OK);
    assert_int_equal(again, needed);
    assert_int_equal(strlen(text), needed - 1);
    return text;
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

static void one_of_several_is_what_it_is_alone(void **state)
{
    const hostmem_stats stats = numbered_stats();
    const hostmem_named_stats instance = {&stats, "a"};
    unsigned form;
    (void)state;
    for (form = HOSTMEM_OPENMETRICS; form <= HOSTMEM_PROMETHEUS; form++) {
        char *all = format_all(&instance, 1, (hostmem_stats_format)form), *one = format(&stats, form, "a");
        assert_string_equal(all, one);
        free(all);
        free(one);
    }
}

static void each_metric_of_several_is_described_once(void **state)
{
    const hostmem_stats one = numbered_stats();
    hostmem_stats other = one, old = one;
    const hostmem_named_stats instances[] = {{&one, "a"}, {&other, NULL}, {&old, "c"}};
    char *text;
    unsigned form;
    (void)state;
    other.used_bytes = 7;
    other.limit_bytes = 0; /* this instance has no limit */
    old.size = offsetof(hostmem_stats, waits);
    for (form = HOSTMEM_OPENMETRICS; form <= HOSTMEM_PROMETHEUS; form++) {
        text = format_all(instances, 3, (hostmem_stats_format)form);
        has(text,
            "used_bytes{name=\"a\"} 21474836488\nhostmem_used_bytes 7\nhostmem_used_bytes{name=\"c\"} 21474836488\n#");
        has(text, "limit_bytes{name=\"a\"} 21474836490\nhostmem_limit_bytes{name=\"c\"} 21474836490\n#");
        assert_int_equal(count_of(text, "# TYPE hostmem_used_bytes "), 1);
        assert_int_equal(count_of(text, "# HELP hostmem_used_bytes "), 1);
        assert_int_equal(count_of(text, "# TYPE hostmem_calls"), 1);
        assert_int_equal(count_of(text, "method=\"Alloc\""), 2); /* the struct of the old version does not have it */
        assert_int_equal(count_of(text, "# EOF"), form == HOSTMEM_OPENMETRICS ? 1 : 0);
        free(text);
    }
}

static void none_at_all_is_an_empty_answer(void **state)
{
    char text[10];
    (void)state;
    assert_int_equal(hostmem_format_all_stats(NULL, 0, HOSTMEM_OPENMETRICS, text, sizeof text, NULL), S_OK);
    assert_string_equal(text, "# EOF\n");
    assert_int_equal(hostmem_format_all_stats(NULL, 0, HOSTMEM_PROMETHEUS, text, sizeof text, NULL), S_OK);
    assert_string_equal(text, "");
}

static void two_of_one_name_are_refused(void **state)
{
    static const struct {
        const char *one, *other;
        BOOL same;
    } cases[] = {
        {"a", "a", TRUE},
        {"a", "b", FALSE},
        {NULL, NULL, TRUE},
        {NULL, "", TRUE},
        {"a", NULL, FALSE},
        {"a", "ab", FALSE},
        {"a\xff", "a\xfe", TRUE},
        {"a?", "a\xfe", TRUE},
        {"a\n", "a\t", TRUE},
        {"\xc3\xa4", "\xc3\xa5", FALSE},
        {"\xc3\xa4", "\xc3\xa4", TRUE},
        {"\xc3", "?", TRUE},
    };
    const hostmem_stats stats = numbered_stats();
    unsigned i;
    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const hostmem_named_stats instances[] = {{&stats, cases[i].one}, {&stats, "between"}, {&stats, cases[i].other}};
        SIZE_T needed = 99;
        HRESULT hr = hostmem_format_all_stats(instances, 3, HOSTMEM_PROMETHEUS, NULL, 0, &needed);
        if (hr != (cases[i].same ? E_INVALIDARG : HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER)) ||
            (cases[i].same && needed))
            fail_msg("case %u: %#x", i, (unsigned)hr);
    }
}

static void wrong_arguments_for_several_are_refused(void **state)
{
    hostmem_stats stats = numbered_stats();
    const hostmem_named_stats instance = {&stats, NULL}, none = {NULL, "a"};
    char text[4] = "abc";
    (void)state;
    assert_int_equal(hostmem_format_all_stats(NULL, 1, HOSTMEM_PROMETHEUS, text, sizeof text, NULL), E_POINTER);
    assert_int_equal(hostmem_format_all_stats(&instance, 1, HOSTMEM_PROMETHEUS, NULL, 1, NULL), E_POINTER);
    assert_string_equal(text, "abc");
    assert_int_equal(hostmem_format_all_stats(&none, 1, HOSTMEM_PROMETHEUS, text, sizeof text, NULL), E_POINTER);
    assert_int_equal(hostmem_format_all_stats(&instance, 1, HOSTMEM_TEXT, text, sizeof text, NULL), E_INVALIDARG);
    assert_int_equal(hostmem_format_all_stats(&instance, 1, HOSTMEM_JSON, text, sizeof text, NULL), E_INVALIDARG);
    assert_int_equal(hostmem_format_all_stats(&instance, 1, (hostmem_stats_format)4, text, sizeof text, NULL),
                     E_INVALIDARG);
    stats.size = offsetof(hostmem_stats, waits) - 1;
    assert_int_equal(hostmem_format_all_stats(&instance, 1, HOSTMEM_PROMETHEUS, text, sizeof text, NULL), E_INVALIDARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_each_field_once),
        cmocka_unit_test(it_fits_or_nothing_is_written),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(fields_of_newer_versions_are_left_out),
        cmocka_unit_test(metrics_are_spelt_as_documented),
        cmocka_unit_test(the_name_is_in_every_form),
        cmocka_unit_test(the_table_for_people_shows_what_there_is),
        cmocka_unit_test(the_table_for_people_shows_every_figure),
        cmocka_unit_test(one_of_several_is_what_it_is_alone),
        cmocka_unit_test(each_metric_of_several_is_described_once),
        cmocka_unit_test(none_at_all_is_an_empty_answer),
        cmocka_unit_test(two_of_one_name_are_refused),
        cmocka_unit_test(wrong_arguments_for_several_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
