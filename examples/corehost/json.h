/* JSON files, parsed by cJSON. */
#ifndef COREHOST_JSON_H
#define COREHOST_JSON_H

#include <windows.h>

#include <cjson/cJSON.h>

/* Reads a file. *out is NULL if it does not exist; otherwise the caller frees it with cJSON_Delete. FALSE: it
 * cannot be read, or is not JSON; a line on stderr says so. */
BOOL json_read(const WCHAR *path, cJSON **out);

#endif
