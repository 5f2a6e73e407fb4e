/* hostmem-trace summary: what happened, in a few tables. */
#include <inttypes.h>
#include <stdio.h>

#include "commands.h"
#include "digest.h"
#include "input.h"
#include "names.h"

enum { TOP_ORIGINS = 10 };

typedef struct summary {
    trace_input input;
    digest digest;
    kinds kinds;
    frame_names names;
} summary;

static const char *time_of(const summary *summary, uint64_t ticks, char text[NAME_TEXT])
{
    return name_of_time(trace_input_microseconds(&summary->input, ticks), text);
}

/* ---- The process ---- */

/* Converts a day since 1 January 1601 to year, month and day, for any number. */
static void date_of(uint64_t days, uint64_t *year, unsigned *month, unsigned *day)
{
    /* Counted from 1 March 1600, so that leap days are at the end of a year: 1 January 1601 is 306 days later. */
    uint64_t shifted = days + 306, era = shifted / 146097;
    unsigned of_era = (unsigned)(shifted % 146097);
    unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted_month = (5 * of_year + 2) / 153;

    *day = of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year = 1600 + 400 * era + year_of_era + (*month <= 2);
}

static void print_process(summary *summary)
{
    const hostmem_trace_file_header *header = hostmem_trace_reader_header(summary->input.reader);
    uint64_t in_seconds = header->start_time / 10000000, year;
    char text[NAME_TEXT];
    unsigned month, day, of_day = (unsigned)(in_seconds % 86400);

    date_of(in_seconds / 86400, &year, &month, &day);
    printf("Process %" PRIu32 ", %" PRIu32 " bits, from %" PRIu64 "-%02u-%02u %02u:%02u:%02u UTC for %s\n",
           header->process_id, header->pointer_bytes * 8, year, month, day, of_day / 3600, of_day / 60 % 60,
           of_day % 60, time_of(summary, summary->digest.tally.last_ticks, text));
}

/* ---- Tables ---- */

static void print_number(const char *label, uint64_t number)
{
    char text[NAME_TEXT];

    printf("  %-34s%12s\n", label, name_of_number(number, text));
}

static void print_failures(const tally_kind *kind)
{
    uint64_t others = kind->failed;

    for (uint32_t i = 0; i < kind->result_count; i++) {
        char result[NAME_TEXT], number[NAME_TEXT];
        others -= kind->results[i].number;
        printf("%s%s %s", i ? ", " : "  ", name_of_result(kind->results[i].result, result),
               name_of_number(kind->results[i].number, number));
    }
    if (others)
        printf(", others %" PRIu64, others);
}

static void print_events(const tally *tally, const hostmem_trace_reader_counts *counts)
{
    uint64_t injected = 0;

    printf("%-36s%12s%12s\n", "Events", "number", "failed");
    for (int what = 1; what < TALLY_KINDS; what++) {
        const tally_kind *kind = &tally->kinds[what];
        char number[NAME_TEXT], failed[NAME_TEXT];
        if (!kind->number)
            continue;
        injected += kind->injected;
        printf("  %-34s%12s", name_of_event((uint8_t)what), name_of_number(kind->number, number));
        if (kind->failed)
            printf("%12s", name_of_number(kind->failed, failed));
        print_failures(kind);
        putchar('\n');
    }
    print_number("all", tally->events);
    if (injected)
        print_number("injected failures", injected);
    print_number("dropped, buffer full", tally->dropped);
    print_number("recorded late", counts->late);
    if (counts->unknown)
        print_number("of unknown kinds", counts->unknown);
}

static void print_three(const char *label, const uint64_t numbers[3])
{
    char text[3][NAME_TEXT];

    printf("  %-34s%12s%12s%12s\n", label, name_of_number(numbers[0], text[0]), name_of_number(numbers[1], text[1]),
           name_of_number(numbers[2], text[2]));
}

static void print_refusers(const tally *tally)
{
    char number[NAME_TEXT];

    if (!tally->kinds[HOSTMEM_TRACE_REFUSED].number)
        return;
    print_three("  by the budget", tally->refused_by[0]);
    print_three("  by Windows", tally->refused_by[1]);
    for (uint32_t i = 0; i < tally->error_count; i++)
        printf("      error %-26" PRIu32 "%12s\n", tally->errors[i].result,
               name_of_number(tally->errors[i].number, number));
}

