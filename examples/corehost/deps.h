/* Reads from APP.deps.json what a program needs in addition to its runtime. */
#ifndef COREHOST_DEPS_H
#define COREHOST_DEPS_H

#include <windows.h>

typedef enum deps_kind { DEPS_ASSEMBLY, DEPS_NATIVE } deps_kind;

/* Called for each file, which is below the program's folder. FALSE stops the visit: out of memory. */
typedef BOOL deps_visit(void *context, deps_kind kind, const WCHAR *relative_path);

/* Visits the files in the program's manifest for this processor. If a package has a file for several systems, the
 * one for Windows on this processor is used, else for Windows, else for any system, as the dotnet host does.
 * *found: there is a manifest. FALSE: it cannot be parsed, or visit stopped; a line on stderr says so. */
BOOL deps_read(const WCHAR *path, BOOL *found, deps_visit *visit, void *context);

#endif
