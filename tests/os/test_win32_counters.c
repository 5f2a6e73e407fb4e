/* What the Win32 table asks of PERFLIB for performance counters, with functions of this test in the place of PERFLIB's:
 * the program's imports of the functions that find them are replaced. They hold a lock, also while they call the
 * library back, as PERFLIB may: it does not have to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <windows.h>

#include <perflib.h>
#include <winperf.h>

#include "coreclr/import_patch.h"
#include "os/os.h"

/* Not a provider of anything else. */
static const hmi_os_counter counters[] = {{5, FALSE, FALSE}, {6, TRUE, FALSE}, {9, FALSE, TRUE}};
static const hmi_os_counter_set set = {{0x6a1b9f0e, 0x3c57, 0x4d2a, {0x9e, 0x41, 0x07, 0x5b, 0xc8, 0xd3, 0xf2, 0x17}},
                                       {0x6a1b9f0e, 0x3c57, 0x4d2a, {0x9e, 0x41, 0x07, 0x5b, 0xc8, 0xd3, 0xf2, 0x18}},
                                       counters,
                                       3};

/* ---- PERFLIB's place ---- */

#define COLLECT_START 5 /* PERF_COLLECT_START, which not every perflib.h has */
#define MAX_INSTANCES 4

typedef struct fake_instance {
    PERF_COUNTERSET_INSTANCE block; /* its address is PERFLIB's handle */
    WCHAR name[160];
    UINT64 *values[3];
    BOOL used;
} fake_instance;

static CRITICAL_SECTION lock;
static unsigned calls, failing_call; /* numbers from 1; 0: none fails */
static DWORD failing_error;
static char provider_handle;
static int providers, sets, deletions;
static PERFLIBREQUEST callback;
static GUID started_id;
static PERF_COUNTERSET_INFO seen_set;
static PERF_COUNTER_INFO seen_counters[3];
static fake_instance instances[MAX_INSTANCES];
static HANDLE deleting; /* an event; set when an instance is about to be deleted */

static BOOL fails(void)
{
    return ++calls == failing_call;
}

static ULONG WINAPI fake_start(LPGUID id, PPERF_PROVIDER_CONTEXT context, HANDLE *provider)
{
    if (fails())
        return failing_error;
    assert_int_equal(context->ContextSize, sizeof *context);
    assert_null(context->MemAllocRoutine);
    started_id = *id;
    callback = context->ControlCallback;
    providers++;
    *provider = &provider_handle;
    return 0;
}

static ULONG WINAPI fake_stop(HANDLE provider)
{
    assert_ptr_equal(provider, &provider_handle);
    providers--;
    sets = 0;
    return 0;
}

static ULONG WINAPI fake_describe(HANDLE provider, PPERF_COUNTERSET_INFO info, ULONG bytes)
{
    assert_ptr_equal(provider, &provider_handle);
    if (fails())
        return failing_error;
    assert_int_equal(bytes, sizeof *info + sizeof seen_counters);
    seen_set = *info;
    memcpy(seen_counters, info + 1, sizeof seen_counters);
    ((PERF_COUNTER_INFO *)(info + 1))->Offset = 32; /* PERFLIB may place the counters itself */
    sets++;
    return 0;
}

static PPERF_COUNTERSET_INSTANCE WINAPI fake_create(HANDLE provider, LPCGUID id, LPCWSTR name, ULONG number)
{
    int i;
    assert_ptr_equal(provider, &provider_handle);
    assert_memory_equal(id, &set.id, sizeof *id);
    if (fails()) {
        SetLastError(failing_error);
        return NULL;
    }
    EnterCriticalSection(&lock);
    for (i = 0; instances[i].used;)
        i++;
    instances[i].used = TRUE;
    instances[i].block.InstanceId = number;
    wcscpy(instances[i].name, name);
    LeaveCriticalSection(&lock);
    return &instances[i].block;
}

static ULONG WINAPI fake_remove(HANDLE provider, PPERF_COUNTERSET_INSTANCE block)
{
    fake_instance *gone = CONTAINING_RECORD(block, fake_instance, block);
    assert_ptr_equal(provider, &provider_handle);
    SetEvent(deleting);
    EnterCriticalSection(&lock);
    assert_true(gone->used);
    memset(gone, 0, sizeof *gone);
    deletions++;
    LeaveCriticalSection(&lock);
    return 0;
}

