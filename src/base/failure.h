/* The translation of Win32 errors into the HRESULTs that the CLR expects of a memory manager. */
#ifndef HMI_BASE_FAILURE_H
#define HMI_BASE_FAILURE_H

#include <stdbool.h>
#include <windows.h>

/* What failed, as far as the translation depends on it. */
typedef enum hmi_operation {
    HMI_OPERATION_VIRTUAL_ALLOC,
    HMI_OPERATION_VIRTUAL_FREE,
    HMI_OPERATION_VIRTUAL_QUERY,
    HMI_OPERATION_VIRTUAL_PROTECT,
    HMI_OPERATION_HEAP_ALLOC,
    HMI_OPERATION_HEAP_FREE,
    HMI_OPERATION_CREATE_MALLOC,
    HMI_OPERATION_MEMORY_LOAD,
    HMI_OPERATION_REGISTER_CALLBACK
} hmi_operation;

/* Beside the Win32 code in what attempts to get memory return: the budget has refused, and not the system. */
#define HMI_BY_BUDGET 0x80000000u

/* The code alone. */
static inline UINT32 hmi_failure_code(UINT32 error)
{
    return error & ~HMI_BY_BUDGET;
}

/* Always a failure, even for error 0. */
HRESULT hmi_failure_hresult(hmi_operation operation, UINT32 error);

/* Whether the error says that the system ran out of something that may come back: memory, commit, quota. */
bool hmi_failure_is_out_of_memory(UINT32 error);

#endif
