/* How much memory may be used: limits by critical level, what is charged against them, requests that wait for more, and
 * listeners that want to know how full it is. Charges are made before the operating system is called and cancelled if
 * it refuses, so that the limit holds at every moment. Only hmi_waiting_try waits. */
#ifndef HMI_BUDGET_BUDGET_H
#define HMI_BUDGET_BUDGET_H

#include <hostmem/hostmem.h>

#include "budget/bypass.h"
#include "budget/waiting.h"
#include "os/os.h"

typedef struct hmi_quota_cache hmi_quota_cache;

/* How full a budget is, by the percentages of its configuration. */
typedef enum hmi_zone {
    HMI_ZONE_PLENTY,   /* below high_percent, or no limit */
    HMI_ZONE_NORMAL,   /* below neutral_percent */
    HMI_ZONE_ELEVATED, /* below low_percent */
    HMI_ZONE_LOW
} hmi_zone;
#define HMI_ZONES 4

/* A listener that is woken when use enters another zone. The budget owns it; in_use tells whether it is lent. */
typedef struct hmi_listener {
    struct hmi_listener *next;
    void *event;
    atomic_bool in_use;
} hmi_listener;

/* Separates fields that every charge writes from fields that every charge only reads. */
#define HMI_CACHE_LINE 64

struct hostmem_budget {
    hostmem_os *os;
    _Atomic ULONG references;
    _Atomic UINT32 revision; /* of the policy; changes with each of its values */
    _Atomic UINT32 flags;
    _Atomic UINT32 wait_ms[3];
    hmi_bypass bypass;                 /* every call reads it, and it seldom changes */
    _Atomic uint64_t limit_bytes;      /* UINT64_MAX: none */
    _Atomic uint64_t reserve_bytes[3]; /* by critical level: how far below the limit requests end */
    /* by critical level: the use up to which requests are admitted; UINT64_MAX: any */
    _Atomic uint64_t ceiling_bytes[3];
    _Atomic UINT32 percent[HMI_ZONES];          /* of the limit: the beginning of each zone */
    _Atomic uint64_t edge_bytes[HMI_ZONES + 1]; /* the same in bytes; the last is UINT64_MAX */
    _Atomic UINT32 zone;
    _Atomic(hmi_listener *) listeners;
    _Atomic(hmi_quota_cache *) quota_caches;
    _Atomic uint64_t bypass_bytes; /* from this use on nothing is cached, so that the limit is exact */
    char pad_before_used[HMI_CACHE_LINE];
    _Atomic uint64_t charged_bytes; /* bytes in use, and bytes cached in slots */
    char pad_before_waiting[HMI_CACHE_LINE];
    hmi_waiting waiting;
};

/* For a thread that takes back quota, between a step of its own and its look at what owners of slots have stored: each
 * owner has stored what it took before it looked, or sees the step. See quota_cache.h. */
void hmi_budget_order_owners(hostmem_budget *budget);

/* Creates a budget with one reference. config must be complete and valid. Returns a Win32 error, 0 for success. */
UINT32 hmi_budget_make(const hostmem_budget_config *config, hostmem_os *os, hostmem_budget **out);
ULONG hmi_budget_add_ref(hostmem_budget *budget);
/* (hostmem_budget_release is public.) */

/* Sets the policy from a complete and valid configuration. One thread at a time. */
void hmi_budget_apply(hostmem_budget *budget, const hostmem_budget_config *config);

/* Sets only the limit; 0: none. False: the reserves would leave nothing; nothing is changed. */
bool hmi_budget_set_limit(hostmem_budget *budget, uint64_t limit_bytes);
uint64_t hmi_budget_limit(const hostmem_budget *budget);

/* Charges bytes if the critical level of the request admits it. False: refused, nothing is charged. */
bool hmi_budget_charge(hostmem_budget *budget, uint64_t bytes, EMemoryCriticalLevel level);

/* Charges bytes that are in use already, whatever the limit. */
void hmi_budget_force(hostmem_budget *budget, uint64_t bytes);

/* Refunds the charge of memory that was freed, and wakes requests that wait for it. */
void hmi_budget_refund(hostmem_budget *budget, uint64_t bytes);

/* Cancels the charge of memory that the operating system refused. Wakes nobody, because nothing was freed. */
void hmi_budget_cancel_charge(hostmem_budget *budget, uint64_t bytes);

/* Charges bytes for a cache, if use stays below bypass_bytes. */
bool hmi_budget_charge_cached(hostmem_budget *budget, uint64_t bytes);

/* Bytes in use. Exact while no call is running. */
uint64_t hmi_budget_used(hostmem_budget *budget);

/* Lends a quota cache to an instance; NULL if there is no memory. The budget owns it: it must be returned, and is valid
 * while the budget lives. */
hmi_quota_cache *hmi_budget_acquire_cache(hostmem_budget *budget);
void hmi_budget_release_cache(hostmem_budget *budget, hmi_quota_cache *cache);

/* The bytes that a request of this level could get. */
uint64_t hmi_budget_available(const hostmem_budget *budget, EMemoryCriticalLevel level);

hmi_zone hmi_budget_zone(const hostmem_budget *budget);

/* Lends a listener whose event is set when use enters another zone; NULL if there is no memory. The event may also be
 * set by others and without a reason. The budget owns it: it must be returned, and is valid while the budget lives. */
hmi_listener *hmi_budget_listen(hostmem_budget *budget);
void hmi_budget_unlisten(hmi_listener *listener);

#endif
