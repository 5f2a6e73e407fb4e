/* Figures as metrics, in OpenMetrics and in the older text format of Prometheus. They differ in how a counter is
 * declared (without _total, and with it), in the line with the unit and in the last one. */
#include "figures.h"
#include "format.h"

#include <stddef.h>
#include <string.h>

/* How a metric is written. */
typedef struct style {
    const hostmem_format_subject *subject;
    BOOL openmetrics;
} style;

static BOOL is_counter(const hostmem_figure *figure)
{
    return figure->kind == HOSTMEM_FIGURE_COUNT || figure->kind == HOSTMEM_FIGURE_TIME;
}

static const char *unit_of(const hostmem_figure *figure)
{
    return figure->kind == HOSTMEM_FIGURE_BYTES ? "bytes" : figure->kind == HOSTMEM_FIGURE_TIME ? "seconds" : NULL;
}

static void write_name(hostmem_output *output, const hostmem_figure *figure, BOOL total)
{
    hostmem_output_words(output, "hostmem_");
    hostmem_output_words(output, figure->metric);
    if (total && is_counter(figure))
        hostmem_output_words(output, "_total");
}

static void write_comment(hostmem_output *output, const style *style, const hostmem_figure *figure, const char *keyword,
                          const char *words)
{
    hostmem_output_words(output, "# ");
    hostmem_output_words(output, keyword);
    hostmem_output_byte(output, ' ');
    write_name(output, figure, !style->openmetrics);
    hostmem_output_byte(output, ' ');
    hostmem_output_words(output, words);
    hostmem_output_byte(output, '\n');
}

static void write_label(hostmem_output *output, const char **before, const char *label, const char *value)
{
    hostmem_output_words(output, *before);
    hostmem_output_words(output, label);
    hostmem_output_words(output, "=\"");
    hostmem_output_foreign(output, value, TRUE);
    hostmem_output_byte(output, '"');
    *before = ",";
}

static void write_labels(hostmem_output *output, const style *style, const hostmem_figure *figure, UINT32 number)
{
    const char *before = "{";
    UINT32 i, values = hostmem_figure_values(figure);
    if (style->subject->name)
        write_label(output, &before, "name", style->subject->name);
    for (i = 0; i < HOSTMEM_FIGURE_INDEXES && figure->index[i]; i++) {
        values /= figure->index[i]->count;
        write_label(output, &before, figure->index[i]->label, figure->index[i]->names[number / values]);
        number %= values;
    }
    if (*before == ',')
        hostmem_output_byte(output, '}');
}

static void write_value(hostmem_output *output, const hostmem_figure *figure, UINT64 value)
{
    if (figure->kind != HOSTMEM_FIGURE_TIME) {
        hostmem_output_number(output, value);
        return;
    }
    hostmem_output_number(output, value / 1000);
    hostmem_output_byte(output, '.');
    hostmem_output_digits(output, value % 1000, 3);
}

static void write_metric(hostmem_output *output, const style *style, const hostmem_figure *figure)
{
    const char *unit = unit_of(figure);
    UINT32 number, values = hostmem_figure_values(figure);
    write_comment(output, style, figure, "TYPE", is_counter(figure) ? "counter" : "gauge");
    if (unit && style->openmetrics)
        write_comment(output, style, figure, "UNIT", unit);
    write_comment(output, style, figure, "HELP", figure->help);
    for (number = 0; number < values; number++) {
        write_name(output, figure, TRUE);
        write_labels(output, style, figure, number);
        hostmem_output_byte(output, ' ');
        write_value(output, figure, hostmem_figure_value(figure, style->subject->stats, number));
        hostmem_output_byte(output, '\n');
    }
}

/* A limit that is not there is no limit of 0. */
static BOOL is_meant(const hostmem_figure *figure, const hostmem_format_subject *subject)
{
    return figure->metric && hostmem_figure_is_in(figure, subject->size) &&
           (subject->stats->limit_bytes || figure->offset != offsetof(hostmem_stats, limit_bytes));
}

static void write_metrics(hostmem_output *output, const style *style)
{
    UINT32 i;
    for (i = 0; i < hostmem_figure_count; i++) {
        if (is_meant(&hostmem_figures[i], style->subject))
            write_metric(output, style, &hostmem_figures[i]);
    }
}

void hostmem_format_openmetrics(hostmem_output *output, const hostmem_format_subject *subject)
{
    write_metrics(output, &(style){subject, TRUE});
    hostmem_output_words(output, "# EOF\n");
}

void hostmem_format_prometheus(hostmem_output *output, const hostmem_format_subject *subject)
{
    write_metrics(output, &(style){subject, FALSE});
}
