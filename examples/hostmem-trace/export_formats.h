/* The formats of `hostmem-trace export`, a file each. Errors of writing are left in the stream. Those that return a
 * value return false if out of memory. */
#ifndef TRACE_EXPORT_FORMATS_H
#define TRACE_EXPORT_FORMATS_H

#include <stdio.h>

#include "export_stacks.h"
#include "input.h"

/* profile.proto of pprof, in gzip as it demands. */
bool export_pprof(FILE *out, const hostmem_trace_file_header *header, const digest *digest);

/* The JSON of speedscope, with a profile for each value. */
bool export_speedscope(FILE *out, const char *name, const digest *digest);

/* A line for each stack, with one value: "main;work;allocate 4096". */
void export_collapsed(FILE *out, const digest *digest, export_value value);

/* Packets of Perfetto: figures as counters, and every event on the track of its thread. Reads the trace to its end. */
bool export_perfetto(FILE *out, trace_input *input);

#endif