static void print_policy(const tally *tally)
{
    const tally_kind *waits = &tally->kinds[HOSTMEM_TRACE_WAITED];

    printf("%-36s%12s%12s%12s\n", "Requests", "task", "app domain", "process");
    print_three("refused", tally->refused);
    print_refusers(tally);
    if (tally->refused[3])
        print_number("refused, of no level", tally->refused[3]);
    printf("%-36s%12s%12s%12s\n", "Notifications", "Low", "Neutral", "High");
    print_three("sent", tally->notifications + 1);
    if (!waits->number)
        return;
    printf("%-36s%12s%12s%12s\n", "Waits for memory", "number", "failed", "longest");
    printf("  %-34s%12" PRIu64 "%12" PRIu64 "%9" PRIu64 " ms\n", "requests that waited", waits->number,
           waits->number - tally->waits_ended_well, tally->longest_wait_ms);
}

static void print_peak(const summary *summary, const char *label, const tally_peak *peak, uint64_t last, bool is_size)
{
    char most[NAME_TEXT], now[NAME_TEXT];

    printf("  %-34s%12s%12s", label, is_size ? name_of_size(last, now) : name_of_number(last, now),
           is_size ? name_of_size(peak->most, most) : name_of_number(peak->most, most));
    if (peak->most)
        printf("%12s", time_of(summary, peak->ticks, most));
    putchar('\n');
}

static void print_peaks(const summary *summary)
{
    const tally *tally = &summary->digest.tally;
    const hostmem_trace_sample *last = &tally->last;
    char text[NAME_TEXT];

    printf("%-36s%12s%12s%12s\n", "Memory", "last", "most", "at");
    print_peak(summary, "address space", &tally->reserved, last->reserved_bytes, true);
    print_peak(summary, "committed", &tally->committed, last->committed_bytes, true);
    print_peak(summary, "  of that, executable", &tally->executable, last->executable_bytes, true);
    print_peak(summary, "heap", &tally->heap, last->heap_bytes, true);
    print_peak(summary, "  blocks", &tally->blocks, last->heap_blocks, false);
    print_peak(summary, "committed and heap", &tally->used, last->used_bytes, true);
    print_peak(summary, "mapped files", &tally->mapped, last->mapped_bytes, true);
    if (tally->limit.most) {
        print_peak(summary, "limit", &tally->limit, last->limit_bytes, true);
        print_peak(summary, "over the limit", &tally->overdraft, last->overdraft_bytes, true);
    }
    /* Between samples there may have been more; the library records these two exactly. */
    printf("  %-34s%12s%12s\n", "committed, between samples too", "", name_of_size(last->peak_committed_bytes, text));
    printf("  %-34s%12s%12s\n", "committed and heap, the same", "", name_of_size(last->peak_used_bytes, text));
}

static void print_kinds(const summary *summary)
{
    const kinds *kinds = &summary->kinds;

    if (!kinds->any)
        return;
    printf("%-36s%12s%12s\n", summary->digest.pages_lost ? "Used for, incomplete" : "Used for", "last", "most");
    for (uint32_t i = 1; i <= HOSTMEM_TRACE_KINDS; i++) {
        uint32_t kind = i % HOSTMEM_TRACE_KINDS; /* others last */
        char name[NAME_TEXT], now[NAME_TEXT], most[NAME_TEXT];
        printf("  %-34s%12s%12s\n", name_of_kind(kind, name), name_of_size(kinds->now[kind], now),
               name_of_size(kinds->most[kind], most));
    }
}

static void print_largest(const summary *summary)
{
    printf("%-36s%12s%12s\n", "Largest allocations", "size", "at");
    for (uint32_t i = 0; i < USAGE_LARGEST && summary->digest.usage.largest[i].what; i++) {
        const hostmem_trace_event *event = &summary->digest.usage.largest[i];
        char size[NAME_TEXT], time[NAME_TEXT], more[NAME_TEXT];
        bool is_block = event->what != HOSTMEM_TRACE_VIRTUAL_ALLOC;
        if (is_block)
            origins_text(&summary->digest.origins, event->origin, more);
        else
            name_of_memory_type(event->type, more);
        printf("  %-34s%12s%12s%s%s\n", name_of_event(event->what), name_of_size(event->size, size),
               time_of(summary, event->ticks, time), *more ? "  " : "", more);
    }
}

