/* A trace file being written: records are collected in blocks, and each block is written as a whole to the file or to
 * the host's function. One thread writes; any thread may read the counts. After the first failed write nothing more is
 * written. */
#ifndef HMI_TRACE_TRACE_OUTPUT_H
#define HMI_TRACE_TRACE_OUTPUT_H

#include <hostmem/hostmem.h>
#include <hostmem/trace_format.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "trace/crc.h"
#include "trace/trace_pack.h"
#include "os/os.h"

/* Size of a block's payload; every record is smaller. */
#define HMI_TRACE_PAYLOAD_BYTES 0x10000u

typedef struct hmi_trace_block {
    hostmem_trace_block_header header;
    unsigned char payload[HMI_TRACE_PAYLOAD_BYTES];
    /* not part of the file: */
    hmi_crc crc;
    hmi_trace_pack pack; /* what packed records of this block are compared with */
    uint32_t events;     /* number of packed events in it */
} hmi_trace_block;

typedef struct hmi_trace_output {
    hostmem_os *os;
    void *file; /* NULL: data goes to write */
    HRESULT (*write)(void *context, const void *data, SIZE_T bytes);
    void *context;
    void *event;             /* set to end a wait for the file */
    const atomic_bool *stop; /* set when the trace should end */
    hmi_trace_block *block;  /* from object_alloc */
    _Atomic uint64_t events; /* number of events written */
    _Atomic uint64_t written_bytes;
    _Atomic HRESULT error; /* S_OK: no write has failed */
} hmi_trace_output;

/* Writes data that is not part of a block. False: this or an earlier write has failed. */
bool hmi_trace_output_write(hmi_trace_output *output, const void *data, UINT32 bytes);

/* Returns zeroed room for a record of bytes (a multiple of 8) in a block of this kind. alike: whether all records of
 * the kind have this length. May first write the current block. */
void *hmi_trace_output_add(hmi_trace_output *output, unsigned kind, UINT32 bytes, bool alike);

/* Each packs a record. They may first write the current block, too. A sample is the last record of its block. */
void hmi_trace_output_add_event(hmi_trace_output *output, const hostmem_trace_event *event);
void hmi_trace_output_add_sample(hmi_trace_output *output, const hostmem_trace_sample *sample);
void hmi_trace_output_add_stack(hmi_trace_output *output, const hostmem_trace_stack *stack, const uint64_t *frames);

/* Lets others open the file with any sharing mode until the next write. */
void hmi_trace_output_yield(hmi_trace_output *output);

/* Writes the current block, if there is one. */
void hmi_trace_output_flush(hmi_trace_output *output);

#endif
