/* What is still held, in lines for people. */
#ifndef HOSTMEM_SRC_LEAKS_H
#define HOSTMEM_SRC_LEAKS_H

#include "core.h"

/* Writes nothing if no block is held. False: there is no memory for it. */
bool hostmem_leaks_report(hostmem_core *core, hostmem_line_writer *write, void *context);

#endif
