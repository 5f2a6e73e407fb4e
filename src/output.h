/* Text that is written into a caller's buffer and counted, so that a first pass can say how much the second one needs.
 * The same in every locale. No state but the caller's. */
#ifndef HOSTMEM_SRC_OUTPUT_H
#define HOSTMEM_SRC_OUTPUT_H

#include <windows.h>

typedef struct hostmem_output {
    char *at;      /* where the next byte goes; NULL: only count */
    SIZE_T length; /* so far */
} hostmem_output;

void hostmem_output_byte(hostmem_output *output, char byte);
void hostmem_output_words(hostmem_output *output, const char *words);

/* Blanks until so many bytes stand behind start, a length of before. */
void hostmem_output_pad(hostmem_output *output, SIZE_T start, SIZE_T width);

void hostmem_output_number(hostmem_output *output, UINT64 number);
/* Padded on the left. */
void hostmem_output_number_in(hostmem_output *output, UINT64 number, unsigned width);
/* At least so many digits. */
void hostmem_output_digits(hostmem_output *output, UINT64 number, unsigned digits);
void hostmem_output_hexadecimal(hostmem_output *output, UINT64 number, unsigned digits);

/* "1.5 MiB", padded on the left; whole bytes below one KiB. */
void hostmem_output_size_in(hostmem_output *output, UINT64 bytes, unsigned width);

/* Somebody else's words: what is not UTF-8 becomes '?', a control character a blank. quoted: as between the quotation
 * marks of JSON, OpenMetrics and Prometheus. */
void hostmem_output_foreign(hostmem_output *output, const char *words, BOOL quoted);

#endif
