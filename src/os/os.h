/* What the library needs of the operating system, as a table of functions: win32.c is the real one, tests and fault
 * injection put others in its place. This is the boundary: above it nobody calls Win32 or reads the thread's last
 * error.
 *
 * Functions that can fail return a Win32 error code, 0 for success, and write their out parameters only then. Sizes are
 * bytes. virtual_* and heap_* have the meaning, rounding and errors of the Win32 functions of the same name. Any
 * function may be called from any thread, and with other threads suspended inside any other. */
#ifndef HMI_OS_OS_H
#define HMI_OS_OS_H

#include <windows.h>

typedef struct hostmem_os hostmem_os;

typedef struct hmi_os_info {
    SIZE_T page_size;         /* a power of two */
    SIZE_T granularity;       /* of reservations: a power of two, a multiple of page_size */
    UINT_PTR highest_address; /* the last byte a program can use */
} hmi_os_info;

typedef struct hmi_os_memory {
    UINT32 load_percent; /* of physical memory, 0 to 100 */
    UINT64 total_physical;
    UINT64 available_physical;
} hmi_os_memory;

/* Limits of the job object that the process runs in; 0 where there is none. */
typedef struct hmi_os_job {
    UINT64 process_limit; /* commit of one process */
    UINT64 process_used;
    UINT64 job_limit; /* commit of all the job's processes */
    UINT64 job_used;  /* at least that of this process, where the system tells no more */
} hmi_os_job;

/* What the operating system says of memory at large: a set. Neither bit: in between. */
enum { HMI_SIGNAL_LOW = 1, HMI_SIGNAL_HIGH = 2 };

#define HMI_WAIT_FOREVER 0xffffffffu

/* What is written to Event Tracing for Windows: an event that describes itself, in the three parts that TraceLogging
 * has. */
typedef struct hmi_os_etw_event {
    UINT8 level;
    UINT64 keyword;
    const void *traits; /* of the provider, as they were registered; each part begins with its length */
    const void *metadata;
    const void *payload;
    UINT32 payload_bytes;
} hmi_os_etw_event;

/* What is loaded at an address. */
typedef struct hmi_os_module {
    UINT_PTR base;
    SIZE_T size;
    UINT32 path_bytes; /* without the final 0 */
    char path[1600];   /* UTF-8 */
} hmi_os_module;

struct hostmem_os {
    /* Constant for the life of the table. */
    void (*get_info)(hostmem_os *os, hmi_os_info *info);

    /* The pages that callers get. */
    UINT32 (*virtual_alloc)(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out);
    UINT32 (*virtual_free)(hostmem_os *os, void *address, SIZE_T size, UINT32 type);
    UINT32 (*virtual_query)(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written);
    UINT32 (*virtual_protect)(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect);

    /* The blocks that callers get. options: HEAP_CREATE_ENABLE_EXECUTE and HEAP_NO_SERIALIZE, of the whole heap. */
    UINT32 (*heap_create)(hostmem_os *os, UINT32 options, void **heap);
    void (*heap_destroy)(hostmem_os *os, void *heap);
    UINT32 (*heap_alloc)(hostmem_os *os, void *heap, SIZE_T size, void **out);
    UINT32 (*heap_free)(hostmem_os *os, void *heap, void *block);

    /* The library's own tables: address space that is committed piecemeal and reads as zero. Commits may repeat. */
    UINT32 (*table_reserve)(hostmem_os *os, SIZE_T size, void **out);
    UINT32 (*table_commit)(hostmem_os *os, void *address, SIZE_T size);
    void (*table_release)(hostmem_os *os, void *address, SIZE_T size);

    /* The library's own objects, zeroed. object_alloc gives NULL when there is no memory. */
    void *(*object_alloc)(hostmem_os *os, SIZE_T size);
    void (*object_free)(hostmem_os *os, void *object);

    UINT32 (*memory_status)(hostmem_os *os, hmi_os_memory *status);
    void (*job_status)(hostmem_os *os, hmi_os_job *status);
    /* HMI_SIGNAL_ bits that are raised now. event: of the one thread that asks, and waits for them with it. */
    UINT32 (*memory_signals)(hostmem_os *os, void *event);

    /* Placement. node: a NUMA node. working_set_raise: lets bytes more be locked. */
    UINT32 (*virtual_lock)(hostmem_os *os, void *address, SIZE_T size);
    UINT32 (*working_set_raise)(hostmem_os *os, SIZE_T bytes);
    /* It would part the name from its parameters. */
    /* clang-format off */
    UINT32 (*virtual_alloc_node)(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, UINT32 node,
                                 void **out);
    /* clang-format on */
    UINT32 (*current_node)(hostmem_os *os, UINT32 *node);

