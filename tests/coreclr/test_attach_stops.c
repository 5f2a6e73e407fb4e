/* A thread that attaches, watches or detaches is stopped at each of its steps in turn, and meanwhile another thread
 * makes every call that does not attach or detach itself. All of them return, and nothing is left of them in the
 * figures: what the stopped thread holds is nothing that they need. So they do not need a thread that was ended there,
 * either. The sources of the attachment are compiled with a point before each atomic operation and each call of the
 * system (attach_step.h). */
#define COBJMACROS
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hostmem/coreclr.h>
#include <hostmem/inspect.h>

#include <cmocka.h>

#include "sim_thread.h"

enum { PAGE = 4096, UNIT = 65536 };

/* ---- The stepped thread ---- */

static DWORD stepped; /* its id; 0: no thread is stepped */
static unsigned points, stop_at;
static const char *stopped_at;
static int stopped_line;
static sim_gate *stopped, *go_on, *begin, *ended;
static void (*stepped_call)(void);

void attach_step(const char *name, const char *file, int line)
{
    DWORD error;

    if (!stepped || GetCurrentThreadId() != stepped || ++points != stop_at)
        return;
    error = GetLastError();
    stopped_at = name;
    stopped_line = line;
    (void)file;
    sim_gate_open(stopped);
    sim_gate_pass(go_on, SIM_NO_TIMEOUT);
    SetLastError(error);
}

static void run_stepped(void *context)
{
    (void)context;
    for (;;) {
        sim_gate_pass(begin, SIM_NO_TIMEOUT);
        if (!stepped_call)
            return;
        stepped = GetCurrentThreadId();
        stepped_call();
        stepped = 0;
        sim_gate_open(stopped);
        sim_gate_open(ended);
    }
}

/* ---- The ways through the functions ---- */

static hostmem *memory;
static IHostMemoryManager *manager;
static HMODULE fake, second;
static HRESULT result;
static char *kept; /* a page that is still allocated through the attachment */

/* The copies of the fake DLL, under the names of other modules. */
static wchar_t folder[MAX_PATH];

static void path_of(const wchar_t *name, wchar_t path[2 * MAX_PATH])
{
    wcscpy(path, folder);
    wcscat(path, name);
}

static HMODULE load_copy(const wchar_t *name)
{
    wchar_t path[2 * MAX_PATH];

    path_of(name, path);
    return LoadLibraryW(path);
}

/* The functions of the fake DLL. Found before: GetProcAddress takes the loader's lock. */
static LPVOID (*fake_virtual_alloc)(SIZE_T size);
static BOOL (*fake_virtual_free)(LPVOID address);
static LPVOID (*fake_heap_alloc)(SIZE_T size);
static BOOL (*fake_heap_free)(LPVOID block);

static void find_in_fake(const char *name, void *to)
{
    FARPROC function = GetProcAddress(fake, name);

    assert_non_null((void *)(UINT_PTR)function);
    memcpy(to, &function, sizeof(function));
}

static void nothing(void) {}

static void attach(void)
{
    result = hostmem_coreclr_attach(memory, fake, NULL);
}

static void attach_all(void)
{
    const hostmem_coreclr_config config = {.size = sizeof(config),
                                           .flags = HOSTMEM_CORECLR_PINVOKES | HOSTMEM_CORECLR_COMPRESSION};

    result = hostmem_coreclr_attach(memory, fake, &config);
}

static void attach_second(void)
{
    result = hostmem_coreclr_attach(memory, second, NULL);
}

/* ntdll.dll imports nothing: the attachment is made and undone. */
static void attach_in_vain(void)
{
    static const wchar_t *const names[] = {L"ntdll.dll"};
    const hostmem_coreclr_config config = {.size = sizeof(config), .modules = names, .module_count = 1};

    result = hostmem_coreclr_attach(memory, GetModuleHandleW(L"ntdll.dll"), &config);
}

static void watch(void)
{
    result = hostmem_coreclr_watch(memory, NULL);
}

static void load_second(void)
{
    second = load_copy(L"clrjit.dll");
    result = second ? S_OK : E_FAIL;
}

static void unload_second(void)
{
    result = FreeLibrary(second) ? S_OK : E_FAIL;
    second = NULL;
}

static void detach(void)
{
    result = hostmem_coreclr_detach();
}

static void attach_and_keep(void)
{
    attach();
    kept = fake_virtual_alloc(PAGE);
}

