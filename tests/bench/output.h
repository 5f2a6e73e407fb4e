/* Writes the results to files. Both return false and print the reason on stderr if the file cannot be written. */
#ifndef HOSTMEM_BENCH_OUTPUT_H
#define HOSTMEM_BENCH_OUTPUT_H

#include <stdio.h>

#include "results.h"

typedef struct conditions {
    uint32_t rounds;
    double batch_ms;
    const char *compiler;
    const char *architecture;
} conditions;

/* The tables of README.md; output_markdown: everything. */
void output_summary(FILE *file, const results *results, const conditions *under);
void output_markdown(FILE *file, const results *results, const conditions *under);
void output_json(FILE *file, const results *results, const conditions *under);

#endif
