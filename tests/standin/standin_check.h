/* The checks of every call of the stand-in to the manager, whichever method it is: out parameters are poisoned
 * before and must be written, success does not change the last error, failure sets it and is a documented HRESULT.
 * Violations are recorded as texts; nothing else is done about them here. No locks: a thread may be suspended
 * anywhere. */
#ifndef STANDIN_CHECK_H
#define STANDIN_CHECK_H

#include "standin_clr.h"

typedef struct standin_check {
    IHostMemoryManager *manager;
    IHostMalloc *malloc;
    SIZE_T page_size;
    SIZE_T granularity;
    BOOL watches_writes; /* the collector is concurrent, unless COMPlus_gcConcurrent is 0, as in the CLR */
    DWORD in_call;       /* index of thread-local storage: non-NULL while the thread is inside of the manager */
    volatile LONG calls[STANDIN_METHODS];
    volatile LONG refusals;
    volatile LONG violations;
    char text[STANDIN_TEXTS][STANDIN_TEXT_LENGTH];
} standin_check;

/* Value of every out pointer before a call. Not aligned, so that no allocation can equal it. */
#define STANDIN_POISON ((void *)(UINT_PTR)0xBAD0BAD1u)

/* FALSE if the process has no thread-local storage left. */
BOOL standin_check_init(standin_check *check);
void standin_check_close(standin_check *check);

/* Around every call. end returns hr, so that it can follow the call in one expression. It must be the next thing
 * that the thread does, because it reads the last error. */
void standin_check_begin(standin_check *check, standin_method method);
HRESULT standin_check_end(standin_check *check, standin_method method, HRESULT hr);

/* Checks an out pointer after a call. Returns hr, or E_UNEXPECTED if a success returned no usable pointer. */
HRESULT standin_check_out(standin_check *check, standin_method method, HRESULT hr, const void *out);

/* TRUE while the calling thread is inside of a call to the manager. */
BOOL standin_check_is_in_call(const standin_check *check);

/* Compares pages with what the operating system reports. protect is not compared for pages that are only reserved.
 * FALSE: they differ, and should not be used. */
BOOL standin_check_pages(standin_check *check, standin_method method, void *address, SIZE_T size, DWORD state,
                         DWORD protect);
BOOL standin_check_zero(standin_check *check, standin_method method, const void *address, SIZE_T size);

/* Records that the manager broke the contract. */
#if defined(__GNUC__) && !defined(__clang__)
__attribute__((format(gnu_printf, 3, 4)))
#endif
void standin_violation(standin_check *check, standin_method method, const char *format, ...);

#endif
