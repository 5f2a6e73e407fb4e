/* Growing text in UTF-8, which CoreCLR expects. */
#ifndef COREHOST_TEXT_H
#define COREHOST_TEXT_H

#include <windows.h>

typedef struct text {
    char *bytes; /* ends with a 0; NULL: empty */
    size_t length;
} text;

/* Appends. FALSE: out of memory; the text is unchanged. */
BOOL text_add(text *text, const char *more);
BOOL text_add_wide(text *text, const WCHAR *more);

void text_free(text *text);

/* Converts a whole text; the caller frees it. NULL: out of memory. */
char *text_from_wide(const WCHAR *wide);
WCHAR *text_to_wide(const char *bytes);

#endif
