/* Gives reservations and views their kinds, and reports them to event listeners. */
#ifndef HMI_MEMORY_NAMING_H
#define HMI_MEMORY_NAMING_H

#include "core.h"

/* Names the reservation or view of size bytes that begins at start. Reported after the call that made it, so in a trace
 * the memory has no kind for a moment. */
void hmi_naming_set(hmi_core *core, const void *start, SIZE_T size, UINT32 kind);

/* Forgets the kind of what begins at start and is about to be freed, and returns it. */
UINT32 hmi_naming_forget(hmi_core *core, const void *start);

/* Reports a name to event listeners: of address space, or, with a size of 0, of the heap with this id. */
void hmi_naming_report(hmi_core *core, UINT_PTR address, SIZE_T size, UINT32 kind);

#endif
