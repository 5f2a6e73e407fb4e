/* Random operations through hostmem and through Win32, each on a range of its own:
 *
 *     fuzz_twins [--seed N] [--operations N]    runs so many; an operation that differs is reduced and printed
 *     fuzz_twins --replay HEX                   runs the operations at the end of such a report
 *     fuzz_twins --lies [--seed N]              must find each of a list of planted mistakes (liar.c)
 *     fuzz_twins --lie NAME ...                 plants one
 *
 * HOSTMEM_FUZZ_SEED and HOSTMEM_FUZZ_OPERATIONS replace the first two options. Exit code: 0 if no difference was
 * found (with --lies: if all were), 1 otherwise, 2 if it could not begin. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "episode.h"
#include "liar.h"

#define EPISODE_OPERATIONS 2000
#define COMPARE_EVERY 250
#define DEFAULT_OPERATIONS 1000000
#define PROGRESS_MS 10000

/* A planted mistake must be found within so many operations, and be reduced to so few. */
#define LIE_OPERATIONS 200000
#define LIE_LENGTH 6

static twin twins;
static fuzz_world world;
static UINT8 bytes[EPISODE_OPERATIONS * FUZZ_OP_BYTES];

/* Printed if the program crashes. */
static UINT64 running_seed, running_episode;

static LONG WINAPI report_crash(EXCEPTION_POINTERS *exception)
{
    printf("fuzz: crashed with %#lx at %p in episode %" PRIu64 " of seed %" PRIu64 "\n",
           (unsigned long)exception->ExceptionRecord->ExceptionCode, exception->ExceptionRecord->ExceptionAddress,
           running_episode, running_seed);
    fflush(stdout);
    return EXCEPTION_CONTINUE_SEARCH;
}

/* Each episode has bytes of its own, so that it can be run without those before it. */
static void make_episode(UINT64 seed, UINT64 episode)
{
    UINT64 state = seed ^ (episode * 0xd1342543de82ef95u);
    fuzz_random(&state);
    fuzz_random_bytes(&state, bytes, sizeof bytes);
    running_seed = seed;
    running_episode = episode;
}

/* Without those that were skipped. */
static UINT64 all_done(const episode_counts *counts)
{
    UINT64 sum = 0;
    unsigned i;
    for (i = 0; i < FUZZ_KINDS; i++)
        sum += counts->done[i];
    return sum;
}

/* Returns how many operations are left of the first failure; 0: there was none. */
static SIZE_T run_random(UINT64 seed, UINT64 operations, episode_counts *counts, const char *program)
{
    UINT64 episode, done;
    ULONGLONG told = GetTickCount64();
    for (episode = 0; (done = all_done(counts)) < operations; episode++) {
        SIZE_T failed;
        make_episode(seed, episode);
        failed = episode_run(&twins, &world, bytes, EPISODE_OPERATIONS, COMPARE_EVERY, counts);
        if (failed) {
            printf("fuzz: after %" PRIu64 " operations, in episode %" PRIu64 " of seed %" PRIu64 ":\n",
                   all_done(counts), episode, seed);
            return episode_explain(&twins, &world, bytes, failed, program);
        }
        if (GetTickCount64() - told >= PROGRESS_MS) {
            printf("fuzz: %" PRIu64 " of %" PRIu64 " operations\n", done, operations);
            fflush(stdout);
            told = GetTickCount64();
        }
    }
    return 0;
}

static void show_counts(const episode_counts *counts)
{
    unsigned i;
    for (i = 0; i < FUZZ_KINDS; i++) {
        if (counts->done[i])
            printf("fuzz:   %-14s %8" PRIu64 " tried, %8" PRIu64 " succeeded\n", fuzz_kind_name((fuzz_kind)i),
                   counts->done[i], counts->succeeded[i]);
    }
    printf("fuzz:   %" PRIu64 " by a rule of rules.c\n", counts->by_rule);
}

