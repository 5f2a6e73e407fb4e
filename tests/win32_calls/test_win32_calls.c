/* Results of Windows' memory functions (win32_calls/calls_*.c), compared with those of sim_os and of a manager over
 * it, and in programs for Windows with those of the system itself and of a manager over that. A manager's results
 * follow from Windows' by the failure table. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <corerror.h>

#define WINDOW_BYTES ((SIZE_T)0x400000)
#define WINDOW_ALIGNMENT ((SIZE_T)0x100000)

static const call_scene *const files[] = {
    calls_virtual, calls_protect, calls_free,  calls_reactos, calls_kernel,
    calls_clr,     calls_heap,    calls_views, calls_edges,
};

typedef struct run {
    call_world world;
    UINT_PTR slots[CALL_SLOTS];
    unsigned made[2];  /* number of calls, by evidence */
    unsigned differed; /* results that differ from Windows' as known of Wine */
    unsigned wrong;
} run;

/* ---- Expectations ---- */

/* The failure table, repeated here. */
static HRESULT expected_hr(const call *what, const call_outcome *expected)
{
    BOOL allocates = what->kind == CALL_ALLOC || what->kind == CALL_HEAP_ALLOC;
    if (!expected->error)
        return S_OK;
    if (what->foreign)
        return HOST_E_INVALIDOPERATION;
    switch (expected->error) {
    case ERROR_INVALID_PARAMETER:
        return E_INVALIDARG;
    case ERROR_INVALID_ADDRESS:
        return allocates ? E_OUTOFMEMORY : E_INVALIDARG;
    case ERROR_NOACCESS:
        return E_POINTER;
    default:
        return HRESULT_FROM_WIN32(expected->error);
    }
}

static UINT_PTR address_of(const run *on, call_place place)
{
    return on->slots[place.slot] + place.offset;
}

/* Whether a returned pointer is at the expected place. */
static BOOL is_right_memory(const run *on, const call *what, const call_outcome *expected, UINT_PTR memory)
{
    if (what->kind == CALL_HEAP_ALLOC)
        return memory && !(memory & (2 * sizeof(void *) - 1));
    if (expected->fresh != CALL_NULL)
        return memory && !(memory & (GRANULE - 1));
    return memory == address_of(on, expected->place);
}

static BOOL is_right_region(const run *on, const call_outcome *expected, const MEMORY_BASIC_INFORMATION *is)
{
    UINT32 type = expected->memory ? expected->memory : MEM_PRIVATE;
    if ((UINT_PTR)is->BaseAddress != address_of(on, expected->place) || is->State != expected->state ||
        (expected->size && is->RegionSize != expected->size))
        return FALSE;
    if (expected->state == MEM_FREE)
        return TRUE;
    return is->Protect == expected->protect && is->Type == type &&
           (UINT_PTR)is->AllocationBase == address_of(on, expected->allocation) &&
           is->AllocationProtect == expected->allocation_protect;
}

static BOOL is_right(const run *on, const call *what, const call_outcome *expected, const call_answer *answer)
{
    if (on->world.is_managed) {
        HRESULT hr = expected_hr(what, expected);
        if (expected->error == CALL_ANY_ERROR)
            return !answer->succeeded && answer->error != CALL_LAST_ERROR && !answer->memory;
        if (what->kind != CALL_MAP && what->kind != CALL_UNMAP &&
            (answer->hr != hr || answer->error != (expected->error ? expected->error : CALL_LAST_ERROR)))
            return FALSE;
    } else if (expected->error == CALL_ANY_ERROR) {
        return !answer->succeeded;
    } else if (answer->error != expected->error) {
        return FALSE;
    }
    if (expected->error)
        return !answer->memory;
    switch (what->kind) {
    case CALL_ALLOC:
    case CALL_HEAP_ALLOC:
    case CALL_MAP:
        return is_right_memory(on, what, expected, (UINT_PTR)answer->memory);
    case CALL_PROTECT:
        return answer->old == expected->protect;
    case CALL_QUERY:
        return is_right_region(on, expected, &answer->region);
    default:
        return TRUE;
    }
}

/* ---- Making calls ---- */

static void complain(run *on, const call_scene *scene, const call *what, const call_answer *answer)
{
    on->wrong++;
    print_message("%s, %s: %s (%s, %u): hr 0x%08lx, error %lu, memory %p, old 0x%lx, region %p of %p, 0x%llx bytes, "
                  "state 0x%lx, protection 0x%lx, at first 0x%lx\n",
                  on->world.name, scene->name, what->foreign ? "foreign" : "own", scene->source, what->line,
                  (unsigned long)answer->hr, (unsigned long)answer->error, answer->memory, (unsigned long)answer->old,
                  answer->region.BaseAddress, answer->region.AllocationBase,
                  (unsigned long long)answer->region.RegionSize, (unsigned long)answer->region.State,
                  (unsigned long)answer->region.Protect, (unsigned long)answer->region.AllocationProtect);
}

static BOOL is_left_out(const run *on, const call *what)
{
    return (on->world.is_managed && (what->except & CALL_NOT_BY_MANAGER)) ||
           (on->world.is_sim && (what->except & CALL_NOT_IN_SIM)) ||
           (on->world.is_wine && (what->except & CALL_NOT_BY_WINE)) ||
           (sizeof(void *) == 4 && (what->except & CALL_NOT_ON_32_BIT));
}

