/* Starting and ending the runtime. See standin_runtime.h. */
#define COBJMACROS
#include "standin_runtime.h"

#include "standin_calls.h"
#include "standin_stack.h"

#include <string.h>

/* What a node's header points to. */
#define METHOD_TABLE_BYTES ((SIZE_T)192)

/* A CLR asks its host for these too, after the memory manager; a host that only manages memory has none of them. */
static const IID other_managers[] = {
    /* IHostTaskManager */
    {0x997FF24C, 0x43B7, 0x4352, {0x86, 0x67, 0x0D, 0xC0, 0x4F, 0xAF, 0xD3, 0x54}},
    /* IHostSyncManager */
    {0x234330C7, 0x5F10, 0x4F20, {0x96, 0x15, 0x51, 0x22, 0xDA, 0xB7, 0xA0, 0xAC}},
    /* IHostGCManager */
    {0x5D4EC34E, 0xF248, 0x457B, {0xB6, 0x03, 0x25, 0x5F, 0xAA, 0xBA, 0x0D, 0x21}},
    /* IHostAssemblyManager */
    {0x613DABD7, 0x62B2, 0x493E, {0x9E, 0x65, 0xC1, 0xE3, 0x2A, 0x1E, 0x0C, 0x5E}},
};

BOOL standin_runtime_init(standin_runtime *runtime)
{
    memset(runtime, 0, sizeof(*runtime));
    if (!standin_check_init(&runtime->check))
        return FALSE;
    standin_notify_init(&runtime->notify, &runtime->check);
    return TRUE;
}

void standin_runtime_free(standin_runtime *runtime)
{
    standin_check_close(&runtime->check);
}

HRESULT standin_runtime_set_control(standin_runtime *runtime, IHostControl *control)
{
    standin_check *check = &runtime->check;
    void *out;
    HRESULT hr = standin_get_host_manager(check, control, &IID_IHostMemoryManager, &out);

    if (hr == E_NOINTERFACE)
        return S_OK; /* the host manages other things only; then the CLR uses Win32 */
    if (hr != S_OK)
        return hr;
    check->manager = out;
    if (standin_create_malloc(check) != S_OK) {
        IHostMemoryManager_Release(check->manager);
        check->manager = NULL;
        return E_UNEXPECTED;
    }
    standin_register_callback(check, &runtime->notify.ICLRMemoryNotificationCallback_iface);

    for (size_t i = 0; i < sizeof(other_managers) / sizeof(*other_managers); i++)
        if (standin_get_host_manager(check, control, &other_managers[i], &out) == S_OK)
            IUnknown_Release((IUnknown *)out); /* the stand-in does not use it */
    return S_OK;
}

static void free_native(standin_runtime *runtime)
{
    for (int i = 0; i < STANDIN_NATIVE_BLOCKS; i++) {
        standin_free(&runtime->check, runtime->native[i]);
        runtime->native[i] = NULL;
    }
}

/* Handle tables, thread objects, lookup maps. */
static HRESULT alloc_native(standin_runtime *runtime)
{
    for (int i = 0; i < STANDIN_NATIVE_BLOCKS; i++) {
        SIZE_T size = (SIZE_T)32 << i % 8;
        HRESULT hr = standin_alloc(&runtime->check, size, eProcessCritical, NULL, 0, &runtime->native[i]);

        if (hr != S_OK) {
            free_native(runtime);
            return hr;
        }
        memset(runtime->native[i], 0xAB, size);
    }
    return S_OK;
}

/* The loader heap is first: it contains the method table that all nodes point to. */
static HRESULT open_heaps(standin_runtime *runtime)
{
    standin_check *check = &runtime->check;
    void *method_table;
    HRESULT hr = standin_code_open(check, &runtime->loader, eProcessCritical);

    if (hr != S_OK)
        return hr;
    hr = standin_code_reserve(check, &runtime->loader, METHOD_TABLE_BYTES, eProcessCritical, &method_table);
    if (hr == S_OK)
        hr = standin_gc_open(&runtime->gc, check, method_table, eProcessCritical);
    if (hr != S_OK)
        standin_code_close(check, &runtime->loader);
    return hr;
}

static void close_heaps(standin_runtime *runtime)
{
    standin_gc_close(&runtime->gc);
    standin_code_close(&runtime->check, &runtime->loader);
}

HRESULT standin_runtime_start(standin_runtime *runtime)
{
    HRESULT hr;

    if (!runtime->check.manager)
        return E_NOTIMPL; /* a CLR would continue without a host; the stand-in has no use for that */
    standin_stack_query(&runtime->check);
    hr = open_heaps(runtime);
    if (hr != S_OK)
        return hr;
    hr = alloc_native(runtime);
    if (hr == S_OK && !standin_finalizer_start(&runtime->finalizer, &runtime->gc)) {
        free_native(runtime);
        hr = E_OUTOFMEMORY;
    }
    if (hr != S_OK) {
        close_heaps(runtime);
        return hr;
    }
    runtime->notify.gc = &runtime->gc;
    runtime->started = TRUE;
    return S_OK;
}

void standin_runtime_end(standin_runtime *runtime)
{
    standin_check *check = &runtime->check;

    if (runtime->started) {
        void *late;

        standin_stack_query(check);
        if (standin_alloc(check, 100, eProcessCritical, NULL, 0, &late) == S_OK)
            standin_free(check, late);
        runtime->notify.gc = NULL;
        runtime->started = FALSE;
        standin_finalizer_stop(&runtime->finalizer);
        free_native(runtime);
        close_heaps(runtime);
    }
    if (check->malloc)
        IHostMalloc_Release(check->malloc);
    if (check->manager)
        IHostMemoryManager_Release(check->manager);
    check->malloc = NULL;
    check->manager = NULL;
}

void standin_runtime_report(standin_runtime *runtime, standin_report *report)
{
    for (int i = 0; i < STANDIN_METHODS; i++)
        report->calls[i] = runtime->check.calls[i];
    report->refusals = runtime->check.refusals;
    report->collections = runtime->gc.collections;
    report->collections_by_low = runtime->gc.collections_by_low;
    report->collections_by_refusal = runtime->gc.collections_by_refusal;
    report->eager_collections = runtime->gc.eager_collections;
    for (int i = 0; i < 4; i++)
        report->notifications[i] = runtime->notify.received[i];
    report->tasks = runtime->tasks;
    report->tasks_out_of_memory = runtime->tasks_out_of_memory;
    report->violations = runtime->check.violations;
    memcpy(report->violation, runtime->check.text, sizeof(report->violation));
}
