/* A loader or code heap: address space reserved without access, committed as executable in small steps, with sizes
 * that are not multiples of a page and overlap what is already committed. Functions are generated into it and
 * called. Used by one thread at a time. */
#ifndef STANDIN_CODE_H
#define STANDIN_CODE_H

#include "standin_check.h"

typedef struct standin_code {
    char *base;
    SIZE_T used;
    SIZE_T committed; /* at least used, and not a multiple of a page */
    UINT32 functions;
} standin_code;

HRESULT standin_code_open(standin_check *check, standin_code *code, EMemoryCriticalLevel level);
void standin_code_close(standin_check *check, standin_code *code);

/* Space for data, zeroed and aligned to a cache line. */
HRESULT standin_code_reserve(standin_check *check, standin_code *code, SIZE_T size, EMemoryCriticalLevel level,
                             void **out);
/* Adds one function. */
HRESULT standin_code_emit(standin_check *check, standin_code *code, EMemoryCriticalLevel level);
/* Calls every generated function: each must return its own number, which shows that committing more has not changed
 * it. */
void standin_code_run(standin_check *check, const standin_code *code);

#endif
