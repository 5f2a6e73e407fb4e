/* The simulated operating system's table of functions: each takes a call through its hooks, the mutex and the injected
 * failures to the part that knows the rules. Then what tests control and ask. */
#include "sim_os_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_os {
    hostmem_os functions; /* first, so that one is the other */
    sim_mutex *mutex;     /* guards all that follows */
    sim_arena arena;
    sim_heaps heaps;
    sim_tables tables;
    hostmem_os_memory memory_status;
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

static _Thread_local UINT32 last_error;

static sim_os *from_functions(hostmem_os *os)
{
    return (sim_os *)os;
}

void *sim_grow(void *array, SIZE_T element, SIZE_T *capacity, SIZE_T needed)
{
    SIZE_T larger = *capacity;
    if (needed <= larger) {
        return array;
    }
    while (larger < needed) {
        larger = larger == 0 ? 16 : larger * 2;
    }
    char *grown = realloc(array, larger * element);
    if (grown == NULL) {
        sim_die("no memory for the simulation itself", NULL);
    }
    memset(grown + *capacity * element, 0, (larger - *capacity) * element);
    *capacity = larger;
    return grown;
}

/* ---- The way of a call ---- */

typedef struct sim_passage {
    sim_os *sim;
    sim_os_call call;
    sim_os_hook after;
    void *hook_context;
} sim_passage;

static UINT32 injected_failure(sim_os *sim, sim_os_kind kind)
{
    if ((sim->fail_kinds & SIM_SET(kind)) == 0 || sim->fail_times == 0) {
        return 0;
    }
    if (sim->fail_skip > 0) {
        sim->fail_skip--;
        return 0;
    }
    sim->fail_times -= sim->fail_times == SIM_FOREVER ? 0 : 1;
    sim->failed++;
    return sim->fail_error;
}

/* Ends with the mutex held; gives the error with which the call has to fail, or 0. Hooks run outside of the mutex so
 * that a thread they hold up holds up no other, and leave the thread's last error as they found it. */
static UINT32 enter(sim_passage *passage, hostmem_os *os, sim_os_call call)
{
    sim_os *sim = from_functions(os);
    sim_os_hook before = NULL;
    *passage = (sim_passage){.sim = sim, .call = call};
    sim_mutex_lock(sim->mutex);
    if (sim->hook_kinds & SIM_SET(call.kind)) {
        before = sim->before;
        passage->after = sim->after;
        passage->hook_context = sim->hook_context;
    }
    if (before != NULL) {
        UINT32 saved_error = last_error;
        sim_mutex_unlock(sim->mutex);
        before(passage->hook_context, &passage->call);
        last_error = saved_error;
        sim_mutex_lock(sim->mutex);
    }
    sim->calls[call.kind]++;
    return injected_failure(sim, call.kind);
}

static UINT32 leave(sim_passage *passage, UINT32 error)
{
    sim_mutex_unlock(passage->sim->mutex);
    if (passage->after != NULL) {
        UINT32 saved_error = last_error;
        passage->call.error = error;
        passage->after(passage->hook_context, &passage->call);
        last_error = saved_error;
    }
    if (error != 0) {
        last_error = error; /* as the real functions do, also where the library expects the failure */
    }
    return error;
}

/* ---- The functions ---- */

static void os_get_info(hostmem_os *os, hostmem_os_info *info)
{
    const sim_arena *arena = &from_functions(os)->arena;
    *info = (hostmem_os_info){
        .page_size = arena->page_size,
        .granularity = SIM_GRANULARITY,
        .highest_address = arena->highest_address,
    };
}

static UINT32 os_virtual_alloc(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os,
                         (sim_os_call){.kind = SIM_VIRTUAL_ALLOC,
                                       .address = address,
                                       .size = size,
                                       .type = type,
                                       .protect = protect});
    if (error == 0) {
        error = sim_virtual_alloc(&passage.sim->arena, address, size, type, protect, out);
        passage.call.result = error == 0 ? *out : NULL;
    }
    return leave(&passage, error);
}

