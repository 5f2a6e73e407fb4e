/* Writes the figures as metrics, in OpenMetrics or in the older text format of Prometheus. They differ in the name that
 * a counter is declared with (without or with _total), in the line with the unit, and in the last line. */
#include "report/figures.h"
#include "report/format.h"

#include <stddef.h>
#include <string.h>

/* The format, and the instances to write. */
typedef struct style {
    const hostmem_named_stats *instances;
    UINT32 count;
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

static void write_labels(hmi_output *output, const char *name, const hmi_figure *figure, UINT32 number)
{
    const char *before = "{";
    UINT32 i, values = hmi_figure_values(figure);
    if (name)
        write_label(output, &before, "name", name);
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

static void write_samples(hmi_output *output, const hmi_figure *figure, const hostmem_named_stats *instance)
{
    UINT32 number, values = hmi_figure_values(figure);
    for (number = 0; number < values; number++) {
        write_name(output, figure, TRUE);
        write_labels(output, instance->name, figure, number);
        hmi_output_byte(output, ' ');
        write_value(output, figure, hmi_figure_value(figure, instance->stats, number));
        hmi_output_byte(output, '\n');
    }
}

static BOOL has_any(const hmi_figure *figure, const hostmem_stats *stats)
{
    UINT32 number, values = hmi_figure_values(figure);
    for (number = 0; number < values; number++) {
        if (hmi_figure_value(figure, stats, number))
            return TRUE;
    }
    return FALSE;
}

/* Whether an instance has this metric. Without a limit there is no metric for it, because 0 would mean a limit of 0;
 * without a modern runtime there are no kinds of memory. */
static BOOL is_meant(const hmi_figure *figure, const hostmem_named_stats *instance)
{
    if (!figure->metric || !hmi_figure_is_in(figure, instance->stats->size))
        return FALSE;
    return (figure->offset != offsetof(hostmem_stats, limit_bytes) &&
            figure->offset != offsetof(hostmem_stats, kind_bytes)) ||
           has_any(figure, instance->stats);
}

/* Writes a metric: the lines that describe it once, then the samples of all instances that have it. */
static void write_metric(hmi_output *output, const style *style, const hmi_figure *figure)
{
    const char *unit = unit_of(figure);
    BOOL begun = FALSE;
    UINT32 i;
    for (i = 0; i < style->count; i++) {
        if (!is_meant(figure, &style->instances[i]))
            continue;
        if (!begun) {
            write_comment(output, style, figure, "TYPE", is_counter(figure) ? "counter" : "gauge");
            if (unit && style->openmetrics)
                write_comment(output, style, figure, "UNIT", unit);
            write_comment(output, style, figure, "HELP", figure->help);
            begun = TRUE;
        }
        write_samples(output, figure, &style->instances[i]);
    }
}

void hmi_format_metrics(hmi_output *output, const hostmem_named_stats *instances, UINT32 count, BOOL openmetrics)
{
    const style style = {instances, count, openmetrics};
    UINT32 i;
    for (i = 0; i < hmi_figure_count; i++)
        write_metric(output, &style, &hmi_figures[i]);
    if (openmetrics)
        hmi_output_words(output, "# EOF\n");
}
