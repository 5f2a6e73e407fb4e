/* Two threads in every order: one makes a call and stops at each of its steps (step.h), where the other one makes
 * another call, whole. When both are done the books equal the system. The calls are about the same pages, of which one
 * thread may believe what is no longer true; about the same slot of a quota cache; and about the same named heap. */
#include "step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define COBJMACROS
#include "stops_calls.h"

#include <cmocka.h>
#include <string.h>

#include "books/kinds.h"
#include "budget/quota_cache.h"
#include "events/event_buffer.h"

#define REGION (2 * STEP_GRANULE)
#define PART (4 * STEP_PAGE)

static stops_world world, begun;
static char *place; /* of the pages */

/* ---- Calls about them ---- */

static HRESULT take(stops_holder *h, DWORD type, SIZE_T bytes, DWORD protect)
{
    void *out;
    return IHostMemoryManager_VirtualAlloc(h->world->manager, place, bytes, type, protect, eTaskCritical, &out);
}

static HRESULT reserve(stops_holder *h)
{
    return take(h, MEM_RESERVE, REGION, PAGE_READWRITE);
}

static HRESULT reserve_and_commit(stops_holder *h)
{
    return take(h, MEM_RESERVE | MEM_COMMIT, REGION, PAGE_READWRITE);
}

static HRESULT reserve_and_commit_code(stops_holder *h)
{
    return take(h, MEM_RESERVE | MEM_COMMIT, REGION, PAGE_EXECUTE_READWRITE);
}

static HRESULT commit(stops_holder *h)
{
    return take(h, MEM_COMMIT, PART, PAGE_READWRITE);
}

static HRESULT commit_code(stops_holder *h)
{
    return take(h, MEM_COMMIT, PART, PAGE_EXECUTE_READWRITE);
}

static HRESULT decommit(stops_holder *h)
{
    return IHostMemoryManager_VirtualFree(h->world->manager, place, PART, MEM_DECOMMIT);
}

static HRESULT protect_code(stops_holder *h)
{
    DWORD old;
    return IHostMemoryManager_VirtualProtect(h->world->manager, place, PART, PAGE_EXECUTE_READ, &old);
}

static HRESULT announce(stops_holder *h)
{
    return IHostMemoryManager_AcquiredVirtualAddressSpace(h->world->manager, place, REGION);
}

/* ---- What there is before ---- */

/* Both threads have a pointer to memory that was released. */
static void with_nothing(stops_holder *h)
{
    place = NULL;
    IHostMemoryManager_VirtualAlloc(h->world->manager, NULL, REGION, MEM_RESERVE, PAGE_READWRITE, eTaskCritical,
                                    (void **)&place);
    IHostMemoryManager_VirtualFree(h->world->manager, place, 0, MEM_RELEASE);
}

/* A view, which the second instance stands for: its memory is not the first one's. */
static void with_view(stops_holder *h)
{
    place = NULL;
    IHostMemoryManager_VirtualAlloc(h->world->second_manager, NULL, REGION, MEM_RESERVE, PAGE_READWRITE, eTaskCritical,
                                    (void **)&place);
    announce(h);
}

/* ---- Every order ---- */

typedef HRESULT act(stops_holder *holder);

static void enter(void *context)
{
    stops_world *in = context;
    in->victim.hr = in->call->make(&in->victim);
}

/* False: the first call was at its end before that point. */
static bool try_at(UINT64 point, act *theirs)
{
    step_thread *victim = &step_threads[STEP_VICTIM];
    step_state state;
    step_os_restore();
    world = begun;
    stops_world_begin(&world);
    step_prepare(victim, enter, &world);
    victim->key = world.victim.key;
    victim->stop_at = point;
    state = step_os_run_victim(NULL, NULL);
    stops_act_as(&world.other);
    theirs(&world.other);
    victim->stop_at = 0;
    if (state != STEP_ENDED)
        assert_int_equal(step_os_run_victim(NULL, NULL), STEP_ENDED);
    stops_act_as(&world.other);
    return state != STEP_ENDED;
}

