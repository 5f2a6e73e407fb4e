/* The stand-in for machines without a CLR: the only part of this example that a real host has no use for. */
#ifndef CLRHOST_STAND_IN_H
#define CLRHOST_STAND_IN_H

#include <hostmem/interfaces.h>

HRESULT stand_in_create(ICLRRuntimeHost **out);

/* Prints what the stand-in did. FALSE: the manager broke the contract of the hosting interfaces; stderr says how. */
BOOL stand_in_report(ICLRRuntimeHost *host);

#endif
