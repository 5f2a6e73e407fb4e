/* A limit that the operating system sets on the process of a test, from outside: prlimit under Wine, a job object
 * on Windows. HOSTMEM_TEST_LIMIT says what it should be, and a test first checks that it is in force. Address space
 * is what a process can reserve; commit is what it can commit. Used by one thread at a time. */
#ifndef HOSTMEM_TESTS_OS_LIMIT_H
#define HOSTMEM_TESTS_OS_LIMIT_H

#include "os/os.h"

typedef enum os_limit_kind { OS_LIMIT_ADDRESS_SPACE, OS_LIMIT_COMMIT } os_limit_kind;

typedef struct os_limit {
    os_limit_kind kind;
    UINT64 bytes;
} os_limit;

/* Reads HOSTMEM_TEST_LIMIT: "address:BYTES" and "commit:BYTES" describe a limit that was set from outside,
 * "job:BYTES" makes the process enter a job object that limits commit. Then tries to allocate more than that from
 * the system itself, in small slices. FALSE: there is no such limit, or more could be allocated. */
BOOL os_limit_begin(os_limit *limit);

/* Whether the system may refuse VirtualAlloc with this error because of the limit. Wine has its own errors for
 * commit: ERROR_INVALID_PARAMETER for pages that are reserved in the same call, ERROR_ACCESS_DENIED for others. */
BOOL os_limit_may_say(const os_limit *limit, DWORD type, DWORD error);

/* The Win32 table with Windows' error, ERROR_COMMITMENT_LIMIT, in place of Wine's errors for a refused commit. For
 * callers whose commits are otherwise valid. */
hostmem_os *os_limit_system(void);

#endif
