/* One function for each part of the JSON. Times are in seconds since the start of the trace, sizes in bytes. Rows
 * of tables are arrays; page/js/words.js has the same order. */
#include "report_data.h"

#include <string.h>

#include "names.h"
#include "report_json.h"
#include "report_origins_json.h"

/* Milliseconds between 1601 and 1970. */
#define FILETIME_EPOCH_MS 11644473600000.0

static double seconds(const report_model *model, uint64_t ticks)
{
    return (double)ticks / (double)model->header.ticks_per_second;
}

static void write_words(report_json *json, const char *name, const char *words)
{
    report_json_text(json, name, words, strlen(words));
}

static void write_about(report_json *json, const report_model *model, const report_about *about)
{
    static const char *const endings[] = {"reading", "complete", "cut off", "damaged"};
    report_json_open(json, "file", '{');
    write_words(json, "name", about->file_name);
    report_json_number(json, "bytes", about->file_bytes);
    write_words(json, "ending", endings[about->ending]);
    write_words(json, "problem", about->problem);
    report_json_close(json, '}');
    report_json_number(json, "version", about->version);
    report_json_open(json, "process", '{');
    report_json_number(json, "id", model->header.process_id);
    report_json_number(json, "pointer", model->header.pointer_bytes);
    report_json_number(json, "page", model->header.page_bytes);
    report_json_number(json, "granularity", model->header.granularity);
    report_json_close(json, '}');
    report_json_real(json, "start", (double)model->header.start_time / 1e4 - FILETIME_EPOCH_MS);
    report_json_real(json, "seconds", seconds(model, model->now));
    report_json_open(json, "counts", '{');
    report_json_number(json, "events", model->calls.total);
    report_json_number(json, "dropped", model->dropped);
    report_json_number(json, "late", model->late);
    report_json_number(json, "unknown", about->unknown);
    report_json_number(json, "samples", model->sample_count);
    report_json_close(json, '}');
    report_json_open(json, "live", '{');
    report_json_number(json, "reserved", model->pages.bytes[REPORT_RESERVED] + report_pages_committed(&model->pages));
    report_json_number(json, "committed", report_pages_committed(&model->pages));
    report_json_number(json, "executable", model->pages.bytes[REPORT_EXECUTABLE]);
    report_json_number(json, "mapped", model->pages.bytes[REPORT_MAPPED]);
    report_json_number(json, "heap", model->heap_bytes);
    report_json_number(json, "blocks", model->blocks.count);
    report_json_close(json, '}');
}

/* Of traces in which memory was named: name, bytes at the end, at most. */
static void write_kinds(report_json *json, const kinds *kinds)
{
    char text[NAME_TEXT];
    report_json_open(json, "kinds", '[');
    for (uint32_t i = 1; kinds->any && i <= HOSTMEM_TRACE_KINDS; i++) {
        uint32_t kind = i % HOSTMEM_TRACE_KINDS; /* others last */
        report_json_open(json, NULL, '[');
        write_words(json, NULL, name_of_kind(kind, text));
        report_json_number(json, NULL, kinds->now[kind]);
        report_json_number(json, NULL, kinds->most[kind]);
        report_json_close(json, ']');
    }
    report_json_close(json, ']');
}

/* Of threads that have names: id, name. */
static void write_threads(report_json *json, const thread_names *threads)
{
    const live_entry *place = live_map_at_or_above(&threads->places, 0, 0);
    report_json_open(json, "threads", '[');
    for (; place; place = live_map_at_or_above(&threads->places, 0, place->address + 1)) {
        if (!*threads->names[place->value])
            continue;
        report_json_open(json, NULL, '[');
        report_json_number(json, NULL, place->address);
        write_words(json, NULL, threads->names[place->value]);
        report_json_close(json, ']');
    }
    report_json_close(json, ']');
}

static void write_result(report_json *json, uint32_t result)
{
    char text[NAME_TEXT];
    report_json_number(json, NULL, result);
    write_words(json, NULL, name_of_result(result, text));
}

/* The last value in each column, and how far below and above it the figure was. */
static void write_figure(report_json *json, const report_timeline *timeline, const char *name, int figure)
{
    const report_column *column = timeline->column;
    uint32_t used = timeline->columns.used;
    report_json_open(json, name, '[');
    for (int part = 0; part < 3; part++) {
        report_json_open(json, NULL, '[');
        for (uint32_t i = 0; i < used; i++) {
            uint64_t last = column[i].last.figures[figure];
            report_json_number(json, NULL,
                               part == 0   ? last
                               : part == 1 ? last - column[i].least[figure]
                                           : column[i].most[figure] - last);
        }
        report_json_close(json, ']');
    }
    report_json_close(json, ']');
}

