/* What the Win32 table passes to EventWriteTransfer: the parts of an event in TraceLogging's order, each marked
 * with its type. In this process a jump over the first bytes of the system's function replaces it by one that
 * checks the parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <windows.h>

#include <evntprov.h>

#include "os/os.h"
#include "replace_function.h"

static struct {
    unsigned calls;
    EVENT_DESCRIPTOR about;
    ULONG count;
    EVENT_DATA_DESCRIPTOR parts[3];
} seen;

static ULONG WINAPI look(REGHANDLE handle, PCEVENT_DESCRIPTOR about, LPCGUID activity, LPCGUID related, ULONG count,
                         PEVENT_DATA_DESCRIPTOR parts)
{
    (void)handle;
    (void)activity;
    (void)related;
    seen.calls++;
    seen.about = *about;
    seen.count = count;
    memcpy(seen.parts, parts, (count < 3 ? count : 3) * sizeof *parts);
    SetLastError(77);
    return 0;
}

static void enable(void *context, BOOL wanted)
{
    (void)context;
    (void)wanted;
}

static void expect_part(const EVENT_DATA_DESCRIPTOR *part, const void *data, ULONG bytes, ULONG kind)
{
    assert_true(part->Ptr == (UINT_PTR)data);
    assert_int_equal(part->Size, bytes);
    assert_int_equal(part->Reserved, kind);
}

static void an_event_has_its_parts_in_order_and_marked(void **state)
{
    static const GUID id = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    static const UINT16 traits[2] = {4, 0}, metadata[3] = {6, 1, 2};
    static const char payload[5] = "what";
    const hmi_os_etw_event event = {.traits = traits,
                                    .metadata = metadata,
                                    .payload = payload,
                                    .payload_bytes = sizeof payload,
                                    .level = 3,
                                    .keyword = 0x4};
    hostmem_os *os = hmi_os_win32();
    FARPROC function = GetProcAddress(GetModuleHandleA("advapi32.dll"), "EventWriteTransfer");
    void *registration;
    (void)state;
    assert_non_null(function);
    assert_true(replace_function(function, (void (*)(void))look));
    assert_int_equal(os->etw_register(os, &id, traits, enable, NULL, &registration), 0);
    SetLastError(5);
    os->etw_write(os, registration, &event);
    assert_int_equal(GetLastError(), 5);
    os->etw_unregister(os, registration);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.about.Channel, 11); /* the channel of self-describing events */
    assert_int_equal(seen.about.Level, 3);
    assert_true(seen.about.Keyword == 0x4);
    assert_int_equal(seen.count, 3);
    expect_part(&seen.parts[0], traits, sizeof traits, 2);
    expect_part(&seen.parts[1], metadata, sizeof metadata, 1);
    expect_part(&seen.parts[2], payload, sizeof payload, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_event_has_its_parts_in_order_and_marked)};
    LoadLibraryA("advapi32.dll");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
