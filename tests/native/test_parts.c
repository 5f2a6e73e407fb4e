/* A storm over each part that several threads change without a lock, by itself: at the end of each the part's own
 * figures, the sums of the results that the threads got, and the system below must agree exactly.
 *
 * The system below is instant_os, which does not synchronize threads. Built a second time with a library that is
 * disturbed at every atomic operation (perturb.h). HOSTMEM_STORM_SEED repeats a run's choices (not its
 * interleaving); HOSTMEM_STORM_SECONDS says how long all parts together run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#include <cmocka.h>

#include "check.h"
#include "com_doubles.h"
#include "memory/heap.h"
#include "instant_os.h"
#include "memory/pages.h"
#include "sim_thread.h"
#include "core_state.h"
#include "report/statistics.h"

#define THREADS 4
#define PAGE CHECK_PAGE
#define GRANULE CHECK_GRANULE
#define PLACES 8
#define SITES 20000 /* so many that some are new until the end */
#define RESERVE ((SIZE_T)1 << 20)
#define TABLES_OF_AN_INSTANCE 9      /* that has not allocated yet: the eight of its ledger, and its records */
#define BASE ((UINT_PTR)0x100000000) /* of addresses that only appear in the accounts */

typedef struct scene scene;

typedef struct worker {
    scene *shared;
    UINT64 random;
    sim_thread *thread;
    INT64 balance[2]; /* sum of the results that it got */
    counting_callback callback;
    void *mine[PLACES];
} worker;

/* What the parts need; each uses some of it. */
struct scene {
    void (*act)(worker *self);
    UINT64 until_ms;
    instant_os *instant;
    hostmem_os *os;
    hmi_core *core;
    hostmem_budget *budget;
    hmi_notifier *notifier;
    hmi_heap *heap;
    IHostMemoryManager *manager;
    hmi_sparse_array sparse;
    hmi_atomic_bitmap map;
    hmi_extent_table extents;
    hmi_ledger ledger;
    hmi_sites sites;
    hmi_address_reserve reserve;
    _Atomic(void *) slots[PLACES];
    _Atomic(const hmi_site *) known[SITES];
    _Atomic(const char *) fault;
    atomic_long acts;
    worker workers[THREADS];
};

static UINT64 below(worker *self, UINT64 limit)
{
    return check_random(&self->random) % limit;
}

static void require(worker *self, bool good, const char *what)
{
    if (!good)
        atomic_store(&self->shared->fault, what);
}

static hmi_range some_range(worker *self, SIZE_T unit, SIZE_T units)
{
    SIZE_T first = (SIZE_T)below(self, units), count = 1 + (SIZE_T)below(self, units - first);
    return (hmi_range){BASE + first * unit, BASE + (first + count) * unit};
}

static INT64 balance_of(const scene *s, unsigned which)
{
    INT64 sum = 0;
    unsigned i;
    for (i = 0; i < THREADS; i++)
        sum += s->workers[i].balance[which];
    return sum;
}

/* ---- Running the storms ---- */

static void run(void *context)
{
    worker *self = context;
    long acts = 0;
    do {
        self->shared->act(self);
        acts++;
    } while (sim_real_ms() < self->shared->until_ms && !atomic_load(&self->shared->fault));
    atomic_fetch_add(&self->shared->acts, acts);
}

