/* Walks from one extent of the books to the next, and through each by queries to the operating system. A query's result
 * is used only if the extent is still in the books afterwards: otherwise it may have been released, and the address may
 * belong to somebody else. */
#include "report/regions.h"

#include "core_state.h"
#include "memory/protection.h"

#include <string.h>

/* A reservation or view. */
typedef struct extent {
    UINT32 kind;
    hmi_range range;
} extent;

typedef struct walk {
    hmi_core *core;
    hostmem_region_visitor *visitor;
    void *context;
    hostmem_region pending; /* may be continued by the next run; size 0: none */
} walk;

static bool next_extent(hmi_core *core, UINT_PTR from, extent *next)
{
    hmi_ledger *ledger = &core->ledger;
    UINT_PTR reservation = 0, view = 0;
    SIZE_T reservation_bytes = 0, view_bytes = 0;
    bool is_reservation = hmi_extent_table_next(&ledger->reservations, from, &reservation, &reservation_bytes);
    bool is_view = hmi_extent_table_next(&ledger->views, from, &view, &view_bytes);
    if (is_view && (!is_reservation || view < reservation))
        *next = (extent){HOSTMEM_REGION_VIEW, {view, view + view_bytes}};
    else
        *next = (extent){HOSTMEM_REGION_PAGES, {reservation, reservation + reservation_bytes}};
    return is_reservation || is_view;
}

/* Whether an extent is still in the books, unchanged. Then it was not released since, and the query did not describe
 * memory of others. */
static bool is_still_there(hmi_core *core, const extent *of)
{
    hmi_extent_table *extents = of->kind == HOSTMEM_REGION_VIEW ? &core->ledger.views : &core->ledger.reservations;
    return hmi_extent_table_get(extents, of->range.start) == of->range.end - of->range.start;
}

static bool deliver(walk *on)
{
    hostmem_region region = on->pending;
    on->pending.size = 0;
    return !region.size || on->visitor(on->context, &region);
}

/* Adjacent runs with the same attributes become one region, because operating systems split regions differently. */
static bool goes_on(const hostmem_region *pending, const hostmem_region *run)
{
    return pending->size && (UINT_PTR)pending->base + (SIZE_T)pending->bytes == (UINT_PTR)run->base &&
           pending->state == run->state && pending->protect == run->protect &&
           pending->allocation_base == run->allocation_base;
}

static hostmem_region describe(const extent *of, hmi_range run, const MEMORY_BASIC_INFORMATION *is)
{
    return (hostmem_region){
        .size = sizeof(hostmem_region),
        .kind = of->kind,
        .base = (void *)run.start,
        .allocation_base = (void *)of->range.start,
        .bytes = run.end - run.start,
        .allocation_bytes = of->range.end - of->range.start,
        .state = is->State,
        .protect = is->State == MEM_COMMIT ? is->Protect : 0,
    };
}

/* Visits a part of an extent. False: the visitor has stopped the walk. */
static bool visit_part(walk *on, const extent *of, hmi_range part)
{
    hmi_range run = part;
    MEMORY_BASIC_INFORMATION is;
    for (; run.start < part.end && hmi_core_describe(on->core, part.end, &run, &is); run.start = run.end) {
        hostmem_region region = describe(of, run, &is);
        bool more = goes_on(&on->pending, &region);
        if (!more && !deliver(on))
            return false;
        if (!is_still_there(on->core, of)) /* the visitor may have released it, too */
            break;
        if (is.State == MEM_FREE && of->kind == HOSTMEM_REGION_VIEW)
            continue; /* the announced size was larger than the view */
        if (is.State == MEM_FREE)
            break;
        if (more)
            on->pending.bytes += region.bytes;
        else
            on->pending = region;
    }
    return deliver(on);
}

/* Visits a view from an address on. Pages that are also in one of our reservations are visited as part of the
 * reservation. */
static bool visit_view(walk *on, const extent *view, UINT_PTR from)
{
    hmi_ledger *ledger = &on->core->ledger;
    hmi_range rest = {from, view->range.end}, run;
    while (rest.start < rest.end &&
           hmi_atomic_bitmap_run(&ledger->owned, hmi_ledger_granules(ledger, rest), true, &run)) {
        UINT_PTR start;
        SIZE_T bytes;
        if (run.start > rest.start && !visit_part(on, view, (hmi_range){rest.start, run.start}))
            return false;
        if (run.start < rest.start) /* the end of a reservation that began before */
            run.start += ledger->granularity;
        while (run.start < run.end && hmi_extent_table_next(&ledger->reservations, run.start, &start, &bytes) &&
               start < run.end) {
            const extent reservation = {HOSTMEM_REGION_PAGES, {start, start + bytes}};
            if (!visit_part(on, &reservation, reservation.range))
                return false;
            run.start = start + bytes;
        }
        rest.start = run.end;
    }
    return rest.start >= view->range.end || visit_part(on, view, rest);
}

bool hmi_regions_visit(hmi_core *core, hostmem_region_visitor *visitor, void *context)
{
    walk on = {.core = core, .visitor = visitor, .context = context};
    UINT_PTR from = 0;
    extent each;
    while (next_extent(core, from, &each)) {
        extent view = {HOSTMEM_REGION_VIEW, {0, 0}};
        if (!(each.kind == HOSTMEM_REGION_VIEW ? visit_view(&on, &each, each.range.start)
                                               : visit_part(&on, &each, each.range)))
            return false;
        from = each.range.end; /* skips views inside of a reservation */
        if (each.kind == HOSTMEM_REGION_PAGES && hmi_ledger_find_view(&core->ledger, from, &view.range) &&
            view.range.start < from && from < view.range.end) {
            if (!visit_view(&on, &view, from))
                return false;
            from = view.range.end;
        }
    }
    return true;
}

typedef struct audit_visit {
    hmi_core *core;
    hostmem_audit *audit;
} audit_visit;

/* The committed bytes in a region of a view: those pages that the books have as committed. */
static UINT64 committed_in_view(hmi_core *core, const hostmem_region *region)
{
    hmi_range pages = {(UINT_PTR)region->base, (UINT_PTR)region->base + (SIZE_T)region->bytes};
    return (UINT64)hmi_atomic_bitmap_count(&core->ledger.committed, pages) * core->info.page_size;
}

static BOOL add_to_audit(void *context, const hostmem_region *region)
{
    const audit_visit *visit = context;
    hostmem_audit *audit = visit->audit;
    UINT64 committed = region->state == MEM_COMMIT ? region->bytes : 0;
    audit->regions++;
    if (hostmem_region_is_writable_code(region)) {
        audit->writable_code_regions++;
        audit->writable_code_bytes += region->bytes;
    }
    if (region->kind == HOSTMEM_REGION_VIEW) {
        audit->mapped_bytes += region->bytes;
        committed = committed ? committed_in_view(visit->core, region) : 0;
    } else
        audit->reserved_bytes += region->bytes;
    audit->committed_bytes += committed;
    if (hmi_protection_allows_execution(region->protect))
        audit->executable_bytes += committed;
    return TRUE;
}

void hmi_regions_audit(hmi_core *core, hostmem_audit *audit)
{
    audit_visit visit = {core, audit};
    hmi_regions_visit(core, add_to_audit, &visit);
}
