/* A process that a test starts and watches. */
#ifndef CHILD_H
#define CHILD_H

#include <windows.h>

typedef struct child {
    DWORD exit_code; /* all 32 bits of it */
    BOOL hung;       /* it was ended, because it did nothing for so long */
    char *output;    /* standard output, then standard error, each without carriage returns */
    char *error;     /* where standard error begins in it */
} child;

/* Runs a command line to its end, or for at most so many seconds, with input as its standard input (NULL: empty).
 * Aborts where it cannot be started. The caller gives it to child_free. */
child child_run(const char *command_line, const char *input, unsigned seconds);

void child_free(child *child);

#endif
