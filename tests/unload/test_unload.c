/* A host loads the library, uses it, and unloads it, repeatedly: as hostmem.dll, and in a DLL that links it
 * statically. Nothing may be left, whatever the library was doing; and while something of it is in use the module
 * must stay loaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <windows.h>

#include <cmocka.h>
#include <evntprov.h>
#include <string.h>

#include <stdio.h>

#include "replace_function.h"
#include "rest.h"
#include "scenes.h"
#include "short_waits.h"

#define ROUNDS 100
#define SETTLED 10         /* rounds after which nothing may grow */
#define BUSY_ROUNDS 3      /* number of rounds in which hostmem_release gives up waiting for a thread */
#define PATIENCE_MS 120000 /* for things that end without being waited for */

typedef BOOL plugin_function(const char *scene, unload_ground *ground);

/* Ways to load the library. */
typedef struct way {
    const char *dll;
    BOOL (*run)(HMODULE module, const char *scene, unload_ground *ground);
} way;

static FARPROC find(HMODULE module, const char *name)
{
    FARPROC function = GetProcAddress(module, name);
    if (!function)
        fail_msg("there is no %s", name);
    return function;
}

/* field: a pointer to a function. */
#define FIND(module, api, field)                         \
    do {                                                 \
        FARPROC found = find(module, "hostmem_" #field); \
        memcpy(&(api)->field, &found, sizeof found);     \
    } while (0)

static BOOL run_over_dll(HMODULE module, const char *scene, unload_ground *ground)
{
    static unload_api api;
    FIND(module, &api, create);
    FIND(module, &api, get_manager);
    FIND(module, &api, counters_start);
    FIND(module, &api, trace_start);
    FIND(module, &api, trace_stop);
    FIND(module, &api, shutdown);
    FIND(module, &api, release);
    return unload_find(scene)(&api, ground);
}

static BOOL run_in_plugin(HMODULE module, const char *scene, unload_ground *ground)
{
    FARPROC found = find(module, "plugin_run");
    plugin_function *run;
    memcpy(&run, &found, sizeof run);
    return run(scene, ground);
}

static const way ways[] = {{"hostmem.dll", run_over_dll}, {"unload_plugin.dll", run_in_plugin}};

static BOOL is_loaded(const way *way)
{
    return GetModuleHandleA(way->dll) != NULL;
}

/* A thread that was told to end may take some time. */
static BOOL is_unloaded(const char *dll)
{
    UINT64 end = GetTickCount64() + PATIENCE_MS;
    while (GetModuleHandleA(dll)) {
        if (GetTickCount64() > end)
            return FALSE;
        Sleep(1);
    }
    return TRUE;
}

static rest read_rest(void)
{
    rest now;
    assert_true(rest_read(&now));
    return now;
}

static BOOL is_within(const rest *now, const rest *limit)
{
    return now->handles <= limit->handles && now->threads <= limit->threads && now->heap_bytes <= limit->heap_bytes &&
           now->private_bytes <= limit->private_bytes;
}

/* Threads leave the module before they have ended, and their stacks are freed after that. */
static rest settle(const rest *limit)
{
    UINT64 end = GetTickCount64() + PATIENCE_MS;
    rest now = read_rest();
    while (!is_within(&now, limit) && GetTickCount64() <= end) {
        Sleep(1);
        now = read_rest();
    }
    return now;
}

static HMODULE load(const way *way)
{
    HMODULE module = LoadLibraryA(way->dll);
    if (!module)
        fail_msg("%s cannot be loaded: %lu", way->dll, GetLastError());
    return module;
}

static unload_ground make_ground(void)
{
    unload_ground ground = {.entered = CreateEventA(NULL, FALSE, FALSE, NULL),
                            .go = CreateEventA(NULL, FALSE, FALSE, NULL),
                            .released = 99,
                            .wait = WaitForSingleObject};
    assert_non_null(ground.entered);
    assert_non_null(ground.go);
    return ground;
}

static void close_ground(unload_ground *ground)
{
    CloseHandle(ground->entered);
    CloseHandle(ground->go);
}

/* One round of a scene. waits: at the end a thread of the library's is inside of the scene's function, and
 * hostmem_release has given up waiting for it: after two seconds for a callback, a minute for a write. */
static void play(const way *way, const char *scene, BOOL waits)
{
    unload_ground ground = make_ground();
    HMODULE module = load(way);
    if (waits)
        assert_true(short_waits_install(module));
    if (!way->run(module, scene, &ground))
        fail_msg("%s in %s has failed", scene, way->dll);
    FreeLibrary(module);
    if (waits) {
        assert_int_equal(ground.released, 1);
        assert_true(is_loaded(way));
        SetEvent(ground.go);
    }
    assert_true(is_unloaded(way->dll));
    close_ground(&ground);
}

static void expect_nothing_grows(const char *scene, BOOL waits, unsigned rounds, unsigned settled)
{
    size_t i;
    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        unsigned round;
        rest before = {0}, limit, after;
        for (round = 0; round < rounds; round++) {
            if (round == settled)
                before = read_rest();
            play(&ways[i], scene, waits);
        }
        limit = before;
        limit.heap_bytes += (rounds - settled) * 8;           /* less than one small block in a round */
        limit.private_bytes += (rounds - settled) * 4096 - 1; /* less than a page */
        after = settle(&limit);
        print_message("%s, %s: handles %lu, threads %lu, private %lu KiB, process heap %lu bytes; at the end %lu, %lu, "
                      "%lu, %lu\n",
                      scene, ways[i].dll, before.handles, before.threads, (unsigned long)(before.private_bytes >> 10),
                      (unsigned long)before.heap_bytes, after.handles, after.threads,
                      (unsigned long)(after.private_bytes >> 10), (unsigned long)after.heap_bytes);
        assert_true(is_within(&after, &limit));
    }
}

