/* hostmem_format_stats: checks, and two passes: the first one only counts. No state. */
#include "report/format.h"

#include <string.h>

/* False: there is no such format. */
static BOOL write_format(hmi_output *output, const hmi_format_subject *subject, hostmem_stats_format format)
{
    switch (format) {
    case HOSTMEM_TEXT:
        hmi_format_text(output, subject);
        return TRUE;
    case HOSTMEM_JSON:
        hmi_format_json(output, subject);
        return TRUE;
    case HOSTMEM_OPENMETRICS:
        hmi_format_openmetrics(output, subject);
        return TRUE;
    case HOSTMEM_PROMETHEUS:
        hmi_format_prometheus(output, subject);
        return TRUE;
    }
    return FALSE;
}

HRESULT hostmem_format_stats(const hostmem_stats *stats, hostmem_stats_format format, const char *name, char *text,
                             SIZE_T text_bytes, SIZE_T *needed)
{
    hostmem_stats whole = {0};
    const hmi_format_subject subject = {&whole, stats ? stats->size : 0, name};
    hmi_output output = hmi_output_begin(NULL, 0);
    if (needed)
        *needed = 0;
    if (!stats || (!text && text_bytes))
        return E_POINTER;
    if (text_bytes)
        *text = 0;
    if (stats->size < HMI_FIRST_STATS_SIZE)
        return E_INVALIDARG;
    memcpy(&whole, stats, stats->size < sizeof whole ? stats->size : sizeof whole);
    if (!write_format(&output, &subject, format))
        return E_INVALIDARG;
    if (needed)
        *needed = output.length + 1;
    if (output.length >= text_bytes)
        return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
    output = hmi_output_begin(text, text_bytes);
    write_format(&output, &subject, format);
    return S_OK;
}
