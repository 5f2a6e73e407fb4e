/* hostmem: a memory manager for programs that host the .NET Framework CLR.
 *
 *     hostmem *memory;
 *     IHostControl *control;
 *     hostmem_create(NULL, &memory);
 *     hostmem_get_control(memory, NULL, &control);
 *     ICLRRuntimeHost_SetHostControl(host, control);
 *
 * From then on the runtime gets its pages and heap blocks from the library. Comments below say, in this order: what a
 * function does, what its parameters mean, who owns what, which errors there are, and which threads may call it. "The
 * failure table" is in include/README.md. "Never blocks" means: takes no lock of the library and waits for no other
 * thread. */
#ifndef HOSTMEM_HOSTMEM_H
#define HOSTMEM_HOSTMEM_H

#include <hostmem/interfaces.h>

#define HOSTMEM_VERSION_MAJOR 0 /* may break programs */
#define HOSTMEM_VERSION_MINOR 1 /* adds to the interface; programs keep working */
#define HOSTMEM_VERSION_PATCH 0 /* bug fixes only */

/* The version of this header as one number: 0x000100 is 0.1.0. CHANGELOG.md says what versions promise. */
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

/* The HOSTMEM_VERSION of the library that is used at run time; with the DLL it may be newer than this header.
 * Threads: any. */
HOSTMEM_API UINT32 hostmem_version(void);

/* One memory manager: its limit, its books, and the COM objects that the CLR gets. Instances in one process are
 * independent of each other. */
typedef struct hostmem hostmem;

/* Unloading. An instance holds a reference on the module that contains the library's code (hostmem.dll, or the DLL or
 * program that the library is linked into), from hostmem_create to hostmem_release. So does each thread of the library
 * (for notifications, for a trace) until it has left that code. So a host may release its own reference on the DLL
 * after hostmem_release, whatever that has returned:
 *
 *   - If no COM object is left, the module is unloaded at once, or as soon as a callback of the host that a thread of
 *   the library is calling has returned.
 *   - If COM objects are left, as is always so if the CLR has got them, the module stays loaded until the process ends,
 *   even if they are Released later.
 *   - If the instance was made with HOSTMEM_MIMALLOC, the module stays loaded, because mimalloc's memory belongs to the
 *   process.
 *
 * As with any DLL, a caller must hold a reference on the module while it is inside of a call. The host must keep the
 * code of its callbacks, sinks and visitors loaded. */

/* Threads that stop. The CLR suspends threads at any instruction, and a process that ends, or a debugger, ends them
 * there. A thread that is suspended inside of a call of the library blocks no other call, and no request for memory
 * that is free, except for:
 *
 *   - locks of Windows' own functions that it holds at that moment, such as that of a Win32 heap;
 *   - what its own call is about, which may count as in use or not, and beside it at most 128 KiB of the budget;
 *   - with waiting: for a second after it last ran, it still counts as waiting;
 *   - a trace that it is starting or stopping: no other thread can start or stop one meanwhile.
 *
 * If it is ended there, that much stays: its own operation is in the figures or not, at most 128 KiB of the budget stay
 * charged for each thread that was ended inside of a call, a trace has room for one event less, and if the thread was
 * starting or stopping a trace, the instance cannot start another one. Memory that it had allocated can be freed by
 * others, and is refunded. */

/* A limit and its policy. Several instances may share it, such as those of two versions of the CLR side by side. */
typedef struct hostmem_budget hostmem_budget;

/* hostmem_budget_config.flags */
enum {
    /* eProcessCritical requests above the limit are refused like others. Without this flag they are admitted and
     * counted as overdraft, because refusing one may end the process. */
    HOSTMEM_NO_PROCESS_OVERDRAFT = 0x1,
    /* An eProcessCritical request that stays refused ends with E_FAIL, and latches the instance: from then on all
     * requests for memory fail with HOST_E_CLRNOTAVAILABLE, while freeing, querying and protecting still work. */
    HOSTMEM_FAIL_FAST = 0x2
};

/* How much memory may be used, and at which critical level. Use counts from 0 upwards:
 *
 *     0 ........ task limit ........ domain limit ........ limit_bytes ........ overdraft
 *       all levels |  app domain and   |   process only     |   process, unless
 *                  |  process          |                    |   HOSTMEM_NO_PROCESS_OVERDRAFT
 *
 * The task limit is limit_bytes minus both reserves; the domain limit is limit_bytes minus process_reserve_bytes. */
