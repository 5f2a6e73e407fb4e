/* A thread stops, or ends, at any step. Each atomic operation of the library, and each call of the operating system,
 * is a point (step.h). In every way, for every call: the points that the call passes are counted, and then the victim,
 * which makes the call, is stopped at each of them, from the same beginning each time.
 *
 *   - It stands there while the other thread makes every call: all return, none that has room is refused, none that
 *     has none is admitted, and the figures are off by no more than what the victim's call is about. Then the
 *     victim goes on, and the books are exact.
 *   - It never goes on. What others' calls come to has just been seen. What can be given back is; the figures stay
 *     off by no more than that; nobody pays for it for good; and everything comes to its end.
 *
 * Behind a step that only reads, all but the victim's own registers is as it was at the point before: what the other
 * thread's calls come to there has just been seen. What the victim does with what it has read has not, so there the
 * other thread takes and gives back memory, and the victim goes on: from a beginning of its own for each point of a
 * call of up to LONG points, and in longer ones, which add up tables, at one point after the other of the same call.
 *
 * Arguments: which of how many parts of all ways (1 4 is the first of four); none: all. HOSTMEM_STOPS_WAY and
 * HOSTMEM_STOPS_CALL choose ways and calls by parts of their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define COBJMACROS
#include "stops_calls.h"

#include <cmocka.h>
#include <corerror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "step.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

#define LIMIT (128 * MIB) /* the least with which quota is cached */
#define CACHING 30        /* threads */
#define LONG 300          /* points */
#define MAX_POINTS 40000
#define SLACK 8 /* points: what is cached where differs a little */

static const stops_way ways[] = {
    {.name = "no limit"},
    {.name = "a small limit, far", .limit = 64 * MIB},
    {.name = "a small limit, reached", .limit = 64 * MIB, .left = STEP_PAGE},
    {.name = "far", .limit = LIMIT, .left = 32 * MIB, .caching = CACHING},
    {.name = "crossing into the last 4 MiB",
     .limit = LIMIT,
     .left = 11 * MIB,
     .caching = CACHING,
     .bytes = 5 * MIB / 2},
    {.name = "what others have cached is needed",
     .limit = LIMIT,
     .left = 11 * MIB,
     .caching = CACHING,
     .bytes = 10 * MIB},
    {.name = "near", .limit = LIMIT, .left = 3 * MIB, .caching = CACHING},
    {.name = "reached", .limit = LIMIT, .left = STEP_PAGE, .caching = CACHING},
    {.name = "far, both in the same slot", .limit = LIMIT, .left = 32 * MIB, .caching = CACHING, .same_slot = true},
    {.name = "near, both in the same slot", .limit = LIMIT, .left = 3 * MIB, .caching = CACHING, .same_slot = true},
    {.name = "waiting in vain", .limit = LIMIT, .left = STEP_PAGE, .caching = CACHING, .wait_ms = 250},
    {.name = "waiting for more than there is",
     .limit = LIMIT,
     .left = 32 * MIB,
     .bytes = 40 * MIB,
     .caching = CACHING,
     .wait_ms = 250},
    {.name = "waiting for what comes",
     .limit = LIMIT,
     .left = STEP_PAGE,
     .caching = CACHING,
     .wait_ms = 250,
     .answered = true},
    {.name = "a callback, far", .limit = LIMIT, .left = 32 * MIB, .callback = true, .caching = CACHING},
    {.name = "a callback, becoming low",
     .limit = LIMIT,
     .left = 10 * MIB,
     .bytes = 8 * MIB,
     .callback = true,
     .low_percent = 97},
    {.name = "a callback, low", .limit = LIMIT, .left = STEP_PAGE, .callback = true},
    {.name = "a callback, refused", .limit = LIMIT, .left = 32 * MIB, .bytes = 40 * MIB, .callback = true},
    {.name = "a trace", .limit = LIMIT, .left = 32 * MIB, .trace = true},
    {.name = "a trace, both in the same slot", .limit = LIMIT, .left = 32 * MIB, .trace = true, .same_slot = true},
    {.name = "ETW", .limit = LIMIT, .left = 32 * MIB, .etw = true},
    {.name = "first use of all tables", .fresh = true},
    {.name = "first use of all tables, a limit", .limit = LIMIT, .fresh = true},
    {.name = "locked pages", .flags = HOSTMEM_LOCK_PAGES},
    {.name = "strictly locked pages of a node", .flags = HOSTMEM_LOCK_PAGES | HOSTMEM_LOCK_STRICT | HOSTMEM_NUMA},
    {.name = "foreign frees, checked heaps", .flags = HOSTMEM_FREE_FOREIGN | HOSTMEM_CHECKED},
    {.name = "samples of all blocks", .sample_bytes = 1},
    {.name = "samples of some blocks", .sample_bytes = 4096},
    {.name = "rules for faults", .faults = true},
    {.name = "memory is named", .limit = LIMIT, .left = 32 * MIB, .named = true},
    {.name = "threads are refused", .limit = LIMIT, .left = 32 * MIB, .thread_refused = true},
};

