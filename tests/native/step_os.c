/* See step_os.h: memory. Reservations and tables are runs of granules, objects and blocks runs of small units; pages
 * that callers get have no memory under them. */
#include "step_os_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_backing.h"

#define TABLE_BYTES ((SIZE_T)512 << 20)
#define REGION_BYTES ((SIZE_T)256 << 20)
#define UNIT_BYTES ((SIZE_T)4 << 20)
#define ADDRESS_BITS (sizeof(SIZE_T) == 8 ? 32 : 16)

enum { REGION = 1, TABLE, OBJECT, HEAP, BLOCK };

static UINT8 table_pages[TABLE_BYTES / STEP_PAGE];   /* 1: committed */
static UINT8 region_pages[REGION_BYTES / STEP_PAGE]; /* protection by number */

/* Granules of tables are coarse, so that a table is few of them. */
step_area step_areas[STEP_AREAS] = {
    [STEP_TABLES] = {.granule = (SIZE_T)512 << 10, .bytes = TABLE_BYTES, .pages = table_pages},
    [STEP_REGIONS] = {.granule = STEP_GRANULE, .bytes = REGION_BYTES, .pages = region_pages},
    [STEP_UNITS] = {.granule = 1024, .bytes = UNIT_BYTES},
};

static step_area *const tables = &step_areas[STEP_TABLES];
static step_area *const regions = &step_areas[STEP_REGIONS];
static step_area *const units = &step_areas[STEP_UNITS];
static hostmem_os functions;
step_os_totals step_totals;

void step_os_give_up(const char *why, const void *what)
{
    fprintf(stderr, "step_os: %s: %p\n", why, what);
    abort();
}

/* ---- Runs of granules ---- */

static const UINT32 protections[] = {
    0,
    PAGE_NOACCESS,
    PAGE_READONLY,
    PAGE_READWRITE,
    PAGE_EXECUTE,
    PAGE_EXECUTE_READ,
    PAGE_EXECUTE_READWRITE,
    PAGE_EXECUTE_WRITECOPY,
};

/* 0: there is no such protection. */
static UINT8 number_of(UINT32 protect)
{
    UINT8 number = sizeof protections / sizeof *protections - 1;
    while (number && protections[number] != protect)
        number--;
    return number;
}

static BOOL is_executable(UINT8 number)
{
    return (protections[number] &
            (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)) != 0;
}

static SIZE_T to_pages(SIZE_T bytes)
{
    return (bytes + STEP_PAGE - 1) & ~(STEP_PAGE - 1);
}

/* Pages of an area by number, and the run that they are in. */
typedef struct pages {
    UINT32 first, end;
    UINT32 run_first; /* page */
    instant_run *run;
} pages;

static UINT32 granule_of(const step_area *area, UINT32 page)
{
    return (UINT32)(page * STEP_PAGE / area->granule);
}

static char *address_of(const step_area *area, UINT32 page)
{
    return area->base + page * STEP_PAGE;
}

static pages all_of(const step_area *area, UINT32 granule)
{
    instant_run *run = &area->space.runs[granule];
    UINT32 first = (UINT32)(granule * area->granule / STEP_PAGE);
    return (pages){first, first + (UINT32)(run->bytes / STEP_PAGE), first, run};
}

/* Whether one run holds size bytes at address. */
static BOOL find(step_area *area, const void *address, SIZE_T size, pages *found)
{
    SIZE_T offset = (SIZE_T)((const char *)address - area->base);
    UINT32 granule;
    if ((const char *)address < area->base || offset >= area->bytes ||
        !instant_space_find(&area->space, (UINT32)(offset / area->granule), &granule))
        return FALSE;
    *found = all_of(area, granule);
    if (!size || offset + size > (SIZE_T)found->end * STEP_PAGE)
        return FALSE;
    found->first = (UINT32)(offset / STEP_PAGE);
    found->end = (UINT32)((offset + size - 1) / STEP_PAGE + 1);
    return TRUE;
}

