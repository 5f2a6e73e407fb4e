/* hostmem-trace replay: makes the recorded calls again, one after the other in the order of time, and compares the
 * results. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "durations.h"
#include "files.h"
#include "input.h"
#include "names.h"
#include "replay_before.h"
#include "replay_calls.h"
#include "replay_clock.h"
#include "replay_spool.h"

enum { KINDS = HOSTMEM_TRACE_NAMED + 1, SHOWN_DIFFERENCES = 10 };

typedef struct replay_options {
    const char *path;
    const char *dll;
    bool times;
} replay_options;

typedef struct replay {
    trace_input input;
    replay_target target;
    replay_calls calls;
    replay_before before;
    durations durations[KINDS];
    uint64_t made[KINDS];
    uint64_t not_made[KINDS];
    uint64_t different[KINDS];
    uint64_t reasons[REPLAY_REASONS];
    uint64_t differences;
    uint64_t clock_ticks;        /* that reading the clock itself takes */
    hostmem_trace_sample sample; /* the last sample, and the instance's figures at that time */
    hostmem_stats stats;
    bool has_sample;
} replay;

/* ---- The trace's beginning ---- */

/* The limit at the start of the trace: that of its first sample, unless it was changed before. 0: none. */
static uint64_t first_limit(const char *path)
{
    hostmem_trace_problem problem;
    hostmem_trace_reader *reader = hostmem_trace_reader_open(path, &problem);
    uint64_t limit = 0;
    bool found = !reader;
    hostmem_trace_item item;

    while (!found && hostmem_trace_reader_next(reader, &item)) {
        found = item.kind == HOSTMEM_TRACE_ITEM_SAMPLE ||
                (item.kind == HOSTMEM_TRACE_ITEM_EVENT && item.as.event->what == HOSTMEM_TRACE_LIMIT);
        if (item.kind == HOSTMEM_TRACE_ITEM_SAMPLE)
            limit = item.as.sample->limit_bytes;
    }
    hostmem_trace_reader_close(reader);
    return limit;
}

/* ---- Replaying ---- */

static void measure_clock(replay *replay)
{
    static durations empty;

    for (int i = 0; i < 1001; i++) {
        uint64_t begin = replay_clock();
        durations_add(&empty, replay_clock() - begin);
    }
    replay->clock_ticks = (uint64_t)durations_median(&empty);
}

static void show_difference(replay *replay, const hostmem_trace_event *event, const replay_outcome *outcome)
{
    char time[NAME_TEXT], size[NAME_TEXT], recorded[NAME_TEXT], now[NAME_TEXT];

    if (replay->differences++ >= SHOWN_DIFFERENCES)
        return;
    if (replay->differences == 1)
        puts("Differences");
    printf("  %s, %s of %s: ", name_of_time(trace_input_microseconds(&replay->input, event->ticks), time),
           name_of_event(event->what), name_of_size(event->size, size));
    if (outcome->difference)
        printf("%s\n", outcome->difference);
    else
        printf("%s then, %s now\n", name_of_result(event->result, recorded),
               name_of_result((uint32_t)outcome->result, now));
}

static void replay_event(replay *replay, const hostmem_trace_event *event)
{
    replay_outcome outcome = replay_call(&replay->calls, event);

    if (outcome.reason != REPLAY_MADE) {
        replay->not_made[event->what]++;
        replay->reasons[outcome.reason]++;
        return;
    }
    replay->made[event->what]++;
    durations_add(&replay->durations[event->what],
                  outcome.ticks > replay->clock_ticks ? outcome.ticks - replay->clock_ticks : 0);
    if (!outcome.difference && replay_results_agree(event->result, outcome.result))
        return;
    replay->different[event->what]++;
    show_difference(replay, event, &outcome);
}

static void take_sample(replay *replay, const hostmem_trace_sample *sample)
{
    replay->stats = (hostmem_stats){.size = sizeof(replay->stats)};
    if (!replay->target.instance || FAILED(hostmem_get_stats(replay->target.instance, &replay->stats)))
        return;
    replay->sample = *sample;
    replay->has_sample = true;
}

static void replay_all(replay *replay)
{
    hostmem_trace_item item;

    replay->calls.target = &replay->target;
    replay->calls.header = hostmem_trace_reader_header(replay->input.reader);
    while (trace_input_next(&replay->input, &item)) {
        origins_add(&replay->calls.origins, &item);
        if (item.kind == HOSTMEM_TRACE_ITEM_REGION)
            replay_before_add(&replay->before, item.as.region);
        else if (item.kind == HOSTMEM_TRACE_ITEM_EVENT || item.kind == HOSTMEM_TRACE_ITEM_SAMPLE)
            replay_before_make(&replay->before, &replay->calls);
        if (item.kind == HOSTMEM_TRACE_ITEM_EVENT)
            replay_event(replay, item.as.event);
        else if (item.kind == HOSTMEM_TRACE_ITEM_SAMPLE)
            take_sample(replay, item.as.sample);
    }
    trace_input_end_progress(&replay->input);
}

/* ---- Results ---- */

static void print_time(double nanoseconds)
{
    char text[NAME_TEXT];

    if (nanoseconds < 9999.5)
        snprintf(text, sizeof(text), "%.0f ns", nanoseconds);
    else
        name_of_time(nanoseconds / 1e3, text);
    printf("%12s", text);
}

