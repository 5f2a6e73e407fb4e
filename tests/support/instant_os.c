/* See instant_os.h. Reservations and tables are runs of granules with a word for each page; heap blocks, heaps and
 * objects are runs of small units; events are words that waiting threads poll; threads are created in advance. */
#include "instant_os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instant_space.h"
#include "sim_backing.h"
#include "sim_thread.h"

#ifndef _WIN32
#include <time.h>
#endif

#define PAGE ((SIZE_T)4096)
#define GRANULE ((SIZE_T)65536)
#define UNIT ((SIZE_T)64)
#define GRANULE_PAGES ((UINT32)(GRANULE / PAGE))

enum { RESERVATION = 1, TABLE, BLOCK, HEAP, OBJECT };

/* States of a thread that thread_start can use. */
enum { IDLE, LENT, RUNNING, ENDED, LEFT };

typedef struct runner {
    instant_os *os;
    sim_thread *thread;
    void (*entry)(void *context);
    void *context;
    _Atomic UINT32 state;
} runner;

struct instant_os {
    hostmem_os table;
    char *arena;
    SIZE_T arena_bytes;
    char *blocks;
    SIZE_T block_bytes;
    instant_space granules;
    instant_space units;
    _Atomic UINT32 *pages; /* protection; 0: not committed */
    runner *runners;
    UINT32 runner_count;
    _Atomic UINT64 ticks;
    atomic_bool stop;
};

static instant_os *impl(hostmem_os *os)
{
    return (instant_os *)(void *)((char *)os - offsetof(instant_os, table));
}

static void nap(void)
{
#ifdef _WIN32
    Sleep(1);
#else
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
#endif
}

/* ---- Pages ---- */

static SIZE_T to_pages(SIZE_T bytes)
{
    return (bytes + PAGE - 1) & ~(PAGE - 1);
}

/* A range of pages of the arena, as indices. */
typedef struct page_range {
    UINT32 first;
    UINT32 end;
} page_range;

static BOOL in_arena(const instant_os *self, const void *address)
{
    return (UINT_PTR)address - (UINT_PTR)self->arena < self->arena_bytes;
}

/* The pages of size bytes at address, if a single run of the kind contains them, and the run's first granule. */
static BOOL find_pages(instant_os *self, const void *address, SIZE_T size, UINT32 kind, page_range *pages,
                       UINT32 *first)
{
    SIZE_T offset = (UINT_PTR)address - (UINT_PTR)self->arena;
    instant_run *run;
    if (!in_arena(self, address) || !size || size > self->arena_bytes - offset)
        return FALSE;
    run = instant_space_find(&self->granules, (UINT32)(offset / GRANULE), first);
    if (!run || atomic_load(&run->kind) != kind ||
        offset + size > *first * GRANULE + to_pages(atomic_load(&run->bytes)))
        return FALSE;
    *pages = (page_range){(UINT32)(offset / PAGE), (UINT32)((offset + size - 1) / PAGE + 1)};
    return TRUE;
}

static void set_pages(instant_os *self, page_range pages, UINT32 protect)
{
    for (; pages.first < pages.end; pages.first++)
        atomic_store(&self->pages[pages.first], protect);
}

static void drop_pages(instant_os *self, page_range pages)
{
    for (; pages.first < pages.end; pages.first++) {
        if (atomic_load(&self->pages[pages.first])) {
            memset(self->arena + pages.first * PAGE, 0, PAGE);
            atomic_store(&self->pages[pages.first], 0);
        }
    }
}

static UINT32 reserve(instant_os *self, void *address, SIZE_T size, UINT32 kind, UINT32 protect, UINT32 *first)
{
    SIZE_T offset = (UINT_PTR)address - (UINT_PTR)self->arena;
    UINT32 wanted = address ? (UINT32)(offset / GRANULE) : INSTANT_NONE;
    if (!size || size > self->arena_bytes)
        return size ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_PARAMETER;
    if (address && !in_arena(self, address))
        return ERROR_INVALID_ADDRESS;
    if (address)
        size += offset % GRANULE;
    *first = instant_space_take(&self->granules, wanted, (UINT32)((size + GRANULE - 1) / GRANULE), kind, protect,
                                to_pages(size));
    return *first != INSTANT_NONE ? 0 : address ? ERROR_INVALID_ADDRESS : ERROR_NOT_ENOUGH_MEMORY;
}

