/* Writes JSON that may stand inside of a script element of an HTML page: nothing in it can end the element, begin a
 * comment or be taken for markup, whatever the strings are. Pure ASCII. */
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

/* name, in an object: a plain ASCII name for what comes next; NULL in an array. */
void report_json_open(report_json *json, const char *name, char bracket); /* '{' or '[' */
void report_json_close(report_json *json, char bracket);                  /* '}' or ']' */
void report_json_number(report_json *json, const char *name, uint64_t value);
void report_json_real(report_json *json, const char *name, double value);
/* Bytes that are not UTF-8 become U+FFFD each. */
void report_json_text(report_json *json, const char *name, const char *bytes, size_t count);
/* An address, as a string: numbers in JavaScript are exact up to 2^53 only. */
void report_json_address(report_json *json, const char *name, uint64_t address);

#endif
