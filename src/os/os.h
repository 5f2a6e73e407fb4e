/* Everything that the library asks of the operating system, as a table of functions. win32.c has the real one; tests
 * and fault injection use others. Code above this table does not call Win32 and does not read the thread's last error,
 * except in coreclr/.
 *
 * Functions that can fail return a Win32 error code, 0 for success, and write their out parameters only on success.
 * Sizes are in bytes. virtual_* and heap_* have the meaning, rounding and errors of the Win32 functions of the same
 * name. Any thread may call any function, also while other threads are suspended inside of one. */
#ifndef HMI_OS_OS_H
#define HMI_OS_OS_H

#include <windows.h>

typedef struct hostmem_os hostmem_os;

typedef struct hmi_os_info {
    SIZE_T page_size;           /* a power of two */
    SIZE_T granularity;         /* where reservations begin; a power of two, and a multiple of page_size */
    UINT_PTR highest_address;   /* the last address that a program can use */
    BOOL flushes_write_buffers; /* whether flush_write_buffers does so; Wine 8 does nothing there */
} hmi_os_info;

typedef struct hmi_os_memory {
    UINT32 load_percent; /* of physical memory, 0 to 100 */
    UINT64 total_physical;
    UINT64 available_physical;
} hmi_os_memory;

/* Limits of the job object that the process runs in, in bytes; 0: no limit. */
typedef struct hmi_os_job {
    UINT64 process_limit; /* on the commit of each process */
    UINT64 process_used;
    UINT64 job_limit; /* on the commit of all processes of the job */
    UINT64 job_used;  /* before Windows 10 only this process's own */
} hmi_os_job;

/* The system's low-memory and high-memory notifications, as a set of bits. No bit set: memory is neither low nor
 * plentiful. */
enum { HMI_SIGNAL_LOW = 1, HMI_SIGNAL_HIGH = 2 };

#define HMI_OS_BLOCK_DISTANCE ((SIZE_T)2 * MEMORY_ALLOCATION_ALIGNMENT)

/* How much memory to ask a heap for that aligns blocks to MEMORY_ALLOCATION_ALIGNMENT, and may put them side by
 * side. */
static inline SIZE_T hmi_os_block_size(SIZE_T size)
{
    return size > MEMORY_ALLOCATION_ALIGNMENT ? size : MEMORY_ALLOCATION_ALIGNMENT + 1;
}

#define HMI_WAIT_FOREVER 0xffffffffu

/* An event for Event Tracing for Windows that describes itself; traits, metadata and payload are laid out as
 * TraceLogging has them. */
typedef struct hmi_os_etw_event {
    UINT8 level;
    UINT64 keyword;
    const void *traits; /* as passed to etw_register; this and metadata begin with their length, a UINT16 */
    const void *metadata;
    const void *payload;
    UINT32 payload_bytes;
} hmi_os_etw_event;

/* One of the performance counters of an instance: a 64-bit word. */
typedef struct hmi_os_counter {
    UINT32 id;       /* as in the manifest */
    BOOL per_second; /* shown as its growth in a second; otherwise as it is */
    BOOL advanced;   /* for advanced users */
} hmi_os_counter;

/* A set of performance counters that a manifest describes, with any number of instances. */
typedef struct hmi_os_counter_set {
    GUID provider;
    GUID id;
    const hmi_os_counter *counters;
    UINT32 count; /* of counters; at most HMI_OS_MAX_COUNTERS */
} hmi_os_counter_set;

#define HMI_OS_MAX_COUNTERS 32

/* Result of thread_name. */
#define HMI_NO_THREAD 0xffffffffu

/* A loaded program or DLL. */
typedef struct hmi_os_module {
    UINT_PTR base;
    SIZE_T size;
    UINT32 path_bytes; /* length of path without the terminating 0 */
    char path[1600];   /* UTF-8 */
} hmi_os_module;

struct hostmem_os {
    /* The same result every time. */
    void (*get_info)(hostmem_os *os, hmi_os_info *info);

    /* Pages for callers of the library. */
    UINT32 (*virtual_alloc)(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out);
    UINT32 (*virtual_free)(hostmem_os *os, void *address, SIZE_T size, UINT32 type);
    UINT32 (*virtual_query)(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written);
    UINT32 (*virtual_protect)(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect);

