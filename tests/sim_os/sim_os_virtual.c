/* Virtual memory of the simulated operating system: what VirtualAlloc, VirtualFree, VirtualProtect and VirtualLock
 * do and refuse on Windows, with the checks in Windows' order. Errors are those that the kernel's status codes map
 * to: 487 for an address that does not fit, 87 for an argument that is never valid. What is not shown by tests that
 * run on Windows (tests/win32_calls has those) is marked "assumed": it comes from documentation, from ReactOS's
 * code or is a guess. */
#include "sim_os_internal.h"

#include <stdlib.h>

/* Not the headers' values: Wine's MEM_RESET_UNDO differs from Windows', and older headers lack some. */
#define RESET_UNDO 0x1000000u
#define COALESCE_PLACEHOLDERS 1u
#define PRESERVE_PLACEHOLDER 2u
#define TARGETS_INVALID 0x40000000u /* or TARGETS_NO_UPDATE, of VirtualProtect */

#define PROTECT_BASE 0xffu
#define PROTECT_EXECUTE 0xf0u
#define PROTECT_CACHING (PAGE_NOCACHE | PAGE_WRITECOMBINE)
#define PROTECT_MODIFIERS (PAGE_GUARD | PROTECT_CACHING)

static BOOL valid_protect(UINT32 protect)
{
    UINT32 modifiers = protect & PROTECT_MODIFIERS;
    if (protect & PROTECT_EXECUTE) {
        protect &= ~TARGETS_INVALID; /* assumed: elsewhere it is refused */
    }
    switch (protect & ~(UINT32)PROTECT_MODIFIERS) {
    case PAGE_NOACCESS:
        return modifiers == 0;
    case PAGE_READONLY:
    case PAGE_READWRITE:
    case PAGE_EXECUTE:
    case PAGE_EXECUTE_READ:
    case PAGE_EXECUTE_READWRITE:
        /* At most one of the three (of two caching modifiers, assumed). Copy-on-write is only for images and mapped
         * files. */
        return (modifiers & (modifiers - 1)) == 0;
    default:
        return FALSE;
    }
}

static sim_access access_of(UINT32 protect)
{
    if (protect & PAGE_GUARD) {
        return SIM_ACCESS_NONE;
    }
    switch (protect & PROTECT_BASE) {
    case PAGE_READWRITE:
    case PAGE_EXECUTE_READWRITE:
        return SIM_ACCESS_WRITE;
    case PAGE_NOACCESS:
        return SIM_ACCESS_NONE;
    default:
        return SIM_ACCESS_READ;
    }
}

/* The protection that a query returns: caching is a property of the region. Assumed: pages without access return
 * none. */
static UINT32 shown_protect(const sim_reservation *reservation, UINT32 protect)
{
    UINT32 shown = protect & (PROTECT_BASE | PAGE_GUARD);
    return access_of(shown) == SIM_ACCESS_NONE ? shown : shown | reservation->caching;
}

/* ---- The arena and its reservations ---- */

static void *array_create(SIZE_T bytes)
{
    void *array = sim_backing_reserve(bytes, SIM_GRANULARITY);
    if (array != NULL) {
        sim_backing_commit(array, bytes, SIM_ACCESS_WRITE);
    }
    return array;
}

