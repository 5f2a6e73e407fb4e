/* Sentences. No state but the caller's. */
#include "text.h"

#include <string.h>

hostmem_text hostmem_text_begin(char *buffer, SIZE_T bytes)
{
    if (bytes)
        *buffer = 0;
    return (hostmem_text){bytes ? buffer : NULL, bytes};
}

void hostmem_text_add(hostmem_text *text, const char *words)
{
    hostmem_text_add_part(text, words, strlen(words));
}

void hostmem_text_add_part(hostmem_text *text, const char *start, SIZE_T length)
{
    if (!text->at)
        return;
    for (; length && text->room > 1; length--, text->room--)
        *text->at++ = *start++;
    *text->at = 0;
}