    /* Heaps for callers of the library. options: HEAP_CREATE_ENABLE_EXECUTE, HEAP_NO_SERIALIZE. Whatever their sizes,
     * no two blocks begin less than HMI_OS_BLOCK_DISTANCE apart. */
    UINT32 (*heap_create)(hostmem_os *os, UINT32 options, void **heap);
    void (*heap_destroy)(hostmem_os *os, void *heap);
    UINT32 (*heap_alloc)(hostmem_os *os, void *heap, SIZE_T size, void **out);
    UINT32 (*heap_free)(hostmem_os *os, void *heap, void *block);

    /* Memory for the library's own tables: address space that is reserved as a whole, committed in pieces, and zeroed.
     * Committing the same pages again is allowed. */
    UINT32 (*table_reserve)(hostmem_os *os, SIZE_T size, void **out);
    UINT32 (*table_commit)(hostmem_os *os, void *address, SIZE_T size);
    void (*table_release)(hostmem_os *os, void *address, SIZE_T size);

    /* Zeroed memory for the library's own objects. object_alloc returns NULL if there is no memory. */
    void *(*object_alloc)(hostmem_os *os, SIZE_T size);
    void (*object_free)(hostmem_os *os, void *object);

    UINT32 (*memory_status)(hostmem_os *os, hmi_os_memory *status);
    void (*job_status)(hostmem_os *os, hmi_os_job *status);
    /* The HMI_SIGNAL_ bits that are raised now. event: from event_create; only the thread that waits with it may call
     * this. */
    UINT32 (*memory_signals)(hostmem_os *os, void *event);

    /* node: the number of a NUMA node. working_set_raise: raises the limits of the working set by bytes, so that as
     * much more can be locked. */
    UINT32 (*virtual_lock)(hostmem_os *os, void *address, SIZE_T size);
    UINT32 (*working_set_raise)(hostmem_os *os, SIZE_T bytes);
    /* clang-format would put the name and the parameters on different lines. */
    /* clang-format off */
    UINT32 (*virtual_alloc_node)(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, UINT32 node,
                                 void **out);
    /* clang-format on */
    UINT32 (*current_node)(hostmem_os *os, UINT32 *node);

    /* Time and threads. An event stays set until one wait consumes it. wait returns when the event is set, when one of
     * signals (HMI_SIGNAL_ bits) is raised, after timeout_ms, or without a reason, so callers check again what they
     * wait for. A thread holds a reference on the module that contains the library's code until it has left that code.
     * thread_join waits at most timeout_ms for the thread's end, returns whether it has ended, and closes the handle in
     * either case. */
    UINT64 (*now_ms)(hostmem_os *os);
    UINT32 (*thread_id)(hostmem_os *os);
    /* Every other thread of the process executes a memory barrier between the beginning and the end of this call, if
     * hmi_os_info says so. Takes no lock. */
    void (*flush_write_buffers)(hostmem_os *os);
    UINT32 (*event_create)(hostmem_os *os, void **event);
    void (*event_destroy)(hostmem_os *os, void *event);
    void (*event_set)(hostmem_os *os, void *event);
    void (*wait)(hostmem_os *os, void *event, UINT32 signals, UINT32 timeout_ms);
    UINT32 (*thread_start)(hostmem_os *os, void (*entry)(void *context), void *context, void **thread);
    BOOL (*thread_join)(hostmem_os *os, void *thread, UINT32 timeout_ms);
    BOOL (*process_is_ending)(hostmem_os *os); /* Windows may have ended the other threads: do not wait for them */

    /* Adds a reference to the module (DLL or program) that contains the library's code, for module_release. NULL: the
     * module could not be found; module_release accepts NULL. A caller of module_release that is part of the module
     * needs another reference on it until it has returned. */
    void *(*module_hold)(hostmem_os *os);
    void (*module_release)(hostmem_os *os, void *module);

    /* For traces. ticks: a clock that is cheap to read, never goes back, has a constant rate and is the same for all
     * threads. If a thread reads it and then does something that another thread sees, a later reading by that thread is
     * not smaller. ticks_per_second may take some milliseconds. system_time: in units of 100 ns since 1601, UTC. */
    UINT64 (*ticks)(hostmem_os *os);
    UINT64 (*ticks_per_second)(hostmem_os *os);
    UINT64 (*system_time)(hostmem_os *os);
    UINT32 (*process_id)(hostmem_os *os);

