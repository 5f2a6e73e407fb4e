/* See stress.h. After every operation: the result is in the failure table, a failed operation has changed nothing,
 * out parameters are cleared, the last error is set, and every figure equals the machine's. At the end everything
 * can be freed. */
#include "stress.h"

#include <corerror.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stress_state.h"

#include <hostmem/inspect.h>

/* The header that hostmem puts before each block. */
#define BLOCK_HEAD MEMORY_ALLOCATION_ALIGNMENT

BOOL stress_fail(stress *s, const char *format, ...)
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

/* ---- Checks ---- */

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
        stress_fail(s, "the budget's use cannot be had: %#lx", (unsigned long)(UINT32)hr);
    for (i = 0; i < sizeof figures / sizeof *figures; i++) {
        if (figures[i].told != figures[i].seen)
            stress_fail(s, "%s: %llu told, %llu seen", figures[i].name, (unsigned long long)figures[i].told,
                        (unsigned long long)figures[i].seen);
    }
    if (stats->peak_committed_bytes < stats->committed_bytes || stats->peak_used_bytes < stats->used_bytes)
        stress_fail(s, "a peak is lower than what is in use");
}

/* Memory committed in views through the manager is in the figures, but foreign to the machine. The audit queries
 * the system for it; no call is made to fail meanwhile. */
static void add_views(stress *s, const hostmem_stats *stats, sim_os_totals *totals)
{
    hostmem_audit audit = {.size = sizeof audit};
    if (!s->view_count || stats->committed_bytes <= totals->committed_bytes)
        return;
    sim_os_fail(s->sim, 0, 0, 0, 0);
    if (hostmem_get_audit(s->instance, &audit) != S_OK)
        stress_fail(s, "no audit");
    totals->committed_bytes = audit.committed_bytes;
    totals->executable_bytes = audit.executable_bytes;
}

