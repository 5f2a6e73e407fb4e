/* See step_os.h: what there is in a machine but memory and threads. */
#include <string.h>

#include "step_os_internal.h"

/* What is put back. */
static struct {
    UINT64 ticks;
    UINT32 signals;
    BOOL etw_wanted;
} now, saved;

void step_machine_reset(void)
{
    memset(&now, 0, sizeof now);
}

void step_machine_save(void)
{
    saved = now;
}

void step_machine_restore(void)
{
    now = saved;
}

void step_os_set_signals(UINT32 signals)
{
    now.signals = signals;
}

UINT32 step_os_signals(void)
{
    return now.signals;
}

void step_os_listen_to_etw(BOOL wanted)
{
    now.etw_wanted = wanted;
}

static UINT32 os_memory_status(hostmem_os *os, hmi_os_memory *status)
{
    (void)os;
    POINT("memory_status");
    *status = (hmi_os_memory){50, (UINT64)16 << 30, (UINT64)8 << 30};
    return 0;
}

static void os_job_status(hostmem_os *os, hmi_os_job *status)
{
    (void)os;
    POINT("job_status");
    *status = (hmi_os_job){0};
}

static UINT32 os_memory_signals(hostmem_os *os, void *event)
{
    (void)os;
    (void)event;
    POINT("memory_signals");
    return now.signals;
}

static UINT32 os_current_node(hostmem_os *os, UINT32 *node)
{
    (void)os;
    POINT("current_node");
    *node = 0;
    return 0;
}

/* Every look at the clock finds it one tick later. */
static UINT64 os_ticks(hostmem_os *os)
{
    (void)os;
    POINT("ticks");
    return ++now.ticks;
}

static UINT64 os_ticks_per_second(hostmem_os *os)
{
    (void)os;
    POINT("ticks_per_second");
    return 1000000;
}

static UINT64 os_system_time(hostmem_os *os)
{
    (void)os;
    POINT("system_time");
    return 133500000000000000u + step_os_now_ms() * 10000;
}

static UINT32 os_process_id(hostmem_os *os)
{
    (void)os;
    POINT("process_id");
    return 1;
}

static UINT32 os_capture_stack(hostmem_os *os, void **frames, UINT32 most)
{
    (void)os;
    POINT("capture_stack");
    frames[0] = (void *)(UINT_PTR)0x401000;
    return most > 0;
}

static UINT32 os_find_module(hostmem_os *os, const void *address, hmi_os_module *module)
{
    (void)os;
    (void)address;
    (void)module;
    POINT("find_module");
    return ERROR_MOD_NOT_FOUND;
}

static UINT32 os_thread_name(hostmem_os *os, UINT32 thread, char *name, UINT32 bytes)
{
    (void)os;
    (void)thread;
    (void)name;
    (void)bytes;
    POINT("thread_name");
    return HMI_NO_THREAD;
}

static UINT32 os_get_environment(hostmem_os *os, const char *name, char *value, UINT32 length)
{
    (void)os;
    (void)name;
    (void)value;
    (void)length;
    POINT("get_environment");
    return 0;
}

static UINT32 os_etw_register(hostmem_os *os, const GUID *id, const void *traits,
                              void (*enable)(void *context, BOOL wanted), void *context, void **registration)
{
    static int provider;
    (void)os;
    (void)id;
    (void)traits;
    POINT("etw_register");
    *registration = &provider;
    if (now.etw_wanted)
        enable(context, TRUE);
    return 0;
}

static void os_etw_unregister(hostmem_os *os, void *registration)
{
    (void)os;
    (void)registration;
    POINT("etw_unregister");
}

static void os_etw_write(hostmem_os *os, void *registration, const hmi_os_etw_event *written)
{
    (void)os;
    (void)registration;
    (void)written;
    POINT("etw_write");
    step_totals.etw_events++;
}

static UINT32 os_file_create(hostmem_os *os, const char *path, const void *beginning, UINT32 bytes, void **file)
{
    (void)os;
    (void)path;
    (void)beginning;
    (void)bytes;
    POINT("file_create");
    *file = step_os_take_object(1);
    return *file ? 0 : ERROR_DISK_FULL;
}

static UINT32 os_file_write(hostmem_os *os, void *file, const void *data, UINT32 bytes)
{
    (void)os;
    (void)file;
    (void)data;
    (void)bytes;
    POINT("file_write");
    return 0;
}

static void os_file_yield(hostmem_os *os, void *file)
{
    (void)os;
    (void)file;
    POINT("file_yield");
}

static void os_file_close(hostmem_os *os, void *file)
{
    (void)os;
    POINT("file_close");
    step_os_drop_object(file);
}

static void os_tell_operator(hostmem_os *os, const char *line)
{
    (void)os;
    (void)line;
    POINT("tell_operator");
}

static void *os_module_hold(hostmem_os *os)
{
    POINT("module_hold");
    step_totals.modules++;
    return os;
}

static void os_module_release(hostmem_os *os, void *module)
{
    (void)module;
    (void)os;
    POINT("module_release");
    step_totals.modules--;
}

void step_machine_fill(hostmem_os *table)
{
    table->memory_status = os_memory_status;
    table->job_status = os_job_status;
    table->memory_signals = os_memory_signals;
    table->current_node = os_current_node;
    table->ticks = os_ticks;
    table->ticks_per_second = os_ticks_per_second;
    table->system_time = os_system_time;
    table->process_id = os_process_id;
    table->etw_register = os_etw_register;
    table->etw_unregister = os_etw_unregister;
    table->etw_write = os_etw_write;
    table->file_create = os_file_create;
    table->file_write = os_file_write;
    table->file_close = os_file_close;
    table->capture_stack = os_capture_stack;
    table->find_module = os_find_module;
    table->thread_name = os_thread_name;
    table->get_environment = os_get_environment;
    table->file_yield = os_file_yield;
    table->tell_operator = os_tell_operator;
    table->module_hold = os_module_hold;
    table->module_release = os_module_release;
}
