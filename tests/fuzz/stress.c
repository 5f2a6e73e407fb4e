/* See stress.h. After every operation: the result is one that the failure table has, a failed operation has changed
 * nothing, out parameters are cleared, the last error is told, and every figure is what the machine finds. In the end
 * everything can be given back. */
#define COBJMACROS
#include "stress.h"

#include <hostmem/hostmem.h>

#include <corerror.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim_os.h"

#define POISON 0x2badcafeu

/* What hostmem puts before each block. */
#define BLOCK_HEAD MEMORY_ALLOCATION_ALIGNMENT

typedef struct stress {
    sim_os *sim;
    hostmem_os *os;
    hostmem *instance;
    hostmem_budget *budget;
    hostmem_budget_config policy;
    IHostMemoryManager *manager;
    UINT32 flags;
    BOOL keeps_addresses; /* hostmem_config.address_reserve_bytes */
    UINT_PTR zone;
    UINT_PTR loose[FUZZ_LOOSE_SLOTS];
    SIZE_T loose_bytes[FUZZ_LOOSE_SLOTS];
    IHostMalloc *heaps[FUZZ_HEAPS];
    void *blocks[FUZZ_HEAPS][FUZZ_BLOCKS];
    SIZE_T sizes[FUZZ_HEAPS][FUZZ_BLOCKS];
    HRESULT hr;
    UINT32 last_error;
    BOOL done, failed;
    char message[200];
} stress;

static BOOL fail(stress *s, const char *format, ...)
{
    va_list arguments;
    if (!s->failed) {
        va_start(arguments, format);
        vsnprintf(s->message, sizeof s->message, format, arguments);
        va_end(arguments);
    }
    s->failed = TRUE;
    return FALSE;
}

/* ---- What has to hold ---- */

static UINT64 asked_bytes(const stress *s, UINT64 *blocks)
{
    UINT64 bytes = 0;
    unsigned i, j;
    *blocks = 0;
    for (i = 0; i < FUZZ_HEAPS; i++) {
        for (j = 0; j < FUZZ_BLOCKS; j++) {
            bytes += s->blocks[i][j] ? s->sizes[i][j] : 0;
            *blocks += s->blocks[i][j] != NULL;
        }
    }
    return bytes;
}

static void expect_figures(stress *s, const hostmem_stats *stats, const sim_os_totals *totals)
{
    UINT64 use = 0, blocks, bytes = asked_bytes(s, &blocks);
    HRESULT hr = hostmem_budget_get_use(s->budget, &use);
    const struct {
        const char *name;
        UINT64 told, seen;
    } figures[] = {
        {"reserved_bytes", stats->reserved_bytes, totals->reserved_bytes - stats->address_reserve_bytes},
        {"committed_bytes", stats->committed_bytes, totals->committed_bytes},
        {"executable_bytes", stats->executable_bytes, totals->executable_bytes},
        {"heap_bytes", stats->heap_bytes, bytes},
        {"heap_blocks", stats->heap_blocks, blocks},
        {"the heaps' blocks", blocks, totals->heap_blocks},
        {"the heaps' bytes", bytes + blocks * BLOCK_HEAD, totals->heap_bytes},
        {"used_bytes", stats->used_bytes, totals->committed_bytes + bytes},
        {"the budget's use", use, stats->used_bytes},
        {"limit_bytes", stats->limit_bytes, s->policy.limit_bytes},
        {"overdraft_bytes", stats->overdraft_bytes,
         stats->limit_bytes && use > stats->limit_bytes ? use - stats->limit_bytes : 0},
    };
    SIZE_T i;
    if (hr != S_OK)
        fail(s, "the budget's use cannot be had: %#lx", (unsigned long)(UINT32)hr);
    for (i = 0; i < sizeof figures / sizeof *figures; i++) {
        if (figures[i].told != figures[i].seen)
            fail(s, "%s: %llu told, %llu seen", figures[i].name, (unsigned long long)figures[i].told,
                 (unsigned long long)figures[i].seen);
    }
    if (stats->peak_committed_bytes < stats->committed_bytes || stats->peak_used_bytes < stats->used_bytes)
        fail(s, "a peak is lower than what is in use");
}

static hostmem_stats look(stress *s, sim_os_totals *totals)
{
    hostmem_stats stats = {.size = sizeof stats};
    if (hostmem_get_stats(s->instance, &stats) != S_OK)
        fail(s, "no figures");
    sim_os_total(s->sim, totals);
    expect_figures(s, &stats, totals);
    return stats;
}

