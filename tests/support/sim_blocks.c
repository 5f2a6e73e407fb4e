/* A set of addresses: a hash table with linear probing, in which removal closes the gap it leaves. */
#include "sim_os_internal.h"

#include <stdlib.h>

static SIZE_T slot_of(const sim_blocks *set, const void *address)
{
    UINT64 key = (UINT64)(UINT_PTR)address * 0x9e3779b97f4a7c15u;
    return (SIZE_T)(key >> 32) & (set->capacity - 1);
}

/* The slot that holds the address, or the empty one where it would go. */
static SIZE_T probe(const sim_blocks *set, const void *address)
{
    SIZE_T slot = slot_of(set, address);
    while (set->slots[slot].address != NULL && set->slots[slot].address != address) {
        slot = (slot + 1) & (set->capacity - 1);
    }
    return slot;
}

static void rehash(sim_blocks *set)
{
    sim_blocks larger = {.capacity = set->capacity == 0 ? 64 : set->capacity * 2, .count = set->count};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL) {
        sim_die("no memory for the simulation itself", NULL);
    }
    for (SIZE_T i = 0; i < set->capacity; i++) {
        if (set->slots[i].address != NULL) {
            larger.slots[probe(&larger, set->slots[i].address)] = set->slots[i];
        }
    }
    free(set->slots);
    *set = larger;
}

void sim_blocks_add(sim_blocks *set, void *address, void *owner, SIZE_T size)
{
    if (set->count >= set->capacity - set->capacity / 4) {
        rehash(set);
    }
    SIZE_T slot = probe(set, address);
    if (set->slots[slot].address != NULL) {
        sim_die("an address was returned twice", address);
    }
    set->slots[slot] = (sim_block){.address = address, .owner = owner, .size = size};
    set->count++;
}

const sim_block *sim_blocks_find(const sim_blocks *set, const void *address)
{
    if (set->capacity == 0 || address == NULL) {
        return NULL;
    }
    const sim_block *block = &set->slots[probe(set, address)];
    return block->address != NULL ? block : NULL;
}

void sim_blocks_remove(sim_blocks *set, const void *address)
{
    SIZE_T mask = set->capacity - 1;
    SIZE_T gap = probe(set, address);
    set->count--;
    /* An entry that could not be found across the gap moves into it, which makes a new gap. */
    for (SIZE_T slot = (gap + 1) & mask; set->slots[slot].address != NULL; slot = (slot + 1) & mask) {
        SIZE_T home = slot_of(set, set->slots[slot].address);
        if (((slot - home) & mask) >= ((slot - gap) & mask)) {
            set->slots[gap] = set->slots[slot];
            gap = slot;
        }
    }
    set->slots[gap] = (sim_block){0};
}

void sim_blocks_clear(sim_blocks *set)
{
    free(set->slots);
    *set = (sim_blocks){0};
}
