/* Finds the CLR of this machine without linking to it. */
#ifndef CLRHOST_FIND_CLR_H
#define CLRHOST_FIND_CLR_H

#include <hostmem/interfaces.h>

/* version: L"v4.0.30319" or L"v2.0.50727".
 * Ownership: on S_OK *out is a reference for the caller.
 * Errors: CLR_E_SHIM_RUNTIMELOAD when there is no such CLR; whatever mscoree.dll says otherwise. *out is NULL then. */
HRESULT find_clr(const WCHAR *version, ICLRRuntimeHost **out);

#endif
