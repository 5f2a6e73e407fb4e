/* The command line of corehost. */
#ifndef COREHOST_OPTIONS_H
#define COREHOST_OPTIONS_H

#include "settings.h"

/* Exit codes if the program has not run; otherwise corehost returns the program's exit code. */
enum { EXIT_USAGE = 125, EXIT_FAILED = 126, EXIT_NO_RUNTIME = 127 };

typedef struct options {
    settings settings;
    const WCHAR *runtime; /* a folder; NULL: it must be found */
    BOOL help;
    const WCHAR *program;
    WCHAR **arguments; /* for the program */
    int argument_count;
} options;

/* Returns FALSE after printing what is wrong with the command line. The texts in *out point into the arguments. */
BOOL options_read(int count, WCHAR **arguments, options *out);

void options_print_help(void);

#endif
