/* The Win32 table's functions for performance counters: Windows' PERFLIB, version 2, which advapi32 has.
 *
 * State: the process's provider, because PERFLIB calls a provider back without a context, and its instances. `changing`
 * is held while an instance is added or removed; `list` guards the list of instances, and is held shared while they are
 * refreshed. PERFLIB calls back on threads of its own and may hold locks of its own then: so no function of PERFLIB is
 * called with `list` held. */
#include "os/win32.h"

#include <perflib.h>
#include <winperf.h>

/* From newer versions of perflib.h. */
#define SET_HAS_INSTANCES 2u /* PERF_COUNTERSET_MULTI_INSTANCES */
#define BY_REFERENCE 1u      /* PERF_ATTRIB_BY_REFERENCE */
#define COLLECT_START 5u     /* PERF_COLLECT_START */

typedef ULONG WINAPI start_function(LPGUID, PPERF_PROVIDER_CONTEXT, HANDLE *);
typedef ULONG WINAPI stop_function(HANDLE);
typedef ULONG WINAPI describe_function(HANDLE, PPERF_COUNTERSET_INFO, ULONG);
typedef PPERF_COUNTERSET_INSTANCE WINAPI create_function(HANDLE, LPCGUID, LPCWSTR, ULONG);
typedef ULONG WINAPI remove_function(HANDLE, PPERF_COUNTERSET_INSTANCE);
typedef ULONG WINAPI refer_function(HANDLE, PPERF_COUNTERSET_INSTANCE, ULONG, PVOID);

typedef struct instance instance;
struct instance {
    instance *next;
    PPERF_COUNTERSET_INSTANCE block; /* PERFLIB's */
    void (*refresh)(void *context);
    void *context;
};

typedef struct layout {
    PERF_COUNTERSET_INFO set;
    PERF_COUNTER_INFO counters[HMI_OS_MAX_COUNTERS];
} layout;

typedef struct perflib {
    BOOL kept;        /* a provider was started: the modules stay loaded, and the functions are known */
    HMODULE advapi32; /* holds a reference */
    start_function *start;
    stop_function *stop;
    describe_function *describe;
    create_function *create;
    remove_function *remove;
    refer_function *refer;
    HANDLE provider; /* while there are instances */
    instance *first;
} perflib;

static SRWLOCK changing = SRWLOCK_INIT;
static SRWLOCK list = SRWLOCK_INIT;
static perflib state; /* guarded by changing; first also by list */

/* Called before PERFLIB reads the values, and for other requests. */
static ULONG WINAPI notice(ULONG request, PVOID buffer, ULONG bytes)
{
    const instance *at;
    (void)buffer;
    (void)bytes;
    if (request != COLLECT_START)
        return 0;
    AcquireSRWLockShared(&list);
    for (at = state.first; at; at = at->next)
        at->refresh(at->context);
    ReleaseSRWLockShared(&list);
    return 0;
}

static void (*look_up(const char *name))(void)
{
    return (void (*)(void))GetProcAddress(state.advapi32, name);
}

static BOOL find_functions(void)
{
    state.advapi32 = hmi_win32_load_system_library(L"advapi32.dll"); /* not every program has loaded it */
    if (!state.advapi32)
        return FALSE;
    state.start = (start_function *)look_up("PerfStartProviderEx");
    state.stop = (stop_function *)look_up("PerfStopProvider");
    state.describe = (describe_function *)look_up("PerfSetCounterSetInfo");
    state.create = (create_function *)look_up("PerfCreateInstance");
    state.remove = (remove_function *)look_up("PerfDeleteInstance");
    state.refer = (refer_function *)look_up("PerfSetCounterRefValue");
    return state.start && state.stop && state.describe && state.create && state.remove && state.refer;
}

/* As Microsoft's CTRPP describes a set; PERFLIB places the counters itself. */
static void describe(const hmi_os_counter_set *set, layout *out)
{
    UINT32 i;
    out->set = (PERF_COUNTERSET_INFO){set->id, set->provider, set->count, SET_HAS_INSTANCES};
    for (i = 0; i < set->count; i++)
        out->counters[i] = (PERF_COUNTER_INFO){
            .CounterId = set->counters[i].id,
            .Type = set->counters[i].per_second ? PERF_COUNTER_BULK_COUNT : PERF_COUNTER_LARGE_RAWCOUNT,
            .Attrib = BY_REFERENCE,
            .Size = sizeof(UINT64), /* of the counter, not of this struct as its documentation says */
            .DetailLevel = set->counters[i].advanced ? PERF_DETAIL_ADVANCED : PERF_DETAIL_NOVICE};
}

