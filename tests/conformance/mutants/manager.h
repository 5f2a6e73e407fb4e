/* What the parts of the mutant manager share: the mutant, the ends of calls, and the lock that only mutants take. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_MANAGER_H
#define HOSTMEM_TESTS_CONFORMANCE_MANAGER_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/interfaces.h>

#include <corerror.h>

#include "books.h"
#include "mutants.h"

extern mutant chosen;

/* Reference counts. */
ULONG count_up(volatile LONG *references);
ULONG count_down(volatile LONG *references);
HRESULT query_interface(IUnknown *object, REFIID own, REFIID riid, void **out);

/* The ends of calls: set the last error to what it was before, or to the error. */
HRESULT succeed(DWORD last_error);
HRESULT fail(DWORD error, HRESULT hr);

/* A request for memory that was refused; mutants change the result. */
HRESULT refuse(DWORD error, EMemoryCriticalLevel level);

/* Whether a mutant refuses the request without asking the system. */
BOOL is_barred(EMemoryCriticalLevel level);

/* Whether the process is ending, so that its heaps may be in any state. */
BOOL process_ends(void);

/* A lock around every call for some mutants; the correct manager has none. */
void enter(void);
void leave(void);

/* Uses much of the stack, if the mutant does. */
void use_stack(void);

/* A limit of 512 MiB, for mutants that charge wrongly. FALSE: it is reached. */
BOOL charge(SIZE_T bytes);
void refund(SIZE_T bytes);

/* Notices (notices.c). */
HRESULT notices_register(ICLRMemoryNotificationCallback *callback);
void notices_refused(void);

HRESULT heap_create(DWORD type, IHostMalloc **out);

/* The first heap, for the mutant that destroys it too early. */
extern HANDLE first_heap;

/* pages.c */
HRESULT pages_alloc(void *address, SIZE_T size, DWORD type, DWORD protect, EMemoryCriticalLevel level, void **out);
HRESULT pages_free(void *address, SIZE_T size, DWORD type);
BOOL pages_are_own(const void *address);

#endif
