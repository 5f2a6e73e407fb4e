/* The common part of the library's COM objects: a reference count, one reference on the core, and QueryInterface for
 * IUnknown and one other interface. Any thread may call any function. */
#ifndef HMI_COM_OBJECT_H
#define HMI_COM_OBJECT_H

#include <hostmem/interfaces.h>
#include <stdatomic.h>

#include "core.h"

typedef struct hmi_object {
    _Atomic ULONG references;
    hmi_core *core;
} hmi_object;

/* Initialises an object with one reference for the caller, and adds a reference to core. */
static inline void hmi_object_init(hmi_object *object, hmi_core *core)
{
    atomic_init(&object->references, 1);
    object->core = core;
    hmi_core_add_ref(core);
}

/* Both return the new count. If that is 0, the caller frees the object with hmi_object_free. */
static inline ULONG hmi_object_add_ref(hmi_object *object)
{
    return atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed) + 1;
}

static inline ULONG hmi_object_release(hmi_object *object)
{
    return atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) - 1;
}

/* Frees memory, which contains object, and releases the reference on the core. */
void hmi_object_free(hmi_object *object, void *memory);

/* QueryInterface for an object with IUnknown and one other interface, own; iface is both. */
HRESULT hmi_object_query(void *iface, REFIID own, REFIID wanted, void **out);

#endif
