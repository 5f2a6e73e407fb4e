/* Views of sections: Windows maps them, and the manager is told of each, so that it can charge what is committed in
 * them. If Windows finds no address space, the manager is asked to release some, and Windows is asked once more. */
#ifndef HMI_CORECLR_VIEW_FUNCTIONS_H
#define HMI_CORECLR_VIEW_FUNCTIONS_H

#include <windows.h>

LPVOID WINAPI hmi_view_MapViewOfFile(HANDLE section, DWORD access, DWORD offset_high, DWORD offset_low, SIZE_T size);
LPVOID WINAPI hmi_view_MapViewOfFileEx(HANDLE section, DWORD access, DWORD offset_high, DWORD offset_low, SIZE_T size,
                                       LPVOID address);
LPVOID WINAPI hmi_view_MapViewOfFileExNuma(HANDLE section, DWORD access, DWORD offset_high, DWORD offset_low,
                                           SIZE_T size, LPVOID address, DWORD node);
PVOID WINAPI hmi_view_MapViewOfFileNuma2(HANDLE section, HANDLE process, ULONG64 offset, PVOID address, SIZE_T size,
                                         ULONG type, ULONG protect, ULONG node);
PVOID WINAPI hmi_view_MapViewOfFile3(HANDLE section, HANDLE process, PVOID address, ULONG64 offset, SIZE_T size,
                                     ULONG type, ULONG protect, void *parameters, ULONG parameter_count);
BOOL WINAPI hmi_view_UnmapViewOfFile(LPCVOID address);
BOOL WINAPI hmi_view_UnmapViewOfFileEx(PVOID address, ULONG flags);
BOOL WINAPI hmi_view_UnmapViewOfFile2(HANDLE process, PVOID address, ULONG flags);

#endif