BOOL sim_arena_init(sim_arena *arena, const sim_os_config *config)
{
    BOOL wide = sizeof(void *) == 8;
    SIZE_T real_page = sim_backing_page_size();
    SIZE_T bytes = config->arena_bytes != 0 ? config->arena_bytes : (SIZE_T)(wide ? (UINT64)8 << 30 : (UINT64)64 << 20);
    *arena = (sim_arena){
        .size = (SIZE_T)sim_round_down(bytes, SIM_GRANULARITY),
        .page_size = config->page_size != 0 ? config->page_size : 4096,
        .highest_address = config->highest_address != 0 ? config->highest_address
                                                        : (UINT_PTR)(wide ? 0x7ffffffeffffu : 0x7ffeffffu),
        .instant = config->instant,
    };
    while (((SIZE_T)1 << arena->page_shift) < arena->page_size) {
        arena->page_shift++;
    }
    if (arena->instant && config->arena_base != 0) {
        arena->base = sim_round_down(config->arena_base, SIM_GRANULARITY);
    } else {
        arena->memory = sim_backing_reserve(arena->size, SIM_GRANULARITY);
        arena->base = (UINT_PTR)arena->memory;
        if (arena->memory == NULL) {
            return FALSE;
        }
        if (arena->instant) {
            sim_backing_commit(arena->memory, arena->size, SIM_ACCESS_WRITE);
        } else if (arena->page_size % real_page != 0) {
            sim_die("real pages are larger than simulated ones", NULL);
        }
    }
    SIZE_T page_array = arena->size / arena->page_size * sizeof *arena->pages;
    SIZE_T place_array = arena->size / arena->page_size * sizeof *arena->places;
    SIZE_T granule_array = arena->size / SIM_GRANULARITY * sizeof *arena->granules;
    arena->page_bytes = (page_array + real_page - 1) & ~(real_page - 1);
    arena->place_bytes = (place_array + real_page - 1) & ~(real_page - 1);
    arena->granule_bytes = (granule_array + real_page - 1) & ~(real_page - 1);
    arena->pages = array_create(arena->page_bytes);
    arena->places = array_create(arena->place_bytes);
    arena->granules = array_create(arena->granule_bytes);
    return arena->pages != NULL && arena->places != NULL && arena->granules != NULL;
}

void sim_arena_destroy(sim_arena *arena)
{
    if (arena->memory != NULL) {
        sim_backing_release(arena->memory, arena->size);
    }
    if (arena->pages != NULL) {
        sim_backing_release(arena->pages, arena->page_bytes);
    }
    if (arena->places != NULL) {
        sim_backing_release(arena->places, arena->place_bytes);
    }
    if (arena->granules != NULL) {
        sim_backing_release(arena->granules, arena->granule_bytes);
    }
    free(arena->reservations);
    *arena = (sim_arena){0};
}

static SIZE_T granule_count(SIZE_T size)
{
    return size / SIM_GRANULARITY + (size % SIM_GRANULARITY != 0);
}

sim_reservation *sim_find_reservation(const sim_arena *arena, UINT_PTR address)
{
    if (address - arena->base >= arena->size) {
        return NULL;
    }
    UINT32 entry = arena->granules[(address - arena->base) / SIM_GRANULARITY];
    if (entry == 0) {
        return NULL;
    }
    sim_reservation *reservation = &arena->reservations[entry - 1];
    return address - reservation->base < reservation->size ? reservation : NULL;
}

static void mark_granules(sim_arena *arena, UINT_PTR base, SIZE_T size, UINT32 entry)
{
    SIZE_T first = (base - arena->base) / SIM_GRANULARITY;
    for (SIZE_T i = 0; i < granule_count(size); i++) {
        arena->granules[first + i] = entry;
    }
    if (entry == 0 && first < arena->lowest_free) {
        arena->lowest_free = first;
    } else if (entry != 0 && first == arena->lowest_free) {
        arena->lowest_free = first + granule_count(size);
    }
}

static BOOL granules_free(const sim_arena *arena, UINT_PTR base, SIZE_T size)
{
    if (base < arena->base || base - arena->base >= arena->size || size > arena->size - (base - arena->base)) {
        return FALSE;
    }
    SIZE_T first = (base - arena->base) / SIM_GRANULARITY;
    for (SIZE_T i = 0; i < granule_count(size); i++) {
        if (arena->granules[first + i] != 0) {
            return FALSE;
        }
    }
    return TRUE;
}

/* The lowest address (the highest, if from_top) where the size fits; 0 if there is none. */
static UINT_PTR find_place(sim_arena *arena, SIZE_T size, BOOL from_top)
{
    SIZE_T total = arena->size / SIM_GRANULARITY;
    SIZE_T wanted = granule_count(size);
    SIZE_T run = 0;
    while (arena->lowest_free < total && arena->granules[arena->lowest_free] != 0) {
        arena->lowest_free++;
    }
    for (SIZE_T i = arena->lowest_free; i < total; i++) {
        SIZE_T granule = from_top ? total - 1 - (i - arena->lowest_free) : i;
        run = arena->granules[granule] == 0 ? run + 1 : 0;
        if (run == wanted) {
            return arena->base + (from_top ? granule : granule + 1 - wanted) * SIM_GRANULARITY;
        }
    }
    return 0;
}