typedef struct hostmem_budget_config {
    UINT32 size;                     /* sizeof(hostmem_budget_config) */
    UINT32 flags;                    /* HOSTMEM_NO_PROCESS_OVERDRAFT, HOSTMEM_FAIL_FAST; unknown bits are refused */
    UINT64 limit_bytes;              /* of committed virtual memory plus heap blocks; 0: no limit */
    UINT64 app_domain_reserve_bytes; /* kept for eAppDomainCritical and eProcessCritical */
    UINT64 process_reserve_bytes;    /* kept for eProcessCritical; both reserves together are less than the limit */
    /* By EMemoryCriticalLevel: how long a request that would be refused waits for memory first; 0: not at all; at most
     * HOSTMEM_MAX_WAIT_MS. Only for hosts that know that their threads can wait: a CLR thread may be in cooperative
     * mode. */
    UINT32 wait_ms[3];
    /* Of limit_bytes: from here on the CLR is told that memory is low; 0: 90. If the limit is at least 128 MiB and use
     * is at least 4 MiB below it, each thread may cache up to 320 KiB of quota, which counts as used for these
     * percentages. */
    UINT32 low_percent;
    UINT32 neutral_percent; /* below this the CLR is told that the shortage is over; 0: 80 */
    UINT32 high_percent;    /* below this, if the system agrees, it is told that there is plenty; 0: 50 */
} hostmem_budget_config;

/* One day. */
#define HOSTMEM_MAX_WAIT_MS 86400000u

/* hostmem_config.flags */
enum {
    /* VirtualFree of memory that was not allocated through the manager is passed to the operating system instead of
     * failing with HOST_E_INVALIDOPERATION; so are splitting and joining placeholders (MEM_PRESERVE_PLACEHOLDER,
     * MEM_COALESCE_PLACEHOLDERS), which the manager never allocates. Such memory is not counted. For hosts of runtimes
     * that reserve memory before the host control is set and free it afterwards. */
    HOSTMEM_FREE_FOREIGN = 0x1,
    /* Detects misuse that takes time to detect: a heap made without MALLOC_THREADSAFE belongs to the first thread that
     * uses it, and fails with HOST_E_NOT_OWNER for any other. */
    HOSTMEM_CHECKED = 0x2,
    /* Environment variables override fields: HOSTMEM_LIMIT, HOSTMEM_APP_DOMAIN_RESERVE, HOSTMEM_PROCESS_RESERVE,
     * HOSTMEM_ADDRESS_RESERVE, HOSTMEM_SAMPLE (sizes, as hostmem_parse_size reads them), HOSTMEM_LOW_PERCENT,
     * HOSTMEM_NEUTRAL_PERCENT, HOSTMEM_HIGH_PERCENT (numbers). A variable that is unset or empty changes nothing.
     * HOSTMEM_FAULT has rules for hostmem_fault_set, as hostmem_fault_parse reads them. HOSTMEM_TRACE has the path of a
     * trace that hostmem_create starts (hostmem/trace.h); a wrong path does not make hostmem_create fail. */
    HOSTMEM_ENVIRONMENT = 0x4,
    /* Committed memory is locked into RAM (VirtualLock). The garbage collector unlocks pages that it has reset
     * (MEM_RESET); they are locked again by the first call of the manager after half a second, or after up to a second
     * if resets keep coming. The working set of the process is raised as needed, which may need the privilege to
     * increase it. Failures are counted in hostmem_stats.lock_failures. */
    HOSTMEM_LOCK_PAGES = 0x8,
    /* With HOSTMEM_LOCK_PAGES: a commit that cannot be locked fails and is undone. */
    HOSTMEM_LOCK_STRICT = 0x10,
    /* Reservations and commits ask for memory of the NUMA node numa_node. For pages of an existing reservation Windows
     * uses the node that the reservation asked for. If a node has no memory left, Windows uses another one. */
    HOSTMEM_NUMA = 0x20,
    /* 64-bit: reservations without an address are made from the top of the address space down. No effect on 32-bit. */
    HOSTMEM_TOP_DOWN = 0x40,
    /* The blocks of IHostMalloc come from mimalloc instead of Win32's heaps, with the same checks and accounting; heaps
     * made with MALLOC_EXECUTABLE stay on Win32. Only in libraries that were built with HOSTMEM_WITH_MIMALLOC. mimalloc
     * keeps freed memory for later blocks of the whole process: the last Release of a heap may return nothing to
     * Windows, and the module that contains the library is never unloaded. */
    HOSTMEM_MIMALLOC = 0x80
};

/* hostmem_config.numa_node: the node that the calling thread runs on. */
#define HOSTMEM_NUMA_CURRENT 0xffffffffu

