/* What the parts of the simulated operating system share; only sim_os*.c include it. One mutex guards all of a sim_os.
 * Functions named sim_<part>_... expect it to be held, as sim_enter leaves it. */
#ifndef HOSTMEM_TESTS_SIM_OS_INTERNAL_H
#define HOSTMEM_TESTS_SIM_OS_INTERNAL_H

#include <stdatomic.h>

#include "sim_backing.h"
#include "sim_os.h"
#include "sim_thread.h"

#define SIM_GRANULARITY ((SIZE_T)0x10000)

/* ---- sim_blocks.c: a set of addresses with their sizes and owners ---- */

typedef struct sim_block {
    void *address; /* NULL: an empty slot */
    void *owner;
    SIZE_T size;
} sim_block;

typedef struct sim_blocks {
    sim_block *slots;
    SIZE_T capacity; /* 0 or a power of two */
    SIZE_T count;
} sim_blocks;

void sim_blocks_add(sim_blocks *set, void *address, void *owner, SIZE_T size);
/* NULL if the address is not in the set. */
const sim_block *sim_blocks_find(const sim_blocks *set, const void *address);
void sim_blocks_remove(sim_blocks *set, const void *address);
void sim_blocks_clear(sim_blocks *set);

/* ---- sim_os_virtual.c: the arena ---- */

#define SIM_MAX_NODES 64
#define SIM_NO_NODE ((UINT32)-1)
#define SIM_LOCKED 0x80u

typedef struct sim_reservation {
    UINT_PTR base; /* 0: an unused entry */
    SIZE_T size;   /* whole pages; the rest of the last granule is free but cannot be reserved */
    UINT32 protect;
    UINT32 caching; /* PAGE_NOCACHE or PAGE_WRITECOMBINE if the region was made with it */
    BOOL foreign;
    BOOL placeholder;
    UINT32 next_unused;
} sim_reservation;

typedef struct sim_arena {
    UINT_PTR base;
    SIZE_T size;
    SIZE_T page_size;
    UINT32 page_shift; /* page_size is 1 << page_shift */
    UINT_PTR highest_address;
    BOOL instant;
    void *memory;         /* under the arena; NULL if there is none */
    UINT16 *pages;        /* by page: its protection, 0 unless committed */
    UINT8 *places;        /* by page: SIM_LOCKED, and 1 + the requested node */
    UINT32 *granules;     /* by granule: 1 + index of its reservation, 0 when free */
    SIZE_T page_bytes;    /* of the array */
    SIZE_T place_bytes;   /* of the array */
    SIZE_T granule_bytes; /* of the array */
    SIZE_T lowest_free;   /* no granule below this one is free */
    sim_reservation *reservations;
    UINT32 reservation_count; /* number of entries, used or not */
    UINT32 reservation_capacity;
    UINT32 first_unused;    /* 1 + index, 0 for none */
    UINT64 reserved_bytes;  /* including foreign regions */
    UINT64 committed_bytes; /* including foreign regions */
    UINT64 reserve_limit;   /* 0: none */
    UINT64 commit_limit;    /* 0: none */
    UINT64 locked_bytes;
    UINT64 lock_quota;
    UINT64 node_bytes[SIM_MAX_NODES];
} sim_arena;

static inline UINT_PTR sim_round_down(UINT_PTR value, SIZE_T unit)
{
    return value & ~(UINT_PTR)(unit - 1);
}

/* The entries of a page in the arena. */
static inline UINT16 *sim_page_at(const sim_arena *arena, UINT_PTR address)
{
    return &arena->pages[(address - arena->base) >> arena->page_shift];
}

static inline UINT8 *sim_place_at(const sim_arena *arena, UINT_PTR address)
{
    return &arena->places[(address - arena->base) >> arena->page_shift];
}

/* The reservation that contains an address, or NULL. */
sim_reservation *sim_find_reservation(const sim_arena *arena, UINT_PTR address);

BOOL sim_arena_init(sim_arena *arena, const sim_os_config *config);
void sim_arena_destroy(sim_arena *arena);
UINT32 sim_virtual_alloc(sim_arena *arena, void *address, SIZE_T size, UINT32 type, UINT32 protect, UINT32 node,
                         void **out);
