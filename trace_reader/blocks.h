/* Reads the outer format of a trace: the header, and the blocks, with their checksums and sequence numbers checked.
 * The records inside are not looked at. */
#ifndef TRACE_BLOCKS_H
#define TRACE_BLOCKS_H

#include <hostmem/trace_format.h>

#include "problem.h"
#include "source.h"
#include "sums.h"

typedef struct trace_blocks {
    hostmem_trace_source source;
    uint64_t offset; /* of the next byte to read */
    hostmem_trace_file_header file;
    hostmem_trace_block_header block; /* header of the last block read */
    uint64_t payload_offset;          /* file offset of its payload */
    uint64_t sequence;                /* expected of the next block */
    bool cut_off;                     /* the file has ended, perhaps in the middle of a block */
    hostmem_trace_problem problem;
    trace_sums sums;
    unsigned char payload[HOSTMEM_TRACE_MAX_PAYLOAD];
} trace_blocks;

/* Reads the header of the file. blocks: zero-initialized except for the source. Returns false and sets the problem. */
bool hmi_trace_blocks_begin(trace_blocks *blocks);

/* Reads the next block. Returns false at the end of the file, and sets cut_off, or with a problem; for an
 * incomplete block it sets both. */
bool hmi_trace_blocks_next(trace_blocks *blocks);

/* Returns true if nothing follows; otherwise sets the problem. */
bool hmi_trace_blocks_end(trace_blocks *blocks);

#endif
