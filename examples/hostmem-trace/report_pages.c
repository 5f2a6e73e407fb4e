/* Tracks VirtualAlloc, VirtualFree, VirtualProtect and the views. Ranges are rounded as Windows does. If an event
 * contradicts what is recorded (a trace may lack events), the newest event wins. */
#include "report_pages.h"

#include <stdlib.h>

/* From Windows' headers, which are not available everywhere. */
#define MEM_COMMIT_BIT 0x1000u
#define MEM_RESERVE_BIT 0x2000u
#define MEM_DECOMMIT_BIT 0x4000u
#define MEM_RELEASE_BIT 0x8000u
#define PAGE_EXECUTE_BITS 0xf0u

typedef struct extent {
    uint64_t start, end; /* empty if end <= start */
} extent;

/* Arguments of an update of the states. */
typedef struct change {
    report_pages *pages;
    uint32_t from_mask; /* pieces in one of these states, a bit each, ... */
    uint32_t to;        /* ... become this */
    bool failed;
} change;

/* Rounding requires a power of two; anything else is replaced. */
static uint32_t power_or(uint32_t value, uint32_t otherwise)
{
    return value && !(value & (value - 1)) ? value : otherwise;
}

void report_pages_init(report_pages *pages, const hostmem_trace_file_header *header, report_pages_listener listener)
{
    *pages = (report_pages){.page_bytes = power_or(header->page_bytes, 4096),
                            .granularity = power_or(header->granularity, 65536),
                            .listener = listener};
}

void report_pages_destroy(report_pages *pages)
{
    report_ranges_destroy(&pages->states);
    report_ranges_destroy(&pages->owners);
    report_ranges_destroy(&pages->origins);
    free(pages->reservations);
}

static uint64_t round_down(uint64_t value, uint64_t unit)
{
    return value & ~(unit - 1);
}

/* Rounds up; at the end of the address space down to its last unit. */
static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return value > ~(unit - 1) ? ~(unit - 1) : (value + unit - 1) & ~(unit - 1);
}

static extent extent_of(const report_pages *pages, uint64_t address, uint64_t size, uint64_t unit)
{
    extent found = {round_down(address, unit), address + size};
    found.end = round_up(found.end < address ? UINT64_MAX : found.end, pages->page_bytes);
    return found;
}

static report_reservation *owner_of(const report_pages *pages, uint64_t address)
{
    report_range range = report_ranges_next(&pages->owners, address);
    return range.state && range.start <= address ? &pages->reservations[range.state - 1] : NULL;
}

const report_reservation *report_pages_owner(const report_pages *pages, uint64_t address)
{
    return owner_of(pages, address);
}

static bool is_committed(uint32_t state)
{
    return state == REPORT_COMMIT || state == REPORT_EXECUTABLE;
}

/* Counts committed bytes of a reservation as what they are for. */
static void count_kind(report_pages *pages, const report_reservation *owner, uint32_t state, uint64_t bytes)
{
    uint32_t kind = owner ? owner->kind : HOSTMEM_TRACE_KIND_OTHER;
    if (state == REPORT_EXECUTABLE && kind != HOSTMEM_TRACE_KIND_INVOKED)
        kind = HOSTMEM_TRACE_KIND_CODE;
    if (pages->kinds && is_committed(state))
        kinds_add(pages->kinds, kind, bytes);
}

/* For pages that have become committed, by the call that is being followed, or are so no more. */
static uint32_t choose_origin(void *context, uint64_t start, uint64_t end, uint32_t old)
{
    report_pages *pages = context;
    if (old)
        pages->listener.decommitted(pages->listener.context, old, end - start);
    if (pages->committing)
        pages->listener.committed(pages->listener.context, pages->committing, end - start);
    return pages->committing;
}

/* Follows whose commit it was. Pages outside of the instance's reservations and views are not its own: nothing says
 * when they are given back. */
static bool follow_origin(report_pages *pages, uint64_t start, uint64_t end, bool is_own)
{
    uint32_t committing = pages->committing;
    bool is_good;
    if (!is_own)
        pages->committing = 0;
    is_good = report_ranges_update(&pages->origins, start, end, choose_origin, pages);
    pages->committing = committing;
    return is_good;
}

