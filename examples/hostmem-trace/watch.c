/* hostmem-trace watch: a trace while it is recorded. In a terminal a screen that is drawn again; elsewhere a line for
 * each second of the trace, and the figures at its end. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "console.h"
#include "digest.h"
#include "files.h"
#include "follow.h"
#include "history.h"
#include "input.h"
#include "names.h"

enum {
    REDRAW_MS = 100,
    NAMES_MS = 2000, /* between searches for names of new frames */
    LABEL_WIDTH = 22,
    NUMBERS_WIDTH = LABEL_WIDTH + 2 * 12 + 2, /* of a row before its sparkline */
    LEAST_SPARK = 8,                          /* narrower ones are left out */
    MOST_SPARK = 60,
    FIXED_LINES = 15, /* all but the origins */
    TOP_ORIGINS = 10,
    MOST_LINE = 2048
};

typedef struct watch {
    const char *path;
    bool once;
    bool has_screen;
    bool is_open; /* the header has been read */
    follow follow;
    trace_input input;
    digest digest;
    frame_names names;
    history history;
    uint64_t drawn_at;  /* ms */
    uint64_t named_at;  /* ms */
    uint64_t last_line; /* without a screen: second of the trace of the last line */
} watch;

/* ---- Figures ---- */

static void figures_of(const hostmem_trace_sample *sample, uint64_t figures[HISTORY_FIGURES])
{
    const uint64_t all[HISTORY_FIGURES] = {sample->used_bytes,  sample->committed_bytes, sample->heap_bytes,
                                           sample->heap_blocks, sample->reserved_bytes,  sample->executable_bytes};

    memcpy(figures, all, sizeof(all));
}

static double seconds_of(const watch *watch)
{
    return trace_input_microseconds(&watch->input, watch->digest.tally.last_ticks) / 1e6;
}

/* ---- The screen ---- */

/* As many bytes of UTF-8 as make at most width characters. */
static size_t bytes_within(const char *text, uint32_t width)
{
    size_t bytes = 0;

    for (; text[bytes]; bytes++)
        if ((text[bytes] & 0xc0) != 0x80 && !width--)
            break;
    return bytes;
}

static void put_line(uint32_t width, const char *format, ...) TRACE_PRINTF(2, 3);

