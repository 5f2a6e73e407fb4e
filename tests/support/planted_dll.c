/* A DLL with the name of one of Windows': a process that loads it prints so and ends with 77. */
#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved)
{
    static const char words[] = "the planted DLL was loaded\n";
    DWORD written;
    (void)module;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), words, sizeof words - 1, &written, NULL);
        ExitProcess(77);
    }
    return TRUE;
}
