/* Fault rules: which operations they match, each rule with each operation. */
#include "fault_ground.h"

#define REQUESTS (HOSTMEM_METHOD_VIRTUAL_ALLOC | HOSTMEM_METHOD_ALLOC | HOSTMEM_METHOD_DEBUG_ALLOC)
#define EVERYTHING 0x1ffu

static bool should_match(const hostmem_fault_rule *rule, const operation *op, EMemoryCriticalLevel level)
{
    UINT32 methods = rule->methods ? rule->methods : REQUESTS;
    if (!(methods & op->method) || (rule->type && (op->type & rule->type) != rule->type))
        return false;
    if (rule->levels && !(op->has_level && (rule->levels >> level & 1)))
        return false;
    if (op->size < rule->min_bytes || (rule->max_bytes && op->size > rule->max_bytes))
        return false;
    return (rule->flags & HOSTMEM_FAULT_BY_SYSTEM) || op->asks_budget;
}

/* Each rule with each operation at each level: matching operations fail, all others succeed. */
static void just_what_a_rule_asks_for_fails(void **state)
{
    static const hostmem_fault_rule rules[] = {
        {.flags = 0},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = EVERYTHING},
        {.methods = HOSTMEM_METHOD_VIRTUAL_ALLOC},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_ALLOC},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_FREE},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_FREE, .type = MEM_DECOMMIT},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_PROTECT},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_QUERY},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_CREATE_MALLOC},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_CREATE_MALLOC, .type = MALLOC_EXECUTABLE},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_GET_MEMORY_LOAD},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_REGISTER_CALLBACK},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_DEBUG_ALLOC},
        {.methods = HOSTMEM_METHOD_ALLOC},
        {.methods = HOSTMEM_METHOD_ALLOC | HOSTMEM_METHOD_DEBUG_ALLOC, .min_bytes = 33},
        {.levels = HOSTMEM_LEVEL(eTaskCritical)},
        {.levels = HOSTMEM_LEVEL(eAppDomainCritical) | HOSTMEM_LEVEL(eProcessCritical)},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = EVERYTHING, .levels = HOSTMEM_LEVEL(eProcessCritical)},
        {.min_bytes = 5000},
        {.min_bytes = 5001},
        {.max_bytes = 32},
        {.max_bytes = 33},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = EVERYTHING, .max_bytes = 4096},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .min_bytes = 4096, .max_bytes = 4096},
        {.type = MEM_RESERVE},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .type = MEM_RESERVE},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .type = MEM_RESERVE | MEM_COMMIT},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .type = MEM_RESET},
    };
    unsigned r, o, level;
    for (r = 0; r < COUNT_OF(rules); r++) {
        for (o = 0; o < COUNT_OF(fault_operations); o++) {
            for (level = 0; level < 3; level++) {
                /* Freeing a reservation afterwards would fail, too. */
                bool frees = (rules[r].methods & HOSTMEM_METHOD_VIRTUAL_FREE) &&
                             (fault_operations[o].type & MEM_RESERVE);
                bool expected = should_match(&rules[r], &fault_operations[o], (EMemoryCriticalLevel)level);
                ground g;
                HRESULT hr;
                if (frees && !expected)
                    continue;
                g = fault_ground_make(*state);
                fault_set_rule(*state, rules[r]);
                hr = fault_perform(&g, &fault_operations[o], (EMemoryCriticalLevel)level);
                if ((hr != S_OK) != expected)
                    fail_msg("rule %u, %s at level %u: %#x", r, fault_operations[o].name, level, (unsigned)hr);
                counts_are(*state, 0, expected, expected);
                assert_int_equal(hostmem_fault_set(g.f->instance, NULL, 0), S_OK);
                if (hr == S_OK && fault_operations[o].type == MEM_RELEASE)
                    g.pages = host_fixture_alloc(*state, NULL, FIXTURE_PAGE, MEM_RESERVE, PAGE_NOACCESS);
                fault_ground_clear(&g);
            }
        }
    }
}

static void what_is_refused_anyway_is_not_counted(void **state)
{
    host_fixture *f = *state;
    ground g = fault_ground_make(f);
    void *out;
    DWORD old;
    SIZE_T size;
    fault_set_rule(f, (hostmem_fault_rule){.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = EVERYTHING});
    IHostMemoryManager_VirtualAlloc(f->manager, NULL, 0, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &out);
    IHostMemoryManager_VirtualAlloc(f->manager, NULL, 1, MEM_RESERVE, PAGE_READWRITE, (EMemoryCriticalLevel)3, &out);
    IHostMemoryManager_VirtualAlloc(f->manager, NULL, 1, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, NULL);
    IHostMemoryManager_VirtualFree(f->manager, &g, 0, MEM_RELEASE);
    IHostMemoryManager_VirtualFree(f->manager, g.pages + FIXTURE_PAGE, 0, MEM_RELEASE);
    IHostMemoryManager_VirtualFree(f->manager, g.pages, 1, MEM_RELEASE);
    IHostMemoryManager_VirtualProtect(f->manager, g.pages, 0, PAGE_READONLY, &old);
    IHostMemoryManager_VirtualQuery(f->manager, g.pages, NULL, 0, &size);
    IHostMemoryManager_CreateMalloc(f->manager, 8, (IHostMalloc **)&out);
    IHostMalloc_Alloc(g.heap, 1, (EMemoryCriticalLevel)-1, &out);
    IHostMemoryManager_GetMemoryLoad(f->manager, &old, NULL);
    assert_int_equal(hostmem_set_clr_state(f->instance, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
    expect_failure(f, IHostMalloc_Alloc(g.heap, 1, eTaskCritical, &out), HOST_E_CLRNOTAVAILABLE,
                   ERROR_NOT_ENOUGH_MEMORY);
    expect_failure(f, IHostMemoryManager_CreateMalloc(f->manager, 0, (IHostMalloc **)&out), HOST_E_CLRNOTAVAILABLE,
                   ERROR_NOT_ENOUGH_MEMORY);
    counts_are(f, 0, 0, 0);
    fault_ground_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(just_what_a_rule_asks_for_fails),
        fixture_test(what_is_refused_anyway_is_not_counted),
    };
    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