static BOOL is_in_table(const stress *s, HRESULT hr)
{
    switch (hr) {
    case S_OK:
    case E_OUTOFMEMORY:
    case E_INVALIDARG:
    case E_POINTER:
    case E_ACCESSDENIED:
    case HOST_E_INVALIDOPERATION:
        return TRUE;
    case HOST_E_CLRNOTAVAILABLE:
        return TRUE;
    case E_FAIL:
        return (s->policy.flags & HOSTMEM_FAIL_FAST) != 0;
    default:
        return HRESULT_FACILITY(hr) == FACILITY_WIN32 && FAILED(hr);
    }
}

static UINT64 limit_of(const stress *s, int level)
{
    UINT64 limit = s->policy.limit_bytes;
    limit -= level < eProcessCritical ? s->policy.process_reserve_bytes : 0;
    return limit - (level < eAppDomainCritical ? s->policy.app_domain_reserve_bytes : 0);
}

/* A request that was admitted leaves use below its limit, unless it took nothing. */
static void expect_admission(stress *s, const fuzz_op *op, const hostmem_stats *before, const hostmem_stats *now)
{
    BOOL overdraft = op->level == eProcessCritical && !(s->policy.flags & HOSTMEM_NO_PROCESS_OVERDRAFT);
    if ((op->kind == FUZZ_ALLOC || op->kind == FUZZ_BLOCK_ALLOC) && s->hr == S_OK && s->policy.limit_bytes && !overdraft &&
        now->used_bytes > before->used_bytes && now->used_bytes > limit_of(s, op->level))
        fail(s, "admitted at level %d, though %llu bytes are in use then", op->level, (unsigned long long)now->used_bytes);
    if (op->kind == FUZZ_ALLOC && s->done && s->hr == S_OK && (before->latched || before->clr_unavailable))
        fail(s, "admitted although the CLR is not available");
}

/* It may come back at any time: the address space that is kept back is the library's own. */
static void leave_out_reserve(const hostmem_stats *stats, sim_os_totals *totals)
{
    totals->reserved_bytes -= stats->address_reserve_bytes;
    totals->reservations -= stats->address_reserve_bytes != 0;
}

static void expect_no_change(stress *s, const sim_os_totals *before, const sim_os_totals *now)
{
    sim_os_totals expected = *before;
    /* The library's own memory may stay: tables grow, and places are remembered. */
    expected.tables = now->tables;
    expected.table_reserved_bytes = now->table_reserved_bytes;
    expected.table_committed_bytes = now->table_committed_bytes;
    expected.objects = now->objects;
    expected.locked_bytes = now->locked_bytes;
    if (memcmp(&expected, now, sizeof expected))
        fail(s, "a call that failed with %#lx has changed something", (unsigned long)(UINT32)s->hr);
}

/* ---- Operations ---- */

static UINT_PTR *loose_of(stress *s, const fuzz_op *op)
{
    return &s->loose[op->slot];
}

static UINT_PTR address_of(stress *s, const fuzz_op *op)
{
    if (op->area == FUZZ_NOWHERE)
        return op->offset;
    if (op->area == FUZZ_IN_ZONE)
        return s->zone + op->offset;
    return *loose_of(s, op) ? *loose_of(s, op) + op->offset % s->loose_bytes[op->slot] : 0;
}

static void before_call(stress *s)
{
    s->done = TRUE;
    s->os->set_last_error(s->os, POISON);
}

static void after_call(stress *s, HRESULT hr)
{
    s->hr = hr;
    s->last_error = s->os->get_last_error(s->os);
    if (!is_in_table(s, hr))
        fail(s, "%#lx is not in the failure table", (unsigned long)(UINT32)hr);
    if ((hr == S_OK) != (s->last_error == POISON))
        fail(s, "%#lx with last error %lu", (unsigned long)(UINT32)hr, (unsigned long)s->last_error);
}

static void do_alloc(stress *s, const fuzz_op *op)
{
    UINT_PTR address = address_of(s, op);
    void *out = (void *)(UINT_PTR)POISON;
    if (!address && op->area == FUZZ_NOWHERE)
        return;
    before_call(s);
    after_call(s, IHostMemoryManager_VirtualAlloc(s->manager, (void *)address, op->size, op->type, op->protect,
                                                  (EMemoryCriticalLevel)op->level, op->null_out ? NULL : &out));
    if (s->hr != S_OK && !op->null_out && out)
        fail(s, "the out parameter is left at %p", out);
    if (s->hr == S_OK && !address) {
        s->loose_bytes[op->slot] = op->size;
        *loose_of(s, op) = (UINT_PTR)out;
    }
}

