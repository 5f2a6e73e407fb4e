/* See parts.h. Only the commits are timed: a region is committed piece by piece, and decommitted as a whole in
 * between. */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "empty_os.h"

#define MIB ((UINT64)1 << 20)
#define COMMIT_LANE 6u
#define REGION_BYTES ((sizeof(void *) == 8 ? 4096 : 128) * MIB)
#define MAX_PIECES 1000u
#define GOAL_256_MIB_NS 20000.0

typedef struct pieces {
    char *base;
    SIZE_T size;
} pieces;

static const struct {
    const char *name;
    UINT64 bytes;
    double goal;
} sizes[] = {
    {"commit 4 KiB", BENCH_PAGE, 0},
    {"commit 64 KiB", BENCH_GRANULE, 0},
    {"commit 1 MiB", MIB, 0},
    {"commit 16 MiB", 16 * MIB, 0},
    {"commit 256 MiB", 256 * MIB, GOAL_256_MIB_NS},
    {"commit 4 GiB", 4096 * MIB, 0},
};

static const side_plan plan = {.name = "limit", .make = SIDE_HOSTMEM, .limited = TRUE};

static UINT32 commit_pieces(worker *self, UINT32 count)
{
    const pieces *all = self->more;
    UINT32 failures = 0, i;
    for (i = 0; i < count; i++) {
        void *piece;
        failures += IHostMemoryManager_VirtualAlloc(self->manager, all->base + i * all->size, all->size, MEM_COMMIT,
                                                    PAGE_READWRITE, eAppDomainCritical, &piece) != S_OK;
    }
    return failures;
}

static char *reserve(side *side, UINT_PTR address)
{
    void *region;
    if (IHostMemoryManager_VirtualAlloc(side->manager, (void *)address, (SIZE_T)REGION_BYTES, MEM_RESERVE,
                                        PAGE_READWRITE, eAppDomainCritical, &region) != S_OK) {
        fprintf(stderr, "bench: commit sizes: no region\n");
        exit(1);
    }
    return region;
}

/* How many pieces are committed in a batch. */
static UINT32 pieces_of(UINT64 bytes)
{
    UINT64 pieces = REGION_BYTES / bytes;
    return pieces > MAX_PIECES ? MAX_PIECES : (UINT32)pieces;
}

/* fresh: each round at addresses for which the tables have no memory yet. */
static void measure(bench *bench, side *side, const char *name, UINT64 bytes, double goal, BOOL fresh)
{
    double *ns = calloc(bench->rounds, sizeof *ns);
    UINT32 count = fresh ? 1 : pieces_of(bytes);
    UINT32 round, rounds = fresh && sizeof(void *) == 4 ? 1 : bench->rounds;
    worker *worker = &side->workers[0];
    UINT_PTR place = empty_os_lane_start(COMMIT_LANE);
    if (!ns)
        abort();
    bench_progress("commit sizes", name, 0, fresh ? "tables new" : "");
    for (round = 0; round < rounds; round++) {
        pieces all = {reserve(side, place), (SIZE_T)bytes};
        worker->more = &all;
        if (!fresh) { /* makes the tables commit their memory */
            bench->failures += commit_pieces(worker, count);
            bench->failures += IHostMemoryManager_VirtualFree(side->manager, all.base, 0, MEM_DECOMMIT) != S_OK;
        }
        ns[round] = team_run(bench->team, commit_pieces, &worker, 1, count, &bench->failures) / count;
        bench->failures += IHostMemoryManager_VirtualFree(side->manager, all.base, 0, MEM_RELEASE) != S_OK;
        if (fresh)
            place += (UINT_PTR)REGION_BYTES;
    }
    results_add(bench->results, &(result_row){
                                    .part = PART_COMMIT,
                                    .operation = name,
                                    .side = plan.name,
                                    .variant = fresh ? "the tables' first use there" : "",
                                    .value = stats_quartiles(ns, rounds),
                                    .goal = goal,
                                });
    free(ns);
}

void measure_commit_sizes(bench *bench)
{
    UINT32 fresh, i;
    for (fresh = 0; fresh < 2; fresh++) {
        side *side = side_open(&plan, empty_os(), NULL);
        for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            if (sizes[i].bytes <= REGION_BYTES && (!fresh || sizes[i].goal > 0))
                measure(bench, side, sizes[i].name, sizes[i].bytes, sizes[i].goal, fresh != 0);
        side_close(side);
    }
}
