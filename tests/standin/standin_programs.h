/* The programs that the stand-in can run in place of managed code, found by type and method. */
#ifndef STANDIN_PROGRAMS_H
#define STANDIN_PROGRAMS_H

#include "standin_task.h"

enum { STANDIN_MAX_THREADS = 32 };

typedef struct standin_arguments {
    UINT32 size; /* the depth of the trees, or megabytes */
    UINT32 threads;
} standin_arguments;

typedef struct standin_program {
    const WCHAR *type;
    const WCHAR *method;
    standin_arguments defaults, least, most;
    /* Runs on each thread. FALSE: the thread caught an OutOfMemoryException. */
    BOOL (*run)(standin_task *task, const standin_arguments *arguments, DWORD *result);
    /* The method's return value, from the sum of the results and the number of threads that ran out of memory. */
    DWORD (*combine)(DWORD sum, DWORD out_of_memory);
} standin_program;

/* Errors: COR_E_TYPELOAD, COR_E_MISSINGMETHOD. */
HRESULT standin_program_find(const WCHAR *type, const WCHAR *method, const standin_program **out);

/* Parses "SIZE[,THREADS]"; NULL and "" select the defaults. Errors: COR_E_FORMAT, COR_E_ARGUMENTOUTOFRANGE. */
HRESULT standin_program_parse(const standin_program *program, const WCHAR *text, standin_arguments *arguments);

#endif