static sim_reservation *add_reservation(sim_arena *arena, UINT_PTR base, SIZE_T size, UINT32 protect)
{
    UINT32 entry = arena->first_unused;
    if (entry != 0) {
        arena->first_unused = arena->reservations[entry - 1].next_unused;
    } else {
        SIZE_T capacity = arena->reservation_capacity;
        entry = ++arena->reservation_count;
        arena->reservations = sim_grow(arena->reservations, sizeof *arena->reservations, &capacity, entry);
        arena->reservation_capacity = (UINT32)capacity;
    }
    sim_reservation *reservation = &arena->reservations[entry - 1];
    *reservation = (sim_reservation){
        .base = base, .size = size, .protect = protect & ~TARGETS_INVALID, .caching = protect & PROTECT_CACHING};
    mark_granules(arena, base, size, entry);
    arena->reserved_bytes += size;
    return reservation;
}

/* ---- Pages ---- */

static SIZE_T committed_between(const sim_arena *arena, UINT_PTR start, UINT_PTR end)
{
    SIZE_T committed = 0;
    for (UINT_PTR page = start; page < end; page += arena->page_size) {
        committed += *sim_page_at(arena, page) != 0 ? arena->page_size : 0;
    }
    return committed;
}

static void set_pages(sim_arena *arena, UINT_PTR start, UINT_PTR end, UINT32 protect)
{
    for (UINT_PTR page = start; page < end; page += arena->page_size) {
        *sim_page_at(arena, page) = (UINT16)protect;
    }
}

/* Pages without access or without memory lose their lock. */
static void unlock_pages(sim_arena *arena, UINT_PTR start, UINT_PTR end)
{
    for (UINT_PTR page = start; arena->locked_bytes > 0 && page < end; page += arena->page_size) {
        UINT8 *place = sim_place_at(arena, page);
        arena->locked_bytes -= *place & SIM_LOCKED ? arena->page_size : 0;
        *place &= (UINT8)~SIM_LOCKED;
    }
}

/* Records the node of pages that are about to be committed and are not committed yet. */
static void place_pages(sim_arena *arena, UINT_PTR start, UINT_PTR end, UINT32 node)
{
    for (UINT_PTR page = start; node != SIM_NO_NODE && page < end; page += arena->page_size) {
        if (*sim_page_at(arena, page) == 0) {
            *sim_place_at(arena, page) = (UINT8)(node + 1);
            arena->node_bytes[node] += arena->page_size;
        }
    }
}

static void forget_places(sim_arena *arena, UINT_PTR start, UINT_PTR end)
{
    unlock_pages(arena, start, end);
    for (UINT_PTR page = start; page < end; page += arena->page_size) {
        UINT8 *place = sim_place_at(arena, page);
        if (*place != 0) {
            arena->node_bytes[*place - 1] -= arena->page_size;
            *place = 0;
        }
    }
}

static UINT32 commit(sim_arena *arena, const sim_reservation *reservation, UINT_PTR start, UINT_PTR end, UINT32 protect,
                     UINT32 node)
{
    SIZE_T added = (end - start) - committed_between(arena, start, end);
    if (added > 0 && arena->commit_limit != 0 &&
        (arena->committed_bytes > arena->commit_limit || added > arena->commit_limit - arena->committed_bytes)) {
        return ERROR_COMMITMENT_LIMIT;
    }
    arena->committed_bytes += added;
    place_pages(arena, start, end, node);
    set_pages(arena, start, end, shown_protect(reservation, protect));
    if (access_of(protect) == SIM_ACCESS_NONE) {
        unlock_pages(arena, start, end);
    }
    if (!arena->instant) {
        sim_backing_commit((void *)start, end - start, access_of(protect));
    }
    return 0;
}

static void decommit(sim_arena *arena, UINT_PTR start, UINT_PTR end)
{
    SIZE_T taken = committed_between(arena, start, end);
    if (taken == 0) {
        return; /* a large reservation's page array is not touched, so it uses no memory */
    }
    arena->committed_bytes -= taken;
    forget_places(arena, start, end);
    set_pages(arena, start, end, 0);
    if (!arena->instant) {
        sim_backing_decommit((void *)start, end - start);
    }
}

