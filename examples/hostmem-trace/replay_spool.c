/* Uses a file in the user's temporary folder. See replay_spool.h. */
#include "replay_spool.h"

#include <stdio.h>
#include <windows.h>

#include "files.h"
#include "input.h"

static bool make_file(char path[REPLAY_SPOOL_PATH])
{
    WCHAR folder[MAX_PATH + 1], name[MAX_PATH + 1];
    DWORD length = GetTempPathW(MAX_PATH + 1, folder);

    return length && length <= MAX_PATH && GetTempFileNameW(folder, L"hmt", 0, name) &&
           WideCharToMultiByte(CP_UTF8, 0, name, -1, path, REPLAY_SPOOL_PATH, NULL, NULL);
}

static bool copy_input(const char *path)
{
    static char piece[1 << 16];
    FILE *in = hmi_trace_file_open(TRACE_STANDARD_STREAM), *out = hmi_trace_file_create(path);
    size_t bytes;

    if (!out)
        return false;
    while ((bytes = fread(piece, 1, sizeof(piece), in)) != 0 && fwrite(piece, 1, bytes, out) == bytes)
        continue;
    return hmi_trace_file_close(out) && !ferror(in) && feof(in);
}

bool replay_spool(char path[REPLAY_SPOOL_PATH])
{
    if (!make_file(path))
        return trace_complain("standard input: there is no place for a temporary file");
    if (copy_input(path))
        return true;
    replay_spool_remove(path);
    return trace_complain("standard input: it cannot be copied to a temporary file");
}

void replay_spool_remove(const char *path)
{
    WCHAR wide[REPLAY_SPOOL_PATH];

    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, REPLAY_SPOOL_PATH))
        DeleteFileW(wide);
}
