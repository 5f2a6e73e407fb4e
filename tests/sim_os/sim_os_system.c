/* What the simulated operating system reports about itself: memory, the job, the environment, the thread's last
 * error. */
#include "sim_os_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void sim_system_init(sim_system *system)
{
    *system = (sim_system){
        .memory =
            {
                .load_percent = 50,
                .total_physical = (UINT64)16 << 30,
                .available_physical = (UINT64)8 << 30,
            },
    };
}

static void remove_variable(sim_system *system, SIZE_T index)
{
    free(system->variables[index].name);
    free(system->variables[index].value);
    system->variables[index] = system->variables[--system->variable_count];
}

void sim_system_clear(sim_system *system)
{
    while (system->variable_count > 0) {
        remove_variable(system, 0);
    }
    free(system->variables);
    free(system->told);
    *system = (sim_system){0};
}

static BOOL same_name(const char *one, const char *other)
{
    while (*one != '\0' && toupper((unsigned char)*one) == toupper((unsigned char)*other)) {
        one++;
        other++;
    }
    return *one == '\0' && *other == '\0';
}

/* The number of variables if none has the name. */
static SIZE_T find_variable(const sim_system *system, const char *name)
{
    SIZE_T index = 0;
    while (index < system->variable_count && !same_name(system->variables[index].name, name)) {
        index++;
    }
    return index;
}

/* ---- The functions ---- */

static UINT32 os_memory_status(hostmem_os *os, hmi_os_memory *status)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_MEMORY_STATUS});
    if (error == 0) {
        *status = passage.sim->system.memory;
    }
    return sim_leave(&passage, error);
}

static void os_job_status(hostmem_os *os, hmi_os_job *status)
{
    sim_passage passage;
    sim_enter(&passage, os, (sim_os_call){.kind = SIM_JOB_STATUS});
    *status = passage.sim->system.job;
    sim_leave(&passage, 0);
}

static BOOL os_process_is_ending(hostmem_os *os)
{
    sim_os *sim = sim_from_functions(os);
    sim_mutex_lock(sim->mutex);
    BOOL ending = sim->system.process_ending;
    sim_mutex_unlock(sim->mutex);
    return ending;
}

static void *os_module_hold(hostmem_os *os)
{
    sim_os *sim = sim_from_functions(os);
    sim_mutex_lock(sim->mutex);
    sim->system.module_holds++;
    sim_mutex_unlock(sim->mutex);
    return (void *)SIM_MODULE_BASE;
}

static void os_module_release(hostmem_os *os, void *module)
{
    sim_os *sim = sim_from_functions(os);
    sim_mutex_lock(sim->mutex);
    if (module != (void *)SIM_MODULE_BASE || sim->system.module_holds == 0) {
        sim_die("module_release of what module_hold has not returned", module);
    }
    sim->system.module_holds--;
    sim_mutex_unlock(sim->mutex);
}

static void os_tell_operator(hostmem_os *os, const char *line)
{
    sim_os *sim = sim_from_functions(os);
    SIZE_T bytes = strlen(line) + 1;
    sim_mutex_lock(sim->mutex);
    free(sim->system.told);
    sim->system.told = sim_allocate(bytes);
    memcpy(sim->system.told, line, bytes);
    sim->system.told_times++;
    sim_mutex_unlock(sim->mutex);
    sim_set_last_error(ERROR_INVALID_HANDLE);
}

static UINT32 os_get_environment(hostmem_os *os, const char *name, char *value, UINT32 length)
{
    sim_passage passage;
    UINT32 found = 0;
    sim_enter(&passage, os,
              (sim_os_call){.kind = SIM_GET_ENVIRONMENT, .address = (void *)(UINT_PTR)name, .size = length});
    const sim_system *system = &passage.sim->system;
    SIZE_T index = find_variable(system, name);
    if (index == system->variable_count) {
        sim_set_last_error(ERROR_ENVVAR_NOT_FOUND);
    } else {
        found = (UINT32)strlen(system->variables[index].value);
        if (found < length)
            memcpy(value, system->variables[index].value, (SIZE_T)found + 1);
        else if (length >= sizeof "1")
            memcpy(value, "1", sizeof "1"); /* its content is undefined then, so it may look valid */
    }
    sim_leave(&passage, 0);
    return found;
}

static UINT32 os_capture_stack(hostmem_os *os, void **frames, UINT32 most)
{
    sim_os *sim = sim_from_functions(os);
    UINT_PTR calls[] = {SIM_MODULE_BASE + 0x1000, SIM_MODULE_BASE + 0x2000, 0x10 + (UINT_PTR)os->thread_id(os)};
    UINT32 count = sizeof calls / sizeof *calls, i;
    sim_set_last_error(1);
    sim_mutex_lock(sim->mutex);
    calls[1] += sim->system.caller;
    if (sim->system.has_no_stack) {
        count = 0;
    }
    sim_mutex_unlock(sim->mutex);
    for (i = 0; i < count && i < most; i++) {
        frames[i] = (void *)calls[i];
    }
    return i;
}

