/* hostmem_bench [--quick] [--only TEXT] [--rounds N] [--json FILE] [--markdown FILE]
 *
 * Measures what the library costs and prints the result, as Markdown, on stdout; progress goes to stderr. --quick:
 * every part as short as possible, to check that it runs; the figures mean little. --only: operations whose names
 * contain TEXT, and only the comparison with raw Win32 and the own cost. Exits with 1 if a call failed. */
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

typedef struct options {
    BOOL quick;
    UINT32 rounds;
    const char *only;
    const char *json;
    const char *markdown;
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
        else
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

int main(int count, char **arguments)
{
    options chosen = {0};
    results results = {0};
    bench bench = {.results = &results, .random = 1};
    conditions under = {.compiler = COMPILER, .architecture = ARCHITECTURE};
    BOOL good;

    if (!read_options(count, arguments, &chosen)) {
        fprintf(stderr, "usage: hostmem_bench [--quick] [--only TEXT] [--rounds N] [--json FILE] [--markdown FILE]\n");
        return 2;
    }
    bench.quick = chosen.quick;
    bench.rounds = chosen.rounds ? chosen.rounds : chosen.quick ? 3 : 61;
    bench.batch_ns = chosen.quick ? 5e4 : 2.5e5;
    bench.team = team_create();
    compare_with_raw(&bench, chosen.only);
    measure_own_cost(&bench, chosen.only);
    if (!chosen.only) {
        measure_growth(&bench);
        measure_commit_sizes(&bench);
        measure_metadata(&bench);
    }
    team_destroy(bench.team);

    under.rounds = bench.rounds;
    under.batch_ms = bench.batch_ns / 1e6;
    output_markdown(stdout, &results, &under);
    good = write_file(chosen.json, output_json, &results, &under);
    good = write_file(chosen.markdown, output_markdown, &results, &under) && good;
    results_free(&results);
    if (bench.failures)
        fprintf(stderr, "bench: %u calls failed\n", bench.failures);
    return good && !bench.failures ? 0 : 1;
}
