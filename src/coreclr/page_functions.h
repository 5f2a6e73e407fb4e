/* VirtualAlloc and its like, as the modules of a runtime import them, over the attachment's manager. If there is no
 * attachment, and for other processes, calls are passed to Windows. Results and last errors are as Windows documents
 * them for the function of the same name. */
#ifndef HMI_CORECLR_PAGE_FUNCTIONS_H
#define HMI_CORECLR_PAGE_FUNCTIONS_H

#include <windows.h>

LPVOID WINAPI hmi_page_VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect);
LPVOID WINAPI hmi_page_VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect);
LPVOID WINAPI hmi_page_VirtualAllocExNuma(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect,
                                          DWORD node);
PVOID WINAPI hmi_page_VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect,
                                    void *parameters, ULONG parameter_count);
BOOL WINAPI hmi_page_VirtualFree(LPVOID address, SIZE_T size, DWORD type);
BOOL WINAPI hmi_page_VirtualFreeEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type);
BOOL WINAPI hmi_page_VirtualProtect(LPVOID address, SIZE_T size, DWORD protect, PDWORD old_protect);
BOOL WINAPI hmi_page_VirtualProtectEx(HANDLE process, LPVOID address, SIZE_T size, DWORD protect, PDWORD old_protect);
SIZE_T WINAPI hmi_page_VirtualQuery(LPCVOID address, PMEMORY_BASIC_INFORMATION buffer, SIZE_T length);

/* The same for memory that managed code allocates. */
LPVOID WINAPI hmi_page_invoked_VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect);
LPVOID WINAPI hmi_page_invoked_VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect);
LPVOID WINAPI hmi_page_invoked_VirtualAllocExNuma(HANDLE process, LPVOID address, SIZE_T size, DWORD type,
                                                  DWORD protect, DWORD node);
PVOID WINAPI hmi_page_invoked_VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect,
                                            void *parameters, ULONG parameter_count);

/* The same for DLLs that are not the runtime's. */
LPVOID WINAPI hmi_page_library_VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect);
LPVOID WINAPI hmi_page_library_VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect);
LPVOID WINAPI hmi_page_library_VirtualAllocExNuma(HANDLE process, LPVOID address, SIZE_T size, DWORD type,
                                                  DWORD protect, DWORD node);
PVOID WINAPI hmi_page_library_VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect,
                                            void *parameters, ULONG parameter_count);

#endif