static uint32_t choose_state(void *context, uint64_t start, uint64_t end, uint32_t old)
{
    change *wanted = context;
    report_pages *pages = wanted->pages;
    report_reservation *owner;
    if (old == wanted->to || !(wanted->from_mask & 1u << old))
        return old;
    pages->bytes[old] -= end - start;
    pages->bytes[wanted->to] += end - start;
    owner = owner_of(pages, start);
    count_kind(pages, owner, old, 0 - (end - start));
    count_kind(pages, owner, wanted->to, end - start);
    if (owner && old == REPORT_EXECUTABLE)
        owner->executable -= end - start;
    if (owner && wanted->to == REPORT_EXECUTABLE)
        owner->executable += end - start;
    if (is_committed(wanted->to) != is_committed(old) && !follow_origin(pages, start, end, owner != NULL))
        wanted->failed = true;
    if (owner && is_committed(wanted->to) != is_committed(old)) {
        owner->committed += is_committed(old) ? 0 - (end - start) : end - start;
        if (owner->peak_committed < owner->committed)
            owner->peak_committed = owner->committed;
    }
    if (pages->listener.changed && !pages->listener.changed(pages->listener.context, start, end, old, wanted->to))
        wanted->failed = true;
    return wanted->to;
}

/* from_mask: bits 1 << state. */
static bool set_states(report_pages *pages, extent where, uint32_t from_mask, uint32_t to)
{
    change wanted = {.pages = pages, .from_mask = from_mask, .to = to};
    return report_ranges_update(&pages->states, where.start, where.end, choose_state, &wanted) && !wanted.failed;
}

static uint32_t choose_owner(void *context, uint64_t start, uint64_t end, uint32_t old)
{
    (void)start, (void)end, (void)old;
    return *(uint32_t *)context;
}

/* Without telling the listener. */
static bool end_reservation(report_pages *pages, report_reservation *reservation)
{
    uint32_t nobody = 0;
    extent where = {reservation->base, reservation->base + reservation->size};
    if (!set_states(pages, where, ~0u, REPORT_FREE) ||
        !report_ranges_update(&pages->owners, where.start, where.end, choose_owner, &nobody))
        return false;
    reservation->next_free = pages->first_free;
    pages->first_free = (uint32_t)(reservation - pages->reservations) + 1;
    return true;
}

static bool release(report_pages *pages, report_reservation *reservation, uint64_t ticks)
{
    report_reservation released = *reservation;
    if (!end_reservation(pages, reservation))
        return false;
    if (pages->listener.ended)
        pages->listener.ended(pages->listener.context, &released, ticks);
    return true;
}

/* Ends what is recorded there: either the events of its end are missing, or a region has already described what is
 * being made now. */
static bool make_room(report_pages *pages, extent where, uint64_t ticks)
{
    for (;;) {
        report_range range = report_ranges_next(&pages->owners, where.start);
        report_reservation found;
        if (!range.state || range.start >= where.end)
            return true;
        found = pages->reservations[range.state - 1];
        if (!end_reservation(pages, &pages->reservations[range.state - 1]))
            return false;
        if (found.is_older && found.base == where.start && pages->listener.mistaken)
            pages->listener.mistaken(pages->listener.context, &found);
        else if (pages->listener.ended)
            pages->listener.ended(pages->listener.context, &found, ticks);
    }
}

static bool add_reservation(report_pages *pages, extent where, report_reservation like)
{
    uint32_t index;
    if (where.end <= where.start)
        return true;
    if (!make_room(pages, where, like.since))
        return false;
    if (pages->first_free) {
        index = pages->first_free - 1;
        pages->first_free = pages->reservations[index].next_free;
    } else {
        if (pages->used == pages->room) {
            uint32_t room = pages->room ? 2 * pages->room : 64;
            report_reservation *more = realloc(pages->reservations, room * sizeof *more);
            if (!more)
                return false;
            pages->reservations = more;
            pages->room = room;
        }
        index = pages->used++;
    }
    like.base = where.start;
    like.size = where.end - where.start;
    pages->reservations[index] = like;
    index++;
    return report_ranges_update(&pages->owners, where.start, where.end, choose_owner, &index) &&
           set_states(pages, where, ~0u, like.is_view ? REPORT_MAPPED : REPORT_RESERVED);
}

static uint32_t committed_state(uint32_t protect)
{
    return protect & PAGE_EXECUTE_BITS ? REPORT_EXECUTABLE : REPORT_COMMIT;
}

