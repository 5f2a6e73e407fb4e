/* A host for the tests: corehost's parts with a checking manager between the runtime and the library.
 *
 *     governed [WORD...] -- corehost's options APP.dll [ARGUMENT...]
 *
 * Words: plain (the runtime is not governed), direct (without the checking manager), task (all requests are task
 * critical), unmoved (the runtime is only told about the machine's memory). The managed program can change the limit
 * with governed_set_limit.
 *
 * When the program has ended it prints on stderr whether the library's accounts equal what VirtualQuery finds, and
 * whether the manager has kept the contract. Exit codes: the program's; 126, 127 as corehost; BOOKS_DIFFER,
 * CONTRACT_BROKEN. */
#include <hostmem/coreclr.h>
#include <hostmem/inspect.h>

#include <stdio.h>
#include <string.h>

#include "checking_manager.h"
#include "coreclr.h"
#include "governed.h"
#include "hostfxr.h"
#include "instance.h"
#include "options.h"
#include "own_books.h"
#include "paths.h"
#include "report.h"

const char host_name[] = "governed";

typedef struct words {
    BOOL plain, direct, task, unmoved;
} words;

static hostmem *limited;

/* Called by the managed program. */
__declspec(dllexport) HRESULT __cdecl governed_set_limit(UINT64 bytes)
{
    return hostmem_set_limit(limited, bytes);
}

static BOOL read_words(int *count, WCHAR ***arguments, words *out)
{
    memset(out, 0, sizeof(*out));
    for (; *count > 1 && wcscmp((*arguments)[1], L"--"); --*count, ++*arguments) {
        const WCHAR *word = (*arguments)[1];

        if (!wcscmp(word, L"plain"))
            out->plain = TRUE;
        else if (!wcscmp(word, L"direct"))
            out->direct = TRUE;
        else if (!wcscmp(word, L"task"))
            out->task = TRUE;
        else if (!wcscmp(word, L"unmoved"))
            out->unmoved = TRUE;
        else
            return FALSE;
    }
    --*count;
    ++*arguments;
    return *count > 0;
}

static BOOL same(const hostmem_stats *a, const hostmem_stats *b)
{
    return !memcmp(a->calls, b->calls, sizeof(a->calls)) && a->used_bytes == b->used_bytes;
}

/* Reads the figures, the library's own audit and the walk at a moment when the runtime's threads made no call. */
static BOOL read_books(hostmem *memory, hostmem_stats *stats, hostmem_audit *audit, own_books *own)
{
    hostmem_stats after;
    int tries;

    for (tries = 0; tries < 100; tries++) {
        memset(stats, 0, sizeof(*stats));
        memset(&after, 0, sizeof(after));
        memset(audit, 0, sizeof(*audit));
        stats->size = after.size = sizeof(*stats);
        audit->size = sizeof(*audit);
        if (!report_success("hostmem_get_stats", hostmem_get_stats(memory, stats)))
            return FALSE;
        own_books_walk(own);
        if (!report_success("hostmem_get_audit", hostmem_get_audit(memory, audit)) ||
            !report_success("hostmem_get_stats", hostmem_get_stats(memory, &after)))
            return FALSE;
        if (same(stats, &after))
            return TRUE;
        Sleep(50);
    }
    fprintf(stderr, "governed: the runtime does not come to rest\n");
    return FALSE;
}

static BOOL compare(const char *what, UINT64 books, UINT64 other, const char *whose)
{
    if (books == other)
        return TRUE;
    fprintf(stderr, "governed: %s is %llu in the books, and %llu %s\n", what, (unsigned long long)books,
            (unsigned long long)other, whose);
    return FALSE;
}

/* The kinds of memory: their sum, and those that can be found by a walk. */
static BOOL kinds_agree(const hostmem_stats *stats, const own_books *own)
{
    UINT64 sum = 0;
    BOOL agree;
    int kind;

    for (kind = 0; kind < HOSTMEM_KINDS; kind++)
        sum += stats->kind_bytes[kind];
    fprintf(stderr,
            "governed: kinds: objects %llu, tables %llu, loader %llu, code %llu, blocks %llu, libraries %llu, "
            "invoked %llu, other %llu\n",
            (unsigned long long)stats->kind_bytes[HOSTMEM_KIND_OBJECTS],
            (unsigned long long)stats->kind_bytes[HOSTMEM_KIND_TABLES],
            (unsigned long long)stats->kind_bytes[HOSTMEM_KIND_LOADER],
            (unsigned long long)stats->kind_bytes[HOSTMEM_KIND_CODE],
            (unsigned long long)stats->kind_bytes[HOSTMEM_KIND_BLOCKS],
            (unsigned long long)stats->kind_bytes[HOSTMEM_KIND_LIBRARIES],
            (unsigned long long)stats->kind_bytes[HOSTMEM_KIND_INVOKED],
            (unsigned long long)stats->kind_bytes[HOSTMEM_KIND_OTHER]);
    agree = compare("the sum of kind_bytes", sum, stats->used_bytes, "of used_bytes");
    agree = compare("the kind of objects", stats->kind_bytes[HOSTMEM_KIND_OBJECTS], own->object_bytes,
                    "in a walk of the collector's ranges") &&
            agree;
    return agree;
}

