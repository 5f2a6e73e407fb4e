/* Makes trace files in memory, with correct checksums, for the tests of readers. What is written can be damaged
 * afterwards, and the checksums be recomputed. Ends the program if out of memory.
 *
 * In format 1 records are copied as the structs are in memory, which on every machine that runs the tests is the file
 * format: so a reader that decodes byte by byte is compared with the structs. In format 2 they are packed by the
 * library's code, which tests/support/trace_packed.c is independent of. */
#ifndef TRACE_FILE_H
#define TRACE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include <hostmem/trace_format.h>

#include "trace/trace_pack.h"

typedef struct trace_file {
    unsigned major; /* of its format */
    unsigned char *bytes;
    size_t size;
    size_t room;
    FILE *output;      /* not NULL: complete blocks are written there and not kept */
    uint64_t written;  /* bytes, to output */
    bool block_open;   /* records are being added to a block */
    size_t block;      /* offset of that block */
    uint64_t sequence; /* of the next block */
    uint64_t events;   /* number */
    uint64_t ticks;    /* of the last event or sample */
    hmi_trace_pack pack;
} trace_file;

/* The format of the traces that trace_file_begin begins: HOSTMEM_TRACE_MAJOR, unless a test sets it to 1. */
extern unsigned trace_file_major;

/* Begins an empty trace with a header: 10,000,000 ticks a second, started at tick 1000000 on 2 March 2026, 12:00
 * UTC, by process 4242 of 64 bits with pages of 4 KiB and a granularity of 64 KiB. */
void trace_file_begin(trace_file *file);
void trace_file_free(trace_file *file);

/* Each adds a record, to the current block if it has the kind or to a new one. */
void trace_file_event(trace_file *file, const hostmem_trace_event *event);
void trace_file_region(trace_file *file, const hostmem_trace_region *region);
void trace_file_site(trace_file *file, uint64_t id, const char *name, int32_t line);
void trace_file_stack(trace_file *file, uint64_t id, const uint64_t *frames, uint32_t frame_count);
void trace_file_module(trace_file *file, uint64_t address, uint64_t size, const char *name);
void trace_file_thread(trace_file *file, uint32_t id, const char *name);
void trace_file_sample(trace_file *file, const hostmem_trace_sample *sample);

/* The block that ends a file, with the number of events so far. */
void trace_file_end(trace_file *file, uint64_t events_dropped);

/* A block of any content, with only its checksums and sequence number correct. */
void trace_file_block(trace_file *file, uint16_t kind, uint16_t record_bytes, uint32_t record_count,
                      const void *payload, uint32_t payload_bytes);

/* Completes the current block. The functions above do this where necessary. */
void trace_file_close_block(trace_file *file);

/* The offset of the nth block, counted from 0; the size of the file if there are fewer. */
size_t trace_file_find_block(const trace_file *file, unsigned nth);

/* Overwrites width bytes with value; width is 1, 2, 4 or 8. */
void trace_file_put(trace_file *file, size_t offset, unsigned width, uint64_t value);

/* Recomputes the checksums in any bytes: of the header, and of block after block as far as there are blocks. */
void trace_file_fix_sums(unsigned char *bytes, size_t size);

#endif
