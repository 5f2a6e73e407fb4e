/* What there is to say about each field of hostmem_stats, in the order of the struct: all that the formats of
 * hostmem_format_stats go by. A constant table. */
#ifndef HMI_REPORT_FIGURES_H
#define HMI_REPORT_FIGURES_H

#include <hostmem/hostmem.h>

/* What a figure is to a metric. */
typedef enum hmi_figure_kind {
    HMI_FIGURE_GAUGE,
    HMI_FIGURE_BYTES, /* a gauge, too */
    HMI_FIGURE_FLAG,  /* a UINT32, 0 or 1; all others are UINT64 */
    HMI_FIGURE_COUNT, /* never falls */
    HMI_FIGURE_TIME   /* the same, in milliseconds */
} hmi_figure_kind;

/* The index of an array: what it is called, and what its values are. */
typedef struct hmi_figure_index {
    const char *label;
    const char *const *names;
    UINT32 count;
} hmi_figure_index;

#define HMI_FIGURE_INDEXES 2

typedef struct hmi_figure {
    const char *name;   /* of the field */
    const char *metric; /* without "hostmem_" and "_total"; NULL: another metric has it */
    const char *help;
    hmi_figure_kind kind;
    UINT32 offset;                                     /* in hostmem_stats */
    const hmi_figure_index *index[HMI_FIGURE_INDEXES]; /* outermost first; NULL: none, or no more */
} hmi_figure;

extern const hmi_figure hmi_figures[];
extern const UINT32 hmi_figure_count;

/* Names of the indices of hostmem_stats.calls, as the interfaces have them. */
extern const char *const hmi_method_names[HOSTMEM_CALL_METHODS];

/* How many values a figure has. */
UINT32 hmi_figure_values(const hmi_figure *figure);

/* One of them; all are stored one after the other. */
UINT64 hmi_figure_value(const hmi_figure *figure, const hostmem_stats *stats, UINT32 number);

/* Whether a struct of this size has the figure. */
BOOL hmi_figure_is_in(const hmi_figure *figure, UINT32 size);

#endif
