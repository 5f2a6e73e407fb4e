/* hostmem-trace csv: one row for each event, for spreadsheets and other programs. RFC 4180: lines end with CR and
 * LF, and fields with commas, quotation marks or ends of lines are quoted. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "input.h"
#include "names.h"
#include "origin_names.h"
#include "output.h"

typedef struct csv {
    FILE *out;
    bool in_row; /* a field of the current row has been written */
    origins origins;
} csv;

static void begin_field(csv *csv)
{
    if (csv->in_row)
        fputc(',', csv->out);
    csv->in_row = true;
}

static void put_field(csv *csv, const char *text)
{
    begin_field(csv);
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, csv->out);
        return;
    }
    fputc('"', csv->out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', csv->out);
        fputc(*text, csv->out);
    }
    fputc('"', csv->out);
}

/* Whether a spreadsheet would take a cell that begins so for a formula. Some also accept the full-width forms of
 * the signs. */
static bool begins_formula(const char *text)
{
    static const char *const signs[] = {"=",           "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                        "\xef\xbc\xa0"};

    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
        if (!strncmp(text, signs[i], strlen(signs[i])))
            return true;
    return false;
}

/* A text from the traced program. An apostrophe keeps it from being a formula: at the beginning, and after a
 * semicolon, which separates cells where the comma is the decimal sign. */
static void put_foreign(csv *csv, const char *text)
{
    char harmless[2 * NAME_TEXT];
    size_t length = 0;
    bool at_beginning = true;

    for (; *text; text++) {
        if (at_beginning && begins_formula(text))
            harmless[length++] = '\'';
        at_beginning = *text == ';';
        harmless[length++] = *text;
    }
    harmless[length] = 0;
    put_field(csv, harmless);
}

static void end_row(csv *csv)
{
    fputs("\r\n", csv->out);
    csv->in_row = false;
}

static void put_number(csv *csv, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    put_field(csv, text);
}

/* Hexadecimal; empty for 0. */
static void put_address(csv *csv, uint64_t address)
{
    char text[24] = "";

    if (address)
        snprintf(text, sizeof(text), "0x%" PRIx64, address);
    put_field(csv, text);
}

static bool has_type(const hostmem_trace_event *event)
{
    return event->what == HOSTMEM_TRACE_VIRTUAL_ALLOC || event->what == HOSTMEM_TRACE_VIRTUAL_FREE ||
           event->what == HOSTMEM_TRACE_CREATE_MALLOC;
}

static bool has_protection(const hostmem_trace_event *event)
{
    return event->what == HOSTMEM_TRACE_VIRTUAL_ALLOC || event->what == HOSTMEM_TRACE_VIRTUAL_PROTECT;
}

static bool has_size(const hostmem_trace_event *event)
{
    switch (event->what) {
    case HOSTMEM_TRACE_VIRTUAL_ALLOC:
    case HOSTMEM_TRACE_VIRTUAL_FREE:
    case HOSTMEM_TRACE_VIRTUAL_QUERY:
    case HOSTMEM_TRACE_VIRTUAL_PROTECT:
    case HOSTMEM_TRACE_ALLOC:
    case HOSTMEM_TRACE_DEBUG_ALLOC:
    case HOSTMEM_TRACE_NEEDS_ADDRESS_SPACE:
    case HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE:
    case HOSTMEM_TRACE_WAITED:
    case HOSTMEM_TRACE_LIMIT:
    case HOSTMEM_TRACE_REFUSED:
        return true;
    default:
        return false;
    }
}

/* The field value has another meaning for each kind of event. */
static void put_value(csv *csv, const hostmem_trace_event *event)
{
    char text[NAME_TEXT] = "";

    switch (event->what) {
    case HOSTMEM_TRACE_VIRTUAL_PROTECT:
        put_field(csv, event->value ? name_of_protection(event->value, text) : "");
        break;
    case HOSTMEM_TRACE_GET_MEMORY_LOAD:
        snprintf(text, sizeof(text), "%" PRIu32 " %%", event->value);
        put_field(csv, text);
        break;
    case HOSTMEM_TRACE_NOTIFICATION:
        put_field(csv, name_of_available(event->value, text));
        break;
    case HOSTMEM_TRACE_WAITED:
        snprintf(text, sizeof(text), "%" PRIu32 " ms", event->value);
        put_field(csv, text);
        break;
    case HOSTMEM_TRACE_CLOSED:
        put_field(csv, name_of_closed(event->value, text));
        break;
    default:
        put_field(csv, "");
        break;
    }
}

static void put_out(csv *csv, const hostmem_trace_event *event)
{
    if (event->what == HOSTMEM_TRACE_VIRTUAL_QUERY || event->what == HOSTMEM_TRACE_GET_MEMORY_LOAD)
        put_number(csv, event->out);
    else
        put_address(csv, event->out);
}

static void put_refuser(csv *csv, const hostmem_trace_event *event)
{
    bool is_refusal = event->what == HOSTMEM_TRACE_REFUSED;
    char text[NAME_TEXT];

    put_field(csv, is_refusal ? name_of_refuser(event->type, text) : "");
    if (is_refusal)
        put_number(csv, event->value);
    else
        put_field(csv, "");
}

static void put_header(csv *csv)
{
    static const char *const names[] = {"time_us", "late",     "thread", "event",   "result", "level",
                                        "address", "size",     "type",   "protect", "value",  "out",
                                        "origin",  "injected", "by",     "error"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        put_field(csv, names[i]);
    end_row(csv);
}

static void put_event(csv *csv, const trace_input *input, const trace_item *item)
{
    const hostmem_trace_event *event = item->as.event;
    char text[NAME_TEXT];

    snprintf(text, sizeof(text), "%.1f", trace_input_microseconds(input, event->ticks));
    put_field(csv, text);
    put_field(csv, item->late ? "late" : "");
    put_number(csv, event->thread);
    put_field(csv, name_of_event(event->what));
    put_field(csv, name_of_result(event->result, text));
    put_field(csv, name_of_level(event->level, text));
    put_address(csv, event->address);
    if (has_size(event))
        put_number(csv, event->size);
    else
        put_field(csv, "");
    if (has_type(event))
        put_field(csv, event->what == HOSTMEM_TRACE_CREATE_MALLOC ? name_of_malloc_type(event->type, text)
                                                                  : name_of_memory_type(event->type, text));
    else
        put_field(csv, "");
    put_field(csv, has_protection(event) ? name_of_protection(event->protect, text) : "");
    put_value(csv, event);
    put_out(csv, event);
    put_foreign(csv, origins_text(&csv->origins, event->origin, text));
    put_field(csv, event->flags & HOSTMEM_TRACE_INJECTED ? "injected" : "");
    put_refuser(csv, event);
    end_row(csv);
}

static int write_rows(csv *csv, trace_input *input)
{
    trace_item item;

    put_header(csv);
    while (!ferror(csv->out) && trace_input_next(input, &item)) {
        origins_add(&csv->origins, &item);
        if (item.kind == TRACE_ITEM_EVENT)
            put_event(csv, input, &item);
    }
    origins_free(&csv->origins);
    return trace_input_close(input);
}

static bool read_arguments(int count, char **arguments, const char **path, const char **out_path)
{
    for (int i = 0; i < count; i++) {
        if (!strcmp(arguments[i], "-o") && i + 1 < count && !*out_path)
            *out_path = arguments[++i];
        else if (trace_is_path(arguments[i]) && !*path)
            *path = arguments[i];
        else
            return trace_complain("csv: unknown argument %s (--help)", arguments[i]);
    }
    return *path || trace_complain("csv needs a FILE (--help)");
}

int csv_run(int count, char **arguments)
{
    const char *path = NULL, *out_path = NULL;
    csv csv = {0};
    trace_input input;
    int status;

    if (!read_arguments(count, arguments, &path, &out_path))
        return TRACE_EXIT_USAGE;
    /* First, so that a wrong FILE does not overwrite OUT. */
    if (!trace_input_open(&input, path))
        return TRACE_EXIT_FAILED;
    csv.out = trace_output_create(out_path);
    if (!csv.out) {
        trace_input_close(&input);
        return TRACE_EXIT_FAILED;
    }
    status = write_rows(&csv, &input);
    return trace_output_close(csv.out, out_path, "rows") ? status : TRACE_EXIT_FAILED;
}
