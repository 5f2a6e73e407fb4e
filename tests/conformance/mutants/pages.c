/* VirtualAlloc and VirtualFree of the mutant manager: Win32's, and a record of the reservations. Mutants change the
 * request before the call, the result after it, or the record. */
#include "manager.h"

#include <string.h>

static books reservations;

#define PAGE_MASK ((SIZE_T)4095)

static void *allocation_of(const void *address)
{
    MEMORY_BASIC_INFORMATION region;
    if (!VirtualQuery(address, &region, sizeof region) || region.State == MEM_FREE)
        return NULL;
    return region.AllocationBase;
}

BOOL pages_are_own(const void *address)
{
    return books_have(&reservations, allocation_of(address));
}

static DWORD without_execution(DWORD protect)
{
    return protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE) ? PAGE_READWRITE : protect;
}

/* Mutants that change a request before the system gets it. FALSE: it is refused. */
static BOOL mutate_request(void **address, SIZE_T *size, DWORD *type, DWORD *protect)
{
    switch (chosen) {
    case COMMIT_NEEDS_RESERVE:
        return *address || (*type & MEM_RESERVE);
    case TOP_DOWN_REFUSED:
        return !(*type & MEM_TOP_DOWN);
    case RESET_REFUSED:
        return !(*type & MEM_RESET);
    case SIZES_ROUNDED_DOWN:
        *size = *size > PAGE_MASK ? *size & ~PAGE_MASK : *size;
        break;
    case PROTECTION_FIXED:
        *protect = PAGE_READWRITE;
        break;
    case EXECUTE_DROPPED:
        *protect = without_execution(*protect);
        break;
    case SIZE_IN_32_BITS:
        *size = (DWORD)*size;
        break;
    case WRITE_WATCH_DROPPED:
        *type &= ~(DWORD)MEM_WRITE_WATCH;
        break;
    case SUBALLOCATED:
        *size += *type & MEM_RESERVE ? 65536 : 0;
        break;
    case RESERVE_AND_COMMIT_BOTH_CHARGED:
        return !(*type & (MEM_RESERVE | MEM_COMMIT)) || charge(*size);
    case RECOMMIT_CHARGED:
        return !(*type & MEM_COMMIT) || charge(*size);
    default:
        break;
    }
    return TRUE;
}

/* Mutants that change its result. */
static void *mutate_answer(void *memory, void *address, SIZE_T size, DWORD type, DWORD protect)
{
    switch (chosen) {
    case DIRTY_MEMORY:
        if ((type & MEM_COMMIT) && !address && protect == PAGE_READWRITE)
            memset(memory, 0xcd, size);
        break;
    case RECOMMIT_CLEARS:
        if ((type & MEM_COMMIT) && protect == PAGE_READWRITE)
            memset(memory, 0, size);
        break;
    case RESET_DECOMMITS:
        if (type & MEM_RESET)
            VirtualFree(address, size, MEM_DECOMMIT);
        break;
    case ADDRESS_AS_PASSED:
        return address ? address : memory;
    case SUBALLOCATED:
        return type & MEM_RESERVE ? (char *)memory + 65536 : memory;
    default:
        break;
    }
    return memory;
}

static void record(void *memory)
{
    unsigned i;
    if (chosen != LOCK_GUARDS_NOTHING) {
        books_add(&reservations, memory);
        return;
    }
    for (i = 0; i < 64; i++) { /* a free slot, which another thread may have taken before it is written */
        if (!reservations.slots[i]) {
            Sleep(1);
            reservations.slots[i] = memory;
            Sleep(1); /* on one processor, the others would write only after this thread has released its memory */
            return;
        }
    }
}

HRESULT pages_alloc(void *address, SIZE_T size, DWORD type, DWORD protect, EMemoryCriticalLevel level, void **out)
{
    DWORD last_error = GetLastError();
    void *memory;
    if (is_barred(level))
        return fail(ERROR_NOT_ENOUGH_MEMORY, HOST_E_CLRNOTAVAILABLE);
    if (!mutate_request(&address, &size, &type, &protect))
        return refuse(ERROR_NOT_ENOUGH_MEMORY, level);
    memory = VirtualAlloc(address, size, type, protect);
    if (!memory && chosen == HINT_TAKEN_FOR_A_WISH && (type & MEM_RESERVE))
        memory = VirtualAlloc(NULL, size, type, protect);
    if (!memory && chosen == OK_AFTER_FAILED_ALLOC)
        return S_OK;
    if (!memory)
        return refuse(GetLastError(), level);
    if ((type & MEM_RESERVE) || ((type & MEM_COMMIT) && !address))
        record(memory);
    *out = mutate_answer(memory, address, size, type, protect);
    return succeed(last_error);
}

