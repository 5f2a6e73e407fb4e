/* Rows of CSV (RFC 4180: lines end with CR and LF, and fields with commas, quotation marks or ends of lines are
 * quoted) or of JSON, where a field without a value is left out. CSV is collected in a buffer, and numbers are written
 * by hand: with the C library's functions a row takes three times as long. See rows.h. */
#include "rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "origin_names.h"
#include "report_json.h"

static const char *const names[] = {"time_us", "late",    "thread", "event", "result", "level",    "address", "size",
                                    "type",    "protect", "value",  "out",   "origin", "injected", "by",      "error"};

enum {
    BUFFER = 0x10000,
    DIGITS = 24, /* room for a number */
    KNOWN_ORIGINS = 256
};

/* The text of an origin, so that it is not made for each event. */
typedef struct rows_origin {
    uint64_t id; /* 0: none */
    char text[2 * NAME_TEXT];
} rows_origin;

typedef struct rows {
    FILE *out;
    unsigned column; /* of the next field */
    bool as_json;
    report_json json;
    origins origins;
    rows_origin known[KNOWN_ORIGINS];
    uint32_t length; /* of what is in the buffer */
    char buffer[BUFFER];
} rows;

/* ---- Text ---- */

static void flush(rows *rows)
{
    fwrite(rows->buffer, 1, rows->length, rows->out);
    rows->length = 0;
}

static void put_char(rows *rows, char character)
{
    if (rows->length == BUFFER)
        flush(rows);
    rows->buffer[rows->length++] = character;
}

/* At most BUFFER bytes. */
static void put_bytes(rows *rows, const char *bytes, size_t count)
{
    if (count > BUFFER - rows->length)
        flush(rows);
    memcpy(rows->buffer + rows->length, bytes, count);
    rows->length += (uint32_t)count;
}

/* Returns the beginning of the digits, whose end is the end of the text. */
static char *digits_of(uint64_t number, unsigned base, char text[DIGITS])
{
    char *at = text + DIGITS;

    do
        *--at = "0123456789abcdef"[number % base];
    while (number /= base);
    return at;
}

/* ---- Fields ---- */

/* Returns false if the row is of JSON, in which the field has been written. */
static bool begin_field(rows *rows, const char *text)
{
    unsigned column = rows->column++;

    if (rows->as_json && *text)
        report_json_text(&rows->json, names[column], text, strlen(text));
    else if (!rows->as_json && column)
        put_char(rows, ',');
    return !rows->as_json;
}

/* A text without commas, quotation marks and ends of lines. */
static void put_field(rows *rows, const char *text)
{
    if (begin_field(rows, text))
        put_bytes(rows, text, strlen(text));
}

static void put_any_field(rows *rows, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        put_field(rows, text);
        return;
    }
    if (!begin_field(rows, text))
        return;
    put_char(rows, '"');
    for (; *text; text++) {
        if (*text == '"')
            put_char(rows, '"');
        put_char(rows, *text);
    }
    put_char(rows, '"');
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

/* Copies a text from the traced program. An apostrophe keeps it from being a formula: at the beginning, and after a
 * semicolon, which separates cells where the comma is the decimal sign. */
static void make_harmless(const rows *rows, const char *text, char harmless[2 * NAME_TEXT])
{
    size_t length = 0;
    bool at_beginning = !rows->as_json;

    for (; *text; text++) {
        if (at_beginning && begins_formula(text))
            harmless[length++] = '\'';
        at_beginning = *text == ';' && !rows->as_json;
        harmless[length++] = *text;
    }
    harmless[length] = 0;
}

static rows_origin *place_of_origin(rows *rows, uint64_t id)
{
    return &rows->known[(id >> 4 ^ id) % KNOWN_ORIGINS];
}

static void put_origin(rows *rows, uint64_t id)
{
    rows_origin *known = place_of_origin(rows, id);
    char text[NAME_TEXT];

    if (id && known->id != id) {
        known->id = id;
        make_harmless(rows, origins_text(&rows->origins, id, text), known->text);
    }
    put_any_field(rows, id ? known->text : "");
}

/* What describes an origin may change its text. */
static void add_definition(rows *rows, const hostmem_trace_item *item)
{
    if (item->kind == HOSTMEM_TRACE_ITEM_SITE)
        place_of_origin(rows, item->as.site->id)->id = 0;
    else if (item->kind == HOSTMEM_TRACE_ITEM_STACK)
        place_of_origin(rows, item->as.stack->id)->id = 0;
    for (uint32_t i = 0; i < KNOWN_ORIGINS && item->kind == HOSTMEM_TRACE_ITEM_MODULE; i++)
        rows->known[i].id = 0;
    origins_add(&rows->origins, item);
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
    if (rows->as_json)
        fputc('\n', rows->out);
    else
        put_bytes(rows, "\r\n", 2);
    rows->json.needs_comma = false;
}

static void put_number(rows *rows, uint64_t number)
{
    char text[DIGITS], *digits;

    if (rows->as_json) {
        report_json_number(&rows->json, names[rows->column++], number);
        return;
    }
    digits = digits_of(number, 10, text);
    begin_field(rows, "");
    put_bytes(rows, digits, (size_t)(text + DIGITS - digits));
}

/* Hexadecimal; empty for 0. */
static void put_address(rows *rows, uint64_t address)
{
    char text[DIGITS + 1], *digits;

    if (!address) {
        put_field(rows, "");
        return;
    }
    text[DIGITS] = 0;
    digits = digits_of(address, 16, text);
    *--digits = 'x';
    *--digits = '0';
    put_field(rows, digits);
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

/* With one decimal. */
static void put_time(rows *rows, double microseconds)
{
    double tenths = (microseconds < 0 ? -microseconds : microseconds) * 10 + 0.5;
    char text[NAME_TEXT], *digits;

    if (rows->as_json) {
        report_json_real(&rows->json, names[rows->column++], microseconds);
    } else if (tenths >= 1e18) {
        snprintf(text, sizeof(text), "%.1f", microseconds);
        put_field(rows, text);
    } else {
        begin_field(rows, "");
        if (microseconds < 0)
            put_char(rows, '-');
        digits = digits_of((uint64_t)tenths / 10, 10, text);
        put_bytes(rows, digits, (size_t)(text + DIGITS - digits));
        put_char(rows, '.');
        put_char(rows, (char)('0' + (uint64_t)tenths % 10));
    }
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
    put_origin(rows, event->origin);
    put_field(rows, event->flags & HOSTMEM_TRACE_INJECTED ? "injected" : "");
    put_refuser(rows, event);
    end_row(rows);
}

void rows_write(FILE *out, trace_input *input, bool as_json)
{
    static rows rows; /* too large for the stack */
    hostmem_trace_item item;

    memset(&rows, 0, sizeof(rows));
    rows.out = out;
    rows.as_json = as_json;
    rows.json.file = out;
    put_header(&rows);
    while (!ferror(out) && trace_input_next(input, &item)) {
        if (item.kind == HOSTMEM_TRACE_ITEM_EVENT)
            put_event(&rows, input, &item);
        else
            add_definition(&rows, &item);
    }
    flush(&rows);
    origins_free(&rows.origins);
}