static void free_and_detach(void)
{
    assert_true(fake_virtual_free(kept));
    detach();
}

static void watch_and_load(void)
{
    watch();
    load_second();
}

static void detach_and_unload(void)
{
    detach();
    unload_second();
}

static void attach_and_load(void)
{
    attach();
    second = load_copy(L"second_coreclr.dll");
    assert_non_null(second);
}

typedef struct way {
    const char *name;
    void (*before)(void);
    void (*call)(void);
    void (*after)(void);
    HRESULT expected; /* S_OK or S_FALSE, or E_FAIL: with the next one */
    DWORD error;
    UINT32 modules; /* governed after the call */
    bool in_loader; /* the loader calls the library, with its own lock held: others cannot load meanwhile */
} way;

static const way ways[] = {
    {"the first attachment", nothing, attach, detach, S_OK, 0, 1, false},
    {"the first attachment, with everything", nothing, attach_all, detach, S_OK, 0, 1, false},
    {"a second module", attach_and_load, attach_second, detach_and_unload, S_OK, 0, 2, false},
    {"a module that is governed already", attach, attach, detach, S_FALSE, 0, 1, false},
    {"a module without imports", nothing, attach_in_vain, nothing, E_FAIL, ERROR_PROC_NOT_FOUND, 0, false},
    {"a watch", nothing, watch, detach, S_OK, 0, 0, false},
    {"a watch with a module that is there", load_second, watch, detach_and_unload, S_OK, 0, 1, true},
    {"a second watch", watch, watch, detach, S_FALSE, 0, 0, false},
    {"a module that is loaded while watched", watch, load_second, detach_and_unload, S_OK, 0, 1, true},
    {"a governed module that is unloaded", watch_and_load, unload_second, detach, S_OK, 0, 0, true},
    {"the end of an attachment", attach, detach, nothing, S_OK, 0, 0, false},
    {"the end of a watch", watch_and_load, detach, unload_second, S_OK, 0, 0, false},
    {"an end that is refused", attach_and_keep, detach, free_and_detach, E_FAIL, ERROR_BUSY, 1, false},
    {"an end without an attachment", nothing, detach, nothing, S_FALSE, 0, 0, false},
};

/* ---- What the other thread calls ---- */

static bool loader_is_free;
static const char *calling; /* for the message about a call that does not return */

static void call_manager(void)
{
    MEMORY_BASIC_INFORMATION is;
    DWORD load, before;
    SIZE_T available, length;
    void *pages = NULL;
    BOOL needed;

    calling = "VirtualAlloc of the manager";
    assert_int_equal(IHostMemoryManager_VirtualAlloc(manager, NULL, UNIT, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                                     eTaskCritical, &pages),
                     S_OK);
    calling = "VirtualQuery of the manager";
    assert_int_equal(IHostMemoryManager_VirtualQuery(manager, pages, &is, sizeof(is), &length), S_OK);
    calling = "VirtualProtect of the manager";
    assert_int_equal(IHostMemoryManager_VirtualProtect(manager, pages, PAGE, PAGE_READONLY, &before), S_OK);
    calling = "VirtualFree of the manager";
    assert_int_equal(IHostMemoryManager_VirtualFree(manager, pages, 0, MEM_RELEASE), S_OK);
    calling = "GetMemoryLoad";
    assert_int_equal(IHostMemoryManager_GetMemoryLoad(manager, &load, &available), S_OK);
    calling = "NeedsVirtualAddressSpace";
    needed = IHostMemoryManager_NeedsVirtualAddressSpace(manager, NULL, UNIT) == S_OK;
    calling = "AcquiredVirtualAddressSpace and ReleasedVirtualAddressSpace";
    if (needed) {
        assert_int_equal(IHostMemoryManager_AcquiredVirtualAddressSpace(manager, (void *)(UINT_PTR)(1024 * UNIT), UNIT),
                         S_OK);
        assert_int_equal(IHostMemoryManager_ReleasedVirtualAddressSpace(manager, (void *)(UINT_PTR)(1024 * UNIT)),
                         S_OK);
    }
}

static void call_heap(void)
{
    IHostMalloc *heap;
    void *block = NULL;

    calling = "CreateMalloc";
    assert_int_equal(IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap), S_OK);
    calling = "Alloc";
    assert_int_equal(IHostMalloc_Alloc(heap, 100, eTaskCritical, &block), S_OK);
    calling = "Free";
    assert_int_equal(IHostMalloc_Free(heap, block), S_OK);
    calling = "Release of a heap";
    IHostMalloc_Release(heap);
}

