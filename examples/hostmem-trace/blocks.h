/* The outer form of a trace: its header, and block after block with their sums and sequence checked. What records
 * say is not looked at here. */
#ifndef TRACE_BLOCKS_H
#define TRACE_BLOCKS_H

#include <hostmem/trace_format.h>

#include "problem.h"
#include "source.h"
#include "sums.h"

typedef struct trace_blocks {
    trace_source source;
    uint64_t offset; /* of the next byte to be read */
    hostmem_trace_file_header file;
    hostmem_trace_block_header block; /* the last that was read */
    uint64_t payload_offset;          /* where its payload lies in the file */
    uint64_t sequence;                /* of the next */
    bool cut_off;                     /* the file has ended, not necessarily where a block does */
    trace_problem problem;
    trace_sums sums;
    unsigned char payload[HOSTMEM_TRACE_MAX_PAYLOAD];
} trace_blocks;

/* Reads the header of the file. blocks: zeroes, and the source. False with the problem. */
bool trace_blocks_begin(trace_blocks *blocks);

/* Reads the next block. False at the end of the file, then cut_off is set, or with a problem; a block that is not all
 * there is both. */
bool trace_blocks_next(trace_blocks *blocks);

/* True where nothing follows; otherwise there is a problem. */
bool trace_blocks_end(trace_blocks *blocks);

#endif
