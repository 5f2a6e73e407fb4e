/* Translates Win32 errors into the HRESULTs that the CLR expects from a memory manager. */
#ifndef HMI_BASE_FAILURE_H
#define HMI_BASE_FAILURE_H

#include <stdbool.h>
#include <windows.h>

/* The operation that failed; the same Win32 error may mean different HRESULTs for different operations. */
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

/* Set in addition to the Win32 code in the result of an attempt to get memory: the budget refused, not the operating
 * system. */
#define HMI_BY_BUDGET 0x80000000u

/* The Win32 code without HMI_BY_BUDGET. */
static inline UINT32 hmi_failure_code(UINT32 error)
{
    return error & ~HMI_BY_BUDGET;
}

/* The HRESULT for an error of an operation. A failure code even if error is 0. */
HRESULT hmi_failure_hresult(hmi_operation operation, UINT32 error);

/* Whether the error means that memory, commit or quota ran out, so that trying again later may help. */
bool hmi_failure_is_out_of_memory(UINT32 error);

#endif
