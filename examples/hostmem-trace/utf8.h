/* Converts text of unknown encoding to valid UTF-8: names in a trace are any bytes that the traced program passed. */
#ifndef TRACE_UTF8_H
#define TRACE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xfffdu

/* The character at the beginning of count bytes (at least 1), and its length. For bytes that are not valid UTF-8
 * (such as overlong forms, surrogates and numbers above 0x10ffff) it is UTF8_REPLACEMENT with a length of 1. */
uint32_t utf8_decode(const char *bytes, size_t count, size_t *length);

/* Copies bytes as printable text of at most size bytes including the final 0. Control characters and bytes that are
 * not UTF-8 become '?'. Of a text that is too long the end is kept, beginning with a whole character. */
void utf8_printable(const char *bytes, size_t count, char *text, size_t size);

#endif
