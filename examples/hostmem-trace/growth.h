/* What grew from one trace to another: figures, the blocks that were left, by origin, call path and size, and the
 * committed pages that were left, by call path, if one of the traces has stacks of pages. Origins
 * and paths are the same if their texts are: ids and addresses differ from run to run, and texts have neither. */
#ifndef TRACE_GROWTH_H
#define TRACE_GROWTH_H

#include "digest.h"

enum { GROWTH_BEFORE, GROWTH_AFTER, GROWTH_SIDES };

typedef enum growth_kind {
    GROWTH_FIGURES, /* bytes is the figure */
    GROWTH_ORIGINS, /* source lines, and what is not known */
    GROWTH_PATHS,   /* call stacks */
    GROWTH_SIZES,   /* of blocks */
    GROWTH_PAGES,   /* committed pages by call path; blocks is not used */
    GROWTH_KINDS
} growth_kind;

/* blocks and bytes: those left. all_blocks and all_bytes: those allocated. Only bytes has a meaning for figures, only
 * the first two for sizes, and bytes and all_bytes for pages. */
typedef struct growth_amount {
    uint64_t blocks, bytes, all_blocks, all_bytes;
} growth_amount;

typedef struct growth_row {
    char *name;    /* printable */
    uint64_t id;   /* of an origin or a path: its id in one of the traces; 0: not known */
    int id_side;   /* which trace */
    bool is_known; /* the id is described in that trace */
    growth_amount side[GROWTH_SIDES];
} growth_row;

typedef struct growth_table {
    growth_row *rows; /* those whose bytes grew most first */
    uint32_t count;
    uint32_t room;
} growth_table;

typedef struct growth {
    growth_table tables[GROWTH_KINDS];
} growth;

/* Initialize growth with zeroes. false: out of memory; growth may be freed in either case. */
bool growth_compute(growth *growth, const digest sides[GROWTH_SIDES]);

/* By how many bytes a row grew; 0 if it did not. */
static inline uint64_t growth_of(const growth_row *row)
{
    uint64_t before = row->side[GROWTH_BEFORE].bytes, after = row->side[GROWTH_AFTER].bytes;
    return after > before ? after - before : 0;
}

/* How many rows of a table grew by more than threshold bytes; they are its first ones. */
uint32_t growth_count(const growth_table *table, uint64_t threshold);

void growth_free(growth *growth);

#endif
