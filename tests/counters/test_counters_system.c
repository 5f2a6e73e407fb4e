/* Performance counters on the real system: what a program can see itself. That tools show the values can only be seen
 * on Windows, where the set is registered: for that, with a number of seconds as its argument, the program does not
 * test, but is an instance "held" with 3 MiB (.github/workflows/ci.yml). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/counters.h>

static hostmem *create(void)
{
    hostmem *memory;
    assert_int_equal(hostmem_create(NULL, &memory), S_OK);
    return memory;
}

static void instances_come_and_go(void **state)
{
    const hostmem_counters_config same = {.size = sizeof same, .name = "same"};
    hostmem *one = create(), *other = create();
    int round;
    (void)state;
    for (round = 0; round < 3; round++) {
        SetLastError(4711);
        assert_int_equal(hostmem_counters_start(one, round ? &same : NULL), S_OK);
        assert_int_equal(hostmem_counters_start(other, round ? &same : NULL), S_OK);
        assert_int_equal(hostmem_counters_stop(round % 2 ? one : other), S_OK);
        assert_int_equal(hostmem_counters_stop(round % 2 ? other : one), S_OK);
        assert_int_equal(GetLastError(), 4711);
    }
    assert_int_equal(hostmem_counters_start(one, NULL), S_OK);
    assert_int_equal(hostmem_release(one), 0);
    assert_int_equal(hostmem_release(other), 0);
}

static void a_name_must_be_utf8(void **state)
{
    const hostmem_counters_config config = {.size = sizeof config, .name = "\xff"};
    hostmem *memory = create();
    (void)state;
    assert_int_equal(hostmem_counters_start(memory, &config), E_INVALIDARG);
    assert_int_equal(hostmem_release(memory), 0);
}

static int hold(const char *seconds)
{
    const hostmem_counters_config config = {.size = sizeof config, .name = "held"};
    IHostMemoryManager *manager;
    hostmem *memory;
    void *page;
    if (hostmem_create(NULL, &memory) != S_OK || hostmem_counters_start(memory, &config) != S_OK ||
        hostmem_get_manager(memory, &manager) != S_OK ||
        IHostMemoryManager_VirtualAlloc(manager, NULL, 3 << 20, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical,
                                        &page) != S_OK)
        return 1;
    Sleep(1000 * (DWORD)strtoul(seconds, NULL, 10));
    IHostMemoryManager_VirtualFree(manager, page, 0, MEM_RELEASE);
    IHostMemoryManager_Release(manager);
    return hostmem_release(memory) != 0;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instances_come_and_go),
        cmocka_unit_test(a_name_must_be_utf8),
    };
    if (count > 1)
        return hold(arguments[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
