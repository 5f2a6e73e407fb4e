/* What the parts of the simulated operating system share; only sim_os*.c include it. One mutex guards all of a sim_os.
 * Functions named sim_<part>_... expect it to be held, by sim_enter or sim_lock. */
#ifndef HOSTMEM_TESTS_SIM_OS_INTERNAL_H
#define HOSTMEM_TESTS_SIM_OS_INTERNAL_H

#include "sim_backing.h"
#include "sim_os.h"

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

typedef struct sim_reservation {
    UINT_PTR base; /* 0: an unused entry */
    SIZE_T size;   /* whole pages; the rest of the last granule is free yet cannot be reserved */
    UINT32 protect;
    BOOL foreign;
    UINT32 next_unused;
} sim_reservation;

typedef struct sim_arena {
    UINT_PTR base;
    SIZE_T size;
    SIZE_T page_size;
    UINT32 page_shift;           /* page_size is 1 << page_shift */
    UINT_PTR highest_address;
    BOOL instant;
    void *memory;                /* under the arena; NULL if there is none */
    UINT16 *pages;               /* by page: its protection, 0 unless committed */
    UINT32 *granules;            /* by granule: 1 + index of its reservation, 0 when free */
    SIZE_T page_bytes;           /* of the array */
    SIZE_T granule_bytes;        /* of the array */
    SIZE_T lowest_free;          /* no granule below this one is free */
    sim_reservation *reservations;
    UINT32 reservation_count;    /* entries, used or not */
    UINT32 reservation_capacity;
    UINT32 first_unused;         /* 1 + index, 0 for none */
    UINT64 reserved_bytes;       /* everybody's */
    UINT64 committed_bytes;      /* everybody's */
    UINT64 reserve_limit;        /* 0: none */
    UINT64 commit_limit;         /* 0: none */
} sim_arena;

BOOL sim_arena_init(sim_arena *arena, const sim_os_config *config);
void sim_arena_destroy(sim_arena *arena);
UINT32 sim_virtual_alloc(sim_arena *arena, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out);
UINT32 sim_virtual_free(sim_arena *arena, void *address, SIZE_T size, UINT32 type);
UINT32 sim_virtual_query(sim_arena *arena, const void *address, void *buffer, SIZE_T length, SIZE_T *written);
UINT32 sim_virtual_protect(sim_arena *arena, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect);
void *sim_virtual_add_foreign(sim_arena *arena, void *hint, SIZE_T size, BOOL committed, UINT32 protect);
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

/* ---- Helpers of all ---- */

/* Grows an array of elements to at least `needed`, keeping its content and clearing the rest. */
void *sim_grow(void *array, SIZE_T element, SIZE_T *capacity, SIZE_T needed);

#endif
