/* Text in a caller's buffer: as much as fits, always with its final 0, and counted to the end, so that the caller knows
 * how large the buffer would have to be. The same in every locale. No state but the caller's. */
#ifndef HMI_BASE_OUTPUT_H
#define HMI_BASE_OUTPUT_H

#include <windows.h>

typedef struct hmi_output {
    char *at;      /* where the final 0 is; not used where room is 0 */
    SIZE_T room;   /* bytes of the buffer from there on */
    SIZE_T length; /* of the whole text so far, whether it fits or not */
} hmi_output;

/* Begins an empty text. buffer may be NULL where bytes is 0: the text is only counted then. */
static inline hmi_output hmi_output_begin(char *buffer, SIZE_T bytes)
{
    if (bytes)
        *buffer = 0;
    return (hmi_output){buffer, bytes, 0};
}

void hmi_output_byte(hmi_output *output, char byte);
void hmi_output_words(hmi_output *output, const char *words);
void hmi_output_part(hmi_output *output, const char *start, SIZE_T length);

/* Blanks until so many bytes stand behind start, a length of before. */
void hmi_output_pad(hmi_output *output, SIZE_T start, SIZE_T width);

void hmi_output_number(hmi_output *output, UINT64 number);
/* Padded on the left. */
void hmi_output_number_in(hmi_output *output, UINT64 number, unsigned width);
/* At least so many digits. */
void hmi_output_digits(hmi_output *output, UINT64 number, unsigned digits);
void hmi_output_hexadecimal(hmi_output *output, UINT64 number, unsigned digits);

/* "1.5 MiB", padded on the left; whole bytes below one KiB. */
void hmi_output_size_in(hmi_output *output, UINT64 bytes, unsigned width);

/* Somebody else's words: what is not UTF-8 becomes '?', a control character a blank. quoted: as between the quotation
 * marks of JSON, OpenMetrics and Prometheus. */
void hmi_output_foreign(hmi_output *output, const char *words, BOOL quoted);

/* Whether two texts come out the same there. */
BOOL hmi_output_foreign_is_same(const char *one, const char *other);

#endif
