/* The sweep of sweep.h. The failure table is repeated here, because the library's own is under test. */
#include "sweep.h"

#include <string.h>

/* The last error before each call. */
#define MARK 0x2badcafeu

/* A block's cost in addition to its size: its header. */
#define HEAD_BYTES (2 * sizeof(void *))

/* ---- Reporting mistakes ---- */

static void complain(const sweep *s, const char *what, const char *call, const char *file, int line)
{
    print_error("%s:%d: %s, failing call %u%s with %u: %s: %s\n", file, line, s->scenario, (unsigned)s->skip + 1,
                s->times == 1 ? "" : " and all that follow", (unsigned)s->error, call, what);
    _fail(file, line);
}

/* ---- Comparing the figures with the system ---- */

static hostmem_stats stats_of(const sweep *s, unsigned index)
{
    hostmem_stats stats = {.size = sizeof stats};
    if (s->instances[index])
        hostmem_get_stats(s->instances[index], &stats);
    return stats;
}

typedef struct sums {
    UINT64 reserved, committed, executable, blocks, block_bytes, used;
} sums;

static sums sum_up(const sweep *s)
{
    sums all = {0};
    unsigned i;
    for (i = 0; i < 2; i++) {
        hostmem_stats stats = stats_of(s, i);
        all.reserved += stats.reserved_bytes + stats.address_reserve_bytes;
        all.committed += stats.committed_bytes;
        all.executable += stats.executable_bytes;
        all.blocks += stats.heap_blocks;
        all.block_bytes += stats.heap_bytes + stats.heap_blocks * HEAD_BYTES;
        all.used += stats.used_bytes;
    }
    return all;
}

static const char *untrue_figure(const sweep *s)
{
    sums all = sum_up(s);
    sim_os_totals truth;
    UINT64 used = 0;
    sim_os_total(s->sim, &truth);
    if (s->budget)
        hostmem_budget_get_use(s->budget, &used);
    return all.reserved != truth.reserved_bytes       ? "reserved_bytes differs from the system's"
           : all.committed != truth.committed_bytes   ? "committed_bytes differs from the system's"
           : all.executable != truth.executable_bytes ? "executable_bytes differs from the system's"
           : all.blocks != truth.heap_blocks          ? "heap_blocks differs from the system's"
           : all.block_bytes != truth.heap_bytes      ? "heap_bytes differs from the system's"
           : used != all.used                         ? "the budget's use is not the sum of its instances"
                                                      : NULL;
}

/* ---- Results ---- */

/* The result for the errors that a sweep makes the system return, and for the library's own. */
static HRESULT in_table(sweep_kind kind, UINT32 error)
{
    switch (error) {
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_COMMITMENT_LIMIT:
        return E_OUTOFMEMORY;
    case ERROR_INVALID_ADDRESS:
        return kind == SWEEP_REQUEST ? E_OUTOFMEMORY : E_INVALIDARG;
    case ERROR_ACCESS_DENIED:
        return E_ACCESSDENIED;
    case ERROR_TIMEOUT:
        return HOST_E_TIMEOUT;
    default:
        return S_FALSE; /* which is never a valid result */
    }
}

static const char *wrong_failure(const sweep *s, sweep_kind kind, HRESULT hr, UINT32 last_error)
{
    bool waited = s->waits && last_error == ERROR_TIMEOUT, refused = s->limited && last_error == ERROR_COMMITMENT_LIMIT;
    if (kind == SWEEP_SILENT)
        return hr == E_OUTOFMEMORY ? NULL : "a result that is not in the failure table";
    if (last_error != s->error && last_error != ERROR_NOT_ENOUGH_MEMORY && !waited && !refused)
        return "a last error that no call failed with";
    return hr == in_table(kind, last_error) ? NULL : "a result that is not in the failure table";
}

