/* The Win32 table's functions for Event Tracing for Windows, as far as a process can check them itself: what a
 * session receives can only be seen on Windows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <windows.h>

#include "os/os.h"

/* Not a provider of anything else. */
static const GUID provider = {0x6a1b9f0e, 0x3c57, 0x4d2a, {0x9e, 0x41, 0x07, 0x5b, 0xc8, 0xd3, 0xf2, 0x16}};
static const struct {
    UINT16 length;
    char name[6];
} traits = {sizeof(UINT16) + 6, "tests"};

static void enable(void *context, BOOL wanted)
{
    *(LONG *)context = wanted ? 1 : -1;
}

static void providers_come_and_go_and_write_without_touching_the_last_error(void **state)
{
    static const UINT8 metadata[] = {11, 0, 0, 'e', 0, 'f', 'i', 'v', 'e', 0, 4};
    static const UINT8 five = 5;
    const hmi_os_etw_event event = {
        .level = 4, .keyword = 1, .traits = &traits, .metadata = metadata, .payload = &five, .payload_bytes = 1};
    hostmem_os *os = hmi_os_win32();
    LONG wanted = 0;
    int round;
    (void)state;
    for (round = 0; round < 3; round++) {
        void *registration = NULL;
        assert_int_equal(os->etw_register(os, &provider, &traits, enable, &wanted, &registration), 0);
        assert_non_null(registration);
        SetLastError(4711);
        os->etw_write(os, registration, &event);
        assert_int_equal(GetLastError(), 4711);
        os->etw_unregister(os, registration);
    }
    assert_in_range(wanted + 1, 0, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(providers_come_and_go_and_write_without_touching_the_last_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
