/* Rows of CSV (RFC 4180: lines end with CR and LF, and fields with commas, quotation marks or ends of lines are
 * quoted) or of JSON, where a field without a value is left out. See rows.h. */
#include "rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "origin_names.h"
#include "report_json.h"

static const char *const names[] = {"time_us", "late",    "thread", "event", "result", "level",    "address", "size",
                                    "type",    "protect", "value",  "out",   "origin", "injected", "by",      "error"};

typedef struct rows {
    FILE *out;
    unsigned column; /* of the next field */
    bool as_json;
    report_json json;
    origins origins;
} rows;

/* Returns false if the row is of JSON, in which the field has been written. */
static bool begin_field(rows *rows, const char *text)
{
    unsigned column = rows->column++;

    if (rows->as_json && *text)
        report_json_text(&rows->json, names[column], text, strlen(text));
    else if (!rows->as_json && column)
        fputc(',', rows->out);
    return !rows->as_json;
}

static void put_field(rows *rows, const char *text)
{
    if (!begin_field(rows, text))
        return;
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, rows->out);
        return;
    }
    fputc('"', rows->out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', rows->out);
        fputc(*text, rows->out);
    }
    fputc('"', rows->out);
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
static void put_foreign(rows *rows, const char *text)
{
    char harmless[2 * NAME_TEXT];
    size_t length = 0;
    bool at_beginning = !rows->as_json;

    for (; *text; text++) {
        if (at_beginning && begins_formula(text))
            harmless[length++] = '\'';
        at_beginning = *text == ';' && !rows->as_json;
        harmless[length++] = *text;
    }
    harmless[length] = 0;
    put_field(rows, harmless);
}

static void begin_row(rows *rows)
{
    rows->column = 0;
    if (rows->as_json)
        report_json_open(&rows->json, NULL, '{');
}

static void end_row(rows *rows)
{
    if (rows->as_json)
        report_json_close(&rows->json, '}');
    fputs(rows->as_json ? "\n" : "\r\n", rows->out);
    rows->json.needs_comma = false;
}

static void put_number(rows *rows, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    if (rows->as_json)
        report_json_number(&rows->json, names[rows->column++], number);
    else
        put_field(rows, text);
}

/* Hexadecimal; empty for 0. */
static void put_address(rows *rows, uint64_t address)
{
    char text[24] = "";

    if (address)
        snprintf(text, sizeof(text), "0x%" PRIx64, address);
    put_field(rows, text);
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
    case HOSTMEM_TRACE_NAMED:
        return true;
    default:
        return false;
    }
}

/* The field value has another meaning for each kind of event. */
static void put_value(rows *rows, const hostmem_trace_event *event)
{
    char text[NAME_TEXT] = "";

    switch (event->what) {
    case HOSTMEM_TRACE_VIRTUAL_PROTECT:
        put_field(rows, event->value ? name_of_protection(event->value, text) : "");
        break;
    case HOSTMEM_TRACE_GET_MEMORY_LOAD:
        snprintf(text, sizeof(text), "%" PRIu32 " %%", event->value);
        put_field(rows, text);
        break;
    case HOSTMEM_TRACE_NOTIFICATION:
        put_field(rows, name_of_available(event->value, text));
        break;
    case HOSTMEM_TRACE_WAITED:
        snprintf(text, sizeof(text), "%" PRIu32 " ms", event->value);
        put_field(rows, text);
        break;
    case HOSTMEM_TRACE_CLOSED:
        put_field(rows, name_of_closed(event->value, text));
        break;
    case HOSTMEM_TRACE_NAMED:
        put_field(rows, name_of_kind(event->value, text));
        break;
    default:
        put_field(rows, "");
        break;
    }
}

static void put_out(rows *rows, const hostmem_trace_event *event)
{
    if (event->what == HOSTMEM_TRACE_VIRTUAL_QUERY || event->what == HOSTMEM_TRACE_GET_MEMORY_LOAD)
        put_number(rows, event->out);
    else
        put_address(rows, event->out);
}

static void put_refuser(rows *rows, const hostmem_trace_event *event)
{
    bool is_refusal = event->what == HOSTMEM_TRACE_REFUSED;
    char text[NAME_TEXT];

    put_field(rows, is_refusal ? name_of_refuser(event->type, text) : "");
    if (is_refusal)
        put_number(rows, event->value);
    else
        put_field(rows, "");
}

static void put_header(rows *rows)
{
    if (rows->as_json)
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        put_field(rows, names[i]);
    end_row(rows);
}

static void put_time(rows *rows, double microseconds)
{
    char text[NAME_TEXT];

    snprintf(text, sizeof(text), "%.1f", microseconds);
    if (rows->as_json)
        report_json_real(&rows->json, names[rows->column++], microseconds);
    else
        put_field(rows, text);
}

static void put_event(rows *rows, const trace_input *input, const hostmem_trace_item *item)
{
    const hostmem_trace_event *event = item->as.event;
    char text[NAME_TEXT];

    begin_row(rows);
    put_time(rows, trace_input_microseconds(input, event->ticks));
    put_field(rows, item->late ? "late" : "");
    put_number(rows, event->thread);
    put_field(rows, name_of_event(event->what));
    put_field(rows, name_of_result(event->result, text));
    put_field(rows, name_of_level(event->level, text));
    put_address(rows, event->address);
    if (has_size(event))
        put_number(rows, event->size);
    else
        put_field(rows, "");
    if (has_type(event))
        put_field(rows, event->what == HOSTMEM_TRACE_CREATE_MALLOC ? name_of_malloc_type(event->type, text)
                                                                   : name_of_memory_type(event->type, text));
    else
        put_field(rows, "");
    put_field(rows, has_protection(event) ? name_of_protection(event->protect, text) : "");
    put_value(rows, event);
    put_out(rows, event);
    put_foreign(rows, origins_text(&rows->origins, event->origin, text));
    put_field(rows, event->flags & HOSTMEM_TRACE_INJECTED ? "injected" : "");
    put_refuser(rows, event);
    end_row(rows);
}

void rows_write(FILE *out, trace_input *input, bool as_json)
{
    rows rows = {.out = out, .as_json = as_json, .json = {.file = out}};
    hostmem_trace_item item;

    put_header(&rows);
    while (!ferror(out) && trace_input_next(input, &item)) {
        origins_add(&rows.origins, &item);
        if (item.kind == HOSTMEM_TRACE_ITEM_EVENT)
            put_event(&rows, input, &item);
    }
    origins_free(&rows.origins);
}
