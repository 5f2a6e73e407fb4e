/* The event buffer alone: each event is collected once and unchanged, or counted as dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_buffer.h"
#include "sim_os.h"
#include "sim_thread.h"

#define SLOTS HMI_EVENT_BUFFER_SLOTS
#define THREADS 4
#define BLOCKS 6

typedef struct scene {
    sim_os *sim;
    hostmem_os *os;
    hmi_event_buffer *buffer;
    uint64_t seen[THREADS + 1]; /* events, by thread */
    uint64_t sum[THREADS + 1];  /* of the events' numbers */
    UINT32 damaged;
} scene;

static int open_scene(void **state)
{
    scene *s = calloc(1, sizeof *s);
    *state = s;
    s->sim = sim_os_create(NULL);
    s->os = sim_os_functions(s->sim);
    return (int)hmi_event_buffer_create(s->os, BLOCKS * HMI_EVENT_BUFFER_BLOCK_BYTES, &s->buffer);
}

static int close_scene(void **state)
{
    scene *s = *state;
    BOOL clean;
    hmi_event_buffer_destroy(s->buffer);
    clean = sim_os_check(s->sim, NULL);
    sim_os_destroy(s->sim);
    free(s);
    return clean ? 0 : -1;
}

/* Every byte of an event is determined by its thread and its number. */
static hostmem_trace_event make(uint32_t thread, uint64_t number)
{
    return (hostmem_trace_event){.ticks = number,
                                 .thread = thread,
                                 .what = (uint8_t)(1 + number % 255),
                                 .level = (uint8_t)number,
                                 .flags = (uint16_t)(number * 3),
                                 .result = (uint32_t)(number * 5),
                                 .type = (uint32_t)(number * 7),
                                 .protect = (uint32_t)(number * 11),
                                 .value = (uint32_t)(number * 13),
                                 .address = number * 17,
                                 .size = number * 19,
                                 .out = number * 23,
                                 .origin = number * 29};
}

static void leave(scene *s, uint32_t thread, uint64_t number)
{
    hostmem_trace_event event = make(thread, number);
    hmi_event_slot *slot = hmi_event_buffer_take(s->buffer);
    if (slot)
        hmi_event_buffer_fill(slot, &event);
}

static void look(void *context, const hostmem_trace_event *event)
{
    scene *s = context;
    hostmem_trace_event wanted = make(event->thread, event->ticks);
    if (event->thread > THREADS || memcmp(&wanted, event, sizeof wanted)) {
        s->damaged++;
        return;
    }
    s->seen[event->thread]++;
    s->sum[event->thread] += event->ticks;
}

static uint32_t collect(scene *s)
{
    return hmi_event_buffer_collect(s->buffer, look, s);
}

static void events_are_collected_once_and_whole(void **state)
{
    scene *s = *state;
    uint64_t number = 0;
    int round;
    assert_int_equal(collect(s), 0);
    for (round = 0; round < 50; round++) {
        uint64_t until = number + (uint64_t)round * 7;
        for (; number < until; number++)
            leave(s, 1, number);
        assert_int_equal(collect(s), round * 7);
        assert_int_equal(collect(s), 0);
    }
    assert_int_equal(s->seen[1], number);
    assert_int_equal(s->sum[1], number * (number - 1) / 2);
    assert_int_equal(s->damaged, 0);
    assert_int_equal(hmi_event_buffer_dropped(s->buffer), 0);
    assert_int_equal(hmi_event_buffer_incomplete(s->buffer), 0);
}

static void all_the_room_is_used_and_more_is_dropped(void **state)
{
    scene *s = *state;
    uint64_t number;
    int round;
    for (round = 1; round <= 3; round++) {
        for (number = 0; number < BLOCKS * SLOTS + 10; number++)
            leave(s, 1, number);
        assert_int_equal(hmi_event_buffer_dropped(s->buffer), round * 10);
        assert_int_equal(collect(s), BLOCKS * SLOTS);
        assert_int_equal(s->sum[1], (uint64_t)round * (BLOCKS * SLOTS) * (BLOCKS * SLOTS - 1) / 2);
    }
    assert_int_equal(s->damaged, 0);
}

