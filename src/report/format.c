/* hostmem_format_stats and hostmem_format_all_stats: check arguments, and write the text twice, first to count its
 * length. No state. */
#include "report/format.h"
#include "report/statistics.h"

#include <string.h>

static BOOL is_metrics(hostmem_stats_format format)
{
    return format == HOSTMEM_OPENMETRICS || format == HOSTMEM_PROMETHEUS;
}

/* What to write: one instance as text or JSON, or any number of them as metrics. */
typedef struct content {
    const hmi_format_subject *subject;
    const hostmem_named_stats *instances;
    UINT32 count;
    hostmem_stats_format format;
} content;

static void write_content(hmi_output *output, const content *content)
{
    if (is_metrics(content->format))
        hmi_format_metrics(output, content->instances, content->count, content->format == HOSTMEM_OPENMETRICS);
    else if (content->format == HOSTMEM_JSON)
        hmi_format_json(output, content->subject);
    else
        hmi_format_text(output, content->subject);
}

static HRESULT write_twice(const content *content, char *text, SIZE_T text_bytes, SIZE_T *needed)
{
    hmi_output output = hmi_output_begin(NULL, 0);
    write_content(&output, content);
    if (needed)
        *needed = output.length + 1;
    if (output.length >= text_bytes)
        return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    output = hmi_output_begin(text, text_bytes);
    write_content(&output, content);
    return S_OK;
}

HRESULT hostmem_format_stats(const hostmem_stats *stats, hostmem_stats_format format, const char *name, char *text,
                             SIZE_T text_bytes, SIZE_T *needed)
{
    hostmem_stats whole = {0};
    const hmi_format_subject subject = {&whole, stats ? stats->size : 0, name};
    const hostmem_named_stats instance = {&whole, name};
    if (needed)
        *needed = 0;
    if (!stats || (!text && text_bytes))
        return E_POINTER;
    if (text_bytes)
        *text = 0;
    if (stats->size < HMI_FIRST_STATS_SIZE || (!is_metrics(format) && format != HOSTMEM_TEXT && format != HOSTMEM_JSON))
        return E_INVALIDARG;
    memcpy(&whole, stats, stats->size < sizeof whole ? stats->size : sizeof whole);
    return write_twice(&(content){&subject, &instance, 1, format}, text, text_bytes, needed);
}

/* To those who collect metrics, an empty label is the same as no label. */
static BOOL have_same_name(const hostmem_named_stats *one, const hostmem_named_stats *other)
{
    return hmi_output_foreign_is_same(one->name ? one->name : "", other->name ? other->name : "");
}

static HRESULT check_instances(const hostmem_named_stats *instances, UINT32 count)
{
    UINT32 i, other;
    for (i = 0; i < count; i++) {
        if (!instances[i].stats)
            return E_POINTER;
        if (instances[i].stats->size < HMI_FIRST_STATS_SIZE)
            return E_INVALIDARG;
        for (other = 0; other < i; other++) {
            if (have_same_name(&instances[i], &instances[other]))
                return E_INVALIDARG;
        }
    }
    return S_OK;
}

HRESULT hostmem_format_all_stats(const hostmem_named_stats *instances, UINT32 count, hostmem_stats_format format,
                                 char *text, SIZE_T text_bytes, SIZE_T *needed)
{
    HRESULT hr;
    if (needed)
        *needed = 0;
    if ((!instances && count) || (!text && text_bytes))
        return E_POINTER;
    if (text_bytes)
        *text = 0;
    if (!is_metrics(format))
        return E_INVALIDARG;
    hr = check_instances(instances, count);
    return FAILED(hr) ? hr : write_twice(&(content){NULL, instances, count, format}, text, text_bytes, needed);
}
