/* Writes events in TraceLogging's format: a description of the fields by name and type, and then their values. Both are
 * made by one walk through a table of all fields. No state but the registration. */
#include "events/etw.h"

#include <stddef.h>
#include <string.h>

static const GUID provider = {0xbcb84861, 0x4dc6, 0x5c04, {0xb8, 0x2b, 0x4d, 0x33, 0xee, 0x96, 0x66, 0xec}};

/* The provider's traits: their length and its name. */
static const struct {
    UINT16 length;
    char name[8];
} traits = {sizeof(UINT16) + 8, "hostmem"};

/* Types of values, with their formats. */
enum { UINT8_VALUE = 4, INT32_VALUE = 7, UINT32_VALUE = 8, UINT64_VALUE = 10, HEX32_VALUE = 20, HEX64_VALUE = 21 };
enum { AS_USUAL = 0, AS_HRESULT = 15 };
#define SHOWN_OTHERWISE 0x80u /* a byte with the format follows */

/* Levels of events. */
enum { WARNING = 3, INFORMATION = 4, VERBOSE = 5 };

/* Fields of events; all events have the first three. */
enum {
    INSTANCE_AND_TIME = 0x1,
    RESULT = 0x2,
    ADDRESS = 0x4,
    BYTES = 0x8,
    TYPE = 0x10,
    PROTECTION = 0x20,
    LEVEL = 0x40,
    VALUE = 0x80,
    OUTPUT = 0x100,
    ORIGIN = 0x200
};

typedef struct field {
    UINT16 is;
    UINT8 type;
    UINT8 shown;
    UINT8 size;
    UINT8 offset; /* in hostmem_trace_event */
    char name[14];
} field;

#define FIELD(is, type, shown, name, member)                                                                     \
    {                                                                                                            \
        is, type, shown, sizeof(((hostmem_trace_event *)0)->member), offsetof(hostmem_trace_event, member), name \
    }

/* In the order in which they are written. */
static const field fields[] = {
    FIELD(INSTANCE_AND_TIME, UINT64_VALUE, AS_USUAL, "Ticks", ticks),
    FIELD(RESULT, INT32_VALUE, AS_HRESULT, "Result", result),
    FIELD(ADDRESS, HEX64_VALUE, AS_USUAL, "Address", address),
    FIELD(BYTES, UINT64_VALUE, AS_USUAL, "Size", size),
    FIELD(TYPE, HEX32_VALUE, AS_USUAL, "Type", type),
    FIELD(PROTECTION, HEX32_VALUE, AS_USUAL, "Protect", protect),
    FIELD(LEVEL, UINT8_VALUE, AS_USUAL, "CriticalLevel", level),
    FIELD(VALUE, UINT32_VALUE, AS_USUAL, "Value", value),
    FIELD(OUTPUT, HEX64_VALUE, AS_USUAL, "Out", out),
    FIELD(ORIGIN, HEX64_VALUE, AS_USUAL, "Origin", origin),
};

typedef struct kind {
    char name[24];
    UINT16 has; /* fields besides the first three */
    UINT8 level;
    UINT8 keyword;
} kind;

