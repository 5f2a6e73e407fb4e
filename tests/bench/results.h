/* The results: one row for each figure, in the order of measuring. */
#ifndef HOSTMEM_BENCH_RESULTS_H
#define HOSTMEM_BENCH_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "stats.h"

typedef enum result_part {
    PART_COMPARED, /* compared with raw Win32: value is time divided by raw time */
    PART_OWN,      /* over the empty OS: value is nanoseconds for an operation */
    PART_SCALING,  /* over the empty OS: value is throughput of so many threads divided by that of one */
    PART_GROWTH,   /* over the empty OS: value is time with many divided by time with few */
    PART_COMMIT,   /* over the empty OS: value is nanoseconds for one commit */
    PART_METADATA, /* value is bytes of its own, base is bytes that it manages */
    PART_WORK,     /* calls of real programs: value is time divided by raw time, ns is that of a call */
    PART_BUILDS,   /* one build compared with another: value is time divided by the other's time */
    PART_COUNT
} result_part;

/* The texts are borrowed and must stay valid. */
typedef struct result_row {
    result_part part;
    const char *operation;
    const char *side;
    const char *variant; /* what the threads work on, and the like; "" if that is clear */
    uint32_t threads;
    quartiles value;
    double ns;     /* median nanoseconds of one operation as each thread sees it; 0: not applicable */
    double base;   /* the same for what it is compared with */
    double goal;   /* 0: none */
    bool at_least; /* the goal is a minimum */
} result_row;

typedef struct results {
    result_row *rows;
    uint32_t count;
    uint32_t room;
} results;

void results_add(results *self, const result_row *row);
void results_free(results *self);
bool results_met(const result_row *row);

#endif
