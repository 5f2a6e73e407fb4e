/* A simulated operating system: a hostmem_os that follows Windows' documented rules for virtual memory (Wine
 * differs in some) over real memory, so that content can be checked and a touch of uncommitted memory faults.
 * Builds for Linux and for Windows. A program may have several; each is a machine of its own.
 *
 * Not simulated, and refused: large pages (error 1314), physical pages and rotated ones (87), placeholders that do
 * not begin and end on granules (87). Only a lock removes the guard of a page; a touch faults every time, not once.
 * Addresses outside of the arena are reported as free but cannot be allocated. Behaviour of Windows that is not
 * known from tests that run on it is marked "assumed".
 *
 * A bad pointer to a heap block, table or object aborts the process with a message: the library must never pass
 * one. */
#ifndef HOSTMEM_TESTS_SIM_OS_H
#define HOSTMEM_TESTS_SIM_OS_H

#include "os/os.h"

typedef struct sim_os sim_os;

/* Zero selects the default. */
typedef struct sim_os_config {
    SIZE_T arena_bytes;  /* addresses that virtual_alloc can give: 8 GiB, or 64 MiB in a 32-bit program */
    UINT_PTR arena_base; /* with instant: the arena's address, without memory */
    UINT_PTR highest_address;
    SIZE_T page_size; /* 4096; a multiple of the real page size unless instant */
    BOOL instant;     /* never changes real page protections: all of the arena can be touched, and decommitted
                       * memory keeps its content. For benchmarks, and for very many regions. */
    BOOL real_time;   /* now_ms and the timeouts of wait follow the real clock instead of sim_os_advance */
} sim_os_config;

/* NULL config: all defaults. */
sim_os *sim_os_create(const sim_os_config *config);
/* Frees everything that is still held, too; call sim_os_check before. While threads are running it prints a message
 * on stderr and frees nothing. NULL is allowed. */
void sim_os_destroy(sim_os *sim);
/* The table to pass to the library. */
hostmem_os *sim_os_functions(sim_os *sim);
/* Where the arena starts, for tests that choose addresses. */
UINT_PTR sim_os_arena_base(sim_os *sim);
SIZE_T sim_os_arena_bytes(sim_os *sim);

/* ---- Calls: counting, failures and hooks ---- */

typedef enum sim_os_kind {
    SIM_VIRTUAL_ALLOC,
    SIM_VIRTUAL_FREE,
    SIM_VIRTUAL_QUERY,
    SIM_VIRTUAL_PROTECT,
    SIM_HEAP_CREATE,
    SIM_HEAP_DESTROY,
    SIM_HEAP_ALLOC,
    SIM_HEAP_FREE,
    SIM_TABLE_RESERVE,
    SIM_TABLE_COMMIT,
    SIM_TABLE_RELEASE,
    SIM_OBJECT_ALLOC,
    SIM_OBJECT_FREE,
    SIM_MEMORY_STATUS,
    SIM_JOB_STATUS,
    SIM_MEMORY_SIGNALS,
    SIM_VIRTUAL_LOCK,
    SIM_WORKING_SET_RAISE,
    SIM_VIRTUAL_ALLOC_NODE,
    SIM_CURRENT_NODE,
    SIM_EVENT_CREATE,
    SIM_EVENT_DESTROY,
    SIM_EVENT_SET,
    SIM_WAIT,
    SIM_THREAD_START,
    SIM_THREAD_JOIN,
    SIM_GET_ENVIRONMENT,
    SIM_FILE_CREATE,
    SIM_FILE_WRITE,
    SIM_FILE_CLOSE,
    SIM_KIND_COUNT
} sim_os_kind;

/* A set of kinds: SIM_SET(SIM_VIRTUAL_ALLOC) | SIM_SET(SIM_HEAP_ALLOC). */
#define SIM_SET(kind) (1u << (kind))
#define SIM_ALL_KINDS (SIM_SET(SIM_KIND_COUNT) - 1u)

/* One call as passed to a hook. address is the block, table, object, heap, event, thread, file or name; for
 * heap_alloc and heap_free it is the block and heap the heap. */
