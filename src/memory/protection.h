/* What page protections mean. */
#ifndef HMI_MEMORY_PROTECTION_H
#define HMI_MEMORY_PROTECTION_H

#include <stdbool.h>

#include <windows.h>

static inline bool hmi_protection_allows_execution(UINT32 protect)
{
    return (protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)) != 0;
}

#endif
