/* Charging the budget for one instance: through its shares where they have room, else at the budget itself. Any thread may
 * call anything at any time. */
#ifndef HOSTMEM_SRC_ACCOUNT_H
#define HOSTMEM_SRC_ACCOUNT_H

#include "budget.h"

typedef struct hostmem_account {
    hostmem_budget *budget;
    hostmem_shares *shares;
} hostmem_account;

/* Charges bytes, and of HOSTMEM_BLOCKS one block, if the critical level of the request admits it. False: refused, nothing
 * is charged. */
bool hostmem_account_charge(hostmem_account *account, hostmem_kind kind, SIZE_T bytes, EMemoryCriticalLevel level);

/* Says that what was charged is in use now, for the peaks. */
static inline void hostmem_account_keep(hostmem_account *account)
{
    hostmem_shares_keep(account->shares);
}

/* Gives back the charge of memory that was freed, of HOSTMEM_BLOCKS one block, and wakes who waits for it. */
void hostmem_account_refund(hostmem_account *account, hostmem_kind kind, SIZE_T bytes);

/* The same for memory that the operating system has refused: none has become free. */
void hostmem_account_undo(hostmem_account *account, hostmem_kind kind, SIZE_T bytes);

/* Turns a charge of pages into what was taken in the end, whatever the limit. */
void hostmem_account_settle(hostmem_account *account, SIZE_T charged, SIZE_T taken);

#endif