/* How an instance behaves. Clear it, set size, and set what should differ from the default: 0 is the default of every
 * field. */
typedef struct hostmem_config {
    UINT32 size;        /* sizeof(hostmem_config) */
    UINT32 flags;       /* HOSTMEM_FREE_FOREIGN and so on; unknown bits are refused */
    UINT64 limit_bytes; /* shorthand for a budget of its own with this limit; 0: no limit */
    /* The operating system to use; NULL: Win32. The table is declared in src/os/os.h and changes between versions.
     * Borrowed: it must live as long as any part of the instance. */
    struct hostmem_os *os;
    /* A budget to share, on which the instance keeps a reference; NULL: one of its own. Excludes limit_bytes and
     * budget_config. A budget that was made with another os is refused. */
    hostmem_budget *budget;
    /* The policy of the instance's own budget; NULL: all defaults. Borrowed for the call. Its limit_bytes is used if
     * limit_bytes here is 0; if both are set they must be equal. */
    const hostmem_budget_config *budget_config;
    /* Address space that is kept in reserve, and released in NeedsVirtualAddressSpace if a view would not fit
     * otherwise; for 32-bit hosts; 0: none */
    UINT64 address_reserve_bytes;
    UINT32 numa_node;     /* with HOSTMEM_NUMA: a node, or HOSTMEM_NUMA_CURRENT; otherwise 0 */
    UINT32 reserved_word; /* 0 */
    /* Receives reports of blocks that were not freed, as described below; NULL: no reports */
    void (*leak_sink)(void *context, const char *line);
    void *leak_context; /* passed to leak_sink; NULL if there is none */
    /* The average distance, in bytes of heap blocks without a site and of commits, between those whose call stack is
     * recorded, as described below; 0: none; at most HOSTMEM_MAX_SAMPLE_BYTES */
    UINT64 sample_bytes;
} hostmem_config;

/* 1 GiB. */
#define HOSTMEM_MAX_SAMPLE_BYTES 0x40000000u

/* hostmem_config.sample_bytes. Blocks without a site are those of Alloc, and of DebugAlloc without a file name. A block
 * of less than half of sample_bytes is sampled with the probability size / sample_bytes, a larger one always, an empty
 * one never. So the samples stand for all such blocks: hostmem_origin.estimated_bytes.
 *
 * A call of VirtualAlloc with MEM_COMMIT is sampled by the same rule, with the size of the pages that it covers, in
 * reservations and in views. hostmem_origin.live_page_bytes counts the pages that are still committed; traces have the
 * stack, and hostmem-trace counts them, too. Reservations are not sampled. What a heap takes from Windows for its
 * blocks is not counted as committed, so blocks and pages may be added.
 *
 * A sample costs a stack walk by Windows, some microseconds, and a record: 32 bytes for a block, and 16 for each page
 * of a commit, half of that on 32-bit. Those of pages are kept until the instance ends, outside of the limit: they need
 * memory for each address that a sampled commit has ever had. VirtualFree reads them for its range. A block that is
 * not sampled costs about 5 ns; with 0 only a test is made. Each different stack is kept until the instance ends, some
 * hundreds of bytes. 512 KiB is a good value for a server, 16 KiB for examining a small program.
 *
 * On x64 and ARM64, Windows takes a lock of its own while it walks a stack (for its function tables; the CLR takes the
 * same lock when it compiles code). If a thread is suspended at that moment, other threads that compile or walk a stack
 * wait until it is resumed. That is why sampling is off by default. Besides this lock, calls of the CLR take no locks
 * but those of the Windows functions that they call, such as the lock of Win32's heap. */

/* hostmem_config.leak_sink receives a report of blocks that were not freed, line by line as hostmem_report_leaks writes
 * it,
 *
 *   - at the last Release of a heap, which frees its blocks: on the thread that calls Release, which may be any thread
 *   of the CLR. It begins with "hostmem: 2 blocks (150 bytes) leaked in a released heap:";
 *   - at hostmem_release, for all heaps that still exist: on the calling thread. Heaps that the CLR Releases later are
 *   reported then, so leak_sink and leak_context must stay valid as long as any part of the instance.
 *
 * Nothing is reported if all blocks were freed, if there is no memory for a report, or at the end of the process, when
 * all memory is freed anyway and other threads may have been ended while they held locks. The library holds no lock
 * during the call. leak_sink may call the library and the manager; a released heap is destroyed before its report. The
 * thread's last error is restored afterwards. It should return soon, because the thread that calls Release waits for
 * it. It may be called on several threads at once. */

