/* Runs a program on its threads, each of them a managed thread of the runtime. */
#ifndef STANDIN_EXECUTE_H
#define STANDIN_EXECUTE_H

#include "standin_programs.h"

/* Afterwards the runtime holds what it held before. Errors: E_OUTOFMEMORY if the threads could not be created. */
HRESULT standin_execute(standin_runtime *runtime, const standin_program *program, const standin_arguments *arguments,
                        DWORD *result);

#endif