/* A line that were too long would wrap, and the screen be too high. */
static void put_line(uint32_t width, const char *format, ...)
{
    char text[MOST_LINE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    console_line(text, bytes_within(text, width));
}

static void print_figure(const watch *watch, unsigned figure, const char *label, const tally_peak *peak, bool is_size,
                         uint32_t width)
{
    uint64_t now[HISTORY_FIGURES];
    char text[2][NAME_TEXT], spark[HISTORY_TEXT] = "";

    figures_of(&watch->digest.tally.last, now);
    if (width >= NUMBERS_WIDTH + LEAST_SPARK) {
        uint32_t room = width - NUMBERS_WIDTH;
        history_spark(&watch->history, figure, room < MOST_SPARK ? room : MOST_SPARK, spark);
    }
    put_line(width, "%-*s%12s%12s%s%s", LABEL_WIDTH, label,
             is_size ? name_of_size(now[figure], text[0]) : name_of_number(now[figure], text[0]),
             is_size ? name_of_size(peak->most, text[1]) : name_of_number(peak->most, text[1]), *spark ? "  " : "",
             spark);
}

static void print_count(const char *label, uint64_t number, const char *more, uint32_t width)
{
    char text[NAME_TEXT];

    put_line(width, "%-*s%12s%s%s", LABEL_WIDTH, label, name_of_number(number, text), *more ? "  " : "", more);
}

static void print_counts(const watch *watch, uint32_t width)
{
    const tally *tally = &watch->digest.tally;
    uint64_t refused = 0;
    char text[NAME_TEXT];

    for (int level = 0; level < 4; level++)
        refused += tally->refused[level];
    snprintf(text, sizeof(text), "dropped %" PRIu64, tally->dropped);
    print_count("events", tally->events, tally->dropped ? text : "", width);
    print_count("refused", refused, "", width);
    snprintf(text, sizeof(text), "low %" PRIu64 ", neutral %" PRIu64 ", high %" PRIu64, tally->notifications[1],
             tally->notifications[2], tally->notifications[3]);
    print_count("notifications", tally->notifications[1] + tally->notifications[2] + tally->notifications[3], text,
                width);
}

/* Those with the most bytes that have not been freed: a leak rises here. */
static void print_origins(const watch *watch, uint32_t count, uint32_t width)
{
    usage_origin top[TOP_ORIGINS];
    uint32_t all, found = usage_top_origins(&watch->digest.usage, false, USAGE_BY_LIVE_BYTES, top, count, &all);

    put_line(width, "%-*s%12s%12s", LABEL_WIDTH, "Blocks by origin", "bytes left", "blocks");
    for (uint32_t i = 0; i < found && top[i].live_bytes; i++) {
        char text[2][NAME_TEXT], name[NAME_TEXT];
        origins_text(&watch->digest.origins, top[i].id, name);
        put_line(width, "%*s%12s%12s  %s", LABEL_WIDTH, "", name_of_size(top[i].live_bytes, text[0]),
                 name_of_number(top[i].live_blocks, text[1]), top[i].id ? name : "not known");
    }
}

static void print_page_origins(const watch *watch, uint32_t count, uint32_t width)
{
    usage_origin top[TOP_ORIGINS];
    uint32_t all, found = usage_top_origins(&watch->digest.usage, true, USAGE_BY_LIVE_BYTES, top, count, &all);

    if (!all)
        return;
    put_line(width, "%-*s%12s", LABEL_WIDTH, "Pages by origin", "bytes left");
    for (uint32_t i = 0; i < found && top[i].live_bytes; i++) {
        char size[NAME_TEXT], name[NAME_TEXT];
        origins_text(&watch->digest.origins, top[i].id, name);
        put_line(width, "%*s%12s%12s  %s", LABEL_WIDTH, "", name_of_size(top[i].live_bytes, size), "",
                 top[i].id ? name : "not known");
    }
}

static void print_all(const watch *watch, const char *state)
{
    const hostmem_trace_file_header *header = hostmem_trace_reader_header(watch->input.reader);
    const tally *tally = &watch->digest.tally;
    char text[NAME_TEXT];
    uint32_t width, height, origins;

    console_size(&width, &height);
    origins = height > FIXED_LINES + TOP_ORIGINS ? TOP_ORIGINS : height > FIXED_LINES ? height - FIXED_LINES : 0;
    if (!watch->has_screen) {
        origins = TOP_ORIGINS;
        if (!hmi_trace_file_is_terminal(stdout))
            width = MOST_LINE; /* nothing is shortened for programs that read it */
    }
    console_home();
    put_line(width, "Process %" PRIu32 ", %s, %s", header->process_id, name_of_time(seconds_of(watch) * 1e6, text),
             state);
    if (tally->last.limit_bytes)
        put_line(width, "%-*s%12s", LABEL_WIDTH, "limit", name_of_size(tally->last.limit_bytes, text));
    put_line(width, "%-*s%12s%12s", LABEL_WIDTH, "Memory", "now", "most");
    print_figure(watch, 0, "committed and heap", &tally->used, true, width);
    print_figure(watch, 1, "committed", &tally->committed, true, width);
    print_figure(watch, 5, "  executable", &tally->executable, true, width);
    print_figure(watch, 2, "heap", &tally->heap, true, width);
    print_figure(watch, 3, "  blocks", &tally->blocks, false, width);
    print_figure(watch, 4, "address space", &tally->reserved, true, width);
    print_counts(watch, width);
    if (origins && watch->digest.usage.has_page_origins && origins > 1) /* half of the lines for each, one a title */
        print_page_origins(watch, watch->has_screen ? (origins - 1) / 2 : origins, width);
    if (origins)
        print_origins(watch, watch->digest.usage.has_page_origins && watch->has_screen ? origins / 2 : origins, width);
    console_clear_rest();
}

/* ---- Without a screen ---- */

static void print_line(const watch *watch)
{
    const tally *tally = &watch->digest.tally;
    char used[NAME_TEXT], committed[NAME_TEXT], heap[NAME_TEXT], events[NAME_TEXT];

    printf("%8.1f s  committed and heap %10s  committed %10s  heap %10s  events %s\n", seconds_of(watch),
           name_of_size(tally->last.used_bytes, used), name_of_size(tally->last.committed_bytes, committed),
           name_of_size(tally->last.heap_bytes, heap), name_of_number(tally->events, events));
    fflush(stdout);
}

/* ---- Following ---- */

static void draw_if_due(watch *watch)
{
    uint64_t now = console_milliseconds();

    if (!watch->has_screen || !watch->is_open || now - watch->drawn_at < REDRAW_MS)
        return;
    watch->drawn_at = now;
    if (now - watch->named_at >= NAMES_MS) {
        origins_resolve(&watch->digest.origins, &watch->names);
        watch->named_at = console_milliseconds();
    }
    print_all(watch, "recording");
}

static bool wait(void *context)
{
    draw_if_due(context);
    if (console_is_interrupted())
        return false;
    console_sleep(REDRAW_MS);
    return true;
}

static void add_sample(watch *watch, const hostmem_trace_sample *sample)
{
    const hostmem_trace_file_header *header = hostmem_trace_reader_header(watch->input.reader);
    uint64_t since = sample->ticks > header->start_ticks ? sample->ticks - header->start_ticks : 0;
    uint64_t second = since / header->ticks_per_second, figures[HISTORY_FIGURES];

    figures_of(sample, figures);
    history_add(&watch->history, since, figures);
    if (watch->has_screen || watch->once || second <= watch->last_line)
        return;
    print_line(watch);
    watch->last_line = second;
}

/* A trace without its end is nothing that went wrong: it may be recorded at this moment. */
static int close_input(watch *watch)
{
    bool has_end = hostmem_trace_reader_ending(watch->input.reader) != HOSTMEM_TRACE_CUT_OFF;

    if (has_end && !console_is_interrupted())
        return trace_input_close(&watch->input);
    hostmem_trace_reader_close(watch->input.reader);
    return console_is_interrupted() ? TRACE_EXIT_OK : TRACE_EXIT_CUT_OFF; /* who stops it does not miss the end */
}

static int run(watch *watch)
{
    static const char *const states[] = {"recording", "complete", "recording, or ended without its closing record",
                                         "damaged"};
    hostmem_trace_item item;

    watch->is_open = true;
    digest_begin(&watch->digest, hostmem_trace_reader_header(watch->input.reader));
    while (!console_is_interrupted() && trace_input_next(&watch->input, &item)) {
        digest_add(&watch->digest, &item);
        if (item.kind == HOSTMEM_TRACE_ITEM_SAMPLE)
            add_sample(watch, item.as.sample);
        draw_if_due(watch);
    }
    console_leave_screen();
    watch->has_screen = false;
    origins_resolve(&watch->digest.origins, &watch->names);
    print_all(watch, console_is_interrupted() ? "recording" : states[hostmem_trace_reader_ending(watch->input.reader)]);
    digest_free(&watch->digest);
    return close_input(watch);
}

static bool read_arguments(int count, char **arguments, watch *watch)
{
    for (int i = 0; i < count; i++) {
        if (!strcmp(arguments[i], "--once"))
            watch->once = true;
        else if (frame_names_option(&watch->names, count, arguments, &i))
            continue;
        else if (trace_is_path(arguments[i]) && !watch->path)
            watch->path = arguments[i];
        else
            return trace_complain("watch: unknown argument %s (--help)", arguments[i]);
    }
    return watch->path || trace_complain("watch needs a FILE (--help)");
}

int watch_run(int count, char **arguments)
{
    static watch watch; /* too large for some stacks */
    hostmem_trace_problem problem = {0};
    hostmem_trace_source source;
    int status;

    if (!read_arguments(count, arguments, &watch))
        return TRACE_EXIT_USAGE;
    if (!frame_names_begin(&watch.names))
        return TRACE_EXIT_FAILED;
    history_init(&watch.history);
    watch.has_screen = !watch.once && hmi_trace_file_is_terminal(stdout);
    watch.follow.wait = watch.once ? NULL : wait;
    watch.follow.context = &watch;
    if (!follow_open(&watch.follow, watch.path, &source, &problem)) {
        trace_complain("%s: at byte 0: %s", watch.path, problem.text);
        return TRACE_EXIT_FAILED;
    }
    watch.has_screen = console_begin(watch.has_screen);
    if (!trace_input_open_source(
            &watch.input, strcmp(watch.path, TRACE_STANDARD_STREAM) != 0 ? watch.path : "standard input", &source)) {
        console_end();
        return TRACE_EXIT_FAILED;
    }
    status = run(&watch);
    console_end();
    frame_names_free(&watch.names);
    return status;
}
