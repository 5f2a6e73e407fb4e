/* Every function here counts, fails if it is its turn, and otherwise calls the Win32 table. Functions that are not
 * here come from the Win32 table, which uses no state of its own and can be called with this table. */
#include "failing_os.h"

#include <stdio.h>

/* Looked up once: finding the table takes the loader's lock, which a suspended thread may hold. */
static hostmem_os *below(hostmem_os *functions)
{
    return ((failing_os *)functions)->below;
}

/* Whether the call that begins must fail. */
static BOOL is_struck(hostmem_os *functions)
{
    failing_os *os = (failing_os *)functions;
    LONG number = InterlockedIncrement(&os->calls);
    if (number < os->first || number > os->last)
        return FALSE;
    InterlockedIncrement(&os->failed);
    return TRUE;
}

/* Counts what a call has allocated; returns its error. */
static UINT32 took(hostmem_os *functions, UINT32 error)
{
    if (!error)
        InterlockedIncrement(&((failing_os *)functions)->held);
    return error;
}

static void gave(hostmem_os *functions)
{
    InterlockedDecrement(&((failing_os *)functions)->held);
}

static UINT32 refuse(UINT32 error)
{
    SetLastError(error);
    return error;
}

#define REFUSE_MEMORY refuse(ERROR_COMMITMENT_LIMIT)
#define REFUSE refuse(ERROR_TIMEOUT)

/* ---- Pages ---- */

static void replace(failing_os *os, void *from, void *to)
{
    unsigned i;
    for (i = 0; i < FAILING_MAX_RESERVATIONS; i++) {
        if (InterlockedCompareExchangePointer(&os->reservations[i], to, from) == from)
            return;
    }
    if (!from)
        InterlockedIncrement(&os->forgotten);
}

static UINT32 os_virtual_alloc(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    UINT32 error;
    if (is_struck(os))
        return REFUSE_MEMORY;
    error = below(os)->virtual_alloc(below(os), address, size, type, protect, out);
    if (!error && ((type & MEM_RESERVE) || !address))
        replace((failing_os *)os, NULL, *out);
    return error;
}

/* Counted before the call: after it the address may belong to another thread. */
static UINT32 os_virtual_free(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    UINT32 error;
    if (type == MEM_RELEASE)
        replace((failing_os *)os, address, NULL);
    error = below(os)->virtual_free(below(os), address, size, type);
    if (error && type == MEM_RELEASE)
        replace((failing_os *)os, NULL, address);
    return error;
}

static UINT32 os_virtual_query(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written)
{
    if (is_struck(os))
        return REFUSE;
    return below(os)->virtual_query(below(os), address, buffer, length, written);
}

static UINT32 os_virtual_protect(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    /* A caller that has changed a protection temporarily cannot continue if it cannot change it back. */
    if (((failing_os *)os)->last != MAXLONG && is_struck(os))
        return REFUSE;
    return below(os)->virtual_protect(below(os), address, size, protect, old_protect);
}

/* ---- Heaps, tables and objects ---- */

static UINT32 os_heap_create(hostmem_os *os, UINT32 options, void **heap)
{
    if (is_struck(os))
        return REFUSE_MEMORY;
    return took(os, below(os)->heap_create(below(os), options, heap));
}

static void os_heap_destroy(hostmem_os *os, void *heap)
{
    gave(os);
    below(os)->heap_destroy(below(os), heap);
}

static UINT32 os_heap_alloc(hostmem_os *os, void *heap, SIZE_T size, void **out)
{
    if (is_struck(os))
        return REFUSE_MEMORY;
    return below(os)->heap_alloc(below(os), heap, size, out);
}

static UINT32 os_table_reserve(hostmem_os *os, SIZE_T size, void **out)
{
    if (is_struck(os))
        return REFUSE_MEMORY;
    return took(os, below(os)->table_reserve(below(os), size, out));
}

static UINT32 os_table_commit(hostmem_os *os, void *address, SIZE_T size)
{
    if (is_struck(os))
        return REFUSE_MEMORY;
    return below(os)->table_commit(below(os), address, size);
}

static void os_table_release(hostmem_os *os, void *address, SIZE_T size)
{
    gave(os);
    below(os)->table_release(below(os), address, size);
}

static void *os_object_alloc(hostmem_os *os, SIZE_T size)
{
    void *object = is_struck(os) ? NULL : below(os)->object_alloc(below(os), size);
    took(os, object ? 0 : ERROR_NOT_ENOUGH_MEMORY);
    return object;
}

