/* Windows' performance counters in the simulated operating system: instances of counter sets, and a tool that collects
 * their values. Refreshing is called with the mutex held, as the real system holds a lock of its own: removing waits
 * for it. */
#include "sim_os_internal.h"

#include <stdlib.h>
#include <string.h>

struct sim_counted {
    sim_counted *next;
    sim_os_counted shown;
    void (*refresh)(void *context);
    void *context;
};

void sim_counters_clear(sim_counters *counters)
{
    while (counters->first != NULL) {
        sim_counted *instance = counters->first;
        counters->first = instance->next;
        free(instance);
    }
    *counters = (sim_counters){0};
}

/* ---- The functions ---- */

static UINT32 os_counters_add(hostmem_os *os, const hmi_os_counter_set *set, const char *name, UINT32 id, void *values,
                              void (*refresh)(void *context), void *context, void **out)
{
    sim_os *sim = sim_from_functions(os);
    sim_counters *counters = &sim->counters;
    sim_mutex_lock(sim->mutex);
    UINT32 error = counters->refused;
    if (error == 0) {
        sim_counted *made = sim_allocate(sizeof *made);
        *made = (sim_counted){NULL, {set, "", id, values}, refresh, context};
        if (strlen(name) >= sizeof made->shown.name) {
            sim_die("counters_add with too long a name", name);
        }
        strcpy(made->shown.name, name);
        sim_counted **link = &counters->first;
        while (*link != NULL) {
            link = &(*link)->next;
        }
        *link = made;
        counters->count++;
        *out = made;
    }
    sim_mutex_unlock(sim->mutex);
    sim_set_last_error(ERROR_INVALID_STATE); /* the real function may change it, too */
    return error;
}

static void os_counters_remove(hostmem_os *os, void *instance)
{
    sim_os *sim = sim_from_functions(os);
    sim_mutex_lock(sim->mutex);
    sim_counted **link = &sim->counters.first;
    while (*link != NULL && *link != instance) {
        link = &(*link)->next;
    }
    if (*link == NULL) {
        sim_die("counters_remove of what was not added", instance);
    }
    *link = ((sim_counted *)instance)->next;
    sim->counters.count--;
    sim_mutex_unlock(sim->mutex);
    free(instance);
    sim_set_last_error(ERROR_INVALID_STATE);
}

void sim_counters_functions(hostmem_os *functions)
{
    functions->counters_add = os_counters_add;
    functions->counters_remove = os_counters_remove;
}

/* ---- Controls and queries for tests ---- */

void sim_os_refuse_counters(sim_os *sim, UINT32 error)
{
    sim_mutex_lock(sim->mutex);
    sim->counters.refused = error;
    sim_mutex_unlock(sim->mutex);
}

BOOL sim_os_collect_counters(sim_os *sim, UINT32 number, sim_os_counted *counted)
{
    sim_mutex_lock(sim->mutex);
    const sim_counted *at;
    for (at = sim->counters.first; at != NULL; at = at->next) {
        at->refresh(at->context);
    }
    for (at = sim->counters.first; at != NULL && number > 0; at = at->next) {
        number--;
    }
    if (at != NULL) {
        *counted = at->shown;
    }
    sim_mutex_unlock(sim->mutex);
    return at != NULL;
}