UINT32 sim_virtual_free(sim_arena *arena, void *address, SIZE_T size, UINT32 type);
UINT32 sim_virtual_query(sim_arena *arena, const void *address, void *buffer, SIZE_T length, SIZE_T *written);
UINT32 sim_virtual_protect(sim_arena *arena, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect);
void *sim_virtual_add_foreign(sim_arena *arena, void *hint, SIZE_T size, BOOL committed, UINT32 protect);
void *sim_virtual_add_placeholder(sim_arena *arena, void *hint, SIZE_T size);
UINT32 sim_virtual_lock(sim_arena *arena, void *address, SIZE_T size);
void sim_virtual_unlock(sim_arena *arena, void *address, SIZE_T size);
/* The first run at or above the address. */
BOOL sim_virtual_next_run(const sim_arena *arena, UINT_PTR address, sim_os_run *run);

/* ---- sim_os_heap.c ---- */

typedef struct sim_heap {
    struct sim_heap *next;
    UINT32 options;
} sim_heap;

typedef struct sim_heaps {
    sim_heap *first;
    UINT64 heap_count;
    UINT64 bytes;
    sim_blocks blocks;
} sim_heaps;

UINT32 sim_heap_create(sim_heaps *heaps, UINT32 options, void **out);
void sim_heap_destroy(sim_heaps *heaps, void *heap);
UINT32 sim_heap_alloc(sim_heaps *heaps, void *heap, SIZE_T size, void **out);
void sim_heap_free(sim_heaps *heaps, void *heap, void *block);
void sim_heaps_clear(sim_heaps *heaps);

/* ---- sim_os_table.c: tables and objects of the library itself ---- */

typedef struct sim_table {
    UINT_PTR base;
    SIZE_T size;
    unsigned char *committed; /* by page */
    SIZE_T committed_pages;
} sim_table;

typedef struct sim_tables {
    sim_table *entries;
    SIZE_T count;
    SIZE_T capacity;
    sim_blocks objects;
} sim_tables;

UINT32 sim_table_reserve(sim_tables *tables, SIZE_T size, void **out);
void sim_table_commit(sim_tables *tables, void *address, SIZE_T size);
void sim_table_release(sim_tables *tables, void *address, SIZE_T size);
void *sim_object_alloc(sim_tables *tables, SIZE_T size);
void sim_object_free(sim_tables *tables, void *object);
void sim_tables_clear(sim_tables *tables);

/* ---- sim_os_time.c: the clock, signals, events and waiting threads ---- */

typedef struct sim_event {
    struct sim_event *next;
    BOOL set;
} sim_event;

typedef struct sim_waiter {
    struct sim_waiter *next;
    sim_event *event;
    UINT32 signals;
    UINT64 deadline_ms; /* UINT64_MAX: never */
    BOOL released;
    sim_gate *gate;
} sim_waiter;

typedef struct sim_time {
    BOOL real;
    UINT64 now_ms;
    UINT32 signals;
    sim_event *events;
    SIZE_T event_count;
    sim_waiter *first_waiter; /* the longest waiting */
    UINT32 waiting;
    sim_os_wakes wakes;
} sim_time;

void sim_time_init(sim_time *time, const sim_os_config *config);
void sim_events_clear(sim_time *time);

/* ---- sim_os_threads.c ---- */

typedef struct sim_started sim_started;
typedef struct sim_observer sim_observer;

typedef struct sim_threads {
    sim_started *first;
    SIZE_T count;
    UINT32 running;
    UINT32 joining;               /* number of threads that wait for another's end */
    sim_observer *first_observer; /* threads that wait until a number of threads is running, waiting or joining */
} sim_threads;

void sim_threads_clear(sim_threads *threads);
/* Called when the clock has moved. The mutex is held. */
void sim_threads_time_passed(sim_os *sim);

/* ---- sim_os_system.c ---- */

typedef struct sim_variable {
    char *name;
    char *value;
} sim_variable;

