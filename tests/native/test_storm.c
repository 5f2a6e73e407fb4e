/* A storm: threads make random calls through the COM interfaces at the same time, each on its own ranges and blocks
 * and all on some shared ones, while the limit is set and removed. Whenever they pause the figures must equal the
 * simulated operating system's; at the end they must be those of the start.
 *
 * HOSTMEM_STORM_SEED repeats a run's choices (not its interleaving), HOSTMEM_STORM_CALLS makes it longer. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#include <corerror.h>

#include "sim_os.h"

#include <cmocka.h>

enum {
    THREADS = 4,
    ROUNDS = 6,
    CALLS = 4000,      /* of a thread in a round */
    REGIONS = 8,       /* of a thread */
    REGION_PAGES = 96, /* at most */
    BLOCKS = 64,       /* of a thread */
    VIEWS = 4,         /* of a thread */
    CONTESTED = 8,     /* addresses that all threads reserve and release */
    LOOSE = 16,        /* blocks that all threads free */
    LOOSE_BYTES = 40,
    COMMON_PAGES = 256, /* of the reservation that all threads commit, or decommit, in alternate rounds */
};

#define PAGE ((SIZE_T)4096)
#define LIMIT ((UINT64)1 << 20) /* so small that it is often reached */
#define MARK 0xbeefu            /* a last error that success must not change */

typedef struct region {
    char *base; /* NULL: not reserved */
    SIZE_T pages;
    struct {
        UINT32 protect; /* 0: not committed */
        UINT32 stamp;   /* the value of its first word */
    } page[REGION_PAGES];
} region;

typedef struct block {
    unsigned char *memory;
    SIZE_T size;
    unsigned char fill;
} block;

/* What the threads share. */
typedef struct storm {
    sim_os *sim;
    hostmem_os *os;
    hostmem *instance;
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    IHostMalloc *loose_heap; /* its blocks are freed by whichever thread is first */
    void *foreign;           /* a foreign region */
    char *contested;         /* an address above all allocations without an address */
    char *common;            /* the base of the common reservation */
    BOOL common_grows;       /* it is committed in this round, and decommitted in the next */
    _Atomic(void *) loose[LOOSE];
    atomic_long contested_reserved; /* successes: reservations minus releases */
    atomic_long loose_live;         /* successes: allocations minus frees */
    atomic_long refusals;
    atomic_long races_lost;
    atomic_bool stop; /* a thread has found a mistake */
} storm;

typedef struct worker worker;

struct worker {
    storm *shared;
    pthread_t thread;
    UINT64 random;
    long calls;
    void (*const *actions)(worker *self);
    SIZE_T action_count;
    region regions[REGIONS];
    block blocks[BLOCKS];
    void *views[VIEWS]; /* foreign regions of PAGE * (index + 1) bytes */
    BOOL announced[VIEWS];
    ICLRMemoryNotificationCallback callback;
    atomic_long callback_references;
    const char *fault; /* the first mistake; only the main thread may assert */
    HRESULT fault_result;
};

typedef struct fixture {
    storm shared;
    worker workers[THREADS];
} fixture;

/* ---- Helpers ---- */

static UINT64 next_random(worker *self)
{
    self->random ^= self->random << 13;
    self->random ^= self->random >> 7;
    self->random ^= self->random << 17;
    return self->random >> 11;
}

static SIZE_T below(worker *self, SIZE_T limit)
{
    return (SIZE_T)(next_random(self) % limit);
}

static void require(worker *self, BOOL good, const char *what, HRESULT hr)
{
    if (!good && self->fault == NULL) {
        self->fault = what;
        self->fault_result = hr;
        atomic_store(&self->shared->stop, TRUE);
    }
}

static EMemoryCriticalLevel any_level(worker *self)
{
    return (EMemoryCriticalLevel)below(self, 3);
}

static void begin(worker *self)
{
    self->shared->os->set_last_error(self->shared->os, MARK);
}

/* Checks what applies to every call: success does not change the last error, failure sets it. */
static HRESULT end(worker *self, HRESULT hr)
{
    UINT32 error = self->shared->os->get_last_error(self->shared->os);
    require(self, (hr == S_OK) == (error == MARK), "the last error", hr);
    return hr;
}