static UINT64 number_from(const char *name, UINT64 otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

#define PARTS 12
#define ROUND_MS 5

/* All threads act at least once, and until the time is over. */
static void act_together(scene *s, void (*act)(worker *self), UINT64 until_ms)
{
    unsigned i;
    s->act = act;
    s->until_ms = until_ms;
    for (i = 0; i < THREADS; i++)
        s->workers[i].thread = sim_thread_start(run, &s->workers[i]);
    for (i = 0; i < THREADS; i++)
        sim_thread_join(s->workers[i].thread);
}

/* rest is called whenever the threads pause, which is often, because a later operation may hide a mistake. */
static void storm(scene *s, void (*act)(worker *self), void (*rest)(scene *s))
{
    UINT64 seconds = number_from("HOSTMEM_STORM_SECONDS", PARTS / 2);
    UINT64 seed = number_from("HOSTMEM_STORM_SEED", (UINT64)time(NULL)), end_ms;
    unsigned i;
    for (i = 0; i < THREADS; i++) {
        worker *self = &s->workers[i];
        self->shared = s;
        self->random = seed + i;
        counting_callback_init(&self->callback);
    }
    end_ms = sim_real_ms() + seconds * 1000 / PARTS;
    do {
        act_together(s, act, sim_real_ms() + ROUND_MS);
        rest(s);
    } while (!atomic_load(&s->fault) && sim_real_ms() < end_ms);
    print_message("HOSTMEM_STORM_SEED=%llu: %ld acts\n", (unsigned long long)seed, atomic_load(&s->acts));
    if (atomic_load(&s->fault))
        fail_msg("%s", atomic_load(&s->fault));
}

static int open_scene(void **state)
{
    scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    *state = s;
    s->instant = instant_os_create(NULL);
    if (!s->instant)
        return -1;
    s->os = instant_os_functions(s->instant);
    return 0;
}

/* Each part has freed everything by then. */
static int close_scene(void **state)
{
    scene *s = *state;
    instant_os_totals totals;
    instant_os_total(s->instant, &totals);
    if (totals.reserved_bytes || totals.heaps || totals.heap_blocks || totals.tables || totals.objects) {
        print_error("left: %llu bytes reserved, %llu heaps, %llu blocks, %llu tables, %llu objects\n",
                    (unsigned long long)totals.reserved_bytes, (unsigned long long)totals.heaps,
                    (unsigned long long)totals.heap_blocks, (unsigned long long)totals.tables,
                    (unsigned long long)totals.objects);
        return -1;
    }
    instant_os_destroy(s->instant);
    free(s);
    return 0;
}

static void make_budget(scene *s, UINT64 limit)
{
    hostmem_budget_config config = {
        .size = sizeof config, .limit_bytes = limit, .low_percent = 90, .neutral_percent = 80, .high_percent = 50};
    assert_int_equal(hmi_budget_make(&config, s->os, &s->budget), 0);
}

static void make_core(scene *s)
{
    hostmem_config config = {.size = sizeof config, .os = s->os};
    s->core = check_core(&config);
    assert_non_null(s->core);
}

static void drop_core(scene *s)
{
    hostmem_stats stats = {.size = sizeof stats};
    hmi_statistics_read(s->core, &stats);
    assert_int_equal(stats.reserved_bytes | stats.committed_bytes | stats.executable_bytes, 0);
    assert_int_equal(stats.heap_bytes | stats.heap_blocks, 0);
    assert_int_equal(hmi_budget_used(s->core->budget), 0);
    assert_int_equal(hmi_core_release(s->core), 0);
}

/* ---- Tables ---- */

static void count_in_sparse_words(worker *self)
{
    UINT64 index = below(self, 40) * HMI_SPARSE_ARRAY_LEAF_WORDS / 8 + below(self, 4);
    hmi_cell *cell = hmi_sparse_array_touch(&self->shared->sparse, index);
    require(self, cell && hmi_sparse_array_peek(&self->shared->sparse, index) == cell, "a word that was touched");
    if (cell)
        atomic_fetch_add(cell, 1);
    self->balance[0]++;
}

static void expect_all_counted(scene *s)
{
    UINT64 index, sum = 0;
    for (index = hmi_sparse_array_next(&s->sparse, 0); index < s->sparse.length;
         index = hmi_sparse_array_next(&s->sparse, index + hmi_sparse_array_run(&s->sparse, index))) {
        unsigned i;
        for (i = 0; i < 4; i++)
            sum += *hmi_sparse_array_peek(&s->sparse, index + i);
    }
    assert_int_equal(sum, balance_of(s, 0));
}

static void sparse_words_keep_what_all_threads_put_there(void **state)
{
    scene *s = *state;
    instant_os_totals totals;
    assert_int_equal(hmi_sparse_array_init(&s->sparse, s->os, 40 * HMI_SPARSE_ARRAY_LEAF_WORDS), 0);
    storm(s, count_in_sparse_words, expect_all_counted);
    instant_os_total(s->instant, &totals);
    assert_int_equal(totals.tables, 1 + 5); /* the root, and each leaf once */
    hmi_sparse_array_destroy(&s->sparse);
}

static void set_and_clear_bits(worker *self)
{
    hmi_range range = some_range(self, PAGE, 3000);
    hmi_atomic_bitmap *map = &self->shared->map;
    require(self, hmi_atomic_bitmap_prepare(map, range), "prepare");
    if (below(self, 2))
        self->balance[0] += (INT64)hmi_atomic_bitmap_set(map, range);
    else
        self->balance[0] -= (INT64)hmi_atomic_bitmap_clear(map, range);
}

static void expect_bits(scene *s)
{
    assert_int_equal(hmi_atomic_bitmap_count(&s->map, (hmi_range){BASE, BASE + 3000 * PAGE}), balance_of(s, 0));
}

static void bits_are_set_and_cleared_once(void **state)
{
    scene *s = *state;
    assert_int_equal(hmi_atomic_bitmap_init(&s->map, s->os, PAGE), 0);
    storm(s, set_and_clear_bits, expect_bits);
    hmi_atomic_bitmap_destroy(&s->map);
}

static void exchange_extents(worker *self)
{
    UINT_PTR start = BASE + below(self, PLACES) * GRANULE;
    /* Whole pages and other lengths are stored in different places. */
    SIZE_T length = below(self, 2) ? (SIZE_T)below(self, 100) * PAGE + below(self, 2) : 0;
    require(self, hmi_extent_table_prepare(&self->shared->extents, start, length), "prepare");
    self->balance[0] += (INT64)length - (INT64)hmi_extent_table_exchange(&self->shared->extents, start, length);
}

static void expect_extents(scene *s)
{
    INT64 rest = 0;
    unsigned i;
    for (i = 0; i < PLACES; i++)
        rest += (INT64)hmi_extent_table_get(&s->extents, BASE + i * GRANULE);
    assert_int_equal(rest, balance_of(s, 0));
}

static void extents_are_taken_once(void **state)
{
    scene *s = *state;
    assert_int_equal(hmi_extent_table_init(&s->extents, s->os, GRANULE), 0);
    storm(s, exchange_extents, expect_extents);
    hmi_extent_table_destroy(&s->extents);
}

/* ---- The ledger ---- */

static void keep_books(worker *self)
{
    hmi_ledger *ledger = &self->shared->ledger;
    hmi_range pages = some_range(self, PAGE, 600), place, taken;
    hmi_entry entry = {.pages = pages};
    place.start = BASE + (1000 + below(self, PLACES)) * GRANULE;
    place.end = place.start + (1 + below(self, 16)) * PAGE;
    hmi_ledger_find(ledger, &entry);
    require(self, hmi_ledger_prepare_reservation(ledger, place) && hmi_ledger_prepare_commit(ledger, &entry, true),
            "prepare");
    switch (below(self, 5)) {
    case 0:
        hmi_ledger_add_reservation(ledger, place);
        break;
    case 1:
        if (hmi_ledger_take_reservation(ledger, place.start, &taken))
            require(self, taken.start == place.start && taken.end > taken.start, "the reservation that was taken");
        break;
    case 2:
        self->balance[0] += (INT64)hmi_ledger_commit(ledger, &entry, below(self, 2));
        break;
    case 3:
        self->balance[0] -= (INT64)hmi_ledger_decommit(ledger, pages);
        break;
    default:
        hmi_ledger_protect(ledger, pages, below(self, 2));
        break;
    }
}

static void expect_books(scene *s)
{
    hmi_range all = {BASE, BASE + 600 * PAGE};
    UINT64 reserved = 0;
    unsigned i;
    assert_int_equal(hmi_atomic_bitmap_count(&s->ledger.committed, all) * PAGE, balance_of(s, 0));
    assert_int_equal(s->ledger.executable_bytes.now, hmi_atomic_bitmap_count(&s->ledger.executable, all) * PAGE);
    for (i = 0; i < PLACES; i++)
        reserved += hmi_extent_table_get(&s->ledger.reservations, BASE + (1000 + i) * GRANULE);
    assert_int_equal(s->ledger.reserved_bytes.now, reserved);
}

static void books_equal_their_maps(void **state)
{
    scene *s = *state;
    hmi_range taken;
    unsigned i;
    assert_int_equal(hmi_ledger_init(&s->ledger, s->os), 0);
    storm(s, keep_books, expect_books);
    for (i = 0; i < PLACES; i++)
        hmi_ledger_take_reservation(&s->ledger, BASE + (1000 + i) * GRANULE, &taken);
    assert_int_equal(s->ledger.reserved_bytes.now, 0);
    hmi_ledger_destroy(&s->ledger);
}

/* ---- The budget ---- */

#define LIMIT 1000u

static void charge_and_refund(worker *self)
{
    hostmem_budget *budget = self->shared->budget;
    UINT64 bytes = below(self, LIMIT / 2);
    switch (below(self, 4)) {
    case 0:
        hmi_budget_force(budget, bytes);
        hmi_budget_refund(budget, bytes);
        break;
    case 1:
        hmi_budget_set_limit(budget, LIMIT * (1 + below(self, 3)));
        break;
    default:
        if (hmi_budget_charge(budget, bytes, eTaskCritical)) {
            if (below(self, 2))
                hmi_budget_cancel_charge(budget, bytes);
            else
                hmi_budget_refund(budget, bytes);
        }
        break;
    }
}

static void expect_nothing_used(scene *s)
{
    assert_int_equal(s->budget->charged_bytes, 0);
    assert_int_equal(s->budget->zone, hmi_budget_zone(s->budget));
    assert_false(hmi_bypass_is_set(&s->budget->bypass, HMI_BYPASS_WAITING));
}

static void a_budget_comes_back_to_nothing_and_knows_its_zone(void **state)
{
    scene *s = *state;
    make_budget(s, LIMIT);
    storm(s, charge_and_refund, expect_nothing_used);
    assert_int_equal(hostmem_budget_release(s->budget), 0);
}

static UINT32 try_charge(void *context)
{
    worker *self = context;
    return hmi_budget_charge(self->shared->budget, (UINT64)self->balance[1], eTaskCritical) ? 0
                                                                                            : ERROR_COMMITMENT_LIMIT;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

/* There is room for two of the four at most: the others wait. */
static void wait_for_room(worker *self)
{
    hostmem_budget *budget = self->shared->budget;
    hmi_wait_request wish = {
        .level = eTaskCritical, .timeout_ms = 600000, .attempt = try_charge, .cancelled = never, .context = self};
    self->balance[1] = (INT64)(LIMIT / 2 - below(self, 100));
    wish.bytes = (UINT64)self->balance[1];
    require(self, !hmi_waiting_try(&budget->waiting, &wish), "a wait that ends without memory");
    require(self, atomic_load(&budget->charged_bytes) <= LIMIT, "more than the limit");
    if (below(self, 4) == 0)
        sim_thread_yield();
    hmi_budget_refund(budget, wish.bytes);
}

static void all_who_wait_get_their_turn(void **state)
{
    scene *s = *state;
    make_budget(s, LIMIT);
    storm(s, wait_for_room, expect_nothing_used);
    assert_int_equal(hostmem_budget_release(s->budget), 0);
}

/* ---- Notifications ---- */

static void register_and_provoke(worker *self)
{
    scene *s = self->shared;
    switch (below(self, 4)) {
    case 0:
        require(self, !hmi_notifier_register(s->notifier, &self->callback.iface), "register");
        break;
    case 1:
        require(self, !hmi_notifier_register(s->notifier, NULL), "unregister");
        break;
    case 2:
        hmi_notifier_refused(s->notifier);
        break;
    default:
        hmi_budget_force(s->budget, LIMIT);
        hmi_budget_refund(s->budget, LIMIT);
        break;
    }
}

static void shut_down(worker *self)
{
    UINT32 error = hmi_notifier_register(self->shared->notifier, &self->callback.iface);
    require(self, !error || error == ERROR_OPERATION_ABORTED, "a registration during the shutdown");
    hmi_notifier_shutdown(self->shared->notifier);
}

static void callbacks_are_given_back_as_often_as_they_were_taken(void **state)
{
    scene *s = *state;
    unsigned i;
    make_budget(s, LIMIT);
    assert_int_equal(hmi_notifier_create(s->os, s->budget, &s->notifier), 0);
    storm(s, register_and_provoke, expect_nothing_used);
    act_together(s, shut_down, 0);
    assert_null(s->fault);
    hmi_notifier_release(s->notifier);
    /* The thread may be about to end. */
    for (i = 0; i < 20000 && atomic_load(&s->budget->references) > 1; i++)
        sim_thread_yield();
    assert_int_equal(hostmem_budget_release(s->budget), 0);
    for (i = 0; i < THREADS; i++)
        assert_int_equal(s->workers[i].callback.references, 1);
}

/* ---- Sites, and the address reserve ---- */

static void look_up_a_site(worker *self)
{
    unsigned line = (unsigned)below(self, SITES);
    const hmi_site *site, *first = NULL;
    site = hmi_sites_intern(&self->shared->sites, line % 2 ? "odd.cpp" : "even.cpp", (int)line);
    require(self, site && site->line == (int)line, "the line of a site");
    if (!atomic_compare_exchange_strong(&self->shared->known[line], &first, site))
        require(self, first == site, "a site that was recorded twice");
}

static void expect_sites(scene *s)
{
    instant_os_totals totals;
    unsigned i, known = 0;
    for (i = 0; i < SITES; i++)
        known += s->known[i] != NULL;
    instant_os_total(s->instant, &totals);
    assert_int_equal(totals.objects, known);
}

static void a_site_is_recorded_once(void **state)
{
    scene *s = *state;
    hmi_sites_init(&s->sites, s->os);
    storm(s, look_up_a_site, expect_sites);
    hmi_sites_destroy(&s->sites);
}

static void lend_and_take_again(worker *self)
{
    hmi_address_reserve *reserve = &self->shared->reserve;
    if (below(self, 3) == 0)
        hmi_address_reserve_restore(reserve);
    if (hmi_address_reserve_yield(reserve, NULL, below(self, 2) ? PAGE : 0))
        hmi_address_reserve_used(reserve);
}

static void expect_one_reserve(scene *s)
{
    instant_os_totals totals;
    hmi_address_reserve_restore(&s->reserve);
    assert_int_equal(hmi_address_reserve_held(&s->reserve), RESERVE);
    instant_os_total(s->instant, &totals);
    assert_int_equal(totals.reserved_bytes, RESERVE);
}

static void a_reserve_of_addresses_is_there_once(void **state)
{
    scene *s = *state;
    assert_int_equal(hmi_address_reserve_init(&s->reserve, s->os, RESERVE), 0);
    storm(s, lend_and_take_again, expect_one_reserve);
    hmi_address_reserve_destroy(&s->reserve);
}

/* ---- Blocks and pages ---- */

/* Exchanges a new block for the one in the slot, which may be another thread's; now and then the slot's block is
 * freed by all threads that see it. */
static void trade_blocks(worker *self)
{
    scene *s = self->shared;
    _Atomic(void *) *slot = &s->slots[below(self, PLACES)];
    void *block = NULL;
    require(self, hmi_heap_alloc(s->heap, below(self, 300), eTaskCritical, NULL, &block) == S_OK, "alloc");
    block = atomic_exchange(slot, block);
    if (block)
        require(self, hmi_heap_free(s->heap, block) == S_OK, "free of a live block");
}

static void expect_true_figures(scene *s)
{
    hostmem_stats stats = {.size = sizeof stats};
    instant_os_totals totals;
    hmi_statistics_read(s->core, &stats);
    instant_os_total(s->instant, &totals);
    assert_int_equal(stats.reserved_bytes, totals.reserved_bytes);
    assert_int_equal(stats.committed_bytes, totals.committed_bytes);
    assert_int_equal(stats.executable_bytes, totals.executable_bytes);
    assert_int_equal(stats.heap_blocks, totals.heap_blocks);
    assert_int_equal(stats.heap_bytes, totals.heap_bytes - totals.heap_blocks * MEMORY_ALLOCATION_ALIGNMENT);
    assert_int_equal(hmi_budget_used(s->core->budget), stats.used_bytes);
}

static void blocks_are_freed_by_any_thread(void **state)
{
    scene *s = *state;
    unsigned i;
    make_core(s);
    assert_int_equal(hmi_heap_create(s->core, MALLOC_THREADSAFE, &s->heap), 0);
    storm(s, trade_blocks, expect_true_figures);
    for (i = 0; i < PLACES; i++) {
        if (s->slots[i])
            assert_int_equal(hmi_heap_free(s->heap, s->slots[i]), S_OK);
    }
    hmi_heap_destroy(s->heap);
    drop_core(s);
}

/* Regions of its own, at addresses that others may have had, and one address that all threads reserve and release. */
static void use_pages(worker *self)
{
    hmi_core *core = self->shared->core;
    void **mine = &self->mine[below(self, PLACES)], *out = NULL;
    char *contested = self->shared->slots[0];
    UINT32 old;
    if (!*mine) {
        require(self,
                hmi_pages_alloc(core, NULL, 20 * PAGE, below(self, 2) ? MEM_COMMIT : MEM_RESERVE,
                                PAGE_EXECUTE_READWRITE, eTaskCritical, mine) == S_OK,
                "reserve");
    } else if (below(self, 3)) {
        SIZE_T first = (SIZE_T)below(self, 20), count = 1 + (SIZE_T)below(self, 20 - first);
        char *at = (char *)*mine + first * PAGE;
        require(self, hmi_pages_alloc(core, at, count * PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &out) == S_OK,
                "commit");
        require(self, hmi_pages_protect(core, at, PAGE, PAGE_EXECUTE_READ, &old) == S_OK, "protect");
        require(self, hmi_pages_free(core, at, count * PAGE / 2 + 1, MEM_DECOMMIT) == S_OK, "decommit");
    } else {
        require(self, hmi_pages_free(core, *mine, 0, MEM_RELEASE) == S_OK, "release");
        *mine = NULL;
    }
    if (below(self, 2)) {
        if (hmi_pages_alloc(core, contested, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &out) ==
            S_OK)
            self->balance[0]++;
    } else if (hmi_pages_free(core, contested, 0, MEM_RELEASE) == S_OK) {
        self->balance[0]--;
    }
}

static void pages_are_released_once(void **state)
{
    scene *s = *state;
    void *place;
    unsigned i, j;
    make_core(s);
    /* Far above allocations without an address. */
    assert_int_equal(s->os->virtual_alloc(s->os, NULL, 64 << 20, MEM_RESERVE, PAGE_NOACCESS, &place), 0);
    s->os->virtual_free(s->os, place, 0, MEM_RELEASE);
    s->slots[0] = (char *)place + (60 << 20);
    storm(s, use_pages, expect_true_figures);
    assert_int_equal(hmi_pages_free(s->core, s->slots[0], 0, MEM_RELEASE) == S_OK, balance_of(s, 0));
    for (i = 0; i < THREADS; i++) {
        for (j = 0; j < PLACES; j++) {
            if (s->workers[i].mine[j])
                assert_int_equal(hmi_pages_free(s->core, s->workers[i].mine[j], 0, MEM_RELEASE), S_OK);
        }
    }
    drop_core(s);
}

/* ---- References ---- */

/* A slot owns the manager in it. A thread takes it out, adds a reference for the next slot, creates a heap with it,
 * and releases both: any of these may be the last reference on the instance, on any thread. */
static void come_and_go(worker *self)
{
    hostmem_config config = {.size = sizeof config, .os = self->shared->os};
    IHostMemoryManager *manager = atomic_exchange(&self->shared->slots[below(self, PLACES)], NULL), *former;
    IHostMalloc *heap = NULL;
    hostmem *instance;
    void *block = NULL;
    if (!manager) {
        require(self, hostmem_create(&config, &instance) == S_OK, "hostmem_create");
        require(self, hostmem_get_manager(instance, &manager) == S_OK, "hostmem_get_manager");
        hostmem_release(instance);
    }
    IHostMemoryManager_AddRef(manager);
    former = atomic_exchange(&self->shared->slots[below(self, PLACES)], manager);
    if (former)
        IHostMemoryManager_Release(former);
    require(self, IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap) == S_OK, "CreateMalloc");
    IHostMemoryManager_Release(manager);
    require(self, IHostMalloc_Alloc(heap, 100, eTaskCritical, &block) == S_OK, "Alloc");
    require(self, IHostMalloc_Release(heap) == 0, "the only reference on a heap");
}

/* There are as many instances as full slots. */
static void expect_full_slots_only(scene *s)
{
    instant_os_totals totals;
    UINT64 full = 0;
    unsigned i;
    for (i = 0; i < PLACES; i++)
        full += s->slots[i] != NULL;
    instant_os_total(s->instant, &totals);
    assert_int_equal(totals.heaps | totals.heap_blocks, 0);
    assert_int_equal(totals.tables, full * TABLES_OF_AN_INSTANCE);
}

static void the_last_reference_ends_an_instance_on_whatever_thread(void **state)
{
    scene *s = *state;
    unsigned i;
    storm(s, come_and_go, expect_full_slots_only);
    for (i = 0; i < PLACES; i++) {
        IHostMemoryManager *manager = s->slots[i];
        if (manager)
            assert_int_equal(IHostMemoryManager_Release(manager), 0);
    }
}

#define storm_test(function) cmocka_unit_test_setup_teardown(function, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        storm_test(sparse_words_keep_what_all_threads_put_there),
        storm_test(bits_are_set_and_cleared_once),
        storm_test(extents_are_taken_once),
        storm_test(books_equal_their_maps),
        storm_test(a_budget_comes_back_to_nothing_and_knows_its_zone),
        storm_test(all_who_wait_get_their_turn),
        storm_test(callbacks_are_given_back_as_often_as_they_were_taken),
        storm_test(a_site_is_recorded_once),
        storm_test(a_reserve_of_addresses_is_there_once),
        storm_test(blocks_are_freed_by_any_thread),
        storm_test(pages_are_released_once),
        storm_test(the_last_reference_ends_an_instance_on_whatever_thread),
    };
    _Static_assert(sizeof tests / sizeof *tests == PARTS, "the time is divided by the number of parts");
    return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