/* Memory that only Wine returns is freed at once. */
static void give_back(run *on, const call_scene *scene, const call *what, void *memory)
{
    const call release = {FREE(0, NOWHERE, 0, MEM_RELEASE, OK)};
    call_answer answer;
    call_world_make(&on->world, &release, memory, &answer);
    if (!answer.succeeded)
        complain(on, scene, what, &answer);
}

/* Before it frees, a manager checks the owner itself and does not ask the system. */
static BOOL follows_wine(const run *on, const call *what)
{
    return on->world.is_wine && what->wine_differs && !(on->world.is_managed && what->foreign);
}

static void make(run *on, const call_scene *scene, const call *what)
{
    BOOL may_follow_wine = follows_wine(on, what),
         must_follow_wine = may_follow_wine && on->world.is_wine_8 && !on->world.is_managed;
    BOOL follows;
    UINT_PTR address = address_of(on, what->at);
    const call_outcome *expected;
    call_answer answer;

    call_world_make(&on->world, what, (void *)address, &answer);
    if (what->line)
        on->made[scene->evidence]++;
    follows = must_follow_wine || (may_follow_wine && !is_right(on, what, &what->windows, &answer));
    expected = follows ? &what->wine : &what->windows;
    if (!is_right(on, what, expected, &answer)) {
        complain(on, scene, what, &answer);
        return;
    }
    on->differed += follows && what->line != 0;
    if (expected->error || expected->fresh == CALL_NULL)
        return;
    if (what->windows.error)
        give_back(on, scene, what, answer.memory);
    else
        on->slots[expected->fresh] = (UINT_PTR)answer.memory;
}

/* After a scene the accounts have nothing of it. */
static void check_books(run *on, const call_scene *scene, const hostmem_stats *before)
{
    hostmem_stats after = call_world_stats(&on->world);
    if (after.reserved_bytes == before->reserved_bytes && after.committed_bytes == before->committed_bytes &&
        after.executable_bytes == before->executable_bytes && after.mapped_bytes == before->mapped_bytes &&
        after.heap_bytes == before->heap_bytes && after.heap_blocks == before->heap_blocks)
        return;
    on->wrong++;
    print_message("%s: after \"%s\" %lld bytes are still reserved, %lld committed, %lld executable\n", on->world.name,
                  scene->name, (long long)(after.reserved_bytes - before->reserved_bytes),
                  (long long)(after.committed_bytes - before->committed_bytes),
                  (long long)(after.executable_bytes - before->executable_bytes));
}

static void play(run *on, const call_scene *scene)
{
    hostmem_stats before = call_world_stats(&on->world);
    unsigned wrong = on->wrong;
    on->slots[CALL_WINDOW] = (UINT_PTR)call_world_find_window(&on->world, WINDOW_BYTES, WINDOW_ALIGNMENT);
    for (SIZE_T i = 0; i < scene->count; i++) {
        const call *what = &scene->calls[i];
        volatile UINT32 *word = (volatile UINT32 *)address_of(on, what->at);
        if (is_left_out(on, what))
            continue;
        if (what->kind == CALL_WRITE) {
            *word = what->protect;
        } else if (what->kind != CALL_READ) {
            make(on, scene, what);
        } else if (*word != what->protect) {
            on->wrong++;
            print_message("%s, %s, %u: a word is 0x%lx\n", on->world.name, scene->name, what->line,
                          (unsigned long)*word);
        }
    }
    if (on->wrong == wrong)
        check_books(on, scene, &before);
}

static void make_all(BOOL is_sim, BOOL is_managed)
{
    run on = {0};
    BOOL clean;
    assert_true(call_world_create(&on.world, is_sim, is_managed));
    on.slots[CALL_KERNEL] = call_world_kernel(&on.world);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        for (const call_scene *scene = files[i]; scene->name; scene++)
            play(&on, scene);
    }
    print_message("%s: %u calls from tests, %u from documentation; %u as only Wine answers; %u wrong\n", on.world.name,
                  on.made[CALL_TESTED], on.made[CALL_DOCUMENTED], on.differed, on.wrong);
    clean = call_world_destroy(&on.world);
    assert_int_equal(on.wrong, 0);
    assert_true(clean);
}

static void sim_os_answers_as_windows(void **state)
{
    (void)state;
    make_all(TRUE, FALSE);
}

static void a_manager_over_sim_os_answers_as_windows(void **state)
{
    (void)state;
    make_all(TRUE, TRUE);
}

#ifdef _WIN32
/* The tables have the results of 64-bit programs. For 32-bit programs, where sizes and addresses are larger than
 * possible, the sources say less. */
static void skip_if_32_bit(void)
{
    if (sizeof(void *) == 4) {
        print_message("the calls are those of 64-bit programs\n");
        skip();
    }
}

static void the_system_answers_as_windows(void **state)
{
    (void)state;
    skip_if_32_bit();
    make_all(FALSE, FALSE);
}

static void a_manager_over_the_system_answers_as_windows(void **state)
{
    (void)state;
    skip_if_32_bit();
    make_all(FALSE, TRUE);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sim_os_answers_as_windows),
        cmocka_unit_test(a_manager_over_sim_os_answers_as_windows),
#ifdef _WIN32
        cmocka_unit_test(the_system_answers_as_windows),
        cmocka_unit_test(a_manager_over_the_system_answers_as_windows),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
