/* Writes a temporary file in the same folder and renames it when it is complete. See metrics.h. */
#include "metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "report.h"

/* The file name as a label in UTF-8; the caller frees it. */
static char *label_of(const WCHAR *path)
{
    const WCHAR *name = path + wcslen(path), *end;
    int length, bytes;
    char *label;

    while (name > path && !wcschr(L"\\/:", name[-1]))
        name--;
    end = wcsrchr(name, L'.');
    length = end && end > name ? (int)(end - name) : (int)wcslen(name);
    bytes = WideCharToMultiByte(CP_UTF8, 0, name, length, NULL, 0, NULL, NULL);
    label = calloc((size_t)bytes + 1, 1);
    if (label)
        WideCharToMultiByte(CP_UTF8, 0, name, length, label, bytes, NULL, NULL);
    return label;
}

/* The metrics as text; the caller frees it. */
static HRESULT format(hostmem *memory, const WCHAR *path, char **text)
{
    hostmem_stats stats = {.size = sizeof(stats)};
    SIZE_T bytes = 0;
    char *label = label_of(path);
    HRESULT hr = label ? hostmem_get_stats(memory, &stats) : E_OUTOFMEMORY;

    *text = NULL;
    if (SUCCEEDED(hr)) {
        hostmem_format_stats(&stats, HOSTMEM_PROMETHEUS, label, NULL, 0, &bytes);
        *text = malloc(bytes);
        hr = *text ? hostmem_format_stats(&stats, HOSTMEM_PROMETHEUS, label, *text, bytes, NULL) : E_OUTOFMEMORY;
    }
    free(label);
    return hr;
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

/* A file name in the same folder that no other process uses; the caller frees it. */
static WCHAR *beside(const WCHAR *path)
{
    size_t room = wcslen(path) + 32;
    WCHAR *name = malloc(room * sizeof(*name));

    if (name)
        swprintf(name, room, L"%ls.%lu.new", path, (unsigned long)GetCurrentProcessId());
    return name;
}

BOOL metrics_write(hostmem *memory, const WCHAR *path)
{
    WCHAR *fresh = beside(path);
    char *text;
    HRESULT hr = format(memory, path, &text);
    BOOL done = SUCCEEDED(hr) && fresh;

    fflush(stdout); /* so that error messages come after what was printed before */
    if (done) {
        done = write_text(fresh, text) && MoveFileExW(fresh, path, MOVEFILE_REPLACE_EXISTING);
        if (!done) {
            DeleteFileW(fresh);
            fprintf(stderr, "%s: cannot write %ls\n", host_name, path);
        }
    } else {
        report_failure("hostmem_format_stats", FAILED(hr) ? hr : E_OUTOFMEMORY);
    }
    free(text);
    free(fresh);
    return done;
}
