/* What rules are written with: expectations, and the calls that most rules begin with. An expectation that is not met
 * records what was seen and ends the process, on any thread. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_CHECK_H
#define HOSTMEM_TESTS_CONFORMANCE_CHECK_H

#include "rules.h"
#include "outcome.h"

#include <corerror.h>

#define PAGE ((SIZE_T)4096)
#define GRANULE ((SIZE_T)65536)
#define MEBIBYTE ((SIZE_T)1 << 20)

/* What out parameters hold before a call: nothing that a manager would write. */
#define POISON ((void *)(UINT_PTR)0xdeadbeefu)
#define POISON_SIZE ((SIZE_T)0xdeadbeefu)
#define POISON_DWORD 0xdeadbeefu

/* A last error that no function sets. */
#define SENTINEL 0x2f00beefu

/* From here on the process reports to outcome. */
void check_begin(outcome *outcome);

/* The rule is over: ends the process. */
_Noreturn void check_pass(void);

/* Records a remark for the report of a rule that passes: what it could not see, for example. */
void check_remark(const char *text);

/* Says what is about to be called. what is copied. */
void check_doing(const char *what);

void expect(BOOL right, const char *format, ...);

/* call must have returned wanted. */
void expect_hr(const char *call, HRESULT hr, HRESULT wanted);

/* call must have failed, and not as if the CLR were lost. */
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

/* What the operating system says of an address. */
MEMORY_BASIC_INFORMATION region_at(const void *address);

/* Pages of the test's own, committed for reading and writing: foreign to the manager. */
char *foreign_pages(SIZE_T size);

/* All bytes of memory must be value. */
void expect_bytes(const char *memory, SIZE_T size, char value, const char *what);

/* A size that the operating system itself would not commit now. */
SIZE_T refused_size(void);

/* How long a rule waits for what must come, in milliseconds: a part of the time limit that the suite was given, so that
 * a slow machine is helped by a longer one. */
DWORD check_patience(void);

/* Runs function on a thread of its own; it must be back within that time. doing: for the report. */
void expect_thread(LPTHREAD_START_ROUTINE function, void *context, const char *doing);

/* How long threads race, rather than how often: on a busy machine they must be interrupted by each other, too. */
#define RACE_MS 600u

/* Runs function on count threads at once and waits for them; each is given a pointer to its entry of contexts. */
#define MAX_THREADS 8
void run_threads(unsigned count, LPTHREAD_START_ROUTINE function, void *contexts, SIZE_T context_size);

#endif