static ULONG WINAPI fake_refer(HANDLE provider, PPERF_COUNTERSET_INSTANCE block, ULONG id, PVOID value)
{
    fake_instance *to = CONTAINING_RECORD(block, fake_instance, block);
    unsigned i;
    assert_ptr_equal(provider, &provider_handle);
    if (fails())
        return failing_error;
    for (i = 0; counters[i].id != id;)
        i++;
    to->values[i] = value;
    return 0;
}

static BOOL calls_without_lock;

static void request(ULONG code)
{
    if (!calls_without_lock)
        EnterCriticalSection(&lock);
    assert_int_equal(callback(code, NULL, 0), 0);
    if (!calls_without_lock)
        LeaveCriticalSection(&lock);
}

static int count_instances(void)
{
    int i, count = 0;
    for (i = 0; i < MAX_INSTANCES; i++)
        count += instances[i].used;
    return count;
}

/* ---- The functions that find functions and hold modules ---- */

typedef FARPROC WINAPI get_function(HMODULE, LPCSTR);
typedef HMODULE WINAPI load_function(LPCWSTR, HANDLE, DWORD);
typedef BOOL WINAPI hold_function(DWORD, LPCWSTR, HMODULE *);
typedef BOOL WINAPI free_function(HMODULE);

static get_function *real_get;
static load_function *real_load;
static hold_function *real_hold;
static free_function *real_free;
static const char *hidden;               /* the name of a function that is missing */
static int library_holds, program_holds; /* references on advapi32, and on this program */

static const struct {
    const char *name;
    void (*function)(void);
} fakes[] = {
    {"PerfStartProviderEx", (void (*)(void))fake_start},      {"PerfStopProvider", (void (*)(void))fake_stop},
    {"PerfSetCounterSetInfo", (void (*)(void))fake_describe}, {"PerfCreateInstance", (void (*)(void))fake_create},
    {"PerfDeleteInstance", (void (*)(void))fake_remove},      {"PerfSetCounterRefValue", (void (*)(void))fake_refer},
};
#define FAKES (sizeof fakes / sizeof *fakes)

static FARPROC WINAPI find(HMODULE module, LPCSTR name)
{
    unsigned i;
    for (i = 0; i < FAKES; i++) {
        if (!strcmp(name, fakes[i].name))
            return hidden && !strcmp(name, hidden) ? NULL : (FARPROC)fakes[i].function;
    }
    return real_get(module, name);
}

static HMODULE WINAPI load(LPCWSTR path, HANDLE file, DWORD flags)
{
    HMODULE module = real_load(path, file, flags);
    library_holds += module == GetModuleHandleA("advapi32.dll");
    return module;
}

static BOOL WINAPI hold(DWORD flags, LPCWSTR name, HMODULE *module)
{
    BOOL good = real_hold(flags, name, module);
    program_holds += good && *module == GetModuleHandleA(NULL);
    return good;
}

static BOOL WINAPI release(HMODULE module)
{
    library_holds -= module == GetModuleHandleA("advapi32.dll");
    program_holds -= module == GetModuleHandleA(NULL);
    return real_free(module);
}

/* The function that replaces an import of this program; *real receives the one that it had. */
#define REPLACE(import_, function, replacement, real)                                                    \
    if (!strcmp((import_)->name, function)) {                                                            \
        UINT_PTR old_ = *(import_)->slot;                                                                \
        memcpy(real, &old_, sizeof old_);                                                                \
        return hmi_import_patch_add(context, (import_)->slot, (UINT_PTR)(void (*)(void))replacement, 0); \
    }

static bool replace(void *context, const hmi_import *import)
{
    REPLACE(import, "GetProcAddress", find, &real_get)
    REPLACE(import, "LoadLibraryExW", load, &real_load)
    REPLACE(import, "GetModuleHandleExW", hold, &real_hold)
    REPLACE(import, "FreeLibrary", release, &real_free)
    return true;
}

