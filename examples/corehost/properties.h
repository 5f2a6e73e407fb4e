/* The properties that a runtime starts with: pairs of names and values. */
#ifndef COREHOST_PROPERTIES_H
#define COREHOST_PROPERTIES_H

#include <windows.h>

typedef struct properties {
    char **names;
    char **values;
    int count;
} properties;

/* What the runtime wants to know of the program at path, whose assemblies are gathered here, and what the program's
 * runtimeconfig.json sets.
 * Ownership: the caller gives it to properties_free, also when it was FALSE: something failed, a line on stderr says
 *            what. */
BOOL properties_gather(properties *out, const WCHAR *path, const WCHAR *runtime_folder);

void properties_free(properties *properties);

#endif
