/* Writes the origins as the JSON that page/js/tables.js and page/js/paths.js read. */
#ifndef HOSTMEM_TRACE_REPORT_ORIGINS_JSON_H
#define HOSTMEM_TRACE_REPORT_ORIGINS_JSON_H

#include "report_json.h"
#include "report_origins.h"

/* In an object. */
void report_origins_write(report_json *json, const report_origins *origins, uint64_t ticks_per_second);

#endif
