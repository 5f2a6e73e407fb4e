/* What rules are written with: expectations, and the calls that most rules begin with. An expectation that fails
 * records what was seen and ends the process, on any thread. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_CHECK_H
#define HOSTMEM_TESTS_CONFORMANCE_CHECK_H

#include "rules.h"
#include "outcome.h"

#include <corerror.h>

#define PAGE ((SIZE_T)4096)
#define GRANULE ((SIZE_T)65536)
#define MEBIBYTE ((SIZE_T)1 << 20)

/* Value of out parameters before a call; no manager would write it. */
#define POISON ((void *)(UINT_PTR)0xdeadbeefu)
#define POISON_SIZE ((SIZE_T)0xdeadbeefu)
#define POISON_DWORD 0xdeadbeefu

/* A last error that no function sets. */
#define SENTINEL 0x2f00beefu

/* From here on the process reports to outcome. */
void check_begin(outcome *outcome);

/* The rule passes: ends the process. */
_Noreturn void check_pass(void);

/* Records a remark for the report of a rule that passes, for example what could not be checked. */
void check_remark(const char *text);

/* Records which call comes next. what is copied. */
void check_doing(const char *what);

void expect(BOOL right, const char *format, ...);

/* call must have returned wanted. */
void expect_hr(const char *call, HRESULT hr, HRESULT wanted);

/* call must have failed, and not with HOST_E_CLRNOTAVAILABLE. */
void expect_failure(const char *call, HRESULT hr);

/* VirtualAlloc at eTaskCritical, which must succeed. */
char *take_pages(subject *subject, void *address, SIZE_T size, DWORD type, DWORD protect);

/* VirtualFree, which must succeed. */
void give_pages(subject *subject, void *address, SIZE_T size, DWORD type);

/* CreateMalloc, which must succeed. */
IHostMalloc *make_heap(subject *subject, DWORD type);

/* Alloc at eTaskCritical and Free, which must succeed. */
char *take_block(IHostMalloc *heap, SIZE_T size);
void give_block(IHostMalloc *heap, void *block);

/* What VirtualQuery returns for an address. */
MEMORY_BASIC_INFORMATION region_at(const void *address);

/* Pages that the test itself commits for reading and writing: foreign to the manager. */
char *foreign_pages(SIZE_T size);

/* All bytes of memory must be value. */
void expect_bytes(const char *memory, SIZE_T size, char value, const char *what);

/* A size that the operating system would refuse to commit. */
SIZE_T refused_size(void);

/* How long a rule waits for something, in milliseconds: a part of the suite's time limit, so that a longer limit
 * helps on a slow machine. */
DWORD check_patience(void);

/* Runs function on a thread of its own, which must end within that time. doing: for the report. */
void expect_thread(LPTHREAD_START_ROUTINE function, void *context, const char *doing);

/* Threads race for a time rather than a number of rounds, so that on a busy machine they also interrupt each other. */
#define RACE_MS 600u

/* Runs function on count threads at once and waits for them; each gets a pointer to its entry of contexts. */
#define MAX_THREADS 8
void run_threads(unsigned count, LPTHREAD_START_ROUTINE function, void *contexts, SIZE_T context_size);

#endif
