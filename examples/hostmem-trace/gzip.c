/* Stored blocks. See gzip.h. */
#include "gzip.h"

#include <string.h>

static void put(gzip *gzip, uint32_t value, int bytes)
{
    for (; bytes; bytes--, value >>= 8)
        fputc((int)(value & 255), gzip->out);
}

void gzip_begin(gzip *gzip, FILE *out)
{
    static const unsigned char header[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}; /* of an unknown system, no time */

    gzip->out = out;
    gzip->crc = gzip->size = gzip->waiting = 0;
    hmi_trace_sums_begin(&gzip->sums);
    fwrite(header, 1, sizeof(header), out);
}

/* RFC 1951: the last one's bit, the type 00, and the size with its complement. */
static void write_block(gzip *gzip, uint32_t is_last)
{
    put(gzip, is_last, 1);
    put(gzip, gzip->waiting, 2);
    put(gzip, ~gzip->waiting, 2);
    fwrite(gzip->block, 1, gzip->waiting, gzip->out);
    gzip->waiting = 0;
}

void gzip_write(gzip *gzip, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    gzip->crc = hmi_trace_sums_continue(&gzip->sums, gzip->crc, bytes, size);
    gzip->size += (uint32_t)size;
    while (size) {
        size_t part = size < GZIP_BLOCK - gzip->waiting ? size : GZIP_BLOCK - gzip->waiting;
        memcpy(gzip->block + gzip->waiting, at, part);
        gzip->waiting += (uint32_t)part;
        at += part;
        size -= part;
        if (gzip->waiting == GZIP_BLOCK)
            write_block(gzip, 0);
    }
}

void gzip_end(gzip *gzip)
{
    write_block(gzip, 1);
    put(gzip, gzip->crc, 4);
    put(gzip, gzip->size, 4);
}
