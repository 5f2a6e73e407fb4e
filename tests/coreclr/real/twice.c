/* A host that starts two runtimes in one process, one after the other, both governed by one instance.
 *
 *     twice plain|governed FOLDER OTHER_FOLDER APP.dll [ARGUMENT...]
 *
 * The second is in OTHER_FOLDER, which may be FOLDER again. Prints on stderr whether each start succeeded, and whether
 * the library's accounts equal what VirtualQuery finds after both. Exit codes: 0; 1 if a step failed that should not;
 * BOOKS_DIFFER. */
#include <hostmem/coreclr.h>
#include <hostmem/inspect.h>

#include <stdio.h>

#include "coreclr.h"
#include "governed.h"
#include "paths.h"
#include "report.h"

const char host_name[] = "twice";

static UINT64 sum_of_kinds(const hostmem_stats *stats)
{
    UINT64 sum = 0;
    int kind;

    for (kind = 0; kind < HOSTMEM_KINDS; kind++)
        sum += stats->kind_bytes[kind];
    return sum;
}

/* Threads of the runtimes may still call: a moment without a call is waited for. */
static BOOL books_agree(hostmem *memory)
{
    int tries;

    for (tries = 0; tries < 100; tries++) {
        hostmem_stats stats = {.size = sizeof(stats)};
        hostmem_audit audit = {.size = sizeof(audit)};

        if (FAILED(hostmem_get_stats(memory, &stats)) || FAILED(hostmem_get_audit(memory, &audit)))
            return FALSE;
        if (stats.reserved_bytes == audit.reserved_bytes && stats.committed_bytes == audit.committed_bytes &&
            stats.executable_bytes == audit.executable_bytes && stats.used_bytes == sum_of_kinds(&stats))
            return TRUE;
        Sleep(50);
    }
    return FALSE;
}

static BOOL run(const char *which, const WCHAR *folder, hostmem *memory, const hostmem_coreclr_config *config,
                program *program)
{
    hostmem_coreclr_status status = {.size = sizeof(status)};
    BOOL ran = coreclr_run(folder, memory, config, program);

    fflush(stdout);
    hostmem_coreclr_get_status(&status);
    fprintf(stderr, "twice: the %s %s, %lu modules are governed\n", which, ran ? "ran" : "failed",
            (unsigned long)status.modules);
    return ran;
}

int wmain(int count, WCHAR **arguments)
{
    const hostmem_coreclr_config config = {.size = sizeof(config), .flags = HOSTMEM_CORECLR_PINVOKES};
    WCHAR folders[2][PATH_LETTERS], path[PATH_LETTERS];
    hostmem *memory = NULL;
    program program;

    if (count < 5 || !path_full(arguments[2], folders[0]) || !path_full(arguments[3], folders[1]) ||
        !path_full(arguments[4], path))
        return 1;
    program.path = path;
    program.argument_count = count - 5;
    program.arguments = arguments + 5;
    program.exit_code = 0;
    if (!wcscmp(arguments[1], L"governed") && !report_success("hostmem_create", hostmem_create(NULL, &memory)))
        return 1;
    if (!run("first", folders[0], memory, &config, &program))
        return 1;
    /* The attachment is the process's: the second runtime has the same, so no configuration is passed. */
    run("second", folders[1], memory, NULL, &program);
    if (memory && !books_agree(memory)) {
        fprintf(stderr, "twice: the books differ\n");
        return BOOKS_DIFFER;
    }
    return 0;
}
