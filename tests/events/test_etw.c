/* Events for Event Tracing for Windows, parsed according to TraceLogging's documentation and headers: a word with
 * the length, tags, the event's name, and for each field its name, type, and how it is displayed if the highest bit
 * says so. */
#include <string.h>

#include "trace_check.h"

#include "events/etw.h"

typedef struct reader {
    const UINT8 *at, *end; /* position in the metadata and its end */
    const UINT8 *values, *values_end;
} reader;

static UINT16 word(const UINT8 *at)
{
    return (UINT16)(at[0] | at[1] << 8);
}

static const char *take_name(reader *self)
{
    const char *name = (const char *)self->at;
    const UINT8 *end = memchr(self->at, 0, (size_t)(self->end - self->at));
    assert_non_null(end);
    self->at = end + 1;
    return name;
}

/* Opens an event after checking its form as a whole. */
static reader open_event(const sim_etw_event *event, const char *name)
{
    static const GUID provider = {0xbcb84861, 0x4dc6, 0x5c04, {0xb8, 0x2b, 0x4d, 0x33, 0xee, 0x96, 0x66, 0xec}};
    reader self;
    assert_non_null(event);
    assert_memory_equal(&event->provider, &provider, sizeof provider);
    assert_int_equal(word(event->traits), 10);
    assert_string_equal((const char *)event->traits + 2, "hostmem");
    self = (reader){event->metadata + 2, event->metadata + word(event->metadata), event->payload,
                    event->payload + event->payload_bytes};
    assert_int_equal(*self.at++, 0); /* no tags */
    assert_string_equal(take_name(&self), name);
    return self;
}

enum {
    UINT8_TYPE = 4,
    INT32_TYPE = 7,
    UINT32_TYPE = 8,
    UINT64_TYPE = 10,
    HEX32_TYPE = 20,
    HEX64_TYPE = 21,
    HRESULT_SHOWN = 15
};

static UINT64 take_field(reader *self, const char *name, UINT8 type, UINT8 shown)
{
    UINT32 size = type == UINT8_TYPE ? 1 : type == UINT64_TYPE || type == HEX64_TYPE ? 8 : 4, i;
    UINT64 value = 0;
    assert_string_equal(take_name(self), name);
    assert_int_equal(*self->at++, shown ? type | 0x80 : type);
    if (shown)
        assert_int_equal(*self->at++, shown);
    assert_true(self->values + size <= self->values_end);
    for (i = 0; i < size; i++)
        value |= (UINT64)self->values[i] << 8 * i;
    self->values += size;
    return value;
}

static void close_event(const reader *self)
{
    assert_ptr_equal(self->at, self->end);
    assert_ptr_equal(self->values, self->values_end);
}

/* Reads the fields that all events begin with. Returns the instance. */
static UINT64 take_head(reader *self, HRESULT result)
{
    UINT64 instance = take_field(self, "Instance", HEX64_TYPE, 0);
    assert_true(instance != 0);
    assert_true(take_field(self, "Ticks", UINT64_TYPE, 0) != 0);
    assert_int_equal(take_field(self, "Result", INT32_TYPE, HRESULT_SHOWN), (UINT32)result);
    return instance;
}

static void fields_have_their_values(void **state)
{
    host_fixture *f = *state;
    const sim_etw_event *event;
    void *memory;
    reader read;
    sim_os_listen_to_etw(f->sim, TRUE);
    memory = host_fixture_alloc(f, NULL, 3 * FIXTURE_PAGE, MEM_COMMIT, PAGE_READWRITE);
    expect_success(f, IHostMemoryManager_VirtualFree(f->manager, memory, 0, MEM_RELEASE));
    event = sim_os_etw_event(f->sim, 0);
    read = open_event(event, "VirtualAlloc");
    assert_int_equal(event->level, 4);
    assert_int_equal(event->keyword, 1);
    take_head(&read, S_OK);
    assert_int_equal(take_field(&read, "Address", HEX64_TYPE, 0), 0);
    assert_int_equal(take_field(&read, "Size", UINT64_TYPE, 0), 3 * FIXTURE_PAGE);
    assert_int_equal(take_field(&read, "Type", HEX32_TYPE, 0), MEM_COMMIT);
    assert_int_equal(take_field(&read, "Protect", HEX32_TYPE, 0), PAGE_READWRITE);
    assert_int_equal(take_field(&read, "CriticalLevel", UINT8_TYPE, 0), eTaskCritical);
    assert_true(take_field(&read, "Out", HEX64_TYPE, 0) == (UINT_PTR)memory);
    assert_int_equal(take_field(&read, "Origin", HEX64_TYPE, 0), 0);
    close_event(&read);
    read = open_event(sim_os_etw_event(f->sim, 1), "VirtualFree");
    take_head(&read, S_OK);
    assert_true(take_field(&read, "Address", HEX64_TYPE, 0) == (UINT_PTR)memory);
    assert_int_equal(take_field(&read, "Size", UINT64_TYPE, 0), 0);
    assert_int_equal(take_field(&read, "Type", HEX32_TYPE, 0), MEM_RELEASE);
    close_event(&read);
    assert_null(sim_os_etw_event(f->sim, 2));
}

