/* A stand-in for the .NET Framework CLR: an ICLRRuntimeHost that uses its host's memory manager as the CLR does. It
 * makes the same calls in the same order from several threads, does real work in the memory it gets, and checks
 * every result against the contract of the hosting interfaces. Broken rules are violations in its report.
 *
 * Several stand-ins may live in one process, unlike real CLRs. */
#ifndef STANDIN_CLR_H
#define STANDIN_CLR_H

#include <hostmem/interfaces.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The calls a stand-in makes, as indices of standin_report.calls. */
typedef enum standin_method {
    STANDIN_GET_HOST_MANAGER,
    STANDIN_CREATE_MALLOC,
    STANDIN_VIRTUAL_ALLOC,
    STANDIN_VIRTUAL_FREE,
    STANDIN_VIRTUAL_QUERY,
    STANDIN_VIRTUAL_PROTECT,
    STANDIN_GET_MEMORY_LOAD,
    STANDIN_REGISTER_CALLBACK,
    STANDIN_NEEDS_ADDRESS_SPACE,
    STANDIN_ACQUIRED_ADDRESS_SPACE,
    STANDIN_RELEASED_ADDRESS_SPACE,
    STANDIN_ALLOC,
    STANDIN_DEBUG_ALLOC,
    STANDIN_FREE,
    STANDIN_NOTIFICATION, /* the one call in the other direction; only used in violations */
    STANDIN_METHODS
} standin_method;

enum { STANDIN_TEXTS = 8, STANDIN_TEXT_LENGTH = 160 };

/* What a stand-in has done and seen so far. */
typedef struct standin_report {
    LONG calls[STANDIN_METHODS];
    LONG refusals;               /* requests for memory that the manager refused, which it may do */
    LONG collections;            /* garbage collections, in total; of those: */
    LONG collections_by_low;     /* in response to a low-memory notification */
    LONG collections_by_refusal; /*   because memory was refused */
    LONG eager_collections;      /* that freed all they could, because memory was short */
    LONG notifications[4];       /* received, by EMemoryAvailable */
    LONG tasks;                  /* managed threads that have run */
    LONG tasks_out_of_memory;    /* of those, the number that ended by catching an OutOfMemoryException */
    LONG violations;             /* of the contract, by the manager */
    char violation[STANDIN_TEXTS][STANDIN_TEXT_LENGTH]; /* the first ones: "method: what was wrong" */
} standin_report;

/* Creates a runtime that is not started. Use it like the real one: SetHostControl, Start,
 * ExecuteInDefaultAppDomain. The assembly is not opened: the programs are built in, by type and method.
 *   Trees.Run      "DEPTH[,THREADS]" (default 16,4): binary trees on the garbage-collected heap, on several threads.
 *                  Returns the number of nodes counted, or minus the number of threads that ran out of memory.
 *   Trees.Exhaust  "MEGABYTES" (default 64): keeps everything, up to that much. Returns 1 if it caught an
 *                  OutOfMemoryException, 0 if it got all it requested.
 * Errors: E_POINTER, E_OUTOFMEMORY. Threads: any. */
HRESULT standin_clr_create(ICLRRuntimeHost **out);

/* Reads the report of a stand-in created by standin_clr_create. Threads: any. */
void standin_clr_report(ICLRRuntimeHost *host, standin_report *report);

/* "IHostMemoryManager::VirtualAlloc" and the like. */
const char *standin_method_name(standin_method method);

/* The result of Trees.Run if no thread runs out of memory. */
DWORD standin_trees_expected(UINT32 depth, UINT32 threads);

/* A CLR lives as long as its process, and never releases what its host gave it: a started stand-in also survives
 * the last Release of the host object. This function ends it for a test: it makes the last calls of a process that
 * exits, frees all memory, releases manager and heap, and frees the object, so that leaks can be detected. The
 * manager must not send notifications any more: call hostmem_shutdown first. */
void standin_clr_end_process(ICLRRuntimeHost *host);

#ifdef __cplusplus
}
#endif

#endif