/* ---- What was found ---- */

#define MAX_FOUND 2000

typedef struct found {
    char what[160];
    const char *mode, *way, *call;
    step_place place;
    unsigned count;
    UINT64 most; /* of the values that it comes with */
} found;

static struct {
    stops_world world, begun;
    const char *mode;
    step_place place;
    found found[MAX_FOUND];
    unsigned part, parts; /* of the ways, those whose number leaves part when divided by parts */
    unsigned found_count, failures;
    unsigned way_count, call_count, runs;
    UINT64 points, most_points, changes;
    stops_cost cost; /* when nobody was stopped: while the victim has what it took, or after that */
    UINT64 capacity; /* of the trace then */
    step_place places[MAX_POINTS];
} sweep;

/* One line for each that differs in its words, its place or its call. */
static void note_value(const char *what, UINT64 value)
{
    const stops_world *world = &sweep.world;
    found *known = sweep.found, *end = known + sweep.found_count;
    sweep.failures++;
    while (known < end &&
           (known->mode != sweep.mode || known->call != world->call->name || known->place.line != sweep.place.line ||
            known->place.file != sweep.place.file || strcmp(known->what, what) != 0))
        known++;
    if (known == end) {
        if (sweep.found_count == MAX_FOUND)
            return;
        sweep.found_count++;
        *known = (found){.mode = sweep.mode, .way = world->way->name, .call = world->call->name, .place = sweep.place};
        snprintf(known->what, sizeof known->what, "%s", what);
    }
    known->count++;
    if (known->most < value)
        known->most = value;
}

static void note(const char *what)
{
    note_value(what, 0);
}

static void note_call(const char *call, const char *what, UINT64 value)
{
    char text[160];
    snprintf(text, sizeof text, "%s: %s", call, what);
    note_value(text, value);
}

static void report(void)
{
    unsigned i;
    for (i = 0; i < sweep.found_count; i++) {
        const found *each = &sweep.found[i];
        const char *file = each->place.file ? strrchr(each->place.file, '/') : NULL;
        print_message("%s in %s before %s at %s:%d: %s (%#llx) [%u times; first: %s]\n", each->mode, each->call,
                      each->place.name ? each->place.name : "-", file ? file + 1 : "-", each->place.line, each->what,
                      (unsigned long long)each->most, each->count, each->way);
    }
    print_message("%u ways, %u of ways and calls, %llu points (%llu in one call at most; %llu behind a "
                  "change), %u runs: %u failures\n",
                  sweep.way_count, sweep.call_count, (unsigned long long)sweep.points,
                  (unsigned long long)sweep.most_points, (unsigned long long)sweep.changes, sweep.runs, sweep.failures);
}

/* ---- What the other thread does ---- */