static void do_free(stress *s, const fuzz_op *op)
{
    UINT_PTR address = address_of(s, op);
    before_call(s);
    after_call(s, IHostMemoryManager_VirtualFree(s->manager, (void *)address, op->size, op->type));
    if (s->hr == S_OK && op->type == MEM_RELEASE && op->area == FUZZ_LOOSE && address / 65536 == *loose_of(s, op) / 65536)
        *loose_of(s, op) = 0;
}

static void do_protect(stress *s, const fuzz_op *op)
{
    DWORD old = POISON;
    before_call(s);
    after_call(s, IHostMemoryManager_VirtualProtect(s->manager, (void *)address_of(s, op), op->size, op->protect,
                                                    op->null_out ? NULL : &old));
    if (s->hr != S_OK && !op->null_out && old)
        fail(s, "the old protection is left at %#lx", (unsigned long)old);
}

static void do_query(stress *s, const fuzz_op *op)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written = POISON;
    before_call(s);
    after_call(s, IHostMemoryManager_VirtualQuery(s->manager, (void *)address_of(s, op), &region, sizeof region,
                                                  op->null_out ? NULL : &written));
    if (s->hr != S_OK && !op->null_out && written)
        fail(s, "the length is left at %llu", (unsigned long long)written);
}

static void do_foreign(stress *s, const fuzz_op *op)
{
    if (op->area != FUZZ_IN_ZONE)
        return;
    s->done = TRUE;
    sim_os_add_foreign(s->sim, (void *)(s->zone + op->offset), 1 + op->choice * 512u, op->choice & 1, PAGE_READWRITE);
}

static void do_load(stress *s)
{
    DWORD load = POISON;
    SIZE_T available = POISON;
    before_call(s);
    after_call(s, IHostMemoryManager_GetMemoryLoad(s->manager, &load, &available));
    if (s->hr == S_OK ? load > 100 : load || available)
        fail(s, "%#lx with a load of %lu and %llu bytes", (unsigned long)(UINT32)s->hr, (unsigned long)load,
             (unsigned long long)available);
}

static void do_view(stress *s, const fuzz_op *op)
{
    void *address = (void *)address_of(s, op);
    s->done = TRUE;
    if (op->choice & 32)
        s->hr = IHostMemoryManager_NeedsVirtualAddressSpace(s->manager, address, op->size);
    else if (op->choice & 16)
        s->hr = IHostMemoryManager_AcquiredVirtualAddressSpace(s->manager, address, op->size);
    else
        s->hr = IHostMemoryManager_ReleasedVirtualAddressSpace(s->manager, address);
    if (s->hr != S_OK && s->hr != E_INVALIDARG && s->hr != E_OUTOFMEMORY)
        fail(s, "%#lx for a view", (unsigned long)(UINT32)s->hr);
}

static void heap_create(stress *s, const fuzz_op *op)
{
    IHostMalloc *out = (IHostMalloc *)(UINT_PTR)POISON;
    if (s->heaps[op->heap])
        return;
    before_call(s);
    after_call(s, IHostMemoryManager_CreateMalloc(s->manager, op->type, op->null_out ? NULL : &out));
    if (s->hr != S_OK && !op->null_out && out)
        fail(s, "the out parameter is left at %p", (void *)out);
    s->heaps[op->heap] = s->hr == S_OK ? out : NULL;
}

static void heap_release(stress *s, unsigned heap)
{
    if (!s->heaps[heap])
        return;
    s->done = TRUE;
    if (IHostMalloc_Release(s->heaps[heap]))
        fail(s, "a heap has references that nobody holds");
    s->heaps[heap] = NULL;
    memset(s->blocks[heap], 0, sizeof s->blocks[heap]);
}

static void block_alloc(stress *s, const fuzz_op *op)
{
    IHostMalloc *heap = s->heaps[op->heap];
    void **block = &s->blocks[op->heap][op->block], *out = (void *)(UINT_PTR)POISON, **where = op->null_out ? NULL : &out;
    EMemoryCriticalLevel level = (EMemoryCriticalLevel)op->level;
    static char file[] = "stress.c";
    if (!heap || *block)
        return;
    before_call(s);
    after_call(s, op->choice & 1 ? IHostMalloc_DebugAlloc(heap, op->size, level, file, (int)op->choice, where)
                                 : IHostMalloc_Alloc(heap, op->size, level, where));
    if (s->hr != S_OK && where && out)
        fail(s, "the out parameter is left at %p", out);
    if (s->hr == S_OK) {
        memset(out, (int)op->choice, op->size);
        *block = out;
        s->sizes[op->heap][op->block] = op->size;
    }
}