/* The same for a request: it may be refused for lack of memory, and returns NULL then. */
static BOOL granted(worker *self, HRESULT hr, const void *out)
{
    end(self, hr);
    require(self, hr == S_OK || hr == E_OUTOFMEMORY, "the result of a request", hr);
    require(self, (hr == S_OK) == (out != NULL), "the out parameter of a request", hr);
    /* An address that another thread has is not a lack of memory. */
    if (hr == E_OUTOFMEMORY && self->shared->os->get_last_error(self->shared->os) != ERROR_INVALID_ADDRESS) {
        atomic_fetch_add(&self->shared->refusals, 1);
    }
    return hr == S_OK;
}

/* ---- A thread's own regions, whose pages are all known ---- */

static UINT32 any_protect(worker *self)
{
    static const UINT32 choices[] = {
        PAGE_READWRITE, PAGE_READWRITE,         PAGE_READONLY,     PAGE_NOACCESS,
        PAGE_EXECUTE,   PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_READ, PAGE_READWRITE | PAGE_GUARD};
    return choices[below(self, sizeof choices / sizeof choices[0])];
}

static void check_page(worker *self, region *r, SIZE_T page)
{
    UINT32 protect = r->page[page].protect;
    UINT32 *word = (UINT32 *)(void *)(r->base + page * PAGE);
    if (protect == 0 || protect == PAGE_NOACCESS || (protect & PAGE_GUARD)) {
        return;
    }
    require(self, *word == r->page[page].stamp, "the content of a page", 0);
    if (protect == PAGE_READWRITE || protect == PAGE_EXECUTE_READWRITE) {
        r->page[page].stamp = (UINT32)next_random(self);
        *word = r->page[page].stamp;
    }
}

static void reserve(worker *self, region *r)
{
    static const UINT32 types[] = {MEM_RESERVE, MEM_RESERVE | MEM_WRITE_WATCH, MEM_RESERVE | MEM_COMMIT, MEM_COMMIT};
    UINT32 type = types[below(self, sizeof types / sizeof types[0])];
    UINT32 protect = any_protect(self);
    SIZE_T size = 1 + below(self, REGION_PAGES * PAGE);
    void *out = self;
    begin(self);
    HRESULT hr = IHostMemoryManager_VirtualAlloc(self->shared->manager, NULL, size, type, protect, any_level(self),
                                                 &out);
    if (!granted(self, hr, out)) {
        return;
    }
    *r = (region){.base = out, .pages = (size + PAGE - 1) / PAGE};
    for (SIZE_T i = 0; i < r->pages && (type & MEM_COMMIT); i++) {
        r->page[i].protect = protect;
    }
}

/* Bytes of a region, usually not on page boundaries. */
typedef struct byte_range {
    char *start;
    SIZE_T size;
    SIZE_T first; /* pages */
    SIZE_T last;
} byte_range;

static byte_range any_range(worker *self, const region *r)
{
    SIZE_T from = below(self, r->pages * PAGE);
    SIZE_T size = 1 + below(self, r->pages * PAGE - from);
    return (byte_range){r->base + from, size, from / PAGE, (from + size - 1) / PAGE};
}

static void commit(worker *self, region *r)
{
    byte_range range = any_range(self, r);
    UINT32 protect = any_protect(self);
    void *out = self;
    begin(self);
    HRESULT hr = IHostMemoryManager_VirtualAlloc(self->shared->manager, range.start, range.size, MEM_COMMIT, protect,
                                                 any_level(self), &out);
    if (!granted(self, hr, out)) {
        return;
    }
    require(self, out == r->base + range.first * PAGE, "where the commit began", hr);
    for (SIZE_T i = range.first; i <= range.last; i++) {
        r->page[i].protect = protect;
        check_page(self, r, i);
    }
}

static void decommit(worker *self, region *r)
{
    byte_range range = any_range(self, r);
    if (below(self, 8) == 0) {
        range = (byte_range){r->base, 0, 0, r->pages - 1};
    }
    begin(self);
    HRESULT hr = end(self,
                     IHostMemoryManager_VirtualFree(self->shared->manager, range.start, range.size, MEM_DECOMMIT));
    require(self, hr == S_OK, "decommit", hr);
    for (SIZE_T i = range.first; i <= range.last; i++) {
        r->page[i].protect = 0;
        r->page[i].stamp = 0;
    }
}

