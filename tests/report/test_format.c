/* hostmem_format_stats: what it accepts, that nothing is half written, and that each form has every figure. That the
 * forms are what they say is for others to judge: tests/format. */
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
    has(text, "\nhostmem_peak_used_bytes 21474836489\n"); /* the ninth */
    has_not(text, "hostmem_calls");
    free(text);
    text = format(&stats, HOSTMEM_TEXT, NULL);
    has_not(text, "Calls");
    free(text);
    stats.size = sizeof stats + 100; /* of a version to come */
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
    stats.calls[HOSTMEM_CALL_REGISTER_CALLBACK] = 1;
    stats.calls[HOSTMEM_CALL_FREE] = 12345;
    stats.refusals[HOSTMEM_REFUSAL_TIMEOUT][eTaskCritical] = 3;
    stats.latched = 1;
    text = format(&stats, HOSTMEM_TEXT, NULL);
    has(text, "  address space               12.0 MiB    13.0 MiB\n");
    has(text, "  heap, 48 blocks                  0 B\n");
    has(text, "  limit                        1.0 GiB\n  over the limit                   0 B\n");
    has(text, "    after a wait                     3           0           0\n");
    has(text, "Calls\n  RegisterMemoryNotificationCallback             1\n");
    has(text, "             1\n  Free                                       12345\n");
    has(text, "Latched: ");
    free(text);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
