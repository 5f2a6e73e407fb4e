/* See shrink.h. Delta debugging: removes ever smaller pieces, and keeps what still fails; then sets bytes to 0 in
 * the same way. The final failure may differ from the first one: any failure is worth a look. */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

typedef struct attempt {
    UINT8 *best;
    UINT8 *trial;
    SIZE_T count; /* number of operations in best */
    fuzz_trial *run;
    void *context;
} attempt;

/* Keeps the list in a->trial, up to the operation that fails, if one does. */
static BOOL keep_if_it_fails(attempt *a, SIZE_T count)
{
    SIZE_T failed = a->run(a->context, a->trial, count);
    if (!failed)
        return FALSE;
    memcpy(a->best, a->trial, failed * FUZZ_OP_BYTES);
    a->count = failed;
    return TRUE;
}

static BOOL without(attempt *a, SIZE_T start, SIZE_T length)
{
    SIZE_T rest = a->count - start - length;
    memcpy(a->trial, a->best, start * FUZZ_OP_BYTES);
    memcpy(a->trial + start * FUZZ_OP_BYTES, a->best + (start + length) * FUZZ_OP_BYTES, rest * FUZZ_OP_BYTES);
    return keep_if_it_fails(a, a->count - length);
}

static BOOL remove_pieces(attempt *a)
{
    BOOL removed = FALSE;
    SIZE_T length, start;
    for (length = a->count / 2; length; length /= 2) {
        for (start = 0; a->count > length && start <= a->count - length;) {
            if (without(a, start, length))
                removed = TRUE;
            else
                start += length;
        }
    }
    return removed;
}

static BOOL clear_bytes(attempt *a)
{
    BOOL cleared = FALSE;
    SIZE_T i;
    for (i = 0; i < a->count * FUZZ_OP_BYTES; i++) {
        if (!a->best[i])
            continue;
        memcpy(a->trial, a->best, a->count * FUZZ_OP_BYTES);
        a->trial[i] = 0;
        cleared = keep_if_it_fails(a, a->count) || cleared;
    }
    return cleared;
}

SIZE_T fuzz_shrink(UINT8 *bytes, SIZE_T count, fuzz_trial *trial, void *context)
{
    attempt a = {
        .best = bytes, .trial = malloc(count * FUZZ_OP_BYTES), .count = count, .run = trial, .context = context};
    if (!a.trial)
        return count;
    memcpy(a.trial, bytes, count * FUZZ_OP_BYTES);
    if (keep_if_it_fails(&a, count)) {
        do {
            while (remove_pieces(&a))
                continue;
        } while (clear_bytes(&a) && a.count > 1);
    }
    free(a.trial);
    return a.count;
}