static void try_all(void (*prepare)(stops_holder *), act *ours, act *theirs, size_t number)
{
    const stops_way way = {.name = "orders"};
    const stops_call call = {.name = "orders", .make = ours, .prepare = prepare};
    const char *wrong;
    UINT64 point = 0;
    bool goes_on = true;
    stops_world_open(&begun, &way, &call);
    begun.victim.world = begun.other.world = &world;
    step_os_save();
    while (goes_on) {
        goes_on = try_at(++point, theirs);
        wrong = stops_check_figures(&world, 0, 0, 0);
        if (wrong)
            fail_msg("%s: pair %u, before %s at %s:%d", wrong, (unsigned)number, step_threads[STEP_VICTIM].place.name,
                     step_threads[STEP_VICTIM].place.file, step_threads[STEP_VICTIM].place.line);
    }
    assert_true(point > 10);
}

static void a_stale_pointer_meets_a_reservation_that_is_just_being_made(void **state)
{
    static act *const makers[] = {reserve, reserve_and_commit, reserve_and_commit_code};
    static act *const changers[] = {commit, commit_code, decommit, protect_code};
    size_t maker, changer;
    (void)state;
    for (maker = 0; maker < 3; maker++) {
        for (changer = 0; changer < 4; changer++) {
            try_all(with_nothing, makers[maker], changers[changer], maker * 10 + changer);
            try_all(with_nothing, changers[changer], makers[maker], 100 + maker * 10 + changer);
        }
    }
}

static void a_view_is_announced_again_while_pages_are_committed_in_it(void **state)
{
    static act *const acts[] = {announce, commit, commit_code, protect_code};
    size_t ours, theirs;
    (void)state;
    for (ours = 0; ours < 4; ours++) {
        for (theirs = 0; theirs < 4; theirs++)
            try_all(with_view, acts[ours], acts[theirs], ours * 10 + theirs);
    }
}

/* ---- A slot of a quota cache ---- */

static hmi_quota_cache cache;
static hostmem_budget budget; /* only its bypass is used */

static void note_peak(void *context)
{
    (void)context;
    hmi_quota_cache_note_peak(&cache);
}

static void grant(void *context)
{
    (void)context;
    hmi_quota_cache_grant(&cache, HMI_PAGES, 8192, hmi_quota_fill(HMI_PAGES));
}

static void put(void *context)
{
    (void)context;
    hmi_quota_cache_put(&cache, HMI_PAGES, 64 * KIB);
}

static void reclaim(void *context)
{
    unsigned slot = 0;
    (void)context;
    while (hmi_quota_cache_reclaim(&cache, &slot))
        continue;
}

/* 128 KiB are in use, and were noted. */
static void open_cache(void)
{
    memset(&cache, 0, sizeof cache);
    step_forget_all();
    step_current()->key = step_key(true, 0);
    hmi_quota_cache_init(&cache, &budget);
    hmi_quota_cache_grant(&cache, HMI_PAGES, 128 * KIB, 0);
    hmi_quota_cache_note_peak(&cache);
    hmi_quota_cache_grant(&cache, HMI_PAGES, 16 * KIB, 128 * KIB);
    hmi_quota_cache_put(&cache, HMI_PAGES, 16 * KIB);
}

static void no_use_of_a_slot_is_missing_in_the_peak(void **state)
{
    static void (*const calls[])(void *) = {note_peak, grant, put};
    step_thread *victim = &step_threads[STEP_VICTIM];
    size_t call;
    UINT64 point;
    (void)state;
    for (call = 0; call < 3; call++) {
        step_state stopped = STEP_STOPPED;
        for (point = 1; stopped == STEP_STOPPED; point++) {
            uint64_t peak, used;
            open_cache();
            step_prepare(victim, calls[call], NULL);
            victim->key = step_key(true, 1);
            victim->stop_at = point;
            stopped = step_run(victim);
            assert_true(hmi_quota_cache_take(&cache, HMI_PAGES, 4096));
            hmi_quota_cache_note_peak(&cache);
            used = calls[call] == put ? hmi_quota_cache_used_bytes(&cache, HMI_PAGES) : 132 * KIB;
            hmi_quota_cache_put(&cache, HMI_PAGES, 4096);
            victim->stop_at = 0;
            if (stopped == STEP_STOPPED)
                assert_int_equal(step_run(victim), STEP_ENDED);
            peak = hmi_quota_cache_peak(&cache, HMI_PAGES);
            if (peak < used)
                fail_msg("call %u, before %s at %s:%d: the peak is %llu", (unsigned)call, victim->place.name,
                         victim->place.file, victim->place.line, (unsigned long long)peak);
        }
        assert_true(point > 4);
    }
}

