/* Rules: the interfaces as COM objects, and the CLR's first calls. */
#include "check.h"
#include "convention.h"

#define TURNS 1000 /* calls between two readings of the time */
#define THREADS 4

/* The first CreateMalloc was made before the rule began. */
static void startup_order(subject *subject)
{
    expect_hr("the first CreateMalloc(MALLOC_THREADSAFE)", subject->heap_hr, S_OK);
    check_doing("RegisterMemoryNotificationCallback");
    IHostMemoryManager_RegisterMemoryNotificationCallback(subject->manager, NULL);
    give_block(subject->heap, take_block(subject->heap, 100));
    give_pages(subject, take_pages(subject, NULL, GRANULE, MEM_RESERVE, PAGE_READWRITE), 0, MEM_RELEASE);
}

static void check_references(IUnknown *object, const char *what)
{
    ULONG first = IUnknown_AddRef(object), second = IUnknown_AddRef(object);
    expect(first >= 2, "the first AddRef of %s returns %lu", what, (unsigned long)first);
    expect(second == first + 1, "AddRef of %s gives %lu, then %lu", what, (unsigned long)first, (unsigned long)second);
    second = IUnknown_Release(object);
    expect(second == first, "Release of %s gives %lu, not %lu", what, (unsigned long)second, (unsigned long)first);
    second = IUnknown_Release(object);
    expect(second == first - 1, "Release of %s gives %lu, not %lu", what, (unsigned long)second,
           (unsigned long)first - 1);
}

static void manager_references(subject *subject)
{
    check_doing("AddRef and Release of the manager");
    check_references((IUnknown *)subject->manager, "the manager");
}

static void heap_references(subject *subject)
{
    IHostMalloc *heap = make_heap(subject, MALLOC_THREADSAFE);
    ULONG left;
    check_doing("AddRef and Release of a heap");
    check_references((IUnknown *)heap, "a heap");
    take_block(heap, 100); /* freed with its heap */
    left = IHostMalloc_Release(heap);
    expect(left == 0, "the last Release of a heap returns %lu", (unsigned long)left);
}

static DWORD WINAPI turn_references(void *context)
{
    IUnknown *object = *(IUnknown **)context;
    DWORD begin = GetTickCount();
    unsigned i;
    do {
        for (i = 0; i < TURNS; i++) {
            IUnknown_AddRef(object);
            IUnknown_Release(object);
        }
    } while (GetTickCount() - begin < RACE_MS);
    return 0;
}

static void check_shared_references(IUnknown *object, const char *what)
{
    IUnknown *contexts[THREADS];
    ULONG before, after;
    unsigned i;
    check_doing("AddRef and Release on four threads");
    for (i = 0; i < THREADS; i++)
        contexts[i] = object;
    before = IUnknown_AddRef(object);
    for (i = 0; i < 100; i++)
        IUnknown_AddRef(object); /* so that a wrong count does not destroy the object */
    run_threads(THREADS, turn_references, contexts, sizeof *contexts);
    for (i = 0; i < 100; i++)
        IUnknown_Release(object);
    after = IUnknown_AddRef(object) - 1;
    expect(after == before, "%s had %lu references, and %lu after balanced calls of %u threads", what,
           (unsigned long)before, (unsigned long)after, THREADS);
}

static void references_by_many_threads(subject *subject)
{
    check_shared_references((IUnknown *)subject->manager, "the manager");
    check_shared_references((IUnknown *)subject->heap, "the heap");
}

static void check_query(IUnknown *object, REFIID own, const char *what)
{
    static const IID unknown_iid = {0x6f1a2f0c, 0x93b7, 0x4c1e, {0x8a, 0x44, 0x19, 0x2d, 0x5e, 0x70, 0x3b, 0xc6}};
    void *as_own = POISON, *as_unknown = POISON, *as_other = POISON;
    ULONG before = IUnknown_AddRef(object), after;
    check_doing("QueryInterface");
    expect_hr("QueryInterface for its own interface", IUnknown_QueryInterface(object, own, &as_own), S_OK);
    expect(as_own == (void *)object, "QueryInterface of %s for its own interface returns %p, not %p", what, as_own,
           (void *)object);
    expect_hr("QueryInterface for IUnknown", IUnknown_QueryInterface(object, &IID_IUnknown, &as_unknown), S_OK);
    expect(as_unknown && as_unknown != POISON, "QueryInterface of %s for IUnknown gives %p", what, as_unknown);
    after = IUnknown_AddRef(object);
    expect(after == before + 3, "%s has %lu references after two QueryInterface, not %lu", what,
           (unsigned long)after - 1, (unsigned long)before + 2);
    expect_hr("QueryInterface for an unknown interface", IUnknown_QueryInterface(object, &unknown_iid, &as_other),
              E_NOINTERFACE);
    expect(!as_other, "a refused QueryInterface of %s leaves %p in the out parameter", what, as_other);
    as_other = POISON;
    IUnknown_QueryInterface(object, &IID_IUnknown, &as_other);
    expect(as_other == as_unknown, "%s has two identities: %p and %p", what, as_unknown, as_other);
}

