/* Views of sections, which somebody else maps and unmaps and which the CLR announces. What is committed in them by
 * VirtualAlloc is charged and counted like any commit, page by page where it is asked for, and given back with the view.
 * What a view shows as committed without that (a mapped file, a section that was committed as a whole or through another
 * view) is in its size alone. The books know addresses, not sections: the same page committed through two views counts in
 * each. */
#ifndef HMI_MEMORY_VIEWS_H
#define HMI_MEMORY_VIEWS_H

#include "core.h"

/* A view that was mapped at start, in place of one that was announced there before. size: what the caller knows of it, 0
 * for nothing: then the operating system is asked. Errors: E_INVALIDARG (start is NULL or the range wraps around),
 * E_OUTOFMEMORY. The thread's last error may change. */
HRESULT hmi_views_add(hmi_core *core, void *start, SIZE_T size);

/* One that is unmapped, or about to be. It may never have been announced. */
void hmi_views_remove(hmi_core *core, void *start);

#endif