/* Exceptions. Functions of the host that the library calls (leak_sink, line writers, visitors, the write of a trace,
 * OnMemoryNotification) should not throw. If one does, a C++ or system exception or a longjmp passes through the
 * library to its caller. No heap block, no page and no charge is lost by that, but:
 *
 *   - leak_sink at the last Release of a heap: the heap and its blocks are freed. One reference of the heap is never
 *   released, so hostmem_release counts one object too many, and the books stay until the process ends.
 *   - leak_sink at hostmem_release: the instance has been shut down but not released; it can be released again.
 *   - visitors and line writers of hostmem/inspect.h: the address space that the library uses for the call is leaked.
 *   - OnMemoryNotification and write are called on threads of the library, where nobody handles the exception: the
 *   process ends. */

/* The methods that the CLR calls, as indices of hostmem_stats.calls. Of the first nine, 1 << index is the method's bit
 * in hostmem_fault_rule.methods. */
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
    HOSTMEM_CALL_METHODS /* number of methods */
};

/* How refused requests for memory ended, as indices of hostmem_stats.refusals. */
enum {
    HOSTMEM_REFUSAL_OUT_OF_MEMORY, /* E_OUTOFMEMORY */
    HOSTMEM_REFUSAL_TIMEOUT,       /* HOST_E_TIMEOUT: after a wait */
    HOSTMEM_REFUSAL_ABANDONED,     /* HOST_E_ABANDONED: hostmem_shutdown was called while it waited */
    HOSTMEM_REFUSAL_FAIL_FAST,     /* E_FAIL: and has latched the instance */
    HOSTMEM_REFUSAL_UNAVAILABLE,   /* HOST_E_CLRNOTAVAILABLE: latched before, or closed by hostmem_set_clr_state */
    HOSTMEM_REFUSAL_RESULTS        /* number of results */
};

/* Who has refused a request for memory, as indices of hostmem_stats.refused_by. */
enum {
    HOSTMEM_REFUSER_BUDGET, /* the request was above the limit for its critical level */
    HOSTMEM_REFUSER_SYSTEM, /* the limit allowed it, but Windows had no memory or address space */
    HOSTMEM_REFUSERS        /* number of refusers */
};

/* What memory is used for, as indices of hostmem_stats.kind_bytes. Known of a modern .NET runtime that is attached
 * (hostmem/coreclr.h); the values are the same in traces. */
enum {
    HOSTMEM_KIND_OTHER,     /* pages of no other kind: of the runtime, or what the host allocates by itself */
    HOSTMEM_KIND_OBJECTS,   /* the collector's heap: pages in the address space that it has reserved for objects */
    HOSTMEM_KIND_TABLES,    /* the collector's tables, and literals: pages of other reservations that are writable */
    HOSTMEM_KIND_LOADER,    /* loader heaps (types, methods, stubs' data): pages of the runtime's views and of its
                             * reservations for code, as far as they are not executable */
    HOSTMEM_KIND_CODE,      /* executable pages, whatever they were reserved for, except P/Invoked ones */
    HOSTMEM_KIND_BLOCKS,    /* heap blocks of no other kind: those of the runtime's native code */
    HOSTMEM_KIND_LIBRARIES, /* pages and blocks of other governed DLLs, such as System.IO.Compression.Native */
    HOSTMEM_KIND_INVOKED,   /* pages and blocks that managed code allocates by P/Invoke */
    HOSTMEM_KINDS           /* number of kinds */
};

/* The figures of an instance: what is allocated, and the calls and refusals. In bytes unless the name says otherwise.
 *
 * While no call is running, every figure is exact, except for calls that were ended inside of the library. While calls
 * run, the figures are read one after the other, and may differ by what the running calls are doing. Within one reading
 * these hold nevertheless:
 *   - used_bytes is committed_bytes + heap_bytes;
 *   - no peak of one kind (all peaks except peak_used_bytes) is less than its figure;
 *   - refused[level] is the sum of refusals[...][level] without HOSTMEM_REFUSAL_UNAVAILABLE, and the sum of
 *   refused_by[...][level];
 *   - by level, no more requests have timed out or were abandoned than have waited.
 * Of two readings, the later one has no smaller count of calls, refusals, waits, notifications, injected faults, lock
 * failures or NUMA misses.
 *
 * Peaks of reserved, executable and mapped bytes are exact. The others are exact for one thread; if several threads
 * allocate at the same time, they may be too large by up to 320 KiB for each thread, but never larger than the limit
 * and its overdraft. Near the limit, when a thread takes back quota that another one has cached, what the other one
 * allocates and frees in that moment may be missing in them, up to 128 KiB. */
