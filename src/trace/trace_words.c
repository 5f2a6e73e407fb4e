/* A table with a text for each result. */
#include "trace/trace_words.h"

/* The Win32 error in an HRESULT; 0: it has none. */
static UINT32 error_in(HRESULT hr)
{
    return (UINT32)hr >> 16 == 0x8007 ? (UINT32)hr & 0xffff : 0;
}

static const char *reason_of(HRESULT hr)
{
    switch (error_in(hr)) {
    case ERROR_FILE_EXISTS:
        return "the file exists and is no trace; it has been left as it is";
    case ERROR_SHARING_VIOLATION:
        return "the file is in use";
    case ERROR_PATH_NOT_FOUND:
        return "the folder does not exist";
    case ERROR_ACCESS_DENIED:
        return "writing there is not allowed";
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_NO_UNICODE_TRANSLATION:
        return "that is no name of a file";
    case ERROR_FILENAME_EXCED_RANGE:
        return "the name is too long";
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
        return "the disk is full";
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return "there is not enough memory";
    default:
        return NULL;
    }
}

static void write_reason(hmi_output *output, HRESULT hr)
{
    const char *reason = reason_of(hr);
    if (reason) {
        hmi_output_words(output, reason);
    } else if (error_in(hr)) {
        hmi_output_words(output, "error ");
        hmi_output_number(output, error_in(hr));
        hmi_output_words(output, " of Windows");
    } else {
        hmi_output_words(output, "0x");
        hmi_output_hexadecimal(output, (UINT32)hr, 8);
    }
}

static const char *const beginnings[] = {
    [HMI_TRACE_NOT_STARTED] = "no trace was started: ",
    [HMI_TRACE_ENDED] = "the trace has ended: ",
};

void hmi_trace_words_write(hmi_output *output, hmi_trace_failure failure, HRESULT hr)
{
    hmi_output_words(output, beginnings[failure]);
    write_reason(output, hr);
}

static void write_line(hmi_output *output, const char *name, hmi_trace_failure failure, HRESULT hr)
{
    hmi_output_words(output, "hostmem: HOSTMEM_TRACE=");
    hmi_output_foreign(output, name, FALSE);
    hmi_output_words(output, ": ");
    hmi_trace_words_write(output, failure, hr);
}

void hmi_trace_words_tell(hostmem_os *os, const char *name, hmi_trace_failure failure, HRESULT hr)
{
    hmi_output output = hmi_output_begin(NULL, 0);
    char *line;
    write_line(&output, name, failure, hr);
    line = os->object_alloc(os, output.length + 1); /* zeroed */
    if (!line)
        return;
    output = hmi_output_begin(line, output.length + 1);
    write_line(&output, name, failure, hr);
    os->tell_operator(os, line);
    os->object_free(os, line);
}