    /* Time and threads. An event is set until one wait consumes it. wait ends when the event is set, when one of
     * signals (HMI_SIGNAL_ bits) is raised, when timeout_ms are over, or for no reason: callers look again at what
     * they wait for. A thread keeps the module that the library's code is in loaded until it has left that code.
     * thread_join waits for a thread's end no longer than timeout_ms, says whether it came, and gives the handle up. */
    UINT64 (*now_ms)(hostmem_os *os);
    UINT32 (*thread_id)(hostmem_os *os);
    UINT32 (*event_create)(hostmem_os *os, void **event);
    void (*event_destroy)(hostmem_os *os, void *event);
    void (*event_set)(hostmem_os *os, void *event);
    void (*wait)(hostmem_os *os, void *event, UINT32 signals, UINT32 timeout_ms);
    UINT32 (*thread_start)(hostmem_os *os, void (*entry)(void *context), void *context, void **thread);
    BOOL (*thread_join)(hostmem_os *os, void *thread, UINT32 timeout_ms);
    BOOL (*process_is_ending)(hostmem_os *os); /* other threads may be gone: nobody is left to wait for */

    /* Keeps the module that the library's code is in, a DLL or the program, loaded until module_release of what it has
     * returned, which may be NULL. What calls module_release has to hold the module by other means until it has left
     * the code. */
    void *(*module_hold)(hostmem_os *os);
    void (*module_release)(hostmem_os *os, void *module);

    /* For traces. ticks: a clock that is cheap to read, never goes back, is the same for all threads and of constant
     * rate; what was read before a step that another thread has seen is not above what that thread reads afterwards.
     * ticks_per_second may take some milliseconds. system_time: units of 100 ns since 1601, UTC. */
    UINT64 (*ticks)(hostmem_os *os);
    UINT64 (*ticks_per_second)(hostmem_os *os);
    UINT64 (*system_time)(hostmem_os *os);
    UINT32 (*process_id)(hostmem_os *os);

    /* Event Tracing for Windows. traits: they have to stay where they are until the provider is unregistered. enable is
     * called on any thread whenever somebody begins or ceases to listen to the provider, and not any more when
     * etw_unregister has returned. */
    /* clang-format off */
    UINT32 (*etw_register)(hostmem_os *os, const GUID *id, const void *traits,
                           void (*enable)(void *context, BOOL wanted), void *context, void **registration);
    /* clang-format on */
    void (*etw_unregister)(hostmem_os *os, void *registration);
    void (*etw_write)(hostmem_os *os, void *registration, const hmi_os_etw_event *event);

    /* A new file, in place of one that is there; path is UTF-8. One that is not empty and does not begin with bytes of
     * beginning, at most 16, is left alone (ERROR_FILE_EXISTS); beginning NULL: any is replaced. One that this function
     * has made and that is not closed, in whatever process, is in use (ERROR_SHARING_VIOLATION). */
    UINT32 (*file_create)(hostmem_os *os, const char *path, const void *beginning, UINT32 bytes, void **file);
    /* A write that does not fail has written all. ERROR_SHARING_VIOLATION: nothing, because somebody has opened the
     * file who does not share it for writing. file_yield: until the next write the file is not open for writing, so
     * that he can do so. Others may always rename, read and delete the file. */
    UINT32 (*file_write)(hostmem_os *os, void *file, const void *data, UINT32 bytes);
    void (*file_yield)(hostmem_os *os, void *file);
    void (*file_close)(hostmem_os *os, void *file);

    /* The call stack of the calling thread: the addresses that its calls return to, innermost first, those of the
     * library included. Returns how many there are, cut to most; 0: the system does not know. */
    UINT32 (*capture_stack)(hostmem_os *os, void **frames, UINT32 most);
    /* The program or library that an address lies in. It may wait for libraries that are being loaded: not for calls of
     * the CLR. */
    UINT32 (*find_module)(hostmem_os *os, const void *address, hmi_os_module *module);

    /* Says something, UTF-8 without an end of line, to whoever operates the program: where programs print what goes
     * wrong, or where services report it. */
    void (*tell_operator)(hostmem_os *os, const char *line);

    /* The value of an environment variable in UTF-8. Returns its length without a final 0; 0 if it is unset or empty.
     * If that is length or more it does not fit with its final 0, and value is of no use; the largest number where
     * there is no memory to read it. */
    UINT32 (*get_environment)(hostmem_os *os, const char *name, char *value, UINT32 length);

    /* The calling thread's last error. */
    UINT32 (*get_last_error)(hostmem_os *os);
    void (*set_last_error)(hostmem_os *os, UINT32 error);
};

/* The Windows table, one for the process. */
hostmem_os *hmi_os_win32(void);

#endif
