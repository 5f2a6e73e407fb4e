/* The table of all figures. A test compares it with the struct: each member is in it once. */
#include "report/figures.h"

#include <stddef.h>
#include <string.h>

#define COUNT_OF(array) ((UINT32)(sizeof(array) / sizeof *(array)))

const char *const hmi_method_names[HOSTMEM_CALL_METHODS] = {
    [HOSTMEM_CALL_VIRTUAL_ALLOC] = "VirtualAlloc",
    [HOSTMEM_CALL_VIRTUAL_FREE] = "VirtualFree",
    [HOSTMEM_CALL_VIRTUAL_PROTECT] = "VirtualProtect",
    [HOSTMEM_CALL_VIRTUAL_QUERY] = "VirtualQuery",
    [HOSTMEM_CALL_CREATE_MALLOC] = "CreateMalloc",
    [HOSTMEM_CALL_ALLOC] = "Alloc",
    [HOSTMEM_CALL_DEBUG_ALLOC] = "DebugAlloc",
    [HOSTMEM_CALL_GET_MEMORY_LOAD] = "GetMemoryLoad",
    [HOSTMEM_CALL_REGISTER_CALLBACK] = "RegisterMemoryNotificationCallback",
    [HOSTMEM_CALL_FREE] = "Free",
    [HOSTMEM_CALL_NEEDS_ADDRESS_SPACE] = "NeedsVirtualAddressSpace",
    [HOSTMEM_CALL_ACQUIRED_ADDRESS_SPACE] = "AcquiredVirtualAddressSpace",
    [HOSTMEM_CALL_RELEASED_ADDRESS_SPACE] = "ReleasedVirtualAddressSpace",
};

static const char *const level_names[] = {"task", "app_domain", "process", "none"};
static const char *const kind_names[] = {"low", "neutral", "high"};
static const char *const result_names[HOSTMEM_REFUSAL_RESULTS] = {
    [HOSTMEM_REFUSAL_OUT_OF_MEMORY] = "out_of_memory", [HOSTMEM_REFUSAL_TIMEOUT] = "timeout",
    [HOSTMEM_REFUSAL_ABANDONED] = "abandoned",         [HOSTMEM_REFUSAL_FAIL_FAST] = "fail_fast",
    [HOSTMEM_REFUSAL_UNAVAILABLE] = "unavailable",
};

static const char *const refuser_names[HOSTMEM_REFUSERS] = {
    [HOSTMEM_REFUSER_BUDGET] = "budget",
    [HOSTMEM_REFUSER_SYSTEM] = "system",
};

static const char *const use_names[HOSTMEM_KINDS] = {
    [HOSTMEM_KIND_OTHER] = "other",         [HOSTMEM_KIND_OBJECTS] = "objects", [HOSTMEM_KIND_TABLES] = "tables",
    [HOSTMEM_KIND_LOADER] = "loader",       [HOSTMEM_KIND_CODE] = "code",       [HOSTMEM_KIND_BLOCKS] = "blocks",
    [HOSTMEM_KIND_LIBRARIES] = "libraries", [HOSTMEM_KIND_INVOKED] = "invoked",
};

static const hmi_figure_index levels = {"level", level_names, 3};
static const hmi_figure_index levels_and_none = {"level", level_names, COUNT_OF(level_names)};
static const hmi_figure_index kinds = {"kind", kind_names, COUNT_OF(kind_names)};
static const hmi_figure_index results = {"result", result_names, COUNT_OF(result_names)};
static const hmi_figure_index refusers = {"by", refuser_names, COUNT_OF(refuser_names)};
static const hmi_figure_index uses = {"kind", use_names, COUNT_OF(use_names)};
static const hmi_figure_index methods = {"method", hmi_method_names, COUNT_OF(hmi_method_names)};

#define FIELD(field) #field, #field
#define AT(field) offsetof(hostmem_stats, field)

