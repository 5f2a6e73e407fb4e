/* IHostMalloc of the mutant manager: a Win32 heap and a set of its live blocks. */
#define CONST_VTABLE
#include "manager.h"

#include <stdint.h>
#include <string.h>

typedef struct heap {
    IHostMalloc IHostMalloc_iface;
    volatile LONG references;
    HANDLE system_heap;
    books blocks;
} heap;

HANDLE first_heap;
static books all_blocks; /* of all heaps, for the mutant that has one set for all */
static CRITICAL_SECTION failure_lock;
static volatile LONG failure_lock_made;

static heap *impl_from_IHostMalloc(IHostMalloc *iface)
{
    return CONTAINING_RECORD(iface, heap, IHostMalloc_iface);
}

static HRESULT STDMETHODCALLTYPE heap_QueryInterface(IHostMalloc *iface, REFIID riid, void **out)
{
    return query_interface((IUnknown *)iface, &IID_IHostMalloc, riid, out);
}

static ULONG STDMETHODCALLTYPE heap_AddRef(IHostMalloc *iface)
{
    return count_up(&impl_from_IHostMalloc(iface)->references);
}

static ULONG STDMETHODCALLTYPE heap_Release(IHostMalloc *iface)
{
    heap *self = impl_from_IHostMalloc(iface);
    ULONG references = count_down(&self->references);
    if (!references) {
        if (!process_ends())
            HeapDestroy(self->system_heap);
        VirtualFree(self, 0, MEM_RELEASE);
    }
    return references;
}

static books *book_of(heap *self)
{
    return chosen == ONE_BOOK_FOR_ALL_HEAPS ? &all_blocks : &self->blocks;
}

static SIZE_T mutate_size(SIZE_T size)
{
    switch (chosen) {
    case SHORT_BLOCKS:
        return size / 2;
    case SIZE_OVERFLOWS:
        return size + 100;
    case MISALIGNED_BLOCKS:
        return size + 4;
    default:
        return size;
    }
}

