/* Waits of a module that end in a timeout, in a sixtieth of their time; the module's clock is put forward by the rest. */
#ifndef UNLOAD_SHORT_WAITS_H
#define UNLOAD_SHORT_WAITS_H

#include <windows.h>

/* Changes the module's import table. FALSE: it does not import the functions in question from kernel32. */
BOOL short_waits_install(HMODULE module);

#endif
