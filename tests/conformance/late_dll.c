/* The DLL that calls back when the process ends: all other threads have been ended by then, at any point. */
#include "late.h"

static late_call *armed_call;
static void *armed_context;

__declspec(dllexport) late_arm_function conformance_late_arm;

void conformance_late_arm(late_call *call, void *context)
{
    armed_call = call;
    armed_context = context;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID process_ends);

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID process_ends)
{
    (void)module;
    if (reason == DLL_PROCESS_DETACH && process_ends && armed_call)
        armed_call(armed_context);
    return TRUE;
}