/* address: NULL for anywhere. */
static UINT32 take(step_area *area, const void *address, SIZE_T size, UINT32 kind, pages *taken)
{
    SIZE_T offset = (SIZE_T)((const char *)address - area->base);
    UINT32 first = INSTANT_NONE;
    if (!size || size > area->bytes)
        return size ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_PARAMETER;
    if (address && ((const char *)address < area->base || offset >= area->bytes))
        return ERROR_INVALID_ADDRESS;
    if (address) {
        first = (UINT32)(offset / area->granule);
        size += offset % area->granule;
    }
    first = instant_space_take(&area->space, first, (UINT32)((size + area->granule - 1) / area->granule), kind, 0,
                               to_pages(size));
    if (first == INSTANT_NONE)
        return address ? ERROR_INVALID_ADDRESS : ERROR_NOT_ENOUGH_MEMORY;
    *taken = all_of(area, first);
    return 0;
}

static void drop(step_area *area, UINT32 granule, UINT32 kind)
{
    instant_space_end(&area->space, granule, kind);
    instant_space_give_back(&area->space, granule);
}

UINT32 step_area_pages(const step_area *area)
{
    return (UINT32)(area->space.used * area->granule / STEP_PAGE);
}

/* ---- Pages for callers ---- */

/* The first page, up to end, that is not like the one given. Many at a time: there are ways with 30,000. */
static UINT32 first_unlike(UINT32 page, UINT32 end)
{
    enum { MANY = 512 };
    UINT8 number = region_pages[page];
    while (end - page > MANY && !memcmp(&region_pages[page], &region_pages[page + 1], MANY))
        page += MANY;
    while (page < end && region_pages[page] == number)
        page++;
    return page;
}

/* Protection number 0 decommits. */
static void set_pages(pages of, UINT8 number)
{
    while (of.first < of.end) {
        UINT32 end = first_unlike(of.first, of.end);
        UINT8 old = region_pages[of.first];
        SIZE_T bytes = (end - of.first) * STEP_PAGE;
        step_totals.committed_bytes += (number ? bytes : 0) - (old ? bytes : 0);
        step_totals.executable_bytes += (is_executable(number) ? bytes : 0) - (is_executable(old) ? bytes : 0);
        memset(&region_pages[of.first], number, end - of.first);
        of.first = end;
    }
}

static UINT32 os_virtual_alloc(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    UINT32 error;
    pages found;
    (void)os;
    POINT("virtual_alloc");
    if (!number_of(protect))
        return ERROR_INVALID_PARAMETER;
    if ((type & MEM_RESERVE) || ((type & MEM_COMMIT) && !address)) {
        error = take(regions, address, size, REGION, &found);
        if (error)
            return error;
        step_totals.reserved_bytes += found.run->bytes;
    } else if (!find(regions, address, size, &found)) {
        return ERROR_INVALID_ADDRESS;
    }
    if (type & MEM_COMMIT)
        set_pages(found, number_of(protect));
    *out = address_of(regions, found.first);
    return 0;
}

static UINT32 os_virtual_free(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    pages found;
    (void)os;
    POINT("virtual_free");
    if (!find(regions, address, size ? size : 1, &found) ||
        (!size && (char *)address != address_of(regions, found.run_first)))
        return ERROR_INVALID_ADDRESS;
    if (!size)
        found = all_of(regions, granule_of(regions, found.run_first));
    set_pages(found, 0);
    if (type == MEM_RELEASE) {
        step_totals.reserved_bytes -= found.run->bytes;
        drop(regions, granule_of(regions, found.run_first), REGION);
    }
    return 0;
}

/* How far what is free reaches from a page on. Of the address space below the area nothing is known to be taken. */
static SIZE_T free_bytes(const char *page)
{
    UINT32 granule, first;
    if (page < regions->base)
        return (SIZE_T)(regions->base - page);
    granule = (UINT32)((SIZE_T)(page - regions->base) / regions->granule);
    while (granule < regions->space.used && !instant_space_find(&regions->space, granule, &first))
        granule++;
    return (granule < regions->space.used ? granule * regions->granule : regions->bytes) -
           (SIZE_T)(page - regions->base);
}

static UINT32 os_virtual_query(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written)
{
    MEMORY_BASIC_INFORMATION *info = buffer;
    UINT8 number;
    pages found;
    (void)os;
    POINT("virtual_query");
    if (length < sizeof *info)
        return ERROR_BAD_LENGTH;
    *info = (MEMORY_BASIC_INFORMATION){.BaseAddress = (void *)((UINT_PTR)address & ~(STEP_PAGE - 1)),
                                       .RegionSize = STEP_PAGE,
                                       .State = MEM_FREE,
                                       .Protect = PAGE_NOACCESS};
    *written = sizeof *info;
    if (!find(regions, address, 1, &found)) {
        info->RegionSize = free_bytes(info->BaseAddress);
        return 0;
    }
    number = region_pages[found.first];
    found.end = first_unlike(found.first, found.run_first + (UINT32)(found.run->bytes / STEP_PAGE));
    info->AllocationBase = address_of(regions, found.run_first);
    info->RegionSize = (found.end - found.first) * STEP_PAGE;
    info->State = number ? MEM_COMMIT : MEM_RESERVE;
    info->Protect = protections[number];
    info->Type = MEM_PRIVATE;
    return 0;
}

