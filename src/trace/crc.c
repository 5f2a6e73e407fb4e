/* CRC-32 with tables, which are computed from the definition: the checksum of one byte, without the inversion at its
 * beginning and end. */
#include "trace/crc.h"

#include <hostmem/trace_format.h>
#include <string.h>

void hmi_crc_init(hmi_crc *crc)
{
    uint32_t *first = crc->steps[0];
    unsigned byte, after;
    for (byte = 0; byte < 256; byte++) {
        const unsigned char data = (unsigned char)~byte; /* the definition inverts at the beginning */
        first[byte] = hostmem_trace_crc(&data, 1) ^ 0xff000000u;
    }
    for (after = 1; after < 8; after++) {
        for (byte = 0; byte < 256; byte++) {
            uint32_t before = crc->steps[after - 1][byte];
            crc->steps[after][byte] = before >> 8 ^ first[before & 255];
        }
    }
}

uint32_t hmi_crc_of(const hmi_crc *crc, const void *data, size_t bytes)
{
    const unsigned char *at = data;
    uint32_t sum = 0xffffffffu;
    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint32_t low, high;
        memcpy(&low, at, sizeof low);
        memcpy(&high, at + 4, sizeof high);
        low ^= sum;
        sum = crc->steps[7][low & 255] ^ crc->steps[6][low >> 8 & 255] ^ crc->steps[5][low >> 16 & 255] ^
              crc->steps[4][low >> 24] ^ crc->steps[3][high & 255] ^ crc->steps[2][high >> 8 & 255] ^
              crc->steps[1][high >> 16 & 255] ^ crc->steps[0][high >> 24];
    }
    for (; bytes; bytes--, at++)
        sum = sum >> 8 ^ crc->steps[0][(sum ^ *at) & 255];
    return sum ^ 0xffffffffu;
}
