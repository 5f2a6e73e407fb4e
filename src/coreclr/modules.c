/* A list of patches. No function that takes the loader lock is called while the list's lock is held, since the loader
 * calls with its own lock held. Checked against ARM's memory model: hmi_modules_retry looks at a counter without the
 * lock only to see whether there is anything to do; who misses a change tries at the next call. hmi_modules_forget
 * looks for its module without the lock: a module that is being added is not unloaded by another thread meanwhile. */
#include "coreclr/modules.h"

#include "coreclr/attachment.h"
#include "coreclr/import_patch.h"
#include "coreclr/replacements.h"

typedef struct governed_module {
    HMODULE module;
    bool is_runtime;
    bool waits; /* waits until the loader has bound its imports */
    hmi_import_patch patch;
} governed_module;

static SRWLOCK lock = SRWLOCK_INIT;
static governed_module modules[HMI_MAX_MODULES];
static UINT32 module_count;
static _Atomic UINT32 waiting_count;
static _Atomic UINT32
    governed_count; /* modules that are not waiting, and their changed imports; any thread may read them at any time */
static _Atomic UINT32 changed_count;

/* Those in `modules`, in any order, for threads that unload others: they must not wait for one that changes a table. */
static _Atomic(HMODULE) known[HMI_MAX_MODULES];

/* Exchanges one module for another in `known`; NULL is a free place. */
static void exchange_known(HMODULE from, HMODULE to)
{
    UINT32 i = 0;
    while (i < HMI_MAX_MODULES && atomic_load(&known[i]) != from)
        i++;
    if (i < HMI_MAX_MODULES)
        atomic_store(&known[i], to);
}

static bool is_known(HMODULE module)
{
    UINT32 i;
    for (i = 0; i < HMI_MAX_MODULES; i++) {
        if (atomic_load(&known[i]) == module)
            return true;
    }
    return false;
}

/* The result of a visit to a module's imports. */
typedef struct search {
    hmi_import_patch *patch;
    bool is_runtime;
    bool unbound;
    bool out_of_memory;
} search;

static bool note_import(void *context, const hmi_import *import)
{
    search *found = context;
    const hmi_replacement *by = hmi_replacement_of(import->dll, import->name);
    if (!by || (by->unless & hmi_coreclr_now.flags))
        return true;
    found->unbound = found->unbound || !import->bound;
    found->out_of_memory = !hmi_import_patch_add(found->patch, import->slot,
                                                 (UINT_PTR)(found->is_runtime ? by->imported : by->others), by->turn);
    return !found->out_of_memory;
}

/* Whether an image whose headers can be read is loaded at an address. */
static bool is_image(HMODULE module)
{
    MEMORY_BASIC_INFORMATION is;
    return !((UINT_PTR)module & 0xfff) && VirtualQuery((const void *)module, &is, sizeof is) &&
           is.State == MEM_COMMIT && is.Type == MEM_IMAGE && is.AllocationBase == (void *)module &&
           !(is.Protect & (PAGE_NOACCESS | PAGE_GUARD));
}

/* Adds to the patch what has to be changed. */
static HRESULT find_imports(HMODULE module, bool is_runtime, hmi_import_patch *patch)
{
    search found = {.patch = patch, .is_runtime = is_runtime};
    hmi_imports imports;
    hmi_imports_result result;
    if (!is_image(module) || !hmi_imports_open(&imports, (const void *)module))
        return HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT);
    result = hmi_imports_visit(&imports, note_import, &found);
    if (found.out_of_memory)
        return E_OUTOFMEMORY;
    if (result == HMI_IMPORTS_BROKEN)
        return HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT);
    if (!patch->count)
        return HRESULT_FROM_WIN32(ERROR_PROC_NOT_FOUND);
    return found.unbound ? HRESULT_FROM_WIN32(ERROR_NOT_READY) : S_OK;
}

static HRESULT patch_module(HMODULE module, bool is_runtime, hmi_import_patch *patch)
{
    UINT32 error;
    HRESULT hr;
    hmi_import_patch_init(patch, hmi_os_win32());
    hr = find_imports(module, is_runtime, patch);
    if (hr == S_OK && (error = hmi_import_patch_apply(patch)) != 0)
        hr = error == ERROR_NOT_ENOUGH_MEMORY ? E_OUTOFMEMORY : HRESULT_FROM_WIN32(error);
    if (hr != S_OK)
        hmi_import_patch_destroy(patch);
    else {
        atomic_fetch_add(&governed_count, 1);
        atomic_fetch_add(&changed_count, patch->count);
    }
    return hr;
}

static governed_module *find(HMODULE module)
{
    UINT32 i;
    for (i = 0; i < module_count; i++) {
        if (modules[i].module == module)
            return &modules[i];
    }
    return NULL;
}

static HRESULT add(HMODULE module, bool is_runtime)
{
    governed_module *added = &modules[module_count];
    HRESULT hr;
    if (find(module))
        return S_FALSE;
    if (module_count == HMI_MAX_MODULES)
        return E_OUTOFMEMORY;
    hr = patch_module(module, is_runtime, &added->patch);
    added->module = module;
    added->is_runtime = is_runtime;
    added->waits = hr == HRESULT_FROM_WIN32(ERROR_NOT_READY);
    if (added->waits)
        atomic_fetch_add(&waiting_count, 1);
    if (hr == S_OK || added->waits) {
        module_count++;
        exchange_known(NULL, module);
    }
    return hr;
}

HRESULT hmi_modules_add(HMODULE module, bool is_runtime)
{
    HRESULT hr;
    AcquireSRWLockExclusive(&lock);
    hr = add(module, is_runtime);
    ReleaseSRWLockExclusive(&lock);
    return hr;
}

void hmi_modules_retry(void)
{
    UINT32 i;
    if (!atomic_load_explicit(&waiting_count, memory_order_acquire))
        return;
    AcquireSRWLockExclusive(&lock);
    for (i = 0; i < module_count; i++) {
        if (modules[i].waits && patch_module(modules[i].module, modules[i].is_runtime, &modules[i].patch) == S_OK) {
            modules[i].waits = false;
            atomic_fetch_sub(&waiting_count, 1);
        }
    }
    ReleaseSRWLockExclusive(&lock);
}

static void remove_module(governed_module *gone)
{
    if (gone->waits)
        atomic_fetch_sub(&waiting_count, 1);
    else {
        atomic_fetch_sub(&governed_count, 1);
        atomic_fetch_sub(&changed_count, gone->patch.count);
    }
    hmi_import_patch_destroy(&gone->patch);
    exchange_known(gone->module, NULL);
    *gone = modules[--module_count];
}

void hmi_modules_forget(HMODULE module)
{
    governed_module *gone;
    if (!is_known(module))
        return;
    AcquireSRWLockExclusive(&lock);
    gone = find(module);
    if (gone)
        remove_module(gone);
    ReleaseSRWLockExclusive(&lock);
}

UINT32 hmi_modules_restore(void)
{
    UINT32 error = 0;
    AcquireSRWLockExclusive(&lock);
    while (module_count && !error) {
        governed_module *last = &modules[module_count - 1];
        error = last->waits ? 0 : hmi_import_patch_revert(&last->patch);
        if (!error)
            remove_module(last);
    }
    ReleaseSRWLockExclusive(&lock);
    return error;
}

void hmi_modules_count(UINT32 *governed, UINT32 *imports)
{
    *governed = atomic_load(&governed_count);
    *imports = atomic_load(&changed_count);
}
