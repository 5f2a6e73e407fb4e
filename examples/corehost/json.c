/* See json.h. */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "paths.h"
#include "report.h"

/* The whole file with a final 0; the caller frees it. NULL: it cannot be read. */
static char *read_file(const WCHAR *path)
{
    FILE *file = _wfopen(path, L"rb");
    char *bytes = NULL;
    long size;

    if (!file)
        return NULL;
    if (!fseek(file, 0, SEEK_END) && (size = ftell(file)) >= 0 && !fseek(file, 0, SEEK_SET) &&
        (bytes = malloc((size_t)size + 1))) {
        if (fread(bytes, 1, (size_t)size, file) == (size_t)size) {
            bytes[size] = 0;
        } else {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes;
}

BOOL json_read(const WCHAR *path, cJSON **out)
{
    char *bytes;

    *out = NULL;
    if (!path_is_file(path))
        return TRUE;
    bytes = read_file(path);
    if (bytes)
        *out = cJSON_Parse(bytes); /* skips a byte order mark */
    free(bytes);
    if (!*out)
        fprintf(stderr, "%s: cannot read %ls, or it is not JSON\n", host_name, path);
    return *out != NULL;
}
