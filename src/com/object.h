/* What every COM object of the library has and does alike: a count of references, one reference on the core, and
 * QueryInterface for one interface beside IUnknown. Any thread may call anything. */
#ifndef HMI_COM_OBJECT_H
#define HMI_COM_OBJECT_H

#include <hostmem/interfaces.h>
#include <stdatomic.h>

#include "core.h"

typedef struct hmi_object {
    _Atomic ULONG references;
    hmi_core *core;
} hmi_object;

/* Begins with one reference for the caller, and keeps one on core. */
static inline void hmi_object_init(hmi_object *object, hmi_core *core)
{
    atomic_init(&object->references, 1);
    object->core = core;
    hmi_core_add_ref(core);
}

/* Both return the new count. After the last release the object ends by hmi_object_free. */
static inline ULONG hmi_object_add_ref(hmi_object *object)
{
    return atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed) + 1;
}

static inline ULONG hmi_object_release(hmi_object *object)
{
    return atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) - 1;
}

/* Frees memory, of which object is a part, and gives the reference on the core back. */
void hmi_object_free(hmi_object *object, void *memory);

/* QueryInterface of an object with one interface beside IUnknown, own; iface is both. */
HRESULT hmi_object_query(void *iface, REFIID own, REFIID wanted, void **out);

#endif
