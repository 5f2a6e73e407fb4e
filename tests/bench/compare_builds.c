/* See parts.h. Both builds run in every round, so a change that costs something shows in their ratio even while other
 * work disturbs the machine. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

typedef struct ground {
    const char *name;
    BOOL empty;   /* over the builds' empty OS */
    UINT32 flags; /* of hostmem_config */
    BOOL heaps_only;
    BOOL traced;
} ground;

static const ground grounds[] = {
    {.name = "the empty OS", .empty = TRUE},
    {.name = "the empty OS, traced", .empty = TRUE, .traced = TRUE},
    {.name = "Win32"},
    {.name = "mimalloc", .flags = HOSTMEM_MIMALLOC, .heaps_only = TRUE},
};

static const bench_build *new_build, *old_build;

static UINT32 use_lane(worker *self, UINT32 count)
{
    (void)count;
    new_build->use_lane(self->index);
    return 0;
}

static void use_lanes(bench *bench)
{
    worker workers[BENCH_THREADS] = {{0}}, *each[BENCH_THREADS];
    UINT32 i;
    for (i = 0; i < BENCH_THREADS; i++) {
        workers[i].index = i;
        each[i] = &workers[i];
    }
    team_run(bench->team, use_lane, each, BENCH_THREADS, 1, &bench->failures);
}

static void compare(bench *bench, side *const sides[2], const ground *on, const operation *what, UINT32 threads,
                    BOOL shared)
{
    const entrant entrants[] = {{sides[0], threads}, {sides[1], threads}};
    result_row row = {.part = PART_BUILDS, .operation = what->name, .side = on->name, .threads = threads};
    double *ns;
    row.variant = !shared ? "" : what->kind == OPERATION_PAGES ? "neighbouring regions" : "one heap";
    bench_progress(on->name, what->name, threads, row.variant);
    ns = contest_run(bench, what, shared, entrants, 2);
    row.value = contest_ratio(bench, ns, 0, 1);
    row.ns = contest_time(bench, ns, 0).median;
    row.base = contest_time(bench, ns, 1).median;
    results_add(bench->results, &row);
    free(ns);
}

static void compare_all(bench *bench, side *const sides[2], const ground *on, const operation *what, const char *only)
{
    BOOL can_share = what->kind == OPERATION_HEAP ? !on->empty : on->empty && what->on_regions;
    if (only && !strstr(what->name, only))
        return;
    compare(bench, sides, on, what, 1, FALSE);
    compare(bench, sides, on, what, 2, FALSE);
    if (can_share)
        compare(bench, sides, on, what, 2, TRUE);
}

static void compare_on(bench *bench, const ground *on, char *queried, const char *only)
{
    side_plan plans[] = {
        {.name = "new", .make = SIDE_HOSTMEM, .limited = TRUE, .build = new_build},
        {.name = "old", .make = SIDE_HOSTMEM, .limited = TRUE, .build = old_build},
    };
    side *sides[2];
    UINT32 i;
    for (i = 0; i < 2; i++) {
        plans[i].flags = on->flags;
        plans[i].traced = on->traced;
        sides[i] = side_open(&plans[i], on->empty ? plans[i].build->empty_os() : NULL, queried);
    }
    for (i = 0; i < heap_operation_count; i++)
        compare_all(bench, sides, on, &heap_operations[i], only);
    for (i = 0; i < pages_operation_count && !on->heaps_only; i++)
        compare_all(bench, sides, on, &pages_operations[i], only);
    for (i = 0; i < 2; i++)
        side_close(sides[i]);
}

void compare_builds(bench *bench, const bench_build *new_one, const bench_build *old_one, const char *only)
{
    char *queried = VirtualAlloc(NULL, 4 * BENCH_GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    UINT32 i;
    new_build = new_one;
    old_build = old_one;
    use_lanes(bench);
    for (i = 0; i < sizeof grounds / sizeof grounds[0]; i++)
        if (!(grounds[i].flags & HOSTMEM_MIMALLOC) || (new_one->has_mimalloc && old_one->has_mimalloc))
            compare_on(bench, &grounds[i], queried, only);
    VirtualFree(queried, 0, MEM_RELEASE);
}
