/* Reads rules in text form. A table has the keys and the fields that they set; hmi_fault_rule_complete checks the whole
 * rule. No state. */
#include <stddef.h>
#include <string.h>

#include "fault/fault_rule.h"
#include "base/output.h"

/* A part of the text. */
typedef struct part {
    const char *start;
    SIZE_T length;
} part;

typedef struct name {
    const char *name; /* NULL ends a table */
    UINT32 bits;
} name;

static const name methods[] = {
    {"VirtualAlloc", HOSTMEM_METHOD_VIRTUAL_ALLOC},
    {"VirtualFree", HOSTMEM_METHOD_VIRTUAL_FREE},
    {"VirtualProtect", HOSTMEM_METHOD_VIRTUAL_PROTECT},
    {"VirtualQuery", HOSTMEM_METHOD_VIRTUAL_QUERY},
    {"CreateMalloc", HOSTMEM_METHOD_CREATE_MALLOC},
    {"Alloc", HOSTMEM_METHOD_ALLOC},
    {"DebugAlloc", HOSTMEM_METHOD_DEBUG_ALLOC},
    {"GetMemoryLoad", HOSTMEM_METHOD_GET_MEMORY_LOAD},
    {"RegisterMemoryNotificationCallback", HOSTMEM_METHOD_REGISTER_CALLBACK},
    {NULL, 0},
};

static const name levels[] = {
    {"task", HOSTMEM_LEVEL(eTaskCritical)},
    {"domain", HOSTMEM_LEVEL(eAppDomainCritical)},
    {"process", HOSTMEM_LEVEL(eProcessCritical)},
    {NULL, 0},
};

static const name types[] = {
    {"reserve", MEM_RESERVE},
    {"commit", MEM_COMMIT},
    {"reset", MEM_RESET},
    {"top_down", MEM_TOP_DOWN},
    {"write_watch", MEM_WRITE_WATCH},
    {"decommit", MEM_DECOMMIT},
    {"release", MEM_RELEASE},
    {"threadsafe", MALLOC_THREADSAFE},
    {"executable", MALLOC_EXECUTABLE},
    {NULL, 0},
};

static const name refusers[] = {{"budget", 0}, {"system", HOSTMEM_FAULT_BY_SYSTEM}, {NULL, 0}};
static const name attempts[] = {{"all", 0}, {"first", HOSTMEM_FAULT_FIRST_ATTEMPT}, {NULL, 0}};

/* ---- Values: each reader returns false if the text is not of its form; what it wrote is undefined then. ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_same(part word, const char *name)
{
    SIZE_T i;
    for (i = 0; i < word.length && name[i]; i++) {
        if (lower(word.start[i]) != lower(name[i]))
            return false;
    }
    return i == word.length && !name[i];
}

static part until(part word, char end)
{
    const char *at = memchr(word.start, end, word.length);
    return at ? (part){word.start, (SIZE_T)(at - word.start)} : word;
}

/* What follows piece, with which word begins, without the character between them. */
static part after(part word, part piece)
{
    SIZE_T gone = piece.length < word.length ? piece.length + 1 : word.length;
    return (part){word.start + gone, word.length - gone};
}

static bool read_name(part word, const name *names, UINT32 *bits)
{
    for (; names->name; names++) {
        if (is_same(word, names->name)) {
            *bits |= names->bits;
            return true;
        }
    }
    return false;
}

static bool read_list(part list, const name *names, UINT32 *bits)
{
    for (;;) {
        part first = until(list, ',');
        if (!read_name(first, names, bits))
            return false;
        if (first.length == list.length)
            return true;
        list = after(list, first);
    }
}

