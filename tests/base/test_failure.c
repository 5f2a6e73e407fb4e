/* The translation of Win32 errors: every row of the failure table, for every operation. */
#include "check.h"

static const hmi_operation operations[] = {
    HMI_OPERATION_VIRTUAL_ALLOC, HMI_OPERATION_VIRTUAL_FREE, HMI_OPERATION_VIRTUAL_QUERY, HMI_OPERATION_VIRTUAL_PROTECT,
    HMI_OPERATION_HEAP_ALLOC,    HMI_OPERATION_HEAP_FREE,    HMI_OPERATION_CREATE_MALLOC, HMI_OPERATION_MEMORY_LOAD,
};

/* As numbers, like the table in the documentation, so that a wrong name in the code is noticed. */
static const struct {
    UINT32 error;
    HRESULT allocating; /* from VirtualAlloc */
    HRESULT elsewhere;
    bool out_of_memory;
} rows[] = {
    {8, E_OUTOFMEMORY, E_OUTOFMEMORY, true},
    {14, E_OUTOFMEMORY, E_OUTOFMEMORY, true},
    {567, E_OUTOFMEMORY, E_OUTOFMEMORY, true},
    {635, E_OUTOFMEMORY, E_OUTOFMEMORY, true},
    {1450, E_OUTOFMEMORY, E_OUTOFMEMORY, true},
    {1453, E_OUTOFMEMORY, E_OUTOFMEMORY, true},
    {1454, E_OUTOFMEMORY, E_OUTOFMEMORY, true},
    {1455, E_OUTOFMEMORY, E_OUTOFMEMORY, true},
    {1816, E_OUTOFMEMORY, E_OUTOFMEMORY, true},
    {487, E_OUTOFMEMORY, E_INVALIDARG, false},
    {87, E_INVALIDARG, E_INVALIDARG, false},
    {998, E_POINTER, E_POINTER, false},
    {5, E_ACCESSDENIED, E_ACCESSDENIED, false},
    {1655, E_ACCESSDENIED, E_ACCESSDENIED, false},
    {121, (HRESULT)0x80131024, (HRESULT)0x80131024, false},
    {258, (HRESULT)0x80131024, (HRESULT)0x80131024, false},
    {1460, (HRESULT)0x80131024, (HRESULT)0x80131024, false},
    {158, (HRESULT)0x80131025, (HRESULT)0x80131025, false},
    {288, (HRESULT)0x80131025, (HRESULT)0x80131025, false},
    {735, (HRESULT)0x80131026, (HRESULT)0x80131026, false},
    {995, (HRESULT)0x80131026, (HRESULT)0x80131026, false},
    /* Anything else, and the neighbours of the listed errors. */
    {1, (HRESULT)0x80070001, (HRESULT)0x80070001, false},
    {6, (HRESULT)0x80070006, (HRESULT)0x80070006, false},
    {7, (HRESULT)0x80070007, (HRESULT)0x80070007, false},
    {24, (HRESULT)0x80070018, (HRESULT)0x80070018, false},
    {566, (HRESULT)0x80070236, (HRESULT)0x80070236, false},
    {1314, (HRESULT)0x80070522, (HRESULT)0x80070522, false},
    {1452, (HRESULT)0x800705ac, (HRESULT)0x800705ac, false},
    {1456, (HRESULT)0x800705b0, (HRESULT)0x800705b0, false},
    {0xffff, (HRESULT)0x8007ffff, (HRESULT)0x8007ffff, false},
    /* An error that is already an HRESULT is kept. */
    {0x80070005u, (HRESULT)0x80070005, (HRESULT)0x80070005, false},
};

static void every_row_of_the_failure_table(void **state)
{
    size_t row, i;
    (void)state;
    for (row = 0; row < CHECK_COUNT_OF(rows); row++) {
        for (i = 0; i < CHECK_COUNT_OF(operations); i++) {
            bool allocating = operations[i] == HMI_OPERATION_VIRTUAL_ALLOC;
            HRESULT expected = allocating ? rows[row].allocating : rows[row].elsewhere;
            HRESULT hr = hmi_failure_hresult(operations[i], rows[row].error);
            if (hr != expected)
                fail_msg("operation %d, error %u: 0x%08x, expected 0x%08x", (int)operations[i],
                         (unsigned)rows[row].error, (unsigned)hr, (unsigned)expected);
        }
        if (hmi_failure_is_out_of_memory(rows[row].error) != rows[row].out_of_memory)
            fail_msg("class of error %u", (unsigned)rows[row].error);
    }
}

static void no_error_becomes_success_or_the_latch(void **state)
{
    static const UINT32 odd[] = {0x10000, 0x7fffffff, 0x80000000u, 0xffffffffu};
    UINT32 error;
    size_t i;
    (void)state;
    for (i = 0; i < CHECK_COUNT_OF(operations); i++) {
        for (error = 0; error <= 0x4000; error++) {
            HRESULT hr = hmi_failure_hresult(operations[i], error);
            if (SUCCEEDED(hr) || hr == E_FAIL)
                fail_msg("operation %d, error %u: 0x%08x", (int)operations[i], (unsigned)error, (unsigned)hr);
        }
        for (error = 0; error < CHECK_COUNT_OF(odd); error++)
            assert_true(FAILED(hmi_failure_hresult(operations[i], odd[error])));
    }
    assert_false(hmi_failure_is_out_of_memory(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_failure_table),
        cmocka_unit_test(no_error_becomes_success_or_the_latch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
