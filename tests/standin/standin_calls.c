/* The checked calls, in the order of the interfaces' methods. See standin_calls.h. */
#define COBJMACROS
#include "standin_calls.h"

#include <string.h>

/* MEMORY_ALLOCATION_ALIGNMENT, which a heap guarantees. */
#define BLOCK_ALIGNMENT (2 * sizeof(void *))

/* No call writes this by chance: it is not a percentage, a protection or a structure's size. */
#define POISON_WORD 0xBAD0BAD1u

static char *round_down(void *address, SIZE_T unit)
{
    return (char *)((UINT_PTR)address & ~(UINT_PTR)(unit - 1));
}

HRESULT standin_get_host_manager(standin_check *check, IHostControl *control, REFIID iid, void **out)
{
    HRESULT hr;

    *out = STANDIN_POISON;
    standin_check_begin(check, STANDIN_GET_HOST_MANAGER);
    hr = IHostControl_GetHostManager(control, iid, out);
    hr = standin_check_end(check, STANDIN_GET_HOST_MANAGER, hr);
    hr = standin_check_out(check, STANDIN_GET_HOST_MANAGER, hr, *out);
    if (hr != S_OK)
        *out = NULL;
    return hr;
}

HRESULT standin_create_malloc(standin_check *check)
{
    void *out = STANDIN_POISON;
    HRESULT hr;

    standin_check_begin(check, STANDIN_CREATE_MALLOC);
    hr = IHostMemoryManager_CreateMalloc(check->manager, MALLOC_THREADSAFE, (IHostMalloc **)&out);
    hr = standin_check_end(check, STANDIN_CREATE_MALLOC, hr);
    hr = standin_check_out(check, STANDIN_CREATE_MALLOC, hr, out);
    check->malloc = hr == S_OK ? out : NULL;
    return hr;
}

void standin_register_callback(standin_check *check, ICLRMemoryNotificationCallback *callback)
{
    HRESULT hr;

    standin_check_begin(check, STANDIN_REGISTER_CALLBACK);
    hr = IHostMemoryManager_RegisterMemoryNotificationCallback(check->manager, callback);
    standin_check_end(check, STANDIN_REGISTER_CALLBACK, hr);
}

/* The address that Win32 gives a request, or NULL where it may choose. */
static char *expected_address(const standin_check *check, void *address, DWORD type)
{
    return round_down(address, type & MEM_RESERVE ? check->granularity : check->page_size);
}

HRESULT standin_virtual_alloc(standin_check *check, void *address, SIZE_T size, DWORD type, DWORD protect,
                              EMemoryCriticalLevel level, void **out)
{
    const standin_method method = STANDIN_VIRTUAL_ALLOC;
    char *expected = expected_address(check, address, type);
    SIZE_T whole = size + (SIZE_T)((char *)address - expected);
    HRESULT hr;

    *out = STANDIN_POISON;
    standin_check_begin(check, method);
    hr = IHostMemoryManager_VirtualAlloc(check->manager, address, size, type, protect, level, out);
    hr = standin_check_end(check, method, hr);
    hr = standin_check_out(check, method, hr, *out);
    if (hr != S_OK) {
        *out = NULL;
        return hr;
    }
    if (expected ? *out != expected : round_down(*out, check->granularity) != *out) {
        standin_violation(check, method, "returned %p for a request at %p", *out, address);
        *out = NULL;
        return E_UNEXPECTED;
    }
    if ((type & (MEM_RESERVE | MEM_COMMIT)) &&
        !standin_check_pages(check, method, *out, whole, type & MEM_COMMIT ? MEM_COMMIT : MEM_RESERVE, protect)) {
        *out = NULL;
        return E_UNEXPECTED;
    }
    if ((type & MEM_COMMIT) && ((type & MEM_RESERVE) || !address))
        standin_check_zero(check, method, *out, whole);
    return S_OK;
}

void standin_virtual_free(standin_check *check, void *address, SIZE_T size, DWORD type)
{
    const standin_method method = STANDIN_VIRTUAL_FREE;
    HRESULT hr;

    standin_check_begin(check, method);
    hr = IHostMemoryManager_VirtualFree(check->manager, address, size, type);
    hr = standin_check_end(check, method, hr);
    if (hr != S_OK)
        standin_violation(check, method, "did not free its own memory at %p: 0x%08lX", address, (unsigned long)hr);
    else if (type == MEM_DECOMMIT && size)
        standin_check_pages(check, method, address, size, MEM_RESERVE, 0);
}