static UINT32 os_virtual_free(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os,
                         (sim_os_call){.kind = SIM_VIRTUAL_FREE, .address = address, .size = size, .type = type});
    if (error == 0) {
        error = sim_virtual_free(&passage.sim->arena, address, size, type);
    }
    return leave(&passage, error);
}

static UINT32 os_virtual_query(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os,
                         (sim_os_call){.kind = SIM_VIRTUAL_QUERY,
                                       .address = (void *)(UINT_PTR)address,
                                       .size = length});
    if (error == 0) {
        error = sim_virtual_query(&passage.sim->arena, address, buffer, length, written);
    }
    return leave(&passage, error);
}

static UINT32 os_virtual_protect(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os,
                         (sim_os_call){.kind = SIM_VIRTUAL_PROTECT,
                                       .address = address,
                                       .size = size,
                                       .protect = protect});
    if (error == 0) {
        error = sim_virtual_protect(&passage.sim->arena, address, size, protect, old_protect);
    }
    return leave(&passage, error);
}

static UINT32 os_heap_create(hostmem_os *os, UINT32 options, void **heap)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os, (sim_os_call){.kind = SIM_HEAP_CREATE, .type = options});
    if (error == 0) {
        error = sim_heap_create(&passage.sim->heaps, options, heap);
        passage.call.result = error == 0 ? *heap : NULL;
    }
    return leave(&passage, error);
}

static void os_heap_destroy(hostmem_os *os, void *heap)
{
    sim_passage passage;
    enter(&passage, os, (sim_os_call){.kind = SIM_HEAP_DESTROY, .heap = heap, .address = heap});
    sim_heap_destroy(&passage.sim->heaps, heap);
    leave(&passage, 0);
}

static UINT32 os_heap_alloc(hostmem_os *os, void *heap, SIZE_T size, void **out)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os, (sim_os_call){.kind = SIM_HEAP_ALLOC, .heap = heap, .size = size});
    if (error == 0) {
        error = sim_heap_alloc(&passage.sim->heaps, heap, size, out);
        passage.call.result = error == 0 ? *out : NULL;
    }
    return leave(&passage, error);
}

static UINT32 os_heap_free(hostmem_os *os, void *heap, void *block)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os, (sim_os_call){.kind = SIM_HEAP_FREE, .heap = heap, .address = block});
    if (error == 0) {
        sim_heap_free(&passage.sim->heaps, heap, block);
    }
    return leave(&passage, error);
}

static UINT32 os_table_reserve(hostmem_os *os, SIZE_T size, void **out)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os, (sim_os_call){.kind = SIM_TABLE_RESERVE, .size = size});
    if (error == 0) {
        error = sim_table_reserve(&passage.sim->tables, size, out);
        passage.call.result = error == 0 ? *out : NULL;
    }
    return leave(&passage, error);
}

static UINT32 os_table_commit(hostmem_os *os, void *address, SIZE_T size)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os, (sim_os_call){.kind = SIM_TABLE_COMMIT, .address = address, .size = size});
    if (error == 0) {
        sim_table_commit(&passage.sim->tables, address, size);
    }
    return leave(&passage, error);
}

static void os_table_release(hostmem_os *os, void *address, SIZE_T size)
{
    sim_passage passage;
    enter(&passage, os, (sim_os_call){.kind = SIM_TABLE_RELEASE, .address = address, .size = size});
    sim_table_release(&passage.sim->tables, address, size);
    leave(&passage, 0);
}

static void *os_object_alloc(hostmem_os *os, SIZE_T size)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os, (sim_os_call){.kind = SIM_OBJECT_ALLOC, .size = size});
    void *object = error == 0 ? sim_object_alloc(&passage.sim->tables, size) : NULL;
    passage.call.result = object;
    leave(&passage, error == 0 && object == NULL ? ERROR_NOT_ENOUGH_MEMORY : error);
    return object;
}

static void os_object_free(hostmem_os *os, void *object)
{
    sim_passage passage;
    enter(&passage, os, (sim_os_call){.kind = SIM_OBJECT_FREE, .address = object});
    sim_object_free(&passage.sim->tables, object);
    leave(&passage, 0);
}

