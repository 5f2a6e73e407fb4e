/* Reads sizes as people write them, such as "512M". Needs neither Windows nor the rest of the library, so that
 * programs for other systems can use it too. No state. */
#ifndef HMI_BASE_SIZE_TEXT_H
#define HMI_BASE_SIZE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum hmi_size_text_result {
    HMI_SIZE_TEXT_OK,
    HMI_SIZE_TEXT_INVALID,  /* not a size */
    HMI_SIZE_TEXT_TOO_LARGE /* above UINT64_MAX bytes */
} hmi_size_text_result;

static inline const char *hmi_size_text_skip_blanks(const char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

static inline char hmi_size_text_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* The exponent of two that a unit letter means; 0 if the letter is no unit. */
static inline unsigned hmi_size_text_shift(char letter)
{
    switch (hmi_size_text_upper(letter)) {
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    case 'T':
        return 40;
    default:
        return 0;
    }
}

/* *bytes is changed only if the result is HMI_SIZE_TEXT_OK. */
static inline hmi_size_text_result hmi_size_text_read(const char *text, uint64_t *bytes)
{
    uint64_t value = 0;
    unsigned shift;
    bool overflow = false;

    text = hmi_size_text_skip_blanks(text);
    if (*text < '0' || *text > '9')
        return HMI_SIZE_TEXT_INVALID;
    for (; *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        overflow |= value > (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    text = hmi_size_text_skip_blanks(text);
    shift = hmi_size_text_shift(*text);
    if (shift) {
        text++;
        if (hmi_size_text_upper(text[0]) == 'I' && hmi_size_text_upper(text[1]) == 'B')
            text++;
    }
    if (hmi_size_text_upper(*text) == 'B')
        text++;
    if (*hmi_size_text_skip_blanks(text))
        return HMI_SIZE_TEXT_INVALID;
    if (overflow || value > UINT64_MAX >> shift)
        return HMI_SIZE_TEXT_TOO_LARGE;
    *bytes = value << shift;
    return HMI_SIZE_TEXT_OK;
}

#endif
