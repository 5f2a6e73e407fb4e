/* Event Tracing for Windows in the simulated operating system: providers, one session that listens to all or none,
 * and the events written. The enable callback is called with the mutex held, as the real system holds a lock of its
 * own: unregistering waits for it. */
#include "sim_os_internal.h"

#include <stdlib.h>
#include <string.h>

struct sim_provider {
    sim_provider *next;
    GUID id;
    const UINT8 *traits;
    void (*enable)(void *context, BOOL wanted);
    void *context;
};

static sim_provider **find_provider(sim_etw *etw, const void *registration)
{
    sim_provider **link = &etw->first;
    while (*link != NULL && *link != registration) {
        link = &(*link)->next;
    }
    if (*link == NULL) {
        sim_die("not a registered provider", registration);
    }
    return link;
}

void sim_etw_clear(sim_etw *etw)
{
    while (etw->first != NULL) {
        sim_provider *provider = etw->first;
        etw->first = provider->next;
        free(provider);
    }
    for (SIZE_T i = 0; i < etw->event_count; i++) {
        free(etw->events[i]);
    }
    free(etw->events);
    *etw = (sim_etw){0};
}

/* ---- The functions ---- */

static UINT32 os_etw_register(hostmem_os *os, const GUID *id, const void *traits,
                              void (*enable)(void *context, BOOL wanted), void *context, void **out)
{
    sim_os *sim = sim_from_functions(os);
    sim_etw *etw = &sim->etw;
    sim_mutex_lock(sim->mutex);
    BOOL refused = etw->refused;
    if (!refused) {
        sim_provider *made = sim_allocate(sizeof *made);
        *made = (sim_provider){etw->first, *id, traits, enable, context};
        etw->first = made;
        etw->provider_count++;
        *out = made;
        if (etw->wanted) {
            enable(context, TRUE);
        }
    }
    sim_mutex_unlock(sim->mutex);
    sim_set_last_error(ERROR_INVALID_STATE); /* the real function may change it, too */
    return refused ? ERROR_ACCESS_DENIED : 0;
}

static void os_etw_unregister(hostmem_os *os, void *registration)
{
    sim_os *sim = sim_from_functions(os);
    sim_mutex_lock(sim->mutex);
    sim_provider **link = find_provider(&sim->etw, registration), *gone = *link;
    *link = gone->next;
    sim->etw.provider_count--;
    sim_mutex_unlock(sim->mutex);
    free(gone);
}

static UINT16 length_of(const void *part)
{
    UINT16 length;
    memcpy(&length, part, sizeof length);
    return length;
}

static void os_etw_write(hostmem_os *os, void *registration, const hmi_os_etw_event *event)
{
    sim_os *sim = sim_from_functions(os);
    UINT32 traits = length_of(event->traits), metadata = length_of(event->metadata);
    sim_etw_event *kept = sim_allocate(sizeof *kept + traits + metadata + event->payload_bytes);
    UINT8 *copy = (UINT8 *)(kept + 1);
    memcpy(copy, event->traits, traits);
    memcpy(copy + traits, event->metadata, metadata);
    memcpy(copy + traits + metadata, event->payload, event->payload_bytes);
    sim_mutex_lock(sim->mutex);
    sim_etw *etw = &sim->etw;
    const sim_provider *provider = *find_provider(etw, registration);
    if (provider->traits != event->traits) {
        sim_die("etw_write with other traits than those registered", event->traits);
    }
    *kept = (sim_etw_event){.provider = provider->id,
                            .level = event->level,
                            .keyword = event->keyword,
                            .traits = copy,
                            .metadata = copy + traits,
                            .payload = copy + traits + metadata,
                            .payload_bytes = event->payload_bytes};
    etw->events = sim_grow(etw->events, sizeof *etw->events, &etw->event_capacity, etw->event_count + 1);
    etw->events[etw->event_count++] = kept;
    sim_mutex_unlock(sim->mutex);
}

void sim_etw_functions(hostmem_os *functions)
{
    functions->etw_register = os_etw_register;
    functions->etw_unregister = os_etw_unregister;
    functions->etw_write = os_etw_write;
}

/* ---- Controls and queries for tests ---- */

void sim_os_listen_to_etw(sim_os *sim, BOOL wanted)
{
    sim_mutex_lock(sim->mutex);
    sim->etw.wanted = wanted;
    for (sim_provider *provider = sim->etw.first; provider != NULL; provider = provider->next) {
        provider->enable(provider->context, wanted);
    }
    sim_mutex_unlock(sim->mutex);
}

void sim_os_refuse_etw(sim_os *sim, BOOL refused)
{
    sim_mutex_lock(sim->mutex);
    sim->etw.refused = refused;
    sim_mutex_unlock(sim->mutex);
}

const sim_etw_event *sim_os_etw_event(sim_os *sim, UINT32 number)
{
    sim_mutex_lock(sim->mutex);
    const sim_etw_event *event = number < sim->etw.event_count ? sim->etw.events[number] : NULL;
    sim_mutex_unlock(sim->mutex);
    return event;
}
