/* See parts.h. Each side replays the whole work in every round, in a new random order, with heaps of its own and
 * nothing left from the round before. The memory is not written to, so that the time is that of the calls. */
#include "parts.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work.h"

#define ROUNDS 25u
#define QUICK_ROUNDS 2u

static const side_plan plans[] = {
    {.name = "raw", .make = SIDE_RAW},
    {.name = "raw, once more", .make = SIDE_RAW},
    {.name = "pass-through", .make = SIDE_PASSTHROUGH},
    {.name = "limit", .make = SIDE_HOSTMEM, .limited = TRUE},
#if defined(HOSTMEM_WITH_MIMALLOC)
    {.name = "mimalloc", .make = SIDE_HOSTMEM, .limited = TRUE, .flags = HOSTMEM_MIMALLOC},
#endif
};
#define SIDES ((UINT32)(sizeof plans / sizeof plans[0]))

/* What a step is about, while it is replayed. */
typedef struct object {
    _Atomic(void *) memory;
    _Atomic uint32_t done; /* steps */
} object;

typedef struct replay {
    const work *work;
    const side *side;
    object *objects;
    UINT32 threads; /* that share the work */
    HANDLE heaps[WORK_HEAPS];
    IHostMalloc *mallocs[WORK_HEAPS];
} replay;

/* Steps about the same object keep their order. With one thread nothing has to be waited for. */
static void await_turn(object *about, uint32_t ordinal)
{
    UINT32 spins = 0;
    while (atomic_load_explicit(&about->done, memory_order_acquire) != ordinal)
        if (++spins % 1000 == 0)
            SwitchToThread();
}

static BOOL make_raw(const replay *self, const work_step *step, object *about)
{
    char *memory = atomic_load_explicit(&about->memory, memory_order_relaxed);
    MEMORY_BASIC_INFORMATION region;
    MEMORYSTATUSEX status = {.dwLength = sizeof status};
    DWORD old;
    switch (step->call) {
    case WORK_RESERVE:
        memory = VirtualAlloc(NULL, (SIZE_T)step->size, step->type, step->protect);
        break;
    case WORK_COMMIT:
        return VirtualAlloc(memory + step->offset, (SIZE_T)step->size, step->type, step->protect) != NULL;
    case WORK_DECOMMIT:
        return VirtualFree(memory + step->offset, (SIZE_T)step->size, MEM_DECOMMIT);
    case WORK_PROTECT:
        return VirtualProtect(memory + step->offset, (SIZE_T)step->size, step->protect, &old);
    case WORK_RELEASE:
        atomic_store_explicit(&about->memory, NULL, memory_order_relaxed);
        return VirtualFree(memory, 0, MEM_RELEASE);
    case WORK_QUERY:
        return VirtualQuery(memory + step->offset, &region, sizeof region) != 0;
    case WORK_ALLOC:
        memory = HeapAlloc(self->heaps[step->heap], 0, (SIZE_T)step->size);
        break;
    case WORK_FREE:
        return HeapFree(self->heaps[step->heap], 0, memory);
    default:
        return GlobalMemoryStatusEx(&status);
    }
    atomic_store_explicit(&about->memory, memory, memory_order_relaxed);
    return memory != NULL;
}

static BOOL make_managed(const replay *self, const work_step *step, object *about)
{
    IHostMemoryManager *manager = self->side->manager;
    char *memory = atomic_load_explicit(&about->memory, memory_order_relaxed);
    MEMORY_BASIC_INFORMATION region;
    void *out = NULL;
    SIZE_T written;
    DWORD old;
    switch (step->call) {
    case WORK_RESERVE:
        IHostMemoryManager_VirtualAlloc(manager, NULL, (SIZE_T)step->size, step->type, step->protect,
                                        eAppDomainCritical, &out);
        break;
    case WORK_COMMIT:
        return IHostMemoryManager_VirtualAlloc(manager, memory + step->offset, (SIZE_T)step->size, step->type,
                                               step->protect, eAppDomainCritical, &out) == S_OK;
    case WORK_DECOMMIT:
        return IHostMemoryManager_VirtualFree(manager, memory + step->offset, (SIZE_T)step->size, MEM_DECOMMIT) == S_OK;
    case WORK_PROTECT:
        return IHostMemoryManager_VirtualProtect(manager, memory + step->offset, (SIZE_T)step->size, step->protect,
                                                 &old) == S_OK;
    case WORK_RELEASE:
        atomic_store_explicit(&about->memory, NULL, memory_order_relaxed);
        return IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE) == S_OK;
    case WORK_QUERY:
        return IHostMemoryManager_VirtualQuery(manager, memory + step->offset, &region, sizeof region, &written) ==
               S_OK;
    case WORK_ALLOC:
        IHostMalloc_Alloc(self->mallocs[step->heap], (SIZE_T)step->size, eAppDomainCritical, &out);
        break;
    case WORK_FREE:
        return IHostMalloc_Free(self->mallocs[step->heap], memory) == S_OK;
    default:
        return IHostMemoryManager_GetMemoryLoad(manager, &old, &written) == S_OK;
    }
    atomic_store_explicit(&about->memory, out, memory_order_relaxed);
    return out != NULL;
}