/* How much of an allocation is there from address on, or is committed. */
static SIZE_T bytes_from(char *address, SIZE_T limit, BOOL reserved_too)
{
    const void *allocation = allocation_of(address);
    MEMORY_BASIC_INFORMATION region;
    SIZE_T bytes = 0;
    char *at = address;
    while ((SIZE_T)(at - address) < limit && VirtualQuery(at, &region, sizeof region) && region.State != MEM_FREE &&
           region.AllocationBase == allocation) {
        bytes += reserved_too || region.State == MEM_COMMIT ? region.RegionSize : 0;
        at = (char *)region.BaseAddress + region.RegionSize;
    }
    return bytes < limit ? bytes : limit;
}

/* One mutant has charged reservations and the commits in them, and refunds only the reservation; the other one has
 * charged every commit, and refunds what is committed. */
static void refund_mutant(char *address, SIZE_T size, DWORD type)
{
    SIZE_T limit = size ? size : (SIZE_T)-1;
    if (chosen == RESERVE_AND_COMMIT_BOTH_CHARGED && type == MEM_RELEASE)
        refund(bytes_from(address, limit, TRUE));
    if (chosen == RECOMMIT_CHARGED)
        refund(bytes_from(address, limit, FALSE));
}

static HRESULT refuse_foreign(void *address, SIZE_T size, DWORD type)
{
    MEMORY_BASIC_INFORMATION region;
    if (chosen == FOREIGN_ACCEPTED)
        return S_OK;
    if (chosen == FOREIGN_FREED && VirtualFree(address, size, type))
        return S_OK;
    if (chosen == FREE_ADDRESS_NOT_FOREIGN && VirtualQuery(address, &region, sizeof region) && region.State == MEM_FREE)
        return fail(ERROR_INVALID_ADDRESS, E_INVALIDARG);
    return fail(ERROR_INVALID_ADDRESS, HOST_E_INVALIDOPERATION);
}

static HRESULT release(void *base)
{
    DWORD last_error = GetLastError();
    if (chosen == RECORD_REMOVED_LATE || chosen == RECORD_KEPT) {
        SwitchToThread();
        if (!VirtualFree(base, 0, MEM_RELEASE))
            return fail(GetLastError(), E_INVALIDARG);
        if (chosen == RECORD_REMOVED_LATE)
            books_remove(&reservations, base);
        return succeed(last_error);
    }
    if (chosen == LOCK_GUARDS_NOTHING) {
        unsigned i;
        for (i = 0; i < 64 && reservations.slots[i] != base; i++)
            continue;
        if (i == 64)
            return fail(ERROR_INVALID_ADDRESS, HOST_E_INVALIDOPERATION);
        reservations.slots[i] = NULL;
    } else if (!books_remove(&reservations, base)) {
        return fail(ERROR_INVALID_ADDRESS, HOST_E_INVALIDOPERATION);
    }
    VirtualFree(base, 0, chosen == RELEASE_ONLY_DECOMMITS ? MEM_DECOMMIT : MEM_RELEASE);
    return succeed(last_error);
}

static HRESULT decommit(void *base, void *address, SIZE_T size)
{
    DWORD last_error = GetLastError();
    if (chosen == DECOMMIT_DOES_NOTHING)
        return S_OK;
    if (chosen == DECOMMIT_NEEDS_COMMITTED_PAGES && size && bytes_from(address, size, FALSE) < size)
        return fail(ERROR_INVALID_PARAMETER, E_INVALIDARG);
    if (chosen == DECOMMIT_TAKEN_FOR_RELEASE && !size)
        return release(base);
    if (!VirtualFree(address, size, MEM_DECOMMIT))
        return fail(GetLastError(), E_INVALIDARG);
    return succeed(last_error);
}

HRESULT pages_free(void *address, SIZE_T size, DWORD type)
{
    void *base = allocation_of(address);
    BOOL own = chosen == LOCK_GUARDS_NOTHING || books_have(&reservations, base);
    if (!own)
        return refuse_foreign(address, size, type);
    if (type == MEM_RELEASE && size && chosen != RELEASE_SIZE_IGNORED)
        return fail(ERROR_INVALID_PARAMETER, E_INVALIDARG);
    if (!size && (void *)((UINT_PTR)address & ~PAGE_MASK) != base) {
        if (chosen == INTERIOR_RELEASES && type == MEM_RELEASE)
            return release(base);
        if (chosen == DECOMMIT_OF_NOTHING_TAKES_THE_REST && type == MEM_DECOMMIT)
            return decommit(base, address, 65536);
        return fail(ERROR_INVALID_ADDRESS, E_INVALIDARG);
    }
    refund_mutant(address, size, type);
    return type == MEM_RELEASE ? release(base) : decommit(base, address, size);
}
