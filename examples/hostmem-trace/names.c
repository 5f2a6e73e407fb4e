/* Tables of names. See names.h. */
#include "names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <hostmem/trace_format.h>

typedef struct named {
    uint32_t value;
    const char *name;
} named;

const char *name_of_event(uint8_t what)
{
    static const char *const names[] = {
        [HOSTMEM_TRACE_VIRTUAL_ALLOC] = "VirtualAlloc",
        [HOSTMEM_TRACE_VIRTUAL_FREE] = "VirtualFree",
        [HOSTMEM_TRACE_VIRTUAL_QUERY] = "VirtualQuery",
        [HOSTMEM_TRACE_VIRTUAL_PROTECT] = "VirtualProtect",
        [HOSTMEM_TRACE_CREATE_MALLOC] = "CreateMalloc",
        [HOSTMEM_TRACE_ALLOC] = "Alloc",
        [HOSTMEM_TRACE_DEBUG_ALLOC] = "DebugAlloc",
        [HOSTMEM_TRACE_FREE] = "Free",
        [HOSTMEM_TRACE_HEAP_RELEASED] = "heap released",
        [HOSTMEM_TRACE_GET_MEMORY_LOAD] = "GetMemoryLoad",
        [HOSTMEM_TRACE_REGISTER_CALLBACK] = "RegisterMemoryNotificationCallback",
        [HOSTMEM_TRACE_NEEDS_ADDRESS_SPACE] = "NeedsVirtualAddressSpace",
        [HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE] = "AcquiredVirtualAddressSpace",
        [HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE] = "ReleasedVirtualAddressSpace",
        [HOSTMEM_TRACE_NOTIFICATION] = "notification",
        [HOSTMEM_TRACE_WAITED] = "waited",
        [HOSTMEM_TRACE_LIMIT] = "limit set",
        [HOSTMEM_TRACE_CLOSED] = "closed",
        [HOSTMEM_TRACE_REFUSED] = "refused",
        [HOSTMEM_TRACE_NAMED] = "named",
    };

    return what < sizeof(names) / sizeof(*names) && names[what] ? names[what] : "unknown";
}

/* The name of a value that counts from 0; for unknown values `what` and the number. */
static const char *name_of_few(const char *const *names, uint32_t count, uint32_t value, const char *what,
                               char text[NAME_TEXT])
{
    if (value < count)
        return names[value];
    snprintf(text, NAME_TEXT, "%s%" PRIu32, what, value);
    return text;
}

const char *name_of_level(uint8_t level, char text[NAME_TEXT])
{
    static const char *const names[] = {"task", "app domain", "process"};

    return level == HOSTMEM_TRACE_NO_LEVEL ? "" : name_of_few(names, 3, level, "level ", text);
}

const char *name_of_available(uint32_t value, char text[NAME_TEXT])
{
    static const char *const names[] = {"0", "low", "neutral", "high"};

    return name_of_few(names, 4, value, "", text);
}

const char *name_of_closed(uint32_t value, char text[NAME_TEXT])
{
    static const char *const names[] = {"open", "closed", "latched", "closed and latched"};

    return name_of_few(names, 4, value, "", text);
}

const char *name_of_refuser(uint32_t type, char text[NAME_TEXT])
{
    static const char *const names[] = {"0", "budget", "Windows"};

    return name_of_few(names, 3, type, "", text);
}

const char *name_of_kind(uint32_t value, char text[NAME_TEXT])
{
    static const char *const names[HOSTMEM_TRACE_KINDS] = {
        [HOSTMEM_TRACE_KIND_OTHER] = "other",
        [HOSTMEM_TRACE_KIND_OBJECTS] = "collector's heap",
        [HOSTMEM_TRACE_KIND_TABLES] = "collector's tables",
        [HOSTMEM_TRACE_KIND_LOADER] = "loader heaps",
        [HOSTMEM_TRACE_KIND_CODE] = "code",
        [HOSTMEM_TRACE_KIND_BLOCKS] = "native blocks",
        [HOSTMEM_TRACE_KIND_LIBRARIES] = "other libraries",
        [HOSTMEM_TRACE_KIND_INVOKED] = "P/Invoked",
    };

    return name_of_few(names, HOSTMEM_TRACE_KINDS, value, "kind ", text);
}