/* Another thread takes all quota back out of the slot, and stops at a point; there its owner takes and gives back some
 * of it. How much of that use is missing in the peak. */
static UINT64 missing_at(UINT64 point, SIZE_T bytes, bool *goes_on)
{
    step_thread *victim = &step_threads[STEP_VICTIM];
    uint64_t used = 0, peak, all;
    open_cache();
    hmi_quota_cache_grant(&cache, HMI_PAGES, 0, 100 * KIB);
    step_prepare(victim, reclaim, NULL);
    victim->key = step_key(true, 1);
    victim->stop_at = point;
    *goes_on = step_run(victim) == STEP_STOPPED;
    if (hmi_quota_cache_take(&cache, HMI_PAGES, bytes)) {
        hmi_quota_cache_note_peak(&cache);
        used = 128 * KIB + bytes;
        hmi_quota_cache_put(&cache, HMI_PAGES, bytes);
    }
    victim->stop_at = 0;
    if (*goes_on)
        assert_int_equal(step_run(victim), STEP_ENDED);
    peak = hmi_quota_cache_peak(&cache, HMI_PAGES);
    all = hmi_quota_cache_peak(&cache, HMI_KINDS);
    peak = all < peak ? all : peak; /* there is nothing of the other kind */
    return peak < used ? used - peak : 0;
}

/* hostmem.h says how much. */
static void little_use_of_a_slot_that_is_being_emptied_is_missing_in_the_peak(void **state)
{
    SIZE_T bytes;
    UINT64 most = 0, point;
    (void)state;
    for (bytes = 4 * KIB; bytes <= 256 * KIB; bytes += 4 * KIB) {
        bool goes_on = true;
        for (point = 1; goes_on; point++) {
            UINT64 missing = missing_at(point, bytes, &goes_on);
            most = missing > most ? missing : most;
        }
        assert_true(point > 20);
    }
    print_message("at most %llu KiB are missing\n", (unsigned long long)(most / KIB));
    assert_true(most <= HMI_QUOTA_IN_TRANSIT);
}

/* ---- A named heap that another one replaces ---- */

static hmi_kinds kinds;

static void read_heap(void *context)
{
    UINT32 *found = context;
    found[0] = (UINT32)hmi_kinds_heap_at(&kinds, 0, &found[1]);
}

static void no_heap_is_told_with_the_kind_of_another(void **state)
{
    step_thread *victim = &step_threads[STEP_VICTIM];
    step_state stopped = STEP_STOPPED;
    UINT64 point;
    (void)state;
    for (point = 1; stopped == STEP_STOPPED; point++) {
        UINT32 found[2] = {0, 0};
        memset(&kinds, 0, sizeof kinds);
        atomic_store(&kinds.ready, true);
        hmi_kinds_add_heap(&kinds, 1, HOSTMEM_KIND_CODE);
        step_forget_all();
        step_prepare(victim, read_heap, found);
        victim->stop_at = point;
        stopped = step_run(victim);
        hmi_kinds_remove_heap(&kinds, 1);
        hmi_kinds_add_heap(&kinds, 2, HOSTMEM_KIND_TABLES);
        victim->stop_at = 0;
        if (stopped == STEP_STOPPED)
            assert_int_equal(step_run(victim), STEP_ENDED);
        if (found[0])
            assert_int_equal(found[1], found[0] == 1 ? HOSTMEM_KIND_CODE : HOSTMEM_KIND_TABLES);
    }
    assert_true(point > 3);
}

/* ---- The owner of a slot, and a thread that takes its quota back ---- */

#define BLOCK ((SIZE_T)3000)
#define HELD 5 /* blocks that the owner has before */

static bool system_flushes;
static SIZE_T all_granted; /* to the owner */
static SIZE_T reclaimed;
static SIZE_T blocks_taken;
static SIZE_T returned;

static void take_a_block(void *context)
{
    (void)context;
    blocks_taken += hmi_quota_cache_take(&cache, HMI_BLOCKS, BLOCK);
    hmi_quota_cache_note_peak(&cache);
}

