/* The text of flame graph tools: frames from the outermost to the innermost, separated by semicolons, and a number. */
#include <inttypes.h>

#include "export_formats.h"

static void write_name(FILE *out, const char *name)
{
    for (; *name; name++)
        fputc(*name == ';' ? ':' : *name, out);
}

void export_collapsed(FILE *out, const digest *digest, export_value value)
{
    for (uint32_t i = 0; i < digest->usage.places.count; i++) {
        export_stack stack;
        export_stack_get(digest, i, &stack);
        if (!stack.count || !stack.values[value])
            continue;
        for (uint32_t frame = stack.count; frame; frame--) {
            char text[NAME_TEXT];
            write_name(out, export_frame_name(digest, stack.frames[frame - 1], text));
            if (frame > 1)
                fputc(';', out);
        }
        fprintf(out, " %" PRIu64 "\n", stack.values[value]);
    }
}
