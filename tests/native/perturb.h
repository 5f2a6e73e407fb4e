/* Included before the library's sources (-include) for storms with disturbed timing: before each of their atomic
 * operations the thread may yield, sleep or spin, and every weak compare-and-exchange may fail without a reason, as
 * the language allows but x86 never does. An operation that should be atomic but consists of two is then
 * interrupted between them. */
#ifndef HOSTMEM_TESTS_PERTURB_H
#define HOSTMEM_TESTS_PERTURB_H

#include <stdatomic.h>
#include <stdbool.h>

/* Delays the calling thread, or not. */
void perturb(void);
/* The same, and returns whether a compare-and-exchange should fail. */
bool perturb_fails(void);

/* The operations themselves: the headers' macros are not available where ours have their names. */
#if defined(__clang__)
#define PERTURB_LOAD(object, order) __c11_atomic_load(object, order)
#define PERTURB_STORE(object, value, order) __c11_atomic_store(object, value, order)
#define PERTURB_EXCHANGE(object, value, order) __c11_atomic_exchange(object, value, order)
#define PERTURB_SWAP(object, expected, value, weak, order, otherwise)                       \
    ((weak) ? __c11_atomic_compare_exchange_weak(object, expected, value, order, otherwise) \
            : __c11_atomic_compare_exchange_strong(object, expected, value, order, otherwise))
#define PERTURB_FETCH(verb, object, value, order) __c11_atomic_fetch_##verb(object, value, order)
#else
#define PERTURB_LOAD(object, order)             \
    __extension__({                             \
        __auto_type object_ = (object);         \
        __typeof__((void)0, *object_) value_;   \
        __atomic_load(object_, &value_, order); \
        value_;                                 \
    })
#define PERTURB_STORE(object, value, order)             \
    __extension__({                                     \
        __auto_type object_ = (object);                 \
        __typeof__((void)0, *object_) value_ = (value); \
        __atomic_store(object_, &value_, order);        \
    })
#define PERTURB_EXCHANGE(object, value, order)                \
    __extension__({                                           \
        __auto_type object_ = (object);                       \
        __typeof__((void)0, *object_) value_ = (value);       \
        __typeof__((void)0, *object_) former_;                \
        __atomic_exchange(object_, &value_, &former_, order); \
        former_;                                              \
    })
#define PERTURB_SWAP(object, expected, value, weak, order, otherwise)                  \
    __extension__({                                                                    \
        __auto_type object_ = (object);                                                \
        __typeof__((void)0, *object_) value_ = (value);                                \
        __atomic_compare_exchange(object_, expected, &value_, weak, order, otherwise); \
    })
#define PERTURB_FETCH(verb, object, value, order) __atomic_fetch_##verb(object, value, order)
#endif

#define PERTURB_SWAP_WEAKLY(object, expected, value, order, otherwise)        \
    (perturb_fails() ? (*(expected) = PERTURB_LOAD(object, otherwise), false) \
                     : PERTURB_SWAP(object, expected, value, true, order, otherwise))

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

#define atomic_load_explicit(object, order) (perturb(), PERTURB_LOAD(object, order))
#define atomic_store_explicit(object, value, order) (perturb(), PERTURB_STORE(object, value, order))
#define atomic_exchange_explicit(object, value, order) (perturb(), PERTURB_EXCHANGE(object, value, order))
#define atomic_compare_exchange_strong_explicit(object, expected, value, order, otherwise) \
    (perturb(), PERTURB_SWAP(object, expected, value, false, order, otherwise))
#define atomic_compare_exchange_weak_explicit(object, expected, value, order, otherwise) \
    PERTURB_SWAP_WEAKLY(object, expected, value, order, otherwise)
#define atomic_fetch_add_explicit(object, value, order) (perturb(), PERTURB_FETCH(add, object, value, order))
#define atomic_fetch_sub_explicit(object, value, order) (perturb(), PERTURB_FETCH(sub, object, value, order))
#define atomic_fetch_or_explicit(object, value, order) (perturb(), PERTURB_FETCH(or, object, value, order))
#define atomic_fetch_and_explicit(object, value, order) (perturb(), PERTURB_FETCH(and, object, value, order))

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

#endif
