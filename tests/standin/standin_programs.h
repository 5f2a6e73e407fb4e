/* The programs that the stand-in can run, as if they were managed code, found by type and method. */
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
    /* Runs on each thread. FALSE: an OutOfMemoryException reached the thread's catch. */
    BOOL (*run)(standin_task *task, const standin_arguments *arguments, DWORD *result);
    /* What the method returns, from the sum of the results and the number of threads that ran out of memory. */
    DWORD (*combine)(DWORD sum, DWORD out_of_memory);
} standin_program;

/* Errors: COR_E_TYPELOAD, COR_E_MISSINGMETHOD. */
HRESULT standin_program_find(const WCHAR *type, const WCHAR *method, const standin_program **out);

/* Reads "SIZE[,THREADS]"; NULL and "" stand for the defaults. Errors: COR_E_FORMAT, COR_E_ARGUMENTOUTOFRANGE. */
HRESULT standin_program_parse(const standin_program *program, const WCHAR *text, standin_arguments *arguments);

#endif
