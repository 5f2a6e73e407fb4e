/* See step_os.h: memory as it was. Of an area nothing behind its last used granule was ever touched. */
#include <stdlib.h>
#include <string.h>

#include "step_os_internal.h"

#define MAX_SAVED_PAGES 512

typedef struct saved_area {
    UINT32 used, hint;
    UINT32 *unit;
    instant_run *runs;
    UINT8 *pages;
} saved_area;

static struct {
    saved_area areas[STEP_AREAS];
    UINT32 page_count;
    UINT32 page_numbers[MAX_SAVED_PAGES]; /* of tables */
    char pages[MAX_SAVED_PAGES][4096];
    char *units;
    step_os_totals totals;
} saved;

/* A copy in place of the former one. */
static void *copy(void *former, const void *from, SIZE_T bytes)
{
    void *to = realloc(former, bytes + 1);
    if (!to)
        step_os_give_up("no memory", from);
    return memcpy(to, from, bytes);
}

static void save_area(saved_area *to, const step_area *from)
{
    to->used = from->space.used;
    to->hint = from->space.hint;
    to->unit = copy(to->unit, (void *)from->space.unit, to->used * sizeof *to->unit);
    to->runs = copy(to->runs, from->space.runs, to->used * sizeof *to->runs);
    if (from->pages)
        to->pages = copy(to->pages, from->pages, step_area_pages(from));
}

/* An array as it was, and zeroes in what has come behind it since. */
static void put_back(void *to, const void *from, SIZE_T count, SIZE_T now, SIZE_T size)
{
    memcpy(to, from, count * size);
    if (now > count)
        memset((char *)to + count * size, 0, (now - count) * size);
}

static void restore_area(step_area *to, const saved_area *from)
{
    UINT32 used = to->space.used, pages = step_area_pages(to);
    put_back((void *)to->space.unit, from->unit, from->used, used, sizeof *from->unit);
    put_back(to->space.runs, from->runs, from->used, used, sizeof *from->runs);
    to->space.used = from->used;
    to->space.hint = from->hint;
    if (to->pages)
        put_back(to->pages, from->pages, step_area_pages(to), pages, 1);
}

void step_os_save(void)
{
    const step_area *tables = &step_areas[STEP_TABLES], *units = &step_areas[STEP_UNITS];
    UINT32 page, i;
    saved.page_count = 0;
    for (page = 0; page < step_area_pages(tables); page++) {
        if (!tables->pages[page])
            continue;
        if (saved.page_count == MAX_SAVED_PAGES)
            step_os_give_up("more pages of tables than can be saved", tables);
        saved.page_numbers[saved.page_count] = page;
        memcpy(saved.pages[saved.page_count++], tables->base + page * STEP_PAGE, STEP_PAGE);
    }
    saved.units = copy(saved.units, units->base, units->space.used * units->granule);
    saved.totals = step_totals;
    for (i = 0; i < STEP_AREAS; i++)
        save_area(&saved.areas[i], &step_areas[i]);
    step_threads_save();
    step_machine_save();
}

void step_os_restore(void)
{
    step_area *tables = &step_areas[STEP_TABLES], *units = &step_areas[STEP_UNITS];
    UINT32 i;
    step_os_clear_tables(0, step_area_pages(tables));
    for (i = 0; i < STEP_AREAS; i++)
        restore_area(&step_areas[i], &saved.areas[i]);
    for (i = 0; i < saved.page_count; i++)
        memcpy(tables->base + saved.page_numbers[i] * STEP_PAGE, saved.pages[i], STEP_PAGE);
    memcpy(units->base, saved.units, units->space.used * units->granule);
    step_totals = saved.totals;
    step_threads_restore();
    step_machine_restore();
}

void step_os_reset(void)
{
    const saved_area nothing = {.unit = (UINT32[1]){0}, .runs = (instant_run[1]){{0}}, .pages = (UINT8[1]){0}};
    UINT32 i;
    step_os_functions();
    step_os_clear_tables(0, step_area_pages(&step_areas[STEP_TABLES]));
    for (i = 0; i < STEP_AREAS; i++)
        restore_area(&step_areas[i], &nothing);
    step_totals = (step_os_totals){0};
    step_threads_reset();
    step_machine_reset();
}
