/* One checked function for each method that the stand-in calls. All of the stand-in's calls to the manager go through
 * here. A result of S_OK means that the memory is there and usable; everything else is a failure. */
#ifndef STANDIN_CALLS_H
#define STANDIN_CALLS_H

#include "standin_check.h"

/* Asks the control for a manager by interface; *out is NULL unless S_OK. */
HRESULT standin_get_host_manager(standin_check *check, IHostControl *control, REFIID iid, void **out);
/* Fills check->malloc. */
HRESULT standin_create_malloc(standin_check *check);
void standin_register_callback(standin_check *check, ICLRMemoryNotificationCallback *callback);

/* *out is NULL unless S_OK. Checks alignment and what the operating system says of the pages; whether they must be
 * zero only the caller knows, except where they were reserved by the same call. */
HRESULT standin_virtual_alloc(standin_check *check, void *address, SIZE_T size, DWORD type, DWORD protect,
                              EMemoryCriticalLevel level, void **out);
/* For memory of the stand-in's own, which a manager always takes back: any failure is a violation. */
void standin_virtual_free(standin_check *check, void *address, SIZE_T size, DWORD type);
HRESULT standin_virtual_query(standin_check *check, void *address, MEMORY_BASIC_INFORMATION *info);
HRESULT standin_virtual_protect(standin_check *check, void *address, SIZE_T size, DWORD protect, DWORD *old);

/* Percent; 0 when the manager fails. */
DWORD standin_memory_load(standin_check *check);

/* TRUE: try once more to map. */
BOOL standin_needs_address_space(standin_check *check, void *address, SIZE_T size);
void standin_acquired_address_space(standin_check *check, void *address, SIZE_T size);
void standin_released_address_space(standin_check *check, void *address);

/* *out is NULL unless S_OK. file NULL: Alloc; otherwise DebugAlloc. */
HRESULT standin_alloc(standin_check *check, SIZE_T size, EMemoryCriticalLevel level, char *file, int line, void **out);
/* For blocks of the stand-in's own, and NULL: any failure is a violation. */
void standin_free(standin_check *check, void *block);

#endif