/* Precondition: this thread has ended the run. */
static void drop_run(instant_os *self, UINT32 first)
{
    SIZE_T bytes = atomic_load(&self->granules.runs[first].bytes);
    drop_pages(self, (page_range){first * GRANULE_PAGES, first * GRANULE_PAGES + (UINT32)(bytes / PAGE)});
    instant_space_give_back(&self->granules, first);
}

static UINT32 instant_virtual_alloc(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    instant_os *self = impl(os);
    page_range pages;
    UINT32 first, error;
    if ((type & MEM_RESERVE) || ((type & MEM_COMMIT) && !address)) {
        error = reserve(self, address, size, RESERVATION, protect, &first);
        if (error)
            return error;
        address = self->arena + first * GRANULE;
        size = atomic_load(&self->granules.runs[first].bytes);
        *out = address;
    }
    if (!find_pages(self, address, size, RESERVATION, &pages, &first))
        return ERROR_INVALID_ADDRESS;
    if (type & MEM_COMMIT)
        set_pages(self, pages, protect);
    if (!(type & MEM_RESERVE))
        *out = self->arena + pages.first * PAGE;
    return 0;
}

static UINT32 instant_virtual_free(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    instant_os *self = impl(os);
    page_range pages;
    UINT32 first;
    if (!find_pages(self, address, size ? size : 1, RESERVATION, &pages, &first))
        return ERROR_INVALID_ADDRESS;
    if (!size && (char *)address != self->arena + first * GRANULE)
        return ERROR_INVALID_ADDRESS;
    if (type == MEM_RELEASE) {
        if (!instant_space_end(&self->granules, first, RESERVATION))
            return ERROR_INVALID_ADDRESS;
        drop_run(self, first);
        return 0;
    }
    if (!size)
        pages.end = pages.first + (UINT32)(atomic_load(&self->granules.runs[first].bytes) / PAGE);
    drop_pages(self, pages);
    return 0;
}

static UINT32 instant_virtual_query(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written)
{
    instant_os *self = impl(os);
    MEMORY_BASIC_INFORMATION *info = buffer;
    page_range pages;
    UINT32 first, protect, end;
    if (length < sizeof *info)
        return ERROR_BAD_LENGTH;
    *info = (MEMORY_BASIC_INFORMATION){.BaseAddress = (void *)((UINT_PTR)address & ~(PAGE - 1)),
                                       .RegionSize = PAGE,
                                       .State = MEM_FREE,
                                       .Protect = PAGE_NOACCESS};
    *written = sizeof *info;
    if (!in_arena(self, address)) /* the address space has one free range below the arena, and one above it */
        info->RegionSize = ((UINT_PTR)address < (UINT_PTR)self->arena ? (UINT_PTR)self->arena : ~(PAGE - 1)) -
                           (UINT_PTR)info->BaseAddress;
    if (!find_pages(self, address, 1, RESERVATION, &pages, &first))
        return 0;
    end = first * GRANULE_PAGES + (UINT32)(atomic_load(&self->granules.runs[first].bytes) / PAGE);
    protect = atomic_load(&self->pages[pages.first]);
    while (pages.end < end && atomic_load(&self->pages[pages.end]) == protect)
        pages.end++;
    info->AllocationBase = self->arena + first * GRANULE;
    info->AllocationProtect = atomic_load(&self->granules.runs[first].note);
    info->RegionSize = (pages.end - pages.first) * PAGE;
    info->State = protect ? MEM_COMMIT : MEM_RESERVE;
    info->Protect = protect;
    info->Type = MEM_PRIVATE;
    return 0;
}

static UINT32 instant_virtual_protect(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    instant_os *self = impl(os);
    page_range pages;
    UINT32 first, page;
    if (!find_pages(self, address, size, RESERVATION, &pages, &first))
        return ERROR_INVALID_ADDRESS;
    for (page = pages.first; page < pages.end; page++) {
        if (!atomic_load(&self->pages[page]))
            return ERROR_INVALID_ADDRESS;
    }
    *old_protect = atomic_load(&self->pages[pages.first]);
    set_pages(self, pages, protect);
    return 0;
}

