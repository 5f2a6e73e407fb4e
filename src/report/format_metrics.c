/* Figures as metrics, in OpenMetrics and in the older text format of Prometheus. They differ in how a counter is
 * declared (without _total, and with it), in the line with the unit and in the last one. */
#include "report/figures.h"
#include "report/format.h"

#include <stddef.h>
#include <string.h>

/* How a metric is written. */
typedef struct style {
    const hmi_format_subject *subject;
    BOOL openmetrics;
} style;

static BOOL is_counter(const hmi_figure *figure)
{
    return figure->kind == HMI_FIGURE_COUNT || figure->kind == HMI_FIGURE_TIME;
}

static const char *unit_of(const hmi_figure *figure)
{
    return figure->kind == HMI_FIGURE_BYTES ? "bytes" : figure->kind == HMI_FIGURE_TIME ? "seconds" : NULL;
}

static void write_name(hmi_output *output, const hmi_figure *figure, BOOL total)
{
    hmi_output_words(output, "hostmem_");
    hmi_output_words(output, figure->metric);
    if (total && is_counter(figure))
        hmi_output_words(output, "_total");
}

static void write_comment(hmi_output *output, const style *style, const hmi_figure *figure, const char *keyword,
                          const char *words)
{
    hmi_output_words(output, "# ");
    hmi_output_words(output, keyword);
    hmi_output_byte(output, ' ');
    write_name(output, figure, !style->openmetrics);
    hmi_output_byte(output, ' ');
    hmi_output_words(output, words);
    hmi_output_byte(output, '\n');
}

static void write_label(hmi_output *output, const char **before, const char *label, const char *value)
{
    hmi_output_words(output, *before);
    hmi_output_words(output, label);
    hmi_output_words(output, "=\"");
    hmi_output_foreign(output, value, TRUE);
    hmi_output_byte(output, '"');
    *before = ",";
}

static void write_labels(hmi_output *output, const style *style, const hmi_figure *figure, UINT32 number)
{
    const char *before = "{";
    UINT32 i, values = hmi_figure_values(figure);
    if (style->subject->name)
        write_label(output, &before, "name", style->subject->name);
    for (i = 0; i < HMI_FIGURE_INDEXES && figure->index[i]; i++) {
        values /= figure->index[i]->count;
        write_label(output, &before, figure->index[i]->label, figure->index[i]->names[number / values]);
        number %= values;
    }
    if (*before == ',')
        hmi_output_byte(output, '}');
}

static void write_value(hmi_output *output, const hmi_figure *figure, UINT64 value)
{
    if (figure->kind != HMI_FIGURE_TIME) {
        hmi_output_number(output, value);
        return;
    }
    hmi_output_number(output, value / 1000);
    hmi_output_byte(output, '.');
    hmi_output_digits(output, value % 1000, 3);
}

static void write_metric(hmi_output *output, const style *style, const hmi_figure *figure)
{
    const char *unit = unit_of(figure);
    UINT32 number, values = hmi_figure_values(figure);
    write_comment(output, style, figure, "TYPE", is_counter(figure) ? "counter" : "gauge");
    if (unit && style->openmetrics)
        write_comment(output, style, figure, "UNIT", unit);
    write_comment(output, style, figure, "HELP", figure->help);
    for (number = 0; number < values; number++) {
        write_name(output, figure, TRUE);
        write_labels(output, style, figure, number);
        hmi_output_byte(output, ' ');
        write_value(output, figure, hmi_figure_value(figure, style->subject->stats, number));
        hmi_output_byte(output, '\n');
    }
}

/* A limit that is not there is no limit of 0. */
static BOOL is_meant(const hmi_figure *figure, const hmi_format_subject *subject)
{
    return figure->metric && hmi_figure_is_in(figure, subject->size) &&
           (subject->stats->limit_bytes || figure->offset != offsetof(hostmem_stats, limit_bytes));
}

static void write_metrics(hmi_output *output, const style *style)
{
    UINT32 i;
    for (i = 0; i < hmi_figure_count; i++) {
        if (is_meant(&hmi_figures[i], style->subject))
            write_metric(output, style, &hmi_figures[i]);
    }
}

void hmi_format_openmetrics(hmi_output *output, const hmi_format_subject *subject)
{
    write_metrics(output, &(style){subject, TRUE});
    hmi_output_words(output, "# EOF\n");
}

void hmi_format_prometheus(hmi_output *output, const hmi_format_subject *subject)
{
    write_metrics(output, &(style){subject, FALSE});
}
