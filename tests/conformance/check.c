/* Functions of a rule's process. The outcome is shared with the parent; the first thread that decides it determines
 * it. */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static outcome *report;

static void end_process(UINT code)
{
    /* Not ExitProcess: other threads may be running anything, and calls at process detach have rules of their own. */
    TerminateProcess(GetCurrentProcess(), code);
    Sleep(INFINITE);
}

static LONG WINAPI note_crash(EXCEPTION_POINTERS *exception)
{
    report->exception = exception->ExceptionRecord->ExceptionCode;
    report->instruction = exception->ExceptionRecord->ExceptionAddress;
    end_process(exception->ExceptionRecord->ExceptionCode);
    return EXCEPTION_EXECUTE_HANDLER;
}

void check_begin(outcome *outcome)
{
    report = outcome;
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    SetUnhandledExceptionFilter(note_crash);
}

_Noreturn void check_pass(void)
{
    if (!InterlockedExchange(&report->decided, 1))
        report->passed = 1;
    for (;;)
        end_process(0);
}

void check_remark(const char *text)
{
    strncpy(report->seen, text, sizeof report->seen - 1);
}

void check_doing(const char *what)
{
    strncpy(report->doing, what, sizeof report->doing - 1);
}

void expect(BOOL right, const char *format, ...)
{
    va_list arguments;
    if (right)
        return;
    if (InterlockedExchange(&report->decided, 1))
        Sleep(INFINITE); /* another thread is ending the process */
    va_start(arguments, format);
    vsnprintf(report->seen, sizeof report->seen, format, arguments);
    va_end(arguments);
    report->failed = 1;
    end_process(1);
}

void expect_hr(const char *call, HRESULT hr, HRESULT wanted)
{
    expect(hr == wanted, "%s returned 0x%08lx, not 0x%08lx", call, (unsigned long)hr, (unsigned long)wanted);
}

void expect_failure(const char *call, HRESULT hr)
{
    expect(FAILED(hr), "%s returned 0x%08lx, which is not a failure", call, (unsigned long)hr);
    expect(hr != E_FAIL && hr != HOST_E_CLRNOTAVAILABLE,
           "%s returned 0x%08lx, which means that the CLR is not available", call, (unsigned long)hr);
}

char *take_pages(subject *subject, void *address, SIZE_T size, DWORD type, DWORD protect)
{
    void *memory = POISON;
    char call[120];
    HRESULT hr;
    snprintf(call, sizeof call, "VirtualAlloc(%p, 0x%p, 0x%lx, 0x%lx)", address, (void *)size, (unsigned long)type,
             (unsigned long)protect);
    check_doing(call);
    hr = IHostMemoryManager_VirtualAlloc(subject->manager, address, size, type, protect, eTaskCritical, &memory);
    expect_hr(call, hr, S_OK);
    expect(memory && memory != POISON, "%s returned S_OK and gave %p", call, memory);
    return memory;
}

void give_pages(subject *subject, void *address, SIZE_T size, DWORD type)
{
    char call[120];
    snprintf(call, sizeof call, "VirtualFree(%p, 0x%p, 0x%lx)", address, (void *)size, (unsigned long)type);
    check_doing(call);
    expect_hr(call, IHostMemoryManager_VirtualFree(subject->manager, address, size, type), S_OK);
}

IHostMalloc *make_heap(subject *subject, DWORD type)
{
    IHostMalloc *heap = POISON;
    char call[60];
    snprintf(call, sizeof call, "CreateMalloc(%lu)", (unsigned long)type);
    check_doing(call);
    expect_hr(call, IHostMemoryManager_CreateMalloc(subject->manager, type, &heap), S_OK);
    expect(heap && (void *)heap != POISON, "%s returned S_OK and gave %p", call, (void *)heap);
    return heap;
}

char *take_block(IHostMalloc *heap, SIZE_T size)
{
    void *block = POISON;
    char call[60];
    snprintf(call, sizeof call, "Alloc(0x%p)", (void *)size);
    check_doing(call);
    expect_hr(call, IHostMalloc_Alloc(heap, size, eTaskCritical, &block), S_OK);
    expect(block && block != POISON, "%s returned S_OK and gave %p", call, block);
    return block;
}

void give_block(IHostMalloc *heap, void *block)
{
    check_doing("Free");
    expect_hr("Free of a live block", IHostMalloc_Free(heap, block), S_OK);
}

MEMORY_BASIC_INFORMATION region_at(const void *address)
{
    MEMORY_BASIC_INFORMATION region;
    memset(&region, 0, sizeof region);
    expect(VirtualQuery(address, &region, sizeof region) != 0, "VirtualQuery fails for %p", address);
    return region;
}

char *foreign_pages(SIZE_T size)
{
    char *memory = VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    expect(memory != NULL, "the system has no memory for the test itself");
    return memory;
}

void expect_bytes(const char *memory, SIZE_T size, char value, const char *what)
{
    SIZE_T i;
    for (i = 0; i < size; i++)
        expect(memory[i] == value, "%s: byte %lu is 0x%02x, not 0x%02x", what, (unsigned long)i,
               (unsigned)(unsigned char)memory[i], (unsigned)(unsigned char)value);
}

SIZE_T refused_size(void)
{
#ifdef _WIN64
    SIZE_T size = (SIZE_T)1 << 36, largest = (SIZE_T)1 << 44;
#else
    SIZE_T size = 0x70000000u, largest = 0x78000000u;
#endif
    for (; size <= largest; size += sizeof size == 8 ? size : 0x4000000u) {
        void *memory = VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        if (!memory)
            return size;
        VirtualFree(memory, 0, MEM_RELEASE);
    }
    expect(FALSE, "this system refuses no size");
    return 0;
}

DWORD check_patience(void)
{
    return report->timeout_ms / 3; /* a rule may wait for two things, one after the other */
}

void expect_thread(LPTHREAD_START_ROUTINE function, void *context, const char *doing)
{
    HANDLE thread = CreateThread(NULL, 0, function, context, 0, NULL);
    DWORD patience_ms = check_patience();
    expect(thread != NULL, "the test could not create a thread");
    expect(WaitForSingleObject(thread, patience_ms) == WAIT_OBJECT_0, "%s has not ended after %lu ms", doing,
           (unsigned long)patience_ms);
    CloseHandle(thread);
}

/* A thread that waits for the others to start, so that even short functions run at the same time. */
typedef struct starter {
    LPTHREAD_START_ROUTINE function;
    void *context;
    unsigned count;
    volatile LONG *ready;
} starter;

static DWORD WINAPI start_together(void *context)
{
    starter *self = context;
    InterlockedIncrement(self->ready);
    while (*self->ready < (LONG)self->count)
        SwitchToThread();
    return self->function(self->context);
}

void run_threads(unsigned count, LPTHREAD_START_ROUTINE function, void *contexts, SIZE_T context_size)
{
    HANDLE threads[MAX_THREADS] = {NULL};
    starter starters[MAX_THREADS];
    volatile LONG ready = 0;
    unsigned i;
    for (i = 0; i < count; i++) {
        starters[i] = (starter){function, (char *)contexts + i * context_size, count, &ready};
        threads[i] = CreateThread(NULL, 0, start_together, &starters[i], 0, NULL);
        expect(threads[i] != NULL, "the test could not create a thread");
    }
    WaitForMultipleObjects(count, threads, TRUE, INFINITE);
    for (i = 0; i < count; i++)
        CloseHandle(threads[i]);
}
