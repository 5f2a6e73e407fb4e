/* GetProcAddress calls for P/Invokes cannot be told from the runtime's own. coreclr.dll itself looks up VirtualAlloc2
 * and MapViewOfFile3, so these two are replaced even if P/Invokes are not governed, and with the levels of the runtime.
 */
#include "coreclr/lookup.h"

#include <string.h>

#include "coreclr/attachment.h"
#include "coreclr/modules.h"
#include "coreclr/replacements.h"

static FARPROC replacement_for(const char *name, FARPROC found)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    const hmi_replacement *by = hmi_replacement_at(name, found);
    if (!by || (by->unless & now->flags))
        return found;
    if (!strcmp(name, "VirtualAlloc2") || !strcmp(name, "MapViewOfFile3"))
        return by->imported;
    if (!(now->flags & HOSTMEM_CORECLR_PINVOKES) || !by->invoked)
        return found;
    atomic_fetch_add_explicit(&now->invoked, 1, memory_order_relaxed);
    return by->invoked;
}

FARPROC WINAPI hmi_lookup_GetProcAddress(HMODULE module, LPCSTR name)
{
    FARPROC found = GetProcAddress(module, name);
    DWORD error = GetLastError();
    if (hmi_coreclr_is_active()) {
        hmi_modules_retry();
        if (found && !IS_INTRESOURCE(name))
            found = replacement_for(name, found);
        SetLastError(error);
    }
    return found;
}
