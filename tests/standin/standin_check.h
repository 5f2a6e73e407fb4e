/* What every call of the stand-in to the manager is held to, whichever method it is: out parameters are poisoned
 * before and must be written, success leaves the last error alone, failure sets it and is a documented HRESULT.
 * Violations are recorded as texts, never acted on here. No locks: a thread may be suspended anywhere. */
#ifndef STANDIN_CHECK_H
#define STANDIN_CHECK_H

#include "standin_clr.h"

typedef struct standin_check {
    IHostMemoryManager *manager;
    IHostMalloc *malloc;
    SIZE_T page_size;
    SIZE_T granularity;
    BOOL watches_writes; /* the collector is concurrent, unless COMPlus_gcConcurrent is 0, as in the CLR */
    DWORD in_call;       /* index of thread-local storage: non-NULL while the thread is inside the manager */
    volatile LONG calls[STANDIN_METHODS];
    volatile LONG refusals;
    volatile LONG violations;
    char text[STANDIN_TEXTS][STANDIN_TEXT_LENGTH];
} standin_check;

/* Every out pointer holds this before a call. Not aligned, so that no allocation can be it. */
#define STANDIN_POISON ((void *)(UINT_PTR)0xBAD0BAD1u)

/* FALSE when the process has no thread-local storage left. */
BOOL standin_check_init(standin_check *check);
void standin_check_close(standin_check *check);

/* Around every call. end returns hr, so that it can follow the call in one expression; it must be the next thing the
 * thread does, because it reads the last error. */
void standin_check_begin(standin_check *check, standin_method method);
HRESULT standin_check_end(standin_check *check, standin_method method, HRESULT hr);

/* What an out pointer may hold after a call. Returns hr, or E_UNEXPECTED when a success gave nothing to work with. */
HRESULT standin_check_out(standin_check *check, standin_method method, HRESULT hr, const void *out);

/* TRUE while the calling thread is inside a call to the manager. */
BOOL standin_check_is_in_call(const standin_check *check);

/* Pages as the operating system itself sees them. protect is not compared for pages that are only reserved.
 * FALSE: they are not as they should be, and better left alone. */
BOOL standin_check_pages(standin_check *check, standin_method method, void *address, SIZE_T size, DWORD state,
                         DWORD protect);
BOOL standin_check_zero(standin_check *check, standin_method method, const void *address, SIZE_T size);

/* Records that the manager broke its contract. */
#if defined(__GNUC__) && !defined(__clang__)
__attribute__((format(gnu_printf, 3, 4)))
#endif
void standin_violation(standin_check *check, standin_method method, const char *format, ...);

#endif
