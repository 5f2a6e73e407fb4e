/* The public functions of coreclr.h: they check arguments, and make and end the attachment. If a step of making it
 * fails, the steps before it are undone in the opposite order. */
#define COBJMACROS
#include <hostmem/coreclr.h>

#include <stddef.h>

#include "base/sized.h"
#include "coreclr/attachment.h"
#include "coreclr/imports.h"
#include "coreclr/late_functions.h"
#include "coreclr/limit_functions.h"
#include "coreclr/module_names.h"
#include "coreclr/module_watch.h"
#include "coreclr/modules.h"
#include "coreclr/replacements.h"

#define KNOWN_FLAGS                                                                  \
    (HOSTMEM_CORECLR_PINVOKES | HOSTMEM_CORECLR_NO_BLOCKS | HOSTMEM_CORECLR_NO_JOB | \
     HOSTMEM_CORECLR_NO_MEMORY_STATUS | HOSTMEM_CORECLR_NO_NOTIFICATION | HOSTMEM_CORECLR_COMPRESSION)

/* The sizes of the structs in the first version; smaller sizes are errors. */
#define FIRST_CONFIG_SIZE (offsetof(hostmem_coreclr_config, manager) + sizeof(IHostMemoryManager *))
#define FIRST_STATUS_SIZE (offsetof(hostmem_coreclr_status, told_limit_bytes) + sizeof(UINT64))

/* Guarded by setup, which is held while attaching, watching and detaching. */
static SRWLOCK setup = SRWLOCK_INIT;
static hostmem *instance; /* the instance that the attachment was made for; it may have been released */
static HMODULE library;   /* a reference on the module that contains this code */
static HMODULE crt;       /* a reference on ucrtbase.dll */
static bool is_watched;   /* whether hostmem_coreclr_watch was called */

/* Also read by threads that load modules. */
static hmi_module_names names;
static _Atomic HRESULT watch_error;

static void module_loaded(HMODULE module, const WCHAR *name, SIZE_T letters)
{
    HRESULT hr;
    hmi_modules_retry();
    if (!hmi_module_names_have(&names, name, letters))
        return;
    hr = hmi_modules_add(module, hmi_module_names_is_runtime(name, letters));
    if (FAILED(hr) && hr != HRESULT_FROM_WIN32(ERROR_NOT_READY))
        atomic_store(&watch_error, hr);
}

static void module_unloaded(HMODULE module)
{
    hmi_modules_forget(module);
}

/* ---- Configurations ---- */

/* Copies the fields that the caller's version has over a zeroed configuration. */
static HRESULT copy_config(hostmem_coreclr_config *complete, const hostmem_coreclr_config *config)
{
    const unsigned char *bytes = (const unsigned char *)config;
    UINT32 at;
    if (config->size < FIRST_CONFIG_SIZE)
        return HRESULT_FROM_WIN32(ERROR_BAD_LENGTH);
    for (at = sizeof *complete; at < config->size; at++) {
        if (bytes[at])
            return HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED);
    }
    memcpy(complete, config, config->size < sizeof *complete ? config->size : sizeof *complete);
    return S_OK;
}

static HRESULT check_config(const hostmem_coreclr_config *config)
{
    unsigned kind;
    if (config->flags & ~(UINT32)KNOWN_FLAGS)
        return HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS);
    for (kind = 0; kind < HOSTMEM_CORECLR_KINDS; kind++) {
        if (config->levels[kind] > HOSTMEM_CORECLR_LEVEL_PROCESS)
            return E_INVALIDARG;
    }
    if (config->module_count > HOSTMEM_CORECLR_MAX_MODULES || config->reserved_word ||
        (config->module_count && !config->modules))
        return E_INVALIDARG;
    return S_OK;
}

static HRESULT complete_config(const hostmem_coreclr_config *config, hostmem_coreclr_config *complete)
{
    HRESULT hr = S_OK;
    *complete = (hostmem_coreclr_config){.size = sizeof *complete};
    if (config)
        hr = copy_config(complete, config);
    return FAILED(hr) ? hr : check_config(complete);
}

