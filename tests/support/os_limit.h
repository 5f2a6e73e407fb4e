/* The limit that the operating system puts on the process of a test, from outside: prlimit under Wine, a job object on
 * Windows. HOSTMEM_TEST_LIMIT says what it should be, and a test first proves that it is in force. Address space is all
 * that a process can reserve; commit is what it can commit of that. Used by one thread at a time. */
#ifndef HOSTMEM_TESTS_OS_LIMIT_H
#define HOSTMEM_TESTS_OS_LIMIT_H

#include "os/os.h"

typedef enum os_limit_kind { OS_LIMIT_ADDRESS_SPACE, OS_LIMIT_COMMIT } os_limit_kind;

typedef struct os_limit {
    os_limit_kind kind;
    UINT64 bytes;
} os_limit;

/* Reads HOSTMEM_TEST_LIMIT: "address:BYTES" and "commit:BYTES" name a limit that was set for us, "job:BYTES" makes the
 * process enter a job object that limits commit. Then tries to take more than that, from the system itself and in small
 * slices. FALSE: there is no such limit, or more could be had than it says. */
BOOL os_limit_begin(os_limit *limit);

/* Whether the system may refuse VirtualAlloc with this error because of the limit. Wine has codes of its own for
 * commit: ERROR_INVALID_PARAMETER for pages that are reserved in the same call, ERROR_ACCESS_DENIED for others. */
BOOL os_limit_may_say(const os_limit *limit, DWORD type, DWORD error);

/* The Win32 table with what Windows says, ERROR_COMMITMENT_LIMIT, in the place of Wine's codes for a refused commit.
 * For callers who never ask for a commit that is wrong in itself. */
hostmem_os *os_limit_system(void);

#endif
