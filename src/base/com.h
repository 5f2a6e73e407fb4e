/* What every COM object of the library does alike. */
#ifndef HMI_BASE_COM_H
#define HMI_BASE_COM_H

#include <hostmem/interfaces.h>

/* QueryInterface of an object with one interface besides IUnknown, own; object is both. */
HRESULT hmi_com_query(void *object, REFIID own, REFIID wanted, void **out);

#endif
