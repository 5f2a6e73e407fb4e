/* Files of the simulated operating system, which are kept in memory, and its clock for traces. The clock is one atomic
 * counter and takes no mutex: who reads it must not come to be in order with other threads by that. */
#include "sim_os_internal.h"

#include <stdlib.h>
#include <string.h>

struct sim_file {
    sim_file *next;
    BOOL open;
    char *path;
    unsigned char *data;
    SIZE_T bytes;
    SIZE_T capacity;
};

static sim_file *find_file(sim_files *files, const void *file)
{
    sim_file *found = files->first;
    while (found != NULL && found != file) {
        found = found->next;
    }
    if (found == NULL || !found->open) {
        sim_die("not an open file", file);
    }
    return found;
}

void sim_files_clear(sim_files *files)
{
    while (files->first != NULL) {
        sim_file *file = files->first;
        files->first = file->next;
        free(file->path);
        free(file->data);
        free(file);
    }
    files->open_count = 0;
}

/* ---- The functions ---- */

static UINT32 os_file_create(hostmem_os *os, const char *path, void **out)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_FILE_CREATE, .address = (void *)(UINT_PTR)path});
    if (error == 0) {
        sim_files *files = &passage.sim->files;
        sim_file *file = sim_allocate(sizeof *file);
        *file = (sim_file){.next = files->first, .open = TRUE, .path = sim_allocate(strlen(path) + 1)};
        memcpy(file->path, path, strlen(path));
        files->first = file;
        files->open_count++;
        *out = file;
        passage.call.result = file;
        sim_set_last_error(ERROR_ALREADY_EXISTS); /* as the real function does where it replaces a file */
    }
    return sim_leave(&passage, error);
}

static UINT32 os_file_write(hostmem_os *os, void *address, const void *data, UINT32 bytes)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_FILE_WRITE, .address = address, .size = bytes});
    if (error == 0) {
        sim_file *file = find_file(&passage.sim->files, address);
        file->data = sim_grow(file->data, 1, &file->capacity, file->bytes + bytes);
        memcpy(file->data + file->bytes, data, bytes);
        file->bytes += bytes;
    }
    return sim_leave(&passage, error);
}

static void os_file_close(hostmem_os *os, void *address)
{
    sim_passage passage;
    sim_enter(&passage, os, (sim_os_call){.kind = SIM_FILE_CLOSE, .address = address});
    find_file(&passage.sim->files, address)->open = FALSE;
    passage.sim->files.open_count--;
    sim_leave(&passage, 0);
}

static UINT64 os_ticks(hostmem_os *os)
{
    return atomic_fetch_add_explicit(&sim_from_functions(os)->files.ticks, 1, memory_order_relaxed) + 1;
}

static UINT64 os_ticks_per_second(hostmem_os *os)
{
    (void)os;
    return SIM_TICKS_PER_SECOND;
}

static UINT64 os_system_time(hostmem_os *os)
{
    return SIM_SYSTEM_TIME + os->now_ms(os) * 10000;
}

static UINT32 os_process_id(hostmem_os *os)
{
    (void)os;
    return SIM_PROCESS_ID;
}

void sim_file_functions(hostmem_os *functions)
{
    functions->file_create = os_file_create;
    functions->file_write = os_file_write;
    functions->file_close = os_file_close;
    functions->ticks = os_ticks;
    functions->ticks_per_second = os_ticks_per_second;
    functions->system_time = os_system_time;
    functions->process_id = os_process_id;
}

/* ---- What tests ask ---- */

const void *sim_os_file(sim_os *sim, const char *path, SIZE_T *bytes)
{
    sim_mutex_lock(sim->mutex);
    sim_file *file = sim->files.first;
    while (file != NULL && strcmp(file->path, path) != 0) {
        file = file->next;
    }
    sim_mutex_unlock(sim->mutex);
    *bytes = file != NULL ? file->bytes : 0;
    return file != NULL ? file->data : NULL;
}
