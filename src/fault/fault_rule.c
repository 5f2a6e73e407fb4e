/* Single rules: their checks, and their decisions as pure functions of an operation and its number. */
#include "fault/fault_rule.h"

#include "base/failure.h"

#define MILLION 1000000u

#define FLAGS (HOSTMEM_FAULT_BY_SYSTEM | HOSTMEM_FAULT_FIRST_ATTEMPT)
#define BLOCKS (HOSTMEM_METHOD_ALLOC | HOSTMEM_METHOD_DEBUG_ALLOC)
#define REQUESTS (HOSTMEM_METHOD_VIRTUAL_ALLOC | BLOCKS) /* these have a level, and the budget may refuse them */
#define TYPED (HOSTMEM_METHOD_VIRTUAL_ALLOC | HOSTMEM_METHOD_VIRTUAL_FREE | HOSTMEM_METHOD_CREATE_MALLOC)
#define METHODS                                                                         \
    (REQUESTS | TYPED | HOSTMEM_METHOD_VIRTUAL_PROTECT | HOSTMEM_METHOD_VIRTUAL_QUERY | \
     HOSTMEM_METHOD_GET_MEMORY_LOAD | HOSTMEM_METHOD_REGISTER_CALLBACK)
#define LEVELS (HOSTMEM_LEVEL(eTaskCritical) | HOSTMEM_LEVEL(eAppDomainCritical) | HOSTMEM_LEVEL(eProcessCritical))

static HRESULT wrong(hmi_rule_mistake *mistake, const char *key, const char *reason)
{
    *mistake = (hmi_rule_mistake){key, reason};
    return E_INVALIDARG;
}

static bool is_by_system(const hostmem_fault_rule *rule)
{
    return (rule->flags & HOSTMEM_FAULT_BY_SYSTEM) != 0;
}

static HRESULT check_filters(const hostmem_fault_rule *rule, hmi_rule_mistake *mistake)
{
    if (rule->methods & ~(UINT32)METHODS)
        return wrong(mistake, "method", "has a method that this version does not know");
    if (!is_by_system(rule) && (rule->methods & ~(UINT32)REQUESTS))
        return wrong(mistake, "method", "has a method that only the system can refuse; it needs refuse=system");
    if (rule->levels & ~(UINT32)LEVELS)
        return wrong(mistake, "level", "has a level that does not exist");
    if (rule->levels && !(rule->methods & REQUESTS))
        return wrong(mistake, "level", "is given, but none of the methods has a level");
    if (rule->type && !(rule->methods & TYPED))
        return wrong(mistake, "type", "is given, but none of the methods has a type");
    if (rule->max_bytes && rule->min_bytes > rule->max_bytes)
        return wrong(mistake, "max", "is less than min");
    return S_OK;
}

static HRESULT check_choice(const hostmem_fault_rule *rule, hmi_rule_mistake *mistake)
{
    if (rule->per_million > MILLION)
        return wrong(mistake, "share", "is more than 100%");
    if (rule->per_million && rule->every)
        return wrong(mistake, "share", "is given together with every; a rule can have only one of them");
    if (rule->seed && !rule->per_million)
        return wrong(mistake, "seed", "has no effect without share");
    if (rule->error && !is_by_system(rule))
        return wrong(mistake, "error", "has no effect without refuse=system");
    if (rule->reserved_word)
        return wrong(mistake, "reserved_word", "is not 0");
    return S_OK;
}

HRESULT hmi_fault_rule_complete(hostmem_fault_rule *rule, hmi_rule_mistake *mistake)
{
    HRESULT hr;
    if (rule->flags & ~(UINT32)FLAGS) {
        wrong(mistake, "flags", "has a bit that this version does not know");
        return HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS);
    }
    if (!rule->methods)
        rule->methods = REQUESTS;
    hr = check_filters(rule, mistake);
    return FAILED(hr) ? hr : check_choice(rule, mistake);
}

/* Whether the operation asks the budget for memory at all. */
static bool asks_budget(const hmi_call *call)
{
    return call->method == HOSTMEM_METHOD_VIRTUAL_ALLOC ? (call->type & MEM_COMMIT) != 0 : call->size != 0;
}

bool hmi_fault_rule_matches(const hostmem_fault_rule *rule, const hmi_call *call)
{
    return (rule->methods & call->method) && (!rule->levels || (rule->levels & HOSTMEM_LEVEL(call->level))) &&
           (rule->type & call->type) == rule->type && call->size >= rule->min_bytes &&
           (!rule->max_bytes || call->size <= rule->max_bytes) && (is_by_system(rule) || asks_budget(call));
}

/* A pseudo-random number below a million, evenly distributed over operations and seeds: the finalizer of splitmix64. */
static uint32_t draw(uint64_t seed, uint64_t number)
{
    uint64_t value = seed + number * 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    value ^= value >> 31;
    return (uint32_t)((value >> 32) * MILLION >> 32);
}

bool hmi_fault_rule_hits(const hostmem_fault_rule *rule, uint64_t number)
{
    uint64_t first = rule->nth ? rule->nth : rule->every ? rule->every : 1;
    if (number < first)
        return false;
    if (rule->per_million)
        return draw(rule->seed, number) < rule->per_million;
    if (rule->every)
        return (number - first) % rule->every == 0;
    return !rule->nth || number == first;
}

UINT32 hmi_fault_rule_error(const hostmem_fault_rule *rule, UINT32 method)
{
    if (!is_by_system(rule))
        return HMI_BY_BUDGET | (method & BLOCKS ? ERROR_NOT_ENOUGH_MEMORY : ERROR_COMMITMENT_LIMIT);
    if (method & BLOCKS)
        return ERROR_NOT_ENOUGH_MEMORY;
    return rule->error ? rule->error : (UINT32)ERROR_NOT_ENOUGH_MEMORY;
}
