/* The options that all hosts have: what the memory manager is to do. */
#ifndef HOST_SETTINGS_H
#define HOST_SETTINGS_H

#include <hostmem/hostmem.h>

typedef struct settings {
    UINT64 limit_bytes;                                 /* 0: no limit */
    UINT64 sample_bytes;                                /* 0: no call stacks */
    UINT32 wait_ms;                                     /* of tasks that are refused memory */
    hostmem_fault_rule faults[HOSTMEM_MAX_FAULT_RULES]; /* faults to inject */
    UINT32 fault_count;
    char trace[4 * MAX_PATH]; /* a path; empty: no trace */
    const WCHAR *metrics;     /* a path, borrowed from the command line; NULL: no metrics */
} settings;

/* TRUE: name is one of --limit, --fault, --trace, --sample and --metrics, which all have a value. */
BOOL settings_have(const WCHAR *name);

/* Reads the value of such an option. FALSE: it is wrong, and a line on stderr says how. */
BOOL settings_read(settings *out, const WCHAR *name, const WCHAR *value);

/* One line on stderr about the command line, which points to --help. Returns FALSE. */
BOOL settings_complain(const char *what, const WCHAR *argument);

#endif
