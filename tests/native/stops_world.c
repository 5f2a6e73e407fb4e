/* See stops_world.h. Nothing here asserts: what goes wrong while a world is made ends the process. */
#define COBJMACROS
#include "stops_calls.h"

#include "com/sized_malloc.h"
#include "core_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_HEAD MEMORY_ALLOCATION_ALIGNMENT

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "stops_world: %s\n", what);
    abort();
}

void stops_act_as(const stops_holder *holder)
{
    step_thread *self = step_current();
    self->key = holder->key;
    self->id = holder->id;
}

UINT64 stops_held(const stops_holder *holder)
{
    return holder->committed + (holder->block ? holder->block_bytes : 0);
}

/* ---- Making one ---- */

static HRESULT count_trace_bytes(void *context, const void *data, SIZE_T bytes)
{
    stops_world *world = context;
    (void)data;
    world->trace_bytes += bytes;
    return S_OK;
}

static void make_budget(stops_world *world)
{
    const stops_way *way = world->way;
    const hostmem_budget_config policy = {.size = sizeof policy,
                                          .limit_bytes = way->limit,
                                          .wait_ms = {way->wait_ms},
                                          .low_percent = way->low_percent ? way->low_percent : 99};
    must(hostmem_budget_create(&policy, step_os_functions(), &world->budget) == S_OK, "no budget");
}

static void make_instances(stops_world *world)
{
    const stops_way *way = world->way;
    hostmem_config config = {.size = sizeof config, .os = step_os_functions(), .budget = world->budget};
    must(hostmem_create(&config, &world->second) == S_OK, "no second instance");
    must(hostmem_get_manager(world->second, &world->second_manager) == S_OK, "no second manager");
    config.flags = way->flags;
    config.sample_bytes = way->sample_bytes;
    config.address_reserve_bytes = STOPS_ADDRESS_RESERVE;
    must(hostmem_create(&config, &world->instance) == S_OK, "no instance");
    must(hostmem_get_manager(world->instance, &world->manager) == S_OK, "no manager");
    must(hostmem_get_control(world->instance, NULL, &world->control) == S_OK, "no control");
    must(IHostMemoryManager_CreateMalloc(world->manager, MALLOC_THREADSAFE, &world->heap) == S_OK, "no heap");
}

/* As attaching a runtime does. */
static void begin_naming(stops_world *world)
{
    hmi_core *core = hmi_core_of(world->instance);
    void *sized;
    must(!hmi_kinds_prepare(&core->kinds, core->os), "memory cannot be named");
    must(IHostMalloc_QueryInterface(world->heap, &hmi_iid_sized_malloc, &sized) == S_OK, "the heap has no kind");
    ((hmi_sized_malloc *)sized)->vtbl->SetKind(sized, HOSTMEM_KIND_LIBRARIES);
    IHostMalloc_Release(world->heap);
}

void stops_use(stops_world *world, uintptr_t key, UINT32 id)
{
    char file[] = "used.cpp";
    DWORD old;
    void *pages, *block;
    stops_act_as(&(stops_holder){.key = key, .id = id});
    must(IHostMemoryManager_VirtualAlloc(world->manager, NULL, STEP_PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                         eProcessCritical, &pages) == S_OK,
         "no pages");
    IHostMemoryManager_VirtualProtect(world->manager, pages, STEP_PAGE, PAGE_EXECUTE_READWRITE, &old);
    IHostMemoryManager_AcquiredVirtualAddressSpace(world->manager, pages, STEP_PAGE);
    IHostMemoryManager_ReleasedVirtualAddressSpace(world->manager, pages);
    IHostMemoryManager_VirtualFree(world->manager, pages, 0, MEM_RELEASE);
    must(IHostMalloc_DebugAlloc(world->heap, 64, eProcessCritical, file, 1, &block) == S_OK, "no block");
    IHostMalloc_Free(world->heap, block);
}

static void fill_caches(stops_world *world)
{
    UINT32 number;
    if (!world->way->fresh) {
        stops_use(world, world->victim.key, world->victim.id);
        stops_use(world, world->other.key, world->other.id);
    }
    for (number = 0; number < world->way->caching; number++)
        stops_use(world, step_key(false, 100 + number), 100 + number);
    stops_act_as(&world->other);
}

