/* The stand-in for machines without a CLR. A real host does not need this part. */
#ifndef CLRHOST_STAND_IN_H
#define CLRHOST_STAND_IN_H

#include <hostmem/interfaces.h>

HRESULT stand_in_create(ICLRRuntimeHost **out);

/* Prints what the stand-in did. FALSE: the manager broke a rule of the hosting interfaces; stderr says which. */
BOOL stand_in_report(ICLRRuntimeHost *host);

#endif