/* clang-format off */
const hmi_figure hmi_figures[] = {
    {FIELD(reserved_bytes), "Address space in reservations.", HMI_FIGURE_BYTES, AT(reserved_bytes), {NULL}},
    {FIELD(committed_bytes), "Committed pages of reservations.", HMI_FIGURE_BYTES, AT(committed_bytes), {NULL}},
    {FIELD(peak_committed_bytes), "The most that was ever committed.", HMI_FIGURE_BYTES, AT(peak_committed_bytes),
     {NULL}},
    {FIELD(executable_bytes), "Committed pages that may be executed.", HMI_FIGURE_BYTES, AT(executable_bytes),
     {NULL}},
    {FIELD(mapped_bytes), "Views that the CLR has mapped.", HMI_FIGURE_BYTES, AT(mapped_bytes), {NULL}},
    {FIELD(heap_bytes), "Heap blocks, in bytes as requested.", HMI_FIGURE_BYTES, AT(heap_bytes), {NULL}},
    {FIELD(heap_blocks), "Number of heap blocks.", HMI_FIGURE_GAUGE, AT(heap_blocks), {NULL}},
    {FIELD(used_bytes), "Memory that counts against the limit: committed pages and heap blocks.", HMI_FIGURE_BYTES,
     AT(used_bytes), {NULL}},
    {FIELD(peak_used_bytes), "The most that ever counted against the limit.", HMI_FIGURE_BYTES, AT(peak_used_bytes),
     {NULL}},
    {FIELD(limit_bytes), "The limit in force.", HMI_FIGURE_BYTES, AT(limit_bytes), {NULL}},
    {FIELD(overdraft_bytes), "How far use is above the limit.", HMI_FIGURE_BYTES, AT(overdraft_bytes), {NULL}},
    {"refused", NULL, NULL, HMI_FIGURE_COUNT, AT(refused), {&levels}},
    {FIELD(waits), "Requests that waited for memory.", HMI_FIGURE_COUNT, AT(waits), {&levels}},
    {FIELD(notifications), "Notifications sent to the CLR.", HMI_FIGURE_COUNT, AT(notifications), {&kinds}},
    {FIELD(address_reserve_bytes), "Address space kept in reserve for views.", HMI_FIGURE_BYTES,
     AT(address_reserve_bytes), {NULL}},
    {FIELD(lock_failures), "Failed attempts to lock pages.", HMI_FIGURE_COUNT, AT(lock_failures),
     {NULL}},
    {FIELD(numa_misses), "Allocations for which the wanted NUMA node was not available.", HMI_FIGURE_COUNT,
     AT(numa_misses), {NULL}},
    {FIELD(latched), "1: a refused request has latched the instance.", HMI_FIGURE_FLAG, AT(latched), {NULL}},
    {FIELD(clr_unavailable), "1: the host has declared the CLR unavailable.", HMI_FIGURE_FLAG, AT(clr_unavailable),
     {NULL}},
    {"injected", "injected_faults", "Injected faults.", HMI_FIGURE_COUNT, AT(injected), {&levels_and_none}},
    {FIELD(peak_reserved_bytes), "The most that was ever reserved.", HMI_FIGURE_BYTES, AT(peak_reserved_bytes),
     {NULL}},
    {FIELD(peak_executable_bytes), "The most that was ever executable.", HMI_FIGURE_BYTES,
     AT(peak_executable_bytes), {NULL}},
    {FIELD(peak_mapped_bytes), "The most that the CLR ever had mapped.", HMI_FIGURE_BYTES, AT(peak_mapped_bytes),
     {NULL}},
    {FIELD(peak_heap_bytes), "The most that heap blocks ever took.", HMI_FIGURE_BYTES, AT(peak_heap_bytes), {NULL}},
    {FIELD(heaps), "Number of heaps.", HMI_FIGURE_GAUGE, AT(heaps), {NULL}},
    {"wait_ms", "wait_seconds", "Time that requests have waited for memory.", HMI_FIGURE_TIME, AT(wait_ms),
     {&levels}},
    {FIELD(calls), "Calls of the CLR.", HMI_FIGURE_COUNT, AT(calls), {&methods}},
    {FIELD(refusals), "Requests for memory that were refused.", HMI_FIGURE_COUNT, AT(refusals),
     {&results, &levels_and_none}},
    {"refused_by", "refusals_by", "The same, by who refused: the budget or Windows.", HMI_FIGURE_COUNT, AT(refused_by),
     {&refusers, &levels_and_none}},
    {FIELD(last_system_error), "Windows' error code of its last refusal.", HMI_FIGURE_GAUGE, AT(last_system_error),
     {NULL}},
    {FIELD(largest_free_bytes), "The largest free range of address space.", HMI_FIGURE_BYTES, AT(largest_free_bytes),
     {NULL}},
    {FIELD(kind_bytes), "Memory by what a modern .NET runtime uses it for.", HMI_FIGURE_BYTES, AT(kind_bytes),
     {&uses}},
};
/* clang-format on */
const UINT32 hmi_figure_count = COUNT_OF(hmi_figures);

UINT32 hmi_figure_values(const hmi_figure *figure)
{
    UINT32 values = 1, i;
    for (i = 0; i < HMI_FIGURE_INDEXES && figure->index[i]; i++)
        values *= figure->index[i]->count;
    return values;
}

UINT64 hmi_figure_value(const hmi_figure *figure, const hostmem_stats *stats, UINT32 number)
{
    const char *at = (const char *)stats + figure->offset;
    UINT64 value;
    UINT32 flag;
    if (figure->kind == HMI_FIGURE_FLAG) {
        memcpy(&flag, at, sizeof flag);
        return flag;
    }
    memcpy(&value, at + number * sizeof value, sizeof value);
    return value;
}

BOOL hmi_figure_is_in(const hmi_figure *figure, UINT32 size)
{
    UINT32 each = figure->kind == HMI_FIGURE_FLAG ? sizeof(UINT32) : sizeof(UINT64);
    return figure->offset + hmi_figure_values(figure) * each <= size;
}