typedef struct hostmem_stats {
    UINT32 size;           /* sizeof(hostmem_stats), set by the caller */
    UINT32 reserved_word;  /* 0 */
    UINT64 reserved_bytes; /* address space in reservations, committed or not */
    /* Committed pages of those reservations, and pages that VirtualAlloc has committed in views; what views show as
     * committed otherwise counts in mapped_bytes only */
    UINT64 committed_bytes;
    UINT64 peak_committed_bytes;  /* the largest committed_bytes so far */
    UINT64 executable_bytes;      /* committed pages whose protection allows execution */
    UINT64 mapped_bytes;          /* views that the CLR has announced by AcquiredVirtualAddressSpace */
    UINT64 heap_bytes;            /* bytes that callers of IHostMalloc requested and have not freed */
    UINT64 heap_blocks;           /* number of those blocks */
    UINT64 used_bytes;            /* what counts against the limit: committed_bytes + heap_bytes */
    UINT64 peak_used_bytes;       /* the largest used_bytes so far */
    UINT64 limit_bytes;           /* the limit in force; 0: none */
    UINT64 overdraft_bytes;       /* how far the use of the budget, by all its instances together, is above the limit */
    UINT64 refused[3];            /* number of refused requests, by EMemoryCriticalLevel */
    UINT64 waits[3];              /* number of requests that waited for memory, by EMemoryCriticalLevel */
    UINT64 notifications[3];      /* number sent to the CLR: low, neutral, high */
    UINT64 address_reserve_bytes; /* how much of the address reserve is held now */
    UINT64 lock_failures;         /* number of failures to lock pages after commits, resets and changes of protection */
    UINT64 numa_misses;           /* number of allocations for which the wanted node was not available */
    UINT32 latched;               /* 1: latched by HOSTMEM_FAIL_FAST */
    UINT32 clr_unavailable;       /* 1: set by hostmem_set_clr_state */
    /* Number of faults injected by hostmem_fault_set, by EMemoryCriticalLevel; the last: in methods without a level.
     * Those that count as refused are in refused, too. */
    UINT64 injected[4];
    UINT64 peak_reserved_bytes;   /* the largest reserved_bytes so far */
    UINT64 peak_executable_bytes; /* the largest executable_bytes so far */
    UINT64 peak_mapped_bytes;     /* the largest mapped_bytes so far */
    UINT64 peak_heap_bytes;       /* the largest heap_bytes so far */
    UINT64 heaps;                 /* number of IHostMalloc objects that have not been released */
    /* Milliseconds that the requests in waits have waited, by EMemoryCriticalLevel; added when a wait ends. Summed over
     * requests: more than a second per second if several wait at once. */
    UINT64 wait_ms[3];
    /* Number of calls by method (HOSTMEM_CALL_VIRTUAL_ALLOC and so on), including failed calls and wrong arguments. A
     * running call may or may not be counted. */
    UINT64 calls[HOSTMEM_CALL_METHODS];
    /* Number of refused requests by result (HOSTMEM_REFUSAL_TIMEOUT and so on) and EMemoryCriticalLevel; the last
     * column: of CreateMalloc, which has no level */
    UINT64 refusals[HOSTMEM_REFUSAL_RESULTS][4];
    /* Number of refused requests by who refused them (HOSTMEM_REFUSER_BUDGET and so on; after a wait: at the last
     * attempt) and level, as in refusals; without those of HOSTMEM_REFUSAL_UNAVAILABLE */
    UINT64 refused_by[HOSTMEM_REFUSERS][4];
    /* Win32 code of the last request counted in refused_by[HOSTMEM_REFUSER_SYSTEM]; 0: none. Windows' heaps give no
     * code; ERROR_NOT_ENOUGH_MEMORY is used for them. */
    UINT64 last_system_error;
    /* The largest free range in the address space of the process, rounded down to 64 KiB. hostmem_get_stats looks for
     * it at most once a second, because that takes a step for each reservation of the instance, and a VirtualQuery for
     * each of its views and each other region of the process. A call takes at most 1,024 steps; with more of them the
     * next calls go on. The figure is that of the last complete look; before the first is complete, the largest range
     * found so far. */
    UINT64 largest_free_bytes;
    /* used_bytes by what it is used for (HOSTMEM_KIND_OBJECTS and so on): the sum is used_bytes while no call runs. All
     * 0 unless hostmem_coreclr_attach or _watch was called for the instance. hostmem_get_stats goes through the records
     * of all reservations for it, some ten nanoseconds each, and of their pages. */
    UINT64 kind_bytes[HOSTMEM_KINDS];
} hostmem_stats;

