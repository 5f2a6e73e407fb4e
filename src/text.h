/* Sentences put together in a caller's buffer, and cut where it ends. */
#ifndef HOSTMEM_SRC_TEXT_H
#define HOSTMEM_SRC_TEXT_H

#include <windows.h>

typedef struct hostmem_text {
    char *at;    /* where the final 0 stands; NULL: nobody wants the text */
    SIZE_T room; /* from there on */
} hostmem_text;

/* Begins an empty text. buffer may be NULL where bytes is 0. */
hostmem_text hostmem_text_begin(char *buffer, SIZE_T bytes);

void hostmem_text_add(hostmem_text *text, const char *words);
void hostmem_text_add_part(hostmem_text *text, const char *start, SIZE_T length);

#endif