static BOOL books_agree(hostmem *memory)
{
    static const char walk[] = "in a walk with VirtualQuery", audited[] = "in the audit";
    hostmem_stats stats;
    hostmem_audit audit;
    own_books own;
    BOOL agree;

    if (!read_books(memory, &stats, &audit, &own))
        return FALSE;
    agree = compare("reserved_bytes", stats.reserved_bytes, own.reserved_bytes, walk);
    agree = compare("committed_bytes", stats.committed_bytes, own.committed_bytes, walk) && agree;
    agree = compare("executable_bytes", stats.executable_bytes, own.executable_bytes, walk) && agree;
    agree = compare("reserved_bytes", stats.reserved_bytes, audit.reserved_bytes, audited) && agree;
    agree = compare("committed_bytes", stats.committed_bytes, audit.committed_bytes, audited) && agree;
    agree = compare("executable_bytes", stats.executable_bytes, audit.executable_bytes, audited) && agree;
    agree = compare("mapped_bytes", stats.mapped_bytes, audit.mapped_bytes, audited) && agree;
    agree = kinds_agree(&stats, &own) && agree;
    fprintf(stderr,
            "governed: books %s: %lu reservations, %lu views, reserved %llu, committed %llu, executable %llu, "
            "heap %llu, refused %llu %llu %llu\n",
            agree ? "agree" : "differ", (unsigned long)own.reservations, (unsigned long)own.views,
            (unsigned long long)stats.reserved_bytes, (unsigned long long)stats.committed_bytes,
            (unsigned long long)stats.executable_bytes, (unsigned long long)stats.heap_bytes,
            (unsigned long long)stats.refused[0], (unsigned long long)stats.refused[1],
            (unsigned long long)stats.refused[2]);
    return agree;
}

static BOOL contract_kept(void)
{
    const standin_check *check = checking_manager_record();
    LONG i, calls = 0;

    for (i = 0; i < STANDIN_METHODS; i++)
        calls += check->calls[i];
    fprintf(stderr, "governed: %ld violations of the contract in %ld calls\n", check->violations, calls);
    for (i = 0; i < check->violations && i < STANDIN_TEXTS; i++)
        fprintf(stderr, "governed: violation in %s\n", check->text[i]);
    return !check->violations;
}

static BOOL run_program(const options *options, hostmem *memory, const hostmem_coreclr_config *config, program *program)
{
    WCHAR place[PATH_LETTERS];

    if (options->runtime)
        return path_full(options->runtime, place) && coreclr_run(place, memory, config, program);
    return hostfxr_find(place) && hostfxr_run(place, memory, config, program);
}

static int run(const options *options, const words *words, hostmem *memory, const WCHAR *path)
{
    hostmem_coreclr_config config = {.size = sizeof(config),
                                     .flags = HOSTMEM_CORECLR_PINVOKES | HOSTMEM_CORECLR_COMPRESSION};
    program program = {path, options->argument_count, options->arguments, 0};
    IHostMemoryManager *manager;
    BOOL ran;
    int i;

    if (!report_success("hostmem_get_manager", hostmem_get_manager(memory, &manager)) ||
        !checking_manager_init(manager))
        return EXIT_FAILED;
    if (!words->direct)
        config.manager = checking_manager_get();
    if (words->unmoved)
        config.flags |= HOSTMEM_CORECLR_NO_JOB | HOSTMEM_CORECLR_NO_MEMORY_STATUS | HOSTMEM_CORECLR_NO_NOTIFICATION;
    for (i = 0; words->task && i < HOSTMEM_CORECLR_KINDS; i++)
        config.levels[i] = HOSTMEM_CORECLR_LEVEL_TASK;
    limited = memory;
    ran = run_program(options, words->plain ? NULL : memory, &config, &program);
    if (words->plain)
        return ran ? program.exit_code : EXIT_FAILED;
    fflush(stdout);
    if (!words->direct && !books_agree(memory))
        return BOOKS_DIFFER;
    if (!words->direct && !contract_kept())
        return CONTRACT_BROKEN;
    return ran ? program.exit_code : EXIT_FAILED;
}

int wmain(int count, WCHAR **arguments)
{
    WCHAR path[PATH_LETTERS];
    options options;
    words words;
    hostmem *memory;
    int exit_code;

    if (!read_words(&count, &arguments, &words) || !options_read(count, arguments, &options) ||
        !path_full(options.program, path))
        return EXIT_USAGE;
    if (!instance_create(&options.settings, &memory) || !instance_start_trace(memory, &options.settings))
        return EXIT_FAILED;
    exit_code = run(&options, &words, memory, path);
    if (!words.plain)
        instance_report(memory, stderr);
    instance_stop_trace(memory, &options.settings, stderr);
    return exit_code;
}