static void block_free(stress *s, const fuzz_op *op)
{
    void **block = &s->blocks[op->heap][op->block];
    if (!s->heaps[op->heap])
        return;
    before_call(s);
    after_call(s, IHostMalloc_Free(s->heaps[op->heap], *block));
    if (s->hr == S_OK)
        *block = NULL;
}

static void block_bad_free(stress *s, const fuzz_op *op)
{
    unsigned other = (op->heap + 1) % FUZZ_HEAPS;
    char *own = s->blocks[op->heap][op->block];
    void *address = op->type == FUZZ_OTHER_HEAP ? s->blocks[other][op->block]
                    : op->type == FUZZ_INTERIOR && own ? own + 1 + op->choice
                                                       : (void *)(s->zone + op->choice);
    unsigned i;
    for (i = 0; i < FUZZ_BLOCKS; i++) {
        if (address == s->blocks[op->heap][i])
            return; /* NULL, too */
    }
    if (!s->heaps[op->heap])
        return;
    before_call(s);
    after_call(s, IHostMalloc_Free(s->heaps[op->heap], address));
    if (s->hr != HOST_E_INVALIDOPERATION)
        fail(s, "%#lx for the free of what is no block", (unsigned long)(UINT32)s->hr);
}

/* ---- What moves under the library ---- */

static void set_policy(stress *s, const fuzz_op *op)
{
    hostmem_budget_config policy = s->policy;
    HRESULT hr;
    policy.limit_bytes = op->choice & 16 ? op->size % ((SIZE_T)1 << 21) : 0;
    policy.app_domain_reserve_bytes = op->choice & 32 ? op->offset % ((SIZE_T)1 << 18) : 0;
    policy.process_reserve_bytes = op->choice & 64 ? op->slot * 4096u : 0;
    policy.flags = op->choice & 128 ? HOSTMEM_NO_PROCESS_OVERDRAFT : 0;
    hr = hostmem_budget_configure(s->budget, &policy);
    if (hr == S_OK)
        s->policy = policy;
    else if (hr != E_INVALIDARG)
        fail(s, "%#lx for a policy", (unsigned long)(UINT32)hr);
}

static void set_limit(stress *s, const fuzz_op *op)
{
    UINT64 bytes = op->choice & 16 ? op->size % ((SIZE_T)1 << 20) : 0;
    HRESULT hr = hostmem_set_limit(s->instance, bytes);
    if (hr == S_OK)
        s->policy.limit_bytes = bytes;
    else if (hr != E_INVALIDARG)
        fail(s, "%#lx for a limit", (unsigned long)(UINT32)hr);
}

static void set_machine(stress *s, const fuzz_op *op)
{
    hostmem_os_memory memory = {.load_percent = op->choice % 101, .total_physical = (UINT64)1 << 34};
    hostmem_os_job job = {.process_limit = op->size, .process_used = op->offset};
    memory.available_physical = memory.total_physical / 100 * (100 - memory.load_percent);
    sim_os_set_memory_status(s->sim, &memory);
    sim_os_set_job(s->sim, &job);
    sim_os_set_nodes(s->sim, 1 + op->slot, op->slot);
    sim_os_set_working_set(s->sim, (op->choice & 48u) << 12, (op->choice & 192u) << 12, 0);
    do_load(s);
}

/* One call is to fail, and only one: the library promises to leave things as they were when the system refuses it one thing,
 * not when it then refuses to take back what was to be undone. Locks that cannot be had, and places where a view would not
 * fit, are such refusals by themselves: where those are looked for, VirtualFree is not made to fail. */
