/* What there is to say about each field of hostmem_stats, in the order of the struct: all that the formats of
 * hostmem_format_stats go by. A constant table. */
#ifndef HOSTMEM_SRC_FIGURES_H
#define HOSTMEM_SRC_FIGURES_H

#include <hostmem/hostmem.h>

/* What a figure is to a metric. */
typedef enum hostmem_figure_kind {
    HOSTMEM_FIGURE_GAUGE,
    HOSTMEM_FIGURE_BYTES, /* a gauge, too */
    HOSTMEM_FIGURE_FLAG,  /* a UINT32, 0 or 1; all others are UINT64 */
    HOSTMEM_FIGURE_COUNT, /* never falls */
    HOSTMEM_FIGURE_TIME   /* the same, in milliseconds */
} hostmem_figure_kind;

/* The index of an array: what it is called, and what its values are. */
typedef struct hostmem_figure_index {
    const char *label;
    const char *const *names;
    UINT32 count;
} hostmem_figure_index;

#define HOSTMEM_FIGURE_INDEXES 2

typedef struct hostmem_figure {
    const char *name;   /* of the field */
    const char *metric; /* without "hostmem_" and "_total"; NULL: another metric has it */
    const char *help;
    hostmem_figure_kind kind;
    UINT32 offset;                                             /* in hostmem_stats */
    const hostmem_figure_index *index[HOSTMEM_FIGURE_INDEXES]; /* outermost first; NULL: none, or no more */
} hostmem_figure;

extern const hostmem_figure hostmem_figures[];
extern const UINT32 hostmem_figure_count;

/* Names of the indices of hostmem_stats.calls, as the interfaces have them. */
extern const char *const hostmem_method_names[HOSTMEM_CALL_METHODS];

/* How many values a figure has. */
UINT32 hostmem_figure_values(const hostmem_figure *figure);

/* One of them; all are stored one after the other. */
UINT64 hostmem_figure_value(const hostmem_figure *figure, const hostmem_stats *stats, UINT32 number);

/* Whether a struct of this size has the figure. */
BOOL hostmem_figure_is_in(const hostmem_figure *figure, UINT32 size);

#endif
