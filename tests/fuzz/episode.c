/* See episode.h. */
#include "episode.h"

#include <stdio.h>
#include <stdlib.h>

#include "shrink.h"

static void begin(twin *t, fuzz_world *world)
{
    if (!twin_begin(t, world)) {
        fprintf(stderr, "fuzz: there is no memory for an instance\n");
        exit(2);
    }
}

static void count_step(episode_counts *counts, const twin *t, fuzz_kind kind)
{
    if (!counts || !t->done)
        return;
    counts->done[kind]++;
    counts->succeeded[kind] += t->hr == S_OK;
    counts->by_rule += t->rule != NULL;
}

static void show_step(const twin *t, SIZE_T number, const fuzz_op *op)
{
    char text[200];
    fuzz_op_text(op, text, sizeof text);
    printf("  %2llu. %s\n", (unsigned long long)number, text);
    if (!t->done)
        printf("        passed over\n");
    else if (t->rule)
        printf("        hostmem %#lx, last error %lu; %s\n", (unsigned long)(UINT32)t->hr, (unsigned long)t->last_error,
               t->rule);
    else if (op->kind < FUZZ_WRITE || op->kind >= FUZZ_HEAP_CREATE)
        printf("        hostmem %#lx, last error %lu; the system: error %lu\n", (unsigned long)(UINT32)t->hr,
               (unsigned long)(t->hr == S_OK && t->last_error == TWIN_POISON ? 0 : t->last_error),
               (unsigned long)t->twin_error);
}

static SIZE_T run(twin *t, fuzz_world *world, const UINT8 *bytes, SIZE_T count, SIZE_T compare_every, BOOL show,
                  episode_counts *counts)
{
    SIZE_T i;
    begin(t, world);
    for (i = 0; i < count && !t->failed; i++) {
        fuzz_op op;
        fuzz_op_decode(bytes + i * FUZZ_OP_BYTES, &op);
        twin_step(t, &op);
        if (!t->failed && (i + 1) % compare_every == 0)
            twin_compare_all(t);
        count_step(counts, t, op.kind);
        if (show)
            show_step(t, i + 1, &op);
    }
    if (!t->failed)
        twin_compare_all(t);
    twin_end(t);
    return t->failed ? i : 0;
}

SIZE_T episode_run(twin *t, fuzz_world *world, const UINT8 *bytes, SIZE_T count, SIZE_T compare_every,
                   episode_counts *counts)
{
    return run(t, world, bytes, count, compare_every, FALSE, counts);
}

typedef struct place {
    twin *t;
    fuzz_world *world;
} place;

static SIZE_T fails(void *context, const UINT8 *bytes, SIZE_T count)
{
    place *where = context;
    return run(where->t, where->world, bytes, count, 1, FALSE, NULL);
}

SIZE_T episode_explain(twin *t, fuzz_world *world, UINT8 *bytes, SIZE_T count, const char *program)
{
    place where = {t, world};
    SIZE_T i;
    printf("fuzz: %s\nfuzz: reducing ...\n", t->message);
    fflush(stdout);
    count = fuzz_shrink(bytes, count, fails, &where);
    printf("fuzz: these %llu operations are enough:\n", (unsigned long long)count);
    if (!run(t, world, bytes, count, 1, TRUE, NULL))
        printf("      (not this time: it depends on something else)\n");
    else
        printf("      %s\n", t->message);
    printf("fuzz: to repeat: %s --replay ", program);
    for (i = 0; i < count * FUZZ_OP_BYTES; i++)
        printf("%02x", bytes[i]);
    printf("\n");
    fflush(stdout);
    return count;
}