static void fail_one_call(stress *s, const fuzz_op *op)
{
    static const UINT32 errors[] = {ERROR_NOT_ENOUGH_MEMORY, ERROR_COMMITMENT_LIMIT, ERROR_INVALID_ADDRESS,
                                    ERROR_ACCESS_DENIED, ERROR_WORKING_SET_QUOTA, ERROR_INVALID_PARAMETER,
                                    ERROR_NO_SYSTEM_RESOURCES, ERROR_INVALID_HANDLE};
    static const UINT32 kinds[] = {SIM_SET(SIM_VIRTUAL_ALLOC), SIM_SET(SIM_VIRTUAL_FREE), SIM_SET(SIM_VIRTUAL_QUERY),
                                   SIM_SET(SIM_VIRTUAL_PROTECT), SIM_SET(SIM_HEAP_CREATE), SIM_SET(SIM_HEAP_ALLOC),
                                   SIM_SET(SIM_HEAP_FREE), SIM_SET(SIM_TABLE_RESERVE), SIM_SET(SIM_TABLE_COMMIT),
                                   SIM_SET(SIM_OBJECT_ALLOC), SIM_SET(SIM_MEMORY_STATUS), SIM_SET(SIM_VIRTUAL_ALLOC_NODE),
                                   SIM_SET(SIM_CURRENT_NODE), SIM_SET(SIM_VIRTUAL_LOCK), SIM_SET(SIM_WORKING_SET_RAISE),
                                   SIM_ALL_KINDS};
    UINT32 kind = kinds[op->slot ? (op->choice >> 4) % 16u : 15u];
    if ((s->flags & HOSTMEM_LOCK_STRICT) || s->keeps_addresses)
        kind &= ~SIM_SET(SIM_VIRTUAL_FREE);
    sim_os_fail(s->sim, kind, (UINT32)(op->offset / FUZZ_PAGE % 16), 1, errors[op->size % 8]);
}

static void do_control(stress *s, const fuzz_op *op)
{
    s->done = TRUE;
    switch (op->choice % 16) {
    case 0:
    case 1:
        set_policy(s, op);
        break;
    case 2:
    case 3:
        set_limit(s, op);
        break;
    case 4:
        set_machine(s, op);
        break;
    case 5:
        sim_os_set_commit_limit(s->sim, op->choice & 16 ? op->size % ((SIZE_T)1 << 22) : 0);
        break;
    case 6:
        sim_os_set_reserve_limit(s->sim, op->choice & 16 ? op->size % ((SIZE_T)1 << 23) : 0);
        break;
    case 7:
        hostmem_set_clr_state(s->instance, op->choice & 16 ? HOSTMEM_CLR_NOT_AVAILABLE : HOSTMEM_CLR_AVAILABLE);
        break;
    case 8:
        do_view(s, op);
        break;
    case 9:
        do_load(s);
        break;
    default:
        fail_one_call(s, op);
        break;
    }
}

static void do_operation(stress *s, const fuzz_op *op)
{
    switch (op->kind) {
    case FUZZ_ALLOC:
        do_alloc(s, op);
        break;
    case FUZZ_FREE:
        do_free(s, op);
        break;
    case FUZZ_PROTECT:
        do_protect(s, op);
        break;
    case FUZZ_QUERY:
        do_query(s, op);
        break;
    case FUZZ_FOREIGN:
        do_foreign(s, op);
        break;
    case FUZZ_HEAP_CREATE:
        heap_create(s, op);
        break;
    case FUZZ_HEAP_RELEASE:
        heap_release(s, op->heap);
        break;
    case FUZZ_BLOCK_ALLOC:
        block_alloc(s, op);
        break;
    case FUZZ_BLOCK_FREE:
        block_free(s, op);
        break;
    case FUZZ_BLOCK_BAD_FREE:
        block_bad_free(s, op);
        break;
    case FUZZ_CONTROL:
        do_control(s, op);
        break;
    default:
        break;
    }
}

static void step(stress *s, const fuzz_op *op)
{
    sim_os_totals totals_before, totals_now;
    hostmem_stats before = look(s, &totals_before), now;
    s->done = FALSE;
    s->hr = S_OK;
    s->last_error = 0;
    do_operation(s, op);
    now = look(s, &totals_now);
    leave_out_reserve(&before, &totals_before);
    leave_out_reserve(&now, &totals_now);
    if (s->hr != S_OK)
        expect_no_change(s, &totals_before, &totals_now);
    expect_admission(s, op, &before, &now);
}

/* ---- The whole ---- */