static void put_a_block(void *context)
{
    (void)context;
    returned += hmi_quota_cache_put(&cache, HMI_BLOCKS, BLOCK);
    blocks_taken--;
}

static void take_and_put_a_block(void *context)
{
    SIZE_T before = blocks_taken;
    take_a_block(context);
    if (blocks_taken > before)
        put_a_block(context);
}

static void take_all_blocks(void *context)
{
    SIZE_T before;
    do {
        before = blocks_taken;
        take_a_block(context);
    } while (blocks_taken > before);
}

static void reclaim_all(void *context)
{
    unsigned slot = 0;
    SIZE_T bytes;
    (void)context;
    hmi_budget_order_owners(&budget);
    while ((bytes = hmi_quota_cache_reclaim(&cache, &slot)) != 0)
        reclaimed += bytes;
}

static void bypass_and_reclaim_all(void *context)
{
    budget.bypass_bytes = 0; /* so that nobody ends the bypass */
    hmi_bypass_set(&budget.bypass, HMI_BYPASS_NEAR_LIMIT);
    reclaim_all(context);
}

/* The calling thread owns the slot, has HELD blocks, and has cached the rest. */
static void open_owned_slot(void)
{
    memset(&cache, 0, sizeof cache);
    memset(&budget, 0, sizeof budget);
    budget.os = step_os_functions();
    if (!system_flushes)
        hmi_bypass_set(&budget.bypass, HMI_BYPASS_ALWAYS_ORDERED);
    budget.waiting.bypass = &budget.bypass;
    budget.bypass_bytes = UINT64_MAX;
    budget.charged_bytes = all_granted;
    reclaimed = returned = 0;
    step_forget_all();
    step_current()->key = step_key(true, 0);
    hmi_quota_cache_init(&cache, &budget);
    hmi_quota_cache_grant(&cache, HMI_BLOCKS, 0, all_granted);
    for (blocks_taken = 0; blocks_taken < HELD;)
        take_a_block(NULL);
    assert_int_equal(hmi_quota_cache_cached_bytes(&cache), all_granted - HELD * BLOCK);
}

/* All that is neither used nor cached. */
static SIZE_T gone(void)
{
    return reclaimed + returned + (all_granted - (SIZE_T)budget.charged_bytes);
}

static void sums_are_right(const char *what, unsigned meeting, UINT64 point, UINT64 other_point)
{
    SIZE_T used = blocks_taken * BLOCK;
    if (used + gone() > all_granted)
        fail_msg("%s %u, points %u and %u: %u bytes are used, %u were taken back", what, meeting, (unsigned)point,
                 (unsigned)other_point, (unsigned)used, (unsigned)gone());
    assert_int_equal(hmi_quota_cache_used_bytes(&cache, HMI_BLOCKS), used);
    assert_int_equal(hmi_quota_cache_used_blocks(&cache), blocks_taken + 1);
    assert_int_equal(hmi_quota_cache_cached_bytes(&cache), all_granted - used - gone());
    assert_true(hmi_quota_cache_peak(&cache, HMI_BLOCKS) >= used);
    if (hmi_bypass_is_set(&budget.bypass, HMI_BYPASS_NEAR_LIMIT) && hmi_quota_cache_cached_bytes(&cache))
        fail_msg("%s %u, points %u and %u: %u bytes are cached", what, meeting, (unsigned)point, (unsigned)other_point,
                 (unsigned)hmi_quota_cache_cached_bytes(&cache));
}

/* The victim stops at a point, where the other thread does all that it does. False: it was at its end before. */
static bool meet(void (*ours)(void *), void (*theirs)(void *), bool is_owner, UINT64 point)
{
    step_thread *victim = &step_threads[STEP_VICTIM];
    step_state state;
    open_owned_slot();
    step_prepare(victim, ours, NULL);
    victim->key = step_key(true, is_owner ? 0 : 1);
    victim->stop_at = point;
    state = step_run(victim);
    step_current()->key = step_key(true, is_owner ? 1 : 0);
    theirs(NULL);
    victim->stop_at = 0;
    if (state == STEP_STOPPED)
        assert_int_equal(step_run(victim), STEP_ENDED);
    return state == STEP_STOPPED;
}