UINT64 stops_used(const stops_world *world)
{
    UINT64 bytes;
    hostmem_budget_get_use(world->budget, &bytes);
    return bytes;
}

static void fill_budget(stops_world *world)
{
    const stops_way *way = world->way;
    void *out;
    if (!way->left)
        return;
    world->fill_bytes = (SIZE_T)(way->limit - way->left - stops_used(world)) & ~(STEP_PAGE - 1);
    must(IHostMemoryManager_VirtualAlloc(world->second_manager, NULL, world->fill_bytes, MEM_RESERVE | MEM_COMMIT,
                                         PAGE_READWRITE, eProcessCritical, &out) == S_OK,
         "the budget cannot be filled");
    world->fill = out;
}

static void prepare(stops_world *world)
{
    if (!world->call->prepare)
        return;
    stops_act_as(&world->victim);
    world->call->prepare(&world->victim);
    stops_act_as(&world->other);
}

/* With what the call begins with, which is there again when it comes to that. */
static void fill_up(stops_world *world)
{
    bool is_prepared = world->way->left && world->call->prepare && !world->call->ends_trace;
    if (is_prepared)
        prepare(world);
    fill_budget(world);
    stops_act_as(&world->victim);
    if (is_prepared && world->call->finish)
        world->call->finish(&world->victim);
    stops_act_as(&world->other);
}

void stops_world_open(stops_world *world, const stops_way *way, const stops_call *call)
{
    *world = (stops_world){.way = way, .call = call};
    world->other = (stops_holder){.world = world, .key = step_key(true, 0), .id = STEP_MAIN + 1};
    world->victim = (stops_holder){.world = world, .key = step_key(way->same_slot, 1), .id = STEP_VICTIM + 1};
    counting_callback_init(&world->callback);
    counting_callback_init(&world->other.callback);
    counting_callback_init(&world->victim.callback);
    step_os_reset();
    step_os_listen_to_etw(way->etw);
    stops_act_as(&world->other);
    make_budget(world);
    make_instances(world);
    if (way->named)
        begin_naming(world);
    fill_caches(world);
    fill_up(world);
    if (way->faults) {
        const hostmem_fault_rule rule = {.size = sizeof rule, .min_bytes = 1000 * MIB};
        must(hostmem_fault_set(world->instance, &rule, 1) == S_OK, "no rules");
    }
}

void stops_world_begin(stops_world *world)
{
    const stops_way *way = world->way;
    stops_act_as(&world->other);
    if (way->callback)
        must(IHostMemoryManager_RegisterMemoryNotificationCallback(world->manager, &world->callback.iface) == S_OK,
             "no callback");
    if (way->trace) {
        const hostmem_trace_config config = {
            .size = sizeof config, .write = count_trace_bytes, .context = world, .buffer_bytes = 64 * KIB};
        must(hostmem_trace_start(world->instance, &config) == S_OK, "no trace");
    }
    prepare(world);
    step_os_settle();
    step_os_refuse_thread(way->thread_refused);
    world->used_before = stops_used(world);
    world->victim_takes = stops_call_takes(world->call, way);
    world->victim_frees = stops_call_frees(world->call, way);
}

bool stops_world_close(stops_world *world)
{
    unsigned number;
    stops_act_as(&world->other);
    hostmem_shutdown(world->instance);
    IHostMalloc_Release(world->heap);
    IHostControl_Release(world->control);
    IHostMemoryManager_Release(world->manager);
    IHostMemoryManager_Release(world->second_manager);
    hostmem_release(world->instance);
    hostmem_release(world->second);
    hostmem_budget_release(world->budget);
    step_os_advance(1000);
    for (number = STEP_LIBRARY; number < STEP_THREADS; number++) {
        if (step_threads[number].state != STEP_IDLE && step_threads[number].state != STEP_ENDED)
            return false;
    }
    return true;
}

/* ---- How much room there is ---- */

