/* JSON in which everything except letters, digits and harmless signs is escaped. */
#include "report_json.h"

#include <inttypes.h>
#include <string.h>

#include "utf8.h"

static void begin(report_json *json, const char *name)
{
    if (json->needs_comma)
        fputc(',', json->file);
    if (name)
        fprintf(json->file, "\"%s\":", name);
    json->needs_comma = true;
}

void report_json_open(report_json *json, const char *name, char bracket)
{
    begin(json, name);
    fputc(bracket, json->file);
    json->needs_comma = false;
}

void report_json_close(report_json *json, char bracket)
{
    fputc(bracket, json->file);
    json->needs_comma = true;
}

void report_json_number(report_json *json, const char *name, uint64_t value)
{
    begin(json, name);
    fprintf(json->file, "%" PRIu64, value);
}

void report_json_real(report_json *json, const char *name, double value)
{
    begin(json, name);
    fprintf(json->file, "%.12g", value);
}

void report_json_address(report_json *json, const char *name, uint64_t address)
{
    begin(json, name);
    fprintf(json->file, "\"0x%" PRIx64 "\"", address);
}

static bool is_harmless(uint32_t character)
{
    return character >= ' ' && character < 0x7f && !strchr("\"\\<>&'`/", (int)character);
}

void report_json_text(report_json *json, const char *name, const char *text, size_t count)
{
    begin(json, name);
    fputc('"', json->file);
    for (size_t at = 0, length; at < count; at += length) {
        uint32_t character = utf8_decode(text + at, count - at, &length);
        if (is_harmless(character)) {
            fputc((int)character, json->file);
        } else if (character < 0x10000) {
            fprintf(json->file, "\\u%04" PRIx32, character);
        } else {
            character -= 0x10000;
            fprintf(json->file, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + (character >> 10),
                    0xdc00 + (character & 0x3ff));
        }
    }
    fputc('"', json->file);
}