static bool is_refusal(HRESULT hr)
{
    return hr == E_OUTOFMEMORY || hr == HOST_E_TIMEOUT;
}

static void judge(const stops_call *call, HRESULT hr, bool has_room, bool has_no_room)
{
    bool wrong = hr != S_OK;
    if (call->promise == STOPS_MEMORY && hr == S_OK && has_no_room)
        note_call(call->name, "admitted above the limit", 0);
    if (call->promise == STOPS_MEMORY && is_refusal(hr)) {
        if (has_room)
            note_call(call->name, "refused, and there is room", (UINT32)hr);
        wrong = false;
    }
    if (call->promise == STOPS_FAILS)
        wrong = hr != call->failure;
    if (call->promise == STOPS_CHANGES && hr == call->failure)
        wrong = false;
    if (wrong)
        note_call(call->name, "the result is wrong", (UINT32)hr);
}

/* Of the calling thread, undone if it succeeds. */
static HRESULT ask(stops_world *world, UINT64 bytes)
{
    stops_holder *other = &world->other;
    void *out;
    HRESULT hr = IHostMemoryManager_VirtualAlloc(world->manager, NULL, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                                 eTaskCritical, &out);
    if (hr == S_OK) {
        other->region = out;
        other->committed = bytes;
    }
    return hr;
}

static void give_back(stops_world *world)
{
    stops_holder *other = &world->other;
    if (other->region && IHostMemoryManager_VirtualFree(world->manager, other->region, 0, MEM_RELEASE) != S_OK)
        note("what was asked for last cannot be given back");
    other->region = NULL;
    other->committed = 0;
}

static UINT64 lows(const stops_world *world)
{
    hostmem_stats stats = {.size = sizeof stats};
    hostmem_get_stats(world->instance, &stats);
    return stats.notifications[0];
}

static UINT64 low_edge(const stops_world *world)
{
    const stops_way *way = world->way;
    return way->limit / 100 * (way->low_percent ? way->low_percent : 99) + MIB;
}

/* Whether the CLR should hear what happens to memory. */
static bool is_heard(const stops_world *world)
{
    return world->way->callback && !world->call->unregisters;
}

/* All the room there is can be had, and when it is gone the CLR knows. */
static void take_all_room(stops_world *world)
{
    UINT64 bytes = stops_room(world) & ~(UINT64)(STEP_PAGE - 1);
    if (!bytes)
        return;
    if (ask(world, bytes) != S_OK)
        note("a request for all the room is refused");
    step_os_settle();
    if (is_heard(world) && stops_used(world) >= low_edge(world) && !lows(world))
        note("memory is low, and the CLR has not heard of it");
    give_back(world);
}

/* No more than all the room can be had; when it is refused the CLR hears of it. */
static void ask_for_too_much(stops_world *world)
{
    UINT64 bytes, before;
    bool is_low;
    if (!world->way->limit || world->call->disturbs)
        return;
    bytes = world->used_before - world->victim_frees;
    bytes = bytes < world->way->limit ? world->way->limit - bytes : 0;
    bytes = (bytes & ~(UINT64)(STEP_PAGE - 1)) + STEP_PAGE;
    if (is_heard(world))
        step_os_advance(10000);
    is_low = stops_used(world) + 2 * MIB >= low_edge(world);
    before = lows(world);
    if (ask(world, bytes) == S_OK)
        note("a request for more than the room is admitted");
    step_os_settle();
    if (is_heard(world) && !is_low && lows(world) != before + 1)
        note("a request was refused, and the CLR has not heard of it");
    give_back(world);
}

static void check_figures(const stops_world *world, bool stands)
{
    UINT64 bytes = stands ? stops_call_moves(world->call, world->way) : 0;
    UINT64 besides = bytes || (stands && world->call->flushes) ? STOPS_HELD_BESIDES : 0;
    const char *wrong = stops_check_figures(world, bytes, besides, bytes ? 1 : 0);
    if (wrong)
        note(wrong);
}

