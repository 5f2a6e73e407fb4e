/* Writes text into a caller's buffer: as much as fits, always terminated by 0. The whole length is counted, so that the
 * caller learns how large the buffer has to be. Independent of the locale. No state of its own. */
#ifndef HMI_BASE_OUTPUT_H
#define HMI_BASE_OUTPUT_H

#include <windows.h>

typedef struct hmi_output {
    char *at;      /* the terminating 0; not used if room is 0 */
    SIZE_T room;   /* bytes from at to the end of the buffer */
    SIZE_T length; /* of the whole text so far, including what did not fit */
} hmi_output;

/* Begins an empty text. buffer may be NULL if bytes is 0; then the text is only counted. */
static inline hmi_output hmi_output_begin(char *buffer, SIZE_T bytes)
{
    if (bytes)
        *buffer = 0;
    return (hmi_output){buffer, bytes, 0};
}

void hmi_output_byte(hmi_output *output, char byte);
void hmi_output_words(hmi_output *output, const char *words);
void hmi_output_part(hmi_output *output, const char *start, SIZE_T length);

/* Writes blanks until the text is width characters longer than start, which is an earlier value of output->length. */
void hmi_output_pad(hmi_output *output, SIZE_T start, SIZE_T width);

void hmi_output_number(hmi_output *output, UINT64 number);
/* Padded with blanks on the left. */
void hmi_output_number_in(hmi_output *output, UINT64 number, unsigned width);
/* Padded with zeros to at least this many digits. */
void hmi_output_digits(hmi_output *output, UINT64 number, unsigned digits);
void hmi_output_hexadecimal(hmi_output *output, UINT64 number, unsigned digits);

/* A size such as "1.5 MiB", padded on the left to width; below one KiB in whole bytes. */
void hmi_output_size_in(hmi_output *output, UINT64 bytes, unsigned width);

/* Text that came from outside the library. Bytes that are not valid UTF-8 become '?', control characters become blanks.
 * quoted: escapes '"' and '\', as strings in JSON, OpenMetrics and Prometheus need it. */
void hmi_output_foreign(hmi_output *output, const char *words, BOOL quoted);

/* Whether hmi_output_foreign writes the same for both texts. */
BOOL hmi_output_foreign_is_same(const char *one, const char *other);

#endif
