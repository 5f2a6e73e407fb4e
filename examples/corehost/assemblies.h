/* The assemblies and folders that are passed to a runtime at its start. */
#ifndef COREHOST_ASSEMBLIES_H
#define COREHOST_ASSEMBLIES_H

#include "text.h"

typedef struct assemblies {
    WCHAR **paths; /* of assemblies, with unique names */
    size_t count;
    text native; /* folders that are searched for native DLLs, each followed by a semicolon */
} assemblies;

/* Collects what the program at path, an assembly, needs: itself, the files in its deps.json (without one all DLLs
 * in its folder), and all DLLs in the runtime's folder. If both have a file, the one with the higher version is
 * used.
 *
 * Ownership: the caller frees it with assemblies_free, also after FALSE: something failed, and a line on stderr
 * says what. */
BOOL assemblies_gather(assemblies *out, const WCHAR *path, const WCHAR *runtime_folder);

/* The paths, separated by semicolons; the caller frees it. NULL: out of memory. */
char *assemblies_list(const assemblies *assemblies);

void assemblies_free(assemblies *assemblies);

#endif
