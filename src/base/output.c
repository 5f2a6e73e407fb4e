/* Writes numbers and text. Not with printf: C libraries differ in the format for 64-bit numbers, and the locale changes
 * the decimal point. */
#include "base/output.h"

#include <string.h>

void hmi_output_byte(hmi_output *output, char byte)
{
    if (output->room > 1) {
        *output->at++ = byte;
        *output->at = 0;
        output->room--;
    }
    output->length++;
}

void hmi_output_words(hmi_output *output, const char *words)
{
    while (*words)
        hmi_output_byte(output, *words++);
}

void hmi_output_part(hmi_output *output, const char *start, SIZE_T length)
{
    while (length--)
        hmi_output_byte(output, *start++);
}

void hmi_output_pad(hmi_output *output, SIZE_T start, SIZE_T width)
{
    while (output->length - start < width)
        hmi_output_byte(output, ' ');
}

/* Writes the digits of number, the last digit first, and returns how many there are. base: 10 or 16. */
static unsigned digits_of(UINT64 number, unsigned base, char digits[20])
{
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    return count;
}

static void write_number(hmi_output *output, UINT64 number, unsigned base, unsigned width, char filler)
{
    char digits[20];
    unsigned count = digits_of(number, base, digits);
    for (; width > count; width--)
        hmi_output_byte(output, filler);
    while (count)
        hmi_output_byte(output, digits[--count]);
}

void hmi_output_number(hmi_output *output, UINT64 number)
{
    write_number(output, number, 10, 0, ' ');
}

void hmi_output_number_in(hmi_output *output, UINT64 number, unsigned width)
{
    write_number(output, number, 10, width, ' ');
}

void hmi_output_digits(hmi_output *output, UINT64 number, unsigned digits)
{
    write_number(output, number, 10, digits, '0');
}

void hmi_output_hexadecimal(hmi_output *output, UINT64 number, unsigned digits)
{
    write_number(output, number, 16, digits, '0');
}

/* Bytes in tenths of a unit of 2^shift bytes, rounded. */
static UINT64 tenths(UINT64 bytes, unsigned shift)
{
    UINT64 rest = bytes & (((UINT64)1 << shift) - 1);
    if (shift > 10) { /* rest * 10 may not fit into 64 bits */
        rest >>= 10;
        shift -= 10;
        return (bytes >> shift >> 10) * 10 + ((rest * 10 + ((UINT64)1 << (shift - 1))) >> shift);
    }
    return (bytes >> shift) * 10 + ((rest * 10 + ((UINT64)1 << (shift - 1))) >> shift);
}

void hmi_output_size_in(hmi_output *output, UINT64 bytes, unsigned width)
{
    static const char letters[] = "KMGTPE";
    UINT64 rounded = 0;
    unsigned unit;
    if (bytes < 1024) {
        write_number(output, bytes, 10, width > 2 ? width - 2 : 0, ' ');
        hmi_output_words(output, " B");
        return;
    }
    for (unit = 0; unit < sizeof letters - 1; unit++) {
        rounded = tenths(bytes, 10 * (unit + 1));
        if (rounded < 10240)
            break;
    }
    write_number(output, rounded / 10, 10, width > 6 ? width - 6 : 0, ' ');
    hmi_output_byte(output, '.');
    hmi_output_byte(output, (char)('0' + rounded % 10));
    hmi_output_byte(output, ' ');
    hmi_output_byte(output, letters[unit]);
    hmi_output_words(output, "iB");
}

/* The length in bytes of the UTF-8 character at words; 0 if there is no valid one. */
static unsigned character_length(const unsigned char *words)
{
    unsigned length = words[0] < 0x80 ? 1 : words[0] < 0xc2 ? 0 : words[0] < 0xe0 ? 2 : words[0] < 0xf0 ? 3 : 4, i;
    if (words[0] > 0xf4)
        return 0;
    for (i = 1; i < length; i++) {
        if ((words[i] & 0xc0) != 0x80)
            return 0;
    }
    /* Overlong forms, surrogates, and code points above U+10FFFF. */
    if ((words[0] == 0xe0 && words[1] < 0xa0) || (words[0] == 0xed && words[1] >= 0xa0) ||
        (words[0] == 0xf0 && words[1] < 0x90) || (words[0] == 0xf4 && words[1] >= 0x90))
        return 0;
    return length;
}

/* Moves *words past one character (or one invalid byte) and writes its replacement to piece. Returns the length of
 * piece. */
static unsigned next_piece(const char **words, char piece[4])
{
    const unsigned char *at = (const unsigned char *)*words;
    unsigned length = character_length(at), i;
    *words += length ? length : 1;
    if (!length || *at < 0x20 || *at == 0x7f) {
        *piece = length ? ' ' : '?';
        return 1;
    }
    for (i = 0; i < length; i++)
        piece[i] = (char)at[i];
    return length;
}

void hmi_output_foreign(hmi_output *output, const char *words, BOOL quoted)
{
    char piece[4];
    while (*words) {
        unsigned length = next_piece(&words, piece), i;
        if (quoted && (*piece == '"' || *piece == '\\'))
            hmi_output_byte(output, '\\');
        for (i = 0; i < length; i++)
            hmi_output_byte(output, piece[i]);
    }
}

BOOL hmi_output_foreign_is_same(const char *one, const char *other)
{
    char piece[4], other_piece[4];
    while (*one && *other) {
        unsigned length = next_piece(&one, piece);
        if (next_piece(&other, other_piece) != length || memcmp(piece, other_piece, length) != 0)
            return FALSE;
    }
    return *one == *other;
}
