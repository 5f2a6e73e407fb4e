/* Two pointers: one moves from the front and stops at free slots, the other from the back and stops at live nodes,
 * which are moved into them. All nodes have the same size, so any free slot will do. See standin_compact.h. */
#include "standin_compact.h"

/* The low bits of a node's header while a collection runs. Method tables are aligned. */
enum { MARKED = 0x1, MOVED = 0x2 };

standin_node *standin_compact_slot(const standin_gc *gc, SIZE_T slot)
{
    SIZE_T slots = gc->segment_size / sizeof(standin_node);

    return (standin_node *)gc->segments[slot / slots].base + slot % slots;
}

/* Recursion to the left is only as deep as the trees; lists extend to the right. */
static void mark(standin_node *node)
{
    while (node && !(node->header & MARKED)) {
        node->header |= MARKED;
        mark(node->left);
        node = node->right;
    }
}

static void mark_roots(standin_gc *gc)
{
    for (standin_mutator *mutator = gc->mutators; mutator; mutator = mutator->next)
        for (UINT32 i = 0; i < mutator->root_count; i++)
            mark(mutator->roots[i]);
}

/* A node that was moved has its new address in left. Returns the number of live nodes. */
static SIZE_T move(standin_gc *gc)
{
    SIZE_T front = 0, back = gc->used_slots;

    for (;;) {
        standin_node *to, *from;

        while (front < back && (standin_compact_slot(gc, front)->header & MARKED))
            front++;
        while (front < back && !(standin_compact_slot(gc, back - 1)->header & MARKED))
            back--;
        if (front == back)
            return front;
        to = standin_compact_slot(gc, front);
        from = standin_compact_slot(gc, back - 1);
        *to = *from;
        from->header = MOVED;
        from->left = to;
    }
}

static void rewrite(standin_node **reference)
{
    if (*reference && (*reference)->header == MOVED)
        *reference = (*reference)->left;
}

static void rewrite_all(standin_gc *gc, SIZE_T live)
{
    for (SIZE_T slot = 0; slot < live; slot++) {
        standin_node *node = standin_compact_slot(gc, slot);

        node->header &= ~(UINT_PTR)MARKED;
        rewrite(&node->left);
        rewrite(&node->right);
    }
    for (standin_mutator *mutator = gc->mutators; mutator; mutator = mutator->next)
        for (UINT32 i = 0; i < mutator->root_count; i++)
            rewrite(&mutator->roots[i]);
}

SIZE_T standin_compact(standin_gc *gc)
{
    SIZE_T live;

    mark_roots(gc);
    live = move(gc);
    rewrite_all(gc, live);
    return live;
}
