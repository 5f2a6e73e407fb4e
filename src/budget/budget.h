/* How much memory may be taken: limits by critical level, what is charged against them, who waits for more, and who
 * wants to know how full it is. Charges are made before the operating system is asked and refunded when it refuses, so
 * that the limit holds at every moment. Any thread may call anything at any time; nothing here waits but
 * hmi_waiting_try. */
#ifndef HMI_BUDGET_BUDGET_H
#define HMI_BUDGET_BUDGET_H

#include <hostmem/hostmem.h>

#include "budget/quota_cache.h"
#include "budget/waiting.h"

/* How full a budget is, by the percentages of its configuration. */
typedef enum hmi_zone {
    HMI_ZONE_PLENTY,   /* below high_percent, or no limit */
    HMI_ZONE_NORMAL,   /* below neutral_percent */
    HMI_ZONE_ELEVATED, /* below low_percent */
    HMI_ZONE_LOW
} hmi_zone;
#define HMI_ZONES 4

/* Somebody who is woken when use enters another zone. Belongs to the budget, and is in_use out. */
typedef struct hmi_listener {
    struct hmi_listener *next;
    void *event;
    atomic_bool in_use;
} hmi_listener;

/* Keeps what every charge writes away from what every charge reads. */
#define HMI_CACHE_LINE 64

struct hostmem_budget {
    hostmem_os *os;
    _Atomic ULONG references;
    _Atomic UINT32 revision; /* of the policy: changes with every part of it */
    _Atomic UINT32 flags;
    _Atomic UINT32 wait_ms[3];
    _Atomic uint64_t limit_bytes;               /* UINT64_MAX: none */
    _Atomic uint64_t reserve_bytes[3];          /* by critical level: how far below the limit its requests end */
    _Atomic uint64_t ceiling_bytes[3];          /* by critical level: where its requests end; UINT64_MAX: nowhere */
    _Atomic UINT32 percent[HMI_ZONES];          /* of the limit: where each zone begins */
    _Atomic uint64_t edge_bytes[HMI_ZONES + 1]; /* the same in bytes; the last is UINT64_MAX */
    _Atomic UINT32 zone;
    _Atomic(hmi_listener *) listeners;
    _Atomic(hmi_quota_cache *) quota_caches;
    _Atomic uint64_t bypass_bytes; /* from here up nothing is cached, so that the limit is exact */
    char pad_before_used[HMI_CACHE_LINE];
    _Atomic uint64_t charged_bytes; /* what is used, and what shares have room for */
    hmi_bypass bypass;
    char pad_before_waiting[HMI_CACHE_LINE];
    hmi_waiting waiting;
};

/* Creates a budget with one reference. config is complete and valid. Returns a Win32 error, 0 for success. */
UINT32 hmi_budget_make(const hostmem_budget_config *config, hostmem_os *os, hostmem_budget **out);
ULONG hmi_budget_add_ref(hostmem_budget *budget);
/* (hostmem_budget_release is public.) */

/* Takes a complete and valid configuration over. One thread at a time. */
void hmi_budget_apply(hostmem_budget *budget, const hostmem_budget_config *config);

/* Changes the limit alone; 0: none. False: the reserves would not leave anything, nothing is changed. */
bool hmi_budget_set_limit(hostmem_budget *budget, uint64_t limit_bytes);
uint64_t hmi_budget_limit(const hostmem_budget *budget);

/* Charges bytes if the critical level of the request admits it. False: refused, nothing is charged. */
bool hmi_budget_charge(hostmem_budget *budget, uint64_t bytes, EMemoryCriticalLevel level);

/* Charges bytes that are taken already, whatever the limit. */
void hmi_budget_force(hostmem_budget *budget, uint64_t bytes);

/* Gives back the charge of memory that was freed, and wakes who waits for it. */
void hmi_budget_refund(hostmem_budget *budget, uint64_t bytes);

/* Gives back the charge of memory that the operating system has refused: none has become free. */
void hmi_budget_cancel_charge(hostmem_budget *budget, uint64_t bytes);

/* Charges bytes if that leaves shares in use. */
bool hmi_budget_charge_cached(hostmem_budget *budget, uint64_t bytes);

/* How many bytes are in use. Exact at rest. */
uint64_t hmi_budget_used(hostmem_budget *budget);

/* Lends the shares of an instance; NULL if there is no memory. They are the budget's: to be given back, and valid while
 * the budget lives. */
hmi_quota_cache *hmi_budget_acquire_cache(hostmem_budget *budget);
void hmi_budget_release_cache(hostmem_budget *budget, hmi_quota_cache *cache);

/* How much a request of this level could get. */
uint64_t hmi_budget_available(const hostmem_budget *budget, EMemoryCriticalLevel level);

hmi_zone hmi_budget_zone(const hostmem_budget *budget);

/* Lends a listener whose event is set whenever use enters another zone; NULL if there is no memory. Its event may be
 * set by others, too, and without cause. It is the budget's: to be given back, and valid while the budget lives. */
hmi_listener *hmi_budget_listen(hostmem_budget *budget);
void hmi_budget_unlisten(hmi_listener *listener);

#endif
