/* report --follow: serves the report of a trace while it is recorded, until Ctrl+C. */
#ifndef TRACE_REPORT_FOLLOW_H
#define TRACE_REPORT_FOLLOW_H

#include "report_data.h"

/* The page of a report. Errors of writing are left in the stream. */
void report_page_write(FILE *file, const report_model *model, const report_about *about);

/* port: 0 for any that is free. Returns the exit code. */
int report_follow(const char *path, uint16_t port, frame_names *names);

#endif
