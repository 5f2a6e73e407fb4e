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

#define HOSTMEM_VERSION_MAJOR 0 /* changes may break programs */
#define HOSTMEM_VERSION_MINOR 1 /* programs go on working, and find more */
#define HOSTMEM_VERSION_PATCH 0 /* mistakes are mended */

/* The version of this header as one number that grows: 0x000100 is 0.1.0. What versions promise each other is in
 * CHANGELOG.md. */
#define HOSTMEM_VERSION (HOSTMEM_VERSION_MAJOR << 16 | HOSTMEM_VERSION_MINOR << 8 | HOSTMEM_VERSION_PATCH)

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

/* The HOSTMEM_VERSION of the library that the program runs with, which with the DLL may be newer than the header.
 * Threads: any. */
HOSTMEM_API UINT32 hostmem_version(void);

/* One memory manager: its limit, its books, and the COM objects that hand it to the CLR. Instances in one process
 * know nothing of each other. */
typedef struct hostmem hostmem;

/* Unloading. An instance keeps the module that the library's code is in (hostmem.dll, or the DLL or program that links
 * the library statically) loaded, from hostmem_create to hostmem_release; and so does each thread of the library's (of
 * notifications, of a trace) until it has left that code. So a host may free its own reference on the DLL after
 * hostmem_release, whatever that has returned:
 *
 *   - no COM object is left: the module goes at once, or, while a callback of the host's has not returned to a thread
 *     of the library's, as soon as it has;
 *   - COM objects are left, as always where the CLR has got them: the module stays until the process ends, even if they
 *     are Released later;
 *   - the instance was made with HOSTMEM_MIMALLOC: the module stays, since mimalloc's memory belongs to the process.
 *
 * What a call of the library runs in has to be held by its caller until the call has returned, as any DLL has. The code
 * of callbacks, sinks and visitors is the host's to keep. */

/* A limit with its policy, which several instances may share: two versions of the CLR side by side, say. */
typedef struct hostmem_budget hostmem_budget;

/* hostmem_budget_config.flags */
enum {
    /* eProcessCritical requests above the limit are refused like others. Without it they are admitted and counted as
     * overdraft, since refusing one may cost the process. */
    HOSTMEM_NO_PROCESS_OVERDRAFT = 0x1,
    /* An eProcessCritical request that stays refused ends with E_FAIL, and the instance is latched: every request of
     * memory fails with HOST_E_CLRNOTAVAILABLE from then on, while freeing, querying and protecting still work. */
    HOSTMEM_FAIL_FAST = 0x2
};

/* How much may be taken, and by whom. Use counts from 0 upwards:
 *
 *     0 ........ task limit ........ domain limit ........ limit_bytes ........ overdraft
 *       everyone   |  app domain and   |   process alone    |   process, unless
 *                  |  process alone    |                    |   HOSTMEM_NO_PROCESS_OVERDRAFT
 *
 * The task limit is limit_bytes less both reserves, the domain limit is limit_bytes less process_reserve_bytes. */
typedef struct hostmem_budget_config {
    UINT32 size;                     /* sizeof(hostmem_budget_config) */
    UINT32 flags;                    /* HOSTMEM_NO_PROCESS_OVERDRAFT, HOSTMEM_FAIL_FAST; unknown bits are refused */
    UINT64 limit_bytes;              /* of committed virtual memory plus heap blocks; 0: no limit */
    UINT64 app_domain_reserve_bytes; /* kept for eAppDomainCritical and eProcessCritical */
    UINT64 process_reserve_bytes;    /* kept for eProcessCritical; both reserves together are less than the limit */
    UINT32 wait_ms[3];               /* by EMemoryCriticalLevel: how long a request that would be refused waits for
                                        memory first; 0: not at all; at most HOSTMEM_MAX_WAIT_MS. Only for hosts that
                                        know their threads can wait: a CLR thread may be in cooperative mode. */
    UINT32 low_percent;     /* of limit_bytes: from here up the CLR is told that memory is low; 0: 90. Below the
                               limit by 4 MiB and more, and with limits of 128 MiB and more, threads have up to
                               320 KiB each in hand, which count as used for these percentages alone. */
    UINT32 neutral_percent; /* below this it is told that the shortage is over; 0: 80 */
    UINT32 high_percent;    /* below this, and with the system agreeing, that there is plenty; 0: 50 */
} hostmem_budget_config;

/* One day. */
#define HOSTMEM_MAX_WAIT_MS 86400000u