HRESULT standin_virtual_query(standin_check *check, void *address, MEMORY_BASIC_INFORMATION *info)
{
    const standin_method method = STANDIN_VIRTUAL_QUERY;
    SIZE_T written = POISON_WORD;
    HRESULT hr;

    memset(info, 0xBD, sizeof(*info));
    standin_check_begin(check, method);
    hr = IHostMemoryManager_VirtualQuery(check->manager, address, info, sizeof(*info), &written);
    hr = standin_check_end(check, method, hr);
    if (written == POISON_WORD)
        standin_violation(check, method, "left its out parameter unwritten, returning 0x%08lX", (unsigned long)hr);
    else if (hr == S_OK && written != sizeof(*info))
        standin_violation(check, method, "says it wrote %lu bytes", (unsigned long)written);
    else if (hr == S_OK && info->BaseAddress != round_down(address, check->page_size))
        standin_violation(check, method, "describes %p when asked for %p", info->BaseAddress, address);
    else
        return hr;
    return E_UNEXPECTED;
}

HRESULT standin_virtual_protect(standin_check *check, void *address, SIZE_T size, DWORD protect, DWORD *old)
{
    const standin_method method = STANDIN_VIRTUAL_PROTECT;
    MEMORY_BASIC_INFORMATION info;
    HRESULT hr;

    *old = POISON_WORD;
    standin_check_begin(check, method);
    hr = IHostMemoryManager_VirtualProtect(check->manager, address, size, protect, old);
    hr = standin_check_end(check, method, hr);
    if (*old == POISON_WORD)
        standin_violation(check, method, "left its out parameter unwritten, returning 0x%08lX", (unsigned long)hr);
    /* Windows shows pages of an image as copy-on-write where possible. */
    if (hr == S_OK && VirtualQuery(address, &info, sizeof(info)) && info.Type == MEM_PRIVATE && info.Protect != protect)
        standin_violation(check, method, "protection of %p is 0x%lX, not 0x%lX", address, info.Protect, protect);
    return hr;
}

DWORD standin_memory_load(standin_check *check)
{
    const standin_method method = STANDIN_GET_MEMORY_LOAD;
    DWORD load = POISON_WORD;
    SIZE_T available = POISON_WORD;
    HRESULT hr;

    standin_check_begin(check, method);
    hr = IHostMemoryManager_GetMemoryLoad(check->manager, &load, &available);
    hr = standin_check_end(check, method, hr);
    if (load == POISON_WORD || available == POISON_WORD)
        standin_violation(check, method, "left an out parameter unwritten, returning 0x%08lX", (unsigned long)hr);
    else if (hr == S_OK && load > 100)
        standin_violation(check, method, "says %lu percent", load);
    return hr == S_OK && load <= 100 ? load : 0;
}

BOOL standin_needs_address_space(standin_check *check, void *address, SIZE_T size)
{
    HRESULT hr;

    standin_check_begin(check, STANDIN_NEEDS_ADDRESS_SPACE);
    hr = IHostMemoryManager_NeedsVirtualAddressSpace(check->manager, address, size);
    return SUCCEEDED(standin_check_end(check, STANDIN_NEEDS_ADDRESS_SPACE, hr));
}

void standin_acquired_address_space(standin_check *check, void *address, SIZE_T size)
{
    HRESULT hr;

    standin_check_begin(check, STANDIN_ACQUIRED_ADDRESS_SPACE);
    hr = IHostMemoryManager_AcquiredVirtualAddressSpace(check->manager, address, size);
    standin_check_end(check, STANDIN_ACQUIRED_ADDRESS_SPACE, hr);
}

void standin_released_address_space(standin_check *check, void *address)
{
    HRESULT hr;

    standin_check_begin(check, STANDIN_RELEASED_ADDRESS_SPACE);
    hr = IHostMemoryManager_ReleasedVirtualAddressSpace(check->manager, address);
    standin_check_end(check, STANDIN_RELEASED_ADDRESS_SPACE, hr);
}

HRESULT standin_alloc(standin_check *check, SIZE_T size, EMemoryCriticalLevel level, char *file, int line, void **out)
{
    const standin_method method = file ? STANDIN_DEBUG_ALLOC : STANDIN_ALLOC;
    HRESULT hr;

    *out = STANDIN_POISON;
    standin_check_begin(check, method);
    hr = file ? IHostMalloc_DebugAlloc(check->malloc, size, level, file, line, out)
              : IHostMalloc_Alloc(check->malloc, size, level, out);
    hr = standin_check_end(check, method, hr);
    hr = standin_check_out(check, method, hr, *out);
    if (hr == S_OK && (UINT_PTR)*out % BLOCK_ALIGNMENT)
        standin_violation(check, method, "block %p is not aligned to %lu", *out, (unsigned long)BLOCK_ALIGNMENT);
    if (hr != S_OK)
        *out = NULL;
    return hr;
}

void standin_free(standin_check *check, void *block)
{
    HRESULT hr;

    standin_check_begin(check, STANDIN_FREE);
    hr = IHostMalloc_Free(check->malloc, block);
    hr = standin_check_end(check, STANDIN_FREE, hr);
    if (hr != S_OK)
        standin_violation(check, STANDIN_FREE, "did not free its own block %p: 0x%08lX", block, (unsigned long)hr);
}
