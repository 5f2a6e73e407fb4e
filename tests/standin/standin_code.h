/* A loader or code heap: address space reserved without access, committed executable bit by bit, in sizes that are no
 * multiple of a page and overlap what is committed already. Functions are generated into it and really run.
 * Used by one thread at a time. */
#ifndef STANDIN_CODE_H
#define STANDIN_CODE_H

#include "standin_check.h"

typedef struct standin_code {
    char *base;
    SIZE_T used;
    SIZE_T committed; /* at least used, and no multiple of a page */
    UINT32 functions;
} standin_code;

HRESULT standin_code_open(standin_check *check, standin_code *code, EMemoryCriticalLevel level);
void standin_code_close(standin_check *check, standin_code *code);

/* Room for data, zeroed and aligned to a cache line. */
HRESULT standin_code_reserve(standin_check *check, standin_code *code, SIZE_T size, EMemoryCriticalLevel level,
                             void **out);
/* Adds one function. */
HRESULT standin_code_emit(standin_check *check, standin_code *code, EMemoryCriticalLevel level);
/* Calls every function that was emitted: each returns its own number unless committing more has hurt it. */
void standin_code_run(standin_check *check, const standin_code *code);

#endif
