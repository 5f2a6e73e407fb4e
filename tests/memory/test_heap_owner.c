/* Which thread may use a heap that was created without MALLOC_THREADSAFE, in checked mode: only the first that
 * does. Heaps of other instances are not checked. */
#include "host_fixture.h"

#include <string.h>

#include "sim_thread.h"

/* What a second thread does with a heap. */
typedef struct visit {
    hostmem_os *os;
    IHostMalloc *heap;
    void *block; /* block of the first thread, to free */
    HRESULT hr[4];
    UINT32 error[4];
    void *memory[2];
} visit;

static void use_heap(void *context)
{
    static char file[] = "file";
    visit *self = context;
    unsigned i;
    for (i = 0; i < 4; i++) {
        self->os->set_last_error(self->os, FIXTURE_LAST_ERROR);
        if (i == 0)
            self->hr[i] = IHostMalloc_Alloc(self->heap, 10, eProcessCritical, &self->memory[0]);
        else if (i == 1)
            self->hr[i] = IHostMalloc_DebugAlloc(self->heap, 20, eTaskCritical, file, 1, &self->memory[1]);
        else if (i == 2)
            self->hr[i] = IHostMalloc_Free(self->heap, self->block);
        else
            self->hr[i] = IHostMalloc_Free(self->heap, NULL);
        self->error[i] = self->os->get_last_error(self->os);
    }
}

static void use_elsewhere(visit *self)
{
    sim_thread *thread;
    self->memory[0] = self->memory[1] = COM_POISON;
    thread = sim_thread_start(use_heap, self);
    assert_non_null(thread);
    sim_thread_join(thread);
}

static void expect_refused(const visit *self)
{
    unsigned i;
    for (i = 0; i < 3; i++) {
        assert_int_equal((UINT32)self->hr[i], (UINT32)HOST_E_NOT_OWNER);
        assert_int_equal(self->error[i], ERROR_NOT_OWNER);
    }
    assert_null(self->memory[0]);
    assert_null(self->memory[1]);
    assert_int_equal(self->hr[3], S_OK); /* Free(NULL) uses nothing */
    assert_int_equal(self->error[3], FIXTURE_LAST_ERROR);
}

static void expect_served(visit *self)
{
    unsigned i;
    for (i = 0; i < 4; i++) {
        assert_int_equal(self->hr[i], S_OK);
        assert_int_equal(self->error[i], FIXTURE_LAST_ERROR);
    }
    assert_int_equal(IHostMalloc_Free(self->heap, self->memory[0]), S_OK);
    assert_int_equal(IHostMalloc_Free(self->heap, self->memory[1]), S_OK);
}

static IHostMalloc *make_heap(host_fixture *fixture, UINT32 flags, DWORD type)
{
    hostmem_config config = {.size = sizeof config, .os = fixture->os, .flags = flags};
    IHostMemoryManager_Release(fixture->manager);
    hostmem_release(fixture->instance);
    fixture->manager = NULL;
    fixture->instance = NULL;
    assert_int_equal(hostmem_create(&config, &fixture->instance), S_OK);
    assert_int_equal(hostmem_get_manager(fixture->instance, &fixture->manager), S_OK);
    return host_fixture_malloc(fixture, type);
}

static void a_second_thread_is_refused_and_changes_nothing(void **state)
{
    static const DWORD types[] = {0, MALLOC_EXECUTABLE};
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < 2; i++) {
        visit other = {fixture->os, make_heap(fixture, HOSTMEM_CHECKED, types[i]), NULL, {0}, {0}, {0}};
        hostmem_stats before, after;
        expect_success(fixture, IHostMalloc_Alloc(other.heap, 30, eTaskCritical, &other.block));
        before = host_fixture_stats(fixture);
        use_elsewhere(&other);
        expect_refused(&other);
        after = host_fixture_stats(fixture);
        memcpy(after.calls, before.calls, sizeof after.calls);
        assert_memory_equal(&before, &after, sizeof after); /* it is not counted as a refusal for lack of memory */
        expect_success(fixture, IHostMalloc_Free(other.heap, other.block));
        IHostMalloc_Release(other.heap);
    }
}

static void making_a_heap_does_not_take_possession_of_it(void **state)
{
    host_fixture *fixture = *state;
    visit other = {fixture->os, make_heap(fixture, HOSTMEM_CHECKED, 0), NULL, {0}, {0}, {0}};
    void *memory = COM_POISON;
    use_elsewhere(&other); /* without a block to free */
    assert_int_equal(other.hr[0], S_OK);
    assert_int_equal(other.hr[1], S_OK);
    expect_failure(fixture, IHostMalloc_Alloc(other.heap, 1, eTaskCritical, &memory), HOST_E_NOT_OWNER,
                   ERROR_NOT_OWNER);
    assert_null(memory);
    expect_failure(fixture, IHostMalloc_Free(other.heap, other.memory[0]), HOST_E_NOT_OWNER, ERROR_NOT_OWNER);
    assert_int_equal(host_fixture_stats(fixture).heap_blocks, 2);
    IHostMalloc_Release(other.heap); /* which any thread may do */
    assert_int_equal(host_fixture_stats(fixture).heap_blocks, 0);
}

