/* Assertions. See standin_life_check.h. */
#include "standin_life_check.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

void assert_no_violations(const standin_life *life)
{
    for (LONG i = 0; i < life->report.violations && i < STANDIN_TEXTS; i++)
        print_error("violation in %s\n", life->report.violation[i]);
    assert_int_equal(life->report.violations, 0);
}

void assert_held_equal(const hostmem_stats *now, const hostmem_stats *then)
{
    assert_int_equal(now->reserved_bytes, then->reserved_bytes);
    assert_int_equal(now->committed_bytes, then->committed_bytes);
    assert_int_equal(now->executable_bytes, then->executable_bytes);
    assert_int_equal(now->mapped_bytes, then->mapped_bytes);
    assert_int_equal(now->heap_bytes, then->heap_bytes);
    assert_int_equal(now->heap_blocks, then->heap_blocks);
    assert_int_equal(now->used_bytes, then->used_bytes);
}

void assert_orderly(const standin_life *life)
{
    static const hostmem_stats nothing;

    assert_no_violations(life);
    assert_held_equal(&life->ran, &life->started);
    assert_held_equal(&life->finished, &life->started);
    assert_held_equal(&life->ended, &nothing);
    assert_int_equal(life->left_over, 0);
}
