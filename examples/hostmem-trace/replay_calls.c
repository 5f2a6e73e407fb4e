/* One function for each kind of call. See replay_calls.h. */
#define COBJMACROS
#include "replay_calls.h"

#include "replay_callback.h"
#include "replay_clock.h"
#include "replay_view.h"

/* Measures only the call itself. */
#define TIMED(outcome, call)                       \
    do {                                           \
        uint64_t begin_ = replay_clock();          \
        (outcome).result = (call);                 \
        (outcome).ticks = replay_clock() - begin_; \
    } while (0)

/* live_entry.origin of a view; reservations have 0. */
enum { IS_VIEW = 1 };

static replay_outcome not_made(replay_reason reason)
{
    return (replay_outcome){.reason = reason};
}

static bool succeeded(const hostmem_trace_event *event)
{
    return !(event->result >> 31);
}

static void *pointer(uint64_t address)
{
    return (void *)(UINT_PTR)address;
}

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
    return (bytes + unit - 1) & ~(unit - 1);
}

/* The present address for an address of the trace, if that and the following bytes lie in one of its reservations. */
static bool find_address(const replay_calls *calls, uint64_t address, uint64_t bytes, uint64_t *now)
{
    const live_entry *reservation = live_map_around(&calls->reservations, 0, address);

    if (!reservation || bytes > reservation->size - (address - reservation->address))
        return false;
    *now = reservation->value + (address - reservation->address);
    return true;
}

/* Why an address is not found: if the recorded call succeeded the memory is older than the trace, otherwise it was
 * never the manager's. */
static replay_reason reason_of_absence(const hostmem_trace_event *event)
{
    return succeeded(event) ? REPLAY_EARLIER : REPLAY_PLACE;
}

/* Whether a late event frees what was at an address before this entry. */
static bool is_former(const live_entry *entry, const hostmem_trace_event *event)
{
    return entry->ticks > event->ticks;
}

/* ---- Pages ---- */

/* What the replay has in the place of a reservation or a view. */
static void give_back(replay_calls *calls, const live_entry *entry)
{
    IHostMemoryManager *manager = calls->target->manager;

    if (entry->origin == IS_VIEW)
        replay_view_unmap(manager, pointer(entry->value));
    else
        IHostMemoryManager_VirtualFree(manager, pointer(entry->value), 0, MEM_RELEASE);
}

/* Releases what must have been freed because something else is there now: the event that freed it was dropped or is
 * late. */
static void release_overlapped(replay_calls *calls, uint64_t address, uint64_t size)
{
    live_map *map = &calls->reservations;
    live_entry *entry = live_map_around(map, 0, address), old;

    while (entry || ((entry = live_map_at_or_above(map, 0, address)) != NULL && entry->address - address < size)) {
        live_map_remove(map, 0, entry->address, &old);
        give_back(calls, &old);
        entry = NULL;
    }
}

static replay_outcome reserve(replay_calls *calls, const hostmem_trace_event *event)
{
    IHostMemoryManager *manager = calls->target->manager;
    live_entry entry = {.address = event->out, .ticks = event->ticks};
    /* If the call asked for an address, the reservation begins at the granule of that address. */
    uint64_t in_front = event->address ? event->address & (calls->header->granularity - 1) : 0;
    uint64_t size = event->size + in_front;
    replay_outcome outcome = {.reason = REPLAY_MADE};
    void *now = NULL;

    if (event->size > (SIZE_T)-1 >> 1)
        return not_made(REPLAY_SIZE);
    if (event->address && !succeeded(event))
        return not_made(REPLAY_PLACE);
    TIMED(outcome, IHostMemoryManager_VirtualAlloc(manager, NULL, (SIZE_T)size, event->type, event->protect,
                                                   (EMemoryCriticalLevel)event->level, &now));
    if (FAILED(outcome.result))
        return outcome;
    entry.size = round_up(size, calls->header->page_bytes);
    entry.value = (UINT_PTR)now;
    if (succeeded(event))
        release_overlapped(calls, entry.address, entry.size);
    if (succeeded(event) && live_map_put(&calls->reservations, &entry))
        return outcome;
    IHostMemoryManager_VirtualFree(manager, now, 0, MEM_RELEASE);
    return succeeded(event) ? not_made(REPLAY_NO_ROOM) : outcome;
}