static bool read_number(part digits, UINT64 *value)
{
    SIZE_T i;
    *value = 0;
    for (i = 0; i < digits.length; i++) {
        UINT64 digit = (UINT64)(digits.start[i] - '0');
        if (digits.start[i] < '0' || digits.start[i] > '9' || *value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return digits.length != 0;
}

static bool read_size(part word, UINT64 *value)
{
    char text[32];
    if (word.length >= sizeof text)
        return false;
    memcpy(text, word.start, word.length);
    text[word.length] = 0;
    return SUCCEEDED(hostmem_parse_size(text, value));
}

/* A percentage with up to four decimal places, as parts of a million. */
static bool read_share(part word, UINT64 *value)
{
    part number = until(word, '%'), whole = until(number, '.'), places = after(number, whole);
    UINT64 percent, fraction = 0;
    SIZE_T i;
    if (number.length + 1 != word.length || !read_number(whole, &percent) || percent > 100)
        return false;
    if (whole.length < number.length && (places.length > 4 || !read_number(places, &fraction)))
        return false;
    for (i = places.length; i < 4; i++)
        fraction *= 10;
    *value = percent * 10000 + fraction;
    return true;
}

/* ---- Keys ---- */

typedef enum form { AS_LIST, AS_NAME, AS_SIZE, AS_NUMBER, AS_CODE, AS_SHARE } form;

static const struct key {
    const char *key;
    form form;
    SIZE_T field;       /* of hostmem_fault_rule */
    const name *names;  /* of lists and names */
    UINT64 least;       /* the smallest value, for the other forms */
    const char *reason; /* for the message if the value is not of the form */
} keys[] = {
    {"method", AS_LIST, offsetof(hostmem_fault_rule, methods), methods, 0,
     "names an unknown method, or one that cannot fail"},
    {"level", AS_LIST, offsetof(hostmem_fault_rule, levels), levels, 0, "takes task, domain and process"},
    {"min", AS_SIZE, offsetof(hostmem_fault_rule, min_bytes), NULL, 0, "takes a size like 64K"},
    {"max", AS_SIZE, offsetof(hostmem_fault_rule, max_bytes), NULL, 1, "takes a size like 64K, of at least 1"},
    {"type", AS_LIST, offsetof(hostmem_fault_rule, type), types, 0, "names an unknown allocation type"},
    {"nth", AS_NUMBER, offsetof(hostmem_fault_rule, nth), NULL, 1, "takes a whole number from 1"},
    {"every", AS_NUMBER, offsetof(hostmem_fault_rule, every), NULL, 1, "takes a whole number from 1"},
    {"share", AS_SHARE, offsetof(hostmem_fault_rule, per_million), NULL, 1, "takes a percentage from 0.0001% to 100%"},
    {"seed", AS_NUMBER, offsetof(hostmem_fault_rule, seed), NULL, 0, "takes a whole number"},
    {"times", AS_NUMBER, offsetof(hostmem_fault_rule, times), NULL, 1, "takes a whole number from 1"},
    {"refuse", AS_NAME, offsetof(hostmem_fault_rule, flags), refusers, 0, "takes budget or system"},
    {"error", AS_CODE, offsetof(hostmem_fault_rule, error), NULL, 1, "takes a Win32 code, a whole number from 1"},
    {"attempts", AS_NAME, offsetof(hostmem_fault_rule, flags), attempts, 0, "takes all or first"},
};
#define KEYS (sizeof keys / sizeof *keys)

static bool read_value(const struct key *key, part value, hostmem_fault_rule *rule)
{
    void *field = (char *)rule + key->field;
    UINT64 number;
    bool read;
    if (key->form == AS_LIST)
        return read_list(value, key->names, field);
    if (key->form == AS_NAME)
        return read_name(value, key->names, field);
    if (key->form == AS_SIZE)
        read = read_size(value, &number);
    else
        read = key->form == AS_SHARE ? read_share(value, &number) : read_number(value, &number);
    if (!read || number < key->least)
        return false;
    if (key->form == AS_SIZE || key->form == AS_NUMBER)
        *(UINT64 *)field = number;
    else
        *(UINT32 *)field = (UINT32)number;
    return key->form != AS_CODE || number <= UINT32_MAX;
}

/* A rule while it is read. */
typedef struct reading {
    hostmem_fault_rule rule;
    part words[KEYS]; /* the text that has set each key; length 0: not set */
    part wrong;       /* the text that is wrong */
    const char *reason;
} reading;

static bool complain(reading *reading, part word, const char *reason)
{
    reading->wrong = word;
    reading->reason = reason;
    return false;
}

static bool read_word(reading *reading, part word)
{
    part key = until(word, '=');
    unsigned i;
    for (i = 0; i < KEYS && !is_same(key, keys[i].key); i++)
        continue;
    if (i == KEYS || key.length == word.length)
        return complain(reading, word,
                        "is not understood; there are method=, level=, min=, max=, type=, nth=, every=, share=, seed=, "
                        "times=, refuse=, error=, attempts=");
    if (reading->words[i].length)
        return complain(reading, word, "sets the same key again in one rule");
    reading->words[i] = word;
    return read_value(&keys[i], after(word, key), &reading->rule) || complain(reading, word, keys[i].reason);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads the next word of a rule and moves *text behind it. Length 0: the rule ends here. */
static part take_word(const char **text)
{
    part word;
    while (is_blank(**text))
        (*text)++;
    word.start = *text;
    while (**text && **text != ';' && !is_blank(**text))
        (*text)++;
    word.length = (SIZE_T)(*text - word.start);
    return word;
}

/* Whether the rule as a whole is valid. */
static bool check(reading *reading)
{
    hostmem_fault_rule complete = reading->rule;
    hmi_rule_mistake mistake;
    unsigned i;
    if (SUCCEEDED(hmi_fault_rule_complete(&complete, &mistake)))
        return true;
    for (i = 0; i + 1 < KEYS && strcmp(keys[i].key, mistake.key) != 0; i++)
        continue;
    return complain(reading, reading->words[i], mistake.reason);
}

/* Reads one rule, up to a semicolon or the end. any: whether there was a word. */
static bool read_rule(const char **text, reading *reading, bool *any)
{
    part word;
    memset(reading, 0, sizeof *reading);
    reading->rule.size = sizeof reading->rule;
    *any = false;
    while ((word = take_word(text)).length) {
        *any = true;
        if (!read_word(reading, word))
            return false;
    }
    return !*any || check(reading);
}

static HRESULT report(const reading *reading, char *mistake, SIZE_T mistake_bytes)
{
    hmi_output text = hmi_output_begin(mistake, mistake_bytes);
    hmi_output_byte(&text, '"');
    hmi_output_part(&text, reading->wrong.start, reading->wrong.length);
    hmi_output_words(&text, "\" ");
    hmi_output_words(&text, reading->reason);
    return E_INVALIDARG;
}

/* size: of a hostmem_fault_rule in the caller's version. */
static void store(hostmem_fault_rule *rules, UINT32 size, UINT32 index, const hostmem_fault_rule *rule)
{
    unsigned char *to = (unsigned char *)rules + (SIZE_T)size * index;
    memset(to, 0, size);
    memcpy(to, rule, sizeof *rule);
    memcpy(to, &size, sizeof size);
}

HRESULT hostmem_fault_parse(const char *text, hostmem_fault_rule *rules, UINT32 capacity, UINT32 *count, char *mistake,
                            SIZE_T mistake_bytes)
{
    UINT32 size, found = 0;
    reading reading;
    bool any;
    if (count)
        *count = 0;
    if (!text || !count || (!rules && capacity) || (!mistake && mistake_bytes))
        return E_POINTER;
    size = capacity ? rules->size : 0;
    hmi_output_begin(mistake, mistake_bytes);
    if (capacity && (size < sizeof *rules || size % _Alignof(hostmem_fault_rule)))
        return HRESULT_FROM_WIN32(ERROR_BAD_LENGTH);
    for (;; text++) {
        if (!read_rule(&text, &reading, &any))
            return report(&reading, mistake, mistake_bytes);
        if (any && found == capacity) {
            complain(&reading, (part){text, 0}, "is one rule too many");
            report(&reading, mistake, mistake_bytes);
            return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
        }
        if (any)
            store(rules, size, found++, &reading.rule);
        if (!*text)
            break;
    }
    *count = found;
    return S_OK;
}
