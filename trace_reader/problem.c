/* Formats problems. See problem.h. */
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>

bool hmi_trace_problem_set(hostmem_trace_problem *problem, uint64_t offset, const char *format, ...)
{
    va_list arguments;

    if (problem->text[0])
        return false;
    problem->offset = offset;
    va_start(arguments, format);
    vsnprintf(problem->text, sizeof(problem->text), format, arguments);
    va_end(arguments);
    return false;
}
