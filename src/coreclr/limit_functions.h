/* What a runtime asks about how much memory there is: the answers of Windows, tightened by the instance's budget where
 * that has a limit below them. So the runtime's collector keeps within the limit by itself, as it does in a job, instead
 * of finding out by refusals. */
#ifndef HMI_CORECLR_LIMIT_FUNCTIONS_H
#define HMI_CORECLR_LIMIT_FUNCTIONS_H

#include <windows.h>

#include <psapi.h>

BOOL WINAPI hmi_limit_GlobalMemoryStatusEx(LPMEMORYSTATUSEX status);

/* Always yes: the runtime asks once, and the limit may be set later. */
BOOL WINAPI hmi_limit_IsProcessInJob(HANDLE process, HANDLE job, PBOOL result);

/* Of the job of the calling process (no handle): the limit is JOB_OBJECT_LIMIT_PROCESS_MEMORY. */
BOOL WINAPI hmi_limit_QueryInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS information_class, LPVOID information,
                                                DWORD length, LPDWORD returned);

/* Of the calling process, while it has been told of the limit: what is used of it takes the place of the working set,
 * which the runtime compares with the limit. */
BOOL WINAPI hmi_limit_GetProcessMemoryInfo(HANDLE process, PPROCESS_MEMORY_COUNTERS counters, DWORD size);

/* An event instead, which the manager's notifications set and reset. */
HANDLE WINAPI hmi_limit_CreateMemoryResourceNotification(MEMORY_RESOURCE_NOTIFICATION_TYPE type);

/* Gives up what the function above keeps. Precondition: nobody calls it. */
void hmi_limit_detach(void);

#endif