static EMemoryCriticalLevel level_of(UINT32 configured, unsigned kind)
{
    static const EMemoryCriticalLevel defaults[HOSTMEM_CORECLR_KINDS] = {eTaskCritical, eProcessCritical,
                                                                         eProcessCritical, eTaskCritical};
    return configured ? (EMemoryCriticalLevel)(configured - HOSTMEM_CORECLR_LEVEL_TASK) : defaults[kind];
}

/* ---- Making and ending the attachment ---- */

static void find_crt_functions(hmi_coreclr_crt *functions)
{
    void (**const each)(void) = (void (**)(void))functions;
    /* In the order of hmi_coreclr_crt. */
    static const char *const names_of[] = {"malloc",
                                           "calloc",
                                           "realloc",
                                           "_recalloc",
                                           "_expand",
                                           "free",
                                           "_msize",
                                           "_aligned_offset_malloc",
                                           "_aligned_offset_realloc",
                                           "_aligned_offset_recalloc",
                                           "_aligned_free",
                                           "_aligned_msize",
                                           "_errno",
                                           "_query_new_mode",
                                           "_callnewh"};
    size_t i;
    for (i = 0; i < sizeof names_of / sizeof *names_of; i++)
        each[i] = crt ? (void (*)(void))GetProcAddress(crt, names_of[i]) : NULL;
}

static void take_references(void)
{
    if (!library)
        GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (const WCHAR *)(const void *)&names, &library);
    if (!crt)
        crt = LoadLibraryW(L"ucrtbase.dll");
}

static void deactivate(void)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    hmi_limit_detach();
    atomic_store(&now->active, false);
    hmi_blocks_destroy(&now->blocks);
    hmi_blocks_destroy(&now->library_blocks);
    hmi_blocks_destroy(&now->invoked_blocks);
    hmi_atomic_bitmap_destroy(&now->views);
    if (now->nodes)
        IUnknown_Release((IUnknown *)now->nodes);
    if (now->core)
        hmi_core_release(now->core);
    if (now->manager)
        IHostMemoryManager_Release(now->manager);
    now->nodes = NULL;
    now->core = NULL;
    now->manager = NULL;
    instance = NULL;
    is_watched = false;
    /* Kept if managed code has looked up a function: it may call it as long as the process lives. */
    if (library && !atomic_load(&now->invoked)) {
        FreeLibrary(library);
        library = NULL;
    }
}

/* Creates the heaps of all callers that there may be. */
static HRESULT create_blocks(const hostmem_coreclr_config *config)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    const struct {
        hmi_blocks *blocks;
        bool wanted;
        UINT32 kind;
    } all[] = {
        {&now->blocks, true, HOSTMEM_KIND_BLOCKS},
        {&now->library_blocks, (config->flags & HOSTMEM_CORECLR_COMPRESSION) || config->module_count,
         HOSTMEM_KIND_LIBRARIES},
        {&now->invoked_blocks, (config->flags & HOSTMEM_CORECLR_PINVOKES) != 0, HOSTMEM_KIND_INVOKED},
    };
    HRESULT hr = S_OK;
    unsigned i;
    for (i = 0; SUCCEEDED(hr) && i < sizeof all / sizeof *all; i++) {
        if (!all[i].wanted)
            continue;
        hr = hmi_blocks_init(all[i].blocks, hmi_os_win32(), now->manager, MALLOC_THREADSAFE);
        if (SUCCEEDED(hr))
            hmi_blocks_set_kind(all[i].blocks, all[i].kind);
    }
    return hr;
}

