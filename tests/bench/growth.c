/* See parts.h. The regions are only addresses: a million real ones would take too long to make. They begin at the
 * start of a lane of the empty OS and are adjacent; one page of each is committed. */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "empty_os.h"

#define FEW 10u
#define MANY 1000000u
#define MANY_QUICK 4000u /* always used in 32 bits, which have no more addresses */
#define INSTANCES 64u
#define CROWD_LANE 7u
#define GOAL_GROWTH 1.1
#define GOAL_ANYWHERE 1.3

static const side_plan few_plan = {.name = "few regions", .make = SIDE_HOSTMEM, .limited = TRUE};
static const side_plan many_plan = {.name = "many regions", .make = SIDE_HOSTMEM, .limited = TRUE};
static const side_plan instance_plan = {.name = "instance", .make = SIDE_HOSTMEM, .limited = TRUE};

typedef struct crowd {
    UINT32 regions;
    side *const *instances;
    UINT32 instance_count;
} crowd;

static char *region_at(UINT32 index)
{
    return (char *)empty_os_lane_start(CROWD_LANE) + index * BENCH_GRANULE;
}

static void insist(BOOL good)
{
    if (good)
        return;
    fprintf(stderr, "bench: growth: a region could not be made or freed\n");
    exit(1);
}

static void make_crowd(side *side, UINT32 regions)
{
    UINT32 i;
    for (i = 0; i < regions; i++) {
        void *made;
        insist(IHostMemoryManager_VirtualAlloc(side->manager, region_at(i), BENCH_GRANULE, MEM_RESERVE, PAGE_READWRITE,
                                               eAppDomainCritical, &made) == S_OK);
        insist(IHostMemoryManager_VirtualAlloc(side->manager, region_at(i), BENCH_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                               eAppDomainCritical, &made) == S_OK);
    }
}

static void end_crowd(side *side, UINT32 regions)
{
    UINT32 i;
    for (i = 0; i < regions; i++)
        insist(IHostMemoryManager_VirtualFree(side->manager, region_at(i), 0, MEM_RELEASE) == S_OK);
}

/* Another region each time. */
static char *any_region(worker *self)
{
    const crowd *crowd = self->more;
    return region_at(stats_random(&self->random, crowd->regions));
}

static UINT32 commit_any(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    while (count--) {
        void *page;
        failures += IHostMemoryManager_VirtualAlloc(self->manager, any_region(self), BENCH_PAGE, MEM_COMMIT,
                                                    PAGE_READWRITE, eAppDomainCritical, &page) != S_OK;
    }
    return failures;
}

static UINT32 decommit_any(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    while (count--) {
        char *page = any_region(self) + BENCH_PAGE;
        void *committed;
        failures += IHostMemoryManager_VirtualAlloc(self->manager, page, BENCH_PAGE, MEM_COMMIT, PAGE_READWRITE,
                                                    eAppDomainCritical, &committed) != S_OK;
        failures += IHostMemoryManager_VirtualFree(self->manager, page, BENCH_PAGE, MEM_DECOMMIT) != S_OK;
    }
    return failures;
}

static UINT32 protect_any(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    while (count--) {
        DWORD old;
        failures += IHostMemoryManager_VirtualProtect(self->manager, any_region(self), BENCH_PAGE, PAGE_READONLY,
                                                      &old) != S_OK;
    }
    return failures;
}

static UINT32 release_any(worker *self, UINT32 count)
{
    UINT32 failures = 0;
    while (count--) {
        char *region = any_region(self);
        void *made;
        failures += IHostMemoryManager_VirtualFree(self->manager, region, 0, MEM_RELEASE) != S_OK;
        failures += IHostMemoryManager_VirtualAlloc(self->manager, region, BENCH_GRANULE, MEM_RESERVE | MEM_COMMIT,
                                                    PAGE_READWRITE, eAppDomainCritical, &made) != S_OK;
    }
    return failures;
}