static const char *wrong_result(const sweep *s, sweep_kind kind, HRESULT expected, HRESULT hr, UINT32 last_error)
{
    UINT32 failed = sim_os_failed(s->sim);
    if ((hr == S_OK || kind == SWEEP_SILENT) && last_error != MARK)
        return "the last error was changed";
    if (hr == expected || (failed && hr == S_OK))
        return NULL;
    if (expected == E_INVALIDARG && hr == HOST_E_INVALIDOPERATION && last_error == ERROR_INVALID_ADDRESS)
        return NULL; /* the system cannot be expected to report the address as wrong, so there is nothing to free */
    if (failed == s->failed && !(failed && (s->limited || kind == SWEEP_SILENT)))
        return "a result without a cause";
    return wrong_failure(s, kind, hr, last_error);
}

/* The first figure of what is held that a failed call changed, or NULL. */
static const char *changed_figure(const sweep *s)
{
    unsigned i;
    for (i = 0; i < 2; i++) {
        hostmem_stats now = stats_of(s, i);
        const hostmem_stats *before = &s->before[i];
        if (now.reserved_bytes != before->reserved_bytes || now.committed_bytes != before->committed_bytes ||
            now.executable_bytes != before->executable_bytes || now.heap_bytes != before->heap_bytes ||
            now.heap_blocks != before->heap_blocks || now.mapped_bytes != before->mapped_bytes)
            return "failed, and changed something";
    }
    return NULL;
}

void sweep_begin(sweep *s)
{
    s->failed = sim_os_failed(s->sim);
    s->before[0] = stats_of(s, 0);
    s->before[1] = stats_of(s, 1);
    s->os->set_last_error(s->os, MARK);
}

HRESULT sweep_end(sweep *s, sweep_kind kind, HRESULT expected, HRESULT hr, const char *call, const char *file, int line)
{
    const char *wrong = wrong_result(s, kind, expected, hr, s->os->get_last_error(s->os));
    if (!wrong && hr != S_OK)
        wrong = changed_figure(s);
    if (!wrong)
        wrong = untrue_figure(s);
    if (wrong) {
        print_error("result %#x, last error %u, %u calls of the system failed\n", (unsigned)hr,
                    (unsigned)s->os->get_last_error(s->os), (unsigned)(sim_os_failed(s->sim) - s->failed));
        complain(s, wrong, call, file, line);
    }
    return hr;
}

/* ---- Steps of scenarios ---- */

/* Creation returns E_OUTOFMEMORY, whatever the system's error. */
static void check_creation(sweep *s, HRESULT hr, const void *out, const char *call)
{
    bool failed = sim_os_failed(s->sim) != s->failed;
    if (hr != S_OK && (hr != E_OUTOFMEMORY || !failed))
        complain(s, "a result without a cause", call, __FILE__, __LINE__);
    if ((hr == S_OK) != (out != NULL))
        complain(s, "the out parameter and the result differ", call, __FILE__, __LINE__);
}

HRESULT sweep_budget(sweep *s, hostmem_budget_config config)
{
    HRESULT hr;
    config.size = sizeof config;
    sweep_begin(s);
    hr = hostmem_budget_create(&config, s->os, &s->budget);
    check_creation(s, hr, s->budget, "hostmem_budget_create");
    s->limited = config.limit_bytes != 0;
    s->waits = config.wait_ms[0] != 0;
    return hr;
}

HRESULT sweep_instance(sweep *s, unsigned index, hostmem_config config)
{
    HRESULT hr;
    if (!s->budget)
        return E_OUTOFMEMORY;
    config.size = sizeof config;
    config.os = s->os;
    config.budget = s->budget;
    sweep_begin(s);
    hr = hostmem_create(&config, &s->instances[index]);
    check_creation(s, hr, s->instances[index], "hostmem_create");
    if (hr == S_OK)
        hostmem_get_manager(s->instances[index], &s->managers[index]);
    return hr;
}

