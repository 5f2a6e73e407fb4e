/* Reads the format's structs from their bytes, independent of this machine's byte order and alignment. Nothing is
 * checked here: the caller makes sure that there are as many bytes as the struct has. */
#ifndef TRACE_DECODE_H
#define TRACE_DECODE_H

#include <hostmem/trace_format.h>

uint64_t hmi_trace_decode_u64(const unsigned char *bytes);

void hmi_trace_decode_file_header(const unsigned char *bytes, hostmem_trace_file_header *out);
void hmi_trace_decode_block_header(const unsigned char *bytes, hostmem_trace_block_header *out);
void hmi_trace_decode_event(const unsigned char *bytes, hostmem_trace_event *out);
void hmi_trace_decode_sample(const unsigned char *bytes, hostmem_trace_sample *out);
void hmi_trace_decode_region(const unsigned char *bytes, hostmem_trace_region *out);
void hmi_trace_decode_site(const unsigned char *bytes, hostmem_trace_site *out);
void hmi_trace_decode_stack(const unsigned char *bytes, hostmem_trace_stack *out);
void hmi_trace_decode_module(const unsigned char *bytes, hostmem_trace_module *out);
void hmi_trace_decode_thread(const unsigned char *bytes, hostmem_trace_thread *out);
void hmi_trace_decode_end(const unsigned char *bytes, hostmem_trace_end *out);

#endif
