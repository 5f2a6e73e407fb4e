/* The Win32 table's call stacks, and what it reports about their addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#include <cmocka.h>

#include "os/os.h"

static hostmem_os *os;

static BOOL lies_in(const hmi_os_module *module, const void *address)
{
    return (UINT_PTR)address - module->base < module->size;
}

static void a_stack_is_that_of_the_program(void **state)
{
    void *frames[64], *few[2];
    hmi_os_module program;
    UINT32 count = os->capture_stack(os, frames, 64), same;
    (void)state;
    assert_in_range(count, 2, 64);
    assert_int_equal(os->find_module(os, GetModuleHandleW(NULL), &program), 0);
    assert_true(lies_in(&program, frames[0]));
    same = os->capture_stack(os, few, 2);
    assert_int_equal(same, 2);
    assert_ptr_equal(few[1], frames[1]); /* the caller; the address inside of this function has changed in between */
}

typedef struct search {
    const void *frame;
    UINT32 found;
} search;

static BOOL look(void *context, const hostmem_origin *origin)
{
    search *self = context;
    self->found += origin->frame_count > 1 && origin->frames[1] == self->frame;
#ifndef _WIN64
    /* Stacks are walked by frame pointers, and the library's functions need not have one: then capture_stack leaves out
     * the function that called it, and self->frame is one further out. */
    self->found += origin->frame_count > 2 && origin->frames[2] == self->frame;
#endif
    return TRUE;
}

/* The innermost frame is the one that called Alloc: none of the library's is left. */
static void a_sampled_block_has_the_stack_of_its_caller(void **state)
{
    hostmem_config config = {.size = sizeof config, .sample_bytes = 1};
    void *frames[2], *block;
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    hostmem *instance;
    search search = {NULL, 0};
    (void)state;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    assert_int_equal(hostmem_get_manager(instance, &manager), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap), S_OK);
    assert_int_equal(IHostMalloc_Alloc(heap, 1, eTaskCritical, &block), S_OK);
    assert_int_equal(os->capture_stack(os, frames, 2), 2);
    search.frame = frames[1];
    assert_int_equal(hostmem_for_each_origin(instance, look, &search), S_OK);
    assert_int_equal(search.found, 1);
    assert_int_equal(IHostMalloc_Free(heap, block), S_OK);
    IHostMalloc_Release(heap);
    IHostMemoryManager_Release(manager);
    assert_int_equal(hostmem_release(instance), 0);
}

static void keep_long_line(void *context, const char *line)
{
    if (strstr(line, ": a sample for 3 bytes, called from ") && strstr(line, " ..., the oldest from "))
        ++*(UINT32 *)context;
}

/* With a frame for each call, which the compiler must not remove. */
static int alloc_below(IHostMalloc *heap, volatile int calls)
{
    void *block;
    if (calls)
        return alloc_below(heap, calls - 1) + calls;
    return IHostMalloc_Alloc(heap, 3, eTaskCritical, &block) != S_OK;
}

static void a_report_has_the_innermost_of_a_deep_stack(void **state)
{
    UINT32 lines = 0;
    hostmem_config config = {
        .size = sizeof config, .leak_sink = keep_long_line, .leak_context = &lines, .sample_bytes = 1};
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    hostmem *instance;
    (void)state;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    assert_int_equal(hostmem_get_manager(instance, &manager), S_OK);
    assert_int_equal(IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap), S_OK);
    assert_int_equal(alloc_below(heap, 30), 465);
    IHostMalloc_Release(heap);
    assert_int_equal(lines, 1);
    IHostMemoryManager_Release(manager);
    assert_int_equal(hostmem_release(instance), 0);
}

static void a_module_has_its_path_and_size(void **state)
{
    const void *far_off = (const char *)GetModuleHandleW(L"kernel32.dll") + 5000;
    hmi_os_module module = {0};
    char path[MAX_PATH];
    (void)state;
    assert_int_equal(os->find_module(os, NULL, &module), 0);
    assert_ptr_equal(module.base, GetModuleHandleW(NULL));
    assert_int_equal(os->find_module(os, far_off, &module), 0);
    assert_ptr_equal(module.base, GetModuleHandleW(L"kernel32.dll"));
    assert_true(lies_in(&module, far_off) && module.size % 4096 == 0);
    assert_int_equal(module.path_bytes, strlen(module.path));
    assert_int_equal(GetModuleFileNameA(GetModuleHandleW(L"kernel32.dll"), path, sizeof path), module.path_bytes);
    assert_string_equal(module.path, path);
}

static void where_nothing_is_loaded_there_is_no_module(void **state)
{
    void *memory = VirtualAlloc(NULL, 4096, MEM_RESERVE, PAGE_NOACCESS);
    hmi_os_module module;
    (void)state;
    assert_int_equal(os->find_module(os, memory, &module), ERROR_MOD_NOT_FOUND);
    VirtualFree(memory, 0, MEM_RELEASE);
}

typedef HRESULT WINAPI describe_thread(HANDLE thread, PCWSTR description);

static DWORD WINAPI wait(void *event)
{
    return WaitForSingleObject(event, INFINITE);
}

static void a_thread_has_its_name(void **state)
{
    static const char umlaut[] = "W\xc3\xa4rter", pair[] = "\xf0\x9f\xa6\x8a";
    describe_thread *describe = (describe_thread *)(void (*)(void))GetProcAddress(GetModuleHandleA("kernelbase.dll"),
                                                                                  "SetThreadDescription");
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), thread;
    char name[64];
    DWORD id;
    (void)state;
    if (!describe) {
        print_message("this system has no names of threads\n");
        assert_int_equal(os->thread_name(os, GetCurrentThreadId(), name, sizeof name), HMI_NO_THREAD);
        CloseHandle(event);
        return;
    }
    thread = CreateThread(NULL, 0, wait, event, 0, &id);
    assert_non_null(thread);
    assert_int_equal(os->thread_name(os, id, name, sizeof name), 0);
    assert_true(SUCCEEDED(describe(thread, L"W\x00e4rter")));
    assert_int_equal(os->thread_name(os, id, name, sizeof name), sizeof umlaut - 1);
    assert_memory_equal(name, umlaut, sizeof umlaut - 1);
    assert_int_equal(os->thread_name(os, id, name, 2), 1); /* whole characters */
    assert_int_equal(os->thread_name(os, id, name, 3), 3);
    assert_true(SUCCEEDED(describe(thread, L"\xd83e\xdd8a\xd83e\xdd8a"))); /* two characters, each of two words */
    assert_int_equal(os->thread_name(os, id, name, 7), 4);
    assert_memory_equal(name, pair, 4);
    SetEvent(event);
    WaitForSingleObject(thread, INFINITE);
    /* While there is a handle, Windows still has the name, and Wine an empty one. The thread has not given it up. */
    assert_int_not_equal(os->thread_name(os, id, name, sizeof name), 0);
    CloseHandle(thread);
    CloseHandle(event);
    assert_int_equal(os->thread_name(os, 0, name, sizeof name), HMI_NO_THREAD);
    assert_int_equal(os->thread_name(os, 0xfffffffc, name, sizeof name), HMI_NO_THREAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_is_that_of_the_program),
        cmocka_unit_test(a_sampled_block_has_the_stack_of_its_caller),
        cmocka_unit_test(a_report_has_the_innermost_of_a_deep_stack),
        cmocka_unit_test(a_module_has_its_path_and_size),
        cmocka_unit_test(where_nothing_is_loaded_there_is_no_module),
        cmocka_unit_test(a_thread_has_its_name),
    };
    os = hmi_os_win32();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
