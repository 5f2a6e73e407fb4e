/* GetProcAddress as a runtime imports it; it looks up P/Invokes of managed code with it. */
#ifndef HMI_CORECLR_LOOKUP_H
#define HMI_CORECLR_LOOKUP_H

#include <windows.h>

FARPROC WINAPI hmi_lookup_GetProcAddress(HMODULE module, LPCSTR name);

#endif