/* Fills in the attachment. No replacing function is called before an import table leads to it. */
static HRESULT activate(hostmem *memory, const hostmem_coreclr_config *config)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    void *nodes = NULL;
    unsigned kind;
    HRESULT hr = S_OK;
    now->flags = config->flags;
    for (kind = 0; kind < HOSTMEM_CORECLR_KINDS; kind++)
        now->levels[kind] = level_of(config->levels[kind], kind);
    now->levels[HMI_LIBRARY_PAGES] = now->levels[HOSTMEM_CORECLR_RUNTIME];
    now->levels[HMI_LIBRARY_BLOCKS] = now->levels[HOSTMEM_CORECLR_BLOCKS];
    now->process_heap = GetProcessHeap();
    now->objects = (hmi_object_ranges){0};
    now->taken = now->foreign_blocks = now->foreign_pages = now->told_limit_bytes = 0;
    atomic_store(&watch_error, S_OK);
    take_references();
    find_crt_functions(&now->crt);
    hmi_late_find();
    if (memory) {
        now->core = hmi_core_of(memory);
        hmi_core_add_ref(now->core);
    }
    if (config->manager) {
        now->manager = config->manager;
        IHostMemoryManager_AddRef(now->manager);
    } else
        hostmem_get_manager(memory, &now->manager);
    if (IHostMemoryManager_QueryInterface(now->manager, &hmi_iid_node_manager, &nodes) == S_OK)
        now->nodes = nodes;
    if ((now->core && hmi_kinds_prepare(&now->core->kinds, now->core->os)) ||
        hmi_atomic_bitmap_init(&now->views, hmi_os_win32(), HMI_CORECLR_GRANULARITY))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr) && !(config->flags & HOSTMEM_CORECLR_NO_BLOCKS))
        hr = create_blocks(config);
    instance = memory;
    if (FAILED(hr)) {
        deactivate();
    } else {
        atomic_store(&now->active, true);
        FlushProcessWriteBuffers(); /* see attachment.h */
    }
    return hr;
}

/* The result of the visit below; guarded by setup. */
static HRESULT visit_result;

static void add_loaded_module(HMODULE module, const WCHAR *name, SIZE_T letters)
{
    if (SUCCEEDED(visit_result) && hmi_module_names_have(&names, name, letters))
        visit_result = hmi_modules_add(module, hmi_module_names_is_runtime(name, letters));
}

/* Governs the modules with names from the list that are loaded already. */
static HRESULT add_loaded_modules(void)
{
    UINT32 error;
    visit_result = S_OK;
    error = hmi_module_watch_visit(add_loaded_module);
    if (error)
        return HRESULT_FROM_WIN32(error);
    return FAILED(visit_result) ? visit_result : S_OK;
}

/* Makes an attachment. Precondition: there is none. module: NULL: none. */
static HRESULT create(hostmem *memory, HMODULE module, bool is_runtime, const hostmem_coreclr_config *config)
{
    UINT32 error;
    HRESULT hr = activate(memory, config);
    if (FAILED(hr))
        return hr;
    if (module)
        hr = hmi_modules_add(module, is_runtime);
    if (SUCCEEDED(hr) && (error = hmi_module_watch_start(module_loaded, module_unloaded)) != 0)
        hr = HRESULT_FROM_WIN32(error);
    if (SUCCEEDED(hr))
        hr = add_loaded_modules();
    if (FAILED(hr)) {
        hmi_module_watch_stop();
        hmi_modules_restore();
        deactivate();
    }
    return hr;
}

/* Whether there is an attachment. If so, *hr tells whether the arguments fit it. */
static bool is_attached(hostmem *memory, const hostmem_coreclr_config *config, HRESULT *hr)
{
    if (!hmi_coreclr_is_active())
        return false;
    *hr = config || memory != instance ? HRESULT_FROM_WIN32(ERROR_BUSY) : S_OK;
    return true;
}

static HRESULT check_arguments(hostmem *memory, const hostmem_coreclr_config *config, hostmem_coreclr_config *complete)
{
    HRESULT hr = complete_config(config, complete);
    if (FAILED(hr))
        return hr;
    return memory || complete->manager || hmi_coreclr_is_active() ? S_OK : E_POINTER;
}

/* ---- Public functions ---- */

/* Whether a module may be governed, by its exports or its name. is_runtime: receives whether it is the runtime's. */
static HRESULT check_module(HMODULE module, bool *is_runtime)
{
    WCHAR path[1024];
    DWORD length;
    MEMORY_BASIC_INFORMATION is;
    hmi_imports imports;
    if (((UINT_PTR)module & 0xfff) || !VirtualQuery((const void *)module, &is, sizeof is) || is.Type != MEM_IMAGE ||
        is.AllocationBase != (void *)module || !hmi_imports_open(&imports, (const void *)module))
        return HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT);
    *is_runtime = hmi_imports_exports(&imports, "coreclr_initialize");
    if (*is_runtime)
        return S_OK;
    length = GetModuleFileNameW(module, path, sizeof path / sizeof *path);
    if (length && length < sizeof path / sizeof *path) {
        DWORD start = length;
        while (start && path[start - 1] != L'\\' && path[start - 1] != L'/')
            start--;
        *is_runtime = hmi_module_names_is_runtime(path + start, length - start);
        if (hmi_module_names_have(&names, path + start, length - start))
            return S_OK;
    }
    return HRESULT_FROM_WIN32(ERROR_INVALID_MODULETYPE);
}

