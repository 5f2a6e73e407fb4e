/* Figures as one JSON object: the table of figures, field by field. */
#include "figures.h"
#include "format.h"

static void write_key(hostmem_output *output, const char *key)
{
    hostmem_output_byte(output, '"');
    hostmem_output_words(output, key);
    hostmem_output_words(output, "\": ");
}

/* The values of a figure from one on, by an index. */
static void write_values(hostmem_output *output, const hostmem_figure *figure, const hostmem_stats *stats,
                         const hostmem_figure_index *index, UINT32 first)
{
    UINT32 i;
    hostmem_output_byte(output, '{');
    for (i = 0; i < index->count; i++) {
        if (i)
            hostmem_output_words(output, ", ");
        write_key(output, index->names[i]);
        hostmem_output_number(output, hostmem_figure_value(figure, stats, first + i));
    }
    hostmem_output_byte(output, '}');
}

static void write_table(hostmem_output *output, const hostmem_figure *figure, const hostmem_stats *stats)
{
    const hostmem_figure_index *rows = figure->index[0], *columns = figure->index[1];
    UINT32 i;
    hostmem_output_byte(output, '{');
    for (i = 0; i < rows->count; i++) {
        hostmem_output_words(output, i ? ",\n    " : "\n    ");
        write_key(output, rows->names[i]);
        write_values(output, figure, stats, columns, i * columns->count);
    }
    hostmem_output_words(output, "\n  }");
}

void hostmem_format_json(hostmem_output *output, const hostmem_format_subject *subject)
{
    const char *before = "{\n  ";
    UINT32 i;
    if (subject->name) {
        hostmem_output_words(output, before);
        hostmem_output_words(output, "\"name\": \"");
        hostmem_output_foreign(output, subject->name, TRUE);
        hostmem_output_byte(output, '"');
        before = ",\n  ";
    }
    for (i = 0; i < hostmem_figure_count; i++) {
        const hostmem_figure *figure = &hostmem_figures[i];
        if (!hostmem_figure_is_in(figure, subject->size))
            continue;
        hostmem_output_words(output, before);
        before = ",\n  ";
        write_key(output, figure->name);
        if (figure->index[1])
            write_table(output, figure, subject->stats);
        else if (figure->index[0])
            write_values(output, figure, subject->stats, figure->index[0], 0);
        else
            hostmem_output_number(output, hostmem_figure_value(figure, subject->stats, 0));
    }
    hostmem_output_words(output, "\n}\n");
}