/* out: NULL unless it succeeded. */
static bool alloc(sweep *s, unsigned owner, char *address, SIZE_T size, DWORD type, DWORD protect,
                  EMemoryCriticalLevel level, HRESULT expected, void **out)
{
    HRESULT hr = step(s, SWEEP_REQUEST, expected,
                      IHostMemoryManager_VirtualAlloc(s->managers[owner], address, size, type, protect, level, out));
    if ((hr == S_OK) != (*out != NULL))
        complain(s, "the out parameter and the result differ", "VirtualAlloc", __FILE__, __LINE__);
    if (hr == S_OK && (type & MEM_COMMIT) && protect == PAGE_READWRITE)
        ((volatile char *)(address ? address : *out))[size - 1] = 1; /* touch its last byte */
    return hr == S_OK;
}

bool sweep_new(sweep *s, unsigned region, SIZE_T size, DWORD type, DWORD protect, EMemoryCriticalLevel level,
               HRESULT expected)
{
    void *out = s;
    if (!s->managers[s->owner] || s->regions[region] ||
        !alloc(s, s->owner, NULL, size, type, protect, level, expected, &out))
        return false;
    s->regions[region] = out;
    s->owners[region] = s->owner;
    return true;
}

bool sweep_commit(sweep *s, unsigned region, SIZE_T offset, SIZE_T size, DWORD protect, HRESULT expected)
{
    void *out = s;
    return s->regions[region] && alloc(s, s->owners[region], s->regions[region] + offset, size, MEM_COMMIT, protect,
                                       eTaskCritical, expected, &out);
}

void sweep_reset(sweep *s, unsigned region)
{
    void *out = s;
    if (s->regions[region])
        alloc(s, s->owners[region], s->regions[region], SWEEP_PAGE, MEM_RESET, PAGE_READWRITE, eTaskCritical, S_OK,
              &out);
}

void sweep_free(sweep *s, unsigned region, SIZE_T offset, SIZE_T size, DWORD type)
{
    HRESULT hr;
    if (!s->regions[region])
        return;
    hr = step(s, SWEEP_CALL, S_OK,
              IHostMemoryManager_VirtualFree(s->managers[s->owners[region]], s->regions[region] + offset, size, type));
    if (hr == S_OK && type == MEM_RELEASE)
        s->regions[region] = NULL;
}

bool sweep_heap(sweep *s, unsigned heap, DWORD type)
{
    HRESULT hr;
    if (!s->managers[0])
        return false;
    s->heaps[heap] = (IHostMalloc *)(void *)s;
    hr = step(s, SWEEP_CALL, S_OK, IHostMemoryManager_CreateMalloc(s->managers[0], type, &s->heaps[heap]));
    if ((hr == S_OK) != (s->heaps[heap] != NULL))
        complain(s, "the out parameter and the result differ", "CreateMalloc", __FILE__, __LINE__);
    return hr == S_OK;
}

bool sweep_block(sweep *s, unsigned block, SIZE_T size, EMemoryCriticalLevel level, bool debug, HRESULT expected)
{
    static char file[] = "sweep.c";
    HRESULT hr;
    if (!s->heaps[0] || s->blocks[block])
        return false;
    s->blocks[block] = s;
    hr = debug ? step(s, SWEEP_CALL, expected,
                      IHostMalloc_DebugAlloc(s->heaps[0], size, level, file, (int)block, &s->blocks[block]))
               : step(s, SWEEP_CALL, expected, IHostMalloc_Alloc(s->heaps[0], size, level, &s->blocks[block]));
    if ((hr == S_OK) != (s->blocks[block] != NULL))
        complain(s, "the out parameter and the result differ", "Alloc", __FILE__, __LINE__);
    if (hr == S_OK)
        memset(s->blocks[block], 0xcd, size);
    return hr == S_OK;
}

void sweep_free_block(sweep *s, unsigned block)
{
    if (s->blocks[block] && step(s, SWEEP_CALL, S_OK, IHostMalloc_Free(s->heaps[0], s->blocks[block])) == S_OK)
        s->blocks[block] = NULL;
}

/* ---- Runs ---- */

