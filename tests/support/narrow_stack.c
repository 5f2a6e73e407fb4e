/* See narrow_stack.h. The free stack is filled with a pattern before the call and checked afterwards, by frames far
 * above it. Writing below the stack pointer is safe here: on Windows only calls use the stack. */
#include "narrow_stack.h"

#include <malloc.h>
#include <stdlib.h>

#define PAGE ((UINT_PTR)4096)
#define PAINT 0x5a
/* Space between the frames of narrow_stack_run and the limited stack, for VirtualProtect. */
#define HEADROOM (8 * PAGE)

#if defined(_MSC_VER)
#define NOINLINE __declspec(noinline)
#else
#define NOINLINE __attribute__((noinline))
#endif

/* Moves the stack pointer down to top, which is aligned to 16, and calls. Compilers may use slightly more. */
static NOINLINE void call_at(UINT_PTR top, void (*call)(void *context), void *context)
{
    volatile char *here = _alloca(16), *low;
    low = _alloca((UINT_PTR)here - top);
    *low = 0; /* so that the compiler does not remove it */
    if ((UINT_PTR)low > top || top - (UINT_PTR)low > 64)
        abort();
    call(context);
}

static NOINLINE void paint(UINT_PTR from, UINT_PTR to)
{
    /* Downwards, because the system extends stacks so. */
    volatile char *byte = (volatile char *)to;
    while ((UINT_PTR)byte > from)
        *--byte = PAINT;
}

static NOINLINE SIZE_T unpainted(UINT_PTR from, UINT_PTR to)
{
    const volatile char *byte = (const volatile char *)from;
    while ((UINT_PTR)byte < to && *byte == PAINT)
        byte++;
    return to - (UINT_PTR)byte;
}

SIZE_T narrow_stack_run(void (*call)(void *context), void *context, SIZE_T room)
{
    volatile char here = 0;
    UINT_PTR top = ((UINT_PTR)&here - HEADROOM) & ~(PAGE - 1), wall, below;
    DWORD old;
    SIZE_T used;
    wall = (top - room) & ~(PAGE - 1); /* the end of the page without access */
    top = wall + room;
    below = wall - PAGE;
    paint(below, (UINT_PTR)&here - PAGE);
    if (!VirtualProtect((void *)below, PAGE, PAGE_NOACCESS, &old))
        abort();
    paint(wall, top);
    call_at(top, call, context);
    used = unpainted(wall, top);
    if (!VirtualProtect((void *)below, PAGE, old, &old))
        abort();
    return used;
}
