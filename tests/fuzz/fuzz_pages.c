/* libFuzzer's entry point for operations. The first eight bytes select how they are run: compared between hostmem
 * on one simulated machine and the system's own calls on another; or by hostmem alone on a machine that fails
 * (stress.c). A failure is reduced and printed before the program ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "episode.h"
#include "shrink.h"
#include "stress.h"

/* More take too long for one input, and libFuzzer combines short inputs better. */
#define MAX_OPERATIONS 256

int LLVMFuzzerTestOneInput(const UINT8 *data, size_t size);

static void run_twins(UINT8 *bytes, SIZE_T count)
{
    static twin twins;
    fuzz_world world;
    SIZE_T failed;
    if (!fuzz_world_create(&world))
        abort();
    failed = episode_run(&twins, &world, bytes, count, 64, NULL);
    if (failed)
        episode_explain(&twins, &world, bytes, failed, "(the twins)");
    if (!fuzz_world_destroy(&world) || failed)
        abort();
}

static char message[200];

static SIZE_T fails(void *flavour, const UINT8 *bytes, SIZE_T count)
{
    return stress_run(flavour, bytes, count, FALSE, message, sizeof message);
}

static void run_stress(UINT8 *flavour, UINT8 *bytes, SIZE_T count)
{
    SIZE_T failed = fails(flavour, bytes, count);
    if (!failed)
        return;
    printf("fuzz: %s\nfuzz: reducing ...\n", message);
    count = fuzz_shrink(bytes, failed, fails, flavour);
    printf("fuzz: these %llu operations are enough, flavour %u %u %u %u %u:\n", (unsigned long long)count, flavour[0],
           flavour[1], flavour[2], flavour[3], flavour[4]);
    stress_run(flavour, bytes, count, TRUE, message, sizeof message);
    printf("      %s\n", message);
    fflush(stdout);
    abort();
}

int LLVMFuzzerTestOneInput(const UINT8 *data, size_t size)
{
    static UINT8 copy[(1 + MAX_OPERATIONS) * FUZZ_OP_BYTES]; /* because reducing changes it */
    SIZE_T count = size / FUZZ_OP_BYTES;
    if (count < 2 || count > 1 + MAX_OPERATIONS)
        return -1;
    memcpy(copy, data, count * FUZZ_OP_BYTES);
    if (copy[7] & 1)
        run_stress(copy, copy + FUZZ_OP_BYTES, count - 1);
    else
        run_twins(copy + FUZZ_OP_BYTES, count - 1);
    return 0;
}
