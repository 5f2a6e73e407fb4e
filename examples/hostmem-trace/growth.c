/* Rows of both sides in one array, sorted by name so that equal ones are neighbours. See growth.h. */
#include "growth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The row added last, with a copy of name; NULL if out of memory. */
static growth_row *add_row(growth_table *table, const char *name)
{
    size_t bytes = strlen(name) + 1;
    growth_row *row;
    char *copy;

    if (table->count == table->room) {
        uint32_t room = table->room ? 2 * table->room : 64;
        growth_row *larger = realloc(table->rows, room * sizeof(*larger));
        if (!larger)
            return NULL;
        table->rows = larger;
        table->room = room;
    }
    copy = malloc(bytes);
    if (!copy)
        return NULL;
    memcpy(copy, name, bytes);
    row = &table->rows[table->count++];
    *row = (growth_row){.name = copy};
    return row;
}

/* ---- Sides ---- */

static bool add_figure(growth *growth, const char *name, uint64_t before, uint64_t after)
{
    growth_row *row = add_row(&growth->tables[GROWTH_FIGURES], name);

    if (!row)
        return false;
    row->side[GROWTH_BEFORE].bytes = before;
    row->side[GROWTH_AFTER].bytes = after;
    return true;
}

static bool add_figures(growth *growth, const digest sides[GROWTH_SIDES])
{
    const tally *a = &sides[GROWTH_BEFORE].tally, *b = &sides[GROWTH_AFTER].tally;
    const struct {
        const char *name;
        uint64_t before, after;
    } figures[] = {
        {"address space, last", a->last.reserved_bytes, b->last.reserved_bytes},
        {"address space, most", a->reserved.most, b->reserved.most},
        {"committed, last", a->last.committed_bytes, b->last.committed_bytes},
        {"committed, most", a->last.peak_committed_bytes, b->last.peak_committed_bytes},
        {"executable, last", a->last.executable_bytes, b->last.executable_bytes},
        {"executable, most", a->executable.most, b->executable.most},
        {"heap, last", a->last.heap_bytes, b->last.heap_bytes},
        {"heap, most", a->heap.most, b->heap.most},
        {"committed and heap, last", a->last.used_bytes, b->last.used_bytes},
        {"committed and heap, most", a->last.peak_used_bytes, b->last.peak_used_bytes},
        {"mapped files, last", a->last.mapped_bytes, b->last.mapped_bytes},
        {"mapped files, most", a->mapped.most, b->mapped.most},
    };

    for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++)
        if (!add_figure(growth, figures[i].name, figures[i].before, figures[i].after))
            return false;
    return true;
}

/* Ids are numbered anew in each run, so those without a description cannot be told apart. */
static const char *name_of(const digest *digest, uint64_t id, bool *is_path, char text[ORIGIN_PATH])
{
    const origin *known = id ? origins_find(&digest->origins, id) : NULL;

    *is_path = known && !known->name;
    if (!known)
        return id ? "not described in the trace" : "not known";
    return origins_path(&digest->origins, id, text);
}

static bool add_origins(growth *growth, const digest sides[GROWTH_SIDES], int side)
{
    const digest *digest = &sides[side];
    bool with_pages = sides[GROWTH_BEFORE].usage.has_page_origins || sides[GROWTH_AFTER].usage.has_page_origins;
    char text[ORIGIN_PATH];

    for (uint32_t i = 0; i < digest->usage.places.count; i++) {
        const usage_origin *origin = &digest->usage.origins[i];
        bool is_path;
        const char *name = name_of(digest, origin->id, &is_path, text);
        growth_kind kind = origin->is_pages ? GROWTH_PAGES : is_path ? GROWTH_PATHS : GROWTH_ORIGINS;
        growth_row *row;
        if (!with_pages && origin->is_pages)
            continue;
        row = add_row(&growth->tables[kind], name);
        if (!row)
            return false;
        row->id = origin->id;
        row->id_side = side;
        row->is_known = origin->id && origins_find(&digest->origins, origin->id);
        row->side[side] = (growth_amount){.blocks = origin->live_blocks,
                                          .bytes = origin->live_bytes,
                                          .all_blocks = origin->is_pages ? 0 : origin->blocks,
                                          .all_bytes = origin->bytes};
    }
    return true;
}