static UINT32 start_provider(const hmi_os_counter_set *set)
{
    PERF_PROVIDER_CONTEXT context = {.ContextSize = sizeof context, .ControlCallback = notice};
    GUID provider = set->provider;
    layout layout; /* PERFLIB may write to it */
    UINT32 error = state.start(&provider, &context, &state.provider);
    if (error)
        return error;
    describe(set, &layout);
    error = state.describe(state.provider, &layout.set,
                           (ULONG)(sizeof layout.set + set->count * sizeof *layout.counters));
    if (error)
        state.stop(state.provider);
    return error;
}

/* Before the first instance. Nothing says whether PerfStopProvider waits for a call of notice that is running. So once
 * a provider was started this code and PERFLIB's stay loaded: the references on the modules are not given back. */
static UINT32 open_provider(hostmem_os *os, const hmi_os_counter_set *set)
{
    UINT32 error = ERROR_CALL_NOT_IMPLEMENTED;
    if (state.kept)
        return state.first ? 0 : start_provider(set);
    if (find_functions()) {
        void *module = hmi_win32_module_hold(os);
        error = start_provider(set);
        state.kept = !error;
        if (error)
            hmi_win32_module_release(os, module);
    }
    if (error)
        hmi_win32_module_release(os, state.advapi32);
    return error;
}

static void close_provider(void)
{
    if (!state.first)
        state.stop(state.provider);
}

static UINT32 refer(const hmi_os_counter_set *set, PPERF_COUNTERSET_INSTANCE block, UINT64 *values)
{
    UINT32 i, error = 0;
    for (i = 0; i < set->count && !error; i++)
        error = state.refer(state.provider, block, set->counters[i].id, values + i);
    return error;
}

static UINT32 create(const hmi_os_counter_set *set, const WCHAR *name, UINT32 id, UINT64 *values, instance *made)
{
    UINT32 error;
    made->block = state.create(state.provider, &set->id, name, id);
    if (!made->block)
        return hmi_win32_error();
    error = refer(set, made->block, values);
    if (error)
        state.remove(state.provider, made->block);
    return error;
}

static UINT32 add(hostmem_os *os, const hmi_os_counter_set *set, const WCHAR *name, UINT32 id, UINT64 *values,
                  instance *made)
{
    UINT32 error = open_provider(os, set);
    if (error)
        return error;
    error = create(set, name, id, values, made);
    if (error) {
        close_provider();
        return error;
    }
    AcquireSRWLockExclusive(&list);
    made->next = state.first;
    state.first = made;
    ReleaseSRWLockExclusive(&list);
    return 0;
}

UINT32 hmi_win32_counters_add(hostmem_os *os, const hmi_os_counter_set *set, const char *name, UINT32 id, void *values,
                              void (*refresh)(void *context), void *context, void **out)
{
    WCHAR wide[256];
    instance *made;
    UINT32 error;
    if (hmi_win32_process_is_ending(os))
        return ERROR_CALL_NOT_IMPLEMENTED;
    if (!MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, wide, sizeof wide / sizeof *wide))
        return hmi_win32_error();
    made = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *made);
    if (!made)
        return ERROR_NOT_ENOUGH_MEMORY;
    made->refresh = refresh;
    made->context = context;
    AcquireSRWLockExclusive(&changing);
    error = add(os, set, wide, id, values, made);
    ReleaseSRWLockExclusive(&changing);
    if (error)
        HeapFree(GetProcessHeap(), 0, made);
    else
        *out = made;
    return error;
}

/* While the process is ending its other threads have been ended, perhaps with one of the locks, and nobody reads the
 * values any more. */
void hmi_win32_counters_remove(hostmem_os *os, void *removed)
{
    instance *gone = removed, **link = &state.first;
    if (hmi_win32_process_is_ending(os))
        return;
    AcquireSRWLockExclusive(&changing);
    state.remove(state.provider, gone->block);
    AcquireSRWLockExclusive(&list);
    while (*link != gone)
        link = &(*link)->next;
    *link = gone->next;
    ReleaseSRWLockExclusive(&list);
    close_provider();
    ReleaseSRWLockExclusive(&changing);
    HeapFree(GetProcessHeap(), 0, gone);
}
