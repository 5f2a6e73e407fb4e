/* The simulated operating system as a whole: how every call goes through hooks, counters and injected failures, and
 * functions that tell tests what memory is held. */
#include "sim_os_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANNOT_FAIL                                                                                                \
    (SIM_SET(SIM_HEAP_DESTROY) | SIM_SET(SIM_TABLE_RELEASE) | SIM_SET(SIM_OBJECT_FREE) | SIM_SET(SIM_JOB_STATUS) | \
     SIM_SET(SIM_MEMORY_SIGNALS) | SIM_SET(SIM_EVENT_DESTROY) | SIM_SET(SIM_EVENT_SET) | SIM_SET(SIM_WAIT) |       \
     SIM_SET(SIM_THREAD_JOIN) | SIM_SET(SIM_GET_ENVIRONMENT) | SIM_SET(SIM_FILE_CLOSE))

static _Thread_local UINT32 last_error;

sim_os *sim_from_functions(hostmem_os *os)
{
    return (sim_os *)os;
}

UINT32 sim_last_error(void)
{
    return last_error;
}

void sim_set_last_error(UINT32 error)
{
    last_error = error;
}

void *sim_allocate(SIZE_T size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        sim_die("no memory for the simulation itself", NULL);
    }
    return memory;
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

/* ---- Entering and leaving a call ---- */

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

UINT32 sim_enter(sim_passage *passage, hostmem_os *os, sim_os_call call)
{
    sim_os *sim = sim_from_functions(os);
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

UINT32 sim_leave(sim_passage *passage, UINT32 error)
{
    sim_mutex_unlock(passage->sim->mutex);
    if (passage->after != NULL) {
        UINT32 saved_error = last_error;
        passage->call.error = error;
        passage->after(passage->hook_context, &passage->call);
        last_error = saved_error;
    }
    if (error != 0) {
        last_error = error; /* as the real functions do, even where the library expects the failure */
    }
    return error;
}

/* ---- Controls for tests ---- */

sim_os *sim_os_create(const sim_os_config *config)
{
    static const sim_os_config defaults;
    sim_os *sim = sim_allocate(sizeof *sim);
    if (config == NULL) {
        config = &defaults;
    }
    if (!sim_arena_init(&sim->arena, config)) {
        sim_die("no memory for the simulation itself", NULL);
    }
    sim->mutex = sim_mutex_create();
    sim_system_init(&sim->system);
    sim_placement_init(&sim->placement, &sim->arena);
    sim_time_init(&sim->time, config);
    sim_memory_functions(&sim->functions);
    sim_placement_functions(&sim->functions);
    sim_time_functions(&sim->functions);
    sim_thread_functions(&sim->functions);
    sim_system_functions(&sim->functions);
    sim_file_functions(&sim->functions);
    sim_etw_functions(&sim->functions);
    sim_counters_functions(&sim->functions);
    return sim;
}

void sim_os_destroy(sim_os *sim)
{
    if (sim == NULL) {
        return;
    }
    sim_mutex_lock(sim->mutex);
    UINT32 running = sim->threads.running;
    sim_mutex_unlock(sim->mutex);
    if (running > 0) {
        fprintf(stderr, "sim_os: destroyed while %u of its threads are running\n", (unsigned)running);
        return;
    }
    sim_threads_clear(&sim->threads);
    sim_events_clear(&sim->time);
    sim_system_clear(&sim->system);
    sim_files_clear(&sim->files);
    sim_etw_clear(&sim->etw);
    sim_counters_clear(&sim->counters);
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
    sim_mutex_lock(sim->mutex);
    sim->fail_kinds = kinds & ~CANNOT_FAIL;
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

void *sim_os_add_placeholder(sim_os *sim, void *hint, SIZE_T size)
{
    sim_mutex_lock(sim->mutex);
    void *base = sim_virtual_add_placeholder(&sim->arena, hint, size);
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

/* ---- Queries for tests ---- */

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
    totals->locked_bytes = sim->arena.locked_bytes;
    totals->events = sim->time.event_count;
    totals->threads = sim->threads.count;
    totals->files = sim->files.open_count;
    totals->providers = sim->etw.provider_count;
    totals->counted = sim->counters.count;
    totals->holds = sim->system.module_holds;
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
        {"reservations", totals->reservations},
        {"reserved bytes", totals->reserved_bytes},
        {"committed bytes", totals->committed_bytes},
        {"heaps", totals->heaps},
        {"heap blocks", totals->heap_blocks},
        {"heap bytes", totals->heap_bytes},
        {"tables", totals->tables},
        {"objects", totals->objects},
        {"events", totals->events},
        {"threads", totals->threads},
        {"open files", totals->files},
        {"registered providers", totals->providers},
        {"instances of counter sets", totals->counted},
    };
    BOOL clean = TRUE;
    for (SIZE_T i = 0; i < sizeof rest / sizeof rest[0]; i++) {
        if (rest[i].count != 0) {
            fprintf(stderr, "sim_os: %llu %s not freed\n", (unsigned long long)rest[i].count, rest[i].what);
            clean = FALSE;
        }
    }
    return clean;
}