#define NOTHING_GROWS(name)                                  \
    static void nothing_is_left_of_##name(void **state)      \
    {                                                        \
        (void)state;                                         \
        expect_nothing_grows(#name, FALSE, ROUNDS, SETTLED); \
    }

NOTHING_GROWS(plain)
NOTHING_GROWS(notified)
NOTHING_GROWS(traced)
NOTHING_GROWS(traced_to_file)
NOTHING_GROWS(environment)
NOTHING_GROWS(inside_callback)
NOTHING_GROWS(inside_write)

/* ---- With a session that listens to every provider of Event Tracing for Windows ---- */

static LONG providers, written;

static ULONG WINAPI enter(LPCGUID id, PENABLECALLBACK enable, PVOID context, PREGHANDLE handle)
{
    InterlockedIncrement(&providers);
    *handle = 1;
    enable(id, 1, 5, (ULONGLONG)-1, 0, NULL, context);
    return 0;
}

static ULONG WINAPI leave(REGHANDLE handle)
{
    (void)handle;
    InterlockedDecrement(&providers);
    return 0;
}

static ULONG WINAPI receive(REGHANDLE handle, PCEVENT_DESCRIPTOR about, LPCGUID activity, LPCGUID related, ULONG count,
                            PEVENT_DATA_DESCRIPTOR parts)
{
    (void)handle;
    (void)about;
    (void)activity;
    (void)related;
    (void)count;
    (void)parts;
    InterlockedIncrement(&written);
    return 0;
}

static void nothing_is_left_while_somebody_listens(void **state)
{
    HMODULE advapi32 = GetModuleHandleA("advapi32.dll");
    (void)state;
    assert_true(replace_function(find(advapi32, "EventRegister"), (void (*)(void))enter));
    assert_true(replace_function(find(advapi32, "EventUnregister"), (void (*)(void))leave));
    assert_true(replace_function(find(advapi32, "EventWriteTransfer"), (void (*)(void))receive));
    expect_nothing_grows("notified", FALSE, ROUNDS, SETTLED);
    expect_nothing_grows("inside_callback", FALSE, ROUNDS, SETTLED);
    assert_int_equal(providers, 0);
    assert_true(written >= 2 * 2 * ROUNDS);
}

/* ---- While the library's threads are inside of the host's functions ---- */

static void a_callback_that_does_not_return_keeps_the_module(void **state)
{
    (void)state;
    expect_nothing_grows("busy_callback", TRUE, BUSY_ROUNDS, 1);
}

static void a_trace_that_is_being_written_keeps_the_module(void **state)
{
    (void)state;
    expect_nothing_grows("busy_write", TRUE, BUSY_ROUNDS, 1);
}

/* A copy of the plug-in, which is a module of its own. */
typedef struct copy {
    HANDLE thread;
    char dll[32];
    ULONG released;
    BOOL good;
} copy;

static DWORD WINAPI play_copy(void *context)
{
    copy *self = context;
    unload_ground ground = make_ground();
    HMODULE module = LoadLibraryA(self->dll);
    if (!module)
        return 1;
    self->good = short_waits_install(module) && run_in_plugin(module, "busy_callback", &ground);
    FreeLibrary(module);
    self->released = ground.released;
    self->good = GetModuleHandleA(self->dll) && self->good;
    SetEvent(ground.go);
    self->good = is_unloaded(self->dll) && self->good;
    close_ground(&ground);
    return 0;
}

static void play_copies(unsigned first, unsigned count)
{
    static copy copies[ROUNDS];
    unsigned i;
    for (i = 0; i < count; i++) {
        copies[i] = (copy){0};
        snprintf(copies[i].dll, sizeof copies[i].dll, "unload_copy_%u.dll", first + i);
        assert_true(CopyFileA("unload_plugin.dll", copies[i].dll, FALSE));
        copies[i].thread = CreateThread(NULL, 0, play_copy, &copies[i], 0, NULL);
        assert_non_null(copies[i].thread);
    }
    for (i = 0; i < count; i++) {
        assert_int_equal(WaitForSingleObject(copies[i].thread, PATIENCE_MS), WAIT_OBJECT_0);
        CloseHandle(copies[i].thread);
        assert_int_equal(copies[i].released, 1);
        assert_true(copies[i].good);
        DeleteFileA(copies[i].dll);
    }
}

/* All at the same time. How many of them exist at one moment is chance, and Wine's loader and threads keep memory for
 * as many as there ever were. So the heap may grow now and then; a leak would let it grow in every batch. */
static void nothing_is_left_of_a_hundred_callbacks_that_do_not_return(void **state)
{
    enum { BATCHES = 6 };
    rest before, limit, after;
    unsigned batch = 0;
    (void)state;
    play_copies(0, ROUNDS);
    before = limit = read_rest();
    limit.private_bytes = limit.heap_bytes = (SIZE_T)-1;
    do {
        before.heap_bytes = settle(&limit).heap_bytes;
        play_copies(0, ROUNDS);
        after = settle(&limit);
        print_message("handles %lu, threads %lu, process heap %lu bytes; at the end %lu, %lu, %lu\n", before.handles,
                      before.threads, (unsigned long)before.heap_bytes, after.handles, after.threads,
                      (unsigned long)after.heap_bytes);
        assert_true(is_within(&after, &limit));
        batch++;
    } while (batch < BATCHES && after.heap_bytes > before.heap_bytes + ROUNDS * 8);
    assert_true(after.heap_bytes <= before.heap_bytes + ROUNDS * 8);
}

/* ---- While the CLR holds objects of the library: the module stays ---- */

static void expect_use_after_unloading(const char *scene)
{
    size_t i;
    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        unload_ground ground = make_ground();
        HMODULE module = load(&ways[i]);
        IHostMalloc *heap;
        void *page, *block;
        assert_true(ways[i].run(module, scene, &ground));
        FreeLibrary(module);
        assert_true(is_loaded(&ways[i]));
        assert_int_equal(IHostMemoryManager_VirtualAlloc(ground.manager, NULL, 4096, MEM_RESERVE | MEM_COMMIT,
                                                         PAGE_READWRITE, eTaskCritical, &page),
                         S_OK);
        assert_int_equal(IHostMemoryManager_VirtualFree(ground.manager, page, 0, MEM_RELEASE), S_OK);
        assert_int_equal(IHostMemoryManager_CreateMalloc(ground.manager, MALLOC_THREADSAFE, &heap), S_OK);
        assert_int_equal(IHostMalloc_Alloc(heap, 10, eTaskCritical, &block), S_OK);
        assert_int_equal(IHostMalloc_Free(heap, block), S_OK);
        IHostMalloc_Release(heap);
        IHostMemoryManager_Release(ground.manager);
        assert_true(is_loaded(&ways[i]));
        close_ground(&ground);
    }
}

