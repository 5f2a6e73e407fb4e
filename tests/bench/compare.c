/* See parts.h. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

static const side_plan plans[] = {
    {.name = "raw", .make = SIDE_RAW},
    {.name = "raw, once more", .make = SIDE_RAW}, /* how far two identical sides can differ */
    {.name = "pass-through", .make = SIDE_PASSTHROUGH},
    {.name = "default", .make = SIDE_HOSTMEM},
    {.name = "limit", .make = SIDE_HOSTMEM, .limited = TRUE, .judged = TRUE},
    {.name = "everything", .make = SIDE_HOSTMEM, .limited = TRUE, .notified = TRUE, .flags = HOSTMEM_CHECKED},
    {.name = "locked", .make = SIDE_HOSTMEM, .limited = TRUE, .flags = HOSTMEM_LOCK_PAGES, .pages_only = TRUE},
    {.name = "NUMA", .make = SIDE_HOSTMEM, .limited = TRUE, .flags = HOSTMEM_NUMA, .pages_only = TRUE},
#if defined(HOSTMEM_WITH_MIMALLOC)
    {.name = "mimalloc",
     .make = SIDE_HOSTMEM,
     .limited = TRUE,
     .flags = HOSTMEM_MIMALLOC,
     .judged = TRUE,
     .heap_goal = 0.7,
     .heap_goal_two = 0.10},
#endif
};
#define PASS_THROUGH 2u /* its place among the plans */
#define SIDES ((UINT32)(sizeof plans / sizeof plans[0]))

/* passed_through: what the pass-through takes. */
static double goal_of(const operation *what, const side_plan *plan, UINT32 threads, BOOL shared, double passed_through)
{
    double goal = threads == 1 ? what->goal : threads == 2 && shared ? what->goal_two : 0;
    double heap_goal = threads == 1 ? plan->heap_goal : plan->heap_goal_two;
    if (!plan->judged)
        return 0;
    if (threads == 1 && what->goal_more > 0)
        return passed_through + what->goal_more;
    return goal > 0 && heap_goal > 0 && what->kind == OPERATION_HEAP ? heap_goal : goal;
}

static void compare(bench *bench, side **sides, const operation *what, UINT32 threads, BOOL shared)
{
    entrant entrants[SIDES];
    const char *variant = what->kind == OPERATION_PAGES || threads == 1 ? "" : shared ? "one heap" : "own heaps";
    UINT32 count = 0, i;
    double *ns;
    for (i = 0; i < SIDES; i++)
        if (!plans[i].pages_only || what->kind == OPERATION_PAGES)
            entrants[count++] = (entrant){sides[i], threads};
    bench_progress("against raw Win32", what->name, threads, variant);
    ns = contest_run(bench, what, shared, entrants, count);
    for (i = 1; i < count; i++) {
        const side_plan *plan = entrants[i].side->plan;
        const result_row row = {
            .part = PART_COMPARED,
            .operation = what->name,
            .side = plan->name,
            .variant = variant,
            .threads = threads,
            .value = contest_ratio(bench, ns, i, 0),
            .ns = contest_time(bench, ns, i).median,
            .base = contest_time(bench, ns, 0).median,
            .goal = goal_of(what, plan, threads, shared, contest_ratio(bench, ns, PASS_THROUGH, 0).median),
        };
        results_add(bench->results, &row);
    }
    free(ns);
}

static void compare_all(bench *bench, side **sides, const operation *what)
{
    UINT32 threads;
    for (threads = 1; threads <= BENCH_THREADS; threads *= 2) {
        compare(bench, sides, what, threads, FALSE);
        if (threads > 1 && what->kind == OPERATION_HEAP)
            compare(bench, sides, what, threads, TRUE);
    }
}

void compare_with_raw(bench *bench, const char *only)
{
    side *sides[SIDES];
    char *queried = VirtualAlloc(NULL, 4 * BENCH_GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    UINT32 i;
    for (i = 0; i < SIDES; i++)
        sides[i] = side_open(&plans[i], NULL, queried);
    for (i = 0; i < pages_operation_count; i++)
        if (!only || strstr(pages_operations[i].name, only))
            compare_all(bench, sides, &pages_operations[i]);
    for (i = 0; i < heap_operation_count; i++)
        if (!only || strstr(heap_operations[i].name, only))
            compare_all(bench, sides, &heap_operations[i]);
    for (i = 0; i < SIDES; i++)
        side_close(sides[i]);
    VirtualFree(queried, 0, MEM_RELEASE);
}