typedef struct sim_os_call {
    sim_os_kind kind;
    void *heap;
    void *address;
    SIZE_T size;
    UINT32 type; /* allocation or free type; heap options; signals to wait for */
    UINT32 protect;
    UINT32 node;
    UINT32 timeout_ms;
    void *result; /* only after the call: the address, event or thread that it returned */
    UINT32 error; /* only after the call: 0, or its error */
} sim_os_call;

/* Called on the calling thread around every call of the kinds, before it has any effect and after its effect is
 * complete. No lock is held, so a hook may stop the thread or call the OS itself (which calls the hook again). NULL
 * removes a hook. Threads: any; calls that are already running keep the hooks they began with. */
typedef void (*sim_os_hook)(void *context, const sim_os_call *call);
void sim_os_set_hooks(sim_os *sim, UINT32 kinds, sim_os_hook before, sim_os_hook after, void *context);

#define SIM_FOREVER 0xffffffffu

/* After `skip` more calls of these kinds (taken together), `times` calls of them fail with the error, without
 * effect. Only one such order is in force at a time: a new one replaces it, times 0 cancels it. Functions that
 * cannot fail count but do not fail; object_alloc returns NULL. These functions have no kind, so they are not
 * counted and call no hooks: now_ms, thread_id, process_is_ending, get_info, process_id, the two of the last error,
 * the two of the module and those of the clock for traces. */
void sim_os_fail(sim_os *sim, UINT32 kinds, UINT32 skip, UINT32 times, UINT32 error);
/* How many calls the order in force has made fail. */
UINT32 sim_os_failed(sim_os *sim);

/* Number of calls so far, including failed ones. */
UINT64 sim_os_calls(sim_os *sim, sim_os_kind kind);
void sim_os_reset_calls(sim_os *sim);

/* ---- The machine ---- */

/* Default: 50 % of 16 GiB in use. */
void sim_os_set_memory_status(sim_os *sim, const hmi_os_memory *status);
/* How much may be committed in total, including foreign regions; beyond it ERROR_COMMITMENT_LIMIT. 0: no limit. */
void sim_os_set_commit_limit(sim_os *sim, UINT64 bytes);
/* How much may be reserved in total; beyond it ERROR_NOT_ENOUGH_MEMORY. 0: only the arena limits. */
void sim_os_set_reserve_limit(sim_os *sim, UINT64 bytes);

/* Default: no limits. */
void sim_os_set_job(sim_os *sim, const hmi_os_job *job);
/* The result of process_is_ending. The simulation's threads keep running. */
void sim_os_set_process_ending(sim_os *sim, BOOL ending);

/* The call stack of every thread is SIM_MODULE_BASE + 0x1000, SIM_MODULE_BASE + 0x2000 + caller, and 0x10 + the
 * thread's id, which lies in no module; caller is 0 at first. has_stack FALSE: there is no stack. */
#define SIM_MODULE_BASE ((UINT_PTR)0x400000)
#define SIM_MODULE_BYTES ((SIZE_T)0x80000)
#define SIM_MODULE_PATH "C:\\sim\\caf\xc3\xa9.exe"
void sim_os_set_stack(sim_os *sim, BOOL has_stack, UINT32 caller);

/* Gives a thread a name, or another one; "": it lives and has none; NULL: it has ended, as all others have. At most
 * SIM_NAMED_THREADS threads may have one; otherwise it aborts. Not copied. */
enum { SIM_NAMED_THREADS = 8 };
void sim_os_name_thread(sim_os *sim, UINT32 thread, const char *name);
/* The case of the name is ignored. NULL removes the variable. */
void sim_os_set_environment(sim_os *sim, const char *name, const char *value);

/* How many bytes can be locked, up to how many working_set_raise can raise that, and the error beyond that (0:
 * ERROR_WORKING_SET_QUOTA). Default: 200 KiB and no maximum. Existing locks stay. */