static hostmem_stats look(stress *s, sim_os_totals *totals)
{
    hostmem_stats stats = {.size = sizeof stats};
    if (hostmem_get_stats(s->instance, &stats) != S_OK)
        stress_fail(s, "no figures");
    sim_os_total(s->sim, totals);
    add_views(s, &stats, totals);
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

/* An admitted request leaves use below its limit, unless it was charged nothing. */
static void expect_admission(stress *s, const fuzz_op *op, const hostmem_stats *before, const hostmem_stats *now)
{
    BOOL overdraft = op->level == eProcessCritical && !(s->policy.flags & HOSTMEM_NO_PROCESS_OVERDRAFT);
    if ((op->kind == FUZZ_ALLOC || op->kind == FUZZ_BLOCK_ALLOC) && s->hr == S_OK && s->policy.limit_bytes &&
        !overdraft && now->used_bytes > before->used_bytes && now->used_bytes > limit_of(s, op->level))
        stress_fail(s, "admitted at level %d, though %llu bytes are in use then", op->level,
                    (unsigned long long)now->used_bytes);
    if (op->kind == FUZZ_ALLOC && s->done && s->hr == S_OK && (before->latched || before->clr_unavailable))
        stress_fail(s, "admitted although the CLR is not available");
}

/* It may be reserved again at any time: the address reserve is the library's own. */
static void leave_out_reserve(const hostmem_stats *stats, sim_os_totals *totals)
{
    totals->reserved_bytes -= stats->address_reserve_bytes;
    totals->reservations -= stats->address_reserve_bytes != 0;
}

static void expect_no_change(stress *s, const sim_os_totals *before, const sim_os_totals *now)
{
    sim_os_totals expected = *before;
    /* The library's own memory may stay: tables grow, and sites are kept. */
    expected.tables = now->tables;
    expected.table_reserved_bytes = now->table_reserved_bytes;
    expected.table_committed_bytes = now->table_committed_bytes;
    expected.objects = now->objects;
    expected.locked_bytes = now->locked_bytes;
    if (memcmp(&expected, now, sizeof expected))
        stress_fail(s, "a call that failed with %#lx has changed something", (unsigned long)(UINT32)s->hr);
}

void stress_before_call(stress *s)
{
    s->done = TRUE;
    s->os->set_last_error(s->os, STRESS_POISON);
}

void stress_after_call(stress *s, HRESULT hr)
{
    s->hr = hr;
    s->last_error = s->os->get_last_error(s->os);
    if (!is_in_table(s, hr))
        stress_fail(s, "%#lx is not in the failure table", (unsigned long)(UINT32)hr);
    if ((hr == S_OK) != (s->last_error == STRESS_POISON))
        stress_fail(s, "%#lx with last error %lu", (unsigned long)(UINT32)hr, (unsigned long)s->last_error);
}

static void step(stress *s, const fuzz_op *op)
{
    sim_os_totals totals_before, totals_now;
    hostmem_stats before = look(s, &totals_before), now;
    s->done = FALSE;
    s->hr = S_OK;
    s->last_error = 0;
    if (op->kind == FUZZ_CONTROL)
        stress_control(s, op);
    else
        stress_call(s, op);
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
    static const UINT32 kinds_of_flags[8] = {0,
                                             0,
                                             HOSTMEM_CHECKED,
                                             HOSTMEM_FREE_FOREIGN,
                                             HOSTMEM_LOCK_PAGES,
                                             HOSTMEM_LOCK_PAGES | HOSTMEM_LOCK_STRICT,
                                             HOSTMEM_NUMA,
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
        return stress_fail(s, "no budget");
    config.budget = s->budget;
    if (hostmem_create(&config, &s->instance) != S_OK || hostmem_get_manager(s->instance, &s->manager) != S_OK)
        return stress_fail(s, "no instance");
    return TRUE;
}

/* Everything except the address reserve, which is freed with the instance: it is where no operation has allocated. */
static void release_one(void *context, const sim_os_run *run)
{
    stress *s = context;
    unsigned i = 0;
    while (i < FUZZ_LOOSE_SLOTS && s->loose[i] != run->base)
        i++;
    if (run->foreign || run->base != run->allocation_base ||
        (i == FUZZ_LOOSE_SLOTS && run->base - s->zone >= FUZZ_ZONE_BYTES))
        return;
    if (IHostMemoryManager_VirtualFree(s->manager, (void *)run->base, 0, MEM_RELEASE) == S_OK)
        return;
    stress_fail(s, "the reservation at zone%+lld cannot be released in the end", (long long)(run->base - s->zone));
}

static void end(stress *s)
{
    sim_os_totals totals;
    hostmem_stats stats;
    unsigned i;
    sim_os_fail(s->sim, 0, 0, 0, 0);
    if (s->instance) {
        for (i = 0; i < FUZZ_HEAPS; i++)
            stress_heap_release(s, i);
        for (i = 0; i < s->view_count; i++)
            IHostMemoryManager_ReleasedVirtualAddressSpace(s->manager, (void *)s->views[i]);
        sim_os_walk(s->sim, release_one, s);
        stats = look(s, &totals);
        if (stats.reserved_bytes || stats.used_bytes)
            stress_fail(s, "%llu bytes are still reserved and %llu used in the end",
                        (unsigned long long)stats.reserved_bytes, (unsigned long long)stats.used_bytes);
        hostmem_set_limit(s->instance, 0);
        IHostMemoryManager_Release(s->manager);
        if (hostmem_release(s->instance))
            stress_fail(s, "something of the instance is left");
    }
    hostmem_budget_release(s->budget);
    if (!s->failed && !sim_os_check(s->sim, NULL))
        stress_fail(s, "something is not freed");
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
            if (op.kind == FUZZ_WRITE) /* of no use here */
                op.kind = FUZZ_CONTROL;
            step(&s, &op);
            fuzz_op_text(&op, text, sizeof text);
            if (show && s.done)
                printf("  %2llu. %s\n        %#lx, last error %lu\n", (unsigned long long)i + 1, text,
                       (unsigned long)(UINT32)s.hr, (unsigned long)(s.last_error == STRESS_POISON ? 0 : s.last_error));
        }
    }
    end(&s);
    snprintf(message, message_bytes, "%s", s.message);
    return s.failed ? (i ? i : 1) : 0;
}
