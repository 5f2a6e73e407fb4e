/* A process that a test starts and waits for. */
#ifndef CHILD_H
#define CHILD_H

#include <windows.h>

typedef struct child {
    DWORD exit_code; /* all 32 bits */
    BOOL hung;       /* it was ended because it took too long */
    char *output;    /* standard output, then standard error, each without carriage returns */
    char *error;     /* where standard error begins in output */
} child;

/* Runs a command line, for at most so many seconds, with input as its standard input (NULL: empty). Aborts if it
 * cannot be started. The caller frees the result with child_free. */
child child_run(const char *command_line, const char *input, unsigned seconds);

void child_free(child *child);

#endif
