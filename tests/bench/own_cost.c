/* See parts.h. Goals here are in nanoseconds, or in throughput of two threads divided by that of one. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#include "empty_os.h"

static const side_plan plans[] = {
    {.name = "limit", .make = SIDE_HOSTMEM, .limited = TRUE, .judged = TRUE},
    {.name = "default", .make = SIDE_HOSTMEM},
    {.name = "traced", .make = SIDE_HOSTMEM, .limited = TRUE, .traced = TRUE},
    {.name = "everything", .make = SIDE_HOSTMEM, .limited = TRUE, .notified = TRUE, .flags = HOSTMEM_CHECKED},
};
#define SIDES ((UINT32)(sizeof plans / sizeof plans[0]))
#define GOAL_COMMIT_NS 50.0
#define GOAL_BLOCK_NS 16.0
#define GOAL_SCALING 1.8
#define GOAL_NEIGHBOURS 1.5
/* Batches are short here, and nanoseconds are more sensitive to disturbances than ratios. */
#define MORE_ROUNDS 4u

static UINT32 use_lane(worker *self, UINT32 count)
{
    (void)count;
    empty_os_use_lane(self->index);
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

/* Work that only needs a processor: what the machine can give two threads at the moment. */
static UINT32 arithmetic(worker *self, UINT32 count)
{
    UINT32 state = count;
    (void)self;
    while (count--)
        state = state * 1664525u + 1013904223u + (state >> 16);
    return state == 1; /* almost never true; it keeps the loop from being removed */
}

static const operation processor = {
    "(arithmetic alone)", OPERATION_SINGLE, arithmetic, arithmetic, 16, FALSE, FALSE, 0, 0, 0};

static double goal_of(const operation *what)
{
    return !strncmp(what->name, "commit 4 KiB", 12)  ? GOAL_COMMIT_NS
           : !strncmp(what->name, "Alloc, Free", 11) ? GOAL_BLOCK_NS
                                                     : 0;
}

static void measure(bench *bench, side **sides, const operation *what)
{
    entrant entrants[SIDES];
    double *ns;
    UINT32 i;
    for (i = 0; i < SIDES; i++)
        entrants[i] = (entrant){sides[i], 1};
    bench_progress("own cost", what->name, 1, "");
    ns = contest_run(bench, what, FALSE, entrants, SIDES);
    for (i = 0; i < SIDES; i++) {
        const result_row row = {
            .part = PART_OWN,
            .operation = what->name,
            .side = plans[i].name,
            .variant = "",
            .threads = 1,
            .value = contest_time(bench, ns, i),
            .goal = plans[i].judged ? goal_of(what) : 0,
        };
        results_add(bench->results, &row);
    }
    free(ns);
}

static void scale(bench *bench, side *side, const operation *what, BOOL shared)
{
    const char *variant = what == &processor              ? ""
                          : what->kind != OPERATION_PAGES ? "own heaps"
                          : shared                        ? "neighbouring regions"
                                                          : "regions far apart";
    const entrant entrants[] = {{side, 1}, {side, 2}};
    result_row row = {
        .part = PART_SCALING,
        .operation = what->name,
        .side = what == &processor ? "the machine" : side->plan->name,
        .variant = variant,
        .threads = 2,
        .goal = what == &processor                        ? 0
                : shared && what->kind == OPERATION_PAGES ? GOAL_NEIGHBOURS
                                                          : GOAL_SCALING,
        .at_least = true,
    };
    double *ns;
    bench_progress("scaling", what->name, 2, variant);
    ns = contest_run(bench, what, shared, entrants, 2);
    row.value = contest_ratio(bench, ns, 0, 1);
    row.value = (quartiles){2 * row.value.lower, 2 * row.value.median, 2 * row.value.upper};
    row.base = contest_time(bench, ns, 0).median;
    row.ns = contest_time(bench, ns, 1).median;
    results_add(bench->results, &row);
    free(ns);
}

static void scale_all(bench *bench, side *side, const operation *what)
{
    scale(bench, side, what, FALSE);
    if (what->on_regions)
        scale(bench, side, what, TRUE);
}

void measure_own_cost(bench *bench, const char *only)
{
    side *sides[SIDES];
    UINT32 i;
    use_lanes(bench);
    bench->rounds *= MORE_ROUNDS;
    for (i = 0; i < SIDES; i++)
        sides[i] = side_open(&plans[i], empty_os(), (char *)0x10000);
    for (i = 0; i < pages_operation_count; i++)
        if (!only || strstr(pages_operations[i].name, only))
            measure(bench, sides, &pages_operations[i]);
    for (i = 0; i < heap_operation_count; i++)
        if (!only || strstr(heap_operations[i].name, only))
            measure(bench, sides, &heap_operations[i]);
    scale(bench, sides[0], &processor, FALSE);
    for (i = 0; i < pages_operation_count; i++)
        if (!only || strstr(pages_operations[i].name, only))
            scale_all(bench, sides[0], &pages_operations[i]);
    for (i = 0; i < heap_operation_count; i++)
        if (!only || strstr(heap_operations[i].name, only))
            scale_all(bench, sides[0], &heap_operations[i]);
    bench->rounds /= MORE_ROUNDS;
    for (i = 0; i < SIDES; i++)
        side_close(sides[i]);
}