/* Returns whether there is an attachment. */
static bool call_public_functions(void)
{
    hostmem_coreclr_status status = {.size = sizeof(status)};
    hostmem_stats stats = {.size = sizeof(stats)};

    calling = "hostmem_coreclr_get_status";
    assert_int_equal(hostmem_coreclr_get_status(&status), S_OK);
    calling = "hostmem_get_stats";
    assert_int_equal(hostmem_get_stats(memory, &stats), S_OK);
    return status.attached != 0;
}

/* Through the imports of a module that may be governed, or become so. */
static void call_in_fake(void)
{
    char *pages, *block;

    calling = "HeapAlloc, HeapReAlloc and HeapFree of a module";
    block = fake_heap_alloc(1000);
    assert_non_null(block);
    block[999] = 1;
    assert_true(fake_heap_free(block));
    calling = "VirtualAlloc and VirtualFree of a module";
    pages = fake_virtual_alloc(UNIT);
    assert_non_null(pages);
    pages[0] = 1;
    assert_true(fake_virtual_free(pages));
}

/* Only while there is an attachment. */
static void call_functions_in_place(void)
{
    LPVOID(WINAPI * alloc)(HANDLE, DWORD, SIZE_T) = NULL;
    BOOL(WINAPI * release)(HANDLE, DWORD, LPVOID) = NULL;
    void *(__cdecl * c_alloc)(size_t) = NULL;
    void(__cdecl * c_free)(void *) = NULL;
    FARPROC found[4];
    void *block;
    char *c_block;

    calling = "hostmem_coreclr_get_function";
    found[0] = hostmem_coreclr_get_function("HeapAlloc");
    found[1] = hostmem_coreclr_get_function("HeapFree");
    found[2] = hostmem_coreclr_get_function("malloc");
    found[3] = hostmem_coreclr_get_function("free");
    memcpy(&alloc, &found[0], sizeof(alloc));
    memcpy(&release, &found[1], sizeof(release));
    memcpy(&c_alloc, &found[2], sizeof(c_alloc));
    memcpy(&c_free, &found[3], sizeof(c_free));
    calling = "HeapAlloc and HeapFree";
    block = alloc(GetProcessHeap(), 0, 100);
    assert_non_null(block);
    assert_true(release(GetProcessHeap(), 0, block));
    calling = "malloc and free";
    c_block = c_alloc(100);
    assert_non_null(c_block);
    c_block[99] = 1;
    c_free(c_block);
}

static void load_another(void)
{
    HMODULE module;

    calling = "LoadLibrary and FreeLibrary of another module";
    module = load_copy(L"another.dll");
    assert_non_null(module);
    assert_true(FreeLibrary(module));
}

static void call_everything(void)
{
    call_manager();
    call_heap();
    call_in_fake();
    if (call_public_functions())
        call_functions_in_place();
    if (loader_is_free)
        load_another();
}

/* ---- The sweep ---- */

static hostmem_stats figures(void)
{
    hostmem_stats stats = {.size = sizeof(stats)};

    assert_int_equal(hostmem_get_stats(memory, &stats), S_OK);
    return stats;
}

static void assert_same_memory(const hostmem_stats *before, const hostmem_stats *after)
{
    assert_int_equal(before->reserved_bytes, after->reserved_bytes);
    assert_int_equal(before->committed_bytes, after->committed_bytes);
    assert_int_equal(before->heap_bytes, after->heap_bytes);
    assert_int_equal(before->heap_blocks, after->heap_blocks);
}

/* Returns whether the thread was stopped; false: the call has no more points. */
static bool stop_once(const way *way, unsigned at)
{
    const hostmem_stats start = figures();
    hostmem_coreclr_status status = {.size = sizeof(status)};
    hostmem_stats before, after;
    bool has_stopped;

    way->before();
    stepped_call = way->call;
    points = 0;
    stop_at = at;
    result = E_UNEXPECTED;
    sim_gate_open(begin);
    if (!sim_gate_pass(stopped, SIM_PATIENCE_MS))
        fail_msg("%s: neither stopped at point %u nor ended", way->name, at);
    has_stopped = points == at && stepped;
    if (has_stopped) {
        before = figures();
        loader_is_free = !way->in_loader;
        call_everything();
        calling = NULL;
        after = figures();
        assert_same_memory(&before, &after);
        sim_gate_open(go_on);
        assert_true(sim_gate_pass(stopped, SIM_PATIENCE_MS));
    }
    assert_true(sim_gate_pass(ended, SIM_PATIENCE_MS));
    if (result != (way->error ? HRESULT_FROM_WIN32(way->error) : way->expected))
        fail_msg("%s: 0x%08lX", way->name, (unsigned long)result);
    assert_int_equal(hostmem_coreclr_get_status(&status), S_OK);
    assert_int_equal(status.modules, way->modules);
    way->after();
    after = figures();
    assert_same_memory(&start, &after);
    return has_stopped;
}

