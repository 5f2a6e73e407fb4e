/* Which faults are taken for a lost FS register, and so repeated: none that a program can cause with the right FS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lost_segment.h"

static const BYTE through_fs[] = {0x64, 0x8B, 0x0D, 0x18, 0, 0, 0};
static const BYTE through_fs_short[] = {0x66, 0x64, 0xA1, 0x18, 0, 0, 0};
static const BYTE plain[] = {0x8B, 0x0D, 0xFF, 0xFF, 0xFF, 0xFF};
static const BYTE plain_then_fs[] = {0x90, 0x64, 0x8B, 0x0D, 0x18, 0, 0, 0};

typedef struct hardware_fault {
    EXCEPTION_RECORD record;
    CONTEXT context;
} hardware_fault;

static hardware_fault lost_at(const BYTE *instruction)
{
    hardware_fault fault = {.record = {.ExceptionCode = EXCEPTION_ACCESS_VIOLATION,
                                       .NumberParameters = 2,
                                       .ExceptionInformation = {0, 0xFFFFFFFF}}};
    RtlCaptureContext(&fault.context);
    fault.context.Eip = (DWORD)(ULONG_PTR)instruction;
    return fault;
}

static bool is_lost(const hardware_fault *fault)
{
    return lost_segment_is(&fault->record, &fault->context);
}

static void a_general_protection_fault_through_fs_is_one(void **state)
{
    (void)state;
    hardware_fault fault = lost_at(through_fs);
    assert_true(is_lost(&fault));
    fault = lost_at(through_fs_short);
    assert_true(is_lost(&fault));
}

static void another_instruction_is_none(void **state)
{
    (void)state;
    hardware_fault fault = lost_at(plain);
    assert_false(is_lost(&fault));
    fault = lost_at(plain_then_fs);
    assert_false(is_lost(&fault));
}

static void another_address_is_none(void **state)
{
    (void)state;
    hardware_fault fault = lost_at(through_fs);
    fault.record.ExceptionInformation[1] = 0x18;
    assert_false(is_lost(&fault));
}

static void a_write_is_none(void **state)
{
    (void)state;
    hardware_fault fault = lost_at(through_fs);
    fault.record.ExceptionInformation[0] = 1;
    assert_false(is_lost(&fault));
}

static void another_exception_is_none(void **state)
{
    (void)state;
    hardware_fault fault = lost_at(through_fs);
    fault.record.ExceptionCode = EXCEPTION_GUARD_PAGE;
    assert_false(is_lost(&fault));
}

static void another_selector_is_none(void **state)
{
    (void)state;
    hardware_fault fault = lost_at(through_fs);
    fault.context.SegFs ^= 8;
    assert_false(is_lost(&fault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_general_protection_fault_through_fs_is_one),
        cmocka_unit_test(another_instruction_is_none),
        cmocka_unit_test(another_address_is_none),
        cmocka_unit_test(a_write_is_none),
        cmocka_unit_test(another_exception_is_none),
        cmocka_unit_test(another_selector_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
