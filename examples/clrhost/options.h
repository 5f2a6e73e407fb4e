/* The command line of clrhost. */
#ifndef CLRHOST_OPTIONS_H
#define CLRHOST_OPTIONS_H

#include "settings.h"

/* What clrhost exits with. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_CLR = 3 };

typedef struct options {
    settings settings;
    const WCHAR *clr;
    BOOL stand_in;
    BOOL help;
    const WCHAR *assembly, *type, *method;
    const WCHAR *argument; /* may be NULL */
} options;

/* FALSE: the command line is wrong, and a line on stderr says how. Texts are borrowed from it. */
BOOL options_read(int count, WCHAR **arguments, options *out);

void options_print_help(void);

#endif