/* The steps of this worker's threads. Returns the number of failed calls. */
static UINT32 replay_share(worker *worker, UINT32 unused)
{
    const replay *self = worker->more;
    const work *work = self->work;
    BOOL raw = !self->side->manager;
    UINT32 failures = 0, i;
    (void)unused;
    for (i = 0; i < work->count; i++) {
        const work_step *step = &work->steps[i];
        object *about = &self->objects[step->object];
        if (step->thread % self->threads != worker->index)
            continue;
        if (step->object)
            await_turn(about, step->ordinal);
        failures += !(raw ? make_raw(self, step, about) : make_managed(self, step, about));
        if (step->object)
            atomic_store_explicit(&about->done, step->ordinal + 1, memory_order_release);
    }
    return failures;
}

static void open_heaps(replay *self)
{
    UINT32 i;
    for (i = 0; i < self->work->heaps; i++) {
        BOOL made = self->side->manager ? IHostMemoryManager_CreateMalloc(self->side->manager, MALLOC_THREADSAFE,
                                                                          &self->mallocs[i]) == S_OK
                                        : (self->heaps[i] = HeapCreate(0, 0, 0)) != NULL;
        if (!made)
            abort();
    }
}

/* Gives back what the program had at its end; heaps go with their blocks. */
static void close_all(replay *self)
{
    UINT32 i;
    for (i = 0; i < self->work->count; i++) {
        const work_step *step = &self->work->steps[i];
        void *memory = atomic_load(&self->objects[step->object].memory);
        if (step->call != WORK_RESERVE || !memory)
            continue;
        if (self->side->manager)
            IHostMemoryManager_VirtualFree(self->side->manager, memory, 0, MEM_RELEASE);
        else
            VirtualFree(memory, 0, MEM_RELEASE);
    }
    for (i = 0; i < self->work->heaps; i++) {
        if (self->side->manager)
            IHostMalloc_Release(self->mallocs[i]);
        else
            HeapDestroy(self->heaps[i]);
    }
}

static double run(bench *bench, const work *work, side *side, UINT32 threads)
{
    replay self = {.work = work, .side = side, .threads = threads};
    worker *workers[BENCH_THREADS];
    double ns;
    UINT32 i;
    self.objects = calloc(work->objects, sizeof *self.objects);
    if (!self.objects)
        abort();
    open_heaps(&self);
    for (i = 0; i < BENCH_THREADS; i++) {
        workers[i] = &side->workers[i];
        workers[i]->more = &self;
    }
    ns = team_run(bench->team, replay_share, workers, threads, work->count, &bench->failures);
    close_all(&self);
    free(self.objects);
    return ns;
}

static void measure(bench *bench, const char *name, const work *work, side **sides, UINT32 threads, const char *variant)
{
    UINT32 rounds = bench->quick ? QUICK_ROUNDS : ROUNDS, order[SIDES], round, i;
    double *ns = calloc((size_t)SIDES * rounds, sizeof *ns);
    result_row row = {.part = PART_WORK, .operation = name, .variant = variant, .threads = threads};
    UINT32 former = bench->rounds;
    if (!ns)
        abort();
    bench_progress("real work", name, threads, variant);
    for (i = 0; i < SIDES; i++)
        run(bench, work, sides[i], threads);
    for (round = 0; round < rounds; round++) {
        stats_shuffle(&bench->random, order, SIDES);
        for (i = 0; i < SIDES; i++)
            ns[order[i] * rounds + round] = run(bench, work, sides[order[i]], threads) / work->count;
    }
    bench->rounds = rounds;
    for (i = 1; i < SIDES; i++) {
        row.side = plans[i].name;
        row.value = contest_ratio(bench, ns, i, 0);
        row.ns = contest_time(bench, ns, i).median;
        row.base = contest_time(bench, ns, 0).median;
        results_add(bench->results, &row);
    }
    bench->rounds = former;
    free(ns);
}

/* The name of a file without its folders and its ending. Never freed: rows borrow it. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *backslash = strrchr(path, '\\');
    const char *last = backslash > slash ? backslash : slash;
    char *name = malloc(strlen(path) + 1), *dot;
    if (!name)
        abort();
    strcpy(name, last ? last + 1 : path);
    dot = strrchr(name, '.');
    if (dot)
        *dot = 0;
    return name;
}

bool replay_work(bench *bench, const char *path)
{
    const char *name = name_of(path);
    side *sides[SIDES];
    work work;
    char *queried;
    UINT32 i;
    if (!work_read(path, &work))
        return false;
    fprintf(stderr, "bench: %s: %u calls of %u threads, %u heaps; %u others are left out\n", name, work.count,
            work.threads, work.heaps, work.skipped);
    queried = VirtualAlloc(NULL, 4 * BENCH_GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    for (i = 0; i < SIDES; i++)
        sides[i] = side_open(&plans[i], NULL, queried);
    measure(bench, name, &work, sides, 1, "one thread");
    if (work.threads > 1)
        measure(bench, name, &work, sides, work.threads < BENCH_THREADS ? work.threads : BENCH_THREADS, "its threads");
    for (i = 0; i < SIDES; i++)
        side_close(sides[i]);
    VirtualFree(queried, 0, MEM_RELEASE);
    work_free(&work);
    return true;
}
