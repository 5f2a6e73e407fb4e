/* A hash table that only grows. Sites are pushed at the heads of its chains by compare-and-exchange. A thread whose
 * exchange fails looks through what was pushed meanwhile, so that no site is recorded twice.
 *
 * Checked against ARM's memory model: a site is written before the exchange that releases it as the head; readers, and
 * the exchanges that put other sites before it, acquire the head. */
#include "books/sites.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

void hmi_sites_init(hmi_sites *sites, hostmem_os *os)
{
    sites->os = os;
}

void hmi_sites_destroy(hmi_sites *sites)
{
    unsigned chain;
    for (chain = 0; chain < HMI_SITE_CHAINS; chain++) {
        hmi_site *site = atomic_load_explicit(&sites->chains[chain], memory_order_acquire);
        while (site) {
            hmi_site *next = site->next;
            sites->os->object_free(sites->os, site);
            site = next;
        }
    }
}

_Static_assert(offsetof(hmi_site, file) % sizeof(void *) == 0, "frames are aligned");

/* What identifies a site. */
typedef struct site_key {
    const void *data; /* a file name with its terminating 0, or frames */
    SIZE_T bytes;
    int line;
    UINT32 frame_count;
} site_key;

/* FNV-1a over the data, then the line. */
static unsigned chain_of(const site_key *key)
{
    const unsigned char *data = key->data;
    uint32_t hash = 2166136261u;
    SIZE_T i;
    for (i = 0; i < key->bytes; i++)
        hash = (hash ^ data[i]) * 16777619u;
    hash = (hash ^ (uint32_t)key->line) * 16777619u;
    return (hash ^ hash >> 16) % HMI_SITE_CHAINS;
}

static bool is_same(const hmi_site *site, const site_key *key)
{
    if (site->line != key->line || site->frame_count != key->frame_count)
        return false;
    return key->frame_count ? !memcmp(site->file, key->data, key->bytes) : !strcmp(site->file, key->data);
}

static hmi_site *find(hmi_site *from, const hmi_site *until, const site_key *key)
{
    while (from != until && !is_same(from, key))
        from = from->next;
    return from == until ? NULL : from;
}

static hmi_site *make(hmi_sites *sites, const site_key *key)
{
    hmi_site *site = sites->os->object_alloc(sites->os, sizeof *site + key->bytes);
    if (site) {
        site->number = atomic_fetch_add(&sites->numbers, 1) + 1;
        site->line = key->line;
        site->frame_count = key->frame_count;
        memcpy(site->file, key->data, key->bytes);
    }
    return site;
}

UINT32 hmi_sites_count(hmi_sites *sites)
{
    return atomic_load(&sites->numbers);
}

static const hmi_site *intern(hmi_sites *sites, const site_key *key)
{
    _Atomic(hmi_site *) *chain = &sites->chains[chain_of(key)];
    hmi_site *head = atomic_load_explicit(chain, memory_order_acquire);
    hmi_site *known = find(head, NULL, key), *made;
    if (known)
        return known;
    made = make(sites, key);
    if (!made)
        return NULL;
    made->next = head;
    while (!atomic_compare_exchange_weak_explicit(chain, &head, made, memory_order_acq_rel, memory_order_acquire)) {
        known = find(head, made->next, key);
        if (known) {
            sites->os->object_free(sites->os, made);
            return known;
        }
        made->next = head;
    }
    return made;
}

const hmi_site *hmi_sites_intern(hmi_sites *sites, const char *file, int line)
{
    if (!file)
        file = "";
    return intern(sites, &(site_key){file, strlen(file) + 1, line, 0});
}

const hmi_site *hmi_sites_intern_stack(hmi_sites *sites, void *const *frames, UINT32 count)
{
    return intern(sites, &(site_key){frames, count * sizeof *frames, 0, count});
}
