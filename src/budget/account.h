/* Charges the budget for one instance: from the quota cache if the thread's slot has enough, otherwise from the budget
 * itself. */
#ifndef HMI_BUDGET_ACCOUNT_H
#define HMI_BUDGET_ACCOUNT_H

#include "budget/budget.h"

typedef struct hmi_account {
    hostmem_budget *budget;
    hmi_quota_cache *quota_cache;
} hmi_account;

/* Part of the next function. */
bool hmi_account_charge_budget(hmi_account *account, hmi_kind kind, SIZE_T bytes, EMemoryCriticalLevel level);

/* Charges bytes, and for HMI_BLOCKS one block, if the critical level allows it. False: refused, nothing is charged. */
static inline bool hmi_account_charge(hmi_account *account, hmi_kind kind, SIZE_T bytes, EMemoryCriticalLevel level)
{
    if (!bytes && kind == HMI_PAGES)
        return true;
    return hmi_quota_cache_take(account->quota_cache, kind, bytes) ||
           hmi_account_charge_budget(account, kind, bytes, level);
}

/* Includes the memory that was charged in the peaks. Called when it is really in use. */
static inline void hmi_account_note_peak(hmi_account *account)
{
    hmi_quota_cache_note_peak(account->quota_cache);
}

/* Refunds the charge of memory that was freed (for HMI_BLOCKS also one block), and wakes requests that wait for it. */
static inline void hmi_account_refund(hmi_account *account, hmi_kind kind, SIZE_T bytes)
{
    SIZE_T surplus = bytes || kind == HMI_BLOCKS ? hmi_quota_cache_put(account->quota_cache, kind, bytes) : 0;
    if (surplus)
        hmi_budget_refund(account->budget, surplus);
}

/* The same for memory that the operating system refused. Wakes nobody, because no memory was freed. */
void hmi_account_cancel_charge(hmi_account *account, hmi_kind kind, SIZE_T bytes);

/* Part of the next function. */
void hmi_account_force_charge(hmi_account *account, SIZE_T bytes);

/* Changes a charge of pages to what was really committed, whatever the limit. */
static inline void hmi_account_adjust_charge(hmi_account *account, SIZE_T charged, SIZE_T taken)
{
    if (taken < charged)
        hmi_account_refund(account, HMI_PAGES, charged - taken);
    else if (taken > charged)
        hmi_account_force_charge(account, taken - charged);
}

#endif