static void objects_that_are_held_keep_the_module(void **state)
{
    (void)state;
    expect_use_after_unloading("held_objects");
}

static void an_instance_that_is_not_released_keeps_the_module(void **state)
{
    (void)state;
    expect_use_after_unloading("not_released");
}

/* Windows does not say when its last call has returned. The module can be used again. */
static void counters_keep_the_module(void **state)
{
    size_t i;
    (void)state;
    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        int round;
        for (round = 0; round < 2; round++) {
            unload_ground ground = make_ground();
            HMODULE module = load(&ways[i]);
            assert_true(ways[i].run(module, "counted", &ground));
            assert_int_equal(ground.released, 0);
            FreeLibrary(module);
            Sleep(500); /* a thread that would unload it may need some time */
            assert_true(is_loaded(&ways[i]));
            close_ground(&ground);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left_of_plain),
        cmocka_unit_test(nothing_is_left_of_notified),
        cmocka_unit_test(nothing_is_left_of_traced),
        cmocka_unit_test(nothing_is_left_of_traced_to_file),
        cmocka_unit_test(nothing_is_left_of_environment),
        cmocka_unit_test(nothing_is_left_of_inside_callback),
        cmocka_unit_test(nothing_is_left_of_inside_write),
        cmocka_unit_test(nothing_is_left_while_somebody_listens),
        cmocka_unit_test(a_callback_that_does_not_return_keeps_the_module),
        cmocka_unit_test(a_trace_that_is_being_written_keeps_the_module),
        cmocka_unit_test(nothing_is_left_of_a_hundred_callbacks_that_do_not_return),
        /* Last, because the modules stay loaded. */
        cmocka_unit_test(objects_that_are_held_keep_the_module),
        cmocka_unit_test(an_instance_that_is_not_released_keeps_the_module),
        cmocka_unit_test(counters_keep_the_module),
    };
    int result;
    SetEnvironmentVariableA("HOSTMEM_TRACE", "unload.trace");
    /* Already loaded in any host larger than this one. Wine's ucrtbase, which it loads, leaks memory when it is
     * unloaded. */
    LoadLibraryA("advapi32.dll");
    result = cmocka_run_group_tests(tests, NULL, NULL);
    DeleteFileA("unload.trace");
    return result;
}
