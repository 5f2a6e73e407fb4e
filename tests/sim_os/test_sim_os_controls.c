/* Tests of what other tests rely on: injected failures, counts, hooks, walks, and that misuse is detected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_machine.h"

#ifndef _WIN32
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <cmocka.h>

static void memory_status_is_what_was_set(void **state)
{
    (void)state;
    machine m = machine_create();
    const hmi_os_memory set = {.load_percent = 97, .total_physical = 1000, .available_physical = 30};
    hmi_os_memory got;
    sim_os_set_memory_status(m.sim, &set);
    assert_int_equal(m.os->memory_status(m.os, &got), 0);
    assert_int_equal(got.load_percent, 97);
    assert_int_equal(got.total_physical, 1000);
    assert_int_equal(got.available_physical, 30);
    machine_destroy(&m);
}

static void ordered_failures_come_when_ordered(void **state)
{
    (void)state;
    machine m = machine_create();
    void *out = NULL;
    sim_os_fail(m.sim, SIM_SET(SIM_VIRTUAL_ALLOC) | SIM_SET(SIM_OBJECT_ALLOC), 1, 2, 1450);
    must_alloc(&m, FIRST, PAGE, MEM_COMMIT, RW);
    assert_int_equal(m.os->virtual_free(m.os, (void *)(m.origin + FIRST), PAGE, MEM_DECOMMIT), 0);
    assert_int_equal(sim_os_failed(m.sim), 0);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, PAGE, MEM_RESERVE, RW, &out), 1450);
    assert_null(m.os->object_alloc(m.os, 1));
    assert_int_equal(m.os->get_last_error(m.os), 1450);
    assert_int_equal(sim_os_failed(m.sim), 2);
    expect_totals(&m, "failed", 0, 0);
    must_alloc(&m, FIRST, PAGE, MEM_COMMIT, RW);

    sim_os_fail(m.sim, SIM_ALL_KINDS, 0, SIM_FOREVER, 8);
    hmi_os_memory status;
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    UINT32 old;
    assert_int_equal(m.os->virtual_query(m.os, NULL, &region, sizeof region, &written), 8);
    assert_int_equal(m.os->virtual_protect(m.os, (void *)(m.origin + SECOND), PAGE, RW, &old), 8);
    assert_int_equal(m.os->virtual_free(m.os, (void *)(m.origin + SECOND), 0, MEM_RELEASE), 8);
    assert_int_equal(m.os->heap_create(m.os, 0, &out), 8);
    assert_int_equal(m.os->table_reserve(m.os, PAGE, &out), 8);
    assert_int_equal(m.os->memory_status(m.os, &status), 8);
    sim_os_fail(m.sim, SIM_ALL_KINDS, 0, 0, 8);
    assert_int_equal(m.os->heap_create(m.os, 0, &out), 0);

    sim_os_fail(m.sim, SIM_ALL_KINDS, 0, SIM_FOREVER, 8);
    void *block;
    assert_int_equal(m.os->heap_alloc(m.os, out, 1, &block), 8);
    m.os->heap_destroy(m.os, out); /* cannot fail, so it must have had its effect */
    sim_os_fail(m.sim, 0, 0, 0, 0);
    sim_os_totals totals;
    sim_os_total(m.sim, &totals);
    assert_int_equal(totals.heaps, 0);
    machine_destroy(&m);
}

static void calls_are_counted_by_kind(void **state)
{
    (void)state;
    machine m = machine_create();
    hmi_os_memory status;
    void *out;
    sim_os_reset_calls(m.sim);
    assert_int_equal(m.os->memory_status(m.os, &status), 0);
    assert_int_equal(m.os->memory_status(m.os, &status), 0);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 0, MEM_RESERVE, RW, &out), 87);
    for (int kind = 0; kind < SIM_KIND_COUNT; kind++) {
        UINT64 calls = sim_os_calls(m.sim, (sim_os_kind)kind);
        assert_int_equal(calls, kind == SIM_MEMORY_STATUS ? 2 : kind == SIM_VIRTUAL_ALLOC ? 1 : 0);
    }
    machine_destroy(&m);
}

typedef struct hook_log {
    machine *m;
    int before;
    int after;
    sim_os_call last;
    BOOL nested;
} hook_log;

static void note_before(void *context, const sim_os_call *call)
{
    hook_log *log = context;
    log->before++;
    log->last = *call;
}

static void note_after(void *context, const sim_os_call *call)
{
    hook_log *log = context;
    log->after++;
    log->last = *call;
    log->m->os->set_last_error(log->m->os, 4711);
}

