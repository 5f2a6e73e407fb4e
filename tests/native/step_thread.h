/* Threads for the sweep in test_stops.c, of which one runs at a time: the main one starts and resumes the others, each
 * of which goes on until it ends, waits, or comes to the point where it is to stop. One that is stopped can be resumed,
 * or never goes on: that is how a thread is ended, whose stack just stays behind. */
#ifndef HOSTMEM_TESTS_STEP_THREAD_H
#define HOSTMEM_TESTS_STEP_THREAD_H

#include <stdbool.h>
#include <stdint.h>

typedef enum step_state {
    STEP_IDLE,    /* it has nothing to do */
    STEP_READY,   /* it has not begun, or may go on */
    STEP_STOPPED, /* at its point */
    STEP_WAITING, /* for what the operating system is to do: step_os.c */
    STEP_JOINING,
    STEP_ENDED
} step_state;

/* Where in the library's sources a thread stands. */
typedef struct step_place {
    const char *name; /* of the operation that comes next */
    const char *file;
    int line;
} step_place;

enum {
    STEP_MAIN,
    STEP_VICTIM,
    STEP_LIBRARY,
    STEP_THREADS = STEP_LIBRARY + 6
}; /* from STEP_LIBRARY on: thread_start's */

typedef struct step_thread {
    step_state state;
    uint32_t id;         /* as the operating system has it */
    uintptr_t key;       /* as thread_slot.h has it */
    uint32_t last_error; /* as the operating system has it */
    uint64_t points;     /* passed so far */
    uint64_t stop_at;    /* the number of the point to stop at, from 1; 0: none */
    step_place place;    /* where it stopped */
    bool resumed_for;    /* what its wait or join has come to */
    void *awaited;       /* an event, or a thread to join */
    uint64_t wake_at_ms; /* when it ceases to wait; UINT64_MAX: never */
    uint32_t signals;    /* that end the wait, too */
    void (*entry)(void *context);
    void *context;
} step_thread;

extern step_thread step_threads[STEP_THREADS];

/* For step.h. */
extern step_thread *step_running;
extern bool step_is_recording;

/* Keeps the places that the victim comes to from here on, up to most of them; NULL: no more. */
void step_record(step_place *places, uint64_t most);

/* The one that runs. */
step_thread *step_current(void);

/* All but the main one are idle; whatever they were doing is forgotten. */
void step_forget_all(void);

/* The thread has an entry to run, from its beginning. What it was doing before is forgotten. */
void step_prepare(step_thread *thread, void (*entry)(void *context), void *context);

/* Lets a thread run until it gets into another state, which is returned. The main thread's to call. */
step_state step_run(step_thread *thread);

/* Gives the processor back to the main thread. Any other thread's to call. */
void step_leave(step_state state);

/* A key (step_thread.key) for a thread that is led to the same one of any number of slots as the first such key, number
 * 0, is; or to another one, however many there are. */
uintptr_t step_key(bool same_slot, unsigned number);

#endif