static void print_origins(const summary *summary)
{
    usage_origin top[TOP_ORIGINS];
    uint32_t all, count = usage_top_origins(&summary->digest.usage, false, USAGE_BY_BYTES, top, TOP_ORIGINS, &all);

    if (!count)
        return;
    printf("%-24s%12s%12s%12s  origin\n", "Blocks", "bytes", "left", "bytes left");
    for (uint32_t i = 0; i < count; i++) {
        char name[NAME_TEXT], text[4][NAME_TEXT];
        printf("%24s%12s%12s%12s  %s\n", name_of_number(top[i].blocks, text[0]), name_of_size(top[i].bytes, text[1]),
               name_of_number(top[i].live_blocks, text[2]), name_of_size(top[i].live_bytes, text[3]),
               top[i].id ? origins_text(&summary->digest.origins, top[i].id, name) : "not known");
    }
    if (all > count)
        print_number("other origins", all - count);
    if (summary->digest.usage.not_followed)
        print_number("blocks not tracked", summary->digest.usage.not_followed);
}

static void print_page_origins(const summary *summary)
{
    usage_origin top[TOP_ORIGINS];
    uint32_t all, count = usage_top_origins(&summary->digest.usage, true, USAGE_BY_LIVE_BYTES, top, TOP_ORIGINS, &all);

    if (!count)
        return;
    printf("%-24s%12s%12s%12s  origin\n",
           summary->digest.pages_lost || summary->digest.tally.dropped ? "Commits, incomplete" : "Commits", "bytes", "",
           "bytes left");
    for (uint32_t i = 0; i < count; i++) {
        char name[NAME_TEXT], text[3][NAME_TEXT];
        printf("%24s%12s%12s%12s  %s\n", name_of_number(top[i].blocks, text[0]), name_of_size(top[i].bytes, text[1]),
               "", name_of_size(top[i].live_bytes, text[2]),
               top[i].id ? origins_text(&summary->digest.origins, top[i].id, name) : "not known");
    }
    if (all > count)
        print_number("other origins", all - count);
}

static void print_all(summary *summary)
{
    hostmem_trace_reader_counts counts = hostmem_trace_reader_get_counts(summary->input.reader);

    print_process(summary);
    putchar('\n');
    print_events(&summary->digest.tally, &counts);
    print_policy(&summary->digest.tally);
    if (summary->digest.tally.samples)
        print_peaks(summary);
    print_kinds(summary);
    if (summary->digest.usage.largest[0].what)
        print_largest(summary);
    print_origins(summary);
    print_page_origins(summary);
}

int summary_run(int count, char **arguments)
{
    static summary summary; /* too large for some stacks */
    const char *path = NULL;
    hostmem_trace_item item;

    for (int i = 0; i < count; i++) {
        if (frame_names_option(&summary.names, count, arguments, &i))
            continue;
        if (path || !trace_is_path(arguments[i])) {
            trace_complain("summary: unknown argument %s (--help)", arguments[i]);
            return TRACE_EXIT_USAGE;
        }
        path = arguments[i];
    }
    if (!path) {
        trace_complain("summary needs one FILE (--help)");
        return TRACE_EXIT_USAGE;
    }
    if (!frame_names_begin(&summary.names) || !trace_input_open(&summary.input, path))
        return TRACE_EXIT_FAILED;
    digest_begin(&summary.digest, hostmem_trace_reader_header(summary.input.reader));
    summary.digest.pages.kinds = summary.digest.usage.kinds = &summary.kinds;
    while (trace_input_next(&summary.input, &item)) {
        digest_add(&summary.digest, &item);
        if (item.kind == HOSTMEM_TRACE_ITEM_EVENT)
            kinds_event(&summary.kinds, item.as.event);
    }
    trace_input_end_progress(&summary.input);
    origins_resolve(&summary.digest.origins, &summary.names);
    print_all(&summary);
    digest_free(&summary.digest);
    kinds_free(&summary.kinds);
    frame_names_free(&summary.names);
    return trace_input_close(&summary.input);
}