static void write_timeline(report_json *json, const report_model *model)
{
    const report_timeline *timeline = &model->timeline;
    const report_limits *before = NULL;
    report_json_open(json, "timeline", '{');
    report_json_real(json, "width", seconds(model, timeline->columns.width));
    report_json_number(json, "columns", timeline->columns.used);
    write_figure(json, timeline, "committed", REPORT_COMMITTED);
    write_figure(json, timeline, "heap", REPORT_HEAP);
    write_figure(json, timeline, "used", REPORT_USED);
    report_json_open(json, "calls", '[');
    for (uint32_t i = 0; i < timeline->columns.used; i++)
        report_json_number(json, NULL, timeline->column[i].calls);
    report_json_close(json, ']');
    /* Only where they change: column, limit, low, neutral, high. */
    report_json_open(json, "limits", '[');
    for (uint32_t i = 0; i < timeline->columns.used; i++) {
        const report_limits *limits = &timeline->column[i].last.limits;
        if (before && !memcmp(before, limits, sizeof *limits))
            continue;
        before = limits;
        report_json_open(json, NULL, '[');
        report_json_number(json, NULL, i);
        report_json_number(json, NULL, limits->limit);
        report_json_number(json, NULL, limits->low);
        report_json_number(json, NULL, limits->neutral);
        report_json_number(json, NULL, limits->high);
        report_json_close(json, ']');
    }
    report_json_close(json, ']');
    report_json_close(json, '}');
}

static void write_cluster(report_json *json, const report_model *model, int kind, const report_cluster *cluster)
{
    const hostmem_trace_event *event = &cluster->first;
    report_json_open(json, NULL, '[');
    report_json_number(json, NULL, (uint64_t)kind);
    report_json_number(json, NULL, cluster->count);
    report_json_real(json, NULL, seconds(model, cluster->first_ticks));
    report_json_real(json, NULL, seconds(model, cluster->last_ticks));
    report_json_number(json, NULL, cluster->bytes);
    write_words(json, NULL, name_of_event(event->what));
    write_result(json, event->result);
    report_json_number(json, NULL, event->thread);
    report_json_number(json, NULL, event->level);
    report_json_number(json, NULL, event->size);
    report_json_number(json, NULL, event->value);
    report_json_number(json, NULL, cluster->refused_by[0]);
    report_json_number(json, NULL, cluster->refused_by[1]);
    report_json_close(json, ']');
}

static void write_marks(report_json *json, const report_model *model)
{
    const report_marks *marks = &model->marks;
    report_json_open(json, "marks", '{');
    report_json_open(json, "counts", '[');
    for (int kind = 0; kind < REPORT_MARK_KINDS; kind++)
        report_json_number(json, NULL, marks->count[kind]);
    report_json_close(json, ']');
    report_json_open(json, "refused", '[');
    for (int level = 0; level < 3; level++)
        report_json_number(json, NULL, marks->refused[level]);
    report_json_close(json, ']');
    report_json_open(json, "refusedBy", '[');
    report_json_number(json, NULL, marks->refused_by[0]);
    report_json_number(json, NULL, marks->refused_by[1]);
    report_json_close(json, ']');
    report_json_number(json, "lastSystemError", marks->last_system_error);
    report_json_open(json, "clusters", '[');
    for (uint32_t i = 0; i < marks->columns.used; i++) {
        for (int kind = 0; kind < REPORT_MARK_KINDS; kind++) {
            if (marks->cluster[i][kind].count)
                write_cluster(json, model, kind, &marks->cluster[i][kind]);
        }
    }
    report_json_close(json, ']');
    report_json_close(json, '}');
}

/* The address of the chunk, followed by pairs of a cell and the number of columns it lasts. */
static void write_row(report_json *json, const report_space *space, const report_row *row)
{
    report_json_open(json, NULL, '[');
    report_json_address(json, NULL, row->chunk * space->chunk_bytes);
    for (uint32_t i = 0, next; i < space->columns.used; i = next) {
        for (next = i + 1; next < space->columns.used && row->cells[next] == row->cells[i]; next++)
            ;
        report_json_number(json, NULL, row->cells[i]);
        report_json_number(json, NULL, next - i);
    }
    report_json_close(json, ']');
}