static void protect(worker *self, region *r)
{
    byte_range range = any_range(self, r);
    UINT32 new_protect = any_protect(self);
    DWORD old = MARK;
    BOOL all_committed = TRUE;
    for (SIZE_T i = range.first; i <= range.last; i++) {
        all_committed = all_committed && r->page[i].protect != 0;
    }
    begin(self);
    HRESULT hr = end(
        self, IHostMemoryManager_VirtualProtect(self->shared->manager, range.start, range.size, new_protect, &old));
    require(self, hr == (all_committed ? S_OK : E_INVALIDARG), "protect", hr);
    require(self, old == (all_committed ? r->page[range.first].protect : 0), "the old protection", hr);
    for (SIZE_T i = range.first; all_committed && i <= range.last; i++) {
        r->page[i].protect = new_protect;
        check_page(self, r, i);
    }
}

static void query(worker *self, region *r)
{
    byte_range range = any_range(self, r);
    MEMORY_BASIC_INFORMATION found;
    SIZE_T written = 0;
    begin(self);
    HRESULT hr = end(
        self, IHostMemoryManager_VirtualQuery(self->shared->manager, range.start, &found, sizeof found, &written));
    require(self, hr == S_OK && written == sizeof found, "query", hr);
    require(self, found.AllocationBase == r->base && found.Protect == r->page[range.first].protect, "what query found",
            hr);
}

static void release(worker *self, region *r)
{
    for (SIZE_T i = 0; i < r->pages; i++) {
        check_page(self, r, i);
    }
    begin(self);
    HRESULT hr = end(self, IHostMemoryManager_VirtualFree(self->shared->manager, r->base, 0, MEM_RELEASE));
    require(self, hr == S_OK, "release", hr);
    r->base = NULL;
}

static void use_a_region(worker *self)
{
    static void (*const actions[])(worker *, region *) = {commit,  commit,  commit, decommit,
                                                          protect, protect, query,  release};
    region *r = &self->regions[below(self, REGIONS)];
    if (r->base == NULL) {
        reserve(self, r);
    } else {
        actions[below(self, sizeof actions / sizeof actions[0])](self, r);
    }
}

/* ---- A thread's own blocks ---- */

static void free_block(worker *self, block *b)
{
    for (SIZE_T i = 0; i < b->size; i++) {
        require(self, b->memory[i] == b->fill, "the content of a block", 0);
    }
    begin(self);
    HRESULT hr = end(self, IHostMalloc_Free(self->shared->heap, b->memory));
    require(self, hr == S_OK, "free", hr);
    b->memory = NULL;
}

static void use_a_block(worker *self)
{
    char file[] = __FILE__;
    block *b = &self->blocks[below(self, BLOCKS)];
    void *out = self;
    HRESULT hr;
    if (b->memory != NULL) {
        free_block(self, b);
        return;
    }
    SIZE_T size = below(self, below(self, 16) == 0 ? 20000 : 200);
    begin(self);
    if (below(self, 4) == 0) {
        int line = __LINE__ + (int)below(self, 10);
        hr = IHostMalloc_DebugAlloc(self->shared->heap, size, any_level(self), file, line, &out);
    } else {
        hr = IHostMalloc_Alloc(self->shared->heap, size, any_level(self), &out);
    }
    if (granted(self, hr, out)) {
        *b = (block){.memory = out, .size = size, .fill = (unsigned char)next_random(self)};
        memset(out, b->fill, size);
    }
}

/* A heap that is released with live blocks. */
static void use_a_short_lived_heap(worker *self)
{
    DWORD type = (DWORD)below(self, 4);
    IHostMalloc *heap = NULL;
    begin(self);
    HRESULT hr = IHostMemoryManager_CreateMalloc(self->shared->manager, type, &heap);
    if (!granted(self, hr, heap)) {
        return;
    }
    for (SIZE_T i = below(self, 4); i > 0; i--) {
        void *out = self;
        begin(self);
        hr = IHostMalloc_Alloc(heap, below(self, 300), any_level(self), &out);
        granted(self, hr, out);
    }
    require(self, IHostMalloc_Release(heap) == 0, "the references of a heap", 0);
}

/* ---- Foreign and shared memory ---- */

