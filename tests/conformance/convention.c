/* The call as machine code, because C gives no access to the stack pointer, and compilers have different assemblers. */
#include "convention.h"

#include "check.h"

#include <string.h>

#if defined(_M_IX86) || defined(__i386__)

typedef void __cdecl probe_function(void *function, UINT_PTR count, const UINT_PTR *words, UINT_PTR *popped);

static const unsigned char probe_code[] = {
    0x55,                   /* push ebp                                       */
    0x89, 0xe5,             /* mov  ebp, esp                                  */
    0x53, 0x56, 0x57,       /* push ebx, esi, edi                             */
    0x8b, 0x4d, 0x0c,       /* mov  ecx, [ebp+12]     count                   */
    0x8b, 0x55, 0x10,       /* mov  edx, [ebp+16]     words                   */
    0x85, 0xc9,             /* next: test ecx, ecx                            */
    0x74, 0x06,             /* jz   ready                                     */
    0x49,                   /* dec  ecx                                       */
    0xff, 0x34, 0x8a,       /* push [edx+4*ecx]                               */
    0xeb, 0xf6,             /* jmp  next                                      */
    0x89, 0xe6,             /* ready: mov esi, esp    what the callee found   */
    0xff, 0x55, 0x08,       /* call [ebp+8]                                   */
    0x89, 0xe1,             /* mov  ecx, esp                                  */
    0x29, 0xf1,             /* sub  ecx, esi          what it took            */
    0x8b, 0x55, 0x14,       /* mov  edx, [ebp+20]     popped                  */
    0x89, 0x0a,             /* mov  [edx], ecx                                */
    0x8d, 0x65, 0xf4,       /* lea  esp, [ebp-12]                             */
    0x5f, 0x5e, 0x5b, 0x5d, /* pop  edi, esi, ebx, ebp                        */
    0xc3,                   /* ret                                            */
};

static probe_function *probe;

BOOL convention_begin(void)
{
    void *code = VirtualAlloc(NULL, sizeof probe_code, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE);
    expect(code != NULL, "the test has no memory for its own code");
    memcpy(code, probe_code, sizeof probe_code);
    FlushInstructionCache(GetCurrentProcess(), code, sizeof probe_code);
    memcpy(&probe, &code, sizeof probe);
    return TRUE;
}

void convention_call(void *function, UINT_PTR count, const UINT_PTR *words, UINT_PTR *popped)
{
    probe(function, count, words, popped);
}

#else

BOOL convention_begin(void)
{
    return FALSE;
}

void convention_call(void *function, UINT_PTR count, const UINT_PTR *words, UINT_PTR *popped)
{
    (void)function;
    (void)words;
    *popped = count * sizeof *words;
}

#endif
