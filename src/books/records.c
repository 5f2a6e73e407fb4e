/* The table, and stacks of unused records. A stack's head is changed by compare-and-exchange. Its upper half counts the
 * changes, since a record may be taken and put back between a thread's reading the head and exchanging it.
 *
 * Checked against ARM's memory model: AT_NEXT is written before the head that leads to it is released, and read after
 * that head was acquired. hmi_records_for_each reads three words twice. If it sees a word that the record's next owner
 * released, the site was cleared before, so the second reading finds another site. */
#include "books/records.h"

#include "base/thread_slot.h"

/* The words of a record. A record never crosses a page. */
enum { AT_SITE, AT_SIZE, AT_BIRTH, AT_NEXT, WORDS };

/* Unit of AT_BIRTH; its 32 bits last for two years. */
#define UNIT_MS 16u

/* Number of records that are made at a time. Divides the number of records on a page. */
#define BATCH 8u
/* A slot that has made this many records looks at the other slots before it makes more. */
#define ENOUGH 64u

#define MAX_RECORDS ((uint32_t)1 << (sizeof(void *) == 8 ? 31 : 26))

_Static_assert(sizeof(hmi_record_place) == 128, "places keep apart");

UINT32 hmi_records_init(hmi_records *records, hostmem_os *os)
{
    records->os = os;
    records->start_ms = os->now_ms(os);
    return hmi_sparse_array_init(&records->words, os, (uint64_t)MAX_RECORDS * WORDS);
}

void hmi_records_destroy(hmi_records *records)
{
    hmi_sparse_array_destroy(&records->words);
}

/* The words of a record; NULL: no record has this number. */
static hmi_cell *words_of(hmi_records *records, hmi_record record)
{
    if (!record || record > atomic_load_explicit(&records->made, memory_order_acquire))
        return NULL;
    return hmi_sparse_array_peek(&records->words, (uint64_t)(record - 1) * WORDS);
}

static uint64_t next_head(uint64_t head, hmi_record first)
{
    return ((head >> 32) + 1) << 32 | first;
}

static hmi_record pop(hmi_records *records, hmi_record_place *place)
{
    uint64_t head = atomic_load(&place->first);
    hmi_record record;
    while ((record = (hmi_record)head) != 0) {
        /* Another thread may take the record here and change AT_NEXT; the exchange fails then. */
        hmi_cell *words = words_of(records, record);
        hmi_record next = (hmi_record)atomic_load_explicit(&words[AT_NEXT], memory_order_relaxed);
        if (atomic_compare_exchange_weak(&place->first, &head, next_head(head, next)))
            return record;
    }
    return 0;
}

static void push(hmi_record_place *place, hmi_record record, hmi_cell *words)
{
    uint64_t head = atomic_load(&place->first);
    do
        atomic_store_explicit(&words[AT_NEXT], (hmi_record)head, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&place->first, &head, next_head(head, record)));
}

/* Makes as many records as fill two cache lines, so that threads do not share lines. One is returned, the others go to
 * the slot's stack. */
static hmi_record make(hmi_records *records, hmi_record_place *place)
{
    uint32_t made = atomic_load_explicit(&records->made, memory_order_relaxed), more;
    UINT32 last_error = records->os->get_last_error(records->os);
    do {
        if (made == MAX_RECORDS || !hmi_sparse_array_touch(&records->words, (uint64_t)made * WORDS)) {
            records->os->set_last_error(records->os, last_error); /* the block has no origin then */
            return 0;
        }
    } while (!atomic_compare_exchange_weak(&records->made, &made, made + BATCH));
    atomic_fetch_add_explicit(&place->made, BATCH, memory_order_relaxed);
    for (more = made + BATCH; more > made + 1; more--)
        push(place, more, words_of(records, more));
    return made + 1;
}

/* Takes records from other slots only if this one has made enough of its own and has none left. */
static hmi_record any_record(hmi_records *records)
{
    unsigned mine = hmi_thread_slot(HMI_RECORD_SLOTS), i;
    hmi_record_place *place = &records->places[mine];
    hmi_record record = pop(records, place);
    if (record)
        return record;
    if (atomic_load_explicit(&place->made, memory_order_relaxed) >= ENOUGH) {
        for (i = 1; i < HMI_RECORD_SLOTS; i++) {
            record = pop(records, &records->places[(mine + i) % HMI_RECORD_SLOTS]);
            if (record)
                return record;
        }
    }
    return make(records, place);
}

hmi_record hmi_records_take(hmi_records *records, const hmi_site *site, SIZE_T size)
{
    hmi_record record = any_record(records);
    hmi_cell *words = words_of(records, record);
    UINT64 age = records->os->now_ms(records->os) - records->start_ms;
    if (!words)
        return 0;
    /* With release, after the record was free: a reader that sees one of these words also sees that AT_SITE was cleared
     * before (hmi_records_for_each). */
    atomic_store_explicit(&words[AT_SIZE], size, memory_order_release);
    atomic_store_explicit(&words[AT_BIRTH], (uint32_t)(age / UNIT_MS), memory_order_release);
    atomic_store_explicit(&words[AT_SITE], (hmi_word)site, memory_order_release);
    return record;
}

void hmi_records_put(hmi_records *records, hmi_record record)
{
    hmi_cell *words = words_of(records, record);
    if (words && atomic_exchange_explicit(&words[AT_SITE], 0, memory_order_acq_rel))
        push(&records->places[hmi_thread_slot(HMI_RECORD_SLOTS)], record, words);
}

const hmi_site *hmi_records_site(hmi_records *records, hmi_record record)
{
    hmi_cell *words = words_of(records, record);
    return words ? (const hmi_site *)atomic_load_explicit(&words[AT_SITE], memory_order_acquire) : NULL;
}

static UINT64 age_of(const hmi_records *records, UINT64 now_ms, hmi_word birth)
{
    UINT64 now = now_ms - records->start_ms, then = (UINT64)(uint32_t)birth * UNIT_MS;
    return then < now ? now - then : 0;
}

UINT64 hmi_records_age(hmi_records *records, hmi_record record)
{
    hmi_cell *words = words_of(records, record);
    UINT64 now = records->os->now_ms(records->os);
    return words ? age_of(records, now, atomic_load_explicit(&words[AT_BIRTH], memory_order_relaxed)) : 0;
}

typedef struct reading {
    hmi_word site, size, birth;
} reading;

static reading read_words(hmi_cell *words)
{
    reading is;
    is.site = atomic_load(&words[AT_SITE]);
    is.size = atomic_load(&words[AT_SIZE]);
    is.birth = atomic_load(&words[AT_BIRTH]);
    return is;
}

void hmi_records_for_each(hmi_records *records, hmi_record_visitor *visit, void *context)
{
    UINT64 now = records->os->now_ms(records->os);
    uint32_t made = atomic_load(&records->made);
    hmi_record record;
    for (record = 1; record <= made; record++) {
        hmi_cell *words = words_of(records, record);
        reading is = read_words(words), again = read_words(words);
        /* A record that has changed in between was given to another block. */
        if (is.site && is.site == again.site && is.size == again.size && is.birth == again.birth)
            visit(context, (const hmi_site *)is.site, is.size, age_of(records, now, is.birth));
    }
}
