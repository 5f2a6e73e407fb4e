/* Running a program on a CoreCLR that this process loads by itself. */
#ifndef COREHOST_CORECLR_H
#define COREHOST_CORECLR_H

#include <hostmem/coreclr.h>

#include "program.h"

/* Loads coreclr.dll from a folder, has it take its memory from the instance, runs the program to its end, and shuts the
 * runtime down. FALSE: something failed; a line on stderr says what.
 * memory: NULL: the runtime is not governed. config: how it is. */
BOOL coreclr_run(const WCHAR *runtime_folder, hostmem *memory, const hostmem_coreclr_config *config, program *program);

#endif
