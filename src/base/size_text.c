/* Reads sizes as people write them, such as "512M". No state. */
#include <hostmem/hostmem.h>

#include <stdint.h>

static const char *skip_blanks(const char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* The exponent of two that a unit letter means; 0 if the letter is no unit. */
static unsigned unit_shift(char letter)
{
    switch (upper(letter)) {
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

HRESULT hostmem_parse_size(const char *text, UINT64 *bytes)
{
    UINT64 value = 0;
    unsigned shift;
    BOOL overflow = FALSE;

    if (bytes)
        *bytes = 0;
    if (!text || !bytes)
        return E_POINTER;

    text = skip_blanks(text);
    if (*text < '0' || *text > '9')
        return E_INVALIDARG;
    for (; *text >= '0' && *text <= '9'; text++) {
        UINT64 digit = (UINT64)(*text - '0');
        overflow |= value > (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    text = skip_blanks(text);
    shift = unit_shift(*text);
    if (shift) {
        text++;
        if (upper(text[0]) == 'I' && upper(text[1]) == 'B')
            text++;
    }
    if (upper(*text) == 'B')
        text++;
    if (*skip_blanks(text))
        return E_INVALIDARG;
    if (overflow || value > UINT64_MAX >> shift)
        return HRESULT_FROM_WIN32(ERROR_ARITHMETIC_OVERFLOW);
    *bytes = value << shift;
    return S_OK;
}
