/* See empty_os.h. Lanes and heaps belong to one thread each and are not guarded; the count of bytes is atomic. */
#include "empty_os.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/* GCC 12 takes the thread's environment block, which is addressed through a segment register, for an array at 0. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Warray-bounds"
#endif

#define PAGE ((UINT_PTR)4096)
#define GRANULE ((UINT_PTR)65536)
#define LANE_BYTES ((UINT_PTR)1 << (sizeof(void *) == 8 ? 42 : 28))
#define LANE_FREE 64u

/* Blocks up to this size are kept for reuse; a heap has two free lists, by size. */
#define SMALL_BLOCK ((SIZE_T)256)
#define LARGE_BLOCK ((SIZE_T)4096)

typedef struct lane {
    UINT_PTR start;
    UINT_PTR next; /* lowest address never used */
    UINT32 free_count;
    UINT_PTR free[LANE_FREE]; /* granules */
    char pad[64];
} lane;

typedef struct stack_block {
    struct stack_block *next;
    SIZE_T size; /* of the block that follows */
} stack_block;

typedef struct stack_heap {
    stack_block *free[2];
    char pad[64];
} stack_heap;

static lane lanes[EMPTY_OS_LANES];
static _Atomic uint64_t own_bytes;

/* The field of each thread's environment block that Windows leaves to programs: a thread-local variable is slower. */
static void **thread_word(void)
{
    return &((NT_TIB *)(void *)NtCurrentTeb())->ArbitraryUserPointer;
}

void empty_os_use_lane(UINT32 index)
{
    lane *self = &lanes[index];
    if (!self->start)
        self->start = self->next = empty_os_lane_start(index);
    *thread_word() = self;
}

UINT_PTR empty_os_lane_start(UINT32 index)
{
    return (index + (sizeof(void *) == 8 ? 1u : 0u)) * LANE_BYTES + GRANULE;
}

UINT64 empty_os_own_bytes(void)
{
    return atomic_load(&own_bytes);
}

static void empty_get_info(hostmem_os *os, hmi_os_info *info)
{
    hostmem_os *real = hmi_os_win32();
    (void)os;
    real->get_info(real, info);
    info->flushes_write_buffers = TRUE; /* as on Windows, also under Wine */
}

/* Removes a granule from the free list, if it was reserved by address. */
static void claim(lane *self, UINT_PTR address)
{
    UINT32 i, kept = 0;
    for (i = 0; i < self->free_count; i++)
        if (self->free[i] != address)
            self->free[kept++] = self->free[i];
    self->free_count = kept;
}

static UINT32 empty_virtual_alloc(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    (void)os;
    (void)protect;
    if (address) {
        *out = (void *)((UINT_PTR)address & ~(type & MEM_RESERVE ? GRANULE - 1 : PAGE - 1));
        if (type & MEM_RESERVE)
            claim(*thread_word(), (UINT_PTR)*out);
    } else {
        lane *self = *thread_word();
        if (self->free_count && size <= GRANULE) {
            *out = (void *)self->free[--self->free_count];
        } else {
            *out = (void *)self->next;
            self->next += (size + GRANULE - 1) & ~(GRANULE - 1);
        }
    }
    return 0;
}

static UINT32 empty_virtual_free(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    lane *self = *thread_word();
    (void)os;
    (void)size;
    if (type == MEM_RELEASE && self->free_count < LANE_FREE &&
        (UINT_PTR)address - self->start < self->next - self->start)
        self->free[self->free_count++] = (UINT_PTR)address;
    return 0;
}

static UINT32 empty_virtual_query(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written)
{
    MEMORY_BASIC_INFORMATION *region = buffer;
    UINT_PTR page = (UINT_PTR)address & ~(PAGE - 1);
    (void)os;
    if (length < sizeof *region)
        return ERROR_BAD_LENGTH;
    region->BaseAddress = (void *)page;
    region->AllocationBase = (void *)(page & ~(GRANULE - 1));
    region->AllocationProtect = PAGE_READWRITE;
    region->RegionSize = PAGE;
    region->State = MEM_COMMIT;
    region->Protect = PAGE_READWRITE;
    region->Type = MEM_PRIVATE;
    *written = sizeof *region;
    return 0;
}

