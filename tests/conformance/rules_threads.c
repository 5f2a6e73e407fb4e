/* Rules: concurrent calls, threads that are suspended anywhere, and the stack that a call uses. */
#include "check.h"

#include <string.h>

/* ---- Concurrent calls ---- */

#define THREADS 4

typedef struct worker {
    subject *subject;
    unsigned number;
} worker;

static DWORD WINAPI work(void *context)
{
    worker *self = context;
    IHostMemoryManager *manager = self->subject->manager;
    char mark = (char)(self->number + 1);
    DWORD begin = GetTickCount();
    unsigned i;
    for (i = 0; GetTickCount() - begin < RACE_MS; i++) {
        SIZE_T size = (1 + i % 20) * PAGE;
        void *pages = NULL, *out = NULL, *block = NULL;
        IHostMalloc *heap = NULL;
        DWORD old;
        expect_hr("VirtualAlloc on four threads",
                  IHostMemoryManager_VirtualAlloc(manager, NULL, GRANULE + size, MEM_RESERVE, PAGE_NOACCESS,
                                                  eTaskCritical, &pages),
                  S_OK);
        expect_hr(
            "VirtualAlloc on four threads",
            IHostMemoryManager_VirtualAlloc(manager, pages, size, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &out),
            S_OK);
        expect(out == pages, "a commit at %p returns %p", pages, out);
        expect_bytes(pages, size, 0, "memory from VirtualAlloc on four threads");
        memset(pages, mark, size);
        expect_hr("VirtualProtect on four threads",
                  IHostMemoryManager_VirtualProtect(manager, pages, PAGE, PAGE_READONLY, &old), S_OK);
        if (i % 50 == 0) {
            expect_hr("CreateMalloc on four threads", IHostMemoryManager_CreateMalloc(manager, i % 100 ? 1 : 0, &heap),
                      S_OK);
            expect_hr("Alloc on four threads", IHostMalloc_Alloc(heap, 100, eTaskCritical, &block), S_OK);
            IHostMalloc_Release(heap);
        }
        expect_bytes(pages, size, mark, "memory of one of four threads");
        expect_hr("VirtualFree on four threads", IHostMemoryManager_VirtualFree(manager, pages, PAGE, MEM_DECOMMIT),
                  S_OK);
        expect_hr("VirtualFree on four threads", IHostMemoryManager_VirtualFree(manager, pages, 0, MEM_RELEASE), S_OK);
    }
    return 0;
}

static void threads_at_once(subject *subject)
{
    worker workers[THREADS];
    unsigned i;
    for (i = 0; i < THREADS; i++)
        workers[i] = (worker){subject, i};
    check_doing("calls on four threads");
    run_threads(THREADS, work, workers, sizeof *workers);
}

/* ---- Suspended threads ---- */

#define STOPS 300

static volatile LONG turns;

static DWORD WINAPI stay_in_calls(void *context)
{
    IHostMemoryManager *manager = ((subject *)context)->manager;
    do {
        MEMORY_BASIC_INFORMATION region;
        SIZE_T written;
        DWORD old;
        void *pages = NULL, *out;
        IHostMemoryManager_VirtualAlloc(manager, NULL, 8 * PAGE, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical, &pages);
        IHostMemoryManager_VirtualAlloc(manager, pages, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &out);
        IHostMemoryManager_VirtualProtect(manager, pages, PAGE, PAGE_READONLY, &old);
        IHostMemoryManager_VirtualQuery(manager, pages, &region, sizeof region, &written);
        IHostMemoryManager_VirtualFree(manager, pages, PAGE, MEM_DECOMMIT);
        IHostMemoryManager_VirtualFree(manager, pages, 0, MEM_RELEASE);
    } while (InterlockedIncrement(&turns) > 0);
    return 0;
}