/* hostmem_config.flags */
enum {
    /* VirtualFree of memory that was not allocated through the manager goes to the operating system instead of
     * failing with HOST_E_INVALIDOPERATION; so do splitting and joining placeholders (MEM_PRESERVE_PLACEHOLDER,
     * MEM_COALESCE_PLACEHOLDERS), which the manager never has of its own. The books do not count such memory. For hosts
     * of runtimes that reserve memory before the host control is set and free it afterwards. */
    HOSTMEM_FREE_FOREIGN = 0x1,
    /* Misuse that costs time to detect is detected: a heap made without MALLOC_THREADSAFE belongs to the first thread
     * that uses it, and fails with HOST_E_NOT_OWNER for any other. */
    HOSTMEM_CHECKED = 0x2,
    /* Environment variables override fields: HOSTMEM_LIMIT, HOSTMEM_APP_DOMAIN_RESERVE, HOSTMEM_PROCESS_RESERVE,
     * HOSTMEM_ADDRESS_RESERVE, HOSTMEM_SAMPLE (sizes, as hostmem_parse_size reads them), HOSTMEM_LOW_PERCENT,
     * HOSTMEM_NEUTRAL_PERCENT, HOSTMEM_HIGH_PERCENT (numbers). An unset or empty variable leaves its field alone.
     * HOSTMEM_FAULT has rules for hostmem_fault_set, as hostmem_fault_parse reads them. HOSTMEM_TRACE has the path of a
     * trace that hostmem_create starts; hostmem/trace.h says how. Whatever is wrong with the path, the instance is
     * created. */
    HOSTMEM_ENVIRONMENT = 0x4,
    /* Committed memory is locked into RAM (VirtualLock). The garbage collector unlocks pages that it has reset
     * (MEM_RESET); the first call of the manager that comes half a second later, or up to a second where resets do not
     * cease, locks them again. The process's working set is raised as needed, which may take the privilege to increase
     * it. What cannot be locked is counted in hostmem_stats.lock_failures. */
    HOSTMEM_LOCK_PAGES = 0x8,
    /* With HOSTMEM_LOCK_PAGES: a commit that cannot be locked fails, and nothing of it remains. */
    HOSTMEM_LOCK_STRICT = 0x10,
    /* Reservations and commits ask for memory of the NUMA node numa_node; for pages of a reservation that was made
     * before, Windows goes by the node that the reservation asked for. Where the node has none left it gives other
     * memory. */
    HOSTMEM_NUMA = 0x20,
    /* 64-bit: reservations that name no address come from the top of the address space. No effect on 32-bit. */
    HOSTMEM_TOP_DOWN = 0x40,
    /* The blocks of IHostMalloc come from mimalloc instead of Win32 heaps, with the same checks and books; those of
     * heaps made with MALLOC_EXECUTABLE stay on Win32. Only in libraries that were built with HOSTMEM_WITH_MIMALLOC.
     * mimalloc keeps freed memory for the next blocks of the whole process: the last Release of a heap may give nothing
     * back to Windows, and the module that the library is in is never unloaded. */
    HOSTMEM_MIMALLOC = 0x80
};

/* hostmem_config.numa_node: the node that the calling thread runs on. */
#define HOSTMEM_NUMA_CURRENT 0xffffffffu

/* How an instance behaves. Clear it, set size, and set what should differ from the default: every zero is one. */
typedef struct hostmem_config {
    UINT32 size;            /* sizeof(hostmem_config) */
    UINT32 flags;           /* HOSTMEM_FREE_FOREIGN and so on; unknown bits are refused */
    UINT64 limit_bytes;     /* shorthand for a budget of the instance's own with this limit; 0: no limit */
    struct hostmem_os *os;  /* the operating system to use; NULL: Win32. The table is declared in src/os/os.h and
                               changes between versions. Borrowed: it must live as long as anything of the
                               instance. */
    hostmem_budget *budget; /* a budget to share, on which the instance keeps a reference; NULL: one of its own.
                               Excludes limit_bytes and budget_config. One that was made with another os is refused. */
    const hostmem_budget_config *budget_config; /* the policy of the instance's own budget; NULL: all defaults. Borrowed
                                                   for the call. Its limit_bytes is used where limit_bytes here is 0; if
                                                   both are set they must be equal. */
    UINT64 address_reserve_bytes; /* address space that is kept back, and given up in NeedsVirtualAddressSpace when a
                                     view would not fit otherwise; for 32-bit hosts; 0: none */
    UINT32 numa_node;             /* with HOSTMEM_NUMA: a node, or HOSTMEM_NUMA_CURRENT; otherwise 0 */
    UINT32 reserved_word;         /* 0 */
    void (*leak_sink)(void *context, const char *line); /* receives reports of what is left when things are released, as
                                                           told below; NULL: there are none */
    void *leak_context;                                 /* for leak_sink; NULL where there is none */
    UINT64 sample_bytes; /* in so many bytes of heap blocks without a site one block, on average, has its call stack
                            recorded, as told below; 0: none; at most HOSTMEM_MAX_SAMPLE_BYTES */
} hostmem_config;

