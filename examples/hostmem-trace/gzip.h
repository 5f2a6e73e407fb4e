/* Writes a gzip file (RFC 1952) without compressing: for formats that require gzip around them. */
#ifndef TRACE_GZIP_H
#define TRACE_GZIP_H

#include <stdio.h>

#include "sums.h"

enum { GZIP_BLOCK = 65535 /* bytes in a stored block of deflate at most */ };

typedef struct gzip {
    FILE *out;
    trace_sums sums;
    uint32_t crc;
    uint32_t size; /* modulo 2^32 */
    uint32_t waiting;
    unsigned char block[GZIP_BLOCK];
} gzip;

void gzip_begin(gzip *gzip, FILE *out);
void gzip_write(gzip *gzip, const void *bytes, size_t size);

/* Errors of writing are left in the stream. */
void gzip_end(gzip *gzip);

#endif
