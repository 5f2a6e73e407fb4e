/* Formats problems. The first one is kept; later ones are ignored. */
#ifndef TRACE_PROBLEM_H
#define TRACE_PROBLEM_H

#include <hostmem/trace_reader.h>
#include <stdio.h> /* __MINGW_PRINTF_FORMAT */

#if defined(__MINGW_PRINTF_FORMAT)
#define TRACE_PRINTF(text, values) __attribute__((format(__MINGW_PRINTF_FORMAT, text, values)))
#elif defined(__GNUC__)
#define TRACE_PRINTF(text, values) __attribute__((format(printf, text, values)))
#else
#define TRACE_PRINTF(text, values)
#endif

/* Always returns false, so that a check can return its result. */
bool hmi_trace_problem_set(hostmem_trace_problem *problem, uint64_t offset, const char *format, ...) TRACE_PRINTF(3, 4);

#endif