/* A run in which nothing has an effect tests nothing. */
static BOOL has_tried_enough(const episode_counts *counts, UINT64 operations)
{
    return operations < 10000 ||
           (counts->succeeded[FUZZ_ALLOC] > operations / 30 &&
            counts->done[FUZZ_ALLOC] - counts->succeeded[FUZZ_ALLOC] > operations / 30 &&
            counts->succeeded[FUZZ_FREE] > operations / 60 && counts->succeeded[FUZZ_PROTECT] > operations / 100 &&
            counts->succeeded[FUZZ_WRITE] > operations / 200 &&
            counts->succeeded[FUZZ_BLOCK_ALLOC] > operations / 100 &&
            counts->succeeded[FUZZ_BLOCK_FREE] > operations / 100);
}

static int find_lies(UINT64 seed, const char *program)
{
    unsigned number, missed = 0;
    for (number = 0; fuzz_lie_name(number); number++) {
        const char *name = fuzz_lie_name(number);
        episode_counts counts = {0};
        SIZE_T length;
        world.os = fuzz_liar(name);
        printf("fuzz: ---- %s\n", name);
        length = run_random(seed, LIE_OPERATIONS, &counts, program);
        if (!length || length > LIE_LENGTH) {
            printf(length ? "fuzz: %s is only reduced to too many operations\n" : "fuzz: %s was not found\n", name);
            missed++;
        }
    }
    printf("fuzz: %u of %u lies found\n", number - missed, number);
    return missed ? 1 : 0;
}

static int replay(const char *hex, const char *program)
{
    SIZE_T count = strlen(hex) / 2 / FUZZ_OP_BYTES, i;
    if (!count || count > EPISODE_OPERATIONS) {
        fprintf(stderr, "fuzz: not a list of operations\n");
        return 2;
    }
    for (i = 0; i < count * FUZZ_OP_BYTES; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};
        bytes[i] = (UINT8)strtoul(digits, NULL, 16);
    }
    if (episode_run(&twins, &world, bytes, count, 1, NULL)) {
        episode_explain(&twins, &world, bytes, count, program);
        return 1;
    }
    printf("fuzz: the twins agree\n");
    return 0;
}

static UINT64 number_of(const char *text, UINT64 otherwise)
{
    return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
    LARGE_INTEGER now;
    UINT64 seed, operations = number_of(getenv("HOSTMEM_FUZZ_OPERATIONS"), DEFAULT_OPERATIONS);
    const char *hex = NULL;
    episode_counts counts = {0};
    BOOL lies = FALSE;
    int i;

    QueryPerformanceCounter(&now);
    seed = number_of(getenv("HOSTMEM_FUZZ_SEED"),
                     ((UINT64)now.QuadPart * 1000003u ^ GetCurrentProcessId()) & 0xffffffffu);
    if (!fuzz_world_create(&world)) {
        fprintf(stderr, "fuzz: no memory for the twins\n");
        return 2;
    }
    for (i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (!strcmp(argv[i], "--lies")) {
            lies = TRUE;
        } else if (value && !strcmp(argv[i], "--seed")) {
            seed = number_of(argv[++i], seed);
        } else if (value && !strcmp(argv[i], "--operations")) {
            operations = number_of(argv[++i], operations);
        } else if (value && !strcmp(argv[i], "--replay")) {
            hex = argv[++i];
        } else if (value && !strcmp(argv[i], "--lie") && fuzz_liar(value)) {
            world.os = fuzz_liar(argv[++i]);
        } else {
            fprintf(stderr, "fuzz: unknown argument: %s\n", argv[i]);
            return 2;
        }
    }
    SetUnhandledExceptionFilter(report_crash);
    if (hex)
        return replay(hex, argv[0]);
    printf("fuzz: seed %" PRIu64 "\n", seed);
    fflush(stdout);
    if (lies)
        return find_lies(seed, argv[0]);

    if (run_random(seed, operations, &counts, argv[0]))
        return 1;
    printf("fuzz: %" PRIu64 " operations, and the twins agree\n", all_done(&counts));
    show_counts(&counts);
    if (!has_tried_enough(&counts, operations)) {
        printf("fuzz: too few operations had an effect\n");
        return 1;
    }
    return 0;
}
