/* The steps of a charge: the quota of the thread's slot; the budget, with more quota for the slot; the budget alone. */
#include "budget/account.h"

bool hmi_account_charge_budget(hmi_account *account, hmi_kind kind, SIZE_T bytes, EMemoryCriticalLevel level)
{
    SIZE_T fill = hmi_quota_fill(kind), extra = bytes <= fill ? fill : 0;
    if (extra && !hmi_budget_charge_cached(account->budget, (uint64_t)bytes + extra))
        extra = 0;
    if (!extra && !hmi_budget_charge(account->budget, bytes, level))
        return false;
    hmi_budget_cancel_charge(account->budget, hmi_quota_cache_grant(account->quota_cache, kind, bytes, extra));
    return true;
}

void hmi_account_cancel_charge(hmi_account *account, hmi_kind kind, SIZE_T bytes)
{
    if (bytes || kind == HMI_BLOCKS)
        hmi_budget_cancel_charge(account->budget, hmi_quota_cache_put(account->quota_cache, kind, bytes));
}

void hmi_account_force_charge(hmi_account *account, SIZE_T bytes)
{
    hmi_budget_force(account->budget, bytes);
    hmi_quota_cache_grant(account->quota_cache, HMI_PAGES, bytes, 0);
}
