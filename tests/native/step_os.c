/* See step_os.h: memory. Reservations and tables are runs of granules, objects and blocks runs of small units; pages
 * that callers get have no memory under them. */
#include "step_os_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instant_space.h"
#include "sim_backing.h"

#define TABLE_BYTES ((SIZE_T)256 << 20)
#define UNIT_BYTES ((SIZE_T)2 << 20)
#define REGION_BYTES ((SIZE_T)512 << 20)
#define UNIT ((SIZE_T)64)
#define GRANULE_PAGES ((UINT32)(STEP_GRANULE / STEP_PAGE))
#define MAX_SAVED_PAGES 512

enum { REGION = 1, TABLE, OBJECT, HEAP, BLOCK };

static char *base; /* of the tables; behind them are the units, and behind those the regions */
static instant_space tables, units, regions;
static UINT8 table_pages[TABLE_BYTES / STEP_PAGE];   /* 1: committed */
static UINT8 region_pages[REGION_BYTES / STEP_PAGE]; /* protection by number; 0: not committed */
static hostmem_os functions;
step_os_totals step_totals;

void step_os_give_up(const char *why, const void *what)
{
    fprintf(stderr, "step_os: %s: %p\n", why, what);
    abort();
}

static char *units_base(void)
{
    return base + TABLE_BYTES;
}

