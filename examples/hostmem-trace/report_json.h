/* Writes JSON that is safe inside of a script element of an HTML page: whatever the strings are, it cannot end the
 * element, begin a comment or be taken for markup. Pure ASCII. */
#ifndef HOSTMEM_TRACE_REPORT_JSON_H
#define HOSTMEM_TRACE_REPORT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct report_json {
    FILE *file;
    bool needs_comma;
} report_json;

/* name, in an object: a plain ASCII name for the next value; NULL in an array. */
void report_json_open(report_json *json, const char *name, char bracket); /* '{' or '[' */
void report_json_close(report_json *json, char bracket);                  /* '}' or ']' */
void report_json_number(report_json *json, const char *name, uint64_t value);
void report_json_real(report_json *json, const char *name, double value);
/* Each byte that is not UTF-8 becomes U+FFFD. */
void report_json_text(report_json *json, const char *name, const char *bytes, size_t count);
/* An address, as a string: numbers in JavaScript are exact up to 2^53 only. */
void report_json_address(report_json *json, const char *name, uint64_t address);

#endif
