/* See text.h. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Makes space for so many more bytes and a final 0. Returns where to write them. */
static char *grow(text *text, size_t more)
{
    char *bytes = realloc(text->bytes, text->length + more + 1);

    if (!bytes)
        return NULL;
    text->bytes = bytes;
    return bytes + text->length;
}

BOOL text_add(text *text, const char *more)
{
    size_t length = strlen(more);
    char *end = grow(text, length);

    if (!end)
        return FALSE;
    memcpy(end, more, length + 1);
    text->length += length;
    return TRUE;
}

BOOL text_add_wide(text *text, const WCHAR *more)
{
    int bytes = WideCharToMultiByte(CP_UTF8, 0, more, -1, NULL, 0, NULL, NULL);
    char *end = bytes > 0 ? grow(text, (size_t)bytes) : NULL;

    if (!end || !WideCharToMultiByte(CP_UTF8, 0, more, -1, end, bytes, NULL, NULL))
        return FALSE;
    text->length += (size_t)bytes - 1;
    return TRUE;
}

void text_free(text *text)
{
    free(text->bytes);
    memset(text, 0, sizeof(*text));
}

char *text_from_wide(const WCHAR *wide)
{
    text text = {0};

    if (!text_add_wide(&text, wide))
        text_free(&text);
    return text.bytes;
}

WCHAR *text_to_wide(const char *bytes)
{
    int letters = MultiByteToWideChar(CP_UTF8, 0, bytes, -1, NULL, 0);
    WCHAR *wide = letters > 0 ? malloc((size_t)letters * sizeof(*wide)) : NULL;

    if (wide && !MultiByteToWideChar(CP_UTF8, 0, bytes, -1, wide, letters)) {
        free(wide);
        wide = NULL;
    }
    return wide;
}
