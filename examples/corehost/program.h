/* The program to run, and its result. */
#ifndef COREHOST_PROGRAM_H
#define COREHOST_PROGRAM_H

#include <windows.h>

typedef struct program {
    const WCHAR *path;       /* of its assembly, absolute */
    int argument_count;      /* the arguments of Main */
    WCHAR *const *arguments; /* borrowed from the command line */
    int exit_code;           /* the result of Main */
} program;

#endif