static void give_everything_back(sweep *s)
{
    unsigned i;
    for (i = 0; i < SWEEP_MOST; i++) {
        sweep_free(s, i, 0, 0, MEM_RELEASE);
        if (i % 2)
            sweep_free_block(s, i); /* the others are freed with their heap */
    }
    for (i = 0; i < SWEEP_MOST; i++) {
        if (s->heaps[i])
            IHostMalloc_Release(s->heaps[i]);
    }
    if (s->foreign) {
        if (s->managers[0])
            IHostMemoryManager_ReleasedVirtualAddressSpace(s->managers[0], s->foreign);
        sim_os_remove_foreign(s->sim, s->foreign);
    }
    for (i = 0; i < 2; i++) {
        hostmem_stats rest = stats_of(s, i);
        if (rest.reserved_bytes || rest.committed_bytes || rest.executable_bytes || rest.mapped_bytes ||
            rest.heap_bytes || rest.heap_blocks || rest.used_bytes)
            complain(s, "the figures are not those of the start", "the end", __FILE__, __LINE__);
    }
}

static void take_apart(sweep *s)
{
    unsigned i;
    if (s->control)
        IHostControl_Release(s->control);
    for (i = 0; i < 2; i++) {
        if (s->managers[i])
            IHostMemoryManager_Release(s->managers[i]);
        if (hostmem_release(s->instances[i]))
            complain(s, "an object is left", "hostmem_release", __FILE__, __LINE__);
    }
    if (s->budget && hostmem_budget_release(s->budget))
        complain(s, "a reference is left", "hostmem_budget_release", __FILE__, __LINE__);
    if (!sim_os_await_threads_running(s->sim, 0, 20000))
        complain(s, "a thread goes on", "the end", __FILE__, __LINE__);
    if (!sim_os_check(s->sim, NULL))
        complain(s, "something was not given back", "the end", __FILE__, __LINE__);
}

/* Returns how many calls were made to fail. */
static UINT32 run(sweep *s, const sweep_plan *plan, UINT32 kinds)
{
    const sim_os_config config = {.arena_bytes = (SIZE_T)32 << 20, .real_time = plan->real_time};
    const char *wrong;
    UINT32 failed;
    s->sim = sim_os_create(&config);
    s->os = sim_os_functions(s->sim);
    sim_os_fail(s->sim, kinds, s->skip, s->times, s->error);
    plan->scenario(s);
    failed = sim_os_failed(s->sim);
    wrong = untrue_figure(s);
    if (wrong)
        complain(s, wrong, "the end", __FILE__, __LINE__);
    sim_os_fail(s->sim, 0, 0, 0, 0);
    give_everything_back(s);
    take_apart(s);
    sim_os_destroy(s->sim);
    return failed;
}

/* The kinds of calls that fail. Freeing what was just allocated, and querying it, does not fail on Windows. A
 * single such failure is handled; but if all of them failed something would inevitably be left. */
static UINT32 kinds_of(const sweep_plan *plan, bool forever)
{
    UINT32 kinds = SIM_ALL_KINDS;
    if (plan->own_probes || forever)
        kinds &= ~SIM_SET(SIM_VIRTUAL_FREE);
    if (forever)
        kinds &= ~(SIM_SET(SIM_VIRTUAL_QUERY) | SIM_SET(SIM_HEAP_FREE));
    return kinds;
}

void sweep_run(const sweep_plan *plan)
{
    static const UINT32 errors[] = {ERROR_COMMITMENT_LIMIT, ERROR_ACCESS_DENIED, ERROR_INVALID_ADDRESS};
    unsigned error, forever;
    UINT32 runs = 0;
    for (forever = 0; forever < 2; forever++) {
        for (error = 0; error < sizeof errors / sizeof *errors; error++) {
            UINT32 skip = 0, failed;
            do {
                sweep s = {
                    .scenario = plan->name, .skip = skip++, .times = forever ? SIM_FOREVER : 1, .error = errors[error]};
                failed = run(&s, plan, kinds_of(plan, forever));
                runs++;
            } while (failed);
            if (skip - 1 < plan->least)
                fail_msg("%s makes only %u calls that can fail", plan->name, (unsigned)skip - 1);
        }
    }
    print_message("%s: %u runs\n", plan->name, (unsigned)runs);
}