static void print_calls(const replay *replay, bool times)
{
    double tick = times ? replay_clock_nanoseconds() : 0;
    char text[NAME_TEXT];

    printf("%-36s%12s%12s%12s", "Calls", "replayed", "left out", "different");
    printf(times ? "%12s%12s\n" : "\n", "median", "total");
    for (int what = 1; what < KINDS; what++) {
        const durations *durations = &replay->durations[what];
        if (!replay->made[what] && !replay->not_made[what])
            continue;
        printf("  %-34s%12s", name_of_event((uint8_t)what), name_of_number(replay->made[what], text));
        printf("%12s", name_of_number(replay->not_made[what], text));
        printf("%12s", name_of_number(replay->different[what], text));
        if (times && durations->number) {
            print_time(durations_median(durations) * tick);
            print_time((double)durations->total * tick);
        }
        putchar('\n');
    }
}

static void print_before(const replay *replay)
{
    const replay_before *before = &replay->before;
    char text[NAME_TEXT];

    puts("Recreated from before the trace");
    printf("  %-46s%12s\n", "reservations", name_of_number(before->made, text));
    printf("  %-46s%12s\n", "heaps", name_of_number(replay->calls.heaps_made, text));
    if (before->refused)
        printf("  %-46s%12s\n", "reservations that could not be made", name_of_number(before->refused, text));
}

static void print_reasons(const replay *replay)
{
    static const char *const names[REPLAY_REASONS] = {
        [REPLAY_NOT_A_CALL] = "not a call of the CLR",
        [REPLAY_EARLIER] = "of memory that the replay does not have",
        [REPLAY_PLACE] = "of addresses that are not in use here",
        [REPLAY_VIEW] = "of views of files",
        [REPLAY_INJECTED] = "injected failures",
        [REPLAY_SIZE] = "too large for this process",
        [REPLAY_NO_ROOM] = "too much to track",
    };
    char text[NAME_TEXT];
    bool any = false;

    for (int i = 1; i < REPLAY_REASONS; i++) {
        if (!replay->reasons[i])
            continue;
        if (!any)
            puts("Left out");
        any = true;
        printf("  %-46s%12s\n", names[i], name_of_number(replay->reasons[i], text));
    }
}

/* Returns whether the recorded and the replayed figure are equal. */
static bool print_figure(const char *label, uint64_t recorded, uint64_t now)
{
    char text[2][NAME_TEXT];

    printf("  %-34s%16s%16s\n", label, name_of_number(recorded, text[0]), name_of_number(now, text[1]));
    return recorded == now;
}

static void print_statistics(const replay *replay)
{
    const hostmem_trace_sample *sample = &replay->sample;
    const hostmem_stats *stats = &replay->stats;
    bool same;

    printf("%-36s%16s%16s\n", "At the last sample, in bytes", "recorded", "replayed");
    same = print_figure("address space", sample->reserved_bytes, stats->reserved_bytes);
    same = print_figure("committed", sample->committed_bytes, stats->committed_bytes) && same;
    same = print_figure("  of that, executable", sample->executable_bytes, stats->executable_bytes) && same;
    same = print_figure("heap", sample->heap_bytes, stats->heap_bytes) && same;
    same = print_figure("  blocks, number", sample->heap_blocks, stats->heap_blocks) && same;
    same = print_figure("committed and heap", sample->used_bytes, stats->used_bytes) && same;
    puts(same ? "The figures are those recorded." : "The figures are not those recorded.");
}

static void print_all(const replay *replay, const replay_options *options)
{
    char text[NAME_TEXT];

    if (replay->differences > SHOWN_DIFFERENCES)
        printf("  and %s more\n", name_of_number(replay->differences - SHOWN_DIFFERENCES, text));
    print_calls(replay, options->times);
    print_before(replay);
    print_reasons(replay);
    if (replay->has_sample)
        print_statistics(replay);
    if (replay->differences)
        printf("Results that are not those recorded: %s\n", name_of_number(replay->differences, text));
    else
        puts("The results are those recorded.");
}

static bool read_arguments(int count, char **arguments, replay_options *options)
{
    for (int i = 0; i < count; i++) {
        if (!strcmp(arguments[i], "--times"))
            options->times = true;
        else if (!strcmp(arguments[i], "--dll") && i + 1 < count && !options->dll)
            options->dll = arguments[++i];
        else if (trace_is_path(arguments[i]) && !options->path)
            options->path = arguments[i];
        else
            return trace_complain("replay: unknown argument %s (--help)", arguments[i]);
    }
    return options->path || trace_complain("replay needs a FILE (--help)");
}

static int replay_file(const replay_options *options)
{
    static replay replay; /* too large for some stacks */
    int status;

    if (!trace_input_open(&replay.input, options->path))
        return TRACE_EXIT_FAILED;
    if (!replay_target_create(&replay.target, options->dll, options->dll ? 0 : first_limit(options->path))) {
        trace_input_close(&replay.input);
        return TRACE_EXIT_FAILED;
    }
    replay_clock_begin();
    measure_clock(&replay);
    replay_all(&replay);
    print_all(&replay, options);
    status = trace_input_close(&replay.input);
    replay_target_release(&replay.target);
    replay_calls_free(&replay.calls);
    return replay.differences ? TRACE_EXIT_DIFFERENT : status;
}

int replay_run(int count, char **arguments)
{
    replay_options options = {0};
    char spooled[REPLAY_SPOOL_PATH];
    int status;

    if (!read_arguments(count, arguments, &options))
        return TRACE_EXIT_USAGE;
    if (strcmp(options.path, TRACE_STANDARD_STREAM))
        return replay_file(&options);
    if (!replay_spool(spooled))
        return TRACE_EXIT_FAILED;
    options.path = spooled;
    status = replay_file(&options);
    replay_spool_remove(spooled);
    return status;
}
