/* hostmem: performance counters. Windows' own tools (Performance Monitor, typeperf, Get-Counter, and what collects
 * counters for a monitoring system) show an instance's main figures as an instance of the counter set "hostmem".
 *
 *     hostmem_counters_start(memory, NULL);
 *
 * The tools know the set only after an administrator has registered it, once for each machine:
 *
 *     lodctr /m:hostmem.man
 *
 * hostmem.man is installed beside hostmem.dll, which has the names that tools show. It has the list of the counters,
 * with their units. Nothing runs and nothing is counted for them: the figures are read whenever a tool collects data,
 * as by hostmem_get_stats. Included after hostmem.h, whose conventions hold here. Windows only. */
#ifndef HOSTMEM_COUNTERS_H
#define HOSTMEM_COUNTERS_H

#include <hostmem/hostmem.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How an instance appears in tools. Clear it, set size, and set what should differ from the default. */
typedef struct hostmem_counters_config {
    UINT32 size;  /* sizeof(hostmem_counters_config) */
    UINT32 flags; /* 0: none are defined; unknown bits are refused */
    /* The name of the instance in the set, in UTF-8: at most HOSTMEM_COUNTERS_MAX_NAME bytes, and without control
     * characters and ( ) # * / \, which have a meaning in the paths of counters. "%p" stands for the process id, "%i"
     * for the number of the instance in the process, from 1 in the order of creation. NULL: the name of the program's
     * file without its ending, and the process id: "orders_4711"; from the second instance on also its number:
     * "orders_4711_2". If several instances have the same name, tools tell them apart by #1, #2 and so on, in no
     * particular order. Borrowed for the call. */
    const char *name;
} hostmem_counters_config;

#define HOSTMEM_COUNTERS_MAX_NAME 127 /* after "%p" and "%i" are replaced */

/* Adds the instance to the counter set. This does not depend on whether the set is registered: an administrator may do
 * that later.
 *
 * Once this has succeeded, the module that contains the library's code stays loaded until the process ends, because
 * Windows does not say when its last call of that code has returned.
 * config: NULL for all defaults. Ownership: copied; name is not used after the call.
 * Errors: E_POINTER (instance is NULL), HRESULT_FROM_WIN32 of ERROR_BAD_LENGTH, ERROR_INVALID_FLAGS and
 *         ERROR_NOT_SUPPORTED as in hostmem_create, E_INVALIDARG (a name that is empty, too long or not UTF-8, or has
 *         one of those characters), E_OUTOFMEMORY, HOST_E_INVALIDOPERATION (the instance has been added already, or
 *         hostmem_shutdown was called), HRESULT_FROM_WIN32(ERROR_CALL_NOT_IMPLEMENTED) (this Windows has no such
 *         counters), HRESULT_FROM_WIN32 of the error of the Windows function that failed. Nothing is changed then.
 * Threads: any, but not in DllMain; takes locks of the library and of Windows, and waits for other threads that are in
 *          this call or in hostmem_counters_stop. */
HOSTMEM_API HRESULT hostmem_counters_start(_In_ hostmem *instance, _In_opt_ const hostmem_counters_config *config);

/* Removes the instance from the counter set. hostmem_shutdown and hostmem_release do this, too. After it returns,
 * nothing reads the instance's figures for counters any more.
 * Errors: E_POINTER (instance is NULL), HOST_E_INVALIDOPERATION (the instance is not in the set).
 * Threads: as hostmem_counters_start; it also waits until the figures that a tool is just collecting have been read. */
HOSTMEM_API HRESULT hostmem_counters_stop(_In_ hostmem *instance);

#ifdef __cplusplus
}
#endif

#endif