static BOOL begin(stress *s, const UINT8 *flavour)
{
    static const UINT32 kinds_of_flags[8] = {0, 0, HOSTMEM_CHECKED, HOSTMEM_FREE_FOREIGN, HOSTMEM_LOCK_PAGES,
                                             HOSTMEM_LOCK_PAGES | HOSTMEM_LOCK_STRICT, HOSTMEM_NUMA,
                                             HOSTMEM_TOP_DOWN | HOSTMEM_NUMA | HOSTMEM_CHECKED};
    sim_os_config machine = {.arena_bytes = (SIZE_T)64 << 20};
    hostmem_config config = {.size = sizeof config};
    memset(s, 0, sizeof *s);
    s->sim = sim_os_create(&machine);
    s->os = sim_os_functions(s->sim);
    s->zone = sim_os_arena_base(s->sim) + machine.arena_bytes / 2;
    s->policy = (hostmem_budget_config){.size = sizeof s->policy,
                                        .flags = flavour[1] & 1 ? HOSTMEM_FAIL_FAST | HOSTMEM_NO_PROCESS_OVERDRAFT : 0,
                                        .limit_bytes = flavour[2] * 16384u};
    s->flags = kinds_of_flags[flavour[0] % 8];
    sim_os_set_nodes(s->sim, 2, flavour[3] & 1);
    config.flags = s->flags;
    config.os = s->os;
    config.numa_node = s->flags & HOSTMEM_NUMA ? (flavour[3] & 2 ? HOSTMEM_NUMA_CURRENT : 1) : 0;
    s->keeps_addresses = flavour[4] & 1;
    config.address_reserve_bytes = s->keeps_addresses ? 1u << 20 : 0;
    if (hostmem_budget_create(&s->policy, s->os, &s->budget) != S_OK)
        return fail(s, "no budget");
    config.budget = s->budget;
    if (hostmem_create(&config, &s->instance) != S_OK || hostmem_get_manager(s->instance, &s->manager) != S_OK)
        return fail(s, "no instance");
    return TRUE;
}

/* All but what the library keeps back for itself, which is freed with it: it is where nobody has asked for anything. */
static void release_one(void *context, const sim_os_run *run)
{
    stress *s = context;
    unsigned i = 0;
    while (i < FUZZ_LOOSE_SLOTS && s->loose[i] != run->base)
        i++;
    if (run->foreign || run->base != run->allocation_base || (i == FUZZ_LOOSE_SLOTS && run->base - s->zone >= FUZZ_ZONE_BYTES))
        return;
    if (IHostMemoryManager_VirtualFree(s->manager, (void *)run->base, 0, MEM_RELEASE) == S_OK)
        return;
    fail(s, "the reservation at zone%+lld cannot be released in the end", (long long)(run->base - s->zone));
}

static void end(stress *s)
{
    sim_os_totals totals;
    hostmem_stats stats;
    unsigned i;
    sim_os_fail(s->sim, 0, 0, 0, 0);
    if (s->instance) {
        for (i = 0; i < FUZZ_HEAPS; i++)
            heap_release(s, i);
        sim_os_walk(s->sim, release_one, s);
        stats = look(s, &totals);
        if (stats.reserved_bytes || stats.used_bytes)
            fail(s, "%llu bytes are still reserved and %llu used in the end", (unsigned long long)stats.reserved_bytes,
                 (unsigned long long)stats.used_bytes);
        hostmem_set_limit(s->instance, 0);
        IHostMemoryManager_Release(s->manager);
        if (hostmem_release(s->instance))
            fail(s, "something of the instance is left");
    }
    hostmem_budget_release(s->budget);
    if (!s->failed && !sim_os_check(s->sim, NULL))
        fail(s, "something is not given back");
    sim_os_destroy(s->sim);
}

SIZE_T stress_run(const UINT8 flavour[FUZZ_OP_BYTES], const UINT8 *bytes, SIZE_T count, BOOL show, char *message,
                  SIZE_T message_bytes)
{
    static stress s;
    SIZE_T i = 0;
    if (begin(&s, flavour)) {
        for (; i < count && !s.failed; i++) {
            fuzz_op op;
            char text[200];
            fuzz_op_decode(bytes + i * FUZZ_OP_BYTES, &op);
            if (op.kind == FUZZ_WRITE) /* of no use here, where much depends on what moves */
                op.kind = FUZZ_CONTROL;
            step(&s, &op);
            fuzz_op_text(&op, text, sizeof text);
            if (show && s.done)
                printf("  %2llu. %s\n        %#lx, last error %lu\n", (unsigned long long)i + 1, text, (unsigned long)(UINT32)s.hr,
                       (unsigned long)(s.last_error == POISON ? 0 : s.last_error));
        }
    }
    end(&s);
    snprintf(message, message_bytes, "%s", s.message);
    return s.failed ? (i ? i : 1) : 0;
}
