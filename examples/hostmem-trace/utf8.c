/* Decoding and replacing. See utf8.h. */
#include "utf8.h"

#include <stdbool.h>
#include <string.h>

/* The length of a character that begins with this byte; 0: none does. */
static size_t length_by_first(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >> 5 == 6)
        return 2;
    if (first >> 4 == 14)
        return 3;
    return first >> 3 == 30 ? 4 : 0;
}

uint32_t utf8_decode(const char *bytes, size_t count, size_t *length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)bytes[0];
    size_t wanted = length_by_first(first);
    uint32_t character = wanted > 1 ? first & 0xffu >> (wanted + 1) : first;

    *length = 1;
    if (!wanted || wanted > count)
        return UTF8_REPLACEMENT;
    for (size_t i = 1; i < wanted; i++) {
        unsigned char next = (unsigned char)bytes[i];
        if (next >> 6 != 2)
            return UTF8_REPLACEMENT;
        character = character << 6 | (next & 0x3fu);
    }
    if (character < least[wanted] || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
        return UTF8_REPLACEMENT;
    *length = wanted;
    return character;
}

/* Includes the C1 characters: some terminals take U+009B for the beginning of a command. */
static bool is_control(uint32_t character)
{
    return character < ' ' || (character >= 0x7f && character < 0xa0);
}

void utf8_printable(const char *bytes, size_t count, char *text, size_t size)
{
    size_t at = count < size ? 0 : count - (size - 1), end = 0, length;

    /* Skips the rest of a character that was cut; at most three bytes. */
    for (size_t begin = at; at && at < count && at - begin < 3 && (unsigned char)bytes[at] >> 6 == 2;)
        at++;
    for (; at < count; at += length) {
        uint32_t character = utf8_decode(bytes + at, count - at, &length);
        if (is_control(character) || (character == UTF8_REPLACEMENT && length == 1)) {
            text[end++] = '?';
        } else {
            memcpy(text + end, bytes + at, length);
            end += length;
        }
    }
    text[end] = 0;
}