const char *name_of_result(uint32_t result, char text[NAME_TEXT])
{
    static const named names[] = {
        {0x00000000, "S_OK"},
        {0x00000001, "S_FALSE"},
        {0x80004001, "E_NOTIMPL"},
        {0x80004002, "E_NOINTERFACE"},
        {0x80004003, "E_POINTER"},
        {0x80004005, "E_FAIL"},
        {0x8000ffff, "E_UNEXPECTED"},
        {0x80070005, "E_ACCESSDENIED"},
        {0x80070006, "E_HANDLE"},
        {0x8007000e, "E_OUTOFMEMORY"},
        {0x80070057, "E_INVALIDARG"},
        {0x80131020, "HOST_E_DEADLOCK"},
        {0x80131021, "HOST_E_INTERRUPTED"},
        {0x80131022, "HOST_E_INVALIDOPERATION"},
        {0x80131023, "HOST_E_CLRNOTAVAILABLE"},
        {0x80131024, "HOST_E_TIMEOUT"},
        {0x80131025, "HOST_E_NOT_OWNER"},
        {0x80131026, "HOST_E_ABANDONED"},
        {0x80131027, "HOST_E_EXITPROCESS_THREADABORT"},
        {0x80131028, "HOST_E_EXITPROCESS_ADUNLOAD"},
        {0x80131029, "HOST_E_EXITPROCESS_TIMEOUT"},
        {0x8013102a, "HOST_E_EXITPROCESS_OUTOFMEMORY"},
        {0x8013102b, "HOST_E_EXITPROCESS_STACKOVERFLOW"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].value == result)
            return names[i].name;
    if (result >> 16 == 0x8007)
        snprintf(text, NAME_TEXT, "WIN32 %" PRIu32, result & 0xffff);
    else
        snprintf(text, NAME_TEXT, "0x%08" PRIX32, result);
    return text;
}

/* The names of the bits that are set, in the order of the table. */
static const char *names_of_bits(const named *names, uint32_t count, uint32_t value, char text[NAME_TEXT])
{
    size_t length = 0;

    for (uint32_t i = 0; i < count; i++)
        if (value & names[i].value) {
            length += (size_t)snprintf(text + length, NAME_TEXT - length, "%s%s", length ? "|" : "", names[i].name);
            value &= ~names[i].value;
        }
    if (value || !length)
        snprintf(text + length, NAME_TEXT - length, "%s%s%" PRIX32, length ? "|" : "", value ? "0x" : "", value);
    return text;
}

const char *name_of_memory_type(uint32_t type, char text[NAME_TEXT])
{
    static const named names[] = {
        {0x1000, "MEM_COMMIT"},          {0x2000, "MEM_RESERVE"},    {0x4000, "MEM_DECOMMIT"},
        {0x8000, "MEM_RELEASE"},         {0x80000, "MEM_RESET"},     {0x100000, "MEM_TOP_DOWN"},
        {0x200000, "MEM_WRITE_WATCH"},   {0x400000, "MEM_PHYSICAL"}, {0x1000000, "MEM_RESET_UNDO"},
        {0x20000000, "MEM_LARGE_PAGES"},
    };

    return names_of_bits(names, sizeof(names) / sizeof(*names), type, text);
}

const char *name_of_protection(uint32_t protect, char text[NAME_TEXT])
{
    static const named names[] = {
        {0x01, "PAGE_NOACCESS"},          {0x02, "PAGE_READONLY"},          {0x04, "PAGE_READWRITE"},
        {0x08, "PAGE_WRITECOPY"},         {0x10, "PAGE_EXECUTE"},           {0x20, "PAGE_EXECUTE_READ"},
        {0x40, "PAGE_EXECUTE_READWRITE"}, {0x80, "PAGE_EXECUTE_WRITECOPY"}, {0x100, "PAGE_GUARD"},
        {0x200, "PAGE_NOCACHE"},          {0x400, "PAGE_WRITECOMBINE"},
    };

    return names_of_bits(names, sizeof(names) / sizeof(*names), protect, text);
}

const char *name_of_malloc_type(uint32_t type, char text[NAME_TEXT])
{
    static const named names[] = {{0x1, "MALLOC_THREADSAFE"}, {0x2, "MALLOC_EXECUTABLE"}};

    return names_of_bits(names, 2, type, text);
}

const char *name_of_size(uint64_t bytes, char text[NAME_TEXT])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    int unit = 0;

    /* From here on the value would be printed as 1024.0. */
    while (value >= 1023.95) {
        value /= 1024;
        unit++;
    }
    snprintf(text, NAME_TEXT, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return text;
}

const char *name_of_time(double microseconds, char text[NAME_TEXT])
{
    if (microseconds < 999.5)
        snprintf(text, NAME_TEXT, "%.0f us", microseconds);
    else if (microseconds < 999950)
        snprintf(text, NAME_TEXT, "%.1f ms", microseconds / 1e3);
    else
        snprintf(text, NAME_TEXT, "%.3f s", microseconds / 1e6);
    return text;
}

const char *name_of_number(uint64_t number, char text[NAME_TEXT])
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);
    char *at = text;

    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = 0;
    return text;
}
