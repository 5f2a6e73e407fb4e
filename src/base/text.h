/* Sentences put together in a caller's buffer, and cut where it ends. */
#ifndef HMI_BASE_TEXT_H
#define HMI_BASE_TEXT_H

#include <windows.h>

typedef struct hmi_text {
    char *at;    /* where the final 0 stands; NULL: nobody wants the text */
    SIZE_T room; /* from there on */
} hmi_text;

/* Begins an empty text. buffer may be NULL where bytes is 0. */
hmi_text hmi_text_begin(char *buffer, SIZE_T bytes);

void hmi_text_add(hmi_text *text, const char *words);
void hmi_text_add_part(hmi_text *text, const char *start, SIZE_T length);

#endif