/* Frees, as another thread could, what the call is about to use. */
static void release_before(void *context, const sim_os_call *call)
{
    hook_log *log = context;
    if (!log->nested) {
        log->nested = TRUE;
        assert_int_equal(log->m->os->virtual_free(log->m->os, call->address, 0, MEM_RELEASE), 0);
    }
}

static void hooks_see_calls_and_may_call_themselves(void **state)
{
    (void)state;
    machine m = machine_create();
    hook_log log = {.m = &m};
    void *out = NULL;
    sim_os_set_hooks(m.sim, SIM_SET(SIM_VIRTUAL_ALLOC) | SIM_SET(SIM_VIRTUAL_FREE), note_before, note_after, &log);
    assert_int_equal(m.os->virtual_alloc(m.os, NULL, 123, MEM_RESERVE, PAGE_READONLY, &out), 0);
    assert_int_equal(log.before, 1);
    assert_int_equal(log.after, 1);
    assert_int_equal(log.last.kind, SIM_VIRTUAL_ALLOC);
    assert_int_equal(log.last.size, 123);
    assert_int_equal(log.last.type, MEM_RESERVE);
    assert_int_equal(log.last.protect, PAGE_READONLY);
    assert_ptr_equal(log.last.result, out);
    assert_int_equal(log.last.error, 0);
    assert_int_equal(m.os->get_last_error(m.os), POISON);
    assert_int_equal(m.os->virtual_free(m.os, out, 1, MEM_RELEASE), 87);
    assert_int_equal(log.last.kind, SIM_VIRTUAL_FREE);
    assert_int_equal(log.last.error, 87);
    assert_int_equal(m.os->get_last_error(m.os), 87);
    m.os->object_free(m.os, m.os->object_alloc(m.os, 1));
    assert_int_equal(log.before, 2);

    sim_os_set_hooks(m.sim, SIM_SET(SIM_VIRTUAL_FREE), release_before, NULL, &log);
    assert_int_equal(m.os->virtual_free(m.os, (void *)(m.origin + SECOND), 0, MEM_RELEASE), 487);
    sim_os_set_hooks(m.sim, 0, NULL, NULL, NULL);
    machine_destroy(&m);
}

typedef struct run_log {
    sim_os_run runs[16];
    SIZE_T count;
} run_log;

static void log_run(void *context, const sim_os_run *run)
{
    run_log *log = context;
    assert_true(log->count < LENGTH(log->runs));
    log->runs[log->count++] = *run;
}

static void a_walk_visits_every_run_in_order(void **state)
{
    (void)state;
    static const struct {
        SIZE_T base, size, allocation;
        UINT32 protect;
    } wanted[] = {
        {FIRST, PAGE, FIRST, 0},
        {FIRST + PAGE, 2 * PAGE, FIRST, RW},
        {FIRST + 3 * PAGE, PAGE, FIRST, PAGE_EXECUTE_READ},
        {FIRST + 4 * PAGE, SECOND - 4 * PAGE, FIRST, 0},
        {SECOND, GRANULE, SECOND, RW},
        {SMALL, 3 * PAGE, SMALL, PAGE_READONLY},
        {FOREIGN, GRANULE, FOREIGN, RW},
    };
    machine m = machine_create();
    run_log log = {.count = 0};
    sim_os_walk(m.sim, log_run, &log);
    assert_int_equal(log.count, LENGTH(wanted));
    for (SIZE_T i = 0; i < LENGTH(wanted); i++) {
        assert_int_equal(log.runs[i].base, m.origin + wanted[i].base);
        assert_int_equal(log.runs[i].size, wanted[i].size);
        assert_int_equal(log.runs[i].allocation_base, m.origin + wanted[i].allocation);
        assert_int_equal(log.runs[i].protect, wanted[i].protect);
        assert_int_equal(log.runs[i].state, wanted[i].protect != 0 ? MEM_COMMIT : MEM_RESERVE);
        assert_int_equal(log.runs[i].foreign, wanted[i].base == FOREIGN);
    }
    sim_os_totals totals;
    sim_os_total(m.sim, &totals);
    assert_int_equal(totals.reservations, 3);
    assert_int_equal(totals.executable_bytes, PAGE);
    machine_destroy(&m);
}

