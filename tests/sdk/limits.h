/* Replaces the limits.h that MinGW-w64's windows.h includes and Microsoft's does not, so that SIZE_MAX must come
 * from stdint.h. */
#include_next <limits.h>

#ifndef UINT64_MAX
#undef SIZE_MAX
#endif