static void blocks_have_their_heap_and_origin(void **state)
{
    host_fixture *f = *state;
    const sim_etw_event *event;
    IHostMalloc *heap;
    void *block;
    reader read;
    sim_os_listen_to_etw(f->sim, TRUE);
    heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    expect_success(f, IHostMalloc_DebugAlloc(heap, 50, eProcessCritical, "x", 1, &block));
    expect_success(f, IHostMalloc_Free(heap, block));
    read = open_event(sim_os_etw_event(f->sim, 0), "CreateMalloc");
    take_head(&read, S_OK);
    assert_int_equal(take_field(&read, "Type", HEX32_TYPE, 0), MALLOC_THREADSAFE);
    assert_true(take_field(&read, "Out", HEX64_TYPE, 0) == (UINT_PTR)heap);
    close_event(&read);
    event = sim_os_etw_event(f->sim, 1);
    assert_int_equal(event->level, 5);
    assert_int_equal(event->keyword, 2);
    read = open_event(event, "DebugAlloc");
    take_head(&read, S_OK);
    assert_true(take_field(&read, "Address", HEX64_TYPE, 0) == (UINT_PTR)heap);
    assert_int_equal(take_field(&read, "Size", UINT64_TYPE, 0), 50);
    assert_int_equal(take_field(&read, "CriticalLevel", UINT8_TYPE, 0), eProcessCritical);
    assert_true(take_field(&read, "Out", HEX64_TYPE, 0) == (UINT_PTR)block);
    assert_true(take_field(&read, "Origin", HEX64_TYPE, 0) != 0);
    close_event(&read);
    read = open_event(sim_os_etw_event(f->sim, 2), "Free");
    take_head(&read, S_OK);
    assert_true(take_field(&read, "Address", HEX64_TYPE, 0) == (UINT_PTR)heap);
    assert_true(take_field(&read, "Out", HEX64_TYPE, 0) == (UINT_PTR)block);
    close_event(&read);
    IHostMalloc_Release(heap);
}

static void failures_are_warnings(void **state)
{
    host_fixture *f = *state;
    const sim_etw_event *event;
    SIZE_T written;
    reader read;
    sim_os_listen_to_etw(f->sim, TRUE);
    expect_failure(f, IHostMemoryManager_VirtualQuery(f->manager, f, NULL, 0, &written), E_POINTER, ERROR_NOACCESS);
    event = sim_os_etw_event(f->sim, 0);
    assert_int_equal(event->level, 3);
    read = open_event(event, "VirtualQuery");
    take_head(&read, E_POINTER);
}

/* ---- Every kind of event ---- */

static const char *const names[] = {"VirtualAlloc",
                                    "VirtualFree",
                                    "VirtualQuery",
                                    "VirtualProtect",
                                    "CreateMalloc",
                                    "Alloc",
                                    "DebugAlloc",
                                    "Free",
                                    "HeapReleased",
                                    "GetMemoryLoad",
                                    "RegisterCallback",
                                    "NeedsAddressSpace",
                                    "AcquiredAddressSpace",
                                    "ReleasedAddressSpace",
                                    "Notification",
                                    "Waited",
                                    "Limit",
                                    "Closed"};