static UINT32 os_virtual_protect(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    UINT32 page;
    pages found;
    (void)os;
    POINT("virtual_protect");
    if (!number_of(protect))
        return ERROR_INVALID_PARAMETER;
    if (!find(regions, address, size, &found))
        return ERROR_INVALID_ADDRESS;
    for (page = found.first; page < found.end; page++) {
        if (!region_pages[page])
            return ERROR_INVALID_ADDRESS;
    }
    *old_protect = protections[region_pages[found.first]];
    set_pages(found, number_of(protect));
    return 0;
}

static UINT32 os_virtual_lock(hostmem_os *os, void *address, SIZE_T size)
{
    (void)os;
    (void)address;
    (void)size;
    POINT("virtual_lock");
    return 0;
}

static UINT32 os_working_set_raise(hostmem_os *os, SIZE_T bytes)
{
    (void)os;
    (void)bytes;
    POINT("working_set_raise");
    return 0;
}

static UINT32 os_virtual_alloc_node(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                                    UINT32 node, void **out)
{
    (void)node;
    return os_virtual_alloc(os, address, size, type, protect, out);
}

/* ---- Tables ---- */

static UINT32 os_table_reserve(hostmem_os *os, SIZE_T size, void **out)
{
    UINT32 error;
    pages taken;
    (void)os;
    POINT("table_reserve");
    error = take(tables, NULL, size, TABLE, &taken);
    if (error)
        return error;
    *out = address_of(tables, taken.first);
    step_totals.tables++;
    return 0;
}

static UINT32 os_table_commit(hostmem_os *os, void *address, SIZE_T size)
{
    pages found;
    (void)os;
    POINT("table_commit");
    if (!find(tables, address, size, &found))
        step_os_give_up("table_commit of what is not in one table", address);
    memset(table_pages + found.first, 1, found.end - found.first);
    return 0;
}

void step_os_clear_tables(UINT32 page, UINT32 end)
{
    const UINT8 *committed;
    while (page < end && (committed = memchr(&table_pages[page], 1, end - page)) != NULL) {
        page = (UINT32)(committed - table_pages);
        memset(address_of(tables, page), 0, STEP_PAGE);
        table_pages[page++] = 0;
    }
}

static void os_table_release(hostmem_os *os, void *address, SIZE_T size)
{
    pages found;
    (void)os;
    POINT("table_release");
    if (!find(tables, address, size, &found) || found.run->bytes != to_pages(size) || found.first != found.run_first)
        step_os_give_up("table_release of what is not a whole table", address);
    step_os_clear_tables(found.first, found.end);
    drop(tables, granule_of(tables, found.first), TABLE);
    step_totals.tables--;
}

/* ---- Objects and blocks ---- */

static void *take_units(SIZE_T size, UINT32 kind, UINT32 note)
{
    UINT32 count = (UINT32)(size / units->granule + 1);
    UINT32 first = instant_space_take(&units->space, INSTANT_NONE, count, kind, note, size);
    return first == INSTANT_NONE ? NULL : memset(units->base + first * units->granule, 0, count * units->granule);
}

static UINT32 unit_of(const void *address)
{
    SIZE_T offset = (SIZE_T)((const char *)address - units->base);
    return offset < units->bytes && offset % units->granule == 0 ? (UINT32)(offset / units->granule) : INSTANT_NONE;
}

static void drop_units(const void *address, UINT32 kind)
{
    UINT32 first = unit_of(address);
    if (!instant_space_end(&units->space, first, kind))
        step_os_give_up("what was not given out, or not as this, is given back", address);
    instant_space_give_back(&units->space, first);
}

void *step_os_take_object(SIZE_T size)
{
    void *object = take_units(size, OBJECT, 0);
    step_totals.objects += object != NULL;
    return object;
}