static UINT32 os_memory_status(hostmem_os *os, hostmem_os_memory *status)
{
    sim_passage passage;
    UINT32 error = enter(&passage, os, (sim_os_call){.kind = SIM_MEMORY_STATUS});
    if (error == 0) {
        *status = passage.sim->memory_status;
    }
    return leave(&passage, error);
}

static UINT32 os_get_last_error(hostmem_os *os)
{
    (void)os;
    return last_error;
}

static void os_set_last_error(hostmem_os *os, UINT32 error)
{
    (void)os;
    last_error = error;
}

static const hostmem_os simulated = {
    .get_info = os_get_info,
    .virtual_alloc = os_virtual_alloc,
    .virtual_free = os_virtual_free,
    .virtual_query = os_virtual_query,
    .virtual_protect = os_virtual_protect,
    .heap_create = os_heap_create,
    .heap_destroy = os_heap_destroy,
    .heap_alloc = os_heap_alloc,
    .heap_free = os_heap_free,
    .table_reserve = os_table_reserve,
    .table_commit = os_table_commit,
    .table_release = os_table_release,
    .object_alloc = os_object_alloc,
    .object_free = os_object_free,
    .memory_status = os_memory_status,
    .get_last_error = os_get_last_error,
    .set_last_error = os_set_last_error,
};

/* ---- What tests control ---- */

sim_os *sim_os_create(const sim_os_config *config)
{
    static const sim_os_config defaults;
    sim_os *sim = calloc(1, sizeof *sim);
    if (sim == NULL || !sim_arena_init(&sim->arena, config != NULL ? config : &defaults)) {
        sim_die("no memory for the simulation itself", NULL);
    }
    sim->functions = simulated;
    sim->mutex = sim_mutex_create();
    sim->memory_status = (hostmem_os_memory){
        .load_percent = 50,
        .total_physical = (UINT64)16 << 30,
        .available_physical = (UINT64)8 << 30,
    };
    return sim;
}

void sim_os_destroy(sim_os *sim)
{
    if (sim == NULL) {
        return;
    }
    sim_heaps_clear(&sim->heaps);
    sim_tables_clear(&sim->tables);
    sim_arena_destroy(&sim->arena);
    sim_mutex_destroy(sim->mutex);
    free(sim);
}

hostmem_os *sim_os_functions(sim_os *sim)
{
    return &sim->functions;
}

UINT_PTR sim_os_arena_base(sim_os *sim)
{
    return sim->arena.base;
}

SIZE_T sim_os_arena_bytes(sim_os *sim)
{
    return sim->arena.size;
}

void sim_os_set_hooks(sim_os *sim, UINT32 kinds, sim_os_hook before, sim_os_hook after, void *context)
{
    sim_mutex_lock(sim->mutex);
    sim->hook_kinds = kinds;
    sim->before = before;
    sim->after = after;
    sim->hook_context = context;
    sim_mutex_unlock(sim->mutex);
}

void sim_os_fail(sim_os *sim, UINT32 kinds, UINT32 skip, UINT32 times, UINT32 error)
{
    UINT32 can_fail = SIM_ALL_KINDS & ~(SIM_SET(SIM_HEAP_DESTROY) | SIM_SET(SIM_TABLE_RELEASE) |
                                        SIM_SET(SIM_OBJECT_FREE));
    sim_mutex_lock(sim->mutex);
    sim->fail_kinds = kinds & can_fail;
    sim->fail_skip = skip;
    sim->fail_times = times;
    sim->fail_error = error;
    sim->failed = 0;
    sim_mutex_unlock(sim->mutex);
}

UINT32 sim_os_failed(sim_os *sim)
{
    sim_mutex_lock(sim->mutex);
    UINT32 failed = sim->failed;
    sim_mutex_unlock(sim->mutex);
    return failed;
}

UINT64 sim_os_calls(sim_os *sim, sim_os_kind kind)
{
    sim_mutex_lock(sim->mutex);
    UINT64 calls = sim->calls[kind];
    sim_mutex_unlock(sim->mutex);
    return calls;
}

void sim_os_reset_calls(sim_os *sim)
{
    sim_mutex_lock(sim->mutex);
    memset(sim->calls, 0, sizeof sim->calls);
    sim_mutex_unlock(sim->mutex);
}

