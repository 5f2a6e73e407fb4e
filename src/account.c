/* The way of a charge: the thread's share, the budget with something to fill the share, the budget alone. */
#include "account.h"

static bool charge_budget(hostmem_account *account, hostmem_kind kind, SIZE_T bytes, EMemoryCriticalLevel level)
{
    SIZE_T fill = hostmem_share_fill(kind), extra = bytes <= fill ? fill : 0;
    if (extra && !hostmem_budget_charge_spare(account->budget, (uint64_t)bytes + extra))
        extra = 0;
    if (!extra && !hostmem_budget_charge(account->budget, bytes, level))
        return false;
    hostmem_budget_undo(account->budget, hostmem_shares_grant(account->shares, kind, bytes, extra));
    return true;
}

bool hostmem_account_charge(hostmem_account *account, hostmem_kind kind, SIZE_T bytes, EMemoryCriticalLevel level)
{
    if (!bytes && kind == HOSTMEM_PAGES)
        return true;
    return hostmem_shares_take(account->shares, kind, bytes) || charge_budget(account, kind, bytes, level);
}

void hostmem_account_refund(hostmem_account *account, hostmem_kind kind, SIZE_T bytes)
{
    if (bytes || kind == HOSTMEM_BLOCKS)
        hostmem_budget_refund(account->budget, hostmem_shares_put(account->shares, kind, bytes));
}

void hostmem_account_undo(hostmem_account *account, hostmem_kind kind, SIZE_T bytes)
{
    if (bytes || kind == HOSTMEM_BLOCKS)
        hostmem_budget_undo(account->budget, hostmem_shares_put(account->shares, kind, bytes));
}

void hostmem_account_settle(hostmem_account *account, SIZE_T charged, SIZE_T taken)
{
    if (taken < charged) {
        hostmem_account_refund(account, HOSTMEM_PAGES, charged - taken);
    } else if (taken > charged) {
        hostmem_budget_force(account->budget, taken - charged);
        hostmem_shares_grant(account->shares, HOSTMEM_PAGES, taken - charged, 0);
    }
}
