/* A trace file in the making: records are put together to blocks, and each block goes to the file, or to the host's
 * function, whole. One thread writes; anybody may read the figures. The first write that fails is the last. */
#ifndef HMI_TRACE_TRACE_OUTPUT_H
#define HMI_TRACE_TRACE_OUTPUT_H

#include <hostmem/hostmem.h>
#include <hostmem/trace_format.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "trace/crc.h"
#include "os/os.h"

/* Of a block's payload; one record is always less. */
#define HMI_TRACE_PAYLOAD_BYTES 0x10000u

typedef struct hmi_trace_block {
    hostmem_trace_block_header header;
    unsigned char payload[HMI_TRACE_PAYLOAD_BYTES];
    hmi_crc crc; /* not written */
} hmi_trace_block;

typedef struct hmi_trace_output {
    hostmem_os *os;
    void *file; /* NULL: write takes the data */
    HRESULT (*write)(void *context, const void *data, SIZE_T bytes);
    void *context;
    void *event;             /* ends a wait for the file; */
    const atomic_bool *stop; /* the trace is to end then */
    hmi_trace_block *block;  /* an object of os */
    _Atomic uint64_t events; /* number written */
    _Atomic uint64_t written_bytes;
    _Atomic HRESULT error; /* S_OK: no write has failed */
} hmi_trace_output;

/* Writes data that is not part of a block. False: it has failed, now or before. */
bool hmi_trace_output_write(hmi_trace_output *output, const void *data, UINT32 bytes);

/* Gives room, zeroed, for a record of bytes, a multiple of 8, in a block of this kind. alike: all records of the kind
 * have this length. What was begun before may be written first. */
void *hmi_trace_output_add(hmi_trace_output *output, unsigned kind, UINT32 bytes, bool alike);

/* Lets others open the file, whatever they share, until the next write. */
void hmi_trace_output_yield(hmi_trace_output *output);

/* Writes the block that was begun, if there is one. */
void hmi_trace_output_flush(hmi_trace_output *output);

#endif