/* 1 GiB. */
#define HOSTMEM_MAX_SAMPLE_BYTES 0x40000000u

/* hostmem_config.sample_bytes. The blocks that have no site are those of Alloc, and of DebugAlloc without the name of a
 * file. A block of less than half of sample_bytes is sampled with a chance of its size in sample_bytes, a larger one
 * always, an empty one never. So the samples stand for all such blocks: hostmem_origin.estimated_bytes.
 *
 * A sample costs what it takes Windows to walk the stack, some microseconds, and a record; what is not sampled costs
 * about 5 ns; with 0 there is only the test for it. Every different stack is kept until the instance has ended, some
 * hundreds of bytes. 512 KiB is a good value for a server, 16 KiB for a look at a small program.
 *
 * On x64 and ARM64 Windows takes, for a moment, a lock of its own to walk a stack (that of tables of functions, which
 * the CLR takes when it compiles code): a thread that is suspended just there keeps whoever wants to compile or to walk
 * a stack waiting until it is resumed. This is the only lock that a call of the CLR can meet in the library, and the
 * reason for sampling to be off unless it is wanted. */

/* hostmem_config.leak_sink receives a report, line by line as hostmem_report_leaks writes it, of the blocks that are
 * left
 *
 *   - in a heap, at its last Release, which frees them: called on the thread that Releases, which may be any thread of
 *     the CLR. "hostmem: 2 blocks are left in a heap that goes, 150 bytes:" begins it;
 *   - in all heaps that are still there, at hostmem_release: called on its thread. A heap that the CLR Releases later
 *     reports what is left in it then, so leak_sink and leak_context have to stay valid as long as anything of the
 *     instance.
 *
 * Nothing is reported if nothing is left, at the end of the process (there all memory goes, and other threads may be
 * gone with locks in their hands), and where there is no memory for a report. The library holds nothing during the
 * call. leak_sink may call the library and the manager; the heap that goes is gone by then. What it does to the
 * thread's last error is undone. It should return soon: the thread that Releases waits for it. Calls come on several
 * threads at once if heaps are Released so. */

/* Exceptions. What the library calls of the host's (leak_sink, functions that lines are written to, visitors, the write
 * of a trace, OnMemoryNotification) should not let any out. One that leaves all the same, of C++ or of the system, or a
 * longjmp, passes through the library to whoever has called it. No block of a heap, no page and nothing of the budget
 * is lost by that. What it costs:
 *
 *   - leak_sink at a heap's last Release: the heap is gone by then, with its blocks. A reference of the heap's is never
 *     given back, so that hostmem_release counts one object too many, and the books stay until the process ends;
 *   - leak_sink at hostmem_release: the instance has been shut down and not released; it can be released again;
 *   - visitors and functions for lines of hostmem/inspect.h: address space of the library's own that the call has used;
 *   - OnMemoryNotification and write: they are called on threads of the library's, where nobody would catch it. The
 *     process ends, as by any exception that nobody handles. */

/* The methods that the CLR calls, as indices of hostmem_stats.calls. Each of the first nine is the number of its bit in
 * hostmem_fault_rule.methods. */
enum {
    HOSTMEM_CALL_VIRTUAL_ALLOC,
    HOSTMEM_CALL_VIRTUAL_FREE,
    HOSTMEM_CALL_VIRTUAL_PROTECT,
    HOSTMEM_CALL_VIRTUAL_QUERY,
    HOSTMEM_CALL_CREATE_MALLOC,
    HOSTMEM_CALL_ALLOC,
    HOSTMEM_CALL_DEBUG_ALLOC,
    HOSTMEM_CALL_GET_MEMORY_LOAD,
    HOSTMEM_CALL_REGISTER_CALLBACK,
    HOSTMEM_CALL_FREE,
    HOSTMEM_CALL_NEEDS_ADDRESS_SPACE,
    HOSTMEM_CALL_ACQUIRED_ADDRESS_SPACE,
    HOSTMEM_CALL_RELEASED_ADDRESS_SPACE,
    HOSTMEM_CALL_METHODS /* how many there are */
};

