/* Shortens a module's waits that time out to a sixtieth, and moves the module's clock forward by the rest. */
#ifndef UNLOAD_SHORT_WAITS_H
#define UNLOAD_SHORT_WAITS_H

#include <windows.h>

/* Changes the module's import table. FALSE: it does not import these functions from kernel32. */
BOOL short_waits_install(HMODULE module);

#endif
