/* The memory functions of the simulated operating system's table: each passes a call through hooks, the mutex and
 * injected failures to the part with the rules. */
#include "sim_os_internal.h"

static void os_get_info(hostmem_os *os, hmi_os_info *info)
{
    const sim_arena *arena = &sim_from_functions(os)->arena;
    *info = (hmi_os_info){
        .page_size = arena->page_size,
        .granularity = SIM_GRANULARITY,
        .highest_address = arena->highest_address,
        .flushes_write_buffers = TRUE,
    };
}

static UINT32 os_virtual_alloc(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    sim_passage passage;
    UINT32 error = sim_enter(
        &passage, os,
        (sim_os_call){.kind = SIM_VIRTUAL_ALLOC, .address = address, .size = size, .type = type, .protect = protect});
    if (error == 0) {
        error = sim_virtual_alloc(&passage.sim->arena, address, size, type, protect, SIM_NO_NODE, out);
        passage.call.result = error == 0 ? *out : NULL;
    }
    return sim_leave(&passage, error);
}

static UINT32 os_virtual_free(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os,
                             (sim_os_call){.kind = SIM_VIRTUAL_FREE, .address = address, .size = size, .type = type});
    if (error == 0) {
        error = sim_virtual_free(&passage.sim->arena, address, size, type);
    }
    return sim_leave(&passage, error);
}

static UINT32 os_virtual_query(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written)
{
    sim_passage passage;
    UINT32 error = sim_enter(
        &passage, os, (sim_os_call){.kind = SIM_VIRTUAL_QUERY, .address = (void *)(UINT_PTR)address, .size = length});
    if (error == 0) {
        error = sim_virtual_query(&passage.sim->arena, address, buffer, length, written);
    }
    return sim_leave(&passage, error);
}

static UINT32 os_virtual_protect(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    sim_passage passage;
    UINT32 error = sim_enter(
        &passage, os, (sim_os_call){.kind = SIM_VIRTUAL_PROTECT, .address = address, .size = size, .protect = protect});
    if (error == 0) {
        error = sim_virtual_protect(&passage.sim->arena, address, size, protect, old_protect);
    }
    return sim_leave(&passage, error);
}

static UINT32 os_heap_create(hostmem_os *os, UINT32 options, void **heap)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_HEAP_CREATE, .type = options});
    if (error == 0) {
        error = sim_heap_create(&passage.sim->heaps, options, heap);
        passage.call.result = error == 0 ? *heap : NULL;
    }
    return sim_leave(&passage, error);
}

static void os_heap_destroy(hostmem_os *os, void *heap)
{
    sim_passage passage;
    sim_enter(&passage, os, (sim_os_call){.kind = SIM_HEAP_DESTROY, .heap = heap, .address = heap});
    sim_heap_destroy(&passage.sim->heaps, heap);
    sim_leave(&passage, 0);
}

static UINT32 os_heap_alloc(hostmem_os *os, void *heap, SIZE_T size, void **out)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_HEAP_ALLOC, .heap = heap, .size = size});
    if (error == 0) {
        error = sim_heap_alloc(&passage.sim->heaps, heap, size, out);
        passage.call.result = error == 0 ? *out : NULL;
    }
    return sim_leave(&passage, error);
}

static UINT32 os_heap_free(hostmem_os *os, void *heap, void *block)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_HEAP_FREE, .heap = heap, .address = block});
    if (error == 0) {
        sim_heap_free(&passage.sim->heaps, heap, block);
    }
    return sim_leave(&passage, error);
}

static UINT32 os_table_reserve(hostmem_os *os, SIZE_T size, void **out)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_TABLE_RESERVE, .size = size});
    if (error == 0) {
        error = sim_table_reserve(&passage.sim->tables, size, out);
        passage.call.result = error == 0 ? *out : NULL;
    }
    return sim_leave(&passage, error);
}

static UINT32 os_table_commit(hostmem_os *os, void *address, SIZE_T size)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_TABLE_COMMIT, .address = address, .size = size});
    if (error == 0) {
        sim_table_commit(&passage.sim->tables, address, size);
    }
    return sim_leave(&passage, error);
}

static void os_table_release(hostmem_os *os, void *address, SIZE_T size)
{
    sim_passage passage;
    sim_enter(&passage, os, (sim_os_call){.kind = SIM_TABLE_RELEASE, .address = address, .size = size});
    sim_table_release(&passage.sim->tables, address, size);
    sim_leave(&passage, 0);
}

static void *os_object_alloc(hostmem_os *os, SIZE_T size)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_OBJECT_ALLOC, .size = size});
    void *object = error == 0 ? sim_object_alloc(&passage.sim->tables, size) : NULL;
    passage.call.result = object;
    sim_leave(&passage, error == 0 && object == NULL ? ERROR_NOT_ENOUGH_MEMORY : error);
    return object;
}

static void os_object_free(hostmem_os *os, void *object)
{
    sim_passage passage;
    sim_enter(&passage, os, (sim_os_call){.kind = SIM_OBJECT_FREE, .address = object});
    sim_object_free(&passage.sim->tables, object);
    sim_leave(&passage, 0);
}

void sim_memory_functions(hostmem_os *functions)
{
    functions->get_info = os_get_info;
    functions->virtual_alloc = os_virtual_alloc;
    functions->virtual_free = os_virtual_free;
    functions->virtual_query = os_virtual_query;
    functions->virtual_protect = os_virtual_protect;
    functions->heap_create = os_heap_create;
    functions->heap_destroy = os_heap_destroy;
    functions->heap_alloc = os_heap_alloc;
    functions->heap_free = os_heap_free;
    functions->table_reserve = os_table_reserve;
    functions->table_commit = os_table_commit;
    functions->table_release = os_table_release;
    functions->object_alloc = os_object_alloc;
    functions->object_free = os_object_free;
}