/* ---- The tests; the first two know that no provider has been started yet ---- */

static UINT64 values[2][3];
static int refreshed[2];

static void refresh(void *context)
{
    int which = (int)(UINT_PTR)context;
    refreshed[which]++;
    values[which][0] += 10;
}

static UINT32 add(int which, const char *name, void **out)
{
    hostmem_os *os = hmi_os_win32();
    UINT32 error;
    calls = 0;
    *out = NULL;
    error = os->counters_add(os, &set, name, 100 + (UINT32)which, values[which], refresh, (void *)(UINT_PTR)which, out);
    assert_int_equal(*out != NULL, !error);
    return error;
}

static void drop(void *instance)
{
    hostmem_os *os = hmi_os_win32();
    os->counters_remove(os, instance);
}

static void without_one_of_the_functions_there_are_no_counters(void **state)
{
    void *instance;
    unsigned i;
    (void)state;
    for (i = 0; i < FAKES; i++) {
        hidden = fakes[i].name;
        assert_int_equal(add(0, "hidden", &instance), ERROR_CALL_NOT_IMPLEMENTED);
        assert_int_equal(calls, 0);
        assert_int_equal(library_holds, 0);
        assert_int_equal(program_holds, 0);
    }
    hidden = NULL;
}

static void each_step_that_fails_undoes_the_others(void **state)
{
    const unsigned steps = 6; /* starting, describing, creating, three references */
    void *instance;
    (void)state;
    for (failing_call = 1; failing_call <= steps; failing_call++) {
        failing_error = 1000 + failing_call;
        assert_int_equal(add(0, "fails", &instance), failing_error);
        assert_int_equal(calls, failing_call);
        assert_int_equal(providers, 0);
        assert_int_equal(count_instances(), 0);
        /* Once a provider was started the code stays. */
        assert_int_equal(library_holds, failing_call > 2);
        assert_int_equal(program_holds, failing_call > 2);
    }
    failing_call = 3;
    failing_error = 0;
    assert_int_equal(add(0, "without an error", &instance), ERROR_GEN_FAILURE);
    failing_call = 0;
    assert_int_equal(add(0, "not UTF-8: \xff", &instance), ERROR_NO_UNICODE_TRANSLATION);
    assert_int_equal(providers, 0);
    request(COLLECT_START);
    assert_int_equal(refreshed[0], 0);
}

static void the_set_is_described_as_ctrpp_does(void **state)
{
    void *instance;
    unsigned i;
    (void)state;
    assert_int_equal(add(0, "described", &instance), 0);
    assert_memory_equal(&started_id, &set.provider, sizeof started_id);
    assert_memory_equal(&seen_set.ProviderGuid, &set.provider, sizeof set.provider);
    assert_memory_equal(&seen_set.CounterSetGuid, &set.id, sizeof set.id);
    assert_int_equal(seen_set.NumCounters, 3);
    assert_int_equal(seen_set.InstanceType, 2); /* PERF_COUNTERSET_MULTI_INSTANCES */
    for (i = 0; i < 3; i++) {
        assert_int_equal(seen_counters[i].CounterId, counters[i].id);
        assert_int_equal(seen_counters[i].Type, i == 1 ? PERF_COUNTER_BULK_COUNT : PERF_COUNTER_LARGE_RAWCOUNT);
        assert_true(seen_counters[i].Attrib == 1); /* PERF_ATTRIB_BY_REFERENCE */
        assert_int_equal(seen_counters[i].Size, 8);
        assert_int_equal(seen_counters[i].DetailLevel, i == 2 ? PERF_DETAIL_ADVANCED : PERF_DETAIL_NOVICE);
        assert_int_equal(seen_counters[i].Scale, 0);
        assert_int_equal(seen_counters[i].Offset, 0);
    }
    drop(instance);
    assert_int_equal(providers, 0);
}

