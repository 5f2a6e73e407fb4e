/* Methods of a managed program, by the addresses of their code: from the events that a .NET runtime writes into a
 * .nettrace file (DOTNET_EnableEventPipe, keywords JIT and NGEN of Microsoft-Windows-DotNETRuntime). Their format is
 * "Nettrace", version 4, described in dotnet/diagnostics, documentation/design-docs/NetTraceFormat.md in 2020; the
 * events are MethodLoadVerbose and MethodDCEndVerbose of the runtime's provider. */
#ifndef TRACE_METHODS_H
#define TRACE_METHODS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    METHODS_NAME = 512, /* bytes of a method's name that are kept, including the final 0 */
    METHODS_PROBLEM = 128
};

/* For each method: its code, and its name with type and namespace as valid printable UTF-8. Returns false to end. */
typedef bool methods_found(void *context, uint64_t address, uint32_t bytes, const char *name);

/* Reads a file to its end. Returns false if it is not such a file, is damaged, or found returned false; problem says
 * what was wrong, and is empty for the last reason. A file that is cut off counts as read. */
bool methods_read(FILE *file, methods_found *found, void *context, char problem[METHODS_PROBLEM]);

#endif