static void release(sim_arena *arena, sim_reservation *reservation)
{
    decommit(arena, reservation->base, reservation->base + reservation->size);
    mark_granules(arena, reservation->base, reservation->size, 0);
    arena->reserved_bytes -= reservation->size;
    *reservation = (sim_reservation){.next_unused = arena->first_unused};
    arena->first_unused = (UINT32)(reservation - arena->reservations) + 1;
}

/* ---- The four functions ---- */

static UINT32 check_alloc_type(UINT32 type)
{
    UINT32 known = MEM_COMMIT | MEM_RESERVE | MEM_RESET | RESET_UNDO | MEM_TOP_DOWN | MEM_WRITE_WATCH | MEM_LARGE_PAGES;
    if ((type & ~known) != 0 || (type & (MEM_COMMIT | MEM_RESERVE | MEM_RESET | RESET_UNDO)) == 0 ||
        ((type & MEM_RESET) && type != MEM_RESET) || ((type & RESET_UNDO) && type != RESET_UNDO) ||
        ((type & MEM_WRITE_WATCH) && !(type & MEM_RESERVE)) || /* assumed in combination with MEM_COMMIT */
        ((type & MEM_LARGE_PAGES) && (!(type & MEM_COMMIT) || (type & MEM_WRITE_WATCH)))) { /* assumed */
        return ERROR_INVALID_PARAMETER;
    }
    return 0;
}

static UINT32 reserve(sim_arena *arena, UINT_PTR hint, SIZE_T size, BOOL from_top, UINT32 protect,
                      sim_reservation **out)
{
    UINT_PTR base = sim_round_down(hint, SIM_GRANULARITY);
    SIZE_T rounded = (SIZE_T)(sim_round_down(hint + size - 1, arena->page_size) - base + arena->page_size);
    if (arena->reserve_limit != 0 &&
        (arena->reserved_bytes > arena->reserve_limit || rounded > arena->reserve_limit - arena->reserved_bytes)) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    if (hint == 0) {
        base = find_place(arena, rounded, from_top);
        if (base == 0) {
            return ERROR_NOT_ENOUGH_MEMORY;
        }
    } else if (!granules_free(arena, base, rounded)) {
        return ERROR_INVALID_ADDRESS;
    }
    *out = add_reservation(arena, base, rounded, protect);
    return 0;
}

UINT32 sim_virtual_alloc(sim_arena *arena, void *address, SIZE_T size, UINT32 type, UINT32 protect, UINT32 node,
                         void **out)
{
    UINT_PTR start = (UINT_PTR)address;
    UINT32 error = check_alloc_type(type);
    if (error != 0) {
        return error;
    }
    if (!valid_protect(protect) || (start != 0 && start < SIM_GRANULARITY) || start > arena->highest_address ||
        size == 0 || size - 1 > arena->highest_address - start) {
        return ERROR_INVALID_PARAMETER;
    }
    if (type & MEM_LARGE_PAGES) {
        return ERROR_PRIVILEGE_NOT_HELD; /* assumed: checked last, and not before the region is looked up */
    }
    /* Assumed: MEM_RESET at NULL reserves; MEM_RESET_UNDO does not. */
    if ((type & MEM_RESERVE) || (start == 0 && !(type & RESET_UNDO))) {
        sim_reservation *reservation = NULL;
        error = reserve(arena, start, size, (type & MEM_TOP_DOWN) != 0, protect, &reservation);
        if (error == 0 && (type & MEM_COMMIT)) {
            error = commit(arena, reservation, reservation->base, reservation->base + reservation->size, protect, node);
            if (error != 0) {
                release(arena, reservation);
            }
        }
        if (error == 0) {
            *out = (void *)reservation->base;
        }
        return error;
    }
    UINT_PTR end = sim_round_down(start + size - 1, arena->page_size) + arena->page_size;
    start = sim_round_down(start, arena->page_size);
    const sim_reservation *reservation = sim_find_reservation(arena, start);
    if (reservation == NULL || end - reservation->base > reservation->size || reservation->placeholder) {
        return ERROR_INVALID_ADDRESS; /* in placeholders, assumed */
    }
    if (type & MEM_COMMIT) {
        error = commit(arena, reservation, start, end, protect, node);
        if (error != 0) {
            return error;
        }
    }
    *out = (void *)start;
    return 0;
}

/* Makes a part of a placeholder a placeholder of its own. Parts that do not begin and end on granules, which
 * Windows allows, are not simulated. */