/* How refused requests of memory ended, as indices of hostmem_stats.refusals. */
enum {
    HOSTMEM_REFUSAL_OUT_OF_MEMORY, /* E_OUTOFMEMORY */
    HOSTMEM_REFUSAL_TIMEOUT,       /* HOST_E_TIMEOUT: after a wait */
    HOSTMEM_REFUSAL_ABANDONED,     /* HOST_E_ABANDONED: hostmem_shutdown came while it waited */
    HOSTMEM_REFUSAL_FAIL_FAST,     /* E_FAIL: it has latched the instance */
    HOSTMEM_REFUSAL_UNAVAILABLE, /* HOST_E_CLRNOTAVAILABLE: latched already, or declared so by hostmem_set_clr_state */
    HOSTMEM_REFUSAL_RESULTS      /* how many there are */
};

/* Who has refused a request of memory, as indices of hostmem_stats.refused_by. */
enum {
    HOSTMEM_REFUSER_BUDGET, /* it was above the limit for its critical level */
    HOSTMEM_REFUSER_SYSTEM, /* the limit allowed it, and Windows had no memory or address space */
    HOSTMEM_REFUSERS        /* how many there are */
};

/* What an instance holds, was asked for and has refused. All figures are bytes where the name does not say otherwise.
 *
 * At rest, when no call is running, every figure is exact. While calls run the figures are read one after the other,
 * and each may be ahead of another by what the running calls are doing; in one reading these hold all the same:
 *   - used_bytes is committed_bytes + heap_bytes;
 *   - no peak of one kind (all of them but peak_used_bytes) is less than the figure that it is the peak of;
 *   - refused[level] is the sum of refusals[...][level] without HOSTMEM_REFUSAL_UNAVAILABLE, and the sum of
 *     refused_by[...][level];
 *   - no more requests have timed out or were abandoned than have waited, by level;
 * and of two readings, one after the other, the second has no count of calls, refusals, waits, notifications, injected
 * faults, lock failures or NUMA misses that is less.
 *
 * Peaks are exact for reserved, executable and mapped bytes. The others are exact for one thread; where several threads
 * allocate at the same time they may be too large by up to 320 KiB a thread, and are never larger than the limit and
 * its overdraft. */
typedef struct hostmem_stats {
    UINT32 size;                 /* sizeof(hostmem_stats), set by the caller */
    UINT32 reserved_word;        /* 0 */
    UINT64 reserved_bytes;       /* address space in reservations, committed or not */
    UINT64 committed_bytes;      /* committed pages of those reservations, and pages that VirtualAlloc has committed in
                                    views; what a view shows as committed by itself is in mapped_bytes alone */
    UINT64 peak_committed_bytes; /* the largest committed_bytes so far */
    UINT64 executable_bytes;     /* committed pages whose protection allows execution */
    UINT64 mapped_bytes;         /* views that the CLR has announced by AcquiredVirtualAddressSpace */
    UINT64 heap_bytes;           /* what callers of IHostMalloc asked for and have not freed */
    UINT64 heap_blocks;          /* number of those blocks */
    UINT64 used_bytes;           /* what counts against the limit: committed_bytes + heap_bytes */
    UINT64 peak_used_bytes;      /* the largest used_bytes so far */
    UINT64 limit_bytes;          /* the limit in force; 0: none */
    UINT64 overdraft_bytes;  /* by how much the budget's use is above the limit now; of all its instances together */
    UINT64 refused[3];       /* number of refused requests, by EMemoryCriticalLevel */
    UINT64 waits[3];         /* number of requests that waited for memory, by EMemoryCriticalLevel */
    UINT64 notifications[3]; /* number sent to the CLR: low, neutral, high */
    UINT64 address_reserve_bytes; /* of the address space kept back: what is held now */
    UINT64 lock_failures;         /* number of commits, resets and changes of protection that could not be locked */
    UINT64 numa_misses;           /* number of allocations that the wanted node could not be asked for */
    UINT32 latched;               /* 1: HOSTMEM_FAIL_FAST has struck */
    UINT32 clr_unavailable;       /* 1: so declared by hostmem_set_clr_state */
    UINT64 injected[4]; /* number of failures by hostmem_fault_set, by EMemoryCriticalLevel; the last: of methods
                           that have no level. Those that count as refused are in refused, too. */
    UINT64 peak_reserved_bytes;   /* the largest reserved_bytes so far */
    UINT64 peak_executable_bytes; /* the largest executable_bytes so far */
    UINT64 peak_mapped_bytes;     /* the largest mapped_bytes so far */
    UINT64 peak_heap_bytes;       /* the largest heap_bytes so far */
    UINT64 heaps;                 /* number of IHostMalloc objects that have not been released */
    UINT64 wait_ms[3]; /* milliseconds that the requests in waits have waited, by EMemoryCriticalLevel; counted when
                          the wait ends, however it ends. Of all of them together: more than a second in a
                          second where several wait. */
    UINT64 calls[HOSTMEM_CALL_METHODS]; /* number of calls by method (HOSTMEM_CALL_VIRTUAL_ALLOC and so on), those that
                                           fail, wrong arguments included, too. A call that is running may be counted or
                                           not. */
    UINT64 refusals[HOSTMEM_REFUSAL_RESULTS][4]; /* number of refused requests by result (HOSTMEM_REFUSAL_TIMEOUT and so
                                                    on) and EMemoryCriticalLevel; the last column: of CreateMalloc,
                                                    which has none */
    UINT64 refused_by[HOSTMEM_REFUSERS]
                     [4];      /* number of refused requests by who refused them (HOSTMEM_REFUSER_BUDGET and
                                               so on; after a wait: at the last attempt) and level, as in refusals;
                                               those of HOSTMEM_REFUSAL_UNAVAILABLE nobody was asked for, and they are
                                               not in it */
    UINT64 last_system_error;  /* Win32 code of the last request that counts in refused_by[HOSTMEM_REFUSER_SYSTEM]; 0:
                                  there was none. Heaps of Windows give no code: ERROR_NOT_ENOUGH_MEMORY stands for all.
                                  */
    UINT64 largest_free_bytes; /* the largest free range in the address space of the process, which nobody has reserved.
                                  Looked for by hostmem_get_stats, at most once a second: it takes a call of
                                  VirtualQuery for each region of the process. */
} hostmem_stats;

