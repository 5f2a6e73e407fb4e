/* hostmem_bench [--quick] [--only TEXT] [--rounds N] [--json FILE] [--markdown FILE] [--builds NEW.dll OLD.dll]
 *               [--work TRACE]... [--record TRACE]
 *
 * Measures what the library costs and prints the result, as Markdown, on stdout; progress goes to stderr. --quick:
 * every part as short as possible, to check that it runs; the figures mean little. --only: operations whose names
 * contain TEXT, and only the comparison with raw Win32 and the own cost. --builds: compares two builds of the library
 * (build.h), and nothing else. --work: also replays the calls in a trace; with --only only those whose names, too,
 * contain TEXT. --record: first writes such a trace, of made-up calls. --markdown: writes the tables of README.md.
 * Exits with 1 if a call failed. */
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "parts.h"

#if defined(_MSC_VER)
#define COMPILER "Visual C++"
#elif defined(__clang__)
#define COMPILER "Clang " __clang_version__
#else
#define COMPILER "GCC " __VERSION__
#endif

#if defined(_M_ARM64) || defined(__aarch64__)
#define ARCHITECTURE "arm64"
#else
#define ARCHITECTURE (sizeof(void *) == 8 ? "x64" : "x86")
#endif

#define MAX_WORK 16u

typedef struct options {
    BOOL quick;
    UINT32 rounds;
    const char *only;
    const char *json;
    const char *markdown;
    const char *builds[2];
    const char *work[MAX_WORK];
    UINT32 work_count;
    const char *record;
} options;

static BOOL read_options(int count, char **arguments, options *chosen)
{
    int i;
    for (i = 1; i < count; i++) {
        const char *value = i + 1 < count ? arguments[i + 1] : NULL;
        if (!strcmp(arguments[i], "--quick")) {
            chosen->quick = TRUE;
            continue;
        }
        if (!value)
            return FALSE;
        if (!strcmp(arguments[i], "--only"))
            chosen->only = value;
        else if (!strcmp(arguments[i], "--rounds"))
            chosen->rounds = (UINT32)strtoul(value, NULL, 10);
        else if (!strcmp(arguments[i], "--json"))
            chosen->json = value;
        else if (!strcmp(arguments[i], "--markdown"))
            chosen->markdown = value;
        else if (!strcmp(arguments[i], "--work") && chosen->work_count < MAX_WORK)
            chosen->work[chosen->work_count++] = value;
        else if (!strcmp(arguments[i], "--record"))
            chosen->record = value;
        else if (!strcmp(arguments[i], "--builds") && i + 2 < count) {
            chosen->builds[0] = value;
            chosen->builds[1] = arguments[++i + 1];
        } else
            return FALSE;
        i++;
    }
    return TRUE;
}

/* NULL for path: nothing is written, and that is a success. */
static BOOL write_file(const char *path, void (*output)(FILE *, const results *, const conditions *),
                       const results *results, const conditions *under)
{
    FILE *file;
    BOOL good;
    if (!path)
        return TRUE;
    file = fopen(path, "wb");
    if (!file) {
        perror(path);
        return FALSE;
    }
    output(file, results, under);
    good = !ferror(file);
    good = !fclose(file) && good;
    if (!good)
        perror(path);
    return good;
}

/* The DLL stays loaded until the process ends. */
static const bench_build *load_build(const char *path)
{
    HMODULE module = LoadLibraryA(path);
    FARPROC found = module ? GetProcAddress(module, BENCH_BUILD_FUNCTION) : NULL;
    bench_build_function *function;
    if (!found) {
        fprintf(stderr, "bench: %s is no build of the library (error %lu)\n", path, (unsigned long)GetLastError());
        exit(1);
    }
    memcpy(&function, &found, sizeof function);
    return function();
}

static void measure(bench *bench, const options *chosen)
{
    UINT32 i;
    if (chosen->builds[0]) {
        compare_builds(bench, load_build(chosen->builds[0]), load_build(chosen->builds[1]), chosen->only);
        return;
    }
    if (chosen->record && !record_work(chosen->record)) {
        fprintf(stderr, "bench: %s could not be written\n", chosen->record);
        exit(1);
    }
    for (i = 0; i < chosen->work_count; i++)
        if ((!chosen->only || strstr(chosen->work[i], chosen->only)) && !replay_work(bench, chosen->work[i]))
            exit(1);
    compare_with_raw(bench, chosen->only);
    measure_own_cost(bench, chosen->only);
    if (!chosen->only) {
        measure_growth(bench);
        measure_commit_sizes(bench);
        measure_metadata(bench);
    }
}

int main(int count, char **arguments)
{
    options chosen = {0};
    results results = {0};
    bench bench = {.results = &results, .random = 1};
    conditions under = {.compiler = COMPILER, .architecture = ARCHITECTURE};
    BOOL good;

    if (!read_options(count, arguments, &chosen)) {
        fprintf(stderr, "usage: hostmem_bench [--quick] [--only TEXT] [--rounds N] [--json FILE] [--markdown FILE]\n"
                        "                     [--builds NEW.dll OLD.dll] [--work TRACE]... [--record TRACE]\n");
        return 2;
    }
    bench.quick = chosen.quick;
    bench.rounds = chosen.rounds ? chosen.rounds : chosen.quick ? 3 : 61;
    bench.batch_ns = chosen.quick ? 5e4 : 2.5e5;
    bench.team = team_create();
    measure(&bench, &chosen);
    team_destroy(bench.team);

    under.rounds = bench.rounds;
    under.batch_ms = bench.batch_ns / 1e6;
    output_markdown(stdout, &results, &under);
    good = write_file(chosen.json, output_json, &results, &under);
    good = write_file(chosen.markdown, output_summary, &results, &under) && good;
    results_free(&results);
    if (bench.failures)
        fprintf(stderr, "bench: %u calls failed\n", bench.failures);
    return good && !bench.failures ? 0 : 1;
}
