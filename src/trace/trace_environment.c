/* Reads the variable and starts the trace. No state. */
#include "trace/trace_environment.h"

#include "trace/trace_words.h"

/* Reads the variable; the result is from object_alloc. NULL: not set (*is_set is false), or no memory. */
static char *read_variable(hostmem_os *os, bool *is_set)
{
    static const char name[] = "HOSTMEM_TRACE";
    char none[1], *value = NULL;
    UINT32 length, room = 0;
    /* Again if another thread has made it longer meanwhile. */
    for (length = os->get_environment(os, name, none, sizeof none); length && length >= room;
         length = os->get_environment(os, name, value, room)) {
        if (value)
            os->object_free(os, value);
        room = length + 1;
        value = room ? os->object_alloc(os, room) : NULL; /* 0: there was no memory to read it */
        if (!value)
            break;
    }
    *is_set = length != 0;
    if (!length && value) {
        os->object_free(os, value);
        value = NULL;
    }
    return value;
}

static HRESULT start(hmi_trace *trace, const hostmem_trace_config *config, const char *path)
{
    hostmem_trace_config with_path = *config;
    with_path.path = path;
    return hmi_trace_begin_carefully(trace, &with_path);
}

void hmi_trace_start_by_environment(hmi_trace *trace, const hostmem_trace_config *config)
{
    hostmem_os *os = hmi_trace_os(trace);
    UINT32 last_error = os->get_last_error(os);
    bool is_set;
    char *path = read_variable(os, &is_set);
    HRESULT hr = path ? start(trace, config, path) : is_set ? E_OUTOFMEMORY : S_OK;
    if (FAILED(hr)) {
        hmi_trace_take_failure(trace, hr);
        hmi_trace_words_tell(os, path ? path : "", HMI_TRACE_NOT_STARTED, hr);
    }
    if (path)
        os->object_free(os, path);
    os->set_last_error(os, last_error);
}