static UINT32 empty_virtual_protect(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    (void)os;
    (void)address;
    (void)size;
    (void)protect;
    *old_protect = PAGE_READWRITE;
    return 0;
}

static UINT32 empty_heap_create(hostmem_os *os, UINT32 options, void **heap)
{
    (void)options;
    *heap = os->object_alloc(os, sizeof(stack_heap));
    return *heap ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static void empty_heap_destroy(hostmem_os *os, void *heap)
{
    stack_heap *self = heap;
    UINT32 i;
    for (i = 0; i < 2; i++) {
        while (self->free[i]) {
            stack_block *block = self->free[i];
            self->free[i] = block->next;
            HeapFree(GetProcessHeap(), 0, block);
        }
    }
    os->object_free(os, self);
}

static UINT32 empty_heap_alloc(hostmem_os *os, void *heap, SIZE_T size, void **out)
{
    stack_heap *self = heap;
    UINT32 class = size > SMALL_BLOCK;
    stack_block *block = self->free[class];
    (void)os;
    if (block && size <= LARGE_BLOCK) {
        self->free[class] = block->next;
    } else {
        SIZE_T room = !class ? SMALL_BLOCK : size > LARGE_BLOCK ? size : LARGE_BLOCK;
        block = HeapAlloc(GetProcessHeap(), 0, sizeof *block + room);
        if (!block)
            return ERROR_NOT_ENOUGH_MEMORY;
        block->size = room;
    }
    *out = block + 1;
    return 0;
}

static UINT32 empty_heap_free(hostmem_os *os, void *heap, void *address)
{
    stack_heap *self = heap;
    stack_block *block = (stack_block *)address - 1;
    (void)os;
    if (block->size > LARGE_BLOCK) {
        HeapFree(GetProcessHeap(), 0, block);
    } else {
        UINT32 class = block->size > SMALL_BLOCK;
        block->next = self->free[class];
        self->free[class] = block;
    }
    return 0;
}

static UINT32 empty_table_commit(hostmem_os *os, void *address, SIZE_T size)
{
    hostmem_os *real = hmi_os_win32();
    (void)os;
    atomic_fetch_add(&own_bytes, size);
    return real->table_commit(real, address, size);
}

static void *empty_object_alloc(hostmem_os *os, SIZE_T size)
{
    hostmem_os *real = hmi_os_win32();
    void *object = real->object_alloc(real, size);
    (void)os;
    if (object)
        atomic_fetch_add(&own_bytes, HeapSize(GetProcessHeap(), 0, object));
    return object;
}

static void empty_object_free(hostmem_os *os, void *object)
{
    hostmem_os *real = hmi_os_win32();
    (void)os;
    atomic_fetch_sub(&own_bytes, HeapSize(GetProcessHeap(), 0, object));
    real->object_free(real, object);
}

static UINT32 empty_memory_status(hostmem_os *os, hmi_os_memory *status)
{
    (void)os;
    *status = (hmi_os_memory){50, (UINT64)16 << 30, (UINT64)8 << 30};
    return 0;
}

static void empty_job_status(hostmem_os *os, hmi_os_job *status)
{
    (void)os;
    memset(status, 0, sizeof *status);
}

hostmem_os *empty_os(void)
{
    static hostmem_os table;
    if (!table.get_info) {
        table = *hmi_os_win32();
        table.virtual_alloc = empty_virtual_alloc;
        table.virtual_free = empty_virtual_free;
        table.virtual_query = empty_virtual_query;
        table.virtual_protect = empty_virtual_protect;
        table.heap_create = empty_heap_create;
        table.heap_destroy = empty_heap_destroy;
        table.heap_alloc = empty_heap_alloc;
        table.heap_free = empty_heap_free;
        table.table_commit = empty_table_commit;
        table.object_alloc = empty_object_alloc;
        table.object_free = empty_object_free;
        table.memory_status = empty_memory_status;
        table.job_status = empty_job_status;
        table.get_info = empty_get_info;
    }
    return &table;
}