static void write_reservation(report_json *json, const report_model *model, const report_listed *listed)
{
    const report_reservation *reservation = &listed->reservation;
    char text[NAME_TEXT];
    report_json_open(json, NULL, '[');
    report_json_address(json, NULL, reservation->base);
    report_json_number(json, NULL, reservation->size);
    report_json_real(json, NULL, seconds(model, reservation->since));
    report_json_real(json, NULL, seconds(model, listed->until));
    report_json_number(json, NULL, listed->is_live);
    report_json_number(json, NULL, reservation->peak_committed);
    report_json_number(json, NULL, reservation->thread);
    write_words(json, NULL, name_of_protection(reservation->protect, text));
    report_json_number(json, NULL, reservation->is_view);
    report_json_number(json, NULL, reservation->is_older);
    write_words(json, NULL, reservation->kind ? name_of_kind(reservation->kind, text) : "");
    report_json_close(json, ']');
}

static void write_space(report_json *json, const report_model *model)
{
    const report_space *space = &model->space;
    report_json_open(json, "space", '{');
    report_json_real(json, "width", seconds(model, space->columns.width));
    report_json_number(json, "columns", space->columns.used);
    report_json_number(json, "chunk", space->chunk_bytes);
    report_json_number(json, "reservations", space->ended);
    report_json_open(json, "rows", '[');
    for (uint32_t i = 0; i < space->row_count; i++)
        write_row(json, space, space->rows[i]);
    report_json_close(json, ']');
    report_json_open(json, "listed", '[');
    for (uint32_t i = 0; i < space->listed_count; i++)
        write_reservation(json, model, &space->listed[i]);
    report_json_close(json, ']');
    report_json_close(json, '}');
}

static void write_histogram(report_json *json, const char *name, const report_histogram *histogram)
{
    uint32_t first = 0, end = REPORT_BUCKETS;
    while (first < end && !histogram->count[first])
        first++;
    while (end > first && !histogram->count[end - 1])
        end--;
    report_json_open(json, name, '{');
    report_json_number(json, "first", first);
    report_json_open(json, "count", '[');
    for (uint32_t i = first; i < end; i++)
        report_json_number(json, NULL, histogram->count[i]);
    report_json_close(json, ']');
    report_json_open(json, "bytes", '[');
    for (uint32_t i = first; i < end; i++)
        report_json_number(json, NULL, histogram->sum[i]);
    report_json_close(json, ']');
    report_json_close(json, '}');
}

static void write_histograms(report_json *json, const report_model *model)
{
    static const char *const names[REPORT_HISTOGRAMS] = {
        [REPORT_SIZES_RESERVED] = "reserved", [REPORT_SIZES_COMMITTED] = "committed",
        [REPORT_SIZES_BLOCKS] = "blocks",     [REPORT_LIVES_RESERVED] = "reservationLives",
        [REPORT_LIVES_BLOCKS] = "blockLives",
    };
    report_json_open(json, "histograms", '{');
    for (int i = 0; i < REPORT_HISTOGRAMS; i++)
        write_histogram(json, names[i], &model->histograms[i]);
    report_json_close(json, '}');
}

static void write_calls(report_json *json, const report_model *model)
{
    report_json_open(json, "calls", '[');
    for (uint32_t i = 0; i < model->calls.row_count; i++) {
        const report_calls_row *row = &model->calls.rows[i];
        report_json_open(json, NULL, '[');
        write_words(json, NULL, name_of_event(row->what));
        write_result(json, row->result);
        report_json_number(json, NULL, row->count);
        report_json_real(json, NULL, seconds(model, row->first_ticks));
        report_json_real(json, NULL, seconds(model, row->last_ticks));
        report_json_close(json, ']');
    }
    report_json_close(json, ']');
    report_json_number(json, "otherCalls", model->calls.others);
}

void report_data_write(FILE *file, const report_model *model, const report_about *about)
{
    report_json json = {.file = file};
    report_json_open(&json, NULL, '{');
    write_about(&json, model, about);
    write_kinds(&json, &model->kinds);
    write_threads(&json, &model->threads);
    write_timeline(&json, model);
    write_marks(&json, model);
    write_space(&json, model);
    write_histograms(&json, model);
    report_origins_write(&json, &model->origins, model->header.ticks_per_second);
    write_calls(&json, model);
    report_json_close(&json, '}');
}