/* Creates an instance.
 * config: NULL for all defaults (no limit: everything behaves as Win32 would).
 * Ownership: on S_OK *out is one reference for the caller, released with hostmem_release. config is copied.
 * Errors: E_POINTER (out is NULL), E_OUTOFMEMORY (also if address_reserve_bytes cannot be reserved), and for mistakes
 *         in config, which hostmem_config_error explains in words:
 *         HRESULT_FROM_WIN32(ERROR_BAD_LENGTH)      size is not that of any version of the struct,
 *         HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS)   a flag that this version does not know,
 *         HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED)   a field of a newer version is set, or HOSTMEM_MIMALLOC in a library
 *                                                   that was built without it,
 *         E_INVALIDARG                              a value out of range, or two that contradict each other,
 *         HRESULT_FROM_WIN32(ERROR_BAD_ENVIRONMENT) an environment variable with an invalid value.
 *         *out is NULL then.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_create(_In_opt_ const hostmem_config *config, _Outptr_result_nullonfailure_ hostmem **out);

/* Checks a configuration as hostmem_create does, and says which field is wrong and why.
 * config: NULL is valid. text: receives one line without a newline, cut to text_bytes and terminated by 0; empty if
 * nothing is wrong. May be NULL if text_bytes is 0.
 * Errors: those of hostmem_create for mistakes in config; E_POINTER (text is NULL and text_bytes is not 0). S_OK: no
 *         mistake; hostmem_create can then fail only for lack of memory.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_config_error(_In_opt_ const hostmem_config *config,
                                         _Out_writes_opt_z_(text_bytes) char *text, SIZE_T text_bytes);

/* Creates a budget for the budget field of several hostmem_configs.
 * config: NULL for all defaults. os: as in hostmem_config, and the same for all instances that share the budget.
 * Ownership: on S_OK *out is one reference for the caller, released with hostmem_budget_release; each instance keeps
 *            one of its own. config is copied.
 * Errors: as hostmem_create.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_budget_create(_In_opt_ const hostmem_budget_config *config, _In_opt_ struct hostmem_os *os,
                                          _Outptr_result_nullonfailure_ hostmem_budget **out);

/* Replaces the policy of a budget while instances use it. A limit below the current use frees nothing: new memory is
 * refused until use has fallen. Waiting requests are tried again at once.
 * Errors: E_POINTER (an argument is NULL), those of hostmem_create for mistakes in config; nothing is changed then.
 * Threads: any, one at a time for one budget. */
HOSTMEM_API HRESULT hostmem_budget_configure(_In_ hostmem_budget *budget, _In_ const hostmem_budget_config *config);

/* Reads how many bytes all instances of a budget use together.
 * Errors: E_POINTER (an argument is NULL).
 * Threads: any; never blocks. */
HOSTMEM_API HRESULT hostmem_budget_get_use(_In_ hostmem_budget *budget, _Out_ UINT64 *used_bytes);

/* Releases a reference; the last one frees the budget. NULL is allowed. Returns the remaining number of references.
 * Threads: any. */
HOSTMEM_API ULONG hostmem_budget_release(_In_opt_ hostmem_budget *budget);

/* Returns the IHostMemoryManager of an instance: always the same object.
 * Ownership: on S_OK *out is a reference for the caller. The object keeps alive what it needs and still works after
 *            hostmem_release. The CLR never Releases what it gets, so it lives as long as the process.
 * Errors: E_POINTER (an argument is NULL).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_get_manager(_In_ hostmem *instance, _COM_Outptr_ IHostMemoryManager **out);

/* Creates an IHostControl for ICLRRuntimeHost::SetHostControl, which must be called before Start and only once in a
 * process. It returns the manager for IID_IHostMemoryManager and forwards all other requests to inner.
 * inner: the host's own control, for its other managers; NULL: none. Then GetHostManager returns E_NOINTERFACE for
 * anything else and SetAppDomainManager S_OK.
 * Ownership: on S_OK *out is a reference for the caller; the control keeps a reference on inner.
 * Errors: E_POINTER (instance or out is NULL), E_OUTOFMEMORY. *out is NULL then.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_get_control(_In_ hostmem *instance, _In_opt_ IHostControl *inner,
                                        _COM_Outptr_ IHostControl **out);

/* Reads the figures of an instance.
 * stats: the caller sets stats->size; all fields within that size are written, those that this version does not know as
 * 0.
 * Errors: E_POINTER (an argument is NULL), E_INVALIDARG (stats->size is smaller than the first version's; nothing is
 *         written).
 * Threads: any, at any time, also inside of a notification; it never blocks. */