static void use_pages(subject *subject)
{
    char *pages = take_pages(subject, NULL, 8 * PAGE, MEM_RESERVE, PAGE_NOACCESS);
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    DWORD old;
    take_pages(subject, pages, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE);
    check_doing("VirtualProtect while another thread is stopped inside a call");
    IHostMemoryManager_VirtualProtect(subject->manager, pages, PAGE, PAGE_READONLY, &old);
    check_doing("VirtualQuery while another thread is stopped inside a call");
    IHostMemoryManager_VirtualQuery(subject->manager, pages, &region, sizeof region, &written);
    give_pages(subject, pages, PAGE, MEM_DECOMMIT);
    give_pages(subject, pages, 0, MEM_RELEASE);
}

static void stopped_thread_stops_nobody(subject *subject)
{
    HANDLE thread = CreateThread(NULL, 0, stay_in_calls, subject, 0, NULL);
    CONTEXT context = {.ContextFlags = CONTEXT_CONTROL};
    unsigned i, spin;
    expect(thread != NULL, "the test could not create a thread");
    while (turns < 10)
        Sleep(1);
    for (i = 0; i < STOPS; i++) {
        volatile unsigned wait = i * 137 % 5000; /* another instant each time */
        SuspendThread(thread);
        GetThreadContext(thread, &context); /* returns when the thread has stopped */
        use_pages(subject);
        ResumeThread(thread);
        for (spin = 0; spin < wait; spin++)
            continue;
        if (i % 16 == 0)
            Sleep(1);
    }
    SuspendThread(thread);
}

/* ---- The stack ---- */

#define PAINTED ((SIZE_T)48 * 1024)
#define PAINT 0xa5
/* More than the system's own functions use. */
#define ALLOWED ((SIZE_T)4096)

#if defined(_MSC_VER)
#define NOINLINE __declspec(noinline)
#else
#define NOINLINE __attribute__((noinline))
#endif

static UINT_PTR painted;

static NOINLINE void paint_stack(void)
{
    volatile unsigned char area[48 * 1024];
    SIZE_T i;
    for (i = 0; i < sizeof area; i++)
        area[i] = PAINT;
    painted = (UINT_PTR)area;
}

/* How much of the pattern on the stack has been overwritten, from its upper end. */
static SIZE_T used_stack(void)
{
    const volatile unsigned char *area = (const volatile unsigned char *)painted;
    SIZE_T i = 0;
    while (i < PAINTED && area[i] == PAINT)
        i++;
    return PAINTED - i;
}

static NOINLINE void call_system(void)
{
    DWORD old;
    void *pages = VirtualAlloc(NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    void *block = HeapAlloc(GetProcessHeap(), 0, 100);
    VirtualProtect(pages, PAGE, PAGE_READONLY, &old);
    VirtualFree(pages, 0, MEM_RELEASE);
    HeapFree(GetProcessHeap(), 0, block);
}

static NOINLINE void call_manager(subject *subject)
{
    IHostMemoryManager *manager = subject->manager;
    void *pages = NULL, *block = NULL;
    DWORD old;
    IHostMemoryManager_VirtualAlloc(manager, NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical,
                                    &pages);
    IHostMemoryManager_VirtualProtect(manager, pages, PAGE, PAGE_READONLY, &old);
    IHostMemoryManager_VirtualFree(manager, pages, 0, MEM_RELEASE);
    IHostMalloc_Alloc(subject->heap, 100, eTaskCritical, &block);
    IHostMalloc_Free(subject->heap, block);
}

static void small_stack(subject *subject)
{
    SIZE_T system, manager;
    check_doing("calls on a painted stack");
    call_system(); /* the first call may load something */
    call_manager(subject);
    paint_stack();
    call_system();
    system = used_stack();
    paint_stack();
    call_manager(subject);
    manager = used_stack();
    expect(manager <= system + ALLOWED, "calls take %lu bytes of stack, where the system's own take %lu",
           (unsigned long)manager, (unsigned long)system);
}

const rule thread_rules[] = {
    {"threads_at_once", "4", "several threads can make calls at once", threads_at_once},
    {"stopped_thread_stops_nobody", "4", "a thread suspended inside of a call blocks no other",
     stopped_thread_stops_nobody},
    {"small_stack", "3", "calls take at most 4 KiB of stack more than the system's", small_stack},
    {0},
};
