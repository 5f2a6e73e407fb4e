/* A stand-in for the .NET Framework CLR: an ICLRRuntimeHost that treats its host's memory manager as the CLR does.
 * It makes the same calls in the same order from several threads, does real work in the memory it gets, and checks
 * every answer against the contract of the hosting interfaces: what it finds broken is a violation in its report.
 *
 * Several stand-ins may live in one process, which no real CLR allows. */
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
    STANDIN_NOTIFICATION, /* the one call in the other direction; only violations name it */
    STANDIN_METHODS
} standin_method;

enum { STANDIN_TEXTS = 8, STANDIN_TEXT_LENGTH = 160 };

/* What a stand-in did and saw so far. */
typedef struct standin_report {
    LONG calls[STANDIN_METHODS];
    LONG refusals;               /* requests for memory that the manager refused, as it may */
    LONG collections;            /* of garbage, in all; of those: */
    LONG collections_by_low;     /*   the answer to a low-memory notification */
    LONG collections_by_refusal; /*   because memory was refused */
    LONG eager_collections;      /*   giving back all they could, because memory was short */
    LONG notifications[4];       /* received, by EMemoryAvailable */
    LONG tasks;                  /* managed threads that were run */
    LONG tasks_out_of_memory;    /* of those, how many ended by catching an OutOfMemoryException */
    LONG violations;             /* of the contract, by the manager */
    char violation[STANDIN_TEXTS][STANDIN_TEXT_LENGTH]; /* the first of them: "method: what was wrong" */
} standin_report;

/* Makes a runtime that is not started. Use it as the real one: SetHostControl, Start, ExecuteInDefaultAppDomain.
 * The assembly is not opened: the programs are built in, by type and method.
 *   Trees.Run      "DEPTH[,THREADS]" (default 16,4): binary trees on the garbage-collected heap, on several threads.
 *                  Returns the number of nodes counted, or minus the number of threads that ran out of memory.
 *   Trees.Exhaust  "MEGABYTES" (default 64): keeps everything, up to that much. Returns 1 when it caught an
 *                  OutOfMemoryException, 0 when it got all it wanted.
 * Errors: E_POINTER, E_OUTOFMEMORY. Threads: any. */
HRESULT standin_clr_create(ICLRRuntimeHost **out);

/* Reads the report of a stand-in that standin_clr_create made. Threads: any. */
void standin_clr_report(ICLRRuntimeHost *host, standin_report *report);

/* "IHostMemoryManager::VirtualAlloc" and the like. */
const char *standin_method_name(standin_method method);

/* What Trees.Run returns when no thread runs out of memory. */
DWORD standin_trees_expected(UINT32 depth, UINT32 threads);

/* A CLR lasts as long as its process, and Releases nothing that its host gave it: the last Release of the host object
 * leaves a started stand-in alive too. This ends it for a test: it makes the late calls of a process that exits,
 * gives all memory back, Releases manager and heap, and frees the object, so that a leak can be told.
 * The manager must not send notifications any more: hostmem_shutdown comes first. */
void standin_clr_end_process(ICLRRuntimeHost *host);

#ifdef __cplusplus
}
#endif

#endif
