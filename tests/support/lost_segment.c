#include "lost_segment.h"
#include "under_wine.h"

#include <string.h>

#define MOST_TIMES 1000
#define PREFIX_FS 0x64

static DWORD selected_by_fs(void)
{
    DWORD selector;
    __asm__("movl %%fs, %0" : "=r"(selector));
    return selector & 0xFFFF;
}

static bool reads_through_fs(const BYTE *instruction)
{
    static const BYTE other_prefixes[] = {0x66, 0x67, 0xF0, 0xF2, 0xF3};
    while (memchr(other_prefixes, *instruction, sizeof(other_prefixes)))
        instruction++;
    return *instruction == PREFIX_FS;
}

bool lost_segment_is(const EXCEPTION_RECORD *fault, const CONTEXT *context)
{
    return fault->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && fault->NumberParameters == 2 &&
           fault->ExceptionInformation[0] == 0 && fault->ExceptionInformation[1] == ~(ULONG_PTR)0 &&
           (context->SegFs & 0xFFFF) == selected_by_fs() && reads_through_fs((const BYTE *)(ULONG_PTR)context->Eip);
}

/* Allocates nothing: the address space may be used up. */
static void tell(DWORD address)
{
    char line[] = "hostmem: a thread had lost its FS register at 00000000; it goes on\n";
    char *digit = strchr(line, '0') + 8;
    DWORD written;
    for (int i = 0; i < 8; i++, address >>= 4)
        *--digit = "0123456789ABCDEF"[address & 15];
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), line, sizeof(line) - 1, &written, NULL);
}

static LONG CALLBACK repeat_instruction(EXCEPTION_POINTERS *exception)
{
    static LONG times;
    if (!lost_segment_is(exception->ExceptionRecord, exception->ContextRecord) ||
        InterlockedIncrement(&times) > MOST_TIMES)
        return EXCEPTION_CONTINUE_SEARCH;
    tell(exception->ContextRecord->Eip);
    return EXCEPTION_CONTINUE_EXECUTION;
}

static __attribute__((constructor)) void handle_first(void)
{
    if (is_under_wine())
        AddVectoredExceptionHandler(TRUE, repeat_instruction);
}