static void ignore(void *context, BOOL wanted)
{
    (void)context;
    (void)wanted;
}

/* For every event the types and values must match until the end. */
static void every_kind_of_event_can_be_read(void **state)
{
    host_fixture *f = *state;
    hmi_etw etw = {0};
    uint8_t kind;
    hmi_etw_open(&etw, f->os, ignore, NULL);
    for (kind = HOSTMEM_TRACE_VIRTUAL_ALLOC; kind <= HOSTMEM_TRACE_CLOSED; kind++) {
        const hostmem_trace_event written = {.what = kind, .ticks = 1};
        reader read;
        hmi_etw_write(&etw, &written, f);
        read = open_event(sim_os_etw_event(f->sim, kind - 1u), names[kind - 1]);
        assert_true(take_head(&read, S_OK) == (UINT_PTR)f);
        while (read.at < read.end) {
            const char *name = (const char *)read.at;
            UINT8 type = read.at[strlen(name) + 1];
            assert_int_equal(take_field(&read, name, type & 0x7f, 0), 0);
        }
        close_event(&read);
        assert_in_range(sim_os_etw_event(f->sim, kind - 1u)->level, 3, 5);
        assert_in_set(sim_os_etw_event(f->sim, kind - 1u)->keyword, ((const LargestIntegralType[]){1, 2, 4}), 3);
    }
    hmi_etw_close(&etw);
}

/* ---- Sessions ---- */

static void load(host_fixture *f)
{
    SIZE_T available;
    DWORD percent;
    expect_success(f, IHostMemoryManager_GetMemoryLoad(f->manager, &percent, &available));
}

static void events_are_written_while_somebody_listens(void **state)
{
    host_fixture *f = *state;
    trace_content content;
    load(f);
    assert_null(sim_os_etw_event(f->sim, 0));
    sim_os_listen_to_etw(f->sim, TRUE);
    load(f);
    trace_check_start(f->instance, TRACE_PATH); /* each one has its own */
    load(f);
    sim_os_listen_to_etw(f->sim, FALSE);
    load(f);
    trace_check_stop(f, &content);
    assert_int_equal(content.event_count, 2);
    trace_free(&content);
    load(f);
    assert_non_null(sim_os_etw_event(f->sim, 1));
    assert_null(sim_os_etw_event(f->sim, 2));
}

static void instances_can_be_told_apart(void **state)
{
    host_fixture *f = *state;
    hostmem *other;
    IHostMemoryManager *manager;
    SIZE_T available;
    UINT64 one, two;
    DWORD percent;
    reader read;
    sim_os_listen_to_etw(f->sim, TRUE);
    other = host_fixture_another(f); /* created while a session already listens */
    assert_int_equal(hostmem_get_manager(other, &manager), S_OK);
    load(f);
    assert_int_equal(IHostMemoryManager_GetMemoryLoad(manager, &percent, &available), S_OK);
    read = open_event(sim_os_etw_event(f->sim, 0), "GetMemoryLoad");
    one = take_head(&read, S_OK);
    read = open_event(sim_os_etw_event(f->sim, 1), "GetMemoryLoad");
    two = take_head(&read, S_OK);
    assert_true(one != two);
    IHostMemoryManager_Release(manager);
    assert_int_equal(hostmem_release(other), 0);
}

static void without_it_everything_works(void **state)
{
    host_fixture *f = *state;
    hostmem *other;
    sim_os_refuse_etw(f->sim, TRUE);
    f->os->set_last_error(f->os, FIXTURE_LAST_ERROR);
    other = host_fixture_another(f);
    assert_int_equal(f->os->get_last_error(f->os), FIXTURE_LAST_ERROR);
    sim_os_listen_to_etw(f->sim, TRUE);
    assert_int_equal(hostmem_set_limit(other, 0), S_OK);
    assert_null(sim_os_etw_event(f->sim, 0));
    assert_int_equal(hostmem_release(other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(fields_have_their_values),
        fixture_test(blocks_have_their_heap_and_origin),
        fixture_test(failures_are_warnings),
        fixture_test(every_kind_of_event_can_be_read),
        fixture_test(events_are_written_while_somebody_listens),
        fixture_test(instances_can_be_told_apart),
        fixture_test(without_it_everything_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