static void a_request_that_fails_takes_possession_too(void **state)
{
    host_fixture *fixture = *state;
    visit other = {fixture->os, make_heap(fixture, HOSTMEM_CHECKED, 0), NULL, {0}, {0}, {0}};
    void *memory;
    assert_int_equal(hostmem_set_limit(fixture->instance, 5), S_OK);
    expect_failure(fixture, IHostMalloc_Alloc(other.heap, 6, eTaskCritical, &memory), E_OUTOFMEMORY,
                   ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hostmem_set_limit(fixture->instance, 0), S_OK);
    use_elsewhere(&other);
    assert_int_equal((UINT32)other.hr[0], (UINT32)HOST_E_NOT_OWNER);
    IHostMalloc_Release(other.heap);
}

static void each_heap_has_its_own_owner(void **state)
{
    host_fixture *fixture = *state;
    visit other = {fixture->os, make_heap(fixture, HOSTMEM_CHECKED, 0), NULL, {0}, {0}, {0}};
    IHostMalloc *ours = host_fixture_malloc(fixture, 0);
    void *block;
    expect_success(fixture, IHostMalloc_Alloc(ours, 1, eTaskCritical, &block));
    use_elsewhere(&other);
    assert_int_equal(other.hr[0], S_OK);
    expect_success(fixture, IHostMalloc_Free(ours, block));
    IHostMalloc_Release(other.heap);
    IHostMalloc_Release(ours);
}

static void other_heaps_are_anybodys(void **state)
{
    static const struct {
        UINT32 flags;
        DWORD type;
    } cases[] = {{HOSTMEM_CHECKED, MALLOC_THREADSAFE},
                 {HOSTMEM_CHECKED, MALLOC_THREADSAFE | MALLOC_EXECUTABLE},
                 {0, MALLOC_THREADSAFE},
                 {0, 0},
                 {HOSTMEM_FREE_FOREIGN, 0}};
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        visit other = {fixture->os, make_heap(fixture, cases[i].flags, cases[i].type), NULL, {0}, {0}, {0}};
        expect_success(fixture, IHostMalloc_Alloc(other.heap, 30, eTaskCritical, &other.block));
        use_elsewhere(&other);
        expect_served(&other);
        assert_int_equal(host_fixture_stats(fixture).heap_blocks, 0);
        IHostMalloc_Release(other.heap);
    }
}

/* A thread that begins at the same moment as another, and lives until both have asked: thread ids are reused. */
typedef struct racer {
    visit visit;
    sim_gate *asked, *leave;
} racer;

static void race_for_heap(void *context)
{
    racer *self = context;
    self->visit.hr[0] = IHostMalloc_Alloc(self->visit.heap, 1, eTaskCritical, &self->visit.memory[0]);
    sim_gate_open(self->asked);
    sim_gate_pass(self->leave, SIM_NO_TIMEOUT);
}

static void of_two_first_threads_one_is_the_owner(void **state)
{
    host_fixture *fixture = *state;
    int round;
    for (round = 0; round < 50; round++) {
        racer racers[2];
        sim_thread *threads[2];
        IHostMalloc *heap = make_heap(fixture, HOSTMEM_CHECKED, 0);
        unsigned i, owners = 0;
        for (i = 0; i < 2; i++) {
            racers[i] = (racer){{.os = fixture->os, .heap = heap}, sim_gate_create(), sim_gate_create()};
            threads[i] = sim_thread_start(race_for_heap, &racers[i]);
        }
        for (i = 0; i < 2; i++)
            sim_gate_pass(racers[i].asked, SIM_NO_TIMEOUT);
        for (i = 0; i < 2; i++) {
            sim_gate_open(racers[i].leave);
            sim_thread_join(threads[i]);
            sim_gate_destroy(racers[i].asked);
            sim_gate_destroy(racers[i].leave);
            owners += racers[i].visit.hr[0] == S_OK;
        }
        assert_int_equal(owners, 1);
        assert_true(racers[0].visit.hr[0] == HOST_E_NOT_OWNER || racers[1].visit.hr[0] == HOST_E_NOT_OWNER);
        assert_int_equal(host_fixture_stats(fixture).heap_blocks, 1);
        IHostMalloc_Release(heap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(a_second_thread_is_refused_and_changes_nothing),
        fixture_test(making_a_heap_does_not_take_possession_of_it),
        fixture_test(a_request_that_fails_takes_possession_too),
        fixture_test(each_heap_has_its_own_owner),
        fixture_test(other_heaps_are_anybodys),
        fixture_test(of_two_first_threads_one_is_the_owner),
    };
    return cmocka_run_group_tests_name("heap_owner", tests, NULL, NULL);
}
