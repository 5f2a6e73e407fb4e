/* The command line of corehost. */
#ifndef COREHOST_OPTIONS_H
#define COREHOST_OPTIONS_H

#include "settings.h"

/* What corehost exits with where the program has not run; else its exit code is the program's. */
enum { EXIT_USAGE = 125, EXIT_FAILED = 126, EXIT_NO_RUNTIME = 127 };

typedef struct options {
    settings settings;
    const WCHAR *runtime; /* a folder; NULL: it is to be found */
    BOOL help;
    const WCHAR *program;
    WCHAR **arguments; /* of the program */
    int argument_count;
} options;

/* FALSE: the command line is wrong, and a line on stderr says how. Texts are borrowed from it. */
BOOL options_read(int count, WCHAR **arguments, options *out);

void options_print_help(void);

#endif