    /* Event Tracing for Windows. traits must stay valid until etw_unregister. enable is called on any thread whenever a
     * listener starts or stops listening to the provider, but not after etw_unregister has returned. */
    /* clang-format off */
    UINT32 (*etw_register)(hostmem_os *os, const GUID *id, const void *traits,
                           void (*enable)(void *context, BOOL wanted), void *context, void **registration);
    /* clang-format on */
    void (*etw_unregister)(hostmem_os *os, void *registration);
    void (*etw_write)(hostmem_os *os, void *registration, const hmi_os_etw_event *event);

    /* Windows' performance counters. counters_add adds an instance of the set, the same set at each call. name is UTF-8
     * without what counter paths give a meaning; id: unlike that of any other instance with this name. values: a word
     * for each counter, in the set's order, which others read until counters_remove returns. Before each reading
     * refresh is called, on any thread and on several at once, but not after counters_remove has returned.
     * counters_remove waits for calls of refresh that are running. Both take locks. */
    /* clang-format off */
    UINT32 (*counters_add)(hostmem_os *os, const hmi_os_counter_set *set, const char *name, UINT32 id, void *values,
                           void (*refresh)(void *context), void *context, void **instance);
    /* clang-format on */
    void (*counters_remove)(hostmem_os *os, void *instance);

    /* Creates a file, or replaces an existing one. path is UTF-8. An existing file is replaced only if it is empty or
     * begins with the bytes (at most 16) at beginning; otherwise ERROR_FILE_EXISTS. beginning NULL: any file is
     * replaced. A file that was made by this function, in whatever process, and is not closed yet gives
     * ERROR_SHARING_VIOLATION. */
    UINT32 (*file_create)(hostmem_os *os, const char *path, const void *beginning, UINT32 bytes, void **file);
    /* file_write writes all of the data or fails. ERROR_SHARING_VIOLATION: nothing was written, because another program
     * has opened the file without sharing it for writing. file_yield closes the file for writing until the next write,
     * so that such a program can open it. Renaming, reading and deleting the file is always possible for others. */
    UINT32 (*file_write)(hostmem_os *os, void *file, const void *data, UINT32 bytes);
    void (*file_yield)(hostmem_os *os, void *file);
    void (*file_close)(hostmem_os *os, void *file);

    /* The call stack of the calling thread: return addresses, innermost first, including calls inside of the library.
     * Returns how many, at most most; 0: the system cannot tell. */
    UINT32 (*capture_stack)(hostmem_os *os, void **frames, UINT32 most);
    /* The program or DLL that an address lies in; NULL: the process's program. May wait for the system's loader lock,
     * so calls of the CLR must not use it. */
    UINT32 (*find_module)(hostmem_os *os, const void *address, hmi_os_module *module);

    /* The name that a thread of this process was given (SetThreadDescription), in UTF-8, at most bytes of it and whole
     * characters; without a final 0. Returns its length; 0: it lives and has none; HMI_NO_THREAD: it has ended and its
     * name is not known any more, or the system has no names of threads. Takes no lock of the loader. */
    UINT32 (*thread_name)(hostmem_os *os, UINT32 thread, char *name, UINT32 bytes);

    /* Prints a line of UTF-8 (without an end of line) for whoever operates the program: to the error stream, or to the
     * event log if there is none. */
    void (*tell_operator)(hostmem_os *os, const char *line);

    /* Reads an environment variable as UTF-8. Returns the length of its value without the terminating 0; 0 if it is
     * unset or empty. If the result is length or more, the value did not fit and value is undefined. UINT32_MAX if
     * there was no memory to read it. */
    UINT32 (*get_environment)(hostmem_os *os, const char *name, char *value, UINT32 length);

    /* The calling thread's last error. */
    UINT32 (*get_last_error)(hostmem_os *os);
    void (*set_last_error)(hostmem_os *os, UINT32 error);
};

/* The table for Windows, one for the process. */
hostmem_os *hmi_os_win32(void);

#endif
