/* The stand-in for the CLR on the real system, with one failing call: a whole run for each call that a run makes,
 * until one ends before the call that should fail. In each the stand-in must find no broken rule, the figures must
 * equal a walk with VirtualQuery whenever the runtime pauses, and nothing may be left.
 *
 * In the shortest run every call is made to fail. Longer ones make hundreds and thousands of calls: of those every
 * N-th fails, beginning with a random one that is printed. HOSTMEM_SWEEP_EVERY=N sets the stride, so that 1 covers
 * every call; HOSTMEM_SWEEP_FIRST=N sets the first, to repeat a run. */
#define COBJMACROS
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing_os.h"
#include "standin_life_check.h"

typedef struct program {
    const WCHAR *argument;
    UINT32 depth, threads;
} program;

/* A run in which the calls from first to last fail. */
typedef struct run {
    failing_os os;
    const program *program;
    const char *sentence; /* what the walk has found; NULL: no difference */
    char text[160];
    standin_life life;
} run;

static void compare_with_the_walk(void *context, hostmem *memory)
{
    run *self = context;

    if (!self->sentence && !failing_os_agrees(&self->os, memory, self->text, sizeof(self->text)))
        self->sentence = self->text;
}

/* The failure table has a result for each lack of memory; the documentation of these two methods names none. */
static BOOL is_in_failure_table(const char *violation)
{
    return !strcmp(violation,
                   "IHostMemoryManager::RegisterMemoryNotificationCallback: returned 0x8007000E, which is not "
                   "documented") ||
           !strcmp(violation, "IHostMemoryManager::AcquiredVirtualAddressSpace: returned 0x8007000E, which is not "
                              "documented");
}

static const char *violation(const run *run)
{
    const standin_report *report = &run->life.report;

    for (LONG i = 0; i < report->violations; i++) {
        if (i == STANDIN_TEXTS)
            return "more violations than can be looked at";
        if (!run->os.failed || !is_in_failure_table(report->violation[i]))
            return report->violation[i];
    }
    return NULL;
}

static BOOL holds_nothing(const hostmem_stats *stats)
{
    return !stats->reserved_bytes && !stats->committed_bytes && !stats->executable_bytes && !stats->mapped_bytes &&
           !stats->heap_bytes && !stats->heap_blocks && !stats->used_bytes;
}

static BOOL holds_the_same(const hostmem_stats *now, const hostmem_stats *then)
{
    return now->reserved_bytes == then->reserved_bytes && now->committed_bytes == then->committed_bytes &&
           now->executable_bytes == then->executable_bytes && now->mapped_bytes == then->mapped_bytes &&
           now->heap_bytes == then->heap_bytes && now->heap_blocks == then->heap_blocks;
}

static const char *wrong_end(const run *run)
{
    const standin_life *life = &run->life;
    DWORD expected = standin_trees_expected(run->program->depth, run->program->threads);

    if (life->set_control != S_OK)
        return life->set_control == E_OUTOFMEMORY || life->set_control == E_UNEXPECTED ? NULL : "the control's result";
    if (life->start != S_OK)
        return life->start == E_OUTOFMEMORY ? NULL : "the result of Start";
    if (life->run != S_OK)
        return "the result of the run";
    if (life->result != expected && ((LONG)life->result >= 0 || (LONG)life->result < -(LONG)run->program->threads))
        return "what the program returned";
    return holds_the_same(&life->ran, &life->started) ? NULL : "what is held after the run is not what was before";
}

/* NULL: no complaint. */
static const char *complaint(const run *run)
{
    const char *wrong = violation(run);

    if (!wrong)
        wrong = run->sentence;
    if (!wrong)
        wrong = wrong_end(run);
    if (!wrong && !run->os.failed &&
        run->life.result != standin_trees_expected(run->program->depth, run->program->threads))
        wrong = "nothing failed, and yet the program did";
    if (!wrong && (!holds_nothing(&run->life.ended) || run->life.left_over))
        wrong = "figures or objects that are left at the end";
    if (!wrong && (run->os.held || failing_os_reservations(&run->os)))
        wrong = "something was not given back";
    return wrong;
}

/* TRUE: a call was made to fail. */
static BOOL live_failing(const program *program, LONG first, LONG last, LONG *calls)
{
    static run run;
    const char *wrong;

    memset(&run, 0, sizeof(run));
    run.program = program;
    failing_os_init(&run.os, first, last);
    standin_live(
        &(standin_plan){
            .argument = program->argument, .os = &run.os.functions, .at_rest = compare_with_the_walk, .context = &run},
        &run.life);
    *calls = run.os.calls;
    wrong = complaint(&run);
    if (wrong)
        fail_msg("failing calls %ld to %ld of a life of Trees.Run %ls: %s (%ld failed, %ld held, %u reservations)",
                 first, last, program->argument, wrong, run.os.failed, run.os.held, failing_os_reservations(&run.os));
    return run.os.failed != 0;
}

/* Returns the number of runs. */
static LONG sweep(const program *program, LONG first, LONG every, LONG *calls)
{
    ULONGLONG said = GetTickCount64();
    LONG lives = 0, number = first;

    for (; live_failing(program, number, number, calls); number += every) {
        lives++;
        if (GetTickCount64() - said > 10000) {
            said = GetTickCount64();
            print_message("call %ld of about %ld\n", number, *calls);
        }
    }
    return lives;
}

static const program smallest = {L"6,1", 6, 1};
static const program short_life = {L"12,2", 12, 2};
static const program large = {L"15,4", 15, 4};

static void a_short_life_survives_the_failure_of_any_call(void **state)
{
    LONG calls, lives = sweep(&smallest, 1, 1, &calls);

    (void)state;
    print_message("%ld lives of %ld calls\n", lives, calls);
    assert_true(lives > 100);
}

/* Out of memory for good: from one call on everything fails that can fail, until the end. */
static void a_short_life_survives_the_failure_of_all_calls_from_any_one_on(void **state)
{
    LONG calls, first = 1, lives = 0;

    (void)state;
    for (; live_failing(&smallest, first, MAXLONG, &calls); first++)
        lives++;
    print_message("%ld lives\n", lives);
    assert_true(lives > 100);
}

/* A number of at least 1 from the environment; 0: not set. */
static LONG setting(const char *name)
{
    const char *text = getenv(name);
    LONG number = text ? strtol(text, NULL, 10) : 0;

    return number > 0 ? number : 0;
}

static void sweep_here_and_there(const program *program, LONG every)
{
    LONG first = setting("HOSTMEM_SWEEP_FIRST"), calls, lives;

    if (setting("HOSTMEM_SWEEP_EVERY"))
        every = setting("HOSTMEM_SWEEP_EVERY");
    if (!first)
        first = 1 + (LONG)(GetTickCount64() / 10 % (ULONGLONG)every);
    print_message("Trees.Run %ls: failing call %ld and then every %ldth\n", program->argument, first, every);
    lives = sweep(program, first, every, &calls);
    print_message("%ld lives of about %ld calls\n", lives, calls);
    assert_true(lives > 0);
}

static void longer_lives_survive_the_failure_of_calls_here_and_there(void **state)
{
    (void)state;
    sweep_here_and_there(&short_life, 7);
    sweep_here_and_there(&large, 499);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_life_survives_the_failure_of_any_call),
        cmocka_unit_test(a_short_life_survives_the_failure_of_all_calls_from_any_one_on),
        cmocka_unit_test(longer_lives_survive_the_failure_of_calls_here_and_there),
    };

    setvbuf(stdout, NULL, _IONBF, 0); /* so that progress is shown at once */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
