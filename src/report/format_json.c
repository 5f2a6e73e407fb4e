/* Writes the figures as one JSON object, in the order of the table of figures. */
#include "report/figures.h"
#include "report/format.h"

static void write_key(hmi_output *output, const char *key)
{
    hmi_output_byte(output, '"');
    hmi_output_words(output, key);
    hmi_output_words(output, "\": ");
}

/* Writes index->count values of a figure, from number first on. */
static void write_values(hmi_output *output, const hmi_figure *figure, const hostmem_stats *stats,
                         const hmi_figure_index *index, UINT32 first)
{
    UINT32 i;
    hmi_output_byte(output, '{');
    for (i = 0; i < index->count; i++) {
        if (i)
            hmi_output_words(output, ", ");
        write_key(output, index->names[i]);
        hmi_output_number(output, hmi_figure_value(figure, stats, first + i));
    }
    hmi_output_byte(output, '}');
}

static void write_table(hmi_output *output, const hmi_figure *figure, const hostmem_stats *stats)
{
    const hmi_figure_index *rows = figure->index[0], *columns = figure->index[1];
    UINT32 i;
    hmi_output_byte(output, '{');
    for (i = 0; i < rows->count; i++) {
        hmi_output_words(output, i ? ",\n    " : "\n    ");
        write_key(output, rows->names[i]);
        write_values(output, figure, stats, columns, i * columns->count);
    }
    hmi_output_words(output, "\n  }");
}

void hmi_format_json(hmi_output *output, const hmi_format_subject *subject)
{
    const char *before = "{\n  ";
    UINT32 i;
    if (subject->name) {
        hmi_output_words(output, before);
        hmi_output_words(output, "\"name\": \"");
        hmi_output_foreign(output, subject->name, TRUE);
        hmi_output_byte(output, '"');
        before = ",\n  ";
    }
    for (i = 0; i < hmi_figure_count; i++) {
        const hmi_figure *figure = &hmi_figures[i];
        if (!hmi_figure_is_in(figure, subject->size))
            continue;
        hmi_output_words(output, before);
        before = ",\n  ";
        write_key(output, figure->name);
        if (figure->index[1])
            write_table(output, figure, subject->stats);
        else if (figure->index[0])
            write_values(output, figure, subject->stats, figure->index[0], 0);
        else
            hmi_output_number(output, hmi_figure_value(figure, subject->stats, 0));
    }
    hmi_output_words(output, "\n}\n");
}