static HRESULT attach(hostmem *memory, HMODULE module, const hostmem_coreclr_config *config)
{
    hostmem_coreclr_config complete;
    bool is_runtime;
    HRESULT hr = check_arguments(memory, config, &complete);
    if (FAILED(hr) || (is_attached(memory, config, &hr) && FAILED(hr)))
        return hr;
    if (!hmi_coreclr_is_active() && !hmi_module_names_init(&names, &complete))
        return E_INVALIDARG;
    hr = check_module(module, &is_runtime);
    if (FAILED(hr))
        return hr;
    return hmi_coreclr_is_active() ? hmi_modules_add(module, is_runtime)
                                   : create(memory, module, is_runtime, &complete);
}

HRESULT hostmem_coreclr_attach(hostmem *memory, HMODULE module, const hostmem_coreclr_config *config)
{
    HRESULT hr;
    if (!module)
        return E_POINTER;
    AcquireSRWLockExclusive(&setup);
    hr = attach(memory, module, config);
    ReleaseSRWLockExclusive(&setup);
    return hr;
}

static HRESULT watch(hostmem *memory, const hostmem_coreclr_config *config)
{
    hostmem_coreclr_config complete;
    HRESULT hr = check_arguments(memory, config, &complete);
    if (FAILED(hr))
        return hr;
    if (is_attached(memory, config, &hr))
        return SUCCEEDED(hr) && is_watched ? S_FALSE : hr;
    if (!hmi_module_names_init(&names, &complete))
        return E_INVALIDARG;
    return create(memory, NULL, false, &complete);
}

HRESULT hostmem_coreclr_watch(hostmem *memory, const hostmem_coreclr_config *config)
{
    HRESULT hr;
    AcquireSRWLockExclusive(&setup);
    hr = watch(memory, config);
    is_watched = is_watched || hr == S_OK;
    ReleaseSRWLockExclusive(&setup);
    return hr;
}

static HRESULT detach(void)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    UINT32 error;
    if (!hmi_coreclr_is_active())
        return S_FALSE;
    if (atomic_load(&now->taken) || hmi_private_heaps_any(&now->private_heaps) || hmi_blocks_any(&now->blocks) ||
        hmi_blocks_any(&now->library_blocks) || hmi_blocks_any(&now->invoked_blocks))
        return HRESULT_FROM_WIN32(ERROR_BUSY);
    hmi_module_watch_stop();
    error = hmi_modules_restore();
    if (error) {
        hmi_module_watch_start(module_loaded, module_unloaded);
        return HRESULT_FROM_WIN32(error);
    }
    deactivate();
    return S_OK;
}

HRESULT hostmem_coreclr_detach(void)
{
    HRESULT hr;
    AcquireSRWLockExclusive(&setup);
    hr = detach();
    ReleaseSRWLockExclusive(&setup);
    return hr;
}

HRESULT hostmem_coreclr_get_status(hostmem_coreclr_status *status)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    hostmem_coreclr_status is = {0};
    if (!status)
        return E_POINTER;
    if (status->size < FIRST_STATUS_SIZE)
        return E_INVALIDARG;
    if (hmi_coreclr_is_active()) {
        is.attached = 1;
        hmi_modules_count(&is.modules, &is.imports);
        is.watch_error = atomic_load(&watch_error);
        is.invoked = atomic_load(&now->invoked);
        is.foreign_blocks = atomic_load(&now->foreign_blocks);
        is.foreign_pages = atomic_load(&now->foreign_pages);
        is.object_bytes = hmi_object_ranges_bytes(&now->objects);
        is.told_limit_bytes = atomic_load(&now->told_limit_bytes);
    }
    hmi_sized_write(status, &is, sizeof is);
    return S_OK;
}

FARPROC hostmem_coreclr_get_function(const char *name)
{
    const hmi_replacement *found = name ? hmi_replacement_named(name) : NULL;
    return found ? found->imported : NULL;
}
