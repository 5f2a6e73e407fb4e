/* Runs a program as dotnet does: hostfxr finds the runtime that the program's runtimeconfig.json asks for. */
#ifndef COREHOST_HOSTFXR_H
#define COREHOST_HOSTFXR_H

#include <hostmem/coreclr.h>

#include "paths.h"
#include "program.h"

/* The hostfxr.dll of the newest .NET on this machine: in DOTNET_ROOT_X64 (or _X86, _ARM64), in DOTNET_ROOT, in the
 * folder in the registry, or in dotnet in the program files folder. FALSE: there is none. */
BOOL hostfxr_find(WCHAR path[PATH_LETTERS]);

/* Loads it, makes the runtime that it will load use the instance's memory, and runs the program. FALSE: something
 * failed, and lines on stderr say what. memory: NULL: the runtime is not governed. config: how it is governed. */
BOOL hostfxr_run(const WCHAR *path, hostmem *memory, const hostmem_coreclr_config *config, program *program);

#endif