/* Creates an instance.
 * config: NULL for all defaults (no limit: everything behaves as Win32 would).
 * Ownership: on S_OK *out is one reference for the caller, given back with hostmem_release. config is copied.
 * Errors: E_POINTER (out is NULL), E_OUTOFMEMORY (address_reserve_bytes that are not to be had included), and for
 *         mistakes in config, which hostmem_config_error puts into words:
 *         HRESULT_FROM_WIN32(ERROR_BAD_LENGTH)      size is not that of any version of the struct,
 *         HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS)   a flag that this version does not know,
 *         HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED)   a field of a newer version is set, or HOSTMEM_MIMALLOC in a library
 *                                                   that was built without it,
 *         E_INVALIDARG                              a value out of range, or two that contradict each other,
 *         HRESULT_FROM_WIN32(ERROR_BAD_ENVIRONMENT) an environment variable that cannot be read.
 *         *out is NULL then.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_create(_In_opt_ const hostmem_config *config, _Outptr_result_nullonfailure_ hostmem **out);

/* Checks a configuration as hostmem_create does, and says which field is wrong and why.
 * config: NULL is right. text: receives one line without a newline, cut to text_bytes with its final 0; empty if all is
 *         right. NULL with text_bytes 0: only the result is wanted.
 * Errors: those of hostmem_create for mistakes in config; E_POINTER (text is NULL, text_bytes is not 0). S_OK: no
 *         mistake; hostmem_create can only fail for want of memory then.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_config_error(_In_opt_ const hostmem_config *config,
                                         _Out_writes_opt_z_(text_bytes) char *text, SIZE_T text_bytes);

/* Creates a budget to put into several hostmem_config.budget.
 * config: NULL for all defaults. os: as in hostmem_config, and the same for all instances that share the budget.
 * Ownership: on S_OK *out is one reference for the caller, given back with hostmem_budget_release; every instance keeps
 *            one of its own. config is copied.
 * Errors: as hostmem_create.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_budget_create(_In_opt_ const hostmem_budget_config *config, _In_opt_ struct hostmem_os *os,
                                          _Outptr_result_nullonfailure_ hostmem_budget **out);

/* Replaces the policy of a budget while instances use it. A limit below what is in use takes nothing away: it refuses
 * new memory until use has fallen. Requests that wait are tried again at once.
 * Errors: E_POINTER (an argument is NULL), those of hostmem_create for mistakes in config; nothing is changed then.
 * Threads: any, one at a time for one budget. */
