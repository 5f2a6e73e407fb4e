/* See perturb.h. Each thread has its own random numbers, so that the disturbance does not synchronize threads. In
 * every other quarter of a second all threads share one processor, so that they are preempted in the middle of
 * operations. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void perturb(void);
bool perturb_fails(void);

static cpu_set_t all;
static uint64_t seed;
static _Atomic uint64_t threads;

static _Thread_local uint64_t state;
static _Thread_local unsigned steps;
static _Thread_local bool is_pinned;
static _Thread_local uint64_t no_pause_before; /* ns */

/* Chooses the seed before main, and passes it on in HOSTMEM_STORM_SEED. */
__attribute__((constructor)) static void choose_seed(void)
{
    char text[24];
    const char *given = getenv("HOSTMEM_STORM_SEED");
    seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    setenv("HOSTMEM_STORM_SEED", text, 1);
    sched_getaffinity(0, sizeof all, &all);
}

static uint64_t next_random(void)
{
    if (!state)
        state = (seed + atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed)) * 0x9e3779b97f4a7c15u | 1;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 11;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void pin_or_free(void)
{
    cpu_set_t one;
    bool pin = now_ns() / 250000000 % 2;
    unsigned cpu = 0;
    if (pin == is_pinned)
        return;
    is_pinned = pin;
    while (!CPU_ISSET(cpu, &all))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, pin ? &one : &all);
}

static void dawdle(uint64_t turns)
{
    volatile uint64_t i = 0;
    while (i < turns)
        i = i + 1;
}

/* Gives the processor to others for a moment: with ns 0, once. Where other programs keep it for longer than a
 * millisecond, pauses are left out for twice that time: the test's threads then take turns often enough, and it would
 * take hundreds of times as long. */
static void pause_for(long ns)
{
    uint64_t before = now_ns(), took;
    if (before < no_pause_before)
        return;
    if (ns)
        nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
    else
        sched_yield();
    took = now_ns() - before;
    if (took > 1000000)
        no_pause_before = before + 3 * took;
}

void perturb(void)
{
    uint64_t random = next_random(), kind = random % 1024, amount = random / 1024;
    if (++steps % 256 == 0)
        pin_or_free();
    if (kind < 16)
        pause_for(0);
    else if (kind < 24)
        dawdle(amount % 2000);
    else if (kind == 24)
        pause_for(1 + (long)(amount % 50000));
}

bool perturb_fails(void)
{
    perturb();
    return next_random() % 16 == 0;
}
