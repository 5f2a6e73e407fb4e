/* Tables for the CRC. See sums.h. */
#include "sums.h"

void hmi_trace_sums_begin(trace_sums *sums)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        sums->steps[0][i] = crc;
    }
    for (uint32_t n = 1; n < 8; n++)
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t before = sums->steps[n - 1][i];
            sums->steps[n][i] = before >> 8 ^ sums->steps[0][before & 255];
        }
}

uint32_t hmi_trace_sums_of(const trace_sums *sums, const void *data, size_t bytes)
{
    return hmi_trace_sums_continue(sums, 0, data, bytes);
}

uint32_t hmi_trace_sums_continue(const trace_sums *sums, uint32_t sum, const void *data, size_t bytes)
{
    const uint32_t(*steps)[256] = sums->steps;
    const unsigned char *at = data;
    uint32_t crc = sum ^ 0xffffffffu;

    for (; bytes >= 8; bytes -= 8, at += 8)
        crc = steps[7][at[0] ^ (crc & 255)] ^ steps[6][at[1] ^ (crc >> 8 & 255)] ^ steps[5][at[2] ^ (crc >> 16 & 255)] ^
              steps[4][at[3] ^ crc >> 24] ^ steps[3][at[4]] ^ steps[2][at[5]] ^ steps[1][at[6]] ^ steps[0][at[7]];
    for (; bytes; bytes--)
        crc = crc >> 8 ^ steps[0][(crc ^ *at++) & 255];
    return crc ^ 0xffffffffu;
}