HOSTMEM_API HRESULT hostmem_get_stats(_In_ hostmem *instance, _Inout_ hostmem_stats *stats);

/* Sets the limit of the instance's budget while it runs; the rest of the policy stays.
 * bytes: the limit for committed virtual memory plus heap blocks; 0: no limit. A limit below the current use frees
 * nothing: new memory is refused until use has fallen. Waiting requests are tried again at once.
 * Errors: E_POINTER (instance is NULL), E_INVALIDARG (bytes is not 0 and not more than both reserves together; nothing
 *         is changed).
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_set_limit(_In_ hostmem *instance, UINT64 bytes);

/* States of the CLR for hostmem_set_clr_state. */
typedef enum hostmem_clr_state { HOSTMEM_CLR_AVAILABLE = 0, HOSTMEM_CLR_NOT_AVAILABLE = 1 } hostmem_clr_state;

/* Tells the instance whether the CLR can run managed code. While it cannot, all requests for memory fail with
 * HOST_E_CLRNOTAVAILABLE, also waiting ones; freeing, querying and protecting still work. Instances begin as available.
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

/* ---- Fault injection ----
 *
 * A program that hosts the CLR can make chosen operations fail, to see how its managed code reacts. An injected failure
 * looks to the CLR like the refusal that it imitates, and does not make the figures or the budget wrong. */

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
    /* Free cannot be made to fail, because the CLR could do nothing with a block that it cannot free; nor can the three
     * address-space callbacks, which request nothing. */
};

/* hostmem_fault_rule.flags */
enum {
    /* The operating system refuses, with the code in error. Without this flag the budget refuses as if it were full,
     * even if it has no limit or the request could be an overdraft. */
    HOSTMEM_FAULT_BY_SYSTEM = 0x1,
    /* Only the first attempt of a request that may wait (hostmem_budget_config.wait_ms) is refused, so it may get the
     * memory when it tries again. Without this flag all attempts are refused until its time is up. */
    HOSTMEM_FAULT_FIRST_ATTEMPT = 0x2
};

/* hostmem_fault_rule.levels, a set: HOSTMEM_LEVEL(eTaskCritical) | HOSTMEM_LEVEL(eAppDomainCritical). */
#define HOSTMEM_LEVEL(level) (1u << (level))

/* Which operations fail, and how. Operations that meet all conditions of a rule match it, and are numbered from 1 in
 * the order in which they come. Which of them fail depends on their numbers alone, so that a run can be repeated. Clear
 * it, set size, and set what matters: a rule with nothing else set makes the budget refuse every request for memory.
 *
 * Calls of the CLR match after the checks of their arguments, on an instance that is neither latched nor closed by
 * hostmem_set_clr_state. One call is one operation, however often it tries. The budget is not asked about address space
 * or empty blocks, so rules for the budget match only VirtualAlloc with MEM_COMMIT (also of committed pages) and blocks
 * of more than 0 bytes. */
typedef struct hostmem_fault_rule {
    UINT32 size;  /* sizeof(hostmem_fault_rule) */
    UINT32 flags; /* HOSTMEM_FAULT_BY_SYSTEM, HOSTMEM_FAULT_FIRST_ATTEMPT; unknown bits are refused */
    /* HOSTMEM_METHOD_ bits; 0: VirtualAlloc, Alloc and DebugAlloc, the methods that the budget can refuse */
    UINT32 methods;
    UINT32 levels;    /* HOSTMEM_LEVEL bits; 0: any. If set, methods without a level do not match. */
    UINT64 min_bytes; /* the smallest size that matches; methods without a size have size 0 */
    UINT64 max_bytes; /* the largest; 0: no maximum */
    /* Bits that the type passed to VirtualAlloc, VirtualFree or CreateMalloc must all have: MEM_COMMIT, MEM_DECOMMIT,
     * MALLOC_EXECUTABLE ... */
    UINT32 type;
    /* With HOSTMEM_FAULT_BY_SYSTEM: the Win32 code; 0: ERROR_NOT_ENOUGH_MEMORY. The failure table says which HRESULT it
     * becomes. Win32's heaps give no code, so with Alloc and DebugAlloc it is always ERROR_NOT_ENOUGH_MEMORY. */
    UINT32 error;
    UINT64 nth;   /* number of the first operation that may fail; 0: 1, or every if that is set */
    UINT64 every; /* from the nth on, every every-th operation fails; 0: only the nth, or all if nth is 0, too */
    /* Instead of every: from the nth on, this many in a million fail, chosen by seed and number */
    UINT32 per_million;
    UINT32 reserved_word; /* 0 */
    UINT64 seed;          /* for per_million: another seed chooses other operations */
    UINT64 times; /* at most this many fail; 0: no maximum. If more would, the order in which threads come decides. */
} hostmem_fault_rule;

