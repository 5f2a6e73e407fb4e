/* Functions by which a runtime learns how much memory there is: Windows' answers, or the instance's limit if that is
 * lower. So the runtime's collector keeps within the limit by itself, as it does in a job, instead of learning it from
 * refusals. */
#ifndef HMI_CORECLR_LIMIT_FUNCTIONS_H
#define HMI_CORECLR_LIMIT_FUNCTIONS_H

#include <windows.h>

#include <psapi.h>

BOOL WINAPI hmi_limit_GlobalMemoryStatusEx(LPMEMORYSTATUSEX status);

/* Always TRUE: the runtime calls it once, and the limit may be set later. */
BOOL WINAPI hmi_limit_IsProcessInJob(HANDLE process, HANDLE job, PBOOL result);

/* For the job of the calling process (job is NULL): reports the limit as JOB_OBJECT_LIMIT_PROCESS_MEMORY. */
BOOL WINAPI hmi_limit_QueryInformationJobObject(HANDLE job, JOBOBJECTINFOCLASS information_class, LPVOID information,
                                                DWORD length, LPDWORD returned);

/* For the calling process, once the limit was reported: returns the budget's use as the working set, which the runtime
 * compares with the limit, and the most that it was as the peak; faults and quotas are 0. Does not ask the system then:
 * the runtime calls it in each collection. */
BOOL WINAPI hmi_limit_GetProcessMemoryInfo(HANDLE process, PPROCESS_MEMORY_COUNTERS counters, DWORD size);

/* Returns an event instead, which the manager's notifications set and reset. */
HANDLE WINAPI hmi_limit_CreateMemoryResourceNotification(MEMORY_RESOURCE_NOTIFICATION_TYPE type);

/* Releases what the function above has created. Precondition: no thread is in it. */
void hmi_limit_detach(void);

#endif
