/* hostmem_parse_size: what people write, typing mistakes, and the ends of the range. */
#include "check.h"

#define POISON 0xddddddddddddddddu

static const struct {
    const char *text;
    UINT64 bytes;
} good[] = {
    {"0", 0},
    {"1", 1},
    {"4096", 4096},
    {"0004096", 4096},
    {"10", 10},
    {"1b", 1},
    {"7B", 7},
    {"1k", 1024},
    {"1K", 1024},
    {"1KB", 1024},
    {"1kb", 1024},
    {"1KiB", 1024},
    {"1kib", 1024},
    {"1KIB", 1024},
    {"3m", (UINT64)3 << 20},
    {"512M", (UINT64)512 << 20},
    {"512 M", (UINT64)512 << 20},
    {"512\tMiB", (UINT64)512 << 20},
    {"2GiB", (UINT64)2 << 30},
    {"2g", (UINT64)2 << 30},
    {"4t", (UINT64)4 << 40},
    {"1TiB", (UINT64)1 << 40},
    {" \t 42 \t ", 42},
    {"  1 K  ", 1024},
    {"0T", 0},
    {"0000000000000000000000000000000000000000000001", 1},
    {"18446744073709551615", UINT64_MAX},
    {"18446744073709551615B", UINT64_MAX},
    {"18014398509481983K", UINT64_MAX - 1023},
    {"17179869183G", UINT64_MAX - (((UINT64)1 << 30) - 1)},
    {"16777215T", (UINT64)16777215 << 40},
};

static const struct {
    const char *text;
    HRESULT hr;
} bad[] = {
    {"", E_INVALIDARG},
    {" ", E_INVALIDARG},
    {"\t\t", E_INVALIDARG},
    {"K", E_INVALIDARG},
    {"B", E_INVALIDARG},
    {"-1", E_INVALIDARG},
    {"+1", E_INVALIDARG},
    {"- 1", E_INVALIDARG},
    {"1.5G", E_INVALIDARG},
    {"1,5G", E_INVALIDARG},
    {"1e9", E_INVALIDARG},
    {"0x1000", E_INVALIDARG},
    {"1 2", E_INVALIDARG},
    {"1K2", E_INVALIDARG},
    {"1KK", E_INVALIDARG},
    {"1KM", E_INVALIDARG},
    {"1P", E_INVALIDARG},
    {"1Ki", E_INVALIDARG},
    {"1i", E_INVALIDARG},
    {"1iB", E_INVALIDARG},
    {"1BB", E_INVALIDARG},
    {"1KBB", E_INVALIDARG},
    {"1KiBB", E_INVALIDARG},
    {"1BiB", E_INVALIDARG},
    {"1K B", E_INVALIDARG},
    {"1 Ki B", E_INVALIDARG},
    {"1\n", E_INVALIDARG},
    {"1\r\n", E_INVALIDARG},
    {"\xa0"
     "1",
     E_INVALIDARG},
    {"1\xc2\xa0K", E_INVALIDARG},
    {"512M,", E_INVALIDARG},
    {"unlimited", E_INVALIDARG},
    {"18446744073709551616", (HRESULT)0x80070216},
    {"18446744073709551620", (HRESULT)0x80070216},
    {"99999999999999999999999999999999999999999", (HRESULT)0x80070216},
    {"18014398509481984K", (HRESULT)0x80070216},
    {"17592186044416M", (HRESULT)0x80070216},
    {"17179869184G", (HRESULT)0x80070216},
    {"16777216T", (HRESULT)0x80070216},
    {"18446744073709551615K", (HRESULT)0x80070216},
    /* Would be 0 if it wrapped around. */
    {"340282366920938463463374607431768211456", (HRESULT)0x80070216},
    /* A wrong form is reported before a number that is too large. */
    {"99999999999999999999999999X", E_INVALIDARG},
    {"16777216TT", E_INVALIDARG},
};

static void sizes_as_people_write_them(void **state)
{
    size_t i;
    (void)state;
    for (i = 0; i < CHECK_COUNT_OF(good); i++) {
        UINT64 bytes = POISON;
        HRESULT hr = hostmem_parse_size(good[i].text, &bytes);
        if (hr != S_OK || bytes != good[i].bytes)
            fail_msg("\"%s\": 0x%08x, %llu", good[i].text, (unsigned)hr, (unsigned long long)bytes);
    }
}

static void anything_else_is_refused_with_0(void **state)
{
    size_t i;
    (void)state;
    for (i = 0; i < CHECK_COUNT_OF(bad); i++) {
        UINT64 bytes = POISON;
        HRESULT hr = hostmem_parse_size(bad[i].text, &bytes);
        if (hr != bad[i].hr || bytes)
            fail_msg("\"%s\": 0x%08x, %llu", bad[i].text, (unsigned)hr, (unsigned long long)bytes);
    }
}

/* Every character that is not part of the form, before, inside and after a size. */
static void no_stray_character_is_overlooked(void **state)
{
    int c;
    (void)state;
    for (c = 1; c < 256; c++) {
        const char front[] = {(char)c, '1', 'K', 0}, behind[] = {'1', 'K', (char)c, 0};
        const char inside[] = {'1', (char)c, '1', 0};
        bool blank = c == ' ' || c == '\t', digit = c >= '0' && c <= '9';
        UINT64 bytes = POISON;
        assert_int_equal(hostmem_parse_size(front, &bytes) == S_OK, blank || digit);
        assert_int_equal(hostmem_parse_size(behind, &bytes) == S_OK, blank || c == 'b' || c == 'B');
        assert_int_equal(hostmem_parse_size(inside, &bytes) == S_OK, digit);
    }
}

static void null_arguments(void **state)
{
    UINT64 bytes = POISON;
    (void)state;
    assert_int_equal((UINT32)hostmem_parse_size(NULL, &bytes), (UINT32)E_POINTER);
    assert_true(bytes == 0);
    assert_int_equal((UINT32)hostmem_parse_size("1", NULL), (UINT32)E_POINTER);
    assert_int_equal((UINT32)hostmem_parse_size(NULL, NULL), (UINT32)E_POINTER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_as_people_write_them),
        cmocka_unit_test(anything_else_is_refused_with_0),
        cmocka_unit_test(no_stray_character_is_overlooked),
        cmocka_unit_test(null_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