typedef struct sim_system {
    hmi_os_memory memory;
    hmi_os_job job;
    BOOL process_ending;
    BOOL has_no_stack;
    UINT32 caller;
    struct {
        UINT32 id;
        const char *name;
    } threads[SIM_NAMED_THREADS];
    UINT64 module_holds;
    char *told; /* NULL: no message */
    UINT32 told_times;
    sim_variable *variables;
    SIZE_T variable_count;
    SIZE_T variable_capacity;
} sim_system;

void sim_system_init(sim_system *system);
void sim_system_clear(sim_system *system);

/* ---- sim_os_files.c ---- */

typedef struct sim_file sim_file;

typedef struct sim_files {
    sim_file *first; /* the newest */
    SIZE_T open_count;
    _Atomic UINT64 ticks;
} sim_files;

void sim_files_clear(sim_files *files);

/* ---- sim_os_etw.c ---- */

typedef struct sim_provider sim_provider;

typedef struct sim_etw {
    BOOL wanted;
    BOOL refused;
    sim_provider *first;
    SIZE_T provider_count;
    sim_etw_event **events;
    SIZE_T event_count;
    SIZE_T event_capacity;
} sim_etw;

void sim_etw_clear(sim_etw *etw);

/* ---- sim_os_counters.c ---- */

typedef struct sim_counted sim_counted;

typedef struct sim_counters {
    sim_counted *first;
    SIZE_T count;
    UINT32 refused; /* the error of adding; 0: none */
} sim_counters;

void sim_counters_clear(sim_counters *counters);

/* ---- sim_os_placement.c ---- */

typedef struct sim_placement {
    UINT64 maximum_lock_quota;
    UINT32 raise_error;
    UINT32 nodes;
    UINT32 current_node;
} sim_placement;

void sim_placement_init(sim_placement *placement, sim_arena *arena);

/* ---- sim_os.c: the machine, and entering and leaving calls ---- */

struct sim_os {
    hostmem_os functions; /* first, so that a pointer to it is also a pointer to this struct */
    sim_mutex *mutex;     /* guards all that follows */
    sim_arena arena;
    sim_heaps heaps;
    sim_tables tables;
    sim_time time;
    sim_threads threads;
    sim_system system;
    sim_placement placement;
    sim_files files;
    sim_etw etw;
    sim_counters counters;
    UINT64 calls[SIM_KIND_COUNT];

    UINT32 hook_kinds;
    sim_os_hook before;
    sim_os_hook after;
    void *hook_context;

    UINT32 fail_kinds;
    UINT32 fail_skip;
    UINT32 fail_times;
    UINT32 fail_error;
    UINT32 failed;
};

sim_os *sim_from_functions(hostmem_os *os);

typedef struct sim_passage {
    sim_os *sim;
    sim_os_call call;
    sim_os_hook after;
    void *hook_context;
} sim_passage;

/* Begins a call. Returns with the mutex held, and with the error with which the call has to fail, or 0. Hooks run
 * without the mutex, so that a thread stopped in one does not block others; the thread's last error is restored
 * after them. */
UINT32 sim_enter(sim_passage *passage, hostmem_os *os, sim_os_call call);
/* Ends a call and releases the mutex; returns the error that was passed in. */
UINT32 sim_leave(sim_passage *passage, UINT32 error);

/* The calling thread's last error. */
UINT32 sim_last_error(void);
void sim_set_last_error(UINT32 error);

/* Notifies the observers that the number of waiting or running threads has changed. */
void sim_threads_changed(sim_os *sim);

/* Each part puts its functions into the table. */
void sim_memory_functions(hostmem_os *functions);
void sim_placement_functions(hostmem_os *functions);
void sim_time_functions(hostmem_os *functions);
void sim_thread_functions(hostmem_os *functions);
void sim_system_functions(hostmem_os *functions);
void sim_file_functions(hostmem_os *functions);
void sim_etw_functions(hostmem_os *functions);
void sim_counters_functions(hostmem_os *functions);

/* ---- Common helpers ---- */

/* Grows an array to at least `needed` elements, keeping its content and clearing the rest. */
void *sim_grow(void *array, SIZE_T element, SIZE_T *capacity, SIZE_T needed);
/* Zeroed memory of the simulation itself. */
void *sim_allocate(SIZE_T size);

#endif
