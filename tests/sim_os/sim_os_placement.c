/* Placement in the simulated operating system: locking with its quota, and NUMA nodes. The pages themselves are in
 * sim_os_virtual.c. */
#include "sim_os_internal.h"

#define DEFAULT_LOCK_QUOTA ((UINT64)200 << 10)

void sim_placement_init(sim_placement *placement, sim_arena *arena)
{
    *placement = (sim_placement){.maximum_lock_quota = UINT64_MAX, .nodes = 1};
    arena->lock_quota = DEFAULT_LOCK_QUOTA;
}

static UINT32 os_virtual_lock(hostmem_os *os, void *address, SIZE_T size)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_VIRTUAL_LOCK, .address = address, .size = size});
    if (error == 0) {
        error = sim_virtual_lock(&passage.sim->arena, address, size);
    }
    return sim_leave(&passage, error);
}

static UINT32 raise_quota(sim_os *sim, SIZE_T bytes)
{
    UINT64 *quota = &sim->arena.lock_quota;
    UINT64 maximum = sim->placement.maximum_lock_quota;
    if (*quota > maximum || bytes > maximum - *quota) {
        return sim->placement.raise_error != 0 ? sim->placement.raise_error : ERROR_WORKING_SET_QUOTA;
    }
    *quota += bytes;
    return 0;
}

static UINT32 os_working_set_raise(hostmem_os *os, SIZE_T bytes)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_WORKING_SET_RAISE, .size = bytes});
    if (error == 0) {
        error = raise_quota(passage.sim, bytes);
    }
    return sim_leave(&passage, error);
}

static UINT32 os_virtual_alloc_node(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                                    UINT32 node, void **out)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os,
                             (sim_os_call){.kind = SIM_VIRTUAL_ALLOC_NODE,
                                           .address = address,
                                           .size = size,
                                           .type = type,
                                           .protect = protect,
                                           .node = node});
    if (error == 0 && node >= passage.sim->placement.nodes) {
        error = ERROR_INVALID_PARAMETER;
    }
    if (error == 0) {
        error = sim_virtual_alloc(&passage.sim->arena, address, size, type, protect, node, out);
        passage.call.result = error == 0 ? *out : NULL;
    }
    return sim_leave(&passage, error);
}

static UINT32 os_current_node(hostmem_os *os, UINT32 *node)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_CURRENT_NODE});
    if (error == 0) {
        *node = passage.sim->placement.current_node;
    }
    return sim_leave(&passage, error);
}

void sim_placement_functions(hostmem_os *functions)
{
    functions->virtual_lock = os_virtual_lock;
    functions->working_set_raise = os_working_set_raise;
    functions->virtual_alloc_node = os_virtual_alloc_node;
    functions->current_node = os_current_node;
}

/* ---- Controls and queries for tests ---- */

void sim_os_set_working_set(sim_os *sim, UINT64 quota_bytes, UINT64 maximum_bytes, UINT32 error)
{
    sim_mutex_lock(sim->mutex);
    sim->arena.lock_quota = quota_bytes;
    sim->placement.maximum_lock_quota = maximum_bytes;
    sim->placement.raise_error = error;
    sim_mutex_unlock(sim->mutex);
}

UINT64 sim_os_lock_quota(sim_os *sim)
{
    sim_mutex_lock(sim->mutex);
    UINT64 quota = sim->arena.lock_quota;
    sim_mutex_unlock(sim->mutex);
    return quota;
}

void sim_os_unlock_behind(sim_os *sim, void *address, SIZE_T size)
{
    sim_mutex_lock(sim->mutex);
    sim_virtual_unlock(&sim->arena, address, size);
    sim_mutex_unlock(sim->mutex);
}

void sim_os_set_nodes(sim_os *sim, UINT32 count, UINT32 current)
{
    if (count == 0 || count > SIM_MAX_NODES || current >= count) {
        sim_die("an invalid number of nodes", NULL);
    }
    sim_mutex_lock(sim->mutex);
    sim->placement.nodes = count;
    sim->placement.current_node = current;
    sim_mutex_unlock(sim->mutex);
}

UINT64 sim_os_node_bytes(sim_os *sim, UINT32 node)
{
    if (node >= SIM_MAX_NODES) {
        return 0;
    }
    sim_mutex_lock(sim->mutex);
    UINT64 bytes = sim->arena.node_bytes[node];
    sim_mutex_unlock(sim->mutex);
    return bytes;
}