HOSTMEM_API HRESULT hostmem_budget_configure(_In_ hostmem_budget *budget, _In_ const hostmem_budget_config *config);

/* Reads what all instances of a budget use together, in bytes.
 * Errors: E_POINTER (an argument is NULL).
 * Threads: any; never blocks. */
HOSTMEM_API HRESULT hostmem_budget_get_use(_In_ hostmem_budget *budget, _Out_ UINT64 *used_bytes);

/* Gives a reference back; the budget goes with the last. NULL is allowed. Returns the remaining number of references.
 * Threads: any. */
HOSTMEM_API ULONG hostmem_budget_release(_In_opt_ hostmem_budget *budget);

/* Gives the IHostMemoryManager of an instance: always the same object.
 * Ownership: on S_OK *out is a reference for the caller. The object keeps what it needs alive by itself and works on
 *            after hostmem_release. The CLR never Releases what it is given (so plan for the process's lifetime).
 * Errors: E_POINTER (an argument is NULL).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_get_manager(_In_ hostmem *instance, _COM_Outptr_ IHostMemoryManager **out);

/* Makes an IHostControl to pass to ICLRRuntimeHost::SetHostControl, which must come before Start and can be done once
 * in a process. It answers for IID_IHostMemoryManager and hands every other request to inner.
 * inner: the host's own control, for its other managers; NULL if it has none: then GetHostManager answers
 *        E_NOINTERFACE for anything else and SetAppDomainManager S_OK.
 * Ownership: on S_OK *out is a reference for the caller, and holds one on inner.
 * Errors: E_POINTER (instance or out is NULL), E_OUTOFMEMORY. *out is NULL then.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_get_control(_In_ hostmem *instance, _In_opt_ IHostControl *inner,
                                        _COM_Outptr_ IHostControl **out);

/* Reads the figures of an instance.
 * stats: the caller sets stats->size; all fields within that size are written, those this version does not know as 0.
 * Errors: E_POINTER (an argument is NULL), E_INVALIDARG (stats->size is smaller than the first version's; nothing is
 *         written).
 * Threads: any, at any time, inside a notification too; it never blocks. */
HOSTMEM_API HRESULT hostmem_get_stats(_In_ hostmem *instance, _Inout_ hostmem_stats *stats);

/* Sets the limit of the instance's budget while it runs; the rest of the policy stays.
 * bytes: what committed virtual memory plus heap blocks may take; 0: no limit. A limit below what is in use takes
 *        nothing away: it refuses new memory until use has fallen below it. Requests that wait are tried again at once.
 * Errors: E_POINTER (instance is NULL), E_INVALIDARG (bytes is not 0 and no more than the two reserves together;
 *         nothing is changed).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_set_limit(_In_ hostmem *instance, UINT64 bytes);

/* States of the CLR for hostmem_set_clr_state. */
typedef enum hostmem_clr_state { HOSTMEM_CLR_AVAILABLE = 0, HOSTMEM_CLR_NOT_AVAILABLE = 1 } hostmem_clr_state;

/* Tells the instance whether the CLR can run managed code. While it cannot, every request of memory fails with
 * HOST_E_CLRNOTAVAILABLE, those that wait included; freeing, querying and protecting still work. Instances begin as
 * available.
 * Errors: E_POINTER (instance is NULL), E_INVALIDARG (no such state), HOST_E_INVALIDOPERATION (the instance is latched
 *         by HOSTMEM_FAIL_FAST, which is final). Nothing is changed then.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_set_clr_state(_In_ hostmem *instance, hostmem_clr_state state);

/* Reads a size as people write it: a whole number, then optionally one of K, M, G, T (powers of 1024), optionally
 * followed by B or iB; case does not matter, blanks are allowed around the number: "4096", "512M", "2GiB".
 * bytes: the result; 0 on failure.
 * Errors: E_POINTER (an argument is NULL), E_INVALIDARG (not of that form),
 *         HRESULT_FROM_WIN32(ERROR_ARITHMETIC_OVERFLOW) (more than a UINT64 holds).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_parse_size(_In_z_ const char *text, _Out_ UINT64 *bytes);

/* ---- Faults on purpose ----
 *
 * A program that hosts the CLR can have chosen operations fail, to see how its managed code takes that. What fails
 * looks in every way like the refusal that it stands for, and changes nothing else: books and budget stay exact. */