static void an_owner_and_another_thread_use_no_quota_twice(void)
{
    static const struct {
        void (*ours)(void *), (*theirs)(void *);
        bool is_owner;
    } meetings[] = {
        {take_a_block, reclaim_all, true},
        {put_a_block, reclaim_all, true},
        {reclaim_all, take_a_block, false},
        {reclaim_all, take_all_blocks, false},
        {reclaim_all, put_a_block, false},
        {take_a_block, bypass_and_reclaim_all, true},
        {put_a_block, bypass_and_reclaim_all, true},
        {take_and_put_a_block, bypass_and_reclaim_all, true},
        {bypass_and_reclaim_all, take_a_block, false},
        {bypass_and_reclaim_all, put_a_block, false},
        {bypass_and_reclaim_all, take_and_put_a_block, false},
    };
    unsigned i;
    for (i = 0; i < sizeof meetings / sizeof *meetings; i++) {
        bool goes_on = true;
        UINT64 point;
        for (point = 1; goes_on; point++) {
            goes_on = meet(meetings[i].ours, meetings[i].theirs, meetings[i].is_owner, point);
            sums_are_right("meeting", i, point, 0);
        }
        assert_true(point > 8);
    }
}

static void no_quota_of_an_owner_is_used_twice(void **state)
{
    (void)state;
    all_granted = hmi_quota_fill(HMI_BLOCKS);
    system_flushes = true;
    an_owner_and_another_thread_use_no_quota_twice();
    system_flushes = false;
    an_owner_and_another_thread_use_no_quota_twice();
}

/* Another thread, which takes the owner's quota back, comes to its first point, the owner to its own first one, the
 * other to its second one, the owner to its second one, the other to its end, and the owner to its end. */
typedef struct passing {
    void (*owners)(void *);
    UINT64 first, owners_first, second, owners_second;
} passing;

/* Lets a thread go on to a point; whether it came there, or was beyond it. */
static bool go_to(step_thread *thread, UINT64 point)
{
    if (point && point <= thread->points)
        return true;
    thread->stop_at = point;
    return thread->state != STEP_ENDED && step_run(thread) == STEP_STOPPED;
}

typedef struct passed {
    bool first, owners_first, second, owners_second; /* which points there were */
} passed;

static passed pass(const passing *way)
{
    step_thread *owner = &step_threads[STEP_VICTIM], *other = &step_threads[STEP_LIBRARY];
    passed been;
    open_owned_slot();
    step_prepare(owner, way->owners, NULL);
    owner->key = step_key(true, 0);
    step_prepare(other, bypass_and_reclaim_all, NULL);
    other->key = step_key(true, 1);
    been.first = go_to(other, way->first);
    been.owners_first = go_to(owner, way->owners_first);
    been.second = been.first && go_to(other, way->second);
    been.owners_second = been.owners_first && go_to(owner, way->owners_second);
    go_to(other, 0);
    go_to(owner, 0);
    assert_true(owner->state == STEP_ENDED && other->state == STEP_ENDED);
    return been;
}

static unsigned pass_in_all_ways(unsigned meeting, void (*owners)(void *))
{
    passing way = {.owners = owners};
    passed been = {true, true, true, true};
    unsigned runs = 0;
    UINT64 owners_most = 0;
    for (way.first = 1; been.first; way.first++) {
        for (way.owners_first = 1, been.owners_first = true; been.owners_first; way.owners_first++) {
            owners_most = way.owners_first > owners_most ? way.owners_first : owners_most;
            for (way.second = way.first, been.second = true; been.second; way.second++) {
                been.owners_second = true;
                /* What it does after it has taken a block has too many points for all pairs of them. */
                for (way.owners_second = owners == take_a_block ? way.owners_first : UINT64_MAX; been.owners_second;
                     way.owners_second++, runs++) {
                    been = pass(&way);
                    sums_are_right("passing", meeting, way.owners_first, way.second);
                }
            }
        }
    }
    assert_true(way.first > 20 && owners_most > 8);
    return runs;
}

/* What the owner has put back, or given up, is in the budget in the end, and not in its cache. It has one block left,
 * so that it and the other thread want the same bytes. */