static replay_outcome virtual_alloc(replay_calls *calls, const hostmem_trace_event *event)
{
    replay_outcome outcome = {.reason = REPLAY_MADE};
    uint64_t address;
    void *out = NULL;

    if ((event->type & MEM_RESERVE) || !event->address)
        return reserve(calls, event);
    if (!find_address(calls, event->address, event->size, &address))
        return not_made(reason_of_absence(event));
    TIMED(outcome,
          IHostMemoryManager_VirtualAlloc(calls->target->manager, pointer(address), (SIZE_T)event->size, event->type,
                                          event->protect, (EMemoryCriticalLevel)event->level, &out));
    if (succeeded(event) && SUCCEEDED(outcome.result) && (UINT_PTR)out != address - (event->address - event->out))
        outcome.difference = "another address";
    return outcome;
}

static replay_outcome virtual_free(replay_calls *calls, const hostmem_trace_event *event)
{
    const live_entry *reservation = live_map_around(&calls->reservations, 0, event->address);
    replay_outcome outcome = {.reason = REPLAY_MADE};
    uint64_t address;

    if (!find_address(calls, event->address, event->size, &address) || is_former(reservation, event))
        return not_made(reason_of_absence(event));
    TIMED(outcome,
          IHostMemoryManager_VirtualFree(calls->target->manager, pointer(address), (SIZE_T)event->size, event->type));
    /* If one side has released it, release it on both, or a later entry would be taken for it. */
    if ((event->type & MEM_RELEASE) && (succeeded(event) || SUCCEEDED(outcome.result)))
        live_map_remove(&calls->reservations, 0, reservation->address, NULL);
    return outcome;
}

static replay_outcome virtual_query(replay_calls *calls, const hostmem_trace_event *event)
{
    const uint64_t recorded_whole = calls->header->pointer_bytes == 8 ? 48 : 28;
    MEMORY_BASIC_INFORMATION info;
    /* The struct has another size in a process of another bitness; a buffer that was large enough then is large
     * enough now. */
    SIZE_T size = event->size < recorded_whole ? (SIZE_T)event->size : sizeof(info), written = 0;
    replay_outcome outcome = {.reason = REPLAY_MADE};
    uint64_t address;

    if (!find_address(calls, event->address, 0, &address))
        return not_made(reason_of_absence(event));
    if (size > sizeof(info))
        return not_made(REPLAY_SIZE);
    TIMED(outcome, IHostMemoryManager_VirtualQuery(calls->target->manager, pointer(address), &info, size, &written));
    return outcome;
}

static replay_outcome virtual_protect(replay_calls *calls, const hostmem_trace_event *event)
{
    replay_outcome outcome = {.reason = REPLAY_MADE};
    uint64_t address;
    DWORD before = 0;

    if (!find_address(calls, event->address, event->size, &address))
        return not_made(reason_of_absence(event));
    TIMED(outcome, IHostMemoryManager_VirtualProtect(calls->target->manager, pointer(address), (SIZE_T)event->size,
                                                     event->protect, &before));
    /* What a view's pages were before depends on what its file has, and on its other views. */
    if (succeeded(event) && SUCCEEDED(outcome.result) && before != event->value &&
        live_map_around(&calls->reservations, 0, event->address)->origin != IS_VIEW)
        outcome.difference = "another protection before";
    return outcome;
}

/* ---- Views ---- */

/* A view of as many bytes as the one that was announced, of pages without a file: commits in it count as there. */
static replay_outcome acquired(replay_calls *calls, const hostmem_trace_event *event)
{
    live_entry entry = {.address = event->address, .ticks = event->ticks, .origin = IS_VIEW};
    replay_outcome outcome = {.reason = REPLAY_MADE};
    void *view;

    entry.size = round_up(event->size, calls->header->page_bytes);
    if (!succeeded(event) || !entry.size || entry.size > (SIZE_T)-1 >> 1)
        return not_made(REPLAY_VIEW);
    view = replay_view_map((SIZE_T)entry.size);
    if (!view)
        return not_made(REPLAY_VIEW);
    TIMED(outcome, IHostMemoryManager_AcquiredVirtualAddressSpace(calls->target->manager, view, (SIZE_T)event->size));
    entry.value = (UINT_PTR)view;
    release_overlapped(calls, entry.address, entry.size);
    if (live_map_put(&calls->reservations, &entry))
        return outcome;
    replay_view_unmap(calls->target->manager, view);
    return not_made(REPLAY_NO_ROOM);
}