/* ---- Tables ---- */

static UINT32 instant_table_reserve(hostmem_os *os, SIZE_T size, void **out)
{
    instant_os *self = impl(os);
    UINT32 first, error = reserve(self, NULL, size, TABLE, PAGE_READWRITE, &first);
    if (!error)
        *out = self->arena + first * GRANULE;
    return error;
}

static UINT32 instant_table_commit(hostmem_os *os, void *address, SIZE_T size)
{
    instant_os *self = impl(os);
    page_range pages;
    UINT32 first;
    if (!find_pages(self, address, size, TABLE, &pages, &first))
        sim_die("table_commit of what is not in one table", address);
    set_pages(self, pages, PAGE_READWRITE);
    return 0;
}

static void instant_table_release(hostmem_os *os, void *address, SIZE_T size)
{
    instant_os *self = impl(os);
    SIZE_T offset = (UINT_PTR)address - (UINT_PTR)self->arena;
    UINT32 first = (UINT32)(offset / GRANULE);
    if (!in_arena(self, address) || offset % GRANULE || !instant_space_end(&self->granules, first, TABLE) ||
        atomic_load(&self->granules.runs[first].bytes) != to_pages(size))
        sim_die("table_release of what is not a whole table", address);
    drop_run(self, first);
}

/* ---- Blocks and objects ---- */

static void *take_units(instant_os *self, SIZE_T size, UINT32 kind, UINT32 note)
{
    UINT32 first;
    if (size > self->block_bytes)
        return NULL;
    first = instant_space_take(&self->units, INSTANT_NONE, (UINT32)(size / UNIT + 1), kind, note, size);
    return first == INSTANT_NONE ? NULL : self->blocks + first * UNIT;
}

static UINT32 unit_of(const instant_os *self, const void *address)
{
    SIZE_T offset = (UINT_PTR)address - (UINT_PTR)self->blocks;
    return offset < self->block_bytes && offset % UNIT == 0 ? (UINT32)(offset / UNIT) : INSTANT_NONE;
}

