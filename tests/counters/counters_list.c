/* Prints what the library says about its counter set, for check_manifest.py: a line for each counter. Given a DLL, it
 * also prints the DLL's strings with their numbers. */
#include <stdio.h>

#include "counters/counters.h"

static void print_guid(const char *what, const GUID *id)
{
    unsigned i;
    printf("%s {%08x-%04x-%04x-%02x%02x-", what, (unsigned)id->Data1, id->Data2, id->Data3, id->Data4[0], id->Data4[1]);
    for (i = 2; i < 8; i++)
        printf("%02x", id->Data4[i]);
    puts("}");
}

#ifdef _WIN32
/* Also beyond the last one that belongs to the set. */
static BOOL print_strings(const char *dll)
{
    HMODULE module = LoadLibraryExA(dll, NULL, LOAD_LIBRARY_AS_DATAFILE);
    UINT number;
    if (!module)
        return FALSE;
    for (number = 1; number <= 4 * (HMI_COUNTERS + 3); number++) {
        char text[512];
        if (LoadStringA(module, number, text, sizeof text))
            printf("string %u %s\n", number, text);
    }
    return FreeLibrary(module);
}
#else
static BOOL print_strings(const char *dll)
{
    (void)dll;
    return FALSE;
}
#endif

int main(int count, char **arguments)
{
    UINT32 i;
    print_guid("provider", &hmi_counter_set.provider);
    print_guid("set", &hmi_counter_set.id);
    for (i = 0; i < hmi_counter_set.count; i++) {
        const hmi_os_counter *counter = &hmi_counter_set.counters[i];
        printf("counter %u %s %s\n", (unsigned)counter->id,
               counter->per_second ? "perf_counter_bulk_count" : "perf_counter_large_rawcount",
               counter->advanced ? "advanced" : "standard");
    }
    return count < 2 || print_strings(arguments[1]) ? 0 : 1;
}
