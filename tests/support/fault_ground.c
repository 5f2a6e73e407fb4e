#include "fault_ground.h"

void fault_set_rules(host_fixture *f, const hostmem_fault_rule *rules, UINT32 count)
{
    hostmem_fault_rule sized[HOSTMEM_MAX_FAULT_RULES];
    UINT32 i;
    for (i = 0; i < count; i++) {
        sized[i] = rules[i];
        sized[i].size = sizeof *sized;
    }
    assert_int_equal(hostmem_fault_set(f->instance, sized, count), S_OK);
}

void fault_set_rule(host_fixture *f, hostmem_fault_rule rule)
{
    fault_set_rules(f, &rule, 1);
}

void fault_check_counts(host_fixture *f, UINT32 rule, UINT64 matched, UINT64 injected, const char *file, int line)
{
    hostmem_fault_count counts[HOSTMEM_MAX_FAULT_RULES];
    UINT32 count;
    _assert_true(hostmem_fault_get_counts(f->instance, counts, COUNT_OF(counts), &count) == S_OK, "counts", file, line);
    _assert_true(rule < count, "there is such a rule", file, line);
    _assert_int_equal(counts[rule].matched, matched, file, line);
    _assert_int_equal(counts[rule].injected, injected, file, line);
}

const operation fault_operations[FAULT_OPERATIONS] = {
    {"reserve", HOSTMEM_METHOD_VIRTUAL_ALLOC, MEM_RESERVE, 5000, true, false},
    {"commit", HOSTMEM_METHOD_VIRTUAL_ALLOC, MEM_COMMIT, 5000, true, true},
    {"reserve and commit", HOSTMEM_METHOD_VIRTUAL_ALLOC, MEM_RESERVE | MEM_COMMIT, 1, true, true},
    {"reset", HOSTMEM_METHOD_VIRTUAL_ALLOC, MEM_RESET, 4096, true, false},
    {"decommit", HOSTMEM_METHOD_VIRTUAL_FREE, MEM_DECOMMIT, 4097, false, false},
    {"release", HOSTMEM_METHOD_VIRTUAL_FREE, MEM_RELEASE, 0, false, false},
    {"protect", HOSTMEM_METHOD_VIRTUAL_PROTECT, 0, 100, false, false},
    {"query", HOSTMEM_METHOD_VIRTUAL_QUERY, 0, 0, false, false},
    {"CreateMalloc", HOSTMEM_METHOD_CREATE_MALLOC, MALLOC_THREADSAFE, 0, false, false},
    {"Alloc", HOSTMEM_METHOD_ALLOC, 0, 70000, true, true},
    {"Alloc of nothing", HOSTMEM_METHOD_ALLOC, 0, 0, true, false},
    {"DebugAlloc", HOSTMEM_METHOD_DEBUG_ALLOC, 0, 33, true, true},
    {"GetMemoryLoad", HOSTMEM_METHOD_GET_MEMORY_LOAD, 0, 0, false, false},
    {"RegisterMemoryNotificationCallback", HOSTMEM_METHOD_REGISTER_CALLBACK, 0, 0, false, false},
};

ground fault_ground_make(host_fixture *f)
{
    ground g = {f, NULL, NULL};
    assert_int_equal(hostmem_fault_set(f->instance, NULL, 0), S_OK);
    g.pages = host_fixture_alloc(f, NULL, 2 * FIXTURE_GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    g.heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    return g;
}

void fault_ground_clear(ground *g)
{
    assert_int_equal(hostmem_fault_set(g->f->instance, NULL, 0), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(g->f->manager, g->pages, 0, MEM_RELEASE), S_OK);
    IHostMalloc_Release(g->heap);
}

static HRESULT alloc_pages(ground *g, const operation *op, EMemoryCriticalLevel level)
{
    IHostMemoryManager *manager = g->f->manager;
    void *memory = COM_POISON;
    bool reserves = (op->type & MEM_RESERVE) != 0;
    HRESULT hr = IHostMemoryManager_VirtualAlloc(manager, reserves ? NULL : g->pages, op->size, op->type,
                                                 PAGE_READWRITE, level, &memory);
    assert_true((hr == S_OK) == (memory != NULL));
    if (hr == S_OK && reserves) /* the rules in force may also apply to VirtualFree, but not to this call */
        assert_int_equal(IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE), S_OK);
    return hr;
}

static HRESULT alloc_block(ground *g, const operation *op, EMemoryCriticalLevel level)
{
    static char file[] = "file.c";
    void *block = COM_POISON;
    HRESULT hr = op->method == HOSTMEM_METHOD_ALLOC ? IHostMalloc_Alloc(g->heap, op->size, level, &block)
                                                    : IHostMalloc_DebugAlloc(g->heap, op->size, level, file, 1, &block);
    assert_true((hr == S_OK) == (block != NULL));
    assert_int_equal(IHostMalloc_Free(g->heap, block), S_OK); /* which no rule can make fail */
    return hr;
}

static HRESULT create_heap(IHostMemoryManager *manager)
{
    IHostMalloc *heap = COM_POISON;
    HRESULT hr = IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap);
    assert_true((hr == S_OK) == (heap != NULL));
    if (heap)
        IHostMalloc_Release(heap);
    return hr;
}

HRESULT fault_perform(ground *g, const operation *op, EMemoryCriticalLevel level)
{
    IHostMemoryManager *manager = g->f->manager;
    MEMORY_BASIC_INFORMATION region;
    DWORD word;
    SIZE_T size;
    switch (op->method) {
    case HOSTMEM_METHOD_VIRTUAL_ALLOC:
        return alloc_pages(g, op, level);
    case HOSTMEM_METHOD_VIRTUAL_FREE:
        return IHostMemoryManager_VirtualFree(manager, g->pages, op->size, op->type);
    case HOSTMEM_METHOD_VIRTUAL_PROTECT:
        return IHostMemoryManager_VirtualProtect(manager, g->pages, op->size, PAGE_READONLY, &word);
    case HOSTMEM_METHOD_VIRTUAL_QUERY:
        return IHostMemoryManager_VirtualQuery(manager, g->pages, &region, sizeof region, &size);
    case HOSTMEM_METHOD_CREATE_MALLOC:
        return create_heap(manager);
    case HOSTMEM_METHOD_GET_MEMORY_LOAD:
        return IHostMemoryManager_GetMemoryLoad(manager, &word, &size);
    case HOSTMEM_METHOD_REGISTER_CALLBACK:
        return IHostMemoryManager_RegisterMemoryNotificationCallback(manager, NULL);
    default:
        return alloc_block(g, op, level);
    }
}