static void query_interface(subject *subject)
{
    check_query((IUnknown *)subject->manager, &IID_IHostMemoryManager, "the manager");
    check_query((IUnknown *)subject->heap, &IID_IHostMalloc, "a heap");
}

static void heap_outlives_manager(subject *subject)
{
    char *block = take_block(subject->heap, 100);
    check_doing("Release of the manager");
    IHostMemoryManager_Release(subject->manager);
    give_block(subject->heap, take_block(subject->heap, 1000));
    give_block(subject->heap, block);
}

/* The slots of a vtable, with the number of machine words that the caller pushes, including This. */
typedef struct slot {
    const char *name;
    unsigned index;
    unsigned words;
    UINT_PTR arguments[6]; /* after This; harmless ones */
} slot;

static void check_slots(void *object, const slot *slots, unsigned count)
{
    unsigned i, j;
    for (i = 0; i < count; i++) {
        UINT_PTR words[7] = {(UINT_PTR)object};
        UINT_PTR popped = 0;
        for (j = 1; j < slots[i].words; j++)
            words[j] = slots[i].arguments[j - 1];
        check_doing(slots[i].name);
        convention_call((*(void ***)object)[slots[i].index], slots[i].words, words, &popped);
        expect(popped == slots[i].words * sizeof(UINT_PTR), "%s takes %lu bytes from the stack, not %lu: no __stdcall",
               slots[i].name, (unsigned long)popped, (unsigned long)(slots[i].words * sizeof(UINT_PTR)));
    }
}

static void calling_convention(subject *subject)
{
    static MEMORY_BASIC_INFORMATION region;
    static void *out;
    static SIZE_T size;
    static DWORD number;
    UINT_PTR to = (UINT_PTR)&out, page = (UINT_PTR)foreign_pages(PAGE);
    const slot manager_slots[] = {
        {"AddRef", 1, 1, {0}},
        {"Release", 2, 1, {0}},
        {"QueryInterface", 0, 3, {(UINT_PTR)&IID_IUnknown, to}},
        {"CreateMalloc", 3, 3, {MALLOC_THREADSAFE, to}},
        {"VirtualAlloc", 4, 7, {0, PAGE, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical, to}},
        {"VirtualFree", 5, 4, {0, 0, MEM_RELEASE}},
        {"VirtualQuery", 6, 5, {to, (UINT_PTR)&region, sizeof region, (UINT_PTR)&size}},
        {"VirtualProtect", 7, 5, {page, PAGE, PAGE_READONLY, (UINT_PTR)&number}},
        {"GetMemoryLoad", 8, 3, {(UINT_PTR)&number, (UINT_PTR)&size}},
        {"RegisterMemoryNotificationCallback", 9, 2, {0}},
        {"NeedsVirtualAddressSpace", 10, 3, {0, 0}},
        {"AcquiredVirtualAddressSpace", 11, 3, {page, PAGE}},
        {"ReleasedVirtualAddressSpace", 12, 2, {page}},
    };
    char file[] = "convention.cpp";
    const slot heap_slots[] = {
        {"AddRef", 1, 1, {0}},
        {"Release", 2, 1, {0}},
        {"QueryInterface", 0, 3, {(UINT_PTR)&IID_IUnknown, to}},
        {"Alloc", 3, 4, {16, eTaskCritical, to}},
        {"DebugAlloc", 4, 6, {16, eTaskCritical, (UINT_PTR)file, 1, to}},
        {"Free", 5, 2, {0}},
    };
    if (!convention_begin()) {
        check_remark("this architecture has only one calling convention");
        return;
    }
    check_slots(subject->manager, manager_slots, sizeof manager_slots / sizeof *manager_slots);
    check_slots(subject->heap, heap_slots, sizeof heap_slots / sizeof *heap_slots);
}

const rule com_rules[] = {
    {"startup_order", "1", "CreateMalloc(MALLOC_THREADSAFE) comes first and returns exactly S_OK", startup_order},
    {"manager_references", "1", "the manager is returned with a reference, and counts correctly", manager_references},
    {"heap_references", "1", "a heap is returned with one reference, and ends with it", heap_references},
    {"references_by_many_threads", "1", "AddRef and Release are interlocked", references_by_many_threads},
    {"query_interface", "interfaces", "QueryInterface counts, and refuses unknown interfaces", query_interface},
    {"heap_outlives_manager", "1", "a heap works after the manager's reference is released", heap_outlives_manager},
    {"calling_convention", "interfaces", "every method is __stdcall (seen on x86 only)", calling_convention},
    {0},
};