void sim_os_set_memory_status(sim_os *sim, const hostmem_os_memory *status)
{
    sim_mutex_lock(sim->mutex);
    sim->memory_status = *status;
    sim_mutex_unlock(sim->mutex);
}

void sim_os_set_commit_limit(sim_os *sim, UINT64 bytes)
{
    sim_mutex_lock(sim->mutex);
    sim->arena.commit_limit = bytes;
    sim_mutex_unlock(sim->mutex);
}

void sim_os_set_reserve_limit(sim_os *sim, UINT64 bytes)
{
    sim_mutex_lock(sim->mutex);
    sim->arena.reserve_limit = bytes;
    sim_mutex_unlock(sim->mutex);
}

void *sim_os_add_foreign(sim_os *sim, void *hint, SIZE_T size, BOOL committed, UINT32 protect)
{
    sim_mutex_lock(sim->mutex);
    void *base = sim_virtual_add_foreign(&sim->arena, hint, size, committed, protect);
    sim_mutex_unlock(sim->mutex);
    return base;
}

void sim_os_remove_foreign(sim_os *sim, void *base)
{
    sim_mutex_lock(sim->mutex);
    UINT32 error = sim_virtual_free(&sim->arena, base, 0, MEM_RELEASE);
    sim_mutex_unlock(sim->mutex);
    if (error != 0) {
        sim_die("not a foreign region", base);
    }
}

/* ---- What tests ask ---- */

void sim_os_walk(sim_os *sim, void (*visit)(void *context, const sim_os_run *run), void *context)
{
    UINT_PTR address = 0;
    for (;;) {
        sim_os_run run;
        sim_mutex_lock(sim->mutex);
        BOOL found = sim_virtual_next_run(&sim->arena, address, &run);
        sim_mutex_unlock(sim->mutex);
        if (!found) {
            return;
        }
        visit(context, &run);
        address = run.base + run.size;
    }
}

static void add_run(void *context, const sim_os_run *run)
{
    sim_os_totals *totals = context;
    if (run->foreign) {
        return;
    }
    UINT32 executable = PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE;
    totals->reservations += run->base == run->allocation_base ? 1 : 0;
    totals->reserved_bytes += run->size;
    totals->committed_bytes += run->state == MEM_COMMIT ? run->size : 0;
    totals->executable_bytes += (run->protect & executable) != 0 ? run->size : 0;
}

void sim_os_total(sim_os *sim, sim_os_totals *totals)
{
    *totals = (sim_os_totals){0};
    sim_os_walk(sim, add_run, totals);
    sim_mutex_lock(sim->mutex);
    totals->heaps = sim->heaps.heap_count;
    totals->heap_blocks = sim->heaps.blocks.count;
    totals->heap_bytes = sim->heaps.bytes;
    totals->tables = sim->tables.count;
    for (SIZE_T i = 0; i < sim->tables.count; i++) {
        totals->table_reserved_bytes += sim->tables.entries[i].size;
        totals->table_committed_bytes += sim->tables.entries[i].committed_pages * sim_backing_page_size();
    }
    totals->objects = sim->tables.objects.count;
    sim_mutex_unlock(sim->mutex);
}

BOOL sim_os_check(sim_os *sim, sim_os_totals *totals)
{
    sim_os_totals own;
    if (totals == NULL) {
        totals = &own;
    }
    sim_os_total(sim, totals);
    const struct {
        const char *what;
        UINT64 count;
    } rest[] = {
        {"reservations", totals->reservations}, {"reserved bytes", totals->reserved_bytes},
        {"committed bytes", totals->committed_bytes}, {"heaps", totals->heaps},
        {"heap blocks", totals->heap_blocks}, {"heap bytes", totals->heap_bytes},
        {"tables", totals->tables}, {"objects", totals->objects},
    };
    BOOL clean = TRUE;
    for (SIZE_T i = 0; i < sizeof rest / sizeof rest[0]; i++) {
        if (rest[i].count != 0) {
            fprintf(stderr, "sim_os: %llu %s not given back\n", (unsigned long long)rest[i].count, rest[i].what);
            clean = FALSE;
        }
    }
    return clean;
}
