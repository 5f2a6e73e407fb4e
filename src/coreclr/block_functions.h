/* Functions for heap blocks, as the modules of a runtime import them: HeapAlloc and its like on the process heap and on
 * the modules' own heaps, LocalAlloc, and the C runtime's malloc and its like. Calls for blocks that the manager did
 * not allocate are passed to the block's owner. If blocks are not governed, all calls are passed to Windows. Results
 * and last errors (errno) are as documented for the function of the same name. invoked: for memory that managed code
 * allocates; library: for DLLs that are not the runtime's. */
#ifndef HMI_CORECLR_BLOCK_FUNCTIONS_H
#define HMI_CORECLR_BLOCK_FUNCTIONS_H

#include <stddef.h>
#include <windows.h>

LPVOID WINAPI hmi_heap_HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size);
LPVOID WINAPI hmi_heap_invoked_HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size);
LPVOID WINAPI hmi_heap_library_HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size);
LPVOID WINAPI hmi_heap_HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T size);
LPVOID WINAPI hmi_heap_invoked_HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T size);
LPVOID WINAPI hmi_heap_library_HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T size);
BOOL WINAPI hmi_heap_HeapFree(HANDLE heap, DWORD flags, LPVOID block);
SIZE_T WINAPI hmi_heap_HeapSize(HANDLE heap, DWORD flags, LPCVOID block);
BOOL WINAPI hmi_heap_HeapValidate(HANDLE heap, DWORD flags, LPCVOID block);
HANDLE WINAPI hmi_heap_HeapCreate(DWORD options, SIZE_T initial_size, SIZE_T maximum_size);
HANDLE WINAPI hmi_heap_invoked_HeapCreate(DWORD options, SIZE_T initial_size, SIZE_T maximum_size);
HANDLE WINAPI hmi_heap_library_HeapCreate(DWORD options, SIZE_T initial_size, SIZE_T maximum_size);
BOOL WINAPI hmi_heap_HeapDestroy(HANDLE heap);

/* Fixed blocks; movable ones are left to Windows. */
HLOCAL WINAPI hmi_local_LocalAlloc(UINT flags, SIZE_T size);
HLOCAL WINAPI hmi_local_invoked_LocalAlloc(UINT flags, SIZE_T size);
HLOCAL WINAPI hmi_local_library_LocalAlloc(UINT flags, SIZE_T size);
HLOCAL WINAPI hmi_local_LocalReAlloc(HLOCAL block, SIZE_T size, UINT flags);
HLOCAL WINAPI hmi_local_invoked_LocalReAlloc(HLOCAL block, SIZE_T size, UINT flags);
HLOCAL WINAPI hmi_local_library_LocalReAlloc(HLOCAL block, SIZE_T size, UINT flags);
HLOCAL WINAPI hmi_local_LocalFree(HLOCAL block);
SIZE_T WINAPI hmi_local_LocalSize(HLOCAL block);
UINT WINAPI hmi_local_LocalFlags(HLOCAL block);
LPVOID WINAPI hmi_local_LocalLock(HLOCAL block);
BOOL WINAPI hmi_local_LocalUnlock(HLOCAL block);
HLOCAL WINAPI hmi_local_LocalHandle(LPCVOID block);

/* malloc from the manager, for memory of this kind (attachment.h). Precondition: blocks are governed. caller: where a
 * sampled stack begins. */
void *hmi_crt_allocate(size_t size, unsigned kind, const void *caller);

void *__cdecl hmi_crt_malloc(size_t size);
void *__cdecl hmi_crt_invoked_malloc(size_t size);
void *__cdecl hmi_crt_library_malloc(size_t size);
void *__cdecl hmi_crt_calloc(size_t count, size_t size);
void *__cdecl hmi_crt_invoked_calloc(size_t count, size_t size);
void *__cdecl hmi_crt_library_calloc(size_t count, size_t size);
void *__cdecl hmi_crt_realloc(void *block, size_t size);
void *__cdecl hmi_crt_invoked_realloc(void *block, size_t size);
void *__cdecl hmi_crt_library_realloc(void *block, size_t size);
void *__cdecl hmi_crt_recalloc(void *block, size_t count, size_t size);
void *__cdecl hmi_crt_invoked_recalloc(void *block, size_t count, size_t size);
void *__cdecl hmi_crt_library_recalloc(void *block, size_t count, size_t size);
void *__cdecl hmi_crt_expand(void *block, size_t size);
void __cdecl hmi_crt_free(void *block);
size_t __cdecl hmi_crt_msize(void *block);

void *__cdecl hmi_crt_aligned_malloc(size_t size, size_t alignment);
void *__cdecl hmi_crt_invoked_aligned_malloc(size_t size, size_t alignment);
void *__cdecl hmi_crt_library_aligned_malloc(size_t size, size_t alignment);
void *__cdecl hmi_crt_aligned_realloc(void *aligned, size_t size, size_t alignment);
void *__cdecl hmi_crt_invoked_aligned_realloc(void *aligned, size_t size, size_t alignment);
void *__cdecl hmi_crt_library_aligned_realloc(void *aligned, size_t size, size_t alignment);
void *__cdecl hmi_crt_aligned_recalloc(void *aligned, size_t count, size_t size, size_t alignment);
void *__cdecl hmi_crt_invoked_aligned_recalloc(void *aligned, size_t count, size_t size, size_t alignment);
void *__cdecl hmi_crt_library_aligned_recalloc(void *aligned, size_t count, size_t size, size_t alignment);
void *__cdecl hmi_crt_aligned_offset_malloc(size_t size, size_t alignment, size_t offset);
void *__cdecl hmi_crt_invoked_aligned_offset_malloc(size_t size, size_t alignment, size_t offset);
void *__cdecl hmi_crt_library_aligned_offset_malloc(size_t size, size_t alignment, size_t offset);
void *__cdecl hmi_crt_aligned_offset_realloc(void *aligned, size_t size, size_t alignment, size_t offset);
void *__cdecl hmi_crt_invoked_aligned_offset_realloc(void *aligned, size_t size, size_t alignment, size_t offset);
void *__cdecl hmi_crt_library_aligned_offset_realloc(void *aligned, size_t size, size_t alignment, size_t offset);
void *__cdecl hmi_crt_aligned_offset_recalloc(void *aligned, size_t count, size_t size, size_t alignment,
                                              size_t offset);
void *__cdecl hmi_crt_invoked_aligned_offset_recalloc(void *aligned, size_t count, size_t size, size_t alignment,
                                                      size_t offset);
void *__cdecl hmi_crt_library_aligned_offset_recalloc(void *aligned, size_t count, size_t size, size_t alignment,
                                                      size_t offset);
void __cdecl hmi_crt_aligned_free(void *aligned);
size_t __cdecl hmi_crt_aligned_msize(void *aligned, size_t alignment, size_t offset);

#endif
