/* Words as sets of bits, compared with simple loops. */
#include "base/bits.h"
#include "check.h"

static void counts_every_bit(void **state)
{
    hmi_word word = 0;
    unsigned bit;
    (void)state;
    assert_int_equal(hmi_bits_count(0), 0);
    for (bit = 0; bit < HMI_WORD_BITS; bit++) {
        assert_int_equal(hmi_bits_count((hmi_word)1 << bit), 1);
        word |= (hmi_word)1 << bit;
        assert_int_equal(hmi_bits_count(word), bit + 1);
        assert_int_equal(hmi_bits_count(~word), HMI_WORD_BITS - bit - 1);
    }
}

static void lowest_bit_is_found_below_any_others(void **state)
{
    unsigned low, high;
    (void)state;
    for (low = 0; low < HMI_WORD_BITS; low++) {
        assert_int_equal(hmi_bits_lowest((hmi_word)1 << low), low);
        assert_int_equal(hmi_bits_lowest(~(hmi_word)0 << low), low);
        for (high = low; high < HMI_WORD_BITS; high++)
            assert_int_equal(hmi_bits_lowest((hmi_word)1 << low | (hmi_word)1 << high), low);
    }
}

static void mask_is_exactly_the_bits_asked_for(void **state)
{
    unsigned first, count, bit;
    (void)state;
    for (first = 0; first < HMI_WORD_BITS; first++) {
        for (count = 1; first + count <= HMI_WORD_BITS; count++) {
            hmi_word expected = 0;
            for (bit = first; bit < first + count; bit++)
                expected |= (hmi_word)1 << bit;
            assert_true(hmi_bits_mask(first, count) == expected);
        }
    }
}

static void words_are_as_wide_as_pointers(void **state)
{
    (void)state;
    assert_int_equal(HMI_WORD_BITS, sizeof(void *) * 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_every_bit),
        cmocka_unit_test(lowest_bit_is_found_below_any_others),
        cmocka_unit_test(mask_is_exactly_the_bits_asked_for),
        cmocka_unit_test(words_are_as_wide_as_pointers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