static replay_outcome released(replay_calls *calls, const hostmem_trace_event *event)
{
    const live_entry *entry = live_map_find(&calls->reservations, 0, event->address);
    replay_outcome outcome = {.reason = REPLAY_MADE};
    live_entry old;

    if (!entry || entry->origin != IS_VIEW || is_former(entry, event))
        return not_made(REPLAY_VIEW);
    live_map_remove(&calls->reservations, 0, event->address, &old);
    TIMED(outcome, IHostMemoryManager_ReleasedVirtualAddressSpace(calls->target->manager, pointer(old.value)));
    replay_view_unmap(NULL, pointer(old.value));
    return outcome;
}

/* ---- Heaps ---- */

static replay_outcome create_malloc(replay_calls *calls, const hostmem_trace_event *event)
{
    replay_outcome outcome = {.reason = REPLAY_MADE};
    IHostMalloc *heap = NULL;

    TIMED(outcome, IHostMemoryManager_CreateMalloc(calls->target->manager, event->type, &heap));
    if (FAILED(outcome.result))
        return outcome;
    if (succeeded(event) && live_map_put(&calls->heaps, &(live_entry){.address = event->out, .value = (UINT_PTR)heap}))
        return outcome;
    IHostMalloc_Release(heap);
    return succeeded(event) ? not_made(REPLAY_NO_ROOM) : outcome;
}

static IHostMalloc *find_heap(const replay_calls *calls, const hostmem_trace_event *event)
{
    const live_entry *entry = live_map_find(&calls->heaps, 0, event->address);

    return entry ? pointer(entry->value) : NULL;
}

/* A heap that is older than the trace, created with the flags that the CLR uses. */
static IHostMalloc *make_heap(replay_calls *calls, const hostmem_trace_event *event)
{
    IHostMalloc *heap = NULL;

    if (!succeeded(event) || FAILED(IHostMemoryManager_CreateMalloc(calls->target->manager, MALLOC_THREADSAFE, &heap)))
        return NULL;
    if (live_map_put(&calls->heaps, &(live_entry){.address = event->address, .value = (UINT_PTR)heap})) {
        calls->heaps_made++;
        return heap;
    }
    IHostMalloc_Release(heap);
    return NULL;
}

/* The file passed to DebugAlloc, as a string that stays valid like the CLR's, and the line. */
static char *site_of(const replay_calls *calls, uint64_t id, int *line)
{
    static char unknown[] = "";
    const origin *origin = id ? origins_find(&calls->origins, id) : NULL;

    *line = origin ? origin->line : 0;
    return origin && origin->name ? origin->name : unknown;
}

static replay_outcome alloc(replay_calls *calls, const hostmem_trace_event *event)
{
    const EMemoryCriticalLevel level = (EMemoryCriticalLevel)event->level;
    IHostMalloc *heap = find_heap(calls, event);
    replay_outcome outcome = {.reason = REPLAY_MADE};
    live_entry entry = {.owner = event->address, .address = event->out, .ticks = event->ticks}, old;
    SIZE_T size = (SIZE_T)event->size;
    live_added added;
    void *block = NULL;
    char *file;
    int line;

    if (!heap)
        heap = make_heap(calls, event);
    if (!heap)
        return not_made(REPLAY_EARLIER);
    if (size != event->size)
        return not_made(REPLAY_SIZE);
    if (event->what == HOSTMEM_TRACE_DEBUG_ALLOC) {
        file = site_of(calls, event->origin, &line);
        TIMED(outcome, IHostMalloc_DebugAlloc(heap, size, level, file, line, &block));
    } else {
        TIMED(outcome, IHostMalloc_Alloc(heap, size, level, &block));
    }
    if (FAILED(outcome.result))
        return outcome;
    entry.value = (UINT_PTR)block;
    if (!succeeded(event)) {
        IHostMalloc_Free(heap, block);
        return outcome;
    }
    added = live_blocks_add(&calls->blocks, &entry, &old);
    if (added == LIVE_REPLACED) /* like release_overlapped */
        IHostMalloc_Free(heap, pointer(old.value));
    if (added != LIVE_NO_ROOM)
        return outcome;
    IHostMalloc_Free(heap, block);
    return not_made(REPLAY_NO_ROOM);
}

static replay_outcome free_block(replay_calls *calls, const hostmem_trace_event *event)
{
    IHostMalloc *heap = find_heap(calls, event);
    const live_entry *entry = live_blocks_find(&calls->blocks, event->address, event->out);
    replay_outcome outcome = {.reason = REPLAY_MADE};

    if (!heap || (event->out && (!entry || is_former(entry, event))))
        return not_made(reason_of_absence(event));
    TIMED(outcome, IHostMalloc_Free(heap, entry ? pointer(entry->value) : NULL));
    if (entry && (succeeded(event) || SUCCEEDED(outcome.result)))
        live_blocks_remove(&calls->blocks, event->address, event->out, NULL);
    return outcome;
}

