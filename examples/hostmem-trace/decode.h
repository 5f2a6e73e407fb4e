/* The format's structs from their bytes, whatever the byte order and alignment rules of this machine. Nothing is
 * checked here; the bytes must be there, as many as the struct has. */
#ifndef TRACE_DECODE_H
#define TRACE_DECODE_H

#include <hostmem/trace_format.h>

uint64_t trace_decode_u64(const unsigned char *bytes);

void trace_decode_file_header(const unsigned char *bytes, hostmem_trace_file_header *out);
void trace_decode_block_header(const unsigned char *bytes, hostmem_trace_block_header *out);
void trace_decode_event(const unsigned char *bytes, hostmem_trace_event *out);
void trace_decode_sample(const unsigned char *bytes, hostmem_trace_sample *out);
void trace_decode_region(const unsigned char *bytes, hostmem_trace_region *out);
void trace_decode_site(const unsigned char *bytes, hostmem_trace_site *out);
void trace_decode_stack(const unsigned char *bytes, hostmem_trace_stack *out);
void trace_decode_module(const unsigned char *bytes, hostmem_trace_module *out);
void trace_decode_end(const unsigned char *bytes, hostmem_trace_end *out);

#endif