static void os_object_free(hostmem_os *os, void *object)
{
    gave(os);
    below(os)->object_free(below(os), object);
}

/* ---- The rest ---- */

static UINT32 os_memory_status(hostmem_os *os, hmi_os_memory *status)
{
    if (is_struck(os))
        return REFUSE;
    return below(os)->memory_status(below(os), status);
}

static UINT32 os_event_create(hostmem_os *os, void **event)
{
    if (is_struck(os))
        return REFUSE;
    return took(os, below(os)->event_create(below(os), event));
}

static void os_event_destroy(hostmem_os *os, void *event)
{
    gave(os);
    below(os)->event_destroy(below(os), event);
}

static UINT32 os_thread_start(hostmem_os *os, void (*entry)(void *context), void *context, void **thread)
{
    if (is_struck(os))
        return REFUSE;
    return took(os, below(os)->thread_start(below(os), entry, context, thread));
}

static BOOL os_thread_join(hostmem_os *os, void *thread, UINT32 timeout_ms)
{
    gave(os);
    return below(os)->thread_join(below(os), thread, timeout_ms);
}

void failing_os_init(failing_os *os, LONG first, LONG last)
{
    ZeroMemory(os, sizeof *os);
    os->first = first;
    os->last = last;
    os->below = hmi_os_win32();
    os->functions = *os->below;
    os->functions.virtual_alloc = os_virtual_alloc;
    os->functions.virtual_free = os_virtual_free;
    os->functions.virtual_query = os_virtual_query;
    os->functions.virtual_protect = os_virtual_protect;
    os->functions.heap_create = os_heap_create;
    os->functions.heap_destroy = os_heap_destroy;
    os->functions.heap_alloc = os_heap_alloc;
    os->functions.table_reserve = os_table_reserve;
    os->functions.table_commit = os_table_commit;
    os->functions.table_release = os_table_release;
    os->functions.object_alloc = os_object_alloc;
    os->functions.object_free = os_object_free;
    os->functions.memory_status = os_memory_status;
    os->functions.event_create = os_event_create;
    os->functions.event_destroy = os_event_destroy;
    os->functions.thread_start = os_thread_start;
    os->functions.thread_join = os_thread_join;
}

/* ---- The walk ---- */

unsigned failing_os_reservations(const failing_os *os)
{
    unsigned i, count = 0;
    for (i = 0; i < FAILING_MAX_RESERVATIONS; i++)
        count += os->reservations[i] != NULL;
    return count;
}

typedef struct sums {
    UINT64 reserved, committed, executable;
} sums;

static sums walk(const failing_os *os)
{
    sums sums = {0, 0, 0};
    unsigned i;
    for (i = 0; i < FAILING_MAX_RESERVATIONS; i++) {
        void *base = os->reservations[i];
        char *at = base;
        MEMORY_BASIC_INFORMATION region;
        while (at && VirtualQuery(at, &region, sizeof region) && region.State != MEM_FREE &&
               region.AllocationBase == base) {
            sums.reserved += region.RegionSize;
            if (region.State == MEM_COMMIT) {
                sums.committed += region.RegionSize;
                if (region.Protect &
                    (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY))
                    sums.executable += region.RegionSize;
            }
            at = (char *)region.BaseAddress + region.RegionSize;
        }
    }
    return sums;
}

BOOL failing_os_agrees(failing_os *os, hostmem *instance, char *sentence, SIZE_T bytes)
{
    hostmem_stats stats = {.size = sizeof stats};
    sums found;
    unsigned looks;
    for (looks = 0; looks < 300; looks++) {
        found = walk(os);
        hostmem_get_stats(instance, &stats);
        if (found.reserved == stats.reserved_bytes + stats.address_reserve_bytes &&
            found.committed == stats.committed_bytes && found.executable == stats.executable_bytes && !os->forgotten)
            return TRUE;
        Sleep(10);
    }
    snprintf(sentence, bytes, "reserved, committed, executable: %lu %lu %lu, the walk finds %lu %lu %lu",
             (unsigned long)(stats.reserved_bytes >> 10), (unsigned long)(stats.committed_bytes >> 10),
             (unsigned long)(stats.executable_bytes >> 10), (unsigned long)(found.reserved >> 10),
             (unsigned long)(found.committed >> 10), (unsigned long)(found.executable >> 10));
    return FALSE;
}