static void make_every_call(stops_world *world)
{
    unsigned i;
    for (i = 0; i < stops_call_count; i++) {
        const stops_call *call = &stops_calls[i];
        bool has_room, has_no_room;
        HRESULT hr;
        if (call->disturbs || (call->ends_trace && world->way->trace))
            continue;
        if (call->prepare)
            call->prepare(&world->other);
        has_room = stops_has_room(world, stops_call_takes(call, world->way));
        has_no_room = stops_has_no_room(world, stops_call_takes(call, world->way));
        hr = call->make(&world->other);
        if (!world->call->disturbs)
            judge(call, hr, has_room, has_no_room);
        if (call->finish)
            call->finish(&world->other);
    }
}

static UINT64 dropped(const stops_world *world)
{
    hostmem_trace_status status = {.size = sizeof status};
    hostmem_trace_get_status(world->instance, &status);
    return status.dropped;
}

static void go_round(stops_world *world, bool stands)
{
    stops_act_as(&world->other);
    check_figures(world, stands);
    if (!world->call->disturbs)
        take_all_room(world);
    ask_for_too_much(world);
    make_every_call(world);
    ask_for_too_much(world);
    step_os_settle();
    check_figures(world, stands);
    if (world->way->trace && dropped(world))
        note("events were dropped from the trace");
}

/* ---- Traces ---- */

/* How many events there is room for when the trace's thread has done all that it can. */
static UINT64 trace_capacity(stops_world *world)
{
    UINT64 events = 0;
    int i;
    for (i = 0; i < 2; i++) {
        UINT64 before;
        int round;
        for (round = 0; round < 20; round++)
            step_os_advance(100);
        before = dropped(world);
        for (events = 0; events < 5000 && dropped(world) == before; events++)
            IHostMemoryManager_VirtualQuery(world->manager, NULL, NULL, 0, NULL);
    }
    return events;
}

/* ---- What the victim does ---- */

static void victim_entry(void *context)
{
    stops_world *world = context;
    world->victim.hr = world->call->make(&world->victim);
    step_point("the return", __FILE__, __LINE__);
}

/* What a victim that waits waits for. */
static void free_some(void *context)
{
    stops_world *world = context;
    IHostMemoryManager_VirtualFree(world->second_manager, world->fill, 4 * MIB, MEM_DECOMMIT);
    world->used_before -= 4 * MIB;
}

static void begin(void)
{
    step_os_restore();
    sweep.world = sweep.begun;
    sweep.place = (step_place){NULL, NULL, 0};
    stops_world_begin(&sweep.world);
    step_prepare(&step_threads[STEP_VICTIM], victim_entry, &sweep.world);
    step_threads[STEP_VICTIM].key = sweep.world.victim.key;
    sweep.runs++;
}

/* Runs the victim up to a point, or with 0 to its end. False: it has come to that. */
static bool run_until(UINT64 point)
{
    step_thread *victim = &step_threads[STEP_VICTIM];
    victim->stop_at = point;
    if (victim->state == STEP_ENDED ||
        step_os_run_victim(sweep.world.way->answered ? free_some : NULL, &sweep.world) == STEP_ENDED)
        return false;
    sweep.place = step_threads[STEP_VICTIM].place;
    return true;
}

static void judge_victim(const stops_world *world)
{
    const stops_call *call = world->call;
    HRESULT hr = world->victim.hr;
    if (hr == S_OK || (call->promise == STOPS_MEMORY && is_refusal(hr)))
        return;
    if ((call->promise == STOPS_FAILS || call->promise == STOPS_CHANGES) && hr == call->failure)
        return;
    if (world->way->thread_refused && hr == E_OUTOFMEMORY)
        return;
    note_call("the victim's call", "the result is wrong", (UINT32)hr);
}

