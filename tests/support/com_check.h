/* Checks that apply to every COM object: reference counts and QueryInterface. Each reports the line of the calling
 * test. Include after cmocka.h; the calls leave the object unchanged. */
#ifndef HOSTMEM_TESTS_COM_CHECK_H
#define HOSTMEM_TESTS_COM_CHECK_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/interfaces.h>

/* Value of out parameters before a call that has to clear them. */
#define COM_POISON ((void *)(UINT_PTR)0xdddd)

static const IID com_iid_unknown = {0x00000000, 0x0000, 0x0000, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};

/* The object has this many references. */
#define expect_ref(iface, count) com_check_ref((IUnknown *)(iface), (count), __FILE__, __LINE__)

static inline void com_check_ref(IUnknown *object, ULONG count, const char *file, int line)
{
    ULONG added = IUnknown_AddRef(object);
    ULONG left = IUnknown_Release(object);
    _assert_int_equal(added, count + 1, file, line);
    _assert_int_equal(left, count, file, line);
}

/* QueryInterface returns this result, and a pointer or NULL accordingly. */
#define expect_query(iface, iid, hr) com_check_query((IUnknown *)(iface), (iid), (hr), __FILE__, __LINE__)

static inline void com_check_query(IUnknown *object, REFIID iid, HRESULT expected, const char *file, int line)
{
    void *out = COM_POISON;
    HRESULT hr = IUnknown_QueryInterface(object, iid, &out);
    _assert_int_equal((UINT32)hr, (UINT32)expected, file, line);
    if (SUCCEEDED(expected)) {
        _assert_true(out != NULL && out != COM_POISON, "QueryInterface returned a pointer", file, line);
        IUnknown_Release((IUnknown *)out);
    } else {
        _assert_true(out == NULL, "QueryInterface cleared the pointer", file, line);
    }
}

/* Each interface of the object can be queried from each other, and IUnknown is always the same pointer. iid: the
 * object's interface besides IUnknown. */
#define expect_com_object(iface, iid) com_check_object((IUnknown *)(iface), (iid), __FILE__, __LINE__)

static inline void com_check_object(IUnknown *object, REFIID iid, const char *file, int line)
{
    static const IID others[] = {
        {0x00000001, 0x0000, 0x0000, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}}, /* IClassFactory */
        {0x00000003, 0x0000, 0x0000, {0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}}, /* IMarshal */
        {0x00000000, 0x0000, 0x0000, {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00}},
        {0x47eb8e57, 0x0846, 0x4546, {0xaf, 0x76, 0x6f, 0x42, 0xfc, 0xfc, 0x26, 0x49}}, /* the callback */
    };
    void *same = NULL, *unknown = NULL, *unknown_of_unknown = NULL, *back = NULL;
    ULONG before = IUnknown_AddRef(object);
    unsigned i;

    com_check_query(object, iid, S_OK, file, line);
    com_check_query(object, &com_iid_unknown, S_OK, file, line);
    com_check_ref(object, before, file, line);

    _assert_int_equal((UINT32)IUnknown_QueryInterface(object, iid, &same), S_OK, file, line);
    _assert_true(same == object, "the interface is the one that was asked", file, line);
    com_check_ref(object, before + 1, file, line);
    _assert_int_equal((UINT32)IUnknown_QueryInterface(object, &com_iid_unknown, &unknown), S_OK, file, line);
    com_check_ref(object, before + 2, file, line);
    IUnknown_QueryInterface((IUnknown *)unknown, &com_iid_unknown, &unknown_of_unknown);
    IUnknown_QueryInterface((IUnknown *)unknown, iid, &back);
    _assert_true(unknown_of_unknown == unknown, "IUnknown is the object's identity", file, line);
    _assert_true(back == object, "QueryInterface from IUnknown returns the object", file, line);
    com_check_ref(object, before + 4, file, line);
    for (i = 4; i > 0; i--)
        _assert_int_equal(IUnknown_Release(object), before + i - 1, file, line);

    for (i = 0; i < sizeof others / sizeof *others; i++)
        com_check_query(object, &others[i], E_NOINTERFACE, file, line);
    _assert_int_equal((UINT32)IUnknown_QueryInterface(object, iid, NULL), (UINT32)E_POINTER, file, line);
    _assert_int_equal((UINT32)IUnknown_QueryInterface(object, &others[0], NULL), (UINT32)E_POINTER, file, line);
    com_check_query(object, NULL, E_INVALIDARG, file, line);
    _assert_int_equal(IUnknown_Release(object), before - 1, file, line);
}

#endif