static void an_arena_without_memory_can_be_anywhere(void **state)
{
    (void)state;
    const sim_os_config config = {
        .instant = TRUE,
        .arena_bytes = 0x10000000,
        .arena_base = (UINT_PTR)0x60000000,
        .highest_address = (UINT_PTR)0x6fffffff,
        .page_size = 0x2000,
    };
    sim_os *sim = sim_os_create(&config);
    hostmem_os *os = sim_os_functions(sim);
    hmi_os_info info;
    void *out = NULL;
    os->get_info(os, &info);
    assert_int_equal(info.page_size, 0x2000);
    assert_int_equal(info.highest_address, 0x6fffffff);
    assert_int_equal(os->virtual_alloc(os, NULL, 1, MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN, RW, &out), 0);
    assert_ptr_equal(out, (void *)(UINT_PTR)0x6fff0000);
    sim_os_totals totals;
    sim_os_total(sim, &totals);
    assert_int_equal(totals.committed_bytes, 0x2000);
    assert_int_equal(os->virtual_alloc(os, out, GRANULE, MEM_COMMIT, RW, &out), 487);
    assert_int_equal(os->virtual_free(os, out, 0, MEM_RELEASE), 0);
    assert_true(sim_os_check(sim, NULL));
    sim_os_destroy(sim);
}

static void instant_memory_can_be_touched_everywhere(void **state)
{
    (void)state;
    const sim_os_config config = {.instant = TRUE, .arena_bytes = ARENA_BYTES};
    sim_os *sim = sim_os_create(&config);
    assert_int_equal(sim_os_arena_bytes(sim), ARENA_BYTES);
    assert_true(writable((void *)sim_os_arena_base(sim)));
    assert_true(writable((void *)(sim_os_arena_base(sim) + ARENA_BYTES - 1)));
    sim_os_destroy(sim);
}

/* ---- Misuse ---- */

#ifndef _WIN32

typedef void misuse(machine *m);

static void free_a_foreign_block(machine *m)
{
    void *heap;
    m->os->heap_create(m->os, 0, &heap);
    m->os->heap_free(m->os, heap, m);
}

static void free_twice(machine *m)
{
    void *heap, *block;
    m->os->heap_create(m->os, 0, &heap);
    m->os->heap_alloc(m->os, heap, 1, &block);
    m->os->heap_free(m->os, heap, block);
    m->os->heap_free(m->os, heap, block);
}

static void free_in_another_heap(machine *m)
{
    void *heap, *other, *block;
    m->os->heap_create(m->os, 0, &heap);
    m->os->heap_create(m->os, 0, &other);
    m->os->heap_alloc(m->os, heap, 1, &block);
    m->os->heap_free(m->os, other, block);
}

static void use_a_heap_that_is_gone(machine *m)
{
    void *heap, *block;
    m->os->heap_create(m->os, 0, &heap);
    m->os->heap_destroy(m->os, heap);
    m->os->heap_alloc(m->os, heap, 1, &block);
}

static void commit_outside_of_a_table(machine *m)
{
    void *table;
    m->os->table_reserve(m->os, m->info.page_size, &table);
    m->os->table_commit(m->os, table, m->info.page_size + 1);
}

static void release_half_a_table(machine *m)
{
    void *table;
    m->os->table_reserve(m->os, 2 * m->info.page_size, &table);
    m->os->table_release(m->os, table, m->info.page_size);
}

static void free_no_object(machine *m)
{
    m->os->object_free(m->os, m);
}

static void touch_uncommitted_memory(machine *m)
{
    *(volatile char *)m->origin = 1;
}

/* Whether the program survives the misuse, tried in a process of its own. */
static BOOL survives(misuse *what)
{
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(0);
        }
        signal(SIGSEGV, SIG_DFL); /* instead of CMocka's handler, which would continue with the tests */
        signal(SIGABRT, SIG_DFL);
        machine m = machine_create();
        what(&m);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void misuse_ends_the_process(void **state)
{
    (void)state;
    misuse *const misuses[] = {
        free_a_foreign_block,      free_twice,           free_in_another_heap, use_a_heap_that_is_gone,
        commit_outside_of_a_table, release_half_a_table, free_no_object,       touch_uncommitted_memory,
    };
    for (SIZE_T i = 0; i < LENGTH(misuses); i++) {
        if (survives(misuses[i])) {
            fail_msg("misuse %u was survived", (unsigned)i);
        }
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_status_is_what_was_set),
        cmocka_unit_test(ordered_failures_come_when_ordered),
        cmocka_unit_test(calls_are_counted_by_kind),
        cmocka_unit_test(hooks_see_calls_and_may_call_themselves),
        cmocka_unit_test(a_walk_visits_every_run_in_order),
        cmocka_unit_test(an_arena_without_memory_can_be_anywhere),
        cmocka_unit_test(instant_memory_can_be_touched_everywhere),
#ifndef _WIN32
        cmocka_unit_test(misuse_ends_the_process),
#endif
    };
    return cmocka_run_group_tests_name("sim_os_controls", tests, NULL, NULL);
}
