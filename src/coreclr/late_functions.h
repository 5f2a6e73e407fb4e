/* Functions that some versions of Windows or some compilers' libraries lack; looked up when the process is first
 * attached. If a function is missing, calls fail with ERROR_CALL_NOT_IMPLEMENTED; no import can lead here then. */
#ifndef HMI_CORECLR_LATE_FUNCTIONS_H
#define HMI_CORECLR_LATE_FUNCTIONS_H

#include <windows.h>

/* May be repeated. Takes the loader lock. */
void hmi_late_find(void);

PVOID hmi_late_VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect, void *parameters,
                             ULONG parameter_count);
PVOID hmi_late_MapViewOfFile3(HANDLE section, HANDLE process, PVOID address, ULONG64 offset, SIZE_T size, ULONG type,
                              ULONG protect, void *parameters, ULONG parameter_count);
PVOID hmi_late_MapViewOfFileNuma2(HANDLE section, HANDLE process, ULONG64 offset, PVOID address, SIZE_T size,
                                  ULONG type, ULONG protect, ULONG node);
BOOL hmi_late_UnmapViewOfFileEx(PVOID address, ULONG flags);
BOOL hmi_late_UnmapViewOfFile2(HANDLE process, PVOID address, ULONG flags);

#endif