static UINT32 split_placeholder(sim_arena *arena, sim_reservation *whole, UINT_PTR start, UINT_PTR end)
{
    UINT_PTR base = whole->base, limit = whole->base + whole->size;
    sim_reservation like = *whole;
    if (end > limit || (start == base && end == limit)) {
        return ERROR_INVALID_ADDRESS; /* assumed */
    }
    if (start % SIM_GRANULARITY != 0 || end % SIM_GRANULARITY != 0) {
        return ERROR_INVALID_PARAMETER;
    }
    release(arena, whole);
    for (unsigned i = 0; i < 3; i++) {
        UINT_PTR from = i == 0 ? base : i == 1 ? start : end, to = i == 0 ? start : i == 1 ? end : limit;
        if (from < to) {
            sim_reservation *part = add_reservation(arena, from, to - from, like.protect);
            part->foreign = like.foreign;
            part->placeholder = TRUE;
        }
    }
    return 0;
}

/* Merges the placeholders that fill a range into one. */
static UINT32 coalesce_placeholders(sim_arena *arena, UINT_PTR start, UINT_PTR end)
{
    const sim_reservation *first = sim_find_reservation(arena, start);
    sim_reservation like = *first;
    UINT_PTR at = start;
    for (const sim_reservation *next = first; at < end && next != NULL; next = sim_find_reservation(arena, at)) {
        if (next->base != at || !next->placeholder) {
            break;
        }
        at += next->size;
    }
    if (at != end || first->size == end - start) {
        return ERROR_INVALID_ADDRESS; /* assumed */
    }
    for (at = start; at < end;) {
        sim_reservation *part = sim_find_reservation(arena, at);
        at += part->size;
        release(arena, part);
    }
    sim_reservation *whole = add_reservation(arena, start, end - start, like.protect);
    whole->foreign = like.foreign;
    whole->placeholder = TRUE;
    return 0;
}

static BOOL valid_free_type(UINT32 type, SIZE_T size)
{
    switch (type) {
    case MEM_DECOMMIT:
    case MEM_RELEASE | PRESERVE_PLACEHOLDER:
    case MEM_RELEASE | COALESCE_PLACEHOLDERS:
        return TRUE;
    case MEM_RELEASE:
        return size == 0;
    default:
        return FALSE;
    }
}

UINT32 sim_virtual_free(sim_arena *arena, void *address, SIZE_T size, UINT32 type)
{
    UINT_PTR start = sim_round_down((UINT_PTR)address, arena->page_size);
    if (!valid_free_type(type, size) || (UINT_PTR)address > arena->highest_address ||
        size > arena->highest_address - (UINT_PTR)address) {
        return ERROR_INVALID_PARAMETER;
    }
    sim_reservation *reservation = sim_find_reservation(arena, start);
    if (reservation == NULL || (size == 0 && start != reservation->base)) {
        return ERROR_INVALID_ADDRESS;
    }
    if (type == MEM_RELEASE) {
        release(arena, reservation);
        return 0;
    }
    UINT_PTR end = size == 0 ? reservation->base + reservation->size
                             : sim_round_down((UINT_PTR)address + size - 1, arena->page_size) + arena->page_size;
    if (type != MEM_DECOMMIT) {
        if (!reservation->placeholder) {
            return ERROR_INVALID_ADDRESS;
        }
        return type & PRESERVE_PLACEHOLDER ? split_placeholder(arena, reservation, start, end)
                                           : coalesce_placeholders(arena, start, end);
    }
    if (end - reservation->base > reservation->size) {
        /* STATUS_UNABLE_TO_FREE_VM maps to this error; commit and protect return another one for such a range. */
        return ERROR_INVALID_PARAMETER;
    }
    decommit(arena, start, end);
    return 0;
}

