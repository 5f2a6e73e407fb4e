/* Files of the simulated operating system, which are kept in memory, and its clock for traces. The clock is one
 * atomic counter without the mutex, so that reading it does not order a thread's operations with those of other
 * threads. */
#include "sim_os_internal.h"

#include <stdlib.h>
#include <string.h>

struct sim_file {
    sim_file *next;
    BOOL open;
    BOOL for_writing; /* and not yielded */
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

/* The last file created with the path. */
static const sim_file *find_path(const sim_files *files, const char *path)
{
    const sim_file *file = files->first;
    while (file != NULL && strcmp(file->path, path) != 0) {
        file = file->next;
    }
    return file;
}

static UINT32 find_obstacle(const sim_file *there, const void *beginning, UINT32 bytes)
{
    if (there == NULL) {
        return 0;
    }
    if (there->open) {
        return ERROR_SHARING_VIOLATION;
    }
    return beginning == NULL || there->bytes == 0 ||
                   (there->bytes >= bytes && memcmp(there->data, beginning, bytes) == 0)
               ? 0
               : (UINT32)ERROR_FILE_EXISTS;
}

static UINT32 os_file_create(hostmem_os *os, const char *path, const void *beginning, UINT32 bytes, void **out)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_FILE_CREATE, .address = (void *)(UINT_PTR)path});
    if (error == 0) {
        error = find_obstacle(find_path(&passage.sim->files, path), beginning, bytes);
    }
    if (error == 0) {
        sim_files *files = &passage.sim->files;
        sim_file *file = sim_allocate(sizeof *file);
        *file = (sim_file){
            .next = files->first, .open = TRUE, .for_writing = TRUE, .path = sim_allocate(strlen(path) + 1)};
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
        file->for_writing = TRUE;
    }
    return sim_leave(&passage, error);
}

static void os_file_yield(hostmem_os *os, void *address)
{
    sim_os *sim = sim_from_functions(os);
    sim_mutex_lock(sim->mutex);
    find_file(&sim->files, address)->for_writing = FALSE;
    sim_mutex_unlock(sim->mutex);
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
    functions->file_yield = os_file_yield;
    functions->file_close = os_file_close;
    functions->ticks = os_ticks;
    functions->ticks_per_second = os_ticks_per_second;
    functions->system_time = os_system_time;
    functions->process_id = os_process_id;
}

/* ---- Queries for tests ---- */

const void *sim_os_file(sim_os *sim, const char *path, SIZE_T *bytes)
{
    sim_mutex_lock(sim->mutex);
    const sim_file *file = find_path(&sim->files, path);
    sim_mutex_unlock(sim->mutex);
    *bytes = file != NULL ? file->bytes : 0;
    return file != NULL ? file->data : NULL;
}

BOOL sim_os_file_is_yielded(sim_os *sim, const char *path)
{
    sim_mutex_lock(sim->mutex);
    const sim_file *file = find_path(&sim->files, path);
    BOOL yielded = file != NULL && !file->for_writing;
    sim_mutex_unlock(sim->mutex);
    return yielded;
}

void sim_os_add_file(sim_os *sim, const char *path, const void *data, SIZE_T bytes)
{
    sim_mutex_lock(sim->mutex);
    sim_file *file = sim_allocate(sizeof *file);
    *file = (sim_file){.next = sim->files.first, .path = sim_allocate(strlen(path) + 1)};
    memcpy(file->path, path, strlen(path));
    file->data = sim_grow(file->data, 1, &file->capacity, bytes);
    if (bytes != 0) {
        memcpy(file->data, data, bytes);
    }
    file->bytes = bytes;
    sim->files.first = file;
    sim_mutex_unlock(sim->mutex);
}
