/* Parses the values of options. See settings.h. */
#include "settings.h"

#include <stdio.h>
#include <wchar.h>

#include "report.h"

BOOL settings_complain(const char *what, const WCHAR *argument)
{
    fprintf(stderr, "%s: %s%ls (--help lists the options)\n", host_name, what, argument ? argument : L"");
    return FALSE;
}

/* FALSE: it does not fit into so many bytes. */
static BOOL to_utf8(const WCHAR *text, char *out, size_t bytes)
{
    return WideCharToMultiByte(CP_UTF8, 0, text, -1, out, (int)bytes, NULL, NULL) != 0;
}

static BOOL read_size(const WCHAR *text, UINT64 *bytes)
{
    char narrow[64];

    return (to_utf8(text, narrow, sizeof(narrow)) && hostmem_parse_size(narrow, bytes) == S_OK) ||
           settings_complain("not a size: ", text);
}

static BOOL read_faults(const WCHAR *text, settings *out)
{
    char narrow[1024], mistake[200] = "the text is too long";

    out->faults->size = sizeof(*out->faults);
    if (to_utf8(text, narrow, sizeof(narrow)) &&
        hostmem_fault_parse(narrow, out->faults, HOSTMEM_MAX_FAULT_RULES, &out->fault_count, mistake,
                            sizeof(mistake)) == S_OK)
        return TRUE;
    fprintf(stderr, "%s: wrong rules for faults: %s\n", host_name, mistake);
    return FALSE;
}

static BOOL read_trace(const WCHAR *text, settings *out)
{
    return to_utf8(text, out->trace, sizeof(out->trace)) || settings_complain("not a path for a trace: ", text);
}

static BOOL read_counters(const WCHAR *text, settings *out)
{
    return (*text && to_utf8(text, out->counters, sizeof(out->counters))) ||
           settings_complain("not a name for performance counters: ", text);
}

BOOL settings_have(const WCHAR *name)
{
    static const WCHAR *const names[] = {L"--limit", L"--fault", L"--trace", L"--sample", L"--metrics", L"--counters"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (!wcscmp(name, names[i]))
            return TRUE;
    return FALSE;
}

BOOL settings_read(settings *out, const WCHAR *name, const WCHAR *value)
{
    if (!wcscmp(name, L"--limit"))
        return read_size(value, &out->limit_bytes);
    if (!wcscmp(name, L"--sample"))
        return read_size(value, &out->sample_bytes);
    if (!wcscmp(name, L"--fault"))
        return read_faults(value, out);
    if (!wcscmp(name, L"--trace"))
        return read_trace(value, out);
    if (!wcscmp(name, L"--counters"))
        return read_counters(value, out);
    out->metrics = value;
    return TRUE;
}
