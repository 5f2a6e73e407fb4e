/* What a rule's process tells the suite, in memory that both share: it is there after a crash, too. Written by the
 * child, apart from its time limit, and read by the parent when the child is gone. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_OUTCOME_H
#define HOSTMEM_TESTS_CONFORMANCE_OUTCOME_H

#include <windows.h>

typedef struct outcome {
    DWORD timeout_ms; /* when the parent ends the process; set before it starts */
    LONG loaded;      /* 1: the DLL was loaded and has a factory */
    LONG decided;     /* 1: some thread has decided how the rule ends */
    LONG passed;      /* 1: the rule came to its end */
    LONG failed;      /* 1: an expectation was not met; seen says which */
    DWORD exception;  /* code of an exception that nobody handled; 0: none */
    void *instruction;
    char doing[160]; /* the call in progress, for crashes and hangs */
    char seen[600];
} outcome;

#endif