void step_os_drop_object(void *object)
{
    drop_units(object, OBJECT);
    step_totals.objects--;
}

static void *os_object_alloc(hostmem_os *os, SIZE_T size)
{
    (void)os;
    POINT("object_alloc");
    return step_os_take_object(size);
}

static void os_object_free(hostmem_os *os, void *object)
{
    (void)os;
    POINT("object_free");
    step_os_drop_object(object);
}

static UINT32 os_heap_create(hostmem_os *os, UINT32 options, void **heap)
{
    (void)os;
    (void)options;
    POINT("heap_create");
    *heap = take_units(0, HEAP, 0);
    return *heap ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static void drop_block(UINT32 first)
{
    step_totals.heap_blocks--;
    step_totals.heap_bytes -= units->space.runs[first].bytes;
    drop(units, first, BLOCK);
}

static void os_heap_destroy(hostmem_os *os, void *heap)
{
    UINT32 first;
    (void)os;
    POINT("heap_destroy");
    drop_units(heap, HEAP);
    for (first = 0; first < units->space.used; first++) {
        if (units->space.runs[first].kind == BLOCK && units->space.runs[first].note == unit_of(heap))
            drop_block(first);
    }
}

static UINT32 os_heap_alloc(hostmem_os *os, void *heap, SIZE_T size, void **out)
{
    void *block;
    (void)os;
    POINT("heap_alloc");
    block = take_units(size, BLOCK, unit_of(heap));
    if (!block)
        return ERROR_NOT_ENOUGH_MEMORY;
    step_totals.heap_blocks++;
    step_totals.heap_bytes += size;
    *out = block;
    return 0;
}

static UINT32 os_heap_free(hostmem_os *os, void *heap, void *block)
{
    UINT32 first = unit_of(block);
    (void)os;
    POINT("heap_free");
    if (first == INSTANT_NONE || units->space.runs[first].kind != BLOCK ||
        units->space.runs[first].note != unit_of(heap))
        step_os_give_up("heap_free of what is not a live block of the heap", block);
    drop_block(first);
    return 0;
}

static void os_get_info(hostmem_os *os, hmi_os_info *info)
{
    (void)os;
    POINT("get_info");
    *info = (hmi_os_info){STEP_PAGE, STEP_GRANULE, (UINT_PTR)regions->base + REGION_BYTES - 1, TRUE};
}

/* ---- The whole ---- */

static void create(void)
{
    /* The library's tables go by address: with the same lower bits, calls have the same points behind which something
     * has changed in every run. */
    char *base = sim_backing_reserve(TABLE_BYTES + UNIT_BYTES + REGION_BYTES, (SIZE_T)1 << ADDRESS_BITS);
    unsigned i;
    for (i = 0; i < STEP_AREAS; i++) {
        step_area *area = &step_areas[i];
        if (!base || !instant_space_init(&area->space, (UINT32)(area->bytes / area->granule)))
            step_os_give_up("no memory", base);
    }
    tables->base = base;
    units->base = base + TABLE_BYTES;
    regions->base = base + TABLE_BYTES + UNIT_BYTES; /* last: where the address space ends */
    sim_backing_commit(base, TABLE_BYTES + UNIT_BYTES, SIM_ACCESS_WRITE);
    functions = (hostmem_os){
        .get_info = os_get_info,
        .virtual_alloc = os_virtual_alloc,
        .virtual_free = os_virtual_free,
        .virtual_query = os_virtual_query,
        .virtual_protect = os_virtual_protect,
        .virtual_lock = os_virtual_lock,
        .working_set_raise = os_working_set_raise,
        .virtual_alloc_node = os_virtual_alloc_node,
        .heap_create = os_heap_create,
        .heap_destroy = os_heap_destroy,
        .heap_alloc = os_heap_alloc,
        .heap_free = os_heap_free,
        .table_reserve = os_table_reserve,
        .table_commit = os_table_commit,
        .table_release = os_table_release,
        .object_alloc = os_object_alloc,
        .object_free = os_object_free,
    };
    step_threads_fill(&functions);
    step_machine_fill(&functions);
}

hostmem_os *step_os_functions(void)
{
    if (!tables->base)
        create();
    return &functions;
}

step_os_totals step_os_total(void)
{
    return step_totals;
}

/* The default operating system of an instance. */
hostmem_os *hmi_os_win32(void)
{
    return step_os_functions();
}