void sim_os_set_working_set(sim_os *sim, UINT64 quota_bytes, UINT64 maximum_bytes, UINT32 error);
/* How many bytes can be locked now. */
UINT64 sim_os_lock_quota(sim_os *sim);
/* What VirtualUnlock does when others call it, as the garbage collector does: committed pages are no longer locked. */
void sim_os_unlock_behind(sim_os *sim, void *address, SIZE_T size);

/* Sets nodes 0 to count - 1, at most 64, and the one that every thread runs on. Default: one node. */
void sim_os_set_nodes(sim_os *sim, UINT32 count, UINT32 current);
/* Committed bytes whose commit asked for the node.  (Windows documents that the node counts where the region is
 * made, and is ignored by a commit in a region that exists; here the call that commits decides.) */
UINT64 sim_os_node_bytes(sim_os *sim, UINT32 node);

/* ---- Time and threads ----
 *
 * The clock starts a few seconds before its value exceeds 32 bits, and only moves by sim_os_advance. Events work
 * like Windows' auto-reset events: setting one that threads wait for releases the longest waiting of them at once
 * and leaves it unset, so that no other thread can consume the wake-up; if nobody waits it stays set until a wait
 * consumes it. */

/* Moves the clock and releases those whose timeout has expired, the longest waiting first. */
void sim_os_advance(sim_os *sim, UINT64 ms);
/* The HMI_SIGNAL_ bits that are raised from now on; none at first. Releases all threads that wait for one of them. */
void sim_os_set_signals(sim_os *sim, UINT32 signals);
/* Releases all waiting threads, as a spurious wake-up. */
void sim_os_wake_all(sim_os *sim);

/* How many threads are blocked in wait now, and how many threads started by thread_start have not ended. A thread
 * that has been released no longer counts as waiting, whether it has run since or not. */
UINT32 sim_os_waiting(sim_os *sim);
UINT32 sim_os_threads_running(sim_os *sim);
/* How many wait in thread_join. */
UINT32 sim_os_joining(sim_os *sim);
/* Blocks until exactly so many threads wait, at most timeout_ms of real time; returns whether they did. */
BOOL sim_os_await_waiting(sim_os *sim, UINT32 count, UINT32 timeout_ms);
BOOL sim_os_await_threads_running(sim_os *sim, UINT32 count, UINT32 timeout_ms);
BOOL sim_os_await_joining(sim_os *sim, UINT32 count, UINT32 timeout_ms);

/* How often waits have ended, by reason. */
typedef struct sim_os_wakes {
    UINT64 at_once; /* without blocking: the event was set, a signal raised, or the timeout 0 */
    UINT64 by_event;
    UINT64 by_signal;
    UINT64 by_time;
    UINT64 for_no_reason;
} sim_os_wakes;

void sim_os_count_wakes(sim_os *sim, sim_os_wakes *wakes);

/* thread_start starts real threads, which must have ended before sim_os_destroy. thread_join uses the simulated
 * clock: for it to time out another thread has to move the clock meanwhile (late_clock.h). */

/* ---- Files, and the clock for traces ----
 *
 * Files are kept in memory until sim_os_destroy. Each reading of the clock is one tick later than the last, so that
 * ticks show the order of readings; SIM_TICKS_PER_SECOND ticks are defined as a second. The system's time is
 * SIM_SYSTEM_TIME plus what the clock above has moved. */

#define SIM_TICKS_PER_SECOND 1000000u
#define SIM_SYSTEM_TIME 133500000000000000u /* in the year 2024 */
#define SIM_PROCESS_ID 4711u

/* The content of the last file that was created with this path; NULL if there is none. Valid while nobody writes to
 * the file; owned by the simulation. */
const void *sim_os_file(sim_os *sim, const char *path, SIZE_T *bytes);
/* Whether that file is closed, or was yielded (not open for writing) since the last write. */
BOOL sim_os_file_is_yielded(sim_os *sim, const char *path);
/* Adds a closed file that another process wrote, replacing an existing one. */
void sim_os_add_file(sim_os *sim, const char *path, const void *data, SIZE_T bytes);
/* The last message to the operator, NULL if none; owned by the simulation, until the next message. times: the
 * number of messages. */
