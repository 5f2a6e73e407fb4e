/* Sentences. No state but the caller's. */
#include "base/text.h"

#include <string.h>

hmi_text hmi_text_begin(char *buffer, SIZE_T bytes)
{
    if (bytes)
        *buffer = 0;
    return (hmi_text){bytes ? buffer : NULL, bytes};
}

void hmi_text_add(hmi_text *text, const char *words)
{
    hmi_text_add_part(text, words, strlen(words));
}

void hmi_text_add_part(hmi_text *text, const char *start, SIZE_T length)
{
    if (!text->at)
        return;
    for (; length && text->room > 1; length--, text->room--)
        *text->at++ = *start++;
    *text->at = 0;
}
