/* The way of a charge: the thread's share, the budget with something to fill the share, the budget alone. */
#include "account.h"

bool hostmem_account_charge_budget(hostmem_account *account, hostmem_kind kind, SIZE_T bytes,
                                   EMemoryCriticalLevel level)
{
    SIZE_T fill = hostmem_share_fill(kind), extra = bytes <= fill ? fill : 0;
    if (extra && !hostmem_budget_charge_spare(account->budget, (uint64_t)bytes + extra))
        extra = 0;
    if (!extra && !hostmem_budget_charge(account->budget, bytes, level))
        return false;
    hostmem_budget_undo(account->budget, hostmem_shares_grant(account->shares, kind, bytes, extra));
    return true;
}

void hostmem_account_undo(hostmem_account *account, hostmem_kind kind, SIZE_T bytes)
{
    if (bytes || kind == HOSTMEM_BLOCKS)
        hostmem_budget_undo(account->budget, hostmem_shares_put(account->shares, kind, bytes));
}

void hostmem_account_take_more(hostmem_account *account, SIZE_T bytes)
{
    hostmem_budget_force(account->budget, bytes);
    hostmem_shares_grant(account->shares, HOSTMEM_PAGES, bytes, 0);
}
