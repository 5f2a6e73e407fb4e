/* Atomic operations with something in front of each, for builds of the library that are forced to include this
 * (-include) by way of perturb.h or step.h. Before it is included:
 *
 *     HOOK_BEFORE(name)  an expression to evaluate before the operation of that name, a string such as "load"
 *     HOOK_FAILS(name)   the same before a weak compare-and-exchange; whether that should fail for no reason, as the
 *                        language allows and x86 never does
 */
#include <stdatomic.h>
#include <stdbool.h>

/* The operations themselves: the headers' macros are gone where ours take their names. */
#if defined(__clang__)
#define HOOK_LOAD(object, order) __c11_atomic_load(object, order)
#define HOOK_STORE(object, value, order) __c11_atomic_store(object, value, order)
#define HOOK_EXCHANGE(object, value, order) __c11_atomic_exchange(object, value, order)
#define HOOK_SWAP(object, expected, value, weak, order, otherwise)                          \
    ((weak) ? __c11_atomic_compare_exchange_weak(object, expected, value, order, otherwise) \
            : __c11_atomic_compare_exchange_strong(object, expected, value, order, otherwise))
#define HOOK_FETCH(verb, object, value, order) __c11_atomic_fetch_##verb(object, value, order)
#else
#define HOOK_LOAD(object, order)                \
    __extension__({                             \
        __auto_type object_ = (object);         \
        __typeof__((void)0, *object_) value_;   \
        __atomic_load(object_, &value_, order); \
        value_;                                 \
    })
#define HOOK_STORE(object, value, order)                \
    __extension__({                                     \
        __auto_type object_ = (object);                 \
        __typeof__((void)0, *object_) value_ = (value); \
        __atomic_store(object_, &value_, order);        \
    })
#define HOOK_EXCHANGE(object, value, order)                   \
    __extension__({                                           \
        __auto_type object_ = (object);                       \
        __typeof__((void)0, *object_) value_ = (value);       \
        __typeof__((void)0, *object_) former_;                \
        __atomic_exchange(object_, &value_, &former_, order); \
        former_;                                              \
    })
#define HOOK_SWAP(object, expected, value, weak, order, otherwise)                     \
    __extension__({                                                                    \
        __auto_type object_ = (object);                                                \
        __typeof__((void)0, *object_) value_ = (value);                                \
        __atomic_compare_exchange(object_, expected, &value_, weak, order, otherwise); \
    })
#define HOOK_FETCH(verb, object, value, order) __atomic_fetch_##verb(object, value, order)
#endif

#undef atomic_load
#undef atomic_load_explicit
#undef atomic_store
#undef atomic_store_explicit
#undef atomic_exchange
#undef atomic_exchange_explicit
#undef atomic_compare_exchange_strong
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak
#undef atomic_compare_exchange_weak_explicit
#undef atomic_fetch_add
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_or
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and
#undef atomic_fetch_and_explicit

#define atomic_load_explicit(object, order) (HOOK_BEFORE("load"), HOOK_LOAD(object, order))
#define atomic_store_explicit(object, value, order) (HOOK_BEFORE("store"), HOOK_STORE(object, value, order))
#define atomic_exchange_explicit(object, value, order) (HOOK_BEFORE("exchange"), HOOK_EXCHANGE(object, value, order))
#define atomic_compare_exchange_strong_explicit(object, expected, value, order, otherwise) \
    (HOOK_BEFORE("compare-exchange"), HOOK_SWAP(object, expected, value, false, order, otherwise))
#define atomic_compare_exchange_weak_explicit(object, expected, value, order, otherwise)  \
    (HOOK_FAILS("compare-exchange") ? (*(expected) = HOOK_LOAD(object, otherwise), false) \
                                    : HOOK_SWAP(object, expected, value, true, order, otherwise))
#define atomic_fetch_add_explicit(object, value, order) (HOOK_BEFORE("add"), HOOK_FETCH(add, object, value, order))
#define atomic_fetch_sub_explicit(object, value, order) (HOOK_BEFORE("sub"), HOOK_FETCH(sub, object, value, order))
#define atomic_fetch_or_explicit(object, value, order) (HOOK_BEFORE("or"), HOOK_FETCH(or, object, value, order))
#define atomic_fetch_and_explicit(object, value, order) (HOOK_BEFORE("and"), HOOK_FETCH(and, object, value, order))

#define atomic_load(object) atomic_load_explicit(object, memory_order_seq_cst)
#define atomic_store(object, value) atomic_store_explicit(object, value, memory_order_seq_cst)
#define atomic_exchange(object, value) atomic_exchange_explicit(object, value, memory_order_seq_cst)
#define atomic_compare_exchange_strong(object, expected, value) \
    atomic_compare_exchange_strong_explicit(object, expected, value, memory_order_seq_cst, memory_order_seq_cst)
#define atomic_compare_exchange_weak(object, expected, value) \
    atomic_compare_exchange_weak_explicit(object, expected, value, memory_order_seq_cst, memory_order_seq_cst)
#define atomic_fetch_add(object, value) atomic_fetch_add_explicit(object, value, memory_order_seq_cst)
#define atomic_fetch_sub(object, value) atomic_fetch_sub_explicit(object, value, memory_order_seq_cst)
#define atomic_fetch_or(object, value) atomic_fetch_or_explicit(object, value, memory_order_seq_cst)
#define atomic_fetch_and(object, value) atomic_fetch_and_explicit(object, value, memory_order_seq_cst)
