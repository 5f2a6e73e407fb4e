/* What is to be run, and what came of it. */
#ifndef COREHOST_PROGRAM_H
#define COREHOST_PROGRAM_H

#include <windows.h>

typedef struct program {
    const WCHAR *path;       /* of its assembly, absolute */
    int argument_count;      /* what Main gets */
    WCHAR *const *arguments; /* borrowed from the command line */
    int exit_code;           /* what Main returned */
} program;

#endif
