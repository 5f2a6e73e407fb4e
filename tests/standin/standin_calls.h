/* One checked function for each method that the stand-in calls. All of the stand-in's calls to the manager are made
 * here. S_OK means that the memory is there and usable; everything else is a failure. */
#ifndef STANDIN_CALLS_H
#define STANDIN_CALLS_H

#include "standin_check.h"

/* Asks the control for a manager by interface; *out is NULL unless S_OK. */
HRESULT standin_get_host_manager(standin_check *check, IHostControl *control, REFIID iid, void **out);
/* Fills check->malloc. */
HRESULT standin_create_malloc(standin_check *check);
void standin_register_callback(standin_check *check, ICLRMemoryNotificationCallback *callback);

/* *out is NULL unless S_OK. Checks alignment and the state of the pages as the operating system reports it. Checks
 * that pages are zero only if the same call reserved them; otherwise the caller has to. */
HRESULT standin_virtual_alloc(standin_check *check, void *address, SIZE_T size, DWORD type, DWORD protect,
                              EMemoryCriticalLevel level, void **out);
/* For the stand-in's own memory, which a manager must always take back: any failure is a violation. */
void standin_virtual_free(standin_check *check, void *address, SIZE_T size, DWORD type);
HRESULT standin_virtual_query(standin_check *check, void *address, MEMORY_BASIC_INFORMATION *info);
HRESULT standin_virtual_protect(standin_check *check, void *address, SIZE_T size, DWORD protect, DWORD *old);

/* Percent; 0 if the manager fails. */
DWORD standin_memory_load(standin_check *check);

/* TRUE: try to map once more. */
BOOL standin_needs_address_space(standin_check *check, void *address, SIZE_T size);
void standin_acquired_address_space(standin_check *check, void *address, SIZE_T size);
void standin_released_address_space(standin_check *check, void *address);

/* *out is NULL unless S_OK. file NULL: Alloc; otherwise DebugAlloc. */
HRESULT standin_alloc(standin_check *check, SIZE_T size, EMemoryCriticalLevel level, char *file, int line, void **out);
/* For the stand-in's own blocks, and NULL: any failure is a violation. */
void standin_free(standin_check *check, void *block);

#endif
