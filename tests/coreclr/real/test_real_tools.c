/* Public programs have the same results governed as plain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "real.h"

static const char source[] = "module Shapes\nlet   area r  =\n  if r>0.0 then   3.14*r*r\n  else 0.0\n"
                             "let all =List.map   area [1.0;2.0 ;3.0]\n";

static const char coverage[] =
    "<?xml version=\"1.0\"?><coverage line-rate=\"0.5\" version=\"1.9\" timestamp=\"1700000000\"><sources>"
    "<source>x</source></sources><packages><package name=\"p\"><classes>"
    "<class name=\"C\" filename=\"x.cs\" line-rate=\"0.5\"><methods/><lines>"
    "<line number=\"1\" hits=\"1\"/><line number=\"2\" hits=\"0\"/></lines></class></classes></package></packages>"
    "</coverage>";

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The caller frees it. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);

    assert_non_null(text);
    if (!file)
        fail_msg("there is no %s", path);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    assert_int_equal(remove(path), 0);
    return text;
}

/* What the program has written to a file, beginning with a text. */
static char *run_tool(const char *words, const char *tool, const char *arguments, const char *output)
{
    char path[MAX_PATH];
    child child;

    snprintf(path, sizeof(path), "%s/%s", real_variable("HOSTMEM_REAL_TOOLS"), tool);
    child = real_govern_program(words, "", path, arguments);
    real_expect(&child, 0);
    if (!*words)
        print_message("%s", strstr(child.error, "governed: books"));
    child_free(&child);
    return read_file(output);
}

static void is_the_same_governed(const char *tool, const char *arguments, const char *output, const char *from)
{
    char *plain = run_tool("plain", tool, arguments, output), *governed = run_tool("", tool, arguments, output);

    assert_non_null(strstr(plain, from));
    assert_non_null(strstr(governed, from));
    assert_string_equal(strstr(governed, from), strstr(plain, from));
    free(plain);
    free(governed);
}

static void fantomas_formats_source(void **state)
{
    (void)state;
    write_file("real_shapes.fs", source);
    is_the_same_governed("fantomas/7.0.6/fantomas.dll", "real_shapes.fs --out real_formatted.fs", "real_formatted.fs",
                         "module Shapes");
    assert_int_equal(remove("real_shapes.fs"), 0);
}

static void report_generator_reports_coverage(void **state)
{
    (void)state;
    write_file("real_coverage.xml", coverage);
    is_the_same_governed("dotnet-reportgenerator-globaltool/5.5.12/ReportGenerator.dll",
                         "-reports:real_coverage.xml -targetdir:real_report -reporttypes:CsvSummary",
                         "real_report/Summary.csv", "Parser:");
    assert_int_equal(remove("real_coverage.xml"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fantomas_formats_source),
        cmocka_unit_test(report_generator_reports_coverage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
