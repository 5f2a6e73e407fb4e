/* Rules: notifications of memory pressure, and the memory load. Pressure is caused by requests that cannot be met;
 * a manager need not notify then, and a rule that sees no notification says so. */
#include "callback.h"

#define NOTHING_CAME "the manager sent no notification"

/* How long to wait for one, in milliseconds. */
static DWORD notice_patience(void)
{
    return check_patience() / 10;
}

static callback first, second;

/* Makes requests that are refused, on this thread, while the callback records which thread it is called on. */
static void make_pressure(subject *subject, callback *callback)
{
    SIZE_T size = refused_size();
    unsigned i;
    for (i = 0; i < 3; i++) {
        EMemoryCriticalLevel level = (EMemoryCriticalLevel)i;
        void *out;
        check_doing("VirtualAlloc and Alloc of more than is available, with a callback registered");
        callback->inside_thread = GetCurrentThreadId();
        IHostMemoryManager_VirtualAlloc(subject->manager, NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, level,
                                        &out);
        IHostMalloc_Alloc(subject->heap, size, level, &out);
        callback->inside_thread = 0;
    }
}

static void register_nothing(subject *subject)
{
    callback_init(&first);
    callback_register(subject, NULL);
    callback_register(subject, &first);
    callback_register(subject, NULL);
    callback_register(subject, NULL);
    give_block(subject->heap, take_block(subject->heap, 10));
}

static void callback_references(subject *subject)
{
    callback_init(&first);
    callback_init(&second);
    callback_register(subject, &first);
    callback_register(subject, &second);
    check_doing("the wait for the Release of a callback that was replaced");
    expect(callback_wait_most(&first.references, 1), "a replaced callback still has %ld references of the manager",
           (long)first.references - 1);
    callback_register(subject, &second);
    callback_register(subject, NULL);
    check_doing("the wait for the Release of a callback that was taken back");
    expect(callback_wait_most(&second.references, 1),
           "a callback that was taken back still has %ld references of the manager", (long)second.references - 1);
    Sleep(50); /* for an excessive Release that comes late */
    expect(first.fewest >= 1 && second.fewest >= 1, "a callback was Released more often than AddRefed");
}

static void no_notice_from_inside(subject *subject)
{
    callback_init(&first);
    callback_register(subject, &first);
    make_pressure(subject, &first);
    Sleep(100);
    expect(!first.from_inside, "OnMemoryNotification was called %ld times from inside a call, on the same thread",
           (long)first.from_inside);
    expect(!first.calls[0], "OnMemoryNotification was called %ld times with an unknown value", (long)first.calls[0]);
    if (!first.calls[eMemoryAvailableLow])
        check_remark(NOTHING_CAME);
}

static DWORD WINAPI use_everything(void *context)
{
    subject *subject = context;
    char *pages = take_pages(subject, NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    DWORD load;
    SIZE_T available;
    give_pages(subject, pages, 0, MEM_RELEASE);
    give_block(subject->heap, take_block(subject->heap, 100));
    IHostMalloc_Release(make_heap(subject, MALLOC_THREADSAFE));
    IHostMemoryManager_GetMemoryLoad(subject->manager, &load, &available);
    callback_register(subject, &second);
    return 0;
}

static void use_everything_elsewhere(void *context)
{
    first.on_call = NULL;
    expect_thread(use_everything, context, "a call on another thread while OnMemoryNotification runs");
}

static void notice_holds_no_lock(subject *subject)
{
    callback_init(&first);
    callback_init(&second);
    first.on_call = use_everything_elsewhere;
    first.context = subject;
    callback_register(subject, &first);
    make_pressure(subject, &first);
    check_doing("calls while OnMemoryNotification runs");
    if (!callback_wait_least(&first.begun, 1, notice_patience()))
        check_remark(NOTHING_CAME);
    else
        expect(callback_wait_least(&first.calls[eMemoryAvailableLow], 1, check_patience() * 3 / 2),
               "OnMemoryNotification has not returned");
}

static BOOL system_is_short(void)
{
    HANDLE handle = CreateMemoryResourceNotification(LowMemoryResourceNotification);
    BOOL low = FALSE;
    return handle && QueryMemoryResourceNotification(handle, &low) && low;
}

static void neutral_follows_low(subject *subject)
{
    callback_init(&first);
    callback_register(subject, &first);
    make_pressure(subject, &first);
    check_doing("the wait for eMemoryAvailableNeutral");
    if (!callback_wait_least(&first.calls[eMemoryAvailableLow], 1, notice_patience())) {
        check_remark(NOTHING_CAME);
    } else if (!callback_wait_least(&first.calls[eMemoryAvailableNeutral], 1, check_patience())) {
        if (system_is_short())
            check_remark("this system is short of memory, so Low stays in force");
        else
            expect(first.calls[eMemoryAvailableHigh] > 0,
                   "%lu ms after eMemoryAvailableLow, although memory is available, neither Neutral nor High was sent",
                   (unsigned long)check_patience());
    }
}

static void memory_load(subject *subject)
{
    MEMORYSTATUSEX system = {.dwLength = sizeof system};
    unsigned i;
    expect(GlobalMemoryStatusEx(&system), "GlobalMemoryStatusEx failed");
    for (i = 0; i < 3; i++) {
        DWORD load = POISON_DWORD;
        SIZE_T available = POISON_SIZE;
        check_doing("GetMemoryLoad");
        expect_hr("GetMemoryLoad", IHostMemoryManager_GetMemoryLoad(subject->manager, &load, &available), S_OK);
        expect(load <= 100, "the memory load is %lu percent", (unsigned long)load);
        expect(load + 20 >= system.dwMemoryLoad, "the memory load is %lu percent, and the system's %lu",
               (unsigned long)load, (unsigned long)system.dwMemoryLoad);
        expect(available <= system.ullTotalPhys, "0x%p bytes are available, which is more than the machine has",
               (void *)available);
        expect(available > 0 || load >= 95, "nothing is available at a load of %lu percent", (unsigned long)load);
    }
}

const rule notice_rules[] = {
    {"register_nothing", "6", "RegisterMemoryNotificationCallback(NULL) is accepted", register_nothing},
    {"callback_references", "6", "callbacks are Released as often as AddRefed, and when replaced", callback_references},
    {"no_notice_from_inside", "6", "OnMemoryNotification is never called from inside a call", no_notice_from_inside},
    {"notice_holds_no_lock", "6", "other threads' calls work while OnMemoryNotification runs", notice_holds_no_lock},
    {"neutral_follows_low", "6", "Neutral follows Low when the pressure is over", neutral_follows_low},
    {"memory_load", "6", "GetMemoryLoad returns percent and physical bytes", memory_load},
    {0},
};