static void free_what_is_not_ours(worker *self)
{
    storm *shared = self->shared;
    const block *b = &self->blocks[below(self, BLOCKS)];
    UINT_PTR inside = b->size > 16 ? (UINT_PTR)b->memory : 0; /* the next block may begin behind a smaller one */
    void *not_bases[] = {shared->foreign, &shared->heap, NULL, self, self->views[0]};
    void *not_blocks[] = {shared->foreign, self, (void *)(inside + 16), (void *)(inside + 1), shared->common};
    HRESULT hr;
    begin(self);
    if (below(self, 2) == 0) {
        UINT32 type = below(self, 2) == 0 ? MEM_RELEASE : MEM_DECOMMIT;
        hr = IHostMemoryManager_VirtualFree(shared->manager, not_bases[below(self, 5)], 0, type);
    } else {
        hr = IHostMalloc_Free(shared->heap, not_blocks[below(self, 5)]);
    }
    end(self, hr);
    require(self, hr == HOST_E_INVALIDOPERATION, "freeing what is not ours", hr);
}

/* All threads reserve and release the same addresses. The losing thread gets the result for a foreign pointer. */
static void contest_a_place(worker *self)
{
    storm *shared = self->shared;
    char *place = shared->contested + below(self, CONTESTED) * 0x20000;
    void *out = self;
    HRESULT hr;
    begin(self);
    if (below(self, 2) == 0) {
        UINT32 type = below(self, 2) == 0 ? MEM_RESERVE : MEM_RESERVE | MEM_COMMIT;
        hr = IHostMemoryManager_VirtualAlloc(shared->manager, place, 0x11000, type, PAGE_EXECUTE_READWRITE,
                                             any_level(self), &out);
        if (granted(self, hr, out)) {
            atomic_fetch_add(&shared->contested_reserved, 1);
        }
    } else {
        hr = end(self, IHostMemoryManager_VirtualFree(shared->manager, place, 0, MEM_RELEASE));
        require(self, hr == S_OK || hr == HOST_E_INVALIDOPERATION, "releasing a contested place", hr);
        atomic_fetch_add(hr == S_OK ? &shared->contested_reserved : &shared->races_lost, hr == S_OK ? -1 : 1);
    }
}

/* All threads free the same blocks: each is freed once, by any thread. The address may already belong to a new
 * block: then that one is freed. The content of these blocks is not checked. */
static void free_a_loose_block(worker *self)
{
    storm *shared = self->shared;
    _Atomic(void *) *slot = &shared->loose[below(self, LOOSE)];
    void *out = atomic_load(slot);
    HRESULT hr;
    begin(self);
    if (out != NULL && below(self, 4) != 0) {
        hr = end(self, IHostMalloc_Free(shared->loose_heap, out));
        require(self, hr == S_OK || hr == HOST_E_INVALIDOPERATION, "freeing a loose block", hr);
        atomic_fetch_add(hr == S_OK ? &shared->loose_live : &shared->races_lost, hr == S_OK ? -1 : 1);
        return;
    }
    hr = IHostMalloc_Alloc(shared->loose_heap, LOOSE_BYTES, any_level(self), &out);
    if (granted(self, hr, out)) {
        atomic_fetch_add(&shared->loose_live, 1);
        void *former = atomic_exchange(slot, out);
        if (former != NULL) {
            hr = IHostMalloc_Free(shared->loose_heap, former);
            require(self, hr == S_OK || hr == HOST_E_INVALIDOPERATION, "freeing a former loose block", hr);
            atomic_fetch_add(&shared->loose_live, hr == S_OK ? -1 : 0);
        }
    }
}

/* All threads commit overlapping pages of the common reservation, or all decommit them. */
static void use_the_common_region(worker *self)
{
    storm *shared = self->shared;
    SIZE_T page = below(self, COMMON_PAGES);
    SIZE_T size = PAGE * (1 + below(self, COMMON_PAGES - page));
    char *start = shared->common + page * PAGE;
    begin(self);
    if (shared->common_grows) {
        void *out = self;
        HRESULT hr = IHostMemoryManager_VirtualAlloc(shared->manager, start, size, MEM_COMMIT, PAGE_READWRITE,
                                                     any_level(self), &out);
        granted(self, hr, out);
    } else {
        HRESULT hr = end(self, IHostMemoryManager_VirtualFree(shared->manager, start, size, MEM_DECOMMIT));
        require(self, hr == S_OK, "decommit of common pages", hr);
    }
}