/* hostmem_fault_rule.methods, a set. */
enum {
    HOSTMEM_METHOD_VIRTUAL_ALLOC = 0x1,
    HOSTMEM_METHOD_VIRTUAL_FREE = 0x2,
    HOSTMEM_METHOD_VIRTUAL_PROTECT = 0x4,
    HOSTMEM_METHOD_VIRTUAL_QUERY = 0x8,
    HOSTMEM_METHOD_CREATE_MALLOC = 0x10,
    HOSTMEM_METHOD_ALLOC = 0x20,
    HOSTMEM_METHOD_DEBUG_ALLOC = 0x40,
    HOSTMEM_METHOD_GET_MEMORY_LOAD = 0x80,
    HOSTMEM_METHOD_REGISTER_CALLBACK = 0x100
    /* Free of a block never fails on purpose: the CLR has no use for a block that it cannot give back. The three
     * address-space callbacks do not either: they ask for nothing. */
};

/* hostmem_fault_rule.flags */
enum {
    /* The operating system refuses, with the code in error. Without it the budget refuses: as though it had no room,
     * even if it has no limit or the request could be an overdraft. */
    HOSTMEM_FAULT_BY_SYSTEM = 0x1,
    /* A request that may wait (hostmem_budget_config.wait_ms) is refused at its first attempt alone, so that it may get
     * the memory when it tries again. Without it the request stays refused until its time is up. */
    HOSTMEM_FAULT_FIRST_ATTEMPT = 0x2
};

/* hostmem_fault_rule.levels, a set: HOSTMEM_LEVEL(eTaskCritical) | HOSTMEM_LEVEL(eAppDomainCritical). */
#define HOSTMEM_LEVEL(level) (1u << (level))

/* Which operations fail, and how. Those that have all that the rule asks for match it, and are numbered from 1 in the
 * order in which they come; which of those fail is decided by their numbers alone, so that a run can be repeated. Clear
 * it, set size, and set what matters: a rule with nothing else set lets the budget refuse every request of memory.
 *
 * What matches: the CLR's calls that have got past the checks of their arguments, on an instance that is neither
 * latched nor closed by hostmem_set_clr_state. One call is one operation, however often it tries. The budget is never
 * asked about address space or empty blocks, so rules of the budget match only VirtualAlloc with MEM_COMMIT (committed
 * already or not) and blocks of more than 0 bytes. */
typedef struct hostmem_fault_rule {
    UINT32 size;      /* sizeof(hostmem_fault_rule) */
    UINT32 flags;     /* HOSTMEM_FAULT_BY_SYSTEM, HOSTMEM_FAULT_FIRST_ATTEMPT; unknown bits are refused */
    UINT32 methods;   /* HOSTMEM_METHOD_ bits; 0: VirtualAlloc, Alloc and DebugAlloc, which are all that the budget can
                         refuse */
    UINT32 levels;    /* HOSTMEM_LEVEL bits; 0: any. If set, methods without a level do not match. */
    UINT64 min_bytes; /* size of the operation as the caller gave it; methods without one have size 0 */
    UINT64 max_bytes; /* 0: no maximum */
    UINT32 type;      /* what VirtualAlloc, VirtualFree or CreateMalloc was called with must have all of these bits:
                         MEM_COMMIT, MEM_DECOMMIT, MALLOC_EXECUTABLE ... */
    UINT32 error; /* with HOSTMEM_FAULT_BY_SYSTEM: the Win32 code; 0: ERROR_NOT_ENOUGH_MEMORY. The failure table says
                     what becomes of it. A heap of Win32 gives no code: with Alloc and DebugAlloc it is always
                     ERROR_NOT_ENOUGH_MEMORY. */
    UINT64 nth;   /* this one fails, and none before it; 0: the first that the rest says */
    UINT64 every; /* from the nth on every so-manieth fails; 0: the nth alone, or all where nth is 0, too */
    UINT32 per_million;   /* instead of every: from the nth on so many of a million fail, drawn by seed and number */
    UINT32 reserved_word; /* 0 */
    UINT64 seed;          /* for per_million: another seed strikes others */
    UINT64 times; /* at most so many fail; 0: no maximum. Which of them, where more would, is decided by the order in
                     which threads come. */
} hostmem_fault_rule;

#define HOSTMEM_MAX_FAULT_RULES 8 /* in force at a time */

/* What came of a rule. */
typedef struct hostmem_fault_count {
    UINT64 matched;  /* operations; one that an earlier rule has made fail does not come to the later ones */
    UINT64 injected; /* those of them that the rule has made fail */
} hostmem_fault_count;

