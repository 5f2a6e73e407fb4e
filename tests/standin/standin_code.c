/* Code heaps. See standin_code.h. */
#include "standin_code.h"

#include "standin_calls.h"

#include <string.h>

#define HEAP_BYTES ((SIZE_T)128 * 1024)
#define ALIGNMENT ((SIZE_T)64)

/* The size of the heap's requests. It ignores page boundaries: most requests lie in a page that is committed. */
#define COMMIT_BYTES ((SIZE_T)1000)

/* Functions are at the front in slots of this size; data would change their places, so a heap has either functions
 * or data. */
#define FUNCTION_BYTES ALIGNMENT

typedef UINT32 (*function)(void);

/* Writes a function that returns a number. */
static void write_function(void *at, UINT32 number)
{
#if defined(__x86_64__) || defined(_M_X64) || defined(__i386__) || defined(_M_IX86)
    BYTE code[6] = {0xB8 /* mov eax, imm32 */, 0, 0, 0, 0, 0xC3 /* ret */};

    memcpy(code + 1, &number, sizeof(number));
#elif defined(__aarch64__) || defined(_M_ARM64)
    UINT32 code[3] = {0x52800000u | (number & 0xFFFFu) << 5, /* movz w0, #low */
                      0x72A00000u | (number >> 16) << 5,     /* movk w0, #high, lsl 16 */
                      0xD65F03C0u};                          /* ret */
#else
#error "no code generator for this architecture"
#endif
    memcpy(at, code, sizeof(code));
    FlushInstructionCache(GetCurrentProcess(), at, sizeof(code));
}

/* A function's number: uses all four bytes, and is unique in a heap. */
static UINT32 number_of(UINT32 index)
{
    return (index + 1) * 0x9E3779B1u;
}

HRESULT standin_code_open(standin_check *check, standin_code *code, EMemoryCriticalLevel level)
{
    void *base;
    HRESULT hr = standin_virtual_alloc(check, NULL, HEAP_BYTES, MEM_RESERVE, PAGE_NOACCESS, level, &base);

    memset(code, 0, sizeof(*code));
    code->base = base;
    return hr;
}

void standin_code_close(standin_check *check, standin_code *code)
{
    if (!code->base)
        return;
    standin_virtual_free(check, code->base, 0, MEM_DECOMMIT);
    standin_check_pages(check, STANDIN_VIRTUAL_FREE, code->base, HEAP_BYTES, MEM_RESERVE, 0);
    standin_virtual_free(check, code->base, 0, MEM_RELEASE);
    code->base = NULL;
}

/* Commits the bytes after the used ones. */
static HRESULT commit(standin_check *check, standin_code *code, SIZE_T bytes, EMemoryCriticalLevel level)
{
    SIZE_T mask = check->page_size - 1;
    SIZE_T fresh = (code->committed + mask) & ~mask;
    SIZE_T end;
    char *at = code->base + code->used;
    void *start;
    HRESULT hr;

    if (bytes > HEAP_BYTES - code->used)
        bytes = HEAP_BYTES - code->used;
    hr = standin_virtual_alloc(check, at, bytes, MEM_COMMIT, PAGE_EXECUTE_READWRITE, level, &start);
    if (hr != S_OK)
        return hr;
    code->committed = code->used + bytes;
    end = (code->committed + mask) & ~mask;
    if (end > fresh)
        standin_check_zero(check, STANDIN_VIRTUAL_ALLOC, code->base + fresh, end - fresh);
    return S_OK;
}

HRESULT standin_code_reserve(standin_check *check, standin_code *code, SIZE_T size, EMemoryCriticalLevel level,
                             void **out)
{
    HRESULT hr = S_OK;

    *out = NULL;
    if (size > HEAP_BYTES - code->used)
        return E_OUTOFMEMORY;
    if (size > code->committed - code->used)
        hr = commit(check, code, size > COMMIT_BYTES ? size : COMMIT_BYTES, level);
    if (hr != S_OK)
        return hr;
    *out = code->base + code->used;
    code->used += (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    return S_OK;
}

HRESULT standin_code_emit(standin_check *check, standin_code *code, EMemoryCriticalLevel level)
{
    void *at;
    HRESULT hr;

    if (FUNCTION_BYTES > HEAP_BYTES - code->used)
        return S_OK; /* full: this program needs no more code */
    hr = standin_code_reserve(check, code, FUNCTION_BYTES, level, &at);
    if (hr == S_OK)
        write_function(at, number_of(code->functions++));
    return hr;
}

void standin_code_run(standin_check *check, const standin_code *code)
{
    for (UINT32 i = 0; i < code->functions; i++) {
        char *at = code->base + i * FUNCTION_BYTES;
        function call;

        /* Check first: without its return instruction the function would continue into the next bytes. */
        if ((BYTE)*at == 0) {
            standin_violation(check, STANDIN_VIRTUAL_ALLOC, "committing again lost the contents of %p", (void *)at);
            return;
        }
        memcpy(&call, &at, sizeof(call));
        if (call() != number_of(i))
            standin_violation(check, STANDIN_VIRTUAL_ALLOC, "committing again changed the contents of %p", (void *)at);
    }
}
