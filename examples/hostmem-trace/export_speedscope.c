/* speedscope's JSON, as its file-format-schema.json describes it: frames once, then a profile for each value. */
#include <string.h>

#include "export_formats.h"
#include "report_json.h"

typedef struct scope {
    report_json json;
    const digest *digest;
    live_map numbers; /* of frames; their index is one less */
} scope;

static void write_text(report_json *json, const char *name, const char *text)
{
    report_json_text(json, name, text, strlen(text));
}

static void write_frame(scope *scope, export_frame frame)
{
    const origin *site = frame.type == EXPORT_ORIGIN && frame.key ? origins_find(&scope->digest->origins, frame.key)
                                                                  : NULL;
    char text[NAME_TEXT];

    report_json_open(&scope->json, NULL, '{');
    write_text(&scope->json, "name", export_frame_name(scope->digest, frame, text));
    if (site && site->name) {
        write_text(&scope->json, "file", site->name);
        report_json_real(&scope->json, "line", site->line);
    }
    report_json_close(&scope->json, '}');
}

static bool write_frames(scope *scope)
{
    report_json_open(&scope->json, "shared", '{');
    report_json_open(&scope->json, "frames", '[');
    for (uint32_t i = 0; i < scope->digest->usage.places.count; i++) {
        export_stack stack;
        export_stack_get(scope->digest, i, &stack);
        for (uint32_t frame = 0; frame < stack.count; frame++) {
            bool is_new;
            if (!export_frame_number(&scope->numbers, stack.frames[frame], &is_new))
                return false;
            if (is_new)
                write_frame(scope, stack.frames[frame]);
        }
    }
    report_json_close(&scope->json, ']');
    report_json_close(&scope->json, '}');
    return true;
}

/* Outermost first. */
static void write_stack(scope *scope, const export_stack *stack)
{
    report_json_open(&scope->json, NULL, '[');
    for (uint32_t i = stack->count; i; i--) {
        bool is_new;
        report_json_number(&scope->json, NULL, export_frame_number(&scope->numbers, stack->frames[i - 1], &is_new) - 1);
    }
    report_json_close(&scope->json, ']');
}

static void write_profile(scope *scope, export_value value)
{
    static const char *const names[EXPORT_VALUES] = {"blocks allocated", "bytes allocated", "blocks left",
                                                     "bytes left"};
    uint32_t count = scope->digest->usage.places.count;
    export_stack stack;
    uint64_t total = 0;

    report_json_open(&scope->json, NULL, '{');
    write_text(&scope->json, "type", "sampled");
    write_text(&scope->json, "name", names[value]);
    write_text(&scope->json, "unit", value == EXPORT_BYTES || value == EXPORT_LEFT_BYTES ? "bytes" : "none");
    report_json_number(&scope->json, "startValue", 0);
    report_json_open(&scope->json, "samples", '[');
    for (uint32_t i = 0; i < count; i++) {
        export_stack_get(scope->digest, i, &stack);
        if (stack.count && stack.values[value])
            write_stack(scope, &stack);
    }
    report_json_close(&scope->json, ']');
    report_json_open(&scope->json, "weights", '[');
    for (uint32_t i = 0; i < count; i++) {
        export_stack_get(scope->digest, i, &stack);
        if (!stack.count || !stack.values[value])
            continue;
        total += stack.values[value];
        report_json_number(&scope->json, NULL, stack.values[value]);
    }
    report_json_close(&scope->json, ']');
    report_json_number(&scope->json, "endValue", total);
    report_json_close(&scope->json, '}');
}

bool export_speedscope(FILE *out, const char *name, const digest *digest)
{
    /* What speedscope shows first comes first. */
    static const export_value order[] = {EXPORT_LEFT_BYTES, EXPORT_BYTES, EXPORT_LEFT_BLOCKS, EXPORT_BLOCKS};
    scope scope = {.json = {.file = out}, .digest = digest};
    bool is_good;

    report_json_open(&scope.json, NULL, '{');
    write_text(&scope.json, "$schema", "https://www.speedscope.app/file-format-schema.json");
    write_text(&scope.json, "exporter", "hostmem-trace");
    write_text(&scope.json, "name", name);
    is_good = write_frames(&scope);
    report_json_open(&scope.json, "profiles", '[');
    for (int i = 0; is_good && i < EXPORT_VALUES; i++)
        write_profile(&scope, order[i]);
    report_json_close(&scope.json, ']');
    report_json_close(&scope.json, '}');
    fputc('\n', out);
    live_map_free(&scope.numbers);
    return is_good;
}