static replay_outcome release_heap(replay_calls *calls, const hostmem_trace_event *event)
{
    IHostMalloc *heap = find_heap(calls, event);
    replay_outcome outcome = {.reason = REPLAY_MADE, .result = S_OK};
    uint64_t begin;

    if (!heap)
        return not_made(REPLAY_EARLIER);
    begin = replay_clock();
    IHostMalloc_Release(heap);
    outcome.ticks = replay_clock() - begin;
    live_map_remove(&calls->heaps, 0, event->address, NULL);
    while (live_blocks_release(&calls->blocks, event->address, NULL))
        continue;
    return outcome;
}

/* ---- The rest ---- */

static replay_outcome register_callback(replay_calls *calls, const hostmem_trace_event *event)
{
    replay_outcome outcome = {.reason = REPLAY_MADE};

    TIMED(outcome, IHostMemoryManager_RegisterMemoryNotificationCallback(calls->target->manager,
                                                                         event->address ? replay_callback() : NULL));
    return outcome;
}

static replay_outcome get_memory_load(replay_calls *calls)
{
    replay_outcome outcome = {.reason = REPLAY_MADE};
    SIZE_T available;
    DWORD load;

    TIMED(outcome, IHostMemoryManager_GetMemoryLoad(calls->target->manager, &load, &available));
    return outcome;
}

/* Changes that the host made; they are not made on a manager from a DLL. */
static replay_outcome set_policy(replay_calls *calls, const hostmem_trace_event *event)
{
    hostmem *instance = calls->target->instance;
    replay_outcome outcome = {.reason = REPLAY_MADE};

    if (!instance || !succeeded(event) || (event->what == HOSTMEM_TRACE_CLOSED && event->value > 1))
        return not_made(REPLAY_NOT_A_CALL);
    if (event->what == HOSTMEM_TRACE_LIMIT)
        TIMED(outcome, hostmem_set_limit(instance, event->size));
    else
        TIMED(outcome,
              hostmem_set_clr_state(instance, event->value ? HOSTMEM_CLR_NOT_AVAILABLE : HOSTMEM_CLR_AVAILABLE));
    return outcome;
}

replay_outcome replay_call(replay_calls *calls, const hostmem_trace_event *event)
{
    if (event->flags & HOSTMEM_TRACE_INJECTED)
        return not_made(REPLAY_INJECTED);
    switch (event->what) {
    case HOSTMEM_TRACE_VIRTUAL_ALLOC:
        return virtual_alloc(calls, event);
    case HOSTMEM_TRACE_VIRTUAL_FREE:
        return virtual_free(calls, event);
    case HOSTMEM_TRACE_VIRTUAL_QUERY:
        return virtual_query(calls, event);
    case HOSTMEM_TRACE_VIRTUAL_PROTECT:
        return virtual_protect(calls, event);
    case HOSTMEM_TRACE_CREATE_MALLOC:
        return create_malloc(calls, event);
    case HOSTMEM_TRACE_ALLOC:
    case HOSTMEM_TRACE_DEBUG_ALLOC:
        return alloc(calls, event);
    case HOSTMEM_TRACE_FREE:
        return free_block(calls, event);
    case HOSTMEM_TRACE_HEAP_RELEASED:
        return release_heap(calls, event);
    case HOSTMEM_TRACE_GET_MEMORY_LOAD:
        return get_memory_load(calls);
    case HOSTMEM_TRACE_REGISTER_CALLBACK:
        return register_callback(calls, event);
    case HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE:
        return acquired(calls, event);
    case HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE:
        return released(calls, event);
    case HOSTMEM_TRACE_NEEDS_ADDRESS_SPACE:
        return not_made(REPLAY_VIEW);
    case HOSTMEM_TRACE_LIMIT:
    case HOSTMEM_TRACE_CLOSED:
        return set_policy(calls, event);
    default:
        return not_made(REPLAY_NOT_A_CALL);
    }
}

void replay_calls_free(replay_calls *calls)
{
    origins_free(&calls->origins);
    live_map_free(&calls->reservations);
    live_map_free(&calls->heaps);
    live_blocks_free(&calls->blocks);
}
