/* Numbers, sizes and foreign text, written to a buffer or only counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/output.h"

/* Checks what a writer writes, that it is as long as the writer says when it only counts, and that a buffer that is
 * too small gets the beginning. */
#define expect_output(expected, call)                                                                           \
    do {                                                                                                        \
        char text[80];                                                                                          \
        char few[4] = "xyz";                                                                                    \
        hmi_output counted = hmi_output_begin(NULL, 0), written = hmi_output_begin(text, sizeof text), *output; \
        hmi_output cut = hmi_output_begin(few, sizeof few);                                                     \
        output = &counted;                                                                                      \
        call;                                                                                                   \
        output = &written;                                                                                      \
        call;                                                                                                   \
        output = &cut;                                                                                          \
        call;                                                                                                   \
        assert_memory_equal(few, expected, strlen(expected) < 3 ? strlen(expected) : 3);                        \
        assert_int_equal(strlen(few), strlen(expected) < 3 ? strlen(expected) : 3);                             \
        assert_int_equal(cut.length, strlen(expected));                                                         \
        assert_string_equal(text, expected);                                                                    \
        assert_int_equal(written.length, strlen(expected));                                                     \
        assert_int_equal(counted.length, strlen(expected));                                                     \
    } while (0)

static void numbers_have_all_their_digits(void **state)
{
    (void)state;
    expect_output("0", hmi_output_number(output, 0));
    expect_output("18446744073709551615", hmi_output_number(output, UINT64_MAX));
    expect_output("  4294967296", hmi_output_number_in(output, 4294967296u, 12));
    expect_output("123", hmi_output_number_in(output, 123, 2));
    expect_output("007", hmi_output_digits(output, 7, 3));
    expect_output("1234", hmi_output_digits(output, 1234, 3));
    expect_output("ffffffffffffffff", hmi_output_hexadecimal(output, UINT64_MAX, 8));
    expect_output("000000ab", hmi_output_hexadecimal(output, 0xab, 8));
}

static void sizes_are_rounded_to_a_tenth(void **state)
{
    (void)state;
    expect_output("0 B", hmi_output_size_in(output, 0, 0));
    expect_output("1023 B", hmi_output_size_in(output, 1023, 0));
    expect_output("1.0 KiB", hmi_output_size_in(output, 1024, 0));
    expect_output("1.0 KiB", hmi_output_size_in(output, 1075, 0));
    expect_output("1.1 KiB", hmi_output_size_in(output, 1076, 0));
    expect_output("47.8 KiB", hmi_output_size_in(output, 48920, 0));
    expect_output("1023.9 KiB", hmi_output_size_in(output, 1048524, 0));
    expect_output("1.0 MiB", hmi_output_size_in(output, 1048525, 0));
    expect_output("1.5 GiB", hmi_output_size_in(output, (UINT64)3 << 29, 0));
    expect_output("1.0 TiB", hmi_output_size_in(output, ((UINT64)1 << 40) - 1, 0));
    expect_output("7.9 PiB", hmi_output_size_in(output, ((UINT64)79 << 50) / 10, 0));
    expect_output("16.0 EiB", hmi_output_size_in(output, UINT64_MAX, 0));
    expect_output("       260.0 KiB", hmi_output_size_in(output, 260 << 10, 16));
    expect_output("       5 B", hmi_output_size_in(output, 5, 10));
}

static void blanks_reach_a_column(void **state)
{
    (void)state;
    expect_output("ab   c", {
        SIZE_T start = output->length;
        hmi_output_words(output, "ab");
        hmi_output_pad(output, start, 5);
        hmi_output_pad(output, start, 3);
        hmi_output_byte(output, 'c');
    });
}

static void words_of_others_are_made_harmless(void **state)
{
    (void)state;
    expect_output("w3wp, pool 7", hmi_output_foreign(output, "w3wp, pool 7", TRUE));
    expect_output("a\\\"b\\\\c d e", hmi_output_foreign(output,
                                                        "a\"b\\c\nd\x7f"
                                                        "e",
                                                        TRUE));
    expect_output("a\"b\\c", hmi_output_foreign(output, "a\"b\\c", FALSE));
    expect_output("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
                  hmi_output_foreign(output, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", TRUE));
    /* A character cut off, a continuation byte alone, overlong, a surrogate, above the last. */
    expect_output("??x", hmi_output_foreign(output, "\xe2\x82x", TRUE));
    expect_output("?x", hmi_output_foreign(output, "\xe4x", TRUE));
    expect_output("?", hmi_output_foreign(output, "\xc3", TRUE));
    expect_output("??", hmi_output_foreign(output, "\xc0\x80", TRUE));
    expect_output("???", hmi_output_foreign(output, "\xe0\x9f\xbf", TRUE));
    expect_output("???", hmi_output_foreign(output, "\xed\xa0\x80", TRUE));
    expect_output("????", hmi_output_foreign(output, "\xf4\x90\x80\x80", TRUE));
    expect_output("?", hmi_output_foreign(output, "\xff", TRUE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_all_their_digits),
        cmocka_unit_test(sizes_are_rounded_to_a_tenth),
        cmocka_unit_test(blanks_reach_a_column),
        cmocka_unit_test(words_of_others_are_made_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