static UINT32 instant_heap_create(hostmem_os *os, UINT32 options, void **heap)
{
    *heap = take_units(impl(os), 0, HEAP, options);
    return *heap ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static void instant_heap_destroy(hostmem_os *os, void *heap)
{
    instant_os *self = impl(os);
    UINT32 number = unit_of(self, heap), unit, used = atomic_load(&self->units.used);
    for (unit = 0; unit < used; unit++) {
        if (atomic_load(&self->units.runs[unit].kind) == BLOCK && atomic_load(&self->units.runs[unit].note) == number &&
            instant_space_end(&self->units, unit, BLOCK))
            instant_space_give_back(&self->units, unit);
    }
    if (!instant_space_end(&self->units, number, HEAP))
        sim_die("heap_destroy of what is not a heap", heap);
    instant_space_give_back(&self->units, number);
}

static UINT32 instant_heap_alloc(hostmem_os *os, void *heap, SIZE_T size, void **out)
{
    instant_os *self = impl(os);
    void *block = take_units(self, size, BLOCK, unit_of(self, heap));
    if (!block)
        return ERROR_NOT_ENOUGH_MEMORY;
    *out = block;
    return 0;
}

static UINT32 instant_heap_free(hostmem_os *os, void *heap, void *block)
{
    instant_os *self = impl(os);
    UINT32 unit = unit_of(self, block);
    if (unit == INSTANT_NONE || atomic_load(&self->units.runs[unit].note) != unit_of(self, heap) ||
        !instant_space_end(&self->units, unit, BLOCK))
        sim_die("heap_free of what is not a live block", block);
    instant_space_give_back(&self->units, unit);
    return 0;
}

static void *instant_object_alloc(hostmem_os *os, SIZE_T size)
{
    void *object = take_units(impl(os), size, OBJECT, 0);
    if (object)
        memset(object, 0, size);
    return object;
}

static void instant_object_free(hostmem_os *os, void *object)
{
    instant_os *self = impl(os);
    UINT32 unit = unit_of(self, object);
    if (!instant_space_end(&self->units, unit, OBJECT))
        sim_die("object_free of what is not a live object", object);
    instant_space_give_back(&self->units, unit);
}

/* ---- The machine ---- */

static void instant_get_info(hostmem_os *os, hmi_os_info *info)
{
    instant_os *self = impl(os);
    UINT_PTR end = (UINT_PTR)self->arena + self->arena_bytes, blocks_end = (UINT_PTR)self->blocks + self->block_bytes;
    *info = (hmi_os_info){PAGE, GRANULE, (end > blocks_end ? end : blocks_end) - 1, TRUE};
}

static UINT32 instant_memory_status(hostmem_os *os, hmi_os_memory *status)
{
    (void)os;
    *status = (hmi_os_memory){50, (UINT64)16 << 30, (UINT64)8 << 30};
    return 0;
}

static void instant_job_status(hostmem_os *os, hmi_os_job *status)
{
    (void)os;
    *status = (hmi_os_job){0};
}

static UINT32 instant_memory_signals(hostmem_os *os, void *event)
{
    (void)os;
    (void)event;
    return 0;
}

static UINT32 instant_virtual_lock(hostmem_os *os, void *address, SIZE_T size)
{
    (void)os;
    (void)address;
    (void)size;
    return 0;
}

static UINT32 instant_working_set_raise(hostmem_os *os, SIZE_T bytes)
{
    (void)os;
    (void)bytes;
    return 0;
}

static UINT32 instant_virtual_alloc_node(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                                         UINT32 node, void **out)
{
    (void)node;
    return instant_virtual_alloc(os, address, size, type, protect, out);
}

static UINT32 instant_current_node(hostmem_os *os, UINT32 *node)
{
    (void)os;
    *node = 0;
    return 0;
}

static BOOL instant_process_is_ending(hostmem_os *os)
{
    (void)os;
    return FALSE;
}

/* As in sim_os each reading of the clock is one tick later than the last. */
static UINT64 instant_ticks(hostmem_os *os)
{
    return atomic_fetch_add_explicit(&impl(os)->ticks, 1, memory_order_relaxed) + 1;
}

static UINT64 instant_ticks_per_second(hostmem_os *os)
{
    (void)os;
    return 1000000;
}

static UINT64 instant_system_time(hostmem_os *os)
{
    (void)os;
    return sim_real_ms() * 10000;
}

static UINT32 instant_capture_stack(hostmem_os *os, void **frames, UINT32 most)
{
    (void)os;
    frames[0] = (void *)(UINT_PTR)0x401000;
    return most > 0;
}

static UINT32 instant_find_module(hostmem_os *os, const void *address, hmi_os_module *module)
{
    (void)os;
    (void)address;
    (void)module;
    return ERROR_MOD_NOT_FOUND;
}

static UINT32 instant_thread_name(hostmem_os *os, UINT32 thread, char *name, UINT32 bytes)
{
    (void)os;
    (void)thread;
    (void)name;
    (void)bytes;
    return HMI_NO_THREAD;
}

static UINT32 instant_process_id(hostmem_os *os)
{
    (void)os;
    return 1;
}

static UINT32 instant_etw_register(hostmem_os *os, const GUID *provider, const void *traits,
                                   void (*enable)(void *context, BOOL wanted), void *context, void **registration)
{
    (void)os;
    (void)provider;
    (void)traits;
    (void)enable;
    (void)context;
    (void)registration;
    return ERROR_CALL_NOT_IMPLEMENTED;
}

static void instant_etw_unregister(hostmem_os *os, void *registration)
{
    (void)os;
    sim_die("etw_unregister of what was not registered", registration);
}

static void instant_etw_write(hostmem_os *os, void *registration, const hmi_os_etw_event *event)
{
    (void)os;
    (void)event;
    sim_die("etw_write to what was not registered", registration);
}

static UINT32 instant_counters_add(hostmem_os *os, const hmi_os_counter_set *set, const char *name, UINT32 id,
                                   void *values, void (*refresh)(void *context), void *context, void **instance)
{
    (void)os;
    (void)set;
    (void)name;
    (void)id;
    (void)values;
    (void)refresh;
    (void)context;
    (void)instance;
    return ERROR_CALL_NOT_IMPLEMENTED;
}

static void instant_counters_remove(hostmem_os *os, void *instance)
{
    (void)os;
    sim_die("counters_remove of what was not added", instance);
}

/* There are no files: a trace needs a sink of its own. */
static UINT32 instant_file_create(hostmem_os *os, const char *path, const void *beginning, UINT32 bytes, void **file)
{
    (void)os;
    (void)path;
    (void)beginning;
    (void)bytes;
    (void)file;
    return ERROR_NOT_SUPPORTED;
}

static UINT32 instant_file_write(hostmem_os *os, void *file, const void *data, UINT32 bytes)
{
    (void)os;
    (void)data;
    (void)bytes;
    sim_die("file_write where there are no files", file);
}

static void instant_file_yield(hostmem_os *os, void *file)
{
    (void)os;
    sim_die("file_yield where there are no files", file);
}

static void instant_tell_operator(hostmem_os *os, const char *line)
{
    (void)os;
    (void)line;
}

static void instant_file_close(hostmem_os *os, void *file)
{
    (void)os;
    sim_die("file_close where there are no files", file);
}

static UINT32 instant_get_environment(hostmem_os *os, const char *name, char *value, UINT32 length)
{
    (void)os;
    (void)name;
    (void)value;
    (void)length;
    return 0;
}

/* MinGW's thread-local variables take a lock on first use; the system's TLS does not. */
#ifdef _WIN32
static UINT32 instant_get_last_error(hostmem_os *os)
{
    (void)os;
    return GetLastError();
}

static void instant_set_last_error(hostmem_os *os, UINT32 error)
{
    (void)os;
    SetLastError(error);
}
#else
static _Thread_local UINT32 last_error;

static UINT32 instant_get_last_error(hostmem_os *os)
{
    (void)os;
    return last_error;
}

static void instant_set_last_error(hostmem_os *os, UINT32 error)
{
    (void)os;
    last_error = error;
}
#endif

/* ---- Time and threads ---- */

static UINT64 instant_now_ms(hostmem_os *os)
{
    (void)os;
    return sim_real_ms();
}

static UINT32 instant_thread_id(hostmem_os *os)
{
    (void)os;
    return sim_thread_id();
}

static void instant_flush_write_buffers(hostmem_os *os)
{
    (void)os;
    sim_thread_flush_write_buffers();
}

/* An event is an object whose first word says whether it is set. */
static UINT32 instant_event_create(hostmem_os *os, void **event)
{
    *event = instant_object_alloc(os, sizeof(_Atomic UINT32));
    return *event ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static void instant_event_set(hostmem_os *os, void *event)
{
    (void)os;
    atomic_store((_Atomic UINT32 *)event, 1);
}

static void instant_wait(hostmem_os *os, void *event, UINT32 signals, UINT32 timeout_ms)
{
    UINT64 start = sim_real_ms();
    (void)os;
    (void)signals;
    while (!atomic_exchange((_Atomic UINT32 *)event, 0) && sim_real_ms() - start < timeout_ms)
        nap();
}

static BOOL move(runner *self, UINT32 from, UINT32 to)
{
    return atomic_compare_exchange_strong(&self->state, &from, to);
}

static void run(void *context)
{
    runner *self = context;
    while (!atomic_load(&self->os->stop)) {
        if (atomic_load(&self->state) != RUNNING) {
            nap();
            continue;
        }
        self->entry(self->context);
        if (!move(self, RUNNING, ENDED))
            atomic_store(&self->state, IDLE); /* nobody has the handle any more */
    }
}

static UINT32 instant_thread_start(hostmem_os *os, void (*entry)(void *context), void *context, void **thread)
{
    instant_os *self = impl(os);
    UINT32 i;
    for (i = 0; i < self->runner_count; i++) {
        runner *lent = &self->runners[i];
        if (move(lent, IDLE, LENT)) {
            lent->entry = entry;
            lent->context = context;
            *thread = lent;
            atomic_store(&lent->state, RUNNING);
            return 0;
        }
    }
    return ERROR_MAX_THRDS_REACHED;
}

/* Nothing here blocks for long: the timeout only has to be enough for a slow machine. */
static BOOL instant_thread_join(hostmem_os *os, void *thread, UINT32 timeout_ms)
{
    runner *lent = thread;
    UINT64 start = sim_real_ms();
    (void)os;
    if (timeout_ms != 0 && timeout_ms < SIM_PATIENCE_MS)
        timeout_ms = SIM_PATIENCE_MS;
    while (!move(lent, ENDED, IDLE)) {
        if (sim_real_ms() - start >= timeout_ms) {
            if (move(lent, RUNNING, LEFT))
                return FALSE;
            continue;
        }
        nap();
    }
    return TRUE;
}

static void *instant_module_hold(hostmem_os *os)
{
    (void)os;
    return NULL;
}

static void instant_module_release(hostmem_os *os, void *module)
{
    (void)os;
    (void)module;
}

/* ---- The whole ---- */

static const hostmem_os functions = {
    .get_info = instant_get_info,
    .virtual_alloc = instant_virtual_alloc,
    .virtual_free = instant_virtual_free,
    .virtual_query = instant_virtual_query,
    .virtual_protect = instant_virtual_protect,
    .heap_create = instant_heap_create,
    .heap_destroy = instant_heap_destroy,
    .heap_alloc = instant_heap_alloc,
    .heap_free = instant_heap_free,
    .table_reserve = instant_table_reserve,
    .table_commit = instant_table_commit,
    .table_release = instant_table_release,
    .object_alloc = instant_object_alloc,
    .object_free = instant_object_free,
    .virtual_lock = instant_virtual_lock,
    .working_set_raise = instant_working_set_raise,
    .virtual_alloc_node = instant_virtual_alloc_node,
    .memory_status = instant_memory_status,
    .job_status = instant_job_status,
    .memory_signals = instant_memory_signals,
    .current_node = instant_current_node,
    .now_ms = instant_now_ms,
    .thread_id = instant_thread_id,
    .flush_write_buffers = instant_flush_write_buffers,
    .event_create = instant_event_create,
    .event_destroy = instant_object_free,
    .event_set = instant_event_set,
    .wait = instant_wait,
    .thread_start = instant_thread_start,
    .thread_join = instant_thread_join,
    .process_is_ending = instant_process_is_ending,
    .module_hold = instant_module_hold,
    .module_release = instant_module_release,
    .ticks = instant_ticks,
    .ticks_per_second = instant_ticks_per_second,
    .system_time = instant_system_time,
    .process_id = instant_process_id,
    .etw_register = instant_etw_register,
    .etw_unregister = instant_etw_unregister,
    .etw_write = instant_etw_write,
    .counters_add = instant_counters_add,
    .counters_remove = instant_counters_remove,
    .file_create = instant_file_create,
    .file_write = instant_file_write,
    .file_yield = instant_file_yield,
    .file_close = instant_file_close,
    .capture_stack = instant_capture_stack,
    .find_module = instant_find_module,
    .thread_name = instant_thread_name,
    .tell_operator = instant_tell_operator,
    .get_environment = instant_get_environment,
    .get_last_error = instant_get_last_error,
    .set_last_error = instant_set_last_error,
};

static SIZE_T size_or(SIZE_T wanted, SIZE_T otherwise)
{
    return ((wanted ? wanted : otherwise) + GRANULE - 1) & ~(GRANULE - 1);
}

static BOOL take_memory(instant_os *self)
{
    self->arena = sim_backing_reserve(self->arena_bytes, GRANULE);
    self->blocks = sim_backing_reserve(self->block_bytes, GRANULE);
    if (!self->arena || !self->blocks)
        return FALSE;
    sim_backing_commit(self->arena, self->arena_bytes, SIM_ACCESS_WRITE);
    sim_backing_commit(self->blocks, self->block_bytes, SIM_ACCESS_WRITE);
    self->pages = calloc(self->arena_bytes / PAGE, sizeof *self->pages);
    return self->pages && instant_space_init(&self->granules, (UINT32)(self->arena_bytes / GRANULE)) &&
           instant_space_init(&self->units, (UINT32)(self->block_bytes / UNIT));
}

static BOOL start_runners(instant_os *self, UINT32 count)
{
    self->runners = calloc(count, sizeof *self->runners);
    for (; self->runners && self->runner_count < count; self->runner_count++) {
        runner *made = &self->runners[self->runner_count];
        made->os = self;
        made->thread = sim_thread_start(run, made);
        if (!made->thread)
            return FALSE;
    }
    return self->runners != NULL;
}

instant_os *instant_os_create(const instant_os_config *config)
{
    static const instant_os_config defaults;
    instant_os *self = calloc(1, sizeof *self);
    if (!config)
        config = &defaults;
    if (!self)
        return NULL;
    sim_thread_flush_write_buffers(); /* the first time is before there are threads that are ended inside of it */
    self->table = functions;
    self->arena_bytes = size_or(config->arena_bytes, (SIZE_T)(sizeof(void *) == 8 ? 512 : 96) << 20);
    self->block_bytes = size_or(config->block_bytes, (SIZE_T)4 << 20);
    if (!take_memory(self) || !start_runners(self, config->threads ? config->threads : 5)) {
        instant_os_destroy(self);
        return NULL;
    }
    return self;
}

/* Whether a thread is still running what thread_start gave it, and would use freed memory. */
static BOOL is_in_use(const instant_os *self)
{
    UINT32 i;
    for (i = 0; i < self->runner_count; i++) {
        UINT32 state = atomic_load(&self->runners[i].state);
        if (state == RUNNING || state == LEFT)
            return TRUE;
    }
    return FALSE;
}

void instant_os_destroy(instant_os *self)
{
    if (!self)
        return;
    if (is_in_use(self)) {
        fprintf(stderr, "instant_os: a thread is still running; nothing is freed\n");
        return;
    }
    atomic_store(&self->stop, true);
    while (self->runner_count)
        sim_thread_join(self->runners[--self->runner_count].thread);
    free(self->runners);
    instant_space_destroy(&self->granules);
    instant_space_destroy(&self->units);
    free((void *)self->pages);
    if (self->arena)
        sim_backing_release(self->arena, self->arena_bytes);
    if (self->blocks)
        sim_backing_release(self->blocks, self->block_bytes);
    free(self);
}

hostmem_os *instant_os_functions(instant_os *self)
{
    return &self->table;
}

static void count_pages(instant_os *self, UINT32 first, SIZE_T bytes, instant_os_totals *totals)
{
    UINT32 page = first * GRANULE_PAGES, end = page + (UINT32)(bytes / PAGE);
    for (; page < end; page++) {
        UINT32 protect = atomic_load(&self->pages[page]);
        totals->committed_bytes += protect ? PAGE : 0;
        totals->executable_bytes += protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE) ? PAGE : 0;
    }
}

void instant_os_total(instant_os *self, instant_os_totals *totals)
{
    UINT32 i, granules = atomic_load(&self->granules.used), units = atomic_load(&self->units.used);
    *totals = (instant_os_totals){0};
    totals->refused = (UINT64)atomic_load(&self->granules.refused) + atomic_load(&self->units.refused);
    for (i = 0; i < granules; i++) {
        const instant_run *region = &self->granules.runs[i];
        UINT32 kind = atomic_load(&region->kind);
        if (kind == RESERVATION) {
            totals->reserved_bytes += atomic_load(&region->bytes);
            count_pages(self, i, atomic_load(&region->bytes), totals);
        }
        totals->tables += kind == TABLE;
    }
    for (i = 0; i < units; i++) {
        const instant_run *block = &self->units.runs[i];
        UINT32 kind = atomic_load(&block->kind);
        totals->heap_blocks += kind == BLOCK;
        totals->heap_bytes += kind == BLOCK ? atomic_load(&block->bytes) : 0;
        totals->heaps += kind == HEAP;
        totals->objects += kind == OBJECT;
    }
}