#define HOSTMEM_MAX_FAULT_RULES 8 /* in force at a time */

/* What a rule did. */
typedef struct hostmem_fault_count {
    UINT64 matched;  /* operations that matched; one that an earlier rule made fail is not shown to later rules */
    UINT64 injected; /* operations that the rule made fail */
} hostmem_fault_count;

/* Replaces all rules; the new rules number operations from 1. Each operation is shown to one rule after the other until
 * one makes it fail.
 * rules: count rules (0: none; at most HOSTMEM_MAX_FAULT_RULES), all with the same size. Copied.
 * Ownership: replaced rules are kept until the instance ends, because a thread may still be reading them.
 * Errors: E_POINTER, E_OUTOFMEMORY, E_INVALIDARG (too many rules, or a rule with values out of range or that contradict
 *         each other), HRESULT_FROM_WIN32 of ERROR_BAD_LENGTH, ERROR_INVALID_FLAGS and ERROR_NOT_SUPPORTED as in
 *         hostmem_create. Nothing is changed then.
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_fault_set(_In_ hostmem *instance, _In_reads_opt_(count) const hostmem_fault_rule *rules,
                                      UINT32 count);

/* Reads the counts of the rules in force, in their order. hostmem_stats.injected has the sum over all rules that were
 * ever in force.
 * counts: room for capacity of them. count: the number of rules; if it is more than capacity, the rest was left out.
 * Errors: E_POINTER (instance or count is NULL, or counts is NULL and capacity is not 0).
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_fault_get_counts(_In_ hostmem *instance,
                                             _Out_writes_opt_(capacity) hostmem_fault_count *counts, UINT32 capacity,
                                             _Out_ UINT32 *count);

/* Reads rules in text form: "method=VirtualAlloc level=task nth=100; method=Alloc,DebugAlloc share=0.1% seed=7
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
 * rules: room for capacity rules; the caller sets the size of the first, which is used for all. count: how many there
 * are.
 * mistake: receives one line without a newline that names the wrong word, cut to mistake_bytes and terminated by 0;
 *          empty if nothing is wrong. May be NULL if mistake_bytes is 0.
 * Errors: E_POINTER, HRESULT_FROM_WIN32(ERROR_BAD_LENGTH) (rules->size), E_INVALIDARG (the text is invalid, or
 *         hostmem_fault_set would refuse a rule), HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER) (more than capacity).
 *         *count is 0 then.
 * Threads: any. */
HOSTMEM_API HRESULT hostmem_fault_parse(_In_z_ const char *text, _Inout_updates_(capacity) hostmem_fault_rule *rules,
                                        UINT32 capacity, _Out_ UINT32 *count,
                                        _Out_writes_opt_z_(mistake_bytes) char *mistake, SIZE_T mistake_bytes);

/* Ends the instance's own activities. Waiting requests end with HOST_E_ABANDONED, and later ones do not wait. The
 * notification thread ends; a running notification is waited for at most two seconds, after which the thread ends by
 * itself as soon as it can. The registered callback is released and no other accepted. A trace ends as by
 * hostmem_trace_stop, with the same wait, and no other can be started. Calls of the CLR still work afterwards, also at
 * process detach. Calling it again does nothing; NULL is allowed.
 * Threads: any, also inside of a notification (then nothing is waited for). From DllMain only at the end of the
 *          process. */
HOSTMEM_API void hostmem_shutdown(_In_opt_ hostmem *instance);

/* Shuts the instance down as hostmem_shutdown does, and releases the reference that hostmem_create returned. COM
 * objects that the CLR or the host still hold keep working, and keep alive what they need. NULL is allowed.
 * Returns: how many COM objects of the instance are still alive, held by the CLR, the host or each other (a control
 *          holds the manager); one more for a notification that has not returned in time, and one for a trace that
 *          could not be ended; 0: everything was freed.
 * Threads: any, also inside of a notification or of a trace's write; instance is not valid afterwards. */
HOSTMEM_API ULONG hostmem_release(_In_opt_ hostmem *instance);

#ifdef __cplusplus
}
#endif

#include <hostmem/inspect.h>
#include <hostmem/trace.h>

#endif
