/* Managed threads. See standin_task.h. */
#include "standin_task.h"

#include "standin_calls.h"
#include "standin_map.h"
#include "standin_stack.h"

#include <string.h>

/* A CLR's large object segment, and the array in it. */
#ifdef _WIN64
#define LARGE_SEGMENT_BYTES ((SIZE_T)128 * 1024 * 1024)
#else
#define LARGE_SEGMENT_BYTES ((SIZE_T)16 * 1024 * 1024)
#endif
#define LARGE_OBJECT_BYTES ((SIZE_T)512 * 1024)

/* A temporary table; not a multiple of a page. */
#define SCRATCH_BYTES ((SIZE_T)50000)
#define TICKS_PER_SCRATCH 16

/* Stored in every node: one that was moved or cut off wrongly does not contain it. */
#define ITEM ((UINT_PTR)0x7EE5u)

/* ---- locks and critical levels ---- */

static void set_level(standin_task *task)
{
    if (!task->locks)
        task->mutator.level = eTaskCritical;
    else
        task->mutator.level = task->in_default_domain ? eProcessCritical : eAppDomainCritical;
}

void standin_task_lock(standin_task *task)
{
    task->locks++;
    set_level(task);
}

void standin_task_unlock(standin_task *task)
{
    task->locks--;
    set_level(task);
}

/* ---- Trees ---- */

void standin_task_push(standin_task *task, standin_node *node)
{
    task->mutator.roots[task->mutator.root_count++] = node;
}

standin_node *standin_task_top(const standin_task *task)
{
    return task->mutator.roots[task->mutator.root_count - 1];
}

void standin_task_pop(standin_task *task)
{
    task->mutator.root_count--;
}

standin_node *standin_task_build(standin_task *task, UINT32 depth)
{
    UINT32 bottom = task->mutator.root_count;
    standin_node *node = NULL;

    for (int child = 0; depth && child < 2; child++) {
        node = standin_task_build(task, depth - 1);
        if (!node) {
            task->mutator.root_count = bottom;
            return NULL;
        }
        standin_task_push(task, node);
    }
    node = standin_gc_new(&task->mutator);
    if (node) {
        node->item = ITEM;
        if (depth) {
            node->left = task->mutator.roots[bottom];
            node->right = task->mutator.roots[bottom + 1];
        }
    }
    task->mutator.root_count = bottom;
    return node;
}

DWORD standin_task_count(standin_task *task, const standin_node *tree)
{
    DWORD count = 0;

    for (; tree; tree = tree->right) {
        if (tree->header != task->runtime->gc.method_table || tree->item != ITEM) {
            standin_violation(&task->runtime->check, STANDIN_VIRTUAL_ALLOC, "the object at %p was overwritten",
                              (const void *)tree);
            return count;
        }
        count += 1 + standin_task_count(task, tree->left);
    }
    return count;
}

/* ---- Other work of the runtime ---- */

/* A temporary table, reserved and committed in one call in one of the ways that occur. */
static HRESULT use_scratch(standin_task *task)
{
    static const DWORD types[] = {MEM_RESERVE | MEM_COMMIT, MEM_COMMIT, MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN};
    standin_check *check = &task->runtime->check;
    DWORD type = types[task->ticks / TICKS_PER_SCRATCH % 3];
    void *table;
    HRESULT hr = standin_virtual_alloc(check, NULL, SCRATCH_BYTES, type, PAGE_READWRITE, task->mutator.level, &table);

    if (hr != S_OK)
        return hr;
    memset(table, 0xCD, SCRATCH_BYTES);
    standin_virtual_free(check, table, 0, MEM_RELEASE);
    return S_OK;
}

static HRESULT housekeeping(standin_task *task)
{
    standin_check *check = &task->runtime->check;
    EMemoryCriticalLevel level = task->mutator.level;
    HRESULT hr = S_OK;

    for (int i = 0; i < 4 && hr == S_OK; i++)
        hr = standin_blocks_step(check, &task->blocks, level);
    for (int i = 0; i < 2 && hr == S_OK; i++)
        hr = standin_code_emit(check, &task->code, level);
    if (hr == S_OK && task->ticks % TICKS_PER_SCRATCH == 0)
        hr = use_scratch(task);
    return hr;
}

typedef HRESULT task_work(standin_task *task);

/* For work that uses no node: the manager may let it wait for memory, and collections can run meanwhile. */
static HRESULT work_away(standin_task *task, task_work *work)
{
    HRESULT hr;

    standin_gc_leave(&task->mutator);
    hr = work(task);
    standin_gc_come_back(&task->mutator);
    return hr;
}

/* Does the work again after a collection, if memory was refused. */
static BOOL work_twice(standin_task *task, task_work *work)
{
    if (work_away(task, work) == S_OK)
        return TRUE;
    standin_gc_collect_for_refusal(&task->mutator);
    return work_away(task, work) == S_OK;
}

BOOL standin_task_tick(standin_task *task)
{
    standin_check *check = &task->runtime->check;

    if (!work_twice(task, housekeeping))
        return FALSE;
    if (task->ticks % 8 == 0) {
        standin_stack_guard(check);
        standin_stack_query(check);
    }
    if (task->ticks % 64 == 0) {
        standin_code_run(check, &task->code);
        standin_image_protect(check);
        standin_map_file(check);
    }
    task->ticks++;
    return TRUE;
}

/* ---- Opening and closing ---- */

/* A code heap, and an array of numbers with a pattern. What an earlier attempt allocated is kept. */
static HRESULT open_memory(standin_task *task)
{
    standin_check *check = &task->runtime->check;
    EMemoryCriticalLevel level = task->mutator.level;
    UINT_PTR *array;
    HRESULT hr = S_OK;

    if (!task->code.base)
        hr = standin_code_open(check, &task->code, level);
    if (hr == S_OK && !task->large.base)
        hr = standin_segment_open(check, &task->large, LARGE_SEGMENT_BYTES, level);
    if (hr == S_OK)
        hr = standin_segment_grow(check, &task->large, LARGE_OBJECT_BYTES, level);
    if (hr != S_OK)
        return hr;
    array = (UINT_PTR *)task->large.base;
    for (SIZE_T i = 0; i < LARGE_OBJECT_BYTES / sizeof(*array); i++)
        array[i] = i;
    return S_OK;
}

static void drop_large_object(standin_task *task)
{
    standin_check *check = &task->runtime->check;
    const UINT_PTR *array = (const UINT_PTR *)task->large.base;

    if (task->large.committed == LARGE_OBJECT_BYTES)
        for (SIZE_T i = 0; i < LARGE_OBJECT_BYTES / sizeof(*array); i++)
            if (array[i] != i) {
                standin_violation(check, STANDIN_VIRTUAL_ALLOC, "the large object at %p was overwritten",
                                  (const void *)array);
                break;
            }
    if (task->large.base)
        standin_segment_shrink(check, &task->large, 0);
    standin_segment_close(check, &task->large);
}

BOOL standin_task_open(standin_task *task, standin_runtime *runtime, UINT32 number)
{
    task->runtime = runtime;
    task->in_default_domain = number % 2 == 0;
    task->blocks.random = number + 1;
    set_level(task);
    standin_gc_attach(&runtime->gc, &task->mutator);
    return work_twice(task, open_memory);
}

void standin_task_close(standin_task *task)
{
    standin_check *check = &task->runtime->check;

    drop_large_object(task);
    standin_code_run(check, &task->code);
    standin_code_close(check, &task->code);
    standin_blocks_close(check, &task->blocks);
    standin_gc_detach(&task->mutator);
}
