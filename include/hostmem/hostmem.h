/* hostmem: a memory manager for programs that host the .NET Framework CLR.
 *
 *     hostmem *memory;
 *     IHostControl *control;
 *     hostmem_create(NULL, &memory);
 *     hostmem_get_control(memory, NULL, &control);
 *     ICLRRuntimeHost_SetHostControl(host, control);
 *
 * From then on the runtime takes every page and every heap block through the library. Every comment below answers, in
 * this order: what the function does, what its parameters mean, who owns what, which errors there are and which
 * threads may call it. "The failure table" is the one in README.md. */
#ifndef HOSTMEM_HOSTMEM_H
#define HOSTMEM_HOSTMEM_H

#include <hostmem/interfaces.h>

#define HOSTMEM_VERSION_MAJOR 0
#define HOSTMEM_VERSION_MINOR 1
#define HOSTMEM_VERSION_PATCH 0

/* HOSTMEM_DLL: the program uses the library as a DLL. HOSTMEM_BUILDING_DLL: that DLL is being built. */
#if defined(HOSTMEM_BUILDING_DLL)
#define HOSTMEM_API __declspec(dllexport)
#elif defined(HOSTMEM_DLL)
#define HOSTMEM_API __declspec(dllimport)
#else
#define HOSTMEM_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* One memory manager: its limit, its books, and the COM objects that hand it to the CLR. Instances in one process
 * know nothing of each other. */
typedef struct hostmem hostmem;

/* hostmem_config.flags */
enum {
    /* VirtualFree of memory that was not allocated through the manager goes to the operating system instead of
     * failing with HOST_E_INVALIDOPERATION. The books do not count such memory. For hosts of runtimes that reserve
     * memory before the host control is set and free it afterwards. */
    HOSTMEM_FREE_FOREIGN = 0x1
};

/* How an instance behaves. Clear it, set size, and set what should differ from the default: every zero is one. */
typedef struct hostmem_config {
    UINT32 size;         /* sizeof(hostmem_config) */
    UINT32 flags;        /* HOSTMEM_FREE_FOREIGN; unknown bits are refused */
    UINT64 limit_bytes;  /* committed virtual memory plus heap blocks may take this much; 0: no limit */
    struct hostmem_os *os; /* the operating system to use; NULL: Win32. The table is declared in src/os.h and changes
                              between versions. Borrowed: it must live as long as anything of the instance. */
} hostmem_config;

/* What an instance holds and has refused. All figures are bytes where the name does not say otherwise. Figures that
 * belong together are read one after the other: exact at rest, at most the running calls apart otherwise. */
typedef struct hostmem_stats {
    UINT32 size;                 /* sizeof(hostmem_stats), set by the caller */
    UINT32 reserved_word;        /* 0 */
    UINT64 reserved_bytes;       /* address space in reservations, committed or not */
    UINT64 committed_bytes;      /* committed pages of those reservations */
    UINT64 peak_committed_bytes; /* the largest committed_bytes so far */
    UINT64 executable_bytes;     /* committed pages whose protection allows execution */
    UINT64 mapped_bytes;         /* views that the CLR has announced by AcquiredVirtualAddressSpace */
    UINT64 heap_bytes;           /* what callers of IHostMalloc asked for and have not freed */
    UINT64 heap_blocks;          /* number of those blocks */
    UINT64 used_bytes;           /* what counts against the limit: committed_bytes + heap_bytes */
    UINT64 peak_used_bytes;      /* the largest used_bytes so far */
    UINT64 limit_bytes;          /* the limit in force; 0: none */
    UINT64 overdraft_bytes;      /* by how much used_bytes is above the limit now */
    UINT64 refused[3];           /* number of refused requests, by EMemoryCriticalLevel */
} hostmem_stats;

/* Creates an instance.
 * config: NULL for all defaults (no limit: everything behaves as Win32 would).
 * Ownership: on S_OK *out is one reference for the caller, given back with hostmem_release. config is copied.
 * Errors: E_POINTER (out is NULL), E_INVALIDARG (config->size is not that of any version of the struct, a flag or a
 *         field of a newer version that this one does not know), E_OUTOFMEMORY. *out is NULL then.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_create(const hostmem_config *config, hostmem **out);

/* Gives the IHostMemoryManager of an instance: always the same object.
 * Ownership: on S_OK *out is a reference for the caller. The object keeps what it needs alive by itself and works on
 *            after hostmem_release. The CLR never Releases what it is given (so plan for the process's lifetime).
 * Errors: E_POINTER (an argument is NULL).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_get_manager(hostmem *instance, IHostMemoryManager **out);

/* Makes an IHostControl to pass to ICLRRuntimeHost::SetHostControl, which must come before Start and can be done once
 * in a process. It answers for IID_IHostMemoryManager and hands every other request to inner.
 * inner: the host's own control, for its other managers; NULL if it has none: then GetHostManager answers
 *        E_NOINTERFACE for anything else and SetAppDomainManager S_OK.
 * Ownership: on S_OK *out is a reference for the caller, and holds one on inner.
 * Errors: E_POINTER (instance or out is NULL), E_OUTOFMEMORY. *out is NULL then.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_get_control(hostmem *instance, IHostControl *inner, IHostControl **out);

/* Reads the figures of an instance.
 * stats: the caller sets stats->size; all fields within that size are written, those this version does not know as 0.
 * Errors: E_POINTER (an argument is NULL), E_INVALIDARG (stats->size is smaller than the first version's; nothing is
 *         written).
 * Threads: any, at any time, inside a notification too; it never blocks. */
HOSTMEM_API HRESULT hostmem_get_stats(hostmem *instance, hostmem_stats *stats);

/* Sets the limit while the instance runs.
 * bytes: what committed virtual memory plus heap blocks may take; 0: no limit. A limit below what is in use takes
 *        nothing away: it refuses new memory until use has fallen below it.
 * Errors: E_POINTER (instance is NULL).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_set_limit(hostmem *instance, UINT64 bytes);

/* Reads a size as people write it: a whole number, then optionally one of K, M, G, T (powers of 1024), optionally
 * followed by B or iB; case does not matter, blanks are allowed around the number: "4096", "512M", "2GiB".
 * bytes: the result; 0 on failure.
 * Errors: E_POINTER (an argument is NULL), E_INVALIDARG (not of that form), HRESULT_FROM_WIN32(ERROR_ARITHMETIC_OVERFLOW)
 *         (more than a UINT64 holds).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_parse_size(const char *text, UINT64 *bytes);

/* Ends what the instance does of its own accord: gives back the registered notification callback and accepts no
 * other. Calls of the CLR still work afterwards, at process detach too. Calling it again does nothing; NULL is allowed.
 * Threads: any but one that is inside a notification. */
HOSTMEM_API void hostmem_shutdown(hostmem *instance);

/* Gives back the reference that hostmem_create gave, after doing what hostmem_shutdown does. COM objects still held by
 * the CLR or the host go on working and keep their part alive. NULL is allowed.
 * Returns: how many COM objects of the instance are still alive, held by the CLR, the host or each other (a control holds
 *          the manager); 0: everything is gone.
 * Threads: any; instance is not valid afterwards. */
HOSTMEM_API ULONG hostmem_release(hostmem *instance);

#ifdef __cplusplus
}
#endif

#endif
