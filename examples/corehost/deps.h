/* What APP.deps.json says a program needs beside its runtime. */
#ifndef COREHOST_DEPS_H
#define COREHOST_DEPS_H

#include <windows.h>

typedef enum deps_kind { DEPS_ASSEMBLY, DEPS_NATIVE } deps_kind;

/* Is told of each file, which lies below the program's folder. FALSE ends it: there is no memory. */
typedef BOOL deps_visit(void *context, deps_kind kind, const WCHAR *relative_path);

/* Visits the files that the program's manifest names for this processor. A package may have a file for several
 * systems: then that for Windows on this processor, for Windows, and for any system is taken, in this order, as the
 * dotnet host does. *found: there is a manifest. FALSE: it cannot be understood, or visit ended it; a line on
 * stderr says so. */
BOOL deps_read(const WCHAR *path, BOOL *found, deps_visit *visit, void *context);

#endif