/* Where the reader sleeps. */
static void half_of_the_room_wakes_the_reader_once(void **state)
{
    scene *s = *state;
    uint64_t number, round;
    for (round = 0; round < 3; round++) {
        for (number = 0; number < BLOCKS / 2 * SLOTS; number++)
            leave(s, 1, number);
        assert_int_equal(sim_os_calls(s->sim, SIM_EVENT_SET), round);
        /* A block more, because the thread's own, which is not given out, may be the last one. */
        for (; number <= (BLOCKS / 2 + 1) * SLOTS; number++)
            leave(s, 1, number);
        assert_int_equal(sim_os_calls(s->sim, SIM_EVENT_SET), round + 1);
        for (; number < BLOCKS * SLOTS + 10; number++)
            leave(s, 1, number);
        assert_int_equal(sim_os_calls(s->sim, SIM_EVENT_SET), round + 1);
        assert_int_equal(collect(s), BLOCKS * SLOTS);
    }
}

static void room_is_at_least_two_blocks(void **state)
{
    scene *s = *state;
    uint64_t number;
    hmi_event_buffer_destroy(s->buffer);
    assert_int_equal(hmi_event_buffer_create(s->os, 1, &s->buffer), 0);
    for (number = 0; number < 3 * SLOTS; number++)
        leave(s, 1, number);
    assert_int_equal(hmi_event_buffer_dropped(s->buffer), SLOTS);
    assert_int_equal(collect(s), 2 * SLOTS);
}

static void the_most_blocks_that_there_can_be_are_all_used(void **state)
{
    scene *s = *state;
    uint64_t number;
    hmi_event_buffer_destroy(s->buffer);
    assert_int_equal(
        hmi_event_buffer_create(s->os, (SIZE_T)HMI_EVENT_BUFFER_MAX_BLOCKS * HMI_EVENT_BUFFER_BLOCK_BYTES, &s->buffer),
        0);
    for (number = 0; number < HOSTMEM_TRACE_MAX_ROUND + 1; number++)
        leave(s, 1, number);
    assert_int_equal(hmi_event_buffer_dropped(s->buffer), 1);
    assert_int_equal(collect(s), HOSTMEM_TRACE_MAX_ROUND);
    assert_int_equal(s->damaged, 0);
}

