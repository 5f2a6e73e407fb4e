/* Describes each member of hostmem_stats, in the order of the struct; the formats of hostmem_format_stats are written
 * from it. A constant table. */
#ifndef HMI_REPORT_FIGURES_H
#define HMI_REPORT_FIGURES_H

#include <hostmem/hostmem.h>

/* How a figure is shown as a metric. */
typedef enum hmi_figure_kind {
    HMI_FIGURE_GAUGE,
    HMI_FIGURE_BYTES, /* a gauge, too */
    HMI_FIGURE_FLAG,  /* a UINT32, 0 or 1; all others are UINT64 */
    HMI_FIGURE_COUNT, /* never falls */
    HMI_FIGURE_TIME   /* never falls; in milliseconds */
} hmi_figure_kind;

/* The index of an array: its label, and the names of its values. */
typedef struct hmi_figure_index {
    const char *label;
    const char *const *names;
    UINT32 count;
} hmi_figure_index;

#define HMI_FIGURE_INDEXES 2

typedef struct hmi_figure {
    const char *name;   /* of the member */
    const char *metric; /* without "hostmem_" and "_total"; NULL: not shown, because another metric includes it */
    const char *help;
    hmi_figure_kind kind;
    UINT32 offset;                                     /* in hostmem_stats */
    const hmi_figure_index *index[HMI_FIGURE_INDEXES]; /* outermost first; NULL: no (more) index */
} hmi_figure;

extern const hmi_figure hmi_figures[];
extern const UINT32 hmi_figure_count;

/* Names of the indices of hostmem_stats.calls: the methods of the interfaces. */
extern const char *const hmi_method_names[HOSTMEM_CALL_METHODS];

/* How many values a figure has. */
UINT32 hmi_figure_values(const hmi_figure *figure);

/* The value with this number; values are stored one after the other. */
UINT64 hmi_figure_value(const hmi_figure *figure, const hostmem_stats *stats, UINT32 number);

/* Whether a struct of this size has the figure. */
BOOL hmi_figure_is_in(const hmi_figure *figure, UINT32 size);

#endif
