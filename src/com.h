/* What every COM object of the library does alike. */
#ifndef HOSTMEM_SRC_COM_H
#define HOSTMEM_SRC_COM_H

#include <hostmem/interfaces.h>

/* QueryInterface of an object with one interface besides IUnknown, own; object is both. */
HRESULT hostmem_com_query(void *object, REFIID own, REFIID wanted, void **out);

#endif
