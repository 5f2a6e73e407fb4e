/* The translation of Win32 errors into the HRESULTs that the CLR expects of a memory manager. */
#ifndef HOSTMEM_SRC_FAILURE_H
#define HOSTMEM_SRC_FAILURE_H

#include <stdbool.h>
#include <windows.h>

/* What failed, as far as the translation depends on it. */
typedef enum hostmem_operation {
    HOSTMEM_OPERATION_VIRTUAL_ALLOC,
    HOSTMEM_OPERATION_VIRTUAL_FREE,
    HOSTMEM_OPERATION_VIRTUAL_QUERY,
    HOSTMEM_OPERATION_VIRTUAL_PROTECT,
    HOSTMEM_OPERATION_HEAP_ALLOC,
    HOSTMEM_OPERATION_HEAP_FREE,
    HOSTMEM_OPERATION_CREATE_MALLOC,
    HOSTMEM_OPERATION_MEMORY_LOAD,
    HOSTMEM_OPERATION_REGISTER_CALLBACK
} hostmem_operation;

/* Always a failure, even for error 0. */
HRESULT hostmem_failure_hresult(hostmem_operation operation, UINT32 error);

/* Whether the error says that the system ran out of something that may come back: memory, commit, quota. */
bool hostmem_failure_is_out_of_memory(UINT32 error);

#endif