static bool add_sizes(growth *growth, const digest sides[GROWTH_SIDES])
{
    for (unsigned i = 0; i < REPORT_BUCKETS; i++) {
        const usage_size *before = &sides[GROWTH_BEFORE].usage.sizes[i], *after = &sides[GROWTH_AFTER].usage.sizes[i];
        char text[2 * NAME_TEXT], from[NAME_TEXT], below[NAME_TEXT];
        growth_row *row;
        if (!before->live_blocks && !after->live_blocks)
            continue;
        name_of_size(i ? (uint64_t)1 << (i - 1) : 0, from);
        if (i <= 1)
            snprintf(text, sizeof(text), "%s", from);
        else if (i == REPORT_BUCKETS - 1)
            snprintf(text, sizeof(text), "%s and more", from);
        else
            snprintf(text, sizeof(text), "%s to %s", from, name_of_size((uint64_t)1 << i, below));
        row = add_row(&growth->tables[GROWTH_SIZES], text);
        if (!row)
            return false;
        row->side[GROWTH_BEFORE] = (growth_amount){.blocks = before->live_blocks, .bytes = before->live_bytes};
        row->side[GROWTH_AFTER] = (growth_amount){.blocks = after->live_blocks, .bytes = after->live_bytes};
    }
    return true;
}

/* ---- Order ---- */

static int by_name(const void *left, const void *right)
{
    const growth_row *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static void add_amount(growth_amount *to, const growth_amount *amount)
{
    to->blocks += amount->blocks;
    to->bytes += amount->bytes;
    to->all_blocks += amount->all_blocks;
    to->all_bytes += amount->all_bytes;
}

static void merge_equal(growth_table *table)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < table->count; i++) {
        growth_row *row = &table->rows[i];
        if (kept && !strcmp(table->rows[kept - 1].name, row->name)) {
            for (int side = 0; side < GROWTH_SIDES; side++)
                add_amount(&table->rows[kept - 1].side[side], &row->side[side]);
            free(row->name);
        } else {
            table->rows[kept++] = *row;
        }
    }
    table->count = kept;
}

static int descending(uint64_t a, uint64_t b)
{
    return a < b ? 1 : a > b ? -1 : 0;
}

/* Then those that are largest now. */
static int by_growth(const void *left, const void *right)
{
    const growth_row *a = left, *b = right;
    int order = descending(growth_of(a), growth_of(b));

    if (!order)
        order = descending(a->side[GROWTH_AFTER].bytes, b->side[GROWTH_AFTER].bytes);
    return order ? order : strcmp(a->name, b->name);
}

bool growth_compute(growth *growth, const digest sides[GROWTH_SIDES])
{
    if (!add_figures(growth, sides) || !add_origins(growth, sides, GROWTH_BEFORE) ||
        !add_origins(growth, sides, GROWTH_AFTER) || !add_sizes(growth, sides))
        return false;
    for (int kind = 0; kind < GROWTH_KINDS; kind++) {
        growth_table *table = &growth->tables[kind];
        if (!table->count)
            continue;
        qsort(table->rows, table->count, sizeof(*table->rows), by_name);
        merge_equal(table);
        qsort(table->rows, table->count, sizeof(*table->rows), by_growth);
    }
    return true;
}

uint32_t growth_count(const growth_table *table, uint64_t threshold)
{
    uint32_t count = 0;

    while (count < table->count && growth_of(&table->rows[count]) > threshold)
        count++;
    return count;
}

void growth_free(growth *growth)
{
    for (int kind = 0; kind < GROWTH_KINDS; kind++) {
        for (uint32_t i = 0; i < growth->tables[kind].count; i++)
            free(growth->tables[kind].rows[i].name);
        free(growth->tables[kind].rows);
    }
}
