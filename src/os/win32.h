/* Shared by the files of the Win32 table; for no others. */
#ifndef HMI_OS_WIN32_H
#define HMI_OS_WIN32_H

/* Everything that is called exists since Windows 7. */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif

#include "os/os.h"

/* The last error of a call that has just failed. ERROR_GEN_FAILURE if that is 0, so that the failure is not taken for
 * success further up. */
UINT32 hmi_win32_error(void);

UINT32 hmi_win32_memory_status(hostmem_os *os, hmi_os_memory *status);
void hmi_win32_job_status(hostmem_os *os, hmi_os_job *status);
UINT32 hmi_win32_memory_signals(hostmem_os *os, void *event);
UINT32 hmi_win32_current_node(hostmem_os *os, UINT32 *node);
UINT64 hmi_win32_now_ms(hostmem_os *os);
UINT32 hmi_win32_thread_id(hostmem_os *os);
void hmi_win32_flush_write_buffers(hostmem_os *os);
BOOL hmi_win32_flushes_write_buffers(void);
UINT32 hmi_win32_event_create(hostmem_os *os, void **event);
void hmi_win32_event_destroy(hostmem_os *os, void *event);
void hmi_win32_event_set(hostmem_os *os, void *event);
void hmi_win32_wait(hostmem_os *os, void *event, UINT32 signals, UINT32 timeout_ms);
UINT32 hmi_win32_thread_start(hostmem_os *os, void (*entry)(void *context), void *context, void **thread);
BOOL hmi_win32_thread_join(hostmem_os *os, void *thread, UINT32 timeout_ms);

/* RtlDllShutdownInProgress: exported by ntdll in every version of Windows, but declared in no header of the SDK. */
typedef BOOLEAN NTAPI hmi_win32_shutdown_query(void);
extern hmi_win32_shutdown_query *volatile hmi_win32_shutdown_in_progress;

/* Whether the process is ending, in which case Windows has ended all threads but this one. Those threads may have held
 * the lock of one of the system's heaps or left its lists inconsistent, so no heap may be used from then on. Inline,
 * because every call of a heap asks. */
static inline BOOL hmi_win32_is_ending(void)
{
    return hmi_win32_shutdown_in_progress && hmi_win32_shutdown_in_progress();
}
BOOL hmi_win32_process_is_ending(hostmem_os *os);

void *hmi_win32_module_hold(hostmem_os *os);
void hmi_win32_module_release(hostmem_os *os, void *module);

/* Usable while the process is ending, too. */
void *hmi_win32_object_alloc(hostmem_os *os, SIZE_T size);
void hmi_win32_object_free(hostmem_os *os, void *object);

/* Loads a DLL from the system's folder, never from the program's folder or the PATH. NULL: it is not there. */
HMODULE hmi_win32_load_system_library(const WCHAR *name);

/* Call before the first hmi_win32_is_ending and hmi_win32_flushes_write_buffers. */
void hmi_win32_look_into_ntdll(void);

/* Call before the first hmi_win32_ticks. */
void hmi_win32_find_clock(void);
UINT64 hmi_win32_ticks(hostmem_os *os);
UINT64 hmi_win32_ticks_per_second(hostmem_os *os);
UINT64 hmi_win32_system_time(hostmem_os *os);
UINT32 hmi_win32_process_id(hostmem_os *os);
UINT32 hmi_win32_etw_register(hostmem_os *os, const GUID *id, const void *traits,
                              void (*enable)(void *context, BOOL wanted), void *context, void **registration);
void hmi_win32_etw_unregister(hostmem_os *os, void *registration);
void hmi_win32_etw_write(hostmem_os *os, void *registration, const hmi_os_etw_event *event);
UINT32 hmi_win32_counters_add(hostmem_os *os, const hmi_os_counter_set *set, const char *name, UINT32 id, void *values,
                              void (*refresh)(void *context), void *context, void **out);
void hmi_win32_counters_remove(hostmem_os *os, void *removed);
UINT32 hmi_win32_file_create(hostmem_os *os, const char *path, const void *beginning, UINT32 bytes, void **file);
UINT32 hmi_win32_file_write(hostmem_os *os, void *file, const void *data, UINT32 bytes);
void hmi_win32_file_yield(hostmem_os *os, void *file);
void hmi_win32_file_close(hostmem_os *os, void *file);
void hmi_win32_tell_operator(hostmem_os *os, const char *line);
UINT32 hmi_win32_capture_stack(hostmem_os *os, void **frames, UINT32 most);
UINT32 hmi_win32_find_module(hostmem_os *os, const void *address, hmi_os_module *module);
void hmi_win32_look_into_kernelbase(void);
UINT32 hmi_win32_thread_name(hostmem_os *os, UINT32 thread, char *name, UINT32 bytes);
UINT32 hmi_win32_get_environment(hostmem_os *os, const char *name, char *value, UINT32 length);
UINT32 hmi_win32_get_last_error(hostmem_os *os);
void hmi_win32_set_last_error(hostmem_os *os, UINT32 error);

#endif
