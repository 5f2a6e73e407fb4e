/* How much memory may be taken: limits by critical level, what is charged against them, who waits for more, and who
 * wants to know how full it is. Charges are made before the operating system is asked and refunded when it refuses, so
 * that the limit holds at every moment. Any thread may call anything at any time; nothing here waits but
 * hostmem_waiting_try. */
#ifndef HOSTMEM_SRC_BUDGET_H
#define HOSTMEM_SRC_BUDGET_H

#include <hostmem/hostmem.h>

#include "shares.h"
#include "waiting.h"

/* How full a budget is, by the percentages of its configuration. */
typedef enum hostmem_zone {
    HOSTMEM_ZONE_PLENTY,   /* below high_percent, or no limit */
    HOSTMEM_ZONE_NORMAL,   /* below neutral_percent */
    HOSTMEM_ZONE_ELEVATED, /* below low_percent */
    HOSTMEM_ZONE_LOW
} hostmem_zone;
#define HOSTMEM_ZONES 4

/* Somebody who is woken when use enters another zone. Belongs to the budget, and is lent out. */
typedef struct hostmem_listener {
    struct hostmem_listener *next;
    void *event;
    atomic_bool lent;
} hostmem_listener;

/* Keeps what every charge writes away from what every charge reads. */
#define HOSTMEM_CACHE_LINE 64

/* Why shares are out of use. */
enum { HOSTMEM_STRICT_NEAR = 1, HOSTMEM_STRICT_HOLD = 2 };

struct hostmem_budget {
    hostmem_os *os;
    _Atomic ULONG references;
    _Atomic UINT32 revision; /* of the policy: changes with every part of it */
    _Atomic UINT32 flags;
    _Atomic UINT32 wait_ms[3];
    _Atomic uint64_t limit_bytes;                   /* UINT64_MAX: none */
    _Atomic uint64_t reserve_bytes[3];              /* by critical level: how far below the limit its requests end */
    _Atomic uint64_t ceiling_bytes[3];              /* by critical level: where its requests end; UINT64_MAX: nowhere */
    _Atomic UINT32 percent[HOSTMEM_ZONES];          /* of the limit: where each zone begins */
    _Atomic uint64_t edge_bytes[HOSTMEM_ZONES + 1]; /* the same in bytes; the last is UINT64_MAX */
    _Atomic UINT32 zone;
    _Atomic(hostmem_listener *) listeners;
    _Atomic(hostmem_shares *) shares;
    _Atomic uint64_t strict_bytes; /* from here up shares are out of use, so that the limit is exact */
    char pad_before_used[HOSTMEM_CACHE_LINE];
    _Atomic uint64_t charged_bytes; /* what is used, and what shares have room for */
    _Atomic UINT32 strict;          /* HOSTMEM_STRICT_NEAR, and HOSTMEM_STRICT_HOLD for each one who holds them */
    char pad_before_waiting[HOSTMEM_CACHE_LINE];
    hostmem_waiting waiting;
};

/* Creates a budget with one reference. config is complete and valid. Returns a Win32 error, 0 for success. */
UINT32 hostmem_budget_make(const hostmem_budget_config *config, hostmem_os *os, hostmem_budget **out);
ULONG hostmem_budget_add_ref(hostmem_budget *budget);
/* (hostmem_budget_release is public.) */

/* Takes a complete and valid configuration over. One thread at a time. */
void hostmem_budget_apply(hostmem_budget *budget, const hostmem_budget_config *config);

/* Changes the limit alone; 0: none. False: the reserves would not leave anything, nothing is changed. */
bool hostmem_budget_set_limit(hostmem_budget *budget, uint64_t limit_bytes);
uint64_t hostmem_budget_limit(const hostmem_budget *budget);

/* Charges bytes if the critical level of the request admits it. False: refused, nothing is charged. */
bool hostmem_budget_charge(hostmem_budget *budget, uint64_t bytes, EMemoryCriticalLevel level);

/* Charges bytes that are taken already, whatever the limit. */
void hostmem_budget_force(hostmem_budget *budget, uint64_t bytes);

/* Gives back the charge of memory that was freed, and wakes who waits for it. */
void hostmem_budget_refund(hostmem_budget *budget, uint64_t bytes);

/* Gives back the charge of memory that the operating system has refused: none has become free. */
void hostmem_budget_undo(hostmem_budget *budget, uint64_t bytes);

/* Charges bytes if that leaves shares in use. */
bool hostmem_budget_charge_spare(hostmem_budget *budget, uint64_t bytes);

/* How many bytes are in use. Exact at rest. */
uint64_t hostmem_budget_used(hostmem_budget *budget);

/* Lends the shares of an instance; NULL if there is no memory. They are the budget's: to be given back, and valid while
 * the budget lives. */
hostmem_shares *hostmem_budget_lend_shares(hostmem_budget *budget);
void hostmem_budget_return_shares(hostmem_budget *budget, hostmem_shares *shares);

/* Puts all shares out of use and what is in them back into the budget, until let go: for who waits for the last
 * byte. */
void hostmem_budget_hold_shares(hostmem_budget *budget);
void hostmem_budget_let_shares_go(hostmem_budget *budget);

/* How much a request of this level could get. */
uint64_t hostmem_budget_room(const hostmem_budget *budget, EMemoryCriticalLevel level);

hostmem_zone hostmem_budget_zone(const hostmem_budget *budget);

/* Lends a listener whose event is set whenever use enters another zone; NULL if there is no memory. Its event may be
 * set by others, too, and without cause. It is the budget's: to be given back, and valid while the budget lives. */
hostmem_listener *hostmem_budget_listen(hostmem_budget *budget);
void hostmem_budget_unlisten(hostmem_listener *listener);

#endif
