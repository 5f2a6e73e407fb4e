/* See step_thread.h: contexts of one real thread, each with a stack of its own. */
#include "step_thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "step.h"

#define STACK_BYTES ((size_t)64 << 10)

step_thread step_threads[STEP_THREADS] = {[STEP_MAIN] = {.state = STEP_READY, .id = 1}};

static ucontext_t contexts[STEP_THREADS];
static char stacks[STEP_THREADS][STACK_BYTES] __attribute__((aligned(16)));
step_thread *step_running = &step_threads[STEP_MAIN];
bool step_is_recording;

step_thread *step_current(void)
{
    return step_running;
}

static unsigned number_of(const step_thread *thread)
{
    return (unsigned)(thread - step_threads);
}

static void give_up(const char *why)
{
    fprintf(stderr, "step_thread: %s\n", why);
    abort();
}

static void begin(void)
{
    step_running->entry(step_running->context);
    step_leave(STEP_ENDED);
    give_up("a thread that has ended goes on");
}

void step_prepare(step_thread *thread, void (*entry)(void *context), void *context)
{
    unsigned number = number_of(thread);
    *thread = (step_thread){
        .state = STEP_READY, .id = number + 1, .key = thread->key, .entry = entry, .context = context};
    if (getcontext(&contexts[number]))
        give_up("getcontext failed");
    contexts[number].uc_stack.ss_sp = stacks[number];
    contexts[number].uc_stack.ss_size = STACK_BYTES;
    contexts[number].uc_link = NULL;
    makecontext(&contexts[number], begin, 0);
}

void step_forget_all(void)
{
    unsigned number;
    for (number = STEP_MAIN + 1; number < STEP_THREADS; number++)
        step_threads[number].state = STEP_IDLE;
}

step_state step_run(step_thread *thread)
{
    if (step_running != step_threads)
        give_up("a thread that is not the main one runs another");
    step_running = thread;
    if (swapcontext(&contexts[STEP_MAIN], &contexts[number_of(thread)]))
        give_up("swapcontext failed");
    return thread->state;
}

void step_leave(step_state state)
{
    unsigned number = number_of(step_running);
    if (number == STEP_MAIN)
        give_up("the main thread leaves");
    step_running->state = state;
    step_running = step_threads;
    if (swapcontext(&contexts[number], &contexts[STEP_MAIN]))
        give_up("swapcontext failed");
}

static step_place *record;
static uint64_t record_length;

void step_record(step_place *places, uint64_t most)
{
    record = places;
    record_length = most;
    step_is_recording = places != NULL;
}

void step_reached(const char *name, const char *file, int line)
{
    step_thread *self = step_running;
    if (record && self == &step_threads[STEP_VICTIM] && self->points <= record_length)
        record[self->points - 1] = (step_place){name, file, line};
    if (self->points != self->stop_at)
        return;
    self->place = (step_place){name, file, line};
    step_leave(STEP_STOPPED);
}

int *step_errno(void)
{
    return (int *)step_running->key; /* nobody looks at it */
}

/* As thread_slot.h spreads keys: of any number of slots a thread's is given by the upper bits. */
static uint32_t spread(uintptr_t key)
{
    return (uint32_t)(key >> 12) * 2654435769u;
}

#define FIRST_KEY ((uintptr_t)0x10001000)
#define FEWEST_BITS 4 /* where there are 16 slots */
#define MAX_BITS 6    /* and 64 */

uintptr_t step_key(bool same_slot, unsigned number)
{
    unsigned bits = same_slot ? MAX_BITS : FEWEST_BITS, found = 0;
    uintptr_t key = FIRST_KEY;
    for (;;) {
        if ((spread(key) >> (32 - bits) == spread(FIRST_KEY) >> (32 - bits)) == same_slot && found++ == number)
            return key;
        key += 0x1000;
    }
}
