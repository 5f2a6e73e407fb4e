/* A file beside the one that is wanted, renamed when it is complete. See metrics.h. */
#include "metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "report.h"

/* The text; the caller frees it. */
static HRESULT format(hostmem *memory, const char *name, char **text)
{
    hostmem_stats stats = {.size = sizeof(stats)};
    SIZE_T bytes = 0;
    HRESULT hr = hostmem_get_stats(memory, &stats);

    *text = NULL;
    if (FAILED(hr))
        return hr;
    hostmem_format_stats(&stats, HOSTMEM_PROMETHEUS, name, NULL, 0, &bytes);
    *text = malloc(bytes);
    return *text ? hostmem_format_stats(&stats, HOSTMEM_PROMETHEUS, name, *text, bytes, NULL) : E_OUTOFMEMORY;
}

static BOOL write_text(const WCHAR *path, const char *text)
{
    FILE *file = _wfopen(path, L"wb");
    BOOL written;

    if (!file)
        return FALSE;
    written = fputs(text, file) >= 0;
    return !fclose(file) && written;
}

BOOL metrics_write(hostmem *memory, const char *name, const WCHAR *path)
{
    SIZE_T length = wcslen(path);
    WCHAR *beside = malloc((length + sizeof(".new")) * sizeof(*beside));
    char *text;
    HRESULT hr = format(memory, name, &text);
    BOOL done = SUCCEEDED(hr) && beside;

    fflush(stdout); /* what is said of failures comes after what was printed before */
    if (done) {
        wmemcpy(beside, path, length);
        wmemcpy(beside + length, L".new", sizeof(".new"));
        done = write_text(beside, text) && MoveFileExW(beside, path, MOVEFILE_REPLACE_EXISTING);
        if (!done)
            fprintf(stderr, "%s: cannot write %ls\n", host_name, path);
    } else {
        report_failure("hostmem_format_stats", FAILED(hr) ? hr : E_OUTOFMEMORY);
    }
    free(text);
    free(beside);
    return done;
}
