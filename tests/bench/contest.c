/* See contest.h. */
#include "contest.h"

#include <stdio.h>
#include <stdlib.h>

static double batch(bench *bench, const operation *what, BOOL shared, const entrant *who, UINT32 count)
{
    side *side = who->side;
    worker *workers[BENCH_THREADS];
    double elapsed;
    UINT32 i;
    for (i = 0; i < BENCH_THREADS; i++)
        workers[i] = &side->workers[i];
    side_arrange(side, what, shared);
    elapsed = team_run(bench->team, side->manager ? what->managed : what->raw, workers, who->threads, count,
                       &bench->failures);
    if (what->fills_space)
        side_tidy(side, who->threads);
    return elapsed;
}

/* The shortest of a few: an interrupted run says nothing about how long a batch takes. */
static double shortest(bench *bench, const operation *what, BOOL shared, const entrant *who, UINT32 count)
{
    double least = batch(bench, what, shared, who, count);
    UINT32 i;
    for (i = 1; i < 4; i++) {
        double elapsed = batch(bench, what, shared, who, count);
        least = elapsed < least ? elapsed : least;
    }
    return least;
}

static UINT32 unit_of(const operation *what)
{
    return what->kind == OPERATION_PAGES ? 1 : BENCH_BLOCKS;
}

/* The number of repetitions that take about as long as a batch should; for heaps a multiple of BENCH_BLOCKS. */
static UINT32 calibrate(bench *bench, const operation *what, BOOL shared, const entrant *who)
{
    UINT32 unit = unit_of(what), count = unit, most = 100000000;
    side_arrange(who->side, what, shared);
    if (what->fills_space)
        most = who->side->workers[0].space_pages;
    for (;;) {
        double elapsed = shortest(bench, what, shared, who, count);
        double wanted = elapsed > 0 ? (double)count * bench->batch_ns / elapsed : (double)count * 10;
        if (elapsed >= bench->batch_ns / 2 || count >= most / 2) {
            count = wanted > most ? most : (UINT32)wanted;
            break;
        }
        count = wanted > count * 10.0 ? count * 10 : (UINT32)wanted + 1;
        count = count > most ? most : count;
    }
    return count > unit ? count - count % unit : unit;
}

/* Recorded calls take longer, and the second processor has to write the events: with a full batch in every round
 * the writer could not keep up. */
static UINT32 share_of(const entrant *who, const operation *what, UINT32 repetitions)
{
    UINT32 unit = unit_of(what), part = repetitions / 8;
    if (!who->side->plan->traced)
        return repetitions;
    return part > unit ? part - part % unit : unit;
}

double *contest_run(bench *bench, const operation *what, BOOL shared, const entrant *entrants, UINT32 count)
{
    double *ns = calloc((size_t)count * bench->rounds, sizeof *ns);
    UINT32 repetitions = calibrate(bench, what, shared, &entrants[0]), order[CONTEST_ENTRANTS], round, i;
    if (!ns || count > CONTEST_ENTRANTS)
        abort();
    for (i = 1; i < count; i++) /* fills caches and tables for all */
        batch(bench, what, shared, &entrants[i], share_of(&entrants[i], what, repetitions));
    for (round = 0; round < bench->rounds; round++) {
        stats_shuffle(&bench->random, order, count);
        /* On a busy processor the round then begins with a new time slice, which may be enough for all of it. */
        SwitchToThread();
        for (i = 0; i < count; i++) {
            const entrant *who = &entrants[order[i]];
            UINT32 share = share_of(who, what, repetitions);
            ns[order[i] * bench->rounds + round] = batch(bench, what, shared, who, share) / share;
        }
    }
    return ns;
}

quartiles contest_ratio(const bench *bench, const double *ns, UINT32 entrant, UINT32 by)
{
    double *ratios = calloc(bench->rounds, sizeof *ratios);
    quartiles result;
    UINT32 i;
    if (!ratios)
        abort();
    for (i = 0; i < bench->rounds; i++)
        ratios[i] = ns[entrant * bench->rounds + i] / ns[by * bench->rounds + i];
    result = stats_quartiles(ratios, bench->rounds);
    free(ratios);
    return result;
}

quartiles contest_time(const bench *bench, const double *ns, UINT32 entrant)
{
    double *times = calloc(bench->rounds, sizeof *times);
    quartiles result;
    UINT32 i;
    if (!times)
        abort();
    for (i = 0; i < bench->rounds; i++)
        times[i] = ns[entrant * bench->rounds + i];
    result = stats_quartiles(times, bench->rounds);
    free(times);
    return result;
}

void bench_progress(const char *part, const char *operation, UINT32 threads, const char *variant)
{
    if (threads)
        fprintf(stderr, "bench: %s: %s, %u thread%s%s%s\n", part, operation, threads, threads > 1 ? "s" : "",
                *variant ? ", " : "", variant);
    else
        fprintf(stderr, "bench: %s: %s%s%s\n", part, operation, *variant ? ", " : "", variant);
    fflush(stderr);
}