static void instances_share_a_provider_and_are_refreshed_when_they_are_collected(void **state)
{
    void *one, *other;
    (void)state;
    assert_int_equal(add(0, "caf\xc3\xa9_1", &one), 0);
    assert_int_equal(add(1, "other", &other), 0);
    assert_int_equal(providers, 1);
    assert_int_equal(sets, 1);
    assert_int_equal(wcscmp(instances[0].name, L"caf\u00e9_1"), 0);
    assert_int_equal(instances[0].block.InstanceId, 100);
    assert_int_equal(instances[1].block.InstanceId, 101);
    assert_ptr_equal(instances[0].values[2], &values[0][2]);
    assert_ptr_equal(instances[1].values[0], &values[1][0]);
    refreshed[0] = refreshed[1] = 0;
    values[0][0] = 0;
    request(1); /* PERF_ADD_COUNTER */
    request(3); /* PERF_ENUM_INSTANCES */
    request(6); /* PERF_COLLECT_END */
    assert_int_equal(refreshed[0] + refreshed[1], 0);
    request(COLLECT_START);
    request(COLLECT_START);
    assert_int_equal(refreshed[0], 2);
    assert_int_equal(refreshed[1], 2);
    assert_true(*instances[0].values[0] == 20);
    drop(one);
    assert_int_equal(providers, 1);
    assert_int_equal(count_instances(), 1);
    request(COLLECT_START);
    assert_int_equal(refreshed[0], 2);
    assert_int_equal(refreshed[1], 3);
    drop(other);
    assert_int_equal(providers, 0);
    request(COLLECT_START); /* late: one that PerfStopProvider did not wait for */
    assert_int_equal(refreshed[1], 3);
    assert_int_equal(library_holds, 1);
    assert_int_equal(program_holds, 1);
}

/* ---- Removing while a tool collects ---- */

static HANDLE collecting;
static LONG volatile finished;

static void refresh_slowly(void *context)
{
    (void)context;
    SetEvent(collecting);
    WaitForSingleObject(deleting, INFINITE);
    Sleep(50); /* so that a removal that does not wait is seen */
    finished = 1;
}

static DWORD WINAPI collect(void *context)
{
    (void)context;
    request(COLLECT_START);
    return 0;
}

static void expect_waiting(void)
{
    hostmem_os *os = hmi_os_win32();
    void *instance = NULL;
    HANDLE thread;
    finished = 0;
    ResetEvent(collecting);
    assert_int_equal(os->counters_add(os, &set, "slow", 1, values[0], refresh_slowly, NULL, &instance), 0);
    ResetEvent(deleting);
    thread = CreateThread(NULL, 0, collect, NULL, 0, NULL);
    assert_non_null(thread);
    WaitForSingleObject(collecting, INFINITE);
    os->counters_remove(os, instance);
    assert_int_equal(finished, 1);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    assert_int_equal(providers, 0);
}

static void removing_waits_for_a_refresh(void **state)
{
    (void)state;
    calls_without_lock = TRUE;
    expect_waiting();
    calls_without_lock = FALSE;
}

/* Deleting an instance then waits for the refresh, which must not wait for the thread that deletes. */
static void removing_needs_no_lock_while_perflib_waits_for_a_refresh(void **state)
{
    (void)state;
    expect_waiting();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_one_of_the_functions_there_are_no_counters),
        cmocka_unit_test(each_step_that_fails_undoes_the_others),
        cmocka_unit_test(the_set_is_described_as_ctrpp_does),
        cmocka_unit_test(instances_share_a_provider_and_are_refreshed_when_they_are_collected),
        cmocka_unit_test(removing_waits_for_a_refresh),
        cmocka_unit_test(removing_needs_no_lock_while_perflib_waits_for_a_refresh),
    };
    hmi_import_patch patch;
    hmi_imports imports;
    int failed;
    LoadLibraryA("advapi32.dll"); /* so that its address is known */
    InitializeCriticalSection(&lock);
    deleting = CreateEventW(NULL, TRUE, FALSE, NULL);
    collecting = CreateEventW(NULL, TRUE, FALSE, NULL);
    hmi_import_patch_init(&patch, hmi_os_win32());
    if (!hmi_imports_open(&imports, GetModuleHandleA(NULL)) ||
        hmi_imports_visit(&imports, replace, &patch) != HMI_IMPORTS_READ || patch.count < 4 ||
        hmi_import_patch_apply(&patch))
        return 99;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    hmi_import_patch_revert(&patch);
    return failed;
}
