/* The options for the memory manager, which all hosts have. */
#ifndef HOST_SETTINGS_H
#define HOST_SETTINGS_H

#include <hostmem/hostmem.h>

typedef struct settings {
    UINT64 limit_bytes;                                 /* 0: no limit */
    UINT64 sample_bytes;                                /* 0: no call stacks */
    UINT32 wait_ms;                                     /* for tasks whose requests are refused */
    hostmem_fault_rule faults[HOSTMEM_MAX_FAULT_RULES]; /* faults to inject */
    UINT32 fault_count;
    char trace[4 * MAX_PATH]; /* a path; empty: no trace */
    char counters[400];       /* a name for performance counters; empty: none */
    const WCHAR *metrics;     /* a path, borrowed from the command line; NULL: no metrics */
} settings;

/* Whether name is one of --limit, --fault, --trace, --sample, --metrics and --counters, which all have a value. */
BOOL settings_have(const WCHAR *name);

/* Parses the value of such an option. Returns FALSE after printing what is wrong. */
BOOL settings_read(settings *out, const WCHAR *name, const WCHAR *value);

/* Prints one line on stderr about the command line, with a hint to --help. Returns FALSE. */
BOOL settings_complain(const char *what, const WCHAR *argument);

#endif
