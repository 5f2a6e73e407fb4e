/* The layout: headers, descriptors from 0x1000 on, tables of names from 0x1800 on, texts from 0x2800 on, the export
 * directory at 0x3800, slots from 0x4000 on. */
#include "fake_image.h"

#include <string.h>

#define HEADERS 0x80u
#define DESCRIPTORS 0x1000u
#define TABLES 0x1800u
#define TEXTS 0x2800u
#define EXPORTS 0x3800u

#if defined(_M_ARM64) || defined(__aarch64__)
#define MACHINE IMAGE_FILE_MACHINE_ARM64
#elif defined(_M_X64) || defined(__x86_64__)
#define MACHINE IMAGE_FILE_MACHINE_AMD64
#else
#define MACHINE IMAGE_FILE_MACHINE_I386
#endif

typedef struct writer {
    unsigned char *image;
    UINT32 text; /* offsets of free space */
    UINT32 table;
    UINT32 slot;
    UINT32 slots; /* number written so far */
} writer;

IMAGE_NT_HEADERS *fake_image_headers(void *image)
{
    return (IMAGE_NT_HEADERS *)((char *)image + HEADERS);
}

IMAGE_IMPORT_DESCRIPTOR *fake_image_descriptors(void *image)
{
    return (IMAGE_IMPORT_DESCRIPTOR *)((char *)image + DESCRIPTORS);
}

static UINT32 put_text(writer *to, const char *text, UINT32 before)
{
    UINT32 at = to->text;
    memcpy(to->image + at + before, text, strlen(text) + 1);
    to->text += (before + (UINT32)strlen(text) + 2) & ~1u;
    return at;
}

static void put_function(writer *to, const char *name, bool bound)
{
    IMAGE_THUNK_DATA *entry = (IMAGE_THUNK_DATA *)(to->image + to->table);
    IMAGE_THUNK_DATA *slot = (IMAGE_THUNK_DATA *)(to->image + to->slot);
    if (*name == '#')
        entry->u1.Ordinal = IMAGE_ORDINAL_FLAG | 7;
    else
        entry->u1.AddressOfData = put_text(to, name, offsetof(IMAGE_IMPORT_BY_NAME, Name));
    slot->u1.Function = bound ? (UINT_PTR)FAKE_IMAGE_BOUND + to->slots : entry->u1.Function;
    to->table += sizeof *entry;
    to->slot += sizeof *slot;
    to->slots++;
}

static void put_export(writer *to, const char *name)
{
    IMAGE_EXPORT_DIRECTORY *exports = (IMAGE_EXPORT_DIRECTORY *)(to->image + EXPORTS);
    UINT32 *names = (UINT32 *)(to->image + EXPORTS + sizeof *exports);
    names[0] = put_text(to, "another", 0);
    names[1] = put_text(to, name, 0);
    exports->NumberOfNames = 2;
    exports->AddressOfNames = EXPORTS + sizeof *exports;
    fake_image_headers(to->image)->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress = EXPORTS;
}

void fake_image_make(void *image, const fake_dll *dlls, size_t dll_count, bool bound, const char *export_name)
{
    writer to = {image, TEXTS, TABLES, FAKE_IMAGE_SLOTS, 0};
    IMAGE_DOS_HEADER *dos = image;
    IMAGE_NT_HEADERS *headers = fake_image_headers(image);
    IMAGE_IMPORT_DESCRIPTOR *descriptor = fake_image_descriptors(image);
    size_t i, k;
    memset(image, 0, FAKE_IMAGE_BYTES);
    dos->e_magic = IMAGE_DOS_SIGNATURE;
    dos->e_lfanew = HEADERS;
    headers->Signature = IMAGE_NT_SIGNATURE;
    headers->FileHeader.Machine = MACHINE;
    headers->OptionalHeader.Magic = IMAGE_NT_OPTIONAL_HDR_MAGIC;
    headers->OptionalHeader.SizeOfImage = FAKE_IMAGE_BYTES;
    headers->OptionalHeader.NumberOfRvaAndSizes = IMAGE_NUMBEROF_DIRECTORY_ENTRIES;
    if (dll_count)
        headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress = DESCRIPTORS;
    for (i = 0; i < dll_count; i++, descriptor++) {
        descriptor->Name = put_text(&to, dlls[i].name, 0);
        descriptor->OriginalFirstThunk = to.table;
        descriptor->FirstThunk = to.slot;
        for (k = 0; dlls[i].names[k]; k++)
            put_function(&to, dlls[i].names[k], bound);
        to.table += sizeof(IMAGE_THUNK_DATA); /* the end */
        to.slot += sizeof(IMAGE_THUNK_DATA);
    }
    if (export_name)
        put_export(&to, export_name);
}