const char *sim_os_told(sim_os *sim, UINT32 *times);

/* ---- Event Tracing for Windows ----
 *
 * Registering, unregistering and writing have no kind: they are not counted and call no hooks. */

/* Whether a session listens to all providers, including those registered later. Default: no. */
void sim_os_listen_to_etw(sim_os *sim, BOOL wanted);
/* Makes registrations fail. */
void sim_os_refuse_etw(sim_os *sim, BOOL refused);

typedef struct sim_etw_event {
    GUID provider;
    UINT8 level;
    UINT64 keyword;
    const UINT8 *traits; /* the parts, copied */
    const UINT8 *metadata;
    const UINT8 *payload;
    UINT32 payload_bytes;
} sim_etw_event;

/* The event of a number, from 0 in the order of writing; NULL: there are fewer. Owned by the simulation. */
const sim_etw_event *sim_os_etw_event(sim_os *sim, UINT32 number);

/* ---- Performance counters ----
 *
 * Adding and removing have no kind: they are not counted and call no hooks. */

/* Makes adding fail with this error; 0: it succeeds. */
void sim_os_refuse_counters(sim_os *sim, UINT32 error);

/* An instance of a counter set. */
typedef struct sim_os_counted {
    const hmi_os_counter_set *set;
    char name[160];
    UINT32 id;
    const UINT64 *values; /* the instance's own */
} sim_os_counted;

/* Collects the values of all instances, as a tool does. counted receives the instance of a number, from 0 in the order
 * in which they were added; FALSE: there are fewer. */
BOOL sim_os_collect_counters(sim_os *sim, UINT32 number, sim_os_counted *counted);

/* ---- Regions of others ---- */

/* A region that others allocated: the rules are the same, but sim_os_total and sim_os_check leave it out. hint:
 * NULL, or the address it must have. committed: with that protection; otherwise only reserved with it. Returns the
 * base, or NULL if the address is not available. Not a call: neither hooks nor limits apply. */
void *sim_os_add_foreign(sim_os *sim, void *hint, SIZE_T size, BOOL committed, UINT32 protect);
/* The same for a placeholder, as VirtualAlloc2 makes one. */
void *sim_os_add_placeholder(sim_os *sim, void *hint, SIZE_T size);
void sim_os_remove_foreign(sim_os *sim, void *base);

/* ---- Totals, to compare figures with; only exact while no call is running ---- */

typedef struct sim_os_totals {
    UINT64 reservations; /* number */
    UINT64 reserved_bytes;
    UINT64 committed_bytes;
    UINT64 executable_bytes;
    UINT64 heaps;       /* number */
    UINT64 heap_blocks; /* number */
    UINT64 heap_bytes;  /* as requested */
    UINT64 tables;      /* number */
    UINT64 table_reserved_bytes;
    UINT64 table_committed_bytes;
    UINT64 objects; /* number */
    UINT64 locked_bytes;
    UINT64 events;    /* number */
    UINT64 threads;   /* number: running, or with an open handle */
    UINT64 files;     /* number: open */
    UINT64 providers; /* number: registered */
    UINT64 counted;   /* number: instances of counter sets */
    UINT64 holds;     /* number of references on the library's module; sim_os_check ignores them */
} sim_os_totals;

void sim_os_total(sim_os *sim, sim_os_totals *totals);

/* Whether everything has been freed, except foreign regions. If not, prints what remains on stderr; totals, if not
 * NULL, receives it. */
BOOL sim_os_check(sim_os *sim, sim_os_totals *totals);

/* Consecutive pages of one reservation with the same state. */
typedef struct sim_os_run {
    UINT_PTR base;
    SIZE_T size;
    UINT_PTR allocation_base;
    UINT32 state;   /* MEM_RESERVE or MEM_COMMIT */
    UINT32 protect; /* 0 unless committed */
    BOOL foreign;
} sim_os_run;

/* Visits all runs by ascending address, including foreign ones. No lock is held during visits. */
void sim_os_walk(sim_os *sim, void (*visit)(void *context, const sim_os_run *run), void *context);

#endif
