/* Charging the budget for one instance: through its shares where they have room, else at the budget itself. Any thread
 * may call anything at any time. */
#ifndef HMI_BUDGET_ACCOUNT_H
#define HMI_BUDGET_ACCOUNT_H

#include "budget/budget.h"

typedef struct hmi_account {
    hostmem_budget *budget;
    hmi_quota_cache *quota_cache;
} hmi_account;

/* The rest of the next function. */
bool hmi_account_charge_budget(hmi_account *account, hmi_kind kind, SIZE_T bytes, EMemoryCriticalLevel level);

/* Charges bytes, and of HMI_BLOCKS one block, if the critical level of the request admits it. False: refused,
 * nothing is charged. */
static inline bool hmi_account_charge(hmi_account *account, hmi_kind kind, SIZE_T bytes, EMemoryCriticalLevel level)
{
    if (!bytes && kind == HMI_PAGES)
        return true;
    return hmi_quota_cache_take(account->quota_cache, kind, bytes) ||
           hmi_account_charge_budget(account, kind, bytes, level);
}

/* Says that what was charged is in use now, for the peaks. */
static inline void hmi_account_note_peak(hmi_account *account)
{
    hmi_quota_cache_note_peak(account->quota_cache);
}

/* Gives back the charge of memory that was freed, of HMI_BLOCKS one block, and wakes who waits for it. */
static inline void hmi_account_refund(hmi_account *account, hmi_kind kind, SIZE_T bytes)
{
    SIZE_T surplus = bytes || kind == HMI_BLOCKS ? hmi_quota_cache_put(account->quota_cache, kind, bytes) : 0;
    if (surplus)
        hmi_budget_refund(account->budget, surplus);
}

/* The same for memory that the operating system has refused: none has become free. */
void hmi_account_cancel_charge(hmi_account *account, hmi_kind kind, SIZE_T bytes);

/* The rest of the next function. */
void hmi_account_force_charge(hmi_account *account, SIZE_T bytes);

/* Turns a charge of pages into what was taken in the end, whatever the limit. */
static inline void hmi_account_adjust_charge(hmi_account *account, SIZE_T charged, SIZE_T taken)
{
    if (taken < charged)
        hmi_account_refund(account, HMI_PAGES, charged - taken);
    else if (taken > charged)
        hmi_account_force_charge(account, taken - charged);
}

#endif
