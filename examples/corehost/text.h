/* Text that grows, in UTF-8, which is what CoreCLR takes. */
#ifndef COREHOST_TEXT_H
#define COREHOST_TEXT_H

#include <windows.h>

typedef struct text {
    char *bytes; /* ends with a 0; NULL: nothing has been added yet */
    size_t length;
} text;

/* Add to the end. FALSE: there is no memory; the text is as it was. */
BOOL text_add(text *text, const char *more);
BOOL text_add_wide(text *text, const WCHAR *more);

void text_free(text *text);

/* One that is complete at once; the caller frees it. NULL: there is no memory. */
char *text_from_wide(const WCHAR *wide);
WCHAR *text_to_wide(const char *bytes);

#endif