static char *regions_base(void)
{
    return base + TABLE_BYTES + UNIT_BYTES;
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

/* Pages of a space by number, and the run that they are in. */
typedef struct pages {
    UINT32 first, end;
    instant_run *run;
    UINT32 run_first; /* page */
} pages;

static pages all_of(instant_space *in, UINT32 granule)
{
    instant_run *run = &in->runs[granule];
    UINT32 first = granule * GRANULE_PAGES;
    return (pages){first, first + (UINT32)(run->bytes / STEP_PAGE), run, first};
}

/* Where one run holds size bytes at address. */
static BOOL find(instant_space *in, const char *start, const void *address, SIZE_T size, pages *found)
{
    SIZE_T offset = (SIZE_T)((const char *)address - start);
    UINT32 granule;
    if ((const char *)address < start || offset >= (SIZE_T)in->count * STEP_GRANULE ||
        !instant_space_find(in, (UINT32)(offset / STEP_GRANULE), &granule))
        return FALSE;
    *found = all_of(in, granule);
    if (!size || offset + size > (SIZE_T)found->end * STEP_PAGE)
        return FALSE;
    found->first = (UINT32)(offset / STEP_PAGE);
    found->end = (UINT32)((offset + size - 1) / STEP_PAGE + 1);
    return TRUE;
}

static UINT32 take(instant_space *in, const char *start, const void *address, SIZE_T size, UINT32 kind, UINT32 *granule)
{
    SIZE_T offset = (SIZE_T)((const char *)address - start), length = (SIZE_T)in->count * STEP_GRANULE;
    if (!size || size > length)
        return size ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_PARAMETER;
    if (address && ((const char *)address < start || offset >= length))
        return ERROR_INVALID_ADDRESS;
    if (address)
        size += offset % STEP_GRANULE;
    *granule = instant_space_take(in, address ? (UINT32)(offset / STEP_GRANULE) : INSTANT_NONE,
                                  (UINT32)((size + STEP_GRANULE - 1) / STEP_GRANULE), kind, 0, to_pages(size));
    return *granule != INSTANT_NONE ? 0 : address ? ERROR_INVALID_ADDRESS : ERROR_NOT_ENOUGH_MEMORY;
}

static void drop(instant_space *in, UINT32 first, UINT32 kind)
{
    instant_space_end(in, first, kind);
    instant_space_give_back(in, first);
}

/* ---- Pages for callers ---- */

/* Protection number 0 decommits. */
static void set_pages(pages of, UINT8 number)
{
    for (; of.first < of.end; of.first++) {
        UINT8 *page = &region_pages[of.first];
        step_totals.committed_bytes += (number ? STEP_PAGE : 0) - (*page ? STEP_PAGE : 0);
        step_totals.executable_bytes += (is_executable(number) ? STEP_PAGE : 0) -
                                        (is_executable(*page) ? STEP_PAGE : 0);
        *page = number;
    }
}

static UINT32 os_virtual_alloc(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    UINT32 granule, error;
    pages found;
    (void)os;
    POINT("virtual_alloc");
    if (!number_of(protect))
        return ERROR_INVALID_PARAMETER;
    if ((type & MEM_RESERVE) || ((type & MEM_COMMIT) && !address)) {
        error = take(&regions, regions_base(), address, size, REGION, &granule);
        if (error)
            return error;
        found = all_of(&regions, granule);
        step_totals.reserved_bytes += found.run->bytes;
    } else if (!find(&regions, regions_base(), address, size, &found)) {
        return ERROR_INVALID_ADDRESS;
    }
    if (type & MEM_COMMIT)
        set_pages(found, number_of(protect));
    *out = regions_base() + found.first * STEP_PAGE;
    return 0;
}

static UINT32 os_virtual_free(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    pages found;
    (void)os;
    POINT("virtual_free");
    if (!find(&regions, regions_base(), address, size ? size : 1, &found) ||
        (!size && (char *)address != regions_base() + found.run_first * STEP_PAGE))
        return ERROR_INVALID_ADDRESS;
    if (!size)
        found = all_of(&regions, found.run_first / GRANULE_PAGES);
    set_pages(found, 0);
    if (type == MEM_RELEASE) {
        step_totals.reserved_bytes -= found.run->bytes;
        drop(&regions, found.run_first / GRANULE_PAGES, REGION);
    }
    return 0;
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
    if (!find(&regions, regions_base(), address, 1, &found))
        return 0;
    number = region_pages[found.first];
    while (found.end < found.run_first + found.run->bytes / STEP_PAGE && region_pages[found.end] == number)
        found.end++;
    info->AllocationBase = regions_base() + found.run_first * STEP_PAGE;
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
    if (!find(&regions, regions_base(), address, size, &found))
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
    UINT32 granule, error;
    (void)os;
    POINT("table_reserve");
    error = take(&tables, base, NULL, size, TABLE, &granule);
    if (error)
        return error;
    *out = base + granule * STEP_GRANULE;
    step_totals.tables++;
    return 0;
}

static UINT32 os_table_commit(hostmem_os *os, void *address, SIZE_T size)
{
    pages found;
    (void)os;
    POINT("table_commit");
    if (!find(&tables, base, address, size, &found))
        step_os_give_up("table_commit of what is not in one table", address);
    memset(table_pages + found.first, 1, found.end - found.first);
    return 0;
}

static void clear_pages(UINT32 page, UINT32 end)
{
    for (; page < end; page++) {
        if (table_pages[page])
            memset(base + page * STEP_PAGE, 0, STEP_PAGE);
        table_pages[page] = 0;
    }
}

static void os_table_release(hostmem_os *os, void *address, SIZE_T size)
{
    pages found;
    (void)os;
    POINT("table_release");
    if (!find(&tables, base, address, size, &found) || found.run->bytes != to_pages(size) ||
        found.first != found.run_first)
        step_os_give_up("table_release of what is not a whole table", address);
    clear_pages(found.first, found.end);
    drop(&tables, found.first / GRANULE_PAGES, TABLE);
    step_totals.tables--;
}

/* ---- Objects and blocks ---- */

static void *take_units(SIZE_T size, UINT32 kind, UINT32 note)
{
    UINT32 first = size < UNIT_BYTES
                       ? instant_space_take(&units, INSTANT_NONE, (UINT32)(size / UNIT + 1), kind, note, size)
                       : INSTANT_NONE;
    return first == INSTANT_NONE ? NULL : memset(units_base() + first * UNIT, 0, (size / UNIT + 1) * UNIT);
}

static UINT32 unit_of(const void *address)
{
    SIZE_T offset = (SIZE_T)((const char *)address - units_base());
    return offset < UNIT_BYTES && offset % UNIT == 0 ? (UINT32)(offset / UNIT) : INSTANT_NONE;
}

static void drop_units(const void *address, UINT32 kind)
{
    UINT32 first = unit_of(address);
    if (!instant_space_end(&units, first, kind))
        step_os_give_up("what was not given out, or not as this, is given back", address);
    instant_space_give_back(&units, first);
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
    step_totals.heap_bytes -= units.runs[first].bytes;
    drop(&units, first, BLOCK);
}

static void os_heap_destroy(hostmem_os *os, void *heap)
{
    UINT32 first;
    (void)os;
    POINT("heap_destroy");
    drop_units(heap, HEAP);
    for (first = 0; first < units.used; first++) {
        if (units.runs[first].kind == BLOCK && units.runs[first].note == unit_of(heap))
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
    if (first == INSTANT_NONE || units.runs[first].kind != BLOCK || units.runs[first].note != unit_of(heap))
        step_os_give_up("heap_free of what is not a live block of the heap", block);
    drop_block(first);
    return 0;
}

static void os_get_info(hostmem_os *os, hmi_os_info *info)
{
    (void)os;
    POINT("get_info");
    *info = (hmi_os_info){STEP_PAGE, STEP_GRANULE, (UINT_PTR)regions_base() + REGION_BYTES - 1};
}

/* ---- The whole ---- */

static void create(void)
{
    base = sim_backing_reserve(TABLE_BYTES + UNIT_BYTES + REGION_BYTES, STEP_GRANULE);
    if (!base || !instant_space_init(&tables, TABLE_BYTES / STEP_GRANULE) ||
        !instant_space_init(&units, UNIT_BYTES / UNIT) || !instant_space_init(&regions, REGION_BYTES / STEP_GRANULE))
        step_os_give_up("no memory", base);
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
    step_machine_fill(&functions);
}

hostmem_os *step_os_functions(void)
{
    if (!base)
        create();
    return &functions;
}

step_os_totals step_os_total(void)
{
    return step_totals;
}

/* A space as it was. What lies behind its last used unit is as it always was. */
typedef struct saved_space {
    instant_space *of;
    UINT32 used, hint;
    UINT32 *unit;
    instant_run *runs;
} saved_space;

static saved_space saved_spaces[] = {{.of = &tables}, {.of = &units}, {.of = &regions}};
#define SPACES (sizeof saved_spaces / sizeof *saved_spaces)

static struct {
    UINT32 page_count;
    UINT32 page_numbers[MAX_SAVED_PAGES];
    char pages[MAX_SAVED_PAGES][4096];
    char units[UNIT_BYTES];
    UINT8 region_pages[REGION_BYTES / STEP_PAGE];
    step_os_totals totals;
} saved;

static void save_space(saved_space *to)
{
    free(to->unit);
    free(to->runs);
    to->used = to->of->used;
    to->hint = to->of->hint;
    to->unit = calloc(to->used + 1, sizeof *to->unit);
    to->runs = calloc(to->used + 1, sizeof *to->runs);
    if (!to->unit || !to->runs)
        step_os_give_up("no memory", to);
    memcpy(to->unit, (void *)to->of->unit, to->used * sizeof *to->unit);
    memcpy(to->runs, to->of->runs, to->used * sizeof *to->runs);
}

static void restore_space(const saved_space *from)
{
    instant_space *to = from->of;
    UINT32 used = to->used;
    memcpy((void *)to->unit, from->unit, from->used * sizeof *from->unit);
    memcpy(to->runs, from->runs, from->used * sizeof *from->runs);
    memset((void *)(to->unit + from->used), 0, (used - from->used) * sizeof *from->unit);
    memset(to->runs + from->used, 0, (used - from->used) * sizeof *from->runs);
    to->used = from->used;
    to->hint = from->hint;
}

void step_os_save(void)
{
    UINT32 page, i;
    saved.page_count = 0;
    for (page = 0; page < tables.used * GRANULE_PAGES; page++) {
        if (!table_pages[page])
            continue;
        if (saved.page_count == MAX_SAVED_PAGES)
            step_os_give_up("more pages of tables than can be saved", base);
        saved.page_numbers[saved.page_count] = page;
        memcpy(saved.pages[saved.page_count++], base + page * STEP_PAGE, STEP_PAGE);
    }
    memcpy(saved.units, units_base(), units.used * UNIT);
    memcpy(saved.region_pages, region_pages, regions.used * GRANULE_PAGES);
    saved.totals = step_totals;
    for (i = 0; i < SPACES; i++)
        save_space(&saved_spaces[i]);
    step_machine_save();
}

void step_os_restore(void)
{
    UINT32 i;
    clear_pages(0, tables.used * GRANULE_PAGES);
    for (i = 0; i < saved.page_count; i++) {
        table_pages[saved.page_numbers[i]] = 1;
        memcpy(base + saved.page_numbers[i] * STEP_PAGE, saved.pages[i], STEP_PAGE);
    }
    memcpy(units_base(), saved.units, saved_spaces[1].used * UNIT);
    memset(region_pages, 0, regions.used * GRANULE_PAGES);
    memcpy(region_pages, saved.region_pages, saved_spaces[2].used * GRANULE_PAGES);
    step_totals = saved.totals;
    for (i = 0; i < SPACES; i++)
        restore_space(&saved_spaces[i]);
    step_machine_restore();
}

void step_os_reset(void)
{
    UINT32 i;
    step_os_functions();
    clear_pages(0, tables.used * GRANULE_PAGES);
    memset(region_pages, 0, regions.used * GRANULE_PAGES);
    for (i = 0; i < SPACES; i++)
        restore_space(&(saved_space){.of = saved_spaces[i].of, .unit = (UINT32[1]){0}, .runs = (instant_run[1]){{0}}});
    step_totals = (step_os_totals){0};
    step_machine_reset();
}
