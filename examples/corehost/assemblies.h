/* The assemblies and folders that a runtime is told of when it starts. */
#ifndef COREHOST_ASSEMBLIES_H
#define COREHOST_ASSEMBLIES_H

#include "text.h"

typedef struct assemblies {
    WCHAR **paths; /* of assemblies, each with a name of its own */
    size_t count;
    text native; /* folders where native DLLs are looked for, each followed by a semicolon */
} assemblies;

/* Gathers what the program at path, an assembly, needs: itself, what its deps.json names in its folder (without a
 * deps.json all DLLs there), and all DLLs of the runtime's folder. What both have is taken from the program where its
 * file has the higher version.
 * Ownership: the caller gives it to assemblies_free, also when it was FALSE: something failed, a line on stderr says
 *            what. */
BOOL assemblies_gather(assemblies *out, const WCHAR *path, const WCHAR *runtime_folder);

/* The paths, separated by semicolons; the caller frees it. NULL: there is no memory. */
char *assemblies_list(const assemblies *assemblies);

void assemblies_free(assemblies *assemblies);

#endif
