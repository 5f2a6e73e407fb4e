/* Checksums computed with tables equal those of the definition, and that one equals a published value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <hostmem/trace_format.h>

#include "trace/crc.h"

static hmi_crc crc;

static void the_definition_is_crc_32(void **state)
{
    (void)state;
    assert_int_equal(hostmem_trace_crc("123456789", 9), 0xcbf43926u);
    assert_int_equal(hostmem_trace_crc("", 0), 0);
}

static void tables_give_the_same_at_every_length(void **state)
{
    unsigned char data[300];
    uint32_t random = 1;
    size_t length, start;
    (void)state;
    for (length = 0; length < sizeof data; length++) {
        random = random * 1664525u + 1013904223u;
        data[length] = (unsigned char)(random >> 24);
    }
    for (start = 0; start < 9; start++) {
        for (length = 0; length < sizeof data - start; length++)
            assert_int_equal(hmi_crc_of(&crc, data + start, length), hostmem_trace_crc(data + start, length));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_definition_is_crc_32),
        cmocka_unit_test(tables_give_the_same_at_every_length),
    };
    hmi_crc_init(&crc);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