static bool allocate(report_pages *pages, uint64_t ticks, const hostmem_trace_event *event)
{
    uint64_t address = event->address ? event->address : event->out;
    report_reservation made = {.since = ticks, .thread = event->thread, .protect = event->protect};
    bool is_good;
    if ((event->type & MEM_RESERVE_BIT || !event->address) &&
        !add_reservation(pages, extent_of(pages, address, event->size, pages->granularity), made))
        return false;
    if (!(event->type & MEM_COMMIT_BIT))
        return true;
    if (pages->listener.origin)
        pages->committing = pages->listener.origin(pages->listener.context, event->origin);
    is_good = set_states(pages, extent_of(pages, address, event->size, pages->page_bytes), ~0u,
                         committed_state(event->protect));
    pages->committing = 0;
    return is_good;
}

static bool give_back(report_pages *pages, uint64_t ticks, const hostmem_trace_event *event)
{
    report_reservation *owner = owner_of(pages, event->address);
    if (event->type & MEM_RELEASE_BIT)
        return !owner || release(pages, owner, ticks);
    if (event->type & MEM_DECOMMIT_BIT) {
        extent where = extent_of(pages, event->address, event->size, pages->page_bytes);
        if (!event->size && owner)
            where = (extent){owner->base, owner->base + owner->size};
        return set_states(pages, where, 1u << REPORT_COMMIT | 1u << REPORT_EXECUTABLE, REPORT_RESERVED);
    }
    return true;
}

/* Only a name for exactly what begins there is taken. */
static void give_name(report_pages *pages, const hostmem_trace_event *event)
{
    report_reservation *owner = owner_of(pages, event->address);
    if (!event->size || !owner || owner->base != event->address)
        return;
    count_kind(pages, owner, REPORT_COMMIT, 0 - (owner->committed - owner->executable));
    count_kind(pages, owner, REPORT_EXECUTABLE, 0 - owner->executable);
    owner->kind = kinds_named(event);
    count_kind(pages, owner, REPORT_COMMIT, owner->committed - owner->executable);
    count_kind(pages, owner, REPORT_EXECUTABLE, owner->executable);
}

bool report_pages_event(report_pages *pages, uint64_t ticks, const hostmem_trace_event *event)
{
    report_reservation view = {.since = ticks, .thread = event->thread, .is_view = true};
    report_reservation *owner;
    if (event->result)
        return true;
    switch (event->what) {
    case HOSTMEM_TRACE_VIRTUAL_ALLOC:
        return allocate(pages, ticks, event);
    case HOSTMEM_TRACE_VIRTUAL_FREE:
        return give_back(pages, ticks, event);
    case HOSTMEM_TRACE_VIRTUAL_PROTECT:
        return set_states(pages, extent_of(pages, event->address, event->size, pages->page_bytes),
                          1u << REPORT_COMMIT | 1u << REPORT_EXECUTABLE, committed_state(event->protect));
    case HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE:
        return add_reservation(pages, extent_of(pages, event->address, event->size, pages->granularity), view);
    case HOSTMEM_TRACE_NAMED:
        give_name(pages, event);
        return true;
    case HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE:
        owner = owner_of(pages, event->address);
        return !owner || !owner->is_view || release(pages, owner, ticks);
    default:
        return true;
    }
}

bool report_pages_region(report_pages *pages, const hostmem_trace_region *region)
{
    extent where = extent_of(pages, region->address, region->size, pages->page_bytes);
    report_reservation *owner = owner_of(pages, region->allocation_address);
    report_reservation old = {.is_view = region->kind == HOSTMEM_TRACE_VIEW, .is_older = true};
    bool is_commit = (region->state & MEM_COMMIT_BIT) && !old.is_view;
    if (where.end <= where.start)
        return true;
    if (owner && owner->is_older && owner->base == region->allocation_address &&
        owner->base + owner->size == where.start) {
        uint32_t index = (uint32_t)(owner - pages->reservations) + 1;
        owner->size += where.end - where.start;
        if (!report_ranges_update(&pages->owners, where.start, where.end, choose_owner, &index) ||
            !set_states(pages, where, ~0u, owner->is_view ? REPORT_MAPPED : REPORT_RESERVED))
            return false;
    } else if (!add_reservation(pages, where, old)) {
        return false;
    }
    return !is_commit || set_states(pages, where, ~0u, committed_state(region->protect));
}

void report_pages_end(report_pages *pages, uint64_t ticks)
{
    report_range range = report_ranges_next(&pages->owners, 0);
    for (; range.state && pages->listener.ended; range = report_ranges_next(&pages->owners, range.end))
        pages->listener.ended(pages->listener.context, &pages->reservations[range.state - 1], ticks);
}
