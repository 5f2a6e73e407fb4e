/* A library that uses hostmem. */
#include <hostmem/hostmem.h>

UINT32 middle_version(void);

UINT32 middle_version(void)
{
    return hostmem_version();
}