/* What calls cost later, when some other thread has come by the victim's slots. */
static stops_cost later_cost(stops_world *world)
{
    step_os_advance(100000);
    stops_use(world, world->victim.key, world->victim.id + 1000);
    stops_act_as(&world->other);
    return stops_measure(world);
}

/* A call that is about pages asks the system what they are where a thread was ended while it was changing others of the
 * same stripe (overlap.h). */
#define ASKING 28 /* points */

/* After everything: the same calls as ever cost what they cost when nobody has been stopped. */
static void check_cost(stops_world *world)
{
    stops_cost cost = later_cost(world);
    UINT64 asking = !strcmp(sweep.mode, "ended") && strstr(world->call->name, "Virtual") ? ASKING : 0;
    if (cost.pages > sweep.cost.pages + SLACK + asking)
        note_call("pages afterwards", "they cost more, by points", cost.pages - sweep.cost.pages);
    if (cost.blocks > sweep.cost.blocks + SLACK)
        note_call("blocks afterwards", "they cost more, by points", cost.blocks - sweep.cost.blocks);
    if (world->way->trace && !world->call->ends_trace) {
        UINT64 capacity = trace_capacity(world);
        if (capacity + 1 < sweep.capacity)
            note_call("a trace afterwards", "it has less room, by events", sweep.capacity - capacity);
    }
}

static void check_callback(stops_world *world)
{
    UINT64 before;
    step_os_advance(10000);
    before = lows(world);
    ask(world, world->way->limit);
    give_back(world);
    step_os_settle();
    if (lows(world) == before)
        note("a callback was registered, and is never called");
}

static void finish_victim(stops_world *world)
{
    stops_act_as(&world->victim);
    judge_victim(world);
    if (world->call->finish)
        world->call->finish(&world->victim);
    stops_act_as(&world->other);
}

static void close_world(stops_world *world, bool is_whole)
{
    step_os_totals left;
    if (!stops_world_close(world))
        note("a thread of the library's does not end");
    left = step_os_total();
    if (is_whole && (left.objects || left.tables || left.modules || left.heap_blocks ||
                     left.reserved_bytes != (world->fill ? world->fill_bytes : 0)))
        note("something is left at the end");
}

/* Some memory more, and less the next time. */
static void disturb(stops_world *world)
{
    stops_holder *other = &world->other;
    void *out;
    if (world->call->disturbs)
        return;
    stops_act_as(other);
    if (other->block) {
        IHostMalloc_Free(world->heap, other->block);
        other->block = NULL;
    } else if (IHostMalloc_Alloc(world->heap, 100, eProcessCritical, &other->block) != S_OK) {
        note("while it reads: Alloc fails");
    }
    if (other->region) {
        give_back(world);
    } else if (IHostMemoryManager_VirtualAlloc(world->manager, NULL, STEP_PAGE, MEM_RESERVE | MEM_COMMIT,
                                               PAGE_EXECUTE_READWRITE, eProcessCritical, &out) == S_OK) {
        other->region = out;
    } else {
        note("while it reads: VirtualAlloc fails");
    }
}

static void end_disturbed(stops_world *world)
{
    run_until(0);
    finish_victim(world);
    if (world->other.block)
        disturb(world);
    check_figures(world, false);
    close_world(world, true);
}

/* The victim stands where it has only read since the last point. */
static void stand_reading(UINT64 point)
{
    begin();
    if (!run_until(point))
        return;
    sweep.mode = "reading";
    disturb(&sweep.world);
    end_disturbed(&sweep.world);
}

/* The same at all such points of a long call in turn. It may become longer by what it meets. */
static void stand_at_each(UINT64 points)
{
    UINT64 point;
    begin();
    sweep.mode = "reading";
    for (point = 1; point <= 2 * points && run_until(point); point++)
        disturb(&sweep.world);
    end_disturbed(&sweep.world);
}

