/* Shortens the timeouts of a module's waits to a sixtieth, and puts the module's clock forward by the rest when one has
 * passed. */
#ifndef UNLOAD_SHORT_WAITS_H
#define UNLOAD_SHORT_WAITS_H

#include <windows.h>

/* Changes the module's import table. FALSE: it does not import the functions in question from kernel32. */
BOOL short_waits_install(HMODULE module);

#endif
