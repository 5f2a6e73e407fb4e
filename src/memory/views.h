/* Views of sections (mapped files and shared memory), which the CLR maps and unmaps itself and announces. Pages that
 * VirtualAlloc commits in them are charged and counted page by page, like any commit, and refunded when the view is
 * removed. What a view shows as committed otherwise (a mapped file, a section that was committed as a whole or through
 * another view) counts in mapped_bytes only. The books have addresses, not sections: a page that is committed through
 * two views counts twice. */
#ifndef HMI_MEMORY_VIEWS_H
#define HMI_MEMORY_VIEWS_H

#include "core.h"

/* Records a view that was mapped at start; it replaces one that was announced there before. size: in bytes; 0: unknown,
 * and the operating system is asked. Errors: E_INVALIDARG (start is NULL, or the range wraps around), E_OUTOFMEMORY.
 * May change the thread's last error. */
HRESULT hmi_views_add(hmi_core *core, void *start, SIZE_T size);

/* Removes a view that is unmapped or about to be. It need not have been announced. */
void hmi_views_remove(hmi_core *core, void *start);

#endif
