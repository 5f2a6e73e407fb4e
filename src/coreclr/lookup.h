/* GetProcAddress as a runtime imports it: managed code's P/Invokes are looked up with it. */
#ifndef HMI_CORECLR_LOOKUP_H
#define HMI_CORECLR_LOOKUP_H

#include <windows.h>

FARPROC WINAPI hmi_lookup_GetProcAddress(HMODULE module, LPCSTR name);

#endif