UINT32 sim_virtual_protect(sim_arena *arena, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    UINT_PTR start = sim_round_down((UINT_PTR)address, arena->page_size);
    if (old_protect == NULL) {
        return ERROR_NOACCESS;
    }
    if (!valid_protect(protect) || (UINT_PTR)address > arena->highest_address || size == 0 ||
        size - 1 > arena->highest_address - (UINT_PTR)address) { /* size 0 and beyond all addresses, assumed */
        return ERROR_INVALID_PARAMETER;
    }
    UINT_PTR end = sim_round_down((UINT_PTR)address + size - 1, arena->page_size) + arena->page_size;
    const sim_reservation *reservation = sim_find_reservation(arena, start);
    if (reservation == NULL || end - reservation->base > reservation->size ||
        committed_between(arena, start, end) != end - start) {
        return ERROR_INVALID_ADDRESS; /* past an allocation's end: assumed */
    }
    *old_protect = *sim_page_at(arena, start);
    set_pages(arena, start, end, shown_protect(reservation, protect));
    if (access_of(protect) == SIM_ACCESS_NONE) {
        unlock_pages(arena, start, end);
    }
    if (!arena->instant) {
        sim_backing_protect((void *)start, end - start, access_of(protect));
    }
    return 0;
}

UINT32 sim_virtual_lock(sim_arena *arena, void *address, SIZE_T size)
{
    UINT_PTR start = sim_round_down((UINT_PTR)address, arena->page_size);
    if ((UINT_PTR)address > arena->highest_address || size == 0 ||
        size - 1 > arena->highest_address - (UINT_PTR)address) {
        return ERROR_INVALID_PARAMETER;
    }
    UINT_PTR end = sim_round_down((UINT_PTR)address + size - 1, arena->page_size) + arena->page_size;
    UINT64 added = 0;
    for (UINT_PTR page = start; page < end; page += arena->page_size) { /* the kernel touches them, which faults */
        const sim_reservation *reservation = sim_find_reservation(arena, page);
        UINT32 protect = reservation != NULL ? *sim_page_at(arena, page) : 0;
        if (protect & PAGE_GUARD) {
            set_pages(arena, page, page + arena->page_size, shown_protect(reservation, protect & ~(UINT32)PAGE_GUARD));
            if (!arena->instant) {
                sim_backing_protect((void *)page, arena->page_size, access_of(*sim_page_at(arena, page)));
            }
            return (UINT32)STATUS_GUARD_PAGE_VIOLATION;
        }
        if (protect == 0 || access_of(protect) == SIM_ACCESS_NONE) {
            return ERROR_NOACCESS; /* assumed */
        }
        added += *sim_place_at(arena, page) & SIM_LOCKED ? 0 : arena->page_size;
    }
    if (added > 0 && (arena->locked_bytes > arena->lock_quota || added > arena->lock_quota - arena->locked_bytes)) {
        return ERROR_WORKING_SET_QUOTA; /* assumed */
    }
    for (UINT_PTR page = start; page < end; page += arena->page_size) {
        *sim_place_at(arena, page) |= SIM_LOCKED;
    }
    arena->locked_bytes += added;
    return 0;
}

/* ---- Only for tests ---- */

void sim_virtual_unlock(sim_arena *arena, void *address, SIZE_T size)
{
    UINT_PTR start = sim_round_down((UINT_PTR)address, arena->page_size);
    UINT_PTR end = sim_round_down((UINT_PTR)address + size - 1, arena->page_size) + arena->page_size;
    if (size == 0 || start < arena->base || end > arena->base + arena->size || end <= start) {
        sim_die("unlocking of what is not in the arena", address);
    }
    unlock_pages(arena, start, end);
}

void *sim_virtual_add_foreign(sim_arena *arena, void *hint, SIZE_T size, BOOL committed, UINT32 protect)
{
    UINT64 reserve_limit = arena->reserve_limit;
    UINT64 commit_limit = arena->commit_limit;
    void *base = NULL;
    arena->reserve_limit = 0;
    arena->commit_limit = 0;
    UINT32 type = committed ? MEM_RESERVE | MEM_COMMIT : MEM_RESERVE;
    if (sim_virtual_alloc(arena, hint, size, type, protect, SIM_NO_NODE, &base) == 0) {
        sim_find_reservation(arena, (UINT_PTR)base)->foreign = TRUE;
    }
    arena->reserve_limit = reserve_limit;
    arena->commit_limit = commit_limit;
    return base;
}

void *sim_virtual_add_placeholder(sim_arena *arena, void *hint, SIZE_T size)
{
    void *base = sim_virtual_add_foreign(arena, hint, size, FALSE, PAGE_NOACCESS);
    if (base != NULL) {
        sim_find_reservation(arena, (UINT_PTR)base)->placeholder = TRUE;
    }
    return base;
}