static UINT32 os_find_module(hostmem_os *os, const void *address, hmi_os_module *module)
{
    (void)os;
    if (address != NULL && (UINT_PTR)address - SIM_MODULE_BASE >= SIM_MODULE_BYTES) {
        return ERROR_MOD_NOT_FOUND;
    }
    *module = (hmi_os_module){SIM_MODULE_BASE, SIM_MODULE_BYTES, sizeof SIM_MODULE_PATH - 1, SIM_MODULE_PATH};
    return 0;
}

static UINT32 os_thread_name(hostmem_os *os, UINT32 thread, char *name, UINT32 bytes)
{
    sim_os *sim = sim_from_functions(os);
    UINT32 length = HMI_NO_THREAD, i;
    sim_set_last_error(1);
    sim_mutex_lock(sim->mutex);
    for (i = 0; i < SIM_NAMED_THREADS; i++) {
        if (sim->system.threads[i].id == thread && sim->system.threads[i].name) {
            length = (UINT32)strlen(sim->system.threads[i].name);
            if (length > bytes)
                length = bytes;
            memcpy(name, sim->system.threads[i].name, length);
        }
    }
    sim_mutex_unlock(sim->mutex);
    return length;
}

static UINT32 os_get_last_error(hostmem_os *os)
{
    (void)os;
    return sim_last_error();
}

static void os_set_last_error(hostmem_os *os, UINT32 error)
{
    (void)os;
    sim_set_last_error(error);
}

void sim_system_functions(hostmem_os *functions)
{
    functions->memory_status = os_memory_status;
    functions->job_status = os_job_status;
    functions->process_is_ending = os_process_is_ending;
    functions->module_hold = os_module_hold;
    functions->module_release = os_module_release;
    functions->tell_operator = os_tell_operator;
    functions->get_environment = os_get_environment;
    functions->capture_stack = os_capture_stack;
    functions->find_module = os_find_module;
    functions->thread_name = os_thread_name;
    functions->get_last_error = os_get_last_error;
    functions->set_last_error = os_set_last_error;
}

/* ---- Controls for tests ---- */

void sim_os_set_memory_status(sim_os *sim, const hmi_os_memory *status)
{
    sim_mutex_lock(sim->mutex);
    sim->system.memory = *status;
    sim_mutex_unlock(sim->mutex);
}

void sim_os_set_job(sim_os *sim, const hmi_os_job *job)
{
    sim_mutex_lock(sim->mutex);
    sim->system.job = *job;
    sim_mutex_unlock(sim->mutex);
}

const char *sim_os_told(sim_os *sim, UINT32 *times)
{
    sim_mutex_lock(sim->mutex);
    const char *told = sim->system.told;
    *times = sim->system.told_times;
    sim_mutex_unlock(sim->mutex);
    return told;
}

void sim_os_set_process_ending(sim_os *sim, BOOL ending)
{
    sim_mutex_lock(sim->mutex);
    sim->system.process_ending = ending;
    sim_mutex_unlock(sim->mutex);
}

void sim_os_name_thread(sim_os *sim, UINT32 thread, const char *name)
{
    UINT32 i = 0;
    sim_mutex_lock(sim->mutex);
    while (i < SIM_NAMED_THREADS && sim->system.threads[i].id && sim->system.threads[i].id != thread)
        i++;
    if (i == SIM_NAMED_THREADS)
        abort();
    sim->system.threads[i].id = thread;
    sim->system.threads[i].name = name;
    sim_mutex_unlock(sim->mutex);
}

void sim_os_set_stack(sim_os *sim, BOOL has_stack, UINT32 caller)
{
    sim_mutex_lock(sim->mutex);
    sim->system.has_no_stack = !has_stack;
    sim->system.caller = caller;
    sim_mutex_unlock(sim->mutex);
}

static char *copy(const char *text)
{
    char *copied = sim_allocate(strlen(text) + 1);
    memcpy(copied, text, strlen(text));
    return copied;
}

void sim_os_set_environment(sim_os *sim, const char *name, const char *value)
{
    sim_mutex_lock(sim->mutex);
    sim_system *system = &sim->system;
    SIZE_T index = find_variable(system, name);
    if (index < system->variable_count) {
        remove_variable(system, index);
    }
    if (value != NULL) {
        system->variables = sim_grow(system->variables, sizeof *system->variables, &system->variable_capacity,
                                     system->variable_count + 1);
        system->variables[system->variable_count++] = (sim_variable){.name = copy(name), .value = copy(value)};
    }
    sim_mutex_unlock(sim->mutex);
}