static void while_bypassed_an_owner_caches_nothing(void **state)
{
    static void (*const owners[])(void *) = {take_a_block, put_a_block, take_and_put_a_block};
    unsigned i, runs = 0;
    (void)state;
    all_granted = (HELD + 1) * BLOCK;
    for (i = 0; i < 6; i++) {
        system_flushes = i < 3;
        runs += pass_in_all_ways(i, owners[i % 3]);
    }
    print_message("%u runs\n", runs);
}

/* ---- A thread that records an event, and a reader that does not wait for it ---- */

#define EVENT_ROUNDS 20 /* after which a block is handed out without what is missing */

static hmi_event_buffer *events;
static unsigned events_seen;

static void record_event(void *context)
{
    const hostmem_trace_event event = {.what = HOSTMEM_TRACE_FREE};
    hmi_event_slot *slot = hmi_event_buffer_take(events);
    (void)context;
    assert_non_null(slot);
    hmi_event_buffer_fill(slot, &event);
}

static void see_event(void *context, const hostmem_trace_event *event)
{
    (void)context;
    assert_int_equal(event->what, HOSTMEM_TRACE_FREE);
    events_seen++;
}

static void collect_events(unsigned rounds)
{
    while (rounds--)
        hmi_event_buffer_collect(events, see_event, NULL);
}

static void record_events(unsigned count)
{
    while (count--)
        record_event(NULL);
}

/* The thread and others share a lane, and so its block, which is filled, read and handed out again while the thread is
 * stopped: once, or several times. */
static bool record_with_a_stop(UINT64 point, unsigned times)
{
    step_thread *victim = &step_threads[STEP_VICTIM];
    bool goes_on;
    unsigned before = 5, i;
    events_seen = 0;
    step_forget_all();
    step_current()->key = step_key(true, 0);
    assert_int_equal(hmi_event_buffer_create(step_os_functions(), 2 * HMI_EVENT_BUFFER_BLOCK_BYTES, &events), 0);
    record_events(before);
    step_prepare(victim, record_event, NULL);
    victim->key = step_key(true, 1);
    victim->stop_at = point;
    goes_on = step_run(victim) == STEP_STOPPED;
    for (i = 0; i < times; i++) {
        record_events(HMI_EVENT_BUFFER_SLOTS);
        collect_events(EVENT_ROUNDS);
    }
    victim->stop_at = 0;
    if (goes_on)
        assert_int_equal(step_run(victim), STEP_ENDED);
    collect_events(EVENT_ROUNDS);
    if (hmi_event_buffer_incomplete(events))
        fail_msg("an event is missing for ever, before %s at %s:%d", victim->place.name, victim->place.file,
                 victim->place.line);
    assert_int_equal(events_seen, before + 1 + times * HMI_EVENT_BUFFER_SLOTS);
    for (i = 0; i < 4; i++) { /* and there is room for as many as in the beginning */
        record_events(HMI_EVENT_BUFFER_SLOTS);
        collect_events(EVENT_ROUNDS);
    }
    assert_int_equal(events_seen, before + 1 + (times + 4) * HMI_EVENT_BUFFER_SLOTS);
    assert_int_equal(hmi_event_buffer_dropped(events), 0);
    hmi_event_buffer_destroy(events);
    return goes_on;
}

static void no_slot_for_an_event_is_lost(void **state)
{
    unsigned times;
    UINT64 point;
    (void)state;
    for (times = 1; times <= 3; times++) {
        for (point = 1; record_with_a_stop(point, times); point++)
            continue;
        assert_true(point > 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stale_pointer_meets_a_reservation_that_is_just_being_made),
        cmocka_unit_test(a_view_is_announced_again_while_pages_are_committed_in_it),
        cmocka_unit_test(no_use_of_a_slot_is_missing_in_the_peak),
        cmocka_unit_test(little_use_of_a_slot_that_is_being_emptied_is_missing_in_the_peak),
        cmocka_unit_test(no_heap_is_told_with_the_kind_of_another),
        cmocka_unit_test(no_quota_of_an_owner_is_used_twice),
        cmocka_unit_test(while_bypassed_an_owner_caches_nothing),
        cmocka_unit_test(no_slot_for_an_event_is_lost),
    };
    return cmocka_run_group_tests_name("orders", tests, NULL, NULL);
}
