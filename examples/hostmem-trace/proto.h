/* Writes messages of Protocol Buffers: varints, and fields with a length. The two formats that need it, pprof's and
 * Perfetto's, take about ten kinds of messages together, which does not pay for a generator that would have to run in
 * every build, also those for other systems. */
#ifndef TRACE_PROTO_H
#define TRACE_PROTO_H

#include <stddef.h>
#include <stdint.h>

enum { PROTO_MOST = 4096 /* bytes of a message; a field that does not fit is left out */ };

/* Empty if length is 0; the rest need not be initialized. */
typedef struct proto {
    size_t length;
    unsigned char bytes[PROTO_MOST];
} proto;

/* field: the number of the field. */
void proto_number(proto *message, unsigned field, uint64_t value);
void proto_text(proto *message, unsigned field, const char *text);
void proto_message(proto *message, unsigned field, const proto *part);
void proto_packed(proto *message, unsigned field, const uint64_t *values, uint32_t count);

#endif
