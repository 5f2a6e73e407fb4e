/* Stands for the limits.h that MinGW-w64's windows.h includes, and that Microsoft's does not: SIZE_MAX is to come from
 * stdint.h. */
#include_next <limits.h>

#ifndef UINT64_MAX
#undef SIZE_MAX
#endif
