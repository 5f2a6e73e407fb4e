/* Charging the budget for one instance: through its shares where they have room, else at the budget itself. Any thread
 * may call anything at any time. */
#ifndef HOSTMEM_SRC_ACCOUNT_H
#define HOSTMEM_SRC_ACCOUNT_H

#include "budget.h"

typedef struct hostmem_account {
    hostmem_budget *budget;
    hostmem_shares *shares;
} hostmem_account;

/* The rest of the next function. */
bool hostmem_account_charge_budget(hostmem_account *account, hostmem_kind kind, SIZE_T bytes,
                                   EMemoryCriticalLevel level);

/* Charges bytes, and of HOSTMEM_BLOCKS one block, if the critical level of the request admits it. False: refused,
 * nothing is charged. */
static inline bool hostmem_account_charge(hostmem_account *account, hostmem_kind kind, SIZE_T bytes,
                                          EMemoryCriticalLevel level)
{
    if (!bytes && kind == HOSTMEM_PAGES)
        return true;
    return hostmem_shares_take(account->shares, kind, bytes) ||
           hostmem_account_charge_budget(account, kind, bytes, level);
}

/* Says that what was charged is in use now, for the peaks. */
static inline void hostmem_account_keep(hostmem_account *account)
{
    hostmem_shares_keep(account->shares);
}

/* Gives back the charge of memory that was freed, of HOSTMEM_BLOCKS one block, and wakes who waits for it. */
static inline void hostmem_account_refund(hostmem_account *account, hostmem_kind kind, SIZE_T bytes)
{
    SIZE_T surplus = bytes || kind == HOSTMEM_BLOCKS ? hostmem_shares_put(account->shares, kind, bytes) : 0;
    if (surplus)
        hostmem_budget_refund(account->budget, surplus);
}

/* The same for memory that the operating system has refused: none has become free. */
void hostmem_account_undo(hostmem_account *account, hostmem_kind kind, SIZE_T bytes);

/* The rest of the next function. */
void hostmem_account_take_more(hostmem_account *account, SIZE_T bytes);

/* Turns a charge of pages into what was taken in the end, whatever the limit. */
static inline void hostmem_account_settle(hostmem_account *account, SIZE_T charged, SIZE_T taken)
{
    if (taken < charged)
        hostmem_account_refund(account, HOSTMEM_PAGES, charged - taken);
    else if (taken > charged)
        hostmem_account_take_more(account, taken - charged);
}

#endif