static void *take(heap *self, SIZE_T size)
{
    char *block;
    if (process_ends()) /* whatever state the heap is in */
        return VirtualAlloc(NULL, size ? size : 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (size > SIZE_MAX / 2 && chosen != SIZE_OVERFLOWS)
        return NULL;
    block = HeapAlloc(self->system_heap, 0, mutate_size(size));
    if (block && chosen == MISALIGNED_BLOCKS)
        block += 4;
    if (block && !books_add(book_of(self), block)) {
        HeapFree(self->system_heap, 0, block);
        block = NULL;
    }
    return block;
}

/* The mutant's lock is taken by every Alloc, and not released by one that fails. */
static void lock_alloc(void)
{
    if (chosen != LOCK_KEPT_BY_FAILED_ALLOC)
        return;
    if (!InterlockedExchange(&failure_lock_made, 1))
        InitializeCriticalSection(&failure_lock);
    EnterCriticalSection(&failure_lock);
}

static void unlock_alloc(void)
{
    if (chosen == LOCK_KEPT_BY_FAILED_ALLOC)
        LeaveCriticalSection(&failure_lock);
}

static HRESULT alloc(heap *self, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    DWORD last_error = GetLastError();
    void *block;
    if (!out)
        return fail(ERROR_NOACCESS, E_POINTER);
    if (chosen != OUT_LEFT_ON_FAILURE)
        *out = NULL;
    if (is_barred(level))
        return fail(ERROR_NOT_ENOUGH_MEMORY, HOST_E_CLRNOTAVAILABLE);
    if (!size && chosen == ALLOC_ZERO_IS_NULL)
        return S_OK;
    block = take(self, size);
    if (!block && chosen == PPMEM_TESTED_FOR_ITS_CONTENT)
        return out ? S_OK : E_OUTOFMEMORY;
    if (!block)
        return refuse(ERROR_NOT_ENOUGH_MEMORY, level);
    *out = block;
    return succeed(last_error);
}

static HRESULT STDMETHODCALLTYPE heap_Alloc(IHostMalloc *iface, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    HRESULT hr;
    enter();
    lock_alloc();
    hr = alloc(impl_from_IHostMalloc(iface), size, level, out);
    if (hr == S_OK)
        unlock_alloc();
    leave();
    return hr;
}

static HRESULT STDMETHODCALLTYPE heap_DebugAlloc(IHostMalloc *iface, SIZE_T size, EMemoryCriticalLevel level,
                                                 char *file, int line, void **out)
{
    (void)file;
    (void)line;
    if (chosen == DEBUG_ALLOC_MISSING) {
        *out = NULL;
        return E_NOTIMPL;
    }
    return heap_Alloc(iface, size, level, out);
}

/* Whether the block belongs to the heap, according to the mutant. */
static BOOL take_out(heap *self, void *block)
{
    switch (chosen) {
    case FOREIGN_BLOCKS_FREED:
        return TRUE;
    case DOUBLE_FREE_ACCEPTED:
        return books_have(book_of(self), block);
    default:
        return books_remove(book_of(self), block);
    }
}

static HRESULT give(heap *self, void *block)
{
    DWORD last_error = GetLastError();
    if (!block)
        return chosen == FREE_NULL_REFUSED ? fail(ERROR_INVALID_ADDRESS, HOST_E_INVALIDOPERATION) : S_OK;
    if (chosen == FREE_ROUNDS_DOWN)
        block = (void *)((UINT_PTR)block & ~(UINT_PTR)(MEMORY_ALLOCATION_ALIGNMENT - 1));
    if (!take_out(self, block))
        return fail(ERROR_INVALID_ADDRESS, HOST_E_INVALIDOPERATION);
    if (!process_ends())
        HeapFree(self->system_heap, 0, chosen == MISALIGNED_BLOCKS ? (char *)block - 4 : block);
    return succeed(last_error);
}

static HRESULT STDMETHODCALLTYPE heap_Free(IHostMalloc *iface, void *block)
{
    HRESULT hr;
    enter();
    hr = give(impl_from_IHostMalloc(iface), block);
    leave();
    return hr;
}

/* STDMETHODCALLTYPE is missing, which a cast hides from the compiler. */
static HRESULT __cdecl heap_Free_cdecl(IHostMalloc *iface, void *block)
{
    return heap_Free(iface, block);
}

static const IHostMallocVtbl heap_vtbl = {
    .QueryInterface = heap_QueryInterface,
    .AddRef = heap_AddRef,
    .Release = heap_Release,
    .Alloc = heap_Alloc,
    .DebugAlloc = heap_DebugAlloc,
    .Free = heap_Free,
};

HRESULT heap_create(DWORD type, IHostMalloc **out)
{
    static IHostMallocVtbl mutated;
    heap *self = VirtualAlloc(NULL, sizeof *self, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    DWORD flags = (type & MALLOC_THREADSAFE) && chosen != NOT_SERIALIZED ? 0u : (DWORD)HEAP_NO_SERIALIZE;
    HRESULT(__cdecl * wrong)(IHostMalloc *, void *) = heap_Free_cdecl;
    if (!self)
        return refuse(ERROR_NOT_ENOUGH_MEMORY, eTaskCritical);
    if ((type & MALLOC_EXECUTABLE) && chosen != EXECUTABLE_IGNORED)
        flags |= HEAP_CREATE_ENABLE_EXECUTE;
    self->IHostMalloc_iface.lpVtbl = &heap_vtbl;
    if (chosen == CDECL_HEAP_METHOD) {
        mutated = heap_vtbl;
        memcpy((void *)&mutated.Free, &wrong, sizeof wrong);
        self->IHostMalloc_iface.lpVtbl = &mutated;
    }
    self->references = chosen == HEAP_BORN_WITHOUT_REFERENCE ? 0 : 1;
    self->system_heap = HeapCreate(flags, 0, 0);
    if (!first_heap)
        first_heap = self->system_heap;
    *out = &self->IHostMalloc_iface;
    return S_OK;
}
