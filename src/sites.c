/* A hash table that only grows: chains of sites, each pushed at the head by compare-and-exchange. A thread that loses the
 * race looks again at what was pushed before it, so that no site is recorded twice. */
#include "sites.h"

#include <stdint.h>
#include <string.h>

void hostmem_sites_init(hostmem_sites *sites, hostmem_os *os)
{
    sites->os = os;
}

void hostmem_sites_destroy(hostmem_sites *sites)
{
    unsigned chain;
    for (chain = 0; chain < HOSTMEM_SITE_CHAINS; chain++) {
        hostmem_site *site = atomic_load_explicit(&sites->chains[chain], memory_order_acquire);
        while (site) {
            hostmem_site *next = site->next;
            sites->os->object_free(sites->os, site);
            site = next;
        }
    }
}

/* FNV-1a over the name, then the line. */
static unsigned chain_of(const char *file, int line)
{
    uint32_t hash = 2166136261u;
    for (; *file; file++)
        hash = (hash ^ (unsigned char)*file) * 16777619u;
    hash = (hash ^ (uint32_t)line) * 16777619u;
    return (hash ^ hash >> 16) % HOSTMEM_SITE_CHAINS;
}

static hostmem_site *find(hostmem_site *from, const hostmem_site *until, const char *file, int line)
{
    for (; from != until; from = from->next) {
        if (from->line == line && !strcmp(from->file, file))
            return from;
    }
    return NULL;
}

static hostmem_site *make(hostmem_sites *sites, const char *file, int line)
{
    SIZE_T length = strlen(file) + 1;
    hostmem_site *site = sites->os->object_alloc(sites->os, sizeof *site + length);
    if (site) {
        site->number = atomic_fetch_add(&sites->numbers, 1) + 1;
        site->line = line;
        memcpy(site->file, file, length);
    }
    return site;
}

UINT32 hostmem_sites_count(hostmem_sites *sites)
{
    return atomic_load(&sites->numbers);
}

const hostmem_site *hostmem_sites_intern(hostmem_sites *sites, const char *file, int line)
{
    _Atomic(hostmem_site *) *chain;
    hostmem_site *head, *known, *made;
    if (!file)
        file = "";
    chain = &sites->chains[chain_of(file, line)];
    head = atomic_load_explicit(chain, memory_order_acquire);
    known = find(head, NULL, file, line);
    if (known)
        return known;
    made = make(sites, file, line);
    if (!made)
        return NULL;
    made->next = head;
    while (!atomic_compare_exchange_weak_explicit(chain, &head, made, memory_order_acq_rel, memory_order_acquire)) {
        known = find(head, made->next, file, line);
        if (known) {
            sites->os->object_free(sites->os, made);
            return known;
        }
        made->next = head;
    }
    return made;
}
