/* What is wrong with a file, in one line. Filled by whoever finds it first; later ones leave it as it is. */
#ifndef TRACE_PROBLEM_H
#define TRACE_PROBLEM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* __MINGW_PRINTF_FORMAT */

typedef struct trace_problem {
    uint64_t offset; /* in the file */
    char text[160];  /* empty: there is none */
} trace_problem;

#if defined(__MINGW_PRINTF_FORMAT)
#define TRACE_PRINTF(text, values) __attribute__((format(__MINGW_PRINTF_FORMAT, text, values)))
#elif defined(__GNUC__)
#define TRACE_PRINTF(text, values) __attribute__((format(printf, text, values)))
#else
#define TRACE_PRINTF(text, values)
#endif

/* Always false, so that a check can return it. */
bool trace_problem_set(trace_problem *problem, uint64_t offset, const char *format, ...) TRACE_PRINTF(3, 4);

#endif