static void stand(UINT64 point)
{
    stops_world *world = &sweep.world;
    bool heard;
    begin();
    if (!run_until(point))
        return;
    sweep.mode = "standing";
    go_round(world, true);
    heard = world->way->thread_refused && world->call->registers &&
            IHostMemoryManager_RegisterMemoryNotificationCallback(world->manager, &world->callback.iface) == S_OK;
    run_until(0);
    if (heard)
        check_callback(world);
    finish_victim(world);
    check_figures(world, false);
    check_cost(world);
    close_world(world, true);
}

static void end(UINT64 point)
{
    stops_world *world = &sweep.world;
    begin();
    if (!run_until(point))
        return;
    sweep.mode = "ended";
    stops_act_as(&world->other);
    if (world->call->repair)
        world->call->repair(&world->victim);
    if (!stops_bury(&world->victim))
        note("what the dead had cannot be given back");
    check_figures(world, true);
    take_all_room(world);
    if (!world->call->ends_trace)
        check_cost(world);
    close_world(world, false);
}

/* Nobody is stopped. Returns how many points there are. */
static UINT64 go_through(void)
{
    stops_world *world = &sweep.world;
    stops_cost cost;
    UINT64 points;
    sweep.mode = "nobody";
    begin();
    step_record(sweep.places, MAX_POINTS);
    run_until(0);
    step_record(NULL, 0);
    points = step_threads[STEP_VICTIM].points;
    if (points > MAX_POINTS)
        note_call("the victim's call", "it has too many points", points);
    go_round(world, false);
    sweep.cost = later_cost(world);
    finish_victim(world);
    check_figures(world, false);
    cost = later_cost(world);
    if (sweep.cost.pages < cost.pages)
        sweep.cost.pages = cost.pages;
    if (sweep.cost.blocks < cost.blocks)
        sweep.cost.blocks = cost.blocks;
    if (world->way->trace && !world->call->ends_trace)
        sweep.capacity = trace_capacity(world);
    close_world(world, true);
    return points;
}

/* Whether the step in front of a point only reads. */
static bool only_reads(UINT64 point)
{
    return point > 1 && !strcmp(sweep.places[point - 2].name, "load");
}

static void sweep_call(const stops_way *way, const stops_call *call)
{
    UINT64 points, point;
    stops_world_open(&sweep.begun, way, call);
    sweep.begun.victim.world = sweep.begun.other.world = &sweep.world;
    step_os_save();
    points = go_through();
    if (points > LONG)
        stand_at_each(points);
    for (point = 1; point <= points; point++) {
        if (only_reads(point)) {
            if (points <= LONG)
                stand_reading(point);
        } else {
            stand(point);
            end(point);
            sweep.changes++;
        }
    }
    sweep.points += points;
    sweep.call_count++;
    if (sweep.most_points < points)
        sweep.most_points = points;
}

static bool is_wanted(const char *name, const char *variable)
{
    const char *part = getenv(variable);
    return !part || strstr(name, part);
}

static void a_thread_may_stop_or_end_at_any_step(void **state)
{
    unsigned way, call;
    (void)state;
    for (way = sweep.part; way < COUNT_OF(ways); way += sweep.parts) {
        if (!is_wanted(ways[way].name, "HOSTMEM_STOPS_WAY"))
            continue;
        sweep.way_count++;
        for (call = 0; call < stops_call_count; call++) {
            if (is_wanted(stops_calls[call].name, "HOSTMEM_STOPS_CALL"))
                sweep_call(&ways[way], &stops_calls[call]);
        }
    }
    report();
    assert_int_equal(sweep.failures, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_may_stop_or_end_at_any_step),
    };
    sweep.part = argc == 3 ? (unsigned)strtoul(argv[1], NULL, 10) - 1 : 0;
    sweep.parts = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
    if (argc == 2 || argc > 3 || sweep.part >= sweep.parts) {
        fprintf(stderr, "usage: %s [PART PARTS]\n", argv[0]);
        return 2;
    }
    return cmocka_run_group_tests_name("stops", tests, NULL, NULL);
}