static const kind kinds[] = {
    [HOSTMEM_TRACE_VIRTUAL_ALLOC] = {"VirtualAlloc", ADDRESS | BYTES | TYPE | PROTECTION | LEVEL | OUTPUT | ORIGIN,
                                     INFORMATION, HMI_ETW_PAGES},
    [HOSTMEM_TRACE_VIRTUAL_FREE] = {"VirtualFree", ADDRESS | BYTES | TYPE, INFORMATION, HMI_ETW_PAGES},
    [HOSTMEM_TRACE_VIRTUAL_QUERY] = {"VirtualQuery", ADDRESS | BYTES | OUTPUT, VERBOSE, HMI_ETW_PAGES},
    [HOSTMEM_TRACE_VIRTUAL_PROTECT] = {"VirtualProtect", ADDRESS | BYTES | PROTECTION | VALUE, INFORMATION,
                                       HMI_ETW_PAGES},
    [HOSTMEM_TRACE_CREATE_MALLOC] = {"CreateMalloc", TYPE | OUTPUT, INFORMATION, HMI_ETW_BLOCKS},
    [HOSTMEM_TRACE_ALLOC] = {"Alloc", ADDRESS | BYTES | LEVEL | OUTPUT | ORIGIN, VERBOSE, HMI_ETW_BLOCKS},
    [HOSTMEM_TRACE_DEBUG_ALLOC] = {"DebugAlloc", ADDRESS | BYTES | LEVEL | OUTPUT | ORIGIN, VERBOSE, HMI_ETW_BLOCKS},
    [HOSTMEM_TRACE_FREE] = {"Free", ADDRESS | OUTPUT, VERBOSE, HMI_ETW_BLOCKS},
    [HOSTMEM_TRACE_HEAP_RELEASED] = {"HeapReleased", ADDRESS, INFORMATION, HMI_ETW_BLOCKS},
    [HOSTMEM_TRACE_GET_MEMORY_LOAD] = {"GetMemoryLoad", VALUE | OUTPUT, VERBOSE, HMI_ETW_POLICY},
    [HOSTMEM_TRACE_REGISTER_CALLBACK] = {"RegisterCallback", ADDRESS, INFORMATION, HMI_ETW_POLICY},
    [HOSTMEM_TRACE_NEEDS_ADDRESS_SPACE] = {"NeedsAddressSpace", ADDRESS | BYTES, INFORMATION, HMI_ETW_PAGES},
    [HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE] = {"AcquiredAddressSpace", ADDRESS | BYTES, INFORMATION, HMI_ETW_PAGES},
    [HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE] = {"ReleasedAddressSpace", ADDRESS, INFORMATION, HMI_ETW_PAGES},
    [HOSTMEM_TRACE_NOTIFICATION] = {"Notification", VALUE, INFORMATION, HMI_ETW_POLICY},
    [HOSTMEM_TRACE_WAITED] = {"Waited", BYTES | LEVEL | VALUE, WARNING, HMI_ETW_POLICY},
    [HOSTMEM_TRACE_LIMIT] = {"Limit", BYTES, INFORMATION, HMI_ETW_POLICY},
    [HOSTMEM_TRACE_CLOSED] = {"Closed", VALUE, WARNING, HMI_ETW_POLICY},
    [HOSTMEM_TRACE_REFUSED] = {"Refused", BYTES | TYPE | LEVEL | VALUE, WARNING, HMI_ETW_POLICY},
    [HOSTMEM_TRACE_NAMED] = {"Named", ADDRESS | BYTES | VALUE, INFORMATION, HMI_ETW_PAGES},
};

/* An event being built. The metadata has its length, tags (none), the name, and the name and type of each field; the
 * payload has the values. */
typedef struct pieces {
    UINT32 metadata_bytes;
    UINT32 payload_bytes;
    UINT8 metadata[160];
    UINT8 payload[80];
} pieces;

static void name(pieces *made, const char *text)
{
    UINT32 length = (UINT32)strlen(text) + 1;
    memcpy(made->metadata + made->metadata_bytes, text, length);
    made->metadata_bytes += length;
}

static void add(pieces *made, const char *text, UINT8 type, UINT8 shown, const void *value, UINT32 size)
{
    name(made, text);
    made->metadata[made->metadata_bytes++] = (UINT8)(shown ? type | SHOWN_OTHERWISE : type);
    if (shown)
        made->metadata[made->metadata_bytes++] = shown;
    memcpy(made->payload + made->payload_bytes, value, size);
    made->payload_bytes += size;
}

void hmi_etw_write(hmi_etw *etw, const hostmem_trace_event *event, const void *instance)
{
    const kind *what = &kinds[event->what];
    const UINT64 identity = (UINT_PTR)instance;
    UINT32 has = what->has | (UINT32)(INSTANCE_AND_TIME | RESULT), i;
    UINT16 length;
    pieces made;
    made.payload_bytes = 0;
    made.metadata_bytes = sizeof length;
    made.metadata[made.metadata_bytes++] = 0;
    name(&made, what->name);
    add(&made, "Instance", HEX64_VALUE, AS_USUAL, &identity, sizeof identity);
    for (i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (has & fields[i].is)
            add(&made, fields[i].name, fields[i].type, fields[i].shown, (const char *)event + fields[i].offset,
                fields[i].size);
    }
    length = (UINT16)made.metadata_bytes;
    memcpy(made.metadata, &length, sizeof length);
    etw->os->etw_write(etw->os, etw->registration,
                       &(hmi_os_etw_event){.level = (INT32)event->result < 0 ? WARNING : what->level,
                                           .keyword = what->keyword,
                                           .traits = &traits,
                                           .metadata = made.metadata,
                                           .payload = made.payload,
                                           .payload_bytes = made.payload_bytes});
}

void hmi_etw_open(hmi_etw *etw, hostmem_os *os, void (*enable)(void *context, BOOL wanted), void *context)
{
    UINT32 last_error = os->get_last_error(os);
    etw->os = os;
    if (os->etw_register(os, &provider, &traits, enable, context, &etw->registration))
        etw->registration = NULL;
    os->set_last_error(os, last_error);
}

void hmi_etw_close(hmi_etw *etw)
{
    if (etw->registration)
        etw->os->etw_unregister(etw->os, etw->registration);
    etw->registration = NULL;
}
