/* The properties passed to a runtime at its start: pairs of names and values. */
#ifndef COREHOST_PROPERTIES_H
#define COREHOST_PROPERTIES_H

#include <windows.h>

typedef struct properties {
    char **names;
    char **values;
    int count;
} properties;

/* Collects the properties for the program at path with these assemblies, and those that its runtimeconfig.json
 * sets.
 *
 * Ownership: the caller frees it with properties_free, also after FALSE: something failed, and a line on stderr
 * says what. */
BOOL properties_gather(properties *out, const WCHAR *path, const WCHAR *runtime_folder);

void properties_free(properties *properties);

#endif