static unsigned all_points;
static bool in_sweep;

static void sweep(void **state)
{
    const way *way = *state;
    unsigned at = 1;

    if (in_sweep)
        fail_msg("the sweep before has failed, and its thread is still stopped");
    in_sweep = true;
    while (stop_once(way, at))
        at++;
    all_points += at - 1;
    printf("%s: %u points\n", way->name, at - 1);
    assert_true(at > 2);
    in_sweep = false;
}

/* Says what did not return, where otherwise there would be only a timeout. */
static sim_gate *watching;

static void guard(void *context)
{
    const char *before = NULL;
    unsigned at = 0;

    (void)context;
    while (!sim_gate_pass(watching, SIM_PATIENCE_MS)) {
        const char *now = calling;

        if (now && now == before && at == points && stepped) {
            fprintf(stderr, "%s does not return while a thread is stopped before %s in line %d (point %u)\n", now,
                    stopped_at, stopped_line, points);
            TerminateProcess(GetCurrentProcess(), 1); /* exit would wait for the loader's lock */
        }
        before = now;
        at = points;
    }
}

static void make_folder(const wchar_t *of_fake)
{
    wcscpy(folder, of_fake);
    wcscpy(wcsrchr(folder, L'\\') + 1, L"attach_stops\\");
    CreateDirectoryW(folder, NULL); /* it may be there from an earlier run */
}

static void copy_fake(const wchar_t *of_fake, const wchar_t *name)
{
    wchar_t path[2 * MAX_PATH];

    path_of(name, path);
    assert_true(CopyFileW(of_fake, path, FALSE));
}

static sim_thread *stepping, *guarding;

static int set_up(void **state)
{
    const hostmem_config config = {.size = sizeof(config)};
    wchar_t of_fake[MAX_PATH];
    DWORD letters;

    (void)state;
    fake = LoadLibraryW(L"fake_coreclr.dll");
    assert_non_null(fake);
    letters = GetModuleFileNameW(fake, of_fake, MAX_PATH);
    assert_in_range(letters, 1, MAX_PATH / 2);
    make_folder(of_fake);
    copy_fake(of_fake, L"second_coreclr.dll");
    copy_fake(of_fake, L"clrjit.dll");
    copy_fake(of_fake, L"another.dll");
    assert_int_equal(hostmem_create(&config, &memory), S_OK);
    assert_int_equal(hostmem_get_manager(memory, &manager), S_OK);
    find_in_fake("fake_virtual_alloc", &fake_virtual_alloc);
    find_in_fake("fake_virtual_free", &fake_virtual_free);
    find_in_fake("fake_heap_alloc", &fake_heap_alloc);
    find_in_fake("fake_heap_free", &fake_heap_free);
    call_everything(); /* what the first use makes is there from now on */
    stopped = sim_gate_create();
    go_on = sim_gate_create();
    begin = sim_gate_create();
    ended = sim_gate_create();
    watching = sim_gate_create();
    stepping = sim_thread_start(run_stepped, NULL);
    guarding = sim_thread_start(guard, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    printf("%u points\n", all_points);
    fflush(stdout);
    if (in_sweep || !watching)
        return 0;
    stepped_call = NULL;
    sim_gate_open(begin);
    sim_thread_join(stepping);
    sim_gate_open(watching);
    sim_thread_join(guarding);
    IHostMemoryManager_Release(manager);
    hostmem_release(memory);
    FreeLibrary(fake);
    return 0;
}

int main(void)
{
    struct CMUnitTest tests[sizeof(ways) / sizeof(*ways)];
    size_t i;

    for (i = 0; i < sizeof(ways) / sizeof(*ways); i++)
        tests[i] = (struct CMUnitTest){ways[i].name, sweep, NULL, NULL, (void *)&ways[i]};
    return cmocka_run_group_tests_name("a thread that attaches is stopped at each step", tests, set_up, tear_down);
}
