/* Waiting at the end of a file. See follow.h. */
#include "follow.h"

#include <errno.h>
#include <string.h>

#include "files.h"
#include "problem.h"

static bool read_growing(void *context, void *buffer, size_t bytes, size_t *got)
{
    follow *follow = context;

    *got = 0;
    for (;;) {
        *got += fread((char *)buffer + *got, 1, bytes - *got, follow->file);
        if (*got == bytes || ferror(follow->file))
            return *got == bytes;
        if (follow->has_ended || !follow->wait || !follow->wait(follow->context)) {
            follow->has_ended = true;
            return true;
        }
        /* The stream remembers the end otherwise. So does, in some C libraries (Wine's), the descriptor below it, until
         * it is moved; a pipe cannot be moved. */
        clearerr(follow->file);
        fseek(follow->file, 0, SEEK_CUR);
    }
}

static void close_growing(void *context)
{
    follow *follow = context;

    hmi_trace_file_close(follow->file);
}

static void finish(void *context)
{
    follow *follow = context;

    follow->has_ended = true;
}

bool follow_open(follow *follow, const char *path, hostmem_trace_source *source, hostmem_trace_problem *problem)
{
    follow->file = hmi_trace_file_open(path);
    if (!follow->file)
        return hmi_trace_problem_set(problem, 0, "the file cannot be opened: %s", strerror(errno));
    if (follow->file == stdin)
        follow->wait = NULL;
    *source = (hostmem_trace_source){follow, 0, read_growing, close_growing, finish};
    return true;
}
