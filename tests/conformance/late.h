/* conformance_late.dll: makes a call when the process ends. Like the CLR it is loaded after the manager's DLL, and
 * therefore notified first. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_LATE_H
#define HOSTMEM_TESTS_CONFORMANCE_LATE_H

#include <windows.h>

typedef void late_call(void *context);
typedef void late_arm_function(late_call *call, void *context);

#define LATE_DLL_NAME "conformance_late.dll"
#define LATE_ARM_NAME "conformance_late_arm"

#endif