static void creation_needs_its_table_and_event(void **state)
{
    scene *s = *state;
    hmi_event_buffer *other = NULL;
    sim_os_fail(s->sim, SIM_SET(SIM_TABLE_RESERVE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hmi_event_buffer_create(s->os, 1, &other), ERROR_NOT_ENOUGH_MEMORY);
    sim_os_fail(s->sim, SIM_SET(SIM_TABLE_COMMIT), 0, 1, ERROR_COMMITMENT_LIMIT);
    assert_int_equal(hmi_event_buffer_create(s->os, 1, &other), ERROR_COMMITMENT_LIMIT);
    sim_os_fail(s->sim, SIM_SET(SIM_EVENT_CREATE), 0, 1, ERROR_NO_SYSTEM_RESOURCES);
    assert_int_equal(hmi_event_buffer_create(s->os, 1, &other), ERROR_NO_SYSTEM_RESOURCES);
    assert_null(other);
    hmi_event_buffer_destroy(NULL);
}

static void a_slot_that_is_never_filled_keeps_its_block_alone(void **state)
{
    scene *s = *state;
    hostmem_trace_event late = make(2, 77);
    hmi_event_slot *stopped = hmi_event_buffer_take(s->buffer);
    uint64_t number;
    int round;
    assert_non_null(stopped);
    assert_int_equal(collect(s), 0);
    assert_int_equal(hmi_event_buffer_incomplete(s->buffer), 1);
    for (round = 0; round < 20; round++) {
        for (number = 0; number < (BLOCKS - 2) * SLOTS; number++) /* the lane has a part of another block */
            leave(s, 1, number);
        assert_int_equal(collect(s), number);
    }
    assert_int_equal(hmi_event_buffer_dropped(s->buffer), 0);
    assert_int_equal(hmi_event_buffer_incomplete(s->buffer), 1);
    hmi_event_buffer_fill(stopped, &late);
    assert_int_equal(collect(s), 1);
    assert_int_equal(s->seen[2], 1);
    assert_int_equal(hmi_event_buffer_incomplete(s->buffer), 0);
    assert_int_equal(s->damaged, 0);
    for (number = 0; number < (BLOCKS - 1) * SLOTS; number++)
        leave(s, 1, number);
    assert_int_equal(hmi_event_buffer_dropped(s->buffer), 0);
    assert_int_equal(collect(s), number);
}

/* As many rounds as it takes until a block counts as forgotten. */
static void collect_in_vain(scene *s)
{
    int round;
    for (round = 0; round < 20; round++)
        assert_int_equal(collect(s), 0);
}

static void a_block_with_a_slot_that_is_never_filled_is_used_without_it(void **state)
{
    scene *s = *state;
    hostmem_trace_event late = make(2, 77);
    hmi_event_slot *stopped[BLOCKS];
    uint64_t number;
    unsigned i;
    for (i = 0; i < BLOCKS; i++) { /* one in each block */
        stopped[i] = hmi_event_buffer_take(s->buffer);
        assert_non_null(stopped[i]);
        for (number = 0; number < SLOTS - 1; number++)
            leave(s, 1, number);
    }
    assert_int_equal(collect(s), BLOCKS * (SLOTS - 1));
    for (i = 0; i < 3; i++) {
        collect_in_vain(s);
        for (number = 0; number < BLOCKS * (SLOTS - 1); number++)
            leave(s, 1, number);
        assert_int_equal(hmi_event_buffer_dropped(s->buffer), 0);
        assert_int_equal(collect(s), number);
        assert_int_equal(hmi_event_buffer_incomplete(s->buffer), BLOCKS);
    }
    for (i = 0; i < BLOCKS; i++)
        hmi_event_buffer_fill(stopped[i], &late);
    assert_int_equal(collect(s), BLOCKS);
    assert_int_equal(s->seen[2], BLOCKS);
    assert_int_equal(hmi_event_buffer_incomplete(s->buffer), 0);
    for (i = 0; i < 2; i++) { /* from the second time on they have all their slots */
        collect_in_vain(s);
        for (number = 0; number < BLOCKS * (SLOTS - 1 + i); number++)
            leave(s, 1, number);
        assert_int_equal(hmi_event_buffer_dropped(s->buffer), 0);
        assert_int_equal(collect(s), number);
    }
    assert_int_equal(s->damaged, 0);
}

/* ---- Many threads ---- */

#define STORM_EVENTS 100000u

typedef struct producer {
    scene *scene;
    uint32_t thread;
    sim_thread *real;
} producer;

static void produce(void *context)
{
    producer *self = context;
    uint64_t number;
    for (number = 0; number < STORM_EVENTS; number++) {
        leave(self->scene, self->thread, number);
        if (number % 5000 == 0)
            sim_thread_yield();
    }
}

static void what_many_threads_leave_is_collected_once_or_dropped(void **state)
{
    scene *s = *state;
    producer producers[THREADS];
    uint64_t seen = 0, all = (uint64_t)THREADS * STORM_EVENTS;
    uint32_t i;
    for (i = 0; i < THREADS; i++) {
        producers[i] = (producer){s, i + 1, NULL};
        producers[i].real = sim_thread_start(produce, &producers[i]);
        assert_non_null(producers[i].real);
    }
    while (seen + hmi_event_buffer_dropped(s->buffer) < all) {
        uint32_t found = collect(s);
        seen += found;
        if (!found)
            sim_thread_yield();
    }
    for (i = 0; i < THREADS; i++)
        sim_thread_join(producers[i].real);
    assert_int_equal(collect(s), 0);
    assert_int_equal(s->damaged, 0);
    assert_true(seen + hmi_event_buffer_dropped(s->buffer) == all);
    assert_true(seen == s->seen[1] + s->seen[2] + s->seen[3] + s->seen[4]);
    assert_int_equal(hmi_event_buffer_incomplete(s->buffer), 0);
    /* All space is available as before, or becomes available again. */
    for (i = 0; i < 10; i++)
        collect(s);
    seen = hmi_event_buffer_dropped(s->buffer);
    for (i = 0; i < (BLOCKS - THREADS) * SLOTS; i++)
        leave(s, 1, i);
    assert_int_equal(collect(s), (BLOCKS - THREADS) * SLOTS);
    assert_true(hmi_event_buffer_dropped(s->buffer) == seen);
}

#define scene_test(function) cmocka_unit_test_setup_teardown(function, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(events_are_collected_once_and_whole),
        scene_test(all_the_room_is_used_and_more_is_dropped),
        scene_test(half_of_the_room_wakes_the_reader_once),
        scene_test(room_is_at_least_two_blocks),
        scene_test(the_most_blocks_that_there_can_be_are_all_used),
        scene_test(creation_needs_its_table_and_event),
        scene_test(a_slot_that_is_never_filled_keeps_its_block_alone),
        scene_test(a_block_with_a_slot_that_is_never_filled_is_used_without_it),
        scene_test(what_many_threads_leave_is_collected_once_or_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
