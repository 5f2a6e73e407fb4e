/* The library's own memory in the simulated operating system: tables, whose uncommitted pages fault, and objects. A
 * commit or release outside of a table aborts the process, as does freeing what is not an object. */
#include "sim_os_internal.h"

#include <stdlib.h>

static sim_table *find_table(sim_tables *tables, UINT_PTR address)
{
    for (SIZE_T i = 0; i < tables->count; i++) {
        if (address - tables->entries[i].base < tables->entries[i].size) {
            return &tables->entries[i];
        }
    }
    return NULL;
}

UINT32 sim_table_reserve(sim_tables *tables, SIZE_T size, void **out)
{
    SIZE_T page = sim_backing_page_size();
    if (size == 0 || size > (SIZE_T)-1 - SIM_GRANULARITY - page) {
        return ERROR_INVALID_PARAMETER;
    }
    SIZE_T rounded = (size + page - 1) & ~(page - 1);
    void *memory = sim_backing_reserve(rounded, SIM_GRANULARITY);
    if (memory == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    sim_table table = {.base = (UINT_PTR)memory, .size = rounded, .committed = calloc(rounded / page, 1)};
    if (table.committed == NULL) {
        sim_backing_release(memory, rounded);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    tables->entries = sim_grow(tables->entries, sizeof table, &tables->capacity, tables->count + 1);
    tables->entries[tables->count++] = table;
    *out = memory;
    return 0;
}

void sim_table_commit(sim_tables *tables, void *address, SIZE_T size)
{
    SIZE_T page = sim_backing_page_size();
    sim_table *table = find_table(tables, (UINT_PTR)address);
    if (table == NULL || size == 0 || size > table->base + table->size - (UINT_PTR)address) {
        sim_die("table_commit of what is not in one table", address);
    }
    SIZE_T first = ((UINT_PTR)address - table->base) / page;
    SIZE_T last = ((UINT_PTR)address - table->base + size - 1) / page;
    for (SIZE_T i = first; i <= last; i++) {
        table->committed_pages += table->committed[i] ? 0 : 1;
        table->committed[i] = 1;
    }
    sim_backing_commit((char *)table->base + first * page, (last - first + 1) * page, SIM_ACCESS_WRITE);
}

void sim_table_release(sim_tables *tables, void *address, SIZE_T size)
{
    SIZE_T page = sim_backing_page_size();
    sim_table *table = find_table(tables, (UINT_PTR)address);
    if (table == NULL || table->base != (UINT_PTR)address || table->size != ((size + page - 1) & ~(page - 1))) {
        sim_die("table_release of what is not a whole table", address);
    }
    sim_backing_release(address, table->size);
    free(table->committed);
    *table = tables->entries[--tables->count];
}

void *sim_object_alloc(sim_tables *tables, SIZE_T size)
{
    void *object = calloc(1, size > 0 ? size : 1);
    if (object != NULL) {
        sim_blocks_add(&tables->objects, object, NULL, size);
    }
    return object;
}

void sim_object_free(sim_tables *tables, void *object)
{
    if (sim_blocks_find(&tables->objects, object) == NULL) {
        sim_die("object_free of what is not a live object", object);
    }
    sim_blocks_remove(&tables->objects, object);
    free(object);
}

void sim_tables_clear(sim_tables *tables)
{
    while (tables->count > 0) {
        sim_table_release(tables, (void *)tables->entries[0].base, tables->entries[0].size);
    }
    free(tables->entries);
    for (SIZE_T i = 0; i < tables->objects.capacity; i++) {
        free(tables->objects.slots[i].address);
    }
    sim_blocks_clear(&tables->objects);
    *tables = (sim_tables){0};
}
