/* Runs a program on its threads, each a managed thread of the runtime. */
#ifndef STANDIN_EXECUTE_H
#define STANDIN_EXECUTE_H

#include "standin_programs.h"

/* Afterwards the runtime holds what it held before. Errors: E_OUTOFMEMORY when not even the threads can be made. */
HRESULT standin_execute(standin_runtime *runtime, const standin_program *program, const standin_arguments *arguments,
                        DWORD *result);

#endif
