/* Trees.Run and Trees.Exhaust; examples/clrhost/managed/Trees.cs is the same for a real CLR. See standin_programs.h. */
#include "standin_programs.h"

#include <corerror.h>
#include <wchar.h>

/* How many nodes may be built between two steps of the runtime's other work. */
#define NODES_PER_TICK 4096u

/* One tree in so many is built with a lock held, as if for a shared table. */
#define TREES_PER_LOCK 16u

/* The smallest and the largest of the short-lived trees, and how many of one depth are built. */
#define MIN_DEPTH 4u
#define MAX_DEPTH(depth) ((depth)-2)
#define TREE_COUNT(depth, d) ((UINT32)1 << ((depth) + 2 - (d)))

static DWORD nodes_of(UINT32 depth)
{
    return ((DWORD)2 << depth) - 1;
}

DWORD standin_trees_expected(UINT32 depth, UINT32 threads)
{
    DWORD nodes = 2 * nodes_of(depth); /* the stretch tree and the long-lived tree */

    for (UINT32 d = MIN_DEPTH; d <= MAX_DEPTH(depth); d += 2)
        nodes += TREE_COUNT(depth, d) * nodes_of(d);
    return nodes * threads;
}

/* Builds a tree, counts it and drops it. */
static BOOL build_and_count(standin_task *task, UINT32 depth, DWORD *nodes)
{
    standin_node *tree = standin_task_build(task, depth);

    if (!tree)
        return FALSE;
    *nodes += standin_task_count(task, tree);
    return TRUE;
}

static BOOL short_lived_trees(standin_task *task, UINT32 depth, DWORD *nodes)
{
    UINT32 since_tick = 0;

    for (UINT32 d = MIN_DEPTH; d <= MAX_DEPTH(depth); d += 2)
        for (UINT32 i = 0; i < TREE_COUNT(depth, d); i++) {
            BOOL locked = i % TREES_PER_LOCK == 0;
            BOOL done;

            if (locked)
                standin_task_lock(task);
            done = build_and_count(task, d, nodes);
            if (locked)
                standin_task_unlock(task);
            since_tick += nodes_of(d);
            if (done && since_tick >= NODES_PER_TICK) {
                since_tick = 0;
                done = standin_task_tick(task);
            }
            if (!done)
                return FALSE;
        }
    return TRUE;
}

static BOOL run_trees(standin_task *task, const standin_arguments *arguments, DWORD *result)
{
    UINT32 depth = arguments->size;
    standin_node *long_lived;
    BOOL done;

    if (!standin_task_tick(task) || !build_and_count(task, depth, result))
        return FALSE;
    long_lived = standin_task_build(task, depth);
    if (!long_lived)
        return FALSE;
    standin_task_push(task, long_lived);
    done = short_lived_trees(task, depth, result);
    if (done)
        *result += standin_task_count(task, standin_task_top(task));
    standin_task_pop(task);
    return done;
}

static DWORD combine_trees(DWORD sum, DWORD out_of_memory)
{
    return out_of_memory ? 0 - out_of_memory : sum;
}

/* A list to the right, with a small tree to the left of each element. */
static BOOL run_exhaust(standin_task *task, const standin_arguments *arguments, DWORD *result)
{
    const UINT32 depth = 8;
    UINT64 trees = ((UINT64)arguments->size << 20) / (nodes_of(depth) * sizeof(standin_node));
    BOOL done = TRUE;

    (void)result;
    standin_task_push(task, NULL);
    for (UINT64 i = 0; done && i < trees; i++) {
        standin_node *tree = standin_task_build(task, depth);
        standin_node *link;

        if (!tree) {
            done = FALSE;
            break;
        }
        standin_task_push(task, tree); /* the tick may collect */
        link = standin_task_tick(task) ? standin_task_build(task, 0) : NULL;
        tree = standin_task_top(task);
        standin_task_pop(task);
        done = link != NULL;
        if (done) {
            link->left = tree;
            link->right = standin_task_top(task);
            task->mutator.roots[task->mutator.root_count - 1] = link;
        }
    }
    standin_task_pop(task);
    return done;
}

static DWORD combine_exhaust(DWORD sum, DWORD out_of_memory)
{
    (void)sum;
    return out_of_memory;
}

static const standin_program programs[] = {
    {L"Trees", L"Run", {16, 4}, {6, 1}, {20, STANDIN_MAX_THREADS}, run_trees, combine_trees},
    {L"Trees", L"Exhaust", {64, 1}, {1, 1}, {4096, 1}, run_exhaust, combine_exhaust},
};

HRESULT standin_program_find(const WCHAR *type, const WCHAR *method, const standin_program **out)
{
    HRESULT hr = COR_E_TYPELOAD;

    *out = NULL;
    for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
        if (!wcscmp(type, programs[i].type)) {
            hr = COR_E_MISSINGMETHOD;
            if (!wcscmp(method, programs[i].method)) {
                *out = &programs[i];
                return S_OK;
            }
        }
    return hr;
}

static BOOL read_number(const WCHAR **text, UINT32 *out)
{
    WCHAR *end;
    unsigned long number = wcstoul(*text, &end, 10);

    if (end == *text)
        return FALSE;
    *text = end;
    *out = (UINT32)number;
    return TRUE;
}

HRESULT standin_program_parse(const standin_program *program, const WCHAR *text, standin_arguments *arguments)
{
    *arguments = program->defaults;
    if (text && *text) {
        if (!read_number(&text, &arguments->size))
            return COR_E_FORMAT;
        if (*text == L',') {
            text++;
            if (!read_number(&text, &arguments->threads))
                return COR_E_FORMAT;
        }
        if (*text)
            return COR_E_FORMAT;
    }
    if (arguments->size < program->least.size || arguments->size > program->most.size ||
        arguments->threads < program->least.threads || arguments->threads > program->most.threads)
        return COR_E_ARGUMENTOUTOFRANGE;
    return S_OK;
}
