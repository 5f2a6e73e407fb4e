/* See temporary.h. */
#ifndef _WIN32
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#endif

#include "temporary.h"

#include <stdlib.h>

#ifdef _WIN32
#include <windows.h>

void temporary_begin(temporary *temporary)
{
    WCHAR folder[MAX_PATH + 1], name[MAX_PATH + 1];
    DWORD length = GetTempPathW(MAX_PATH + 1, folder);

    temporary->file = NULL;
    if (length && length <= MAX_PATH && GetTempFileNameW(folder, L"hmt", 0, name)) {
        temporary->file = _wfopen(name, L"w+bTD"); /* kept in memory if possible, and deleted when it is closed */
        if (!temporary->file)
            DeleteFileW(name);
    }
}

char *temporary_take(temporary *temporary, size_t *count)
{
    long bytes = !fflush(temporary->file) && !ferror(temporary->file) ? ftell(temporary->file) : -1;
    char *taken = bytes >= 0 ? malloc((size_t)bytes + 1) : NULL;

    rewind(temporary->file);
    if (taken && fread(taken, 1, (size_t)bytes, temporary->file) != (size_t)bytes) {
        free(taken);
        taken = NULL;
    }
    fclose(temporary->file);
    *count = taken ? (size_t)bytes : 0;
    return taken;
}

#else

void temporary_begin(temporary *temporary)
{
    temporary->bytes = NULL;
    temporary->file = open_memstream(&temporary->bytes, &temporary->count);
}

char *temporary_take(temporary *temporary, size_t *count)
{
    int failed = ferror(temporary->file);

    failed |= fclose(temporary->file);
    if (failed) {
        free(temporary->bytes);
        temporary->bytes = NULL;
    }
    *count = temporary->bytes ? temporary->count : 0;
    return temporary->bytes;
}
#endif
