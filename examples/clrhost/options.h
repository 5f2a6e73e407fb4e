/* The command line of clrhost. */
#ifndef CLRHOST_OPTIONS_H
#define CLRHOST_OPTIONS_H

#include "settings.h"

/* Exit codes of clrhost. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_CLR = 3 };

typedef struct options {
    settings settings;
    const WCHAR *clr;
    BOOL stand_in;
    BOOL help;
    const WCHAR *assembly, *type, *method;
    const WCHAR *argument; /* may be NULL */
} options;

/* Returns FALSE after printing what is wrong with the command line. The texts in *out point into the arguments. */
BOOL options_read(int count, WCHAR **arguments, options *out);

void options_print_help(void);

#endif