/* Puts rules in force, in place of all before them; their numbers begin at 1. An operation is shown to one rule after
 * the other until one makes it fail.
 * rules: count rules (0: none; at most HOSTMEM_MAX_FAULT_RULES), all with the same size. Copied.
 * Ownership: rules that were replaced are kept until the instance has ended, since a thread may be looking at them.
 * Errors: E_POINTER, E_OUTOFMEMORY, E_INVALIDARG (too many rules, or one with a value out of range or with values that
 *         contradict each other), HRESULT_FROM_WIN32 of ERROR_BAD_LENGTH, ERROR_INVALID_FLAGS and ERROR_NOT_SUPPORTED
 *         as in hostmem_create. Nothing is changed then.
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_fault_set(_In_ hostmem *instance, _In_reads_opt_(count) const hostmem_fault_rule *rules,
                                      UINT32 count);

/* Reads what came of the rules in force, in their order. hostmem_stats.injected has the sum over all rules there ever
 * were.
 * counts: room for capacity of them. count: how many rules there are; more than capacity: the rest was left out.
 * Errors: E_POINTER (instance or count is NULL, or counts where capacity is not 0).
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_fault_get_counts(_In_ hostmem *instance,
                                             _Out_writes_opt_(capacity) hostmem_fault_count *counts, UINT32 capacity,
                                             _Out_ UINT32 *count);

/* Reads rules as people write them: "method=VirtualAlloc level=task nth=100; method=Alloc,DebugAlloc share=0.1% seed=7
 * min=64K refuse=system". Rules are separated by semicolons, their words by blanks; case does not matter:
 *
 *     method=NAME,...   names of methods: VirtualAlloc, VirtualFree, VirtualProtect, VirtualQuery, CreateMalloc, Alloc,
 *                       DebugAlloc, GetMemoryLoad, RegisterMemoryNotificationCallback
 *     level=NAME,...    task, domain, process
 *     min=SIZE max=SIZE as hostmem_parse_size reads them, without blanks
 *     type=NAME,...     reserve, commit, reset, top_down, write_watch, decommit, release, threadsafe, executable
 *     nth=N every=N     share=PERCENT% (up to four decimal places) seed=N times=N
 *     refuse=NAME       budget, system
 *     error=N           a Win32 code, with refuse=system
 *     attempts=NAME     all, first
 *
 * rules: the caller sets rules->size, which is taken for each of them; room for capacity rules. count: how many there
 * are.
 * mistake: receives one line without a newline that names the wrong word, cut to mistake_bytes with its final 0; empty
 *          if all is right. NULL with mistake_bytes 0: only the result is wanted.
 * Errors: E_POINTER, HRESULT_FROM_WIN32(ERROR_BAD_LENGTH) (rules->size), E_INVALIDARG (the text cannot be read, or
 *         hostmem_fault_set would not take a rule), HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER) (more than capacity).
 *         *count is 0 then.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_fault_parse(_In_z_ const char *text, _Inout_updates_(capacity) hostmem_fault_rule *rules,
                                        UINT32 capacity, _Out_ UINT32 *count,
                                        _Out_writes_opt_z_(mistake_bytes) char *mistake, SIZE_T mistake_bytes);

/* Ends what the instance does of its own accord: requests that wait end with HOST_E_ABANDONED, and none waits any more;
 * the notification thread ends, a notification that is running is waited for (not longer than two seconds: after that
 * the thread ends by itself as soon as it can); the registered callback is given back and no other accepted; a trace
 * ends as by hostmem_trace_stop, waited for in the same way, and no other can be started. Calls of the CLR still work
 * afterwards, at process detach too. Calling it again does nothing; NULL is allowed.
 * Threads: any, inside a notification too (then nothing is waited for). From DllMain only at the end of the process. */
HOSTMEM_API void hostmem_shutdown(_In_opt_ hostmem *instance);

/* Gives back the reference that hostmem_create gave, after doing what hostmem_shutdown does. COM objects still held by
 * the CLR or the host go on working and keep their part alive. NULL is allowed.
 * Returns: how many COM objects of the instance are still alive, held by the CLR, the host or each other (a control
 *          holds the manager); one more for a notification that has not returned in time, and one for a trace that
 *          could not be ended; 0: everything is gone.
 * Threads: any, inside a notification or a write of a trace too; instance is not valid afterwards. */
HOSTMEM_API ULONG hostmem_release(_In_opt_ hostmem *instance);

#ifdef __cplusplus
}
#endif

#include <hostmem/inspect.h>
#include <hostmem/trace.h>

#endif