/* ---- Reports and queries of the CLR ---- */

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(ICLRMemoryNotificationCallback *iface, REFIID riid, void **out)
{
    (void)iface;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(ICLRMemoryNotificationCallback *iface)
{
    return (ULONG)atomic_fetch_add(&CONTAINING_RECORD(iface, worker, callback)->callback_references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE callback_Release(ICLRMemoryNotificationCallback *iface)
{
    return (ULONG)atomic_fetch_sub(&CONTAINING_RECORD(iface, worker, callback)->callback_references, 1) - 1;
}

static HRESULT STDMETHODCALLTYPE callback_OnMemoryNotification(ICLRMemoryNotificationCallback *iface,
                                                               EMemoryAvailable level)
{
    (void)iface;
    (void)level;
    return S_OK;
}

static ICLRMemoryNotificationCallbackVtbl callback_vtbl = {
    .QueryInterface = callback_QueryInterface,
    .AddRef = callback_AddRef,
    .Release = callback_Release,
    .OnMemoryNotification = callback_OnMemoryNotification,
};

static void announce_a_view(worker *self)
{
    SIZE_T i = below(self, VIEWS);
    HRESULT hr;
    begin(self);
    if (self->announced[i] && below(self, 2) == 0) {
        hr = IHostMemoryManager_ReleasedVirtualAddressSpace(self->shared->manager, self->views[i]);
        self->announced[i] = FALSE;
    } else {
        SIZE_T size = below(self, 2) == 0 ? 0 : PAGE * (i + 1); /* both mean the whole view */
        hr = IHostMemoryManager_AcquiredVirtualAddressSpace(self->shared->manager, self->views[i], size);
        self->announced[i] = TRUE;
    }
    end(self, hr);
    require(self, hr == S_OK, "announcing a view", hr);
}

static void ask_or_tell(worker *self)
{
    storm *shared = self->shared;
    hostmem_stats stats = {.size = sizeof stats};
    IHostMemoryManager *same = NULL;
    SIZE_T available = 0;
    DWORD load = MARK;
    HRESULT hr = S_OK;
    begin(self);
    switch (below(self, 5)) {
    case 0:
        hr = IHostMemoryManager_GetMemoryLoad(shared->manager, &load, &available);
        require(self, load <= 100, "the memory load", hr);
        break;
    case 1:
        hr = IHostMemoryManager_RegisterMemoryNotificationCallback(shared->manager, &self->callback);
        break;
    case 2:
        hr = hostmem_set_limit(shared->instance, below(self, 2) == 0 ? 0 : LIMIT);
        break;
    case 3:
        hr = hostmem_get_stats(shared->instance, &stats);
        break;
    default:
        hr = IHostMemoryManager_QueryInterface(shared->manager, &IID_IHostMemoryManager, (void **)&same);
        require(self, same == shared->manager, "QueryInterface", hr);
        IHostMemoryManager_Release(shared->manager);
        break;
    }
    end(self, hr);
    require(self, hr == S_OK, "asking or telling", hr);
}

/* What a thread does: one of these at a time, chosen at random. */
typedef void action(worker *self);

static action *const everything[] = {
    use_a_region,          use_a_region,       use_a_region,          use_a_region,
    use_a_region,          use_a_block,        use_a_block,           use_a_block,
    use_a_block,           contest_a_place,    announce_a_view,       ask_or_tell,
    free_a_loose_block,    free_a_loose_block, use_the_common_region, use_a_short_lived_heap,
    free_what_is_not_ours,
};
static action *const what_is_contested[] = {contest_a_place, contest_a_place, contest_a_place, free_a_loose_block};

static void *run(void *context)
{
    worker *self = context;
    for (long i = 0; i < self->calls && !atomic_load(&self->shared->stop); i++) {
        self->actions[below(self, self->action_count)](self);
    }
    return NULL;
}

/* ---- Checks while the threads pause ---- */

static void expect(const char *figure, UINT64 is, UINT64 wanted)
{
    if (is != wanted) {
        fail_msg("%s is %llu instead of %llu", figure, (unsigned long long)is, (unsigned long long)wanted);
    }
}

static hostmem_stats read_stats(const storm *shared)
{
    hostmem_stats stats = {.size = sizeof stats};
    assert_int_equal(hostmem_get_stats(shared->instance, &stats), S_OK);
    return stats;
}

/* Compares the figures with the operating system's, and with what the threads remember. */
static void expect_exact_figures(const storm *shared, const worker *workers)
{
    hostmem_stats stats = read_stats(shared);
    sim_os_totals truth;
    UINT64 heap_bytes = (UINT64)atomic_load(&shared->loose_live) * LOOSE_BYTES;
    UINT64 heap_blocks = (UINT64)atomic_load(&shared->loose_live);
    UINT64 mapped = 0;
    UINT64 reserved = COMMON_PAGES * PAGE + (UINT64)atomic_load(&shared->contested_reserved) * 0x11000;
    for (int t = 0; t < THREADS; t++) {
        for (int i = 0; i < REGIONS; i++) {
            reserved += workers[t].regions[i].base != NULL ? workers[t].regions[i].pages * PAGE : 0;
        }
        for (int i = 0; i < BLOCKS; i++) {
            heap_bytes += workers[t].blocks[i].memory != NULL ? workers[t].blocks[i].size : 0;
            heap_blocks += workers[t].blocks[i].memory != NULL ? 1 : 0;
        }
        for (int i = 0; i < VIEWS; i++) {
            mapped += workers[t].announced[i] ? PAGE * (UINT64)(i + 1) : 0;
        }
    }
    sim_os_total(shared->sim, &truth);
    expect("reserved_bytes", stats.reserved_bytes, truth.reserved_bytes);
    expect("reserved_bytes", stats.reserved_bytes, reserved);
    expect("committed_bytes", stats.committed_bytes, truth.committed_bytes);
    expect("executable_bytes", stats.executable_bytes, truth.executable_bytes);
    expect("heap_blocks", stats.heap_blocks, truth.heap_blocks);
    expect("heap_blocks", stats.heap_blocks, heap_blocks);
    expect("heap_bytes", stats.heap_bytes, heap_bytes);
    expect("mapped_bytes", stats.mapped_bytes, mapped);
    expect("used_bytes", stats.used_bytes, stats.committed_bytes + stats.heap_bytes);
    assert_true(stats.peak_committed_bytes >= stats.committed_bytes);
    assert_true(stats.peak_used_bytes >= stats.used_bytes);
    expect("refused", stats.refused[0] + stats.refused[1] + stats.refused[2], (UINT64)atomic_load(&shared->refusals));
}

static void run_round(worker *workers)
{
    for (int t = 0; t < THREADS; t++) {
        assert_int_equal(pthread_create(&workers[t].thread, NULL, run, &workers[t]), 0);
    }
    for (int t = 0; t < THREADS; t++) {
        assert_int_equal(pthread_join(workers[t].thread, NULL), 0);
    }
    for (int t = 0; t < THREADS; t++) {
        if (workers[t].fault != NULL) {
            fail_msg("thread %d: %s (result %#lx)", t, workers[t].fault,
                     (unsigned long)(UINT32)workers[t].fault_result);
        }
    }
}

static void release_all(storm *shared, worker *workers)
{
    for (int t = 0; t < THREADS; t++) {
        worker *self = &workers[t];
        for (int i = 0; i < REGIONS; i++) {
            if (self->regions[i].base != NULL) {
                release(self, &self->regions[i]);
            }
        }
        for (int i = 0; i < BLOCKS; i++) {
            if (self->blocks[i].memory != NULL) {
                free_block(self, &self->blocks[i]);
            }
        }
        for (int i = 0; i < VIEWS; i++) {
            assert_int_equal(IHostMemoryManager_ReleasedVirtualAddressSpace(shared->manager, self->views[i]), S_OK);
        }
        assert_null(self->fault);
    }
    for (int i = 0; i < CONTESTED; i++) {
        HRESULT hr = IHostMemoryManager_VirtualFree(shared->manager, shared->contested + i * 0x20000, 0, MEM_RELEASE);
        atomic_fetch_sub(&shared->contested_reserved, hr == S_OK ? 1 : 0);
    }
    assert_int_equal(atomic_load(&shared->contested_reserved), 0);
    for (int i = 0; i < LOOSE; i++) {
        HRESULT hr = IHostMalloc_Free(shared->loose_heap, atomic_load(&shared->loose[i]));
        atomic_fetch_sub(&shared->loose_live, hr == S_OK && atomic_load(&shared->loose[i]) != NULL ? 1 : 0);
    }
    assert_int_equal(atomic_load(&shared->loose_live), 0);
    assert_int_equal(IHostMemoryManager_VirtualFree(shared->manager, shared->common, 0, MEM_RELEASE), S_OK);
}

static void create(storm *shared, worker *workers, UINT64 seed)
{
    static const sim_os_config machine = {.arena_bytes = (SIZE_T)1 << 30};
    hostmem_config config = {.size = sizeof config};
    void *common = NULL;
    shared->sim = sim_os_create(&machine);
    shared->os = sim_os_functions(shared->sim);
    config.os = shared->os;
    shared->foreign = sim_os_add_foreign(shared->sim, NULL, 0x10000, TRUE, PAGE_READWRITE);
    shared->contested = (char *)sim_os_arena_base(shared->sim) + sim_os_arena_bytes(shared->sim) / 2;
    assert_int_equal(hostmem_create(&config, &shared->instance), S_OK);
    assert_int_equal(hostmem_get_manager(shared->instance, &shared->manager), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(shared->manager, MALLOC_THREADSAFE, &shared->heap), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(shared->manager, MALLOC_THREADSAFE, &shared->loose_heap), S_OK);
    for (int t = 0; t < THREADS; t++) {
        worker *self = &workers[t];
        self->shared = shared;
        self->random = seed * 0x9e3779b97f4a7c15u + (UINT64)t + 1;
        self->callback.lpVtbl = &callback_vtbl;
        for (SIZE_T i = 0; i < VIEWS; i++) {
            self->views[i] = sim_os_add_foreign(shared->sim, NULL, PAGE * (i + 1), TRUE, PAGE_READONLY);
        }
    }
    assert_int_equal(IHostMemoryManager_VirtualAlloc(shared->manager, NULL, COMMON_PAGES * PAGE, MEM_RESERVE,
                                                     PAGE_READWRITE, eTaskCritical, &common),
                     S_OK);
    shared->common = common;
}

static UINT64 from_environment(const char *name, UINT64 otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

static void storm_with(fixture *all, action *const *actions, SIZE_T action_count)
{
    UINT64 seed = from_environment("HOSTMEM_STORM_SEED", (UINT64)time(NULL));
    long calls = (long)from_environment("HOSTMEM_STORM_CALLS", CALLS);
    storm *shared = &all->shared;
    worker *workers = all->workers;
    print_message("HOSTMEM_STORM_SEED=%llu\n", (unsigned long long)seed);
    create(shared, workers, seed);
    for (int t = 0; t < THREADS; t++) {
        workers[t].calls = calls;
        workers[t].actions = actions;
        workers[t].action_count = action_count;
    }

    for (int round = 0; round < ROUNDS || (!atomic_load(&shared->races_lost) && round < 100 * ROUNDS); round++) {
        shared->common_grows = round % 2 == 0;
        run_round(workers);
        expect_exact_figures(shared, workers);
    }
    assert_true(atomic_load(&shared->races_lost) > 0); /* otherwise no race happened */

    release_all(shared, workers);
    hostmem_stats stats = read_stats(shared);
    expect("reserved_bytes", stats.reserved_bytes, 0);
    expect("committed_bytes", stats.committed_bytes, 0);
    expect("executable_bytes", stats.executable_bytes, 0);
    expect("mapped_bytes", stats.mapped_bytes, 0);
    expect("heap_bytes", stats.heap_bytes, 0);
    expect("heap_blocks", stats.heap_blocks, 0);
    expect("used_bytes", stats.used_bytes, 0);

    assert_int_equal(IHostMalloc_Release(shared->heap), 0);
    assert_int_equal(IHostMalloc_Release(shared->loose_heap), 0);
    IHostMemoryManager_Release(shared->manager);
    assert_int_equal(hostmem_release(shared->instance), 0);
    for (int t = 0; t < THREADS; t++) {
        assert_int_equal(atomic_load(&workers[t].callback_references), 0);
    }
    assert_true(sim_os_check(shared->sim, NULL));
}

static void a_storm_leaves_every_figure_exact_and_all_given_back(void **state)
{
    fixture *all = *state;
    storm_with(all, everything, sizeof everything / sizeof everything[0]);
    assert_true(atomic_load(&all->shared.refusals) > 0); /* the limit was in force at times */
}

static void so_does_a_fight_over_what_is_shared(void **state)
{
    storm_with(*state, what_is_contested, sizeof what_is_contested / sizeof what_is_contested[0]);
}

static int set_up(void **state)
{
    *state = calloc(1, sizeof(fixture));
    return *state == NULL ? -1 : 0;
}

/* What the library still holds after a failure is in the simulation, and is freed with it. */
static int tear_down(void **state)
{
    fixture *all = *state;
    sim_os_destroy(all->shared.sim);
    free(all);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_storm_leaves_every_figure_exact_and_all_given_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(so_does_a_fight_over_what_is_shared, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
