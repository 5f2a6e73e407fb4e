/* Runs a program on a CoreCLR that this process loads itself. */
#ifndef COREHOST_CORECLR_H
#define COREHOST_CORECLR_H

#include <hostmem/coreclr.h>

#include "program.h"

/* Loads coreclr.dll from a folder, makes it use the instance's memory, runs the program, and shuts the runtime
 * down. FALSE: something failed, and a line on stderr says what. memory: NULL: the runtime is not governed. config:
 * how it is governed. */
BOOL coreclr_run(const WCHAR *runtime_folder, hostmem *memory, const hostmem_coreclr_config *config, program *program);

#endif