UINT64 stops_room(const stops_world *world)
{
    UINT64 taken = world->used_before + world->victim_takes + STOPS_HELD_BESIDES + stops_held(&world->other);
    if (!world->way->limit)
        return 16 * MIB;
    return taken < world->way->limit ? world->way->limit - taken : 0;
}

bool stops_has_room(const stops_world *world, UINT64 bytes)
{
    return bytes <= stops_room(world);
}

bool stops_has_no_room(const stops_world *world, UINT64 bytes)
{
    UINT64 taken = world->used_before - world->victim_frees + stops_held(&world->other);
    return world->way->limit && taken + bytes > world->way->limit;
}

/* ---- Figures ---- */

static bool is_off(UINT64 figure, UINT64 truth, UINT64 bytes)
{
    return figure > truth + bytes || truth > figure + bytes;
}

static UINT64 sum_of_kinds(const hostmem_stats *stats)
{
    UINT64 bytes = 0;
    unsigned kind;
    for (kind = 0; kind < HOSTMEM_KINDS; kind++)
        bytes += stats->kind_bytes[kind];
    return bytes;
}

static const char *check_one(const hostmem_stats *stats)
{
    if (stats->used_bytes != stats->committed_bytes + stats->heap_bytes)
        return "used_bytes is not the sum";
    if (stats->peak_committed_bytes < stats->committed_bytes || stats->peak_heap_bytes < stats->heap_bytes ||
        stats->peak_reserved_bytes < stats->reserved_bytes || stats->peak_executable_bytes < stats->executable_bytes ||
        stats->peak_mapped_bytes < stats->mapped_bytes)
        return "a peak is less than its figure";
    return NULL;
}

const char *stops_check_figures(const stops_world *world, UINT64 bytes, UINT64 besides, UINT64 blocks)
{
    hostmem_stats first = {.size = sizeof first}, second = {.size = sizeof second};
    step_os_totals truth = step_os_total();
    UINT64 use;
    const char *wrong;
    hostmem_get_stats(world->instance, &first);
    hostmem_get_stats(world->second, &second);
    use = stops_used(world);
    truth.heap_bytes -= truth.heap_blocks * BLOCK_HEAD;
    if ((wrong = check_one(&first)) != NULL || (wrong = check_one(&second)) != NULL)
        return wrong;
    if (is_off(first.reserved_bytes + first.address_reserve_bytes + second.reserved_bytes, truth.reserved_bytes, bytes))
        return "reserved_bytes is off";
    if (is_off(first.committed_bytes + second.committed_bytes, truth.committed_bytes, bytes + besides))
        return "committed_bytes is off";
    if (is_off(first.executable_bytes + second.executable_bytes, truth.executable_bytes, bytes))
        return "executable_bytes is off";
    if (is_off(first.heap_bytes + second.heap_bytes, truth.heap_bytes, bytes + besides))
        return "heap_bytes is off";
    if (is_off(first.heap_blocks + second.heap_blocks, truth.heap_blocks, blocks))
        return "heap_blocks is off";
    if (world->way->named && is_off(sum_of_kinds(&first), first.used_bytes, bytes + besides))
        return "the kinds do not add up";
    if (is_off(use, truth.committed_bytes + truth.heap_bytes, bytes + besides))
        return "what the budget has in use is off";
    return NULL;
}

/* ---- Cost ---- */

static void lower(UINT64 *least, UINT64 points)
{
    if (points < *least)
        *least = points;
}

stops_cost stops_measure(stops_world *world)
{
    stops_cost least = {UINT64_MAX, UINT64_MAX};
    const step_thread *self = step_current();
    void *pages, *block;
    int i;
    for (i = 0; i < 4; i++) {
        UINT64 before = self->points;
        IHostMemoryManager_VirtualAlloc(world->manager, NULL, STEP_PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                        eProcessCritical, &pages);
        IHostMemoryManager_VirtualFree(world->manager, pages, 0, MEM_RELEASE);
        lower(&least.pages, self->points - before);
        before = self->points;
        IHostMalloc_Alloc(world->heap, 64, eProcessCritical, &block);
        IHostMalloc_Free(world->heap, block);
        lower(&least.blocks, self->points - before);
    }
    return least;
}