static const operation any_operations[] = {
    {.name = "commit 4 KiB, again", .managed = commit_any},
    {.name = "commit, decommit 4 KiB", .managed = decommit_any},
    {.name = "protect", .managed = protect_any},
    {.name = "release, reserve+commit 64 KiB", .managed = release_any},
};

/* One page of each instance in turn. */
static UINT32 commit_round(worker *self, UINT32 count)
{
    const crowd *crowd = self->more;
    UINT32 failures = 0, next = 0;
    while (count--) {
        const worker *turn = &crowd->instances[next]->workers[0];
        void *page;
        failures += IHostMemoryManager_VirtualAlloc(turn->manager, turn->committed, BENCH_PAGE, MEM_COMMIT,
                                                    PAGE_READWRITE, eAppDomainCritical, &page) != S_OK;
        next = next + 1 < crowd->instance_count ? next + 1 : 0;
    }
    return failures;
}

static const operation round_operation = {.name = "commit 4 KiB, again", .managed = commit_round};

/* goal: 0, or the maximum of the second's time divided by the first's. */
static void compare_growth(bench *bench, side *few, side *many, const operation *what, const char *variant, double goal)
{
    const entrant entrants[] = {{few, 1}, {many, 1}};
    result_row row = {.part = PART_GROWTH, .operation = what->name, .side = "limit", .variant = variant, .goal = goal};
    double *ns;
    bench_progress("growth", what->name, 0, variant);
    ns = contest_run(bench, what, FALSE, entrants, 2);
    row.value = contest_ratio(bench, ns, 1, 0);
    row.base = contest_time(bench, ns, 0).median;
    row.ns = contest_time(bench, ns, 1).median;
    results_add(bench->results, &row);
    free(ns);
}

static void measure_regions(bench *bench)
{
    BOOL quick = bench->quick || sizeof(void *) == 4;
    const crowd few_crowd = {.regions = FEW}, many_crowd = {.regions = quick ? MANY_QUICK : MANY};
    const char *same = quick ? "of 4000 regions against ten, always the same ones"
                             : "of a million regions against ten, always the same ones";
    const char *any = quick ? "of 4000 regions against ten, any of them at random"
                            : "of a million regions against ten, any of them at random";
    side *few = side_open(&few_plan, empty_os(), (char *)empty_os_lane_start(0));
    side *many = side_open(&many_plan, empty_os(), (char *)empty_os_lane_start(0));
    UINT32 i;
    bench_progress("growth", "making regions", 0, "");
    make_crowd(few, few_crowd.regions);
    make_crowd(many, many_crowd.regions);
    few->workers[0].more = &few_crowd;
    many->workers[0].more = &many_crowd;
    for (i = 0; i < pages_operation_count; i++)
        compare_growth(bench, few, many, &pages_operations[i], same, GOAL_GROWTH);
    for (i = 0; i < sizeof any_operations / sizeof any_operations[0]; i++)
        compare_growth(bench, few, many, &any_operations[i], any, GOAL_ANYWHERE);
    end_crowd(few, few_crowd.regions);
    end_crowd(many, many_crowd.regions);
    side_close(few);
    side_close(many);
}

static void measure_instances(bench *bench)
{
    side *instances[INSTANCES];
    crowd one = {.instances = instances, .instance_count = 1};
    crowd all = {.instances = instances, .instance_count = INSTANCES};
    UINT32 i;
    for (i = 0; i < INSTANCES; i++) {
        instances[i] = side_open(&instance_plan, empty_os(), (char *)empty_os_lane_start(0));
        side_arrange(instances[i], &round_operation, FALSE);
    }
    instances[0]->workers[0].more = &one;
    instances[1]->workers[0].more = &all;
    compare_growth(bench, instances[0], instances[1], &round_operation, "of 64 instances in turn against one", 0);
    for (i = 0; i < INSTANCES; i++)
        side_close(instances[i]);
}

void measure_growth(bench *bench)
{
    measure_regions(bench);
    measure_instances(bench);
}
