/* What a rule's process reports to the suite, in shared memory, which remains after a crash. Written by the child,
 * except for its time limit, and read by the parent when the child has ended. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_OUTCOME_H
#define HOSTMEM_TESTS_CONFORMANCE_OUTCOME_H

#include <windows.h>

typedef struct outcome {
    DWORD timeout_ms; /* after which the parent ends the process; set before it starts */
    LONG loaded;      /* 1: the DLL was loaded and has a factory */
    LONG decided;     /* 1: some thread has decided how the rule ends */
    LONG passed;      /* 1: the rule passed */
    LONG failed;      /* 1: an expectation failed; seen says which */
    DWORD exception;  /* code of an unhandled exception; 0: none */
    void *instruction;
    char doing[160]; /* the call in progress, for crashes and hangs */
    char seen[600];
} outcome;

#endif
