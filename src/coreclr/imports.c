/* Offsets in the tables are relative to the beginning of the image; each is checked against the image's size before it
 * is used. */
#include "coreclr/imports.h"

#include <stddef.h>
#include <string.h>

/* For the processor that this is compiled for. */
#if defined(_M_ARM64) || defined(__aarch64__)
#define MACHINE IMAGE_FILE_MACHINE_ARM64
#elif defined(_M_X64) || defined(__x86_64__)
#define MACHINE IMAGE_FILE_MACHINE_AMD64
#else
#define MACHINE IMAGE_FILE_MACHINE_I386
#endif

#define HEADER_BYTES 0x1000u /* the first page of a loaded module */

static bool is_inside(const hmi_imports *imports, UINT_PTR offset, SIZE_T bytes)
{
    return offset < imports->image_bytes && bytes <= imports->image_bytes - offset;
}

static const void *at(const hmi_imports *imports, UINT_PTR offset, SIZE_T bytes)
{
    return is_inside(imports, offset, bytes) ? imports->image + offset : NULL;
}

static const char *text_at(const hmi_imports *imports, UINT_PTR offset)
{
    if (offset >= imports->image_bytes || !memchr(imports->image + offset, 0, imports->image_bytes - offset))
        return NULL;
    return (const char *)imports->image + offset;
}

/* The offset of a directory; 0: there is none. */
static UINT32 directory(const IMAGE_NT_HEADERS *headers, unsigned index)
{
    return index < headers->OptionalHeader.NumberOfRvaAndSizes
               ? headers->OptionalHeader.DataDirectory[index].VirtualAddress
               : 0;
}

bool hmi_imports_open(hmi_imports *imports, const void *image)
{
    const IMAGE_DOS_HEADER *dos = image;
    const IMAGE_NT_HEADERS *headers;
    if (dos->e_magic != IMAGE_DOS_SIGNATURE || dos->e_lfanew < (LONG)sizeof *dos || dos->e_lfanew % 4 ||
        dos->e_lfanew > (LONG)(HEADER_BYTES - sizeof *headers))
        return false;
    headers = (const void *)((const char *)image + dos->e_lfanew);
    if (headers->Signature != IMAGE_NT_SIGNATURE || headers->FileHeader.Machine != MACHINE ||
        headers->OptionalHeader.Magic != IMAGE_NT_OPTIONAL_HDR_MAGIC ||
        headers->OptionalHeader.SizeOfImage < HEADER_BYTES)
        return false;
    *imports = (hmi_imports){
        .image = image,
        .image_bytes = headers->OptionalHeader.SizeOfImage,
        .first = directory(headers, IMAGE_DIRECTORY_ENTRY_IMPORT),
        .exports = directory(headers, IMAGE_DIRECTORY_ENTRY_EXPORT),
    };
    return true;
}

/* Visits the functions imported from one DLL. */
static hmi_imports_result visit_functions(const hmi_imports *imports, const IMAGE_IMPORT_DESCRIPTOR *descriptor,
                                          const char *dll, hmi_import_visitor *visitor, void *context)
{
    UINT_PTR slots = descriptor->FirstThunk;
    /* Without a table of names, the slots have the names until the loader binds them; then the names are lost. */
    UINT_PTR names = descriptor->OriginalFirstThunk;
    for (; names; names += sizeof(IMAGE_THUNK_DATA), slots += sizeof(IMAGE_THUNK_DATA)) {
        const IMAGE_THUNK_DATA *entry = at(imports, names, sizeof *entry);
        const IMAGE_THUNK_DATA *slot = at(imports, slots, sizeof *slot);
        hmi_import found = {.dll = dll};
        if (!entry || !slot || slots % sizeof(UINT_PTR))
            return HMI_IMPORTS_BROKEN;
        if (!entry->u1.AddressOfData)
            break;
        if (IMAGE_SNAP_BY_ORDINAL(entry->u1.Ordinal))
            continue;
        found.name = text_at(imports, (UINT_PTR)entry->u1.AddressOfData + offsetof(IMAGE_IMPORT_BY_NAME, Name));
        if (!found.name)
            return HMI_IMPORTS_BROKEN;
        found.slot = (_Atomic(UINT_PTR) *)(UINT_PTR)slot;
        found.bound = slot->u1.AddressOfData != entry->u1.AddressOfData;
        if (!visitor(context, &found))
            return HMI_IMPORTS_STOPPED;
    }
    return HMI_IMPORTS_READ;
}

hmi_imports_result hmi_imports_visit(const hmi_imports *imports, hmi_import_visitor *visitor, void *context)
{
    UINT_PTR offset = imports->first;
    hmi_imports_result result = HMI_IMPORTS_READ;
    for (; offset && result == HMI_IMPORTS_READ; offset += sizeof(IMAGE_IMPORT_DESCRIPTOR)) {
        const IMAGE_IMPORT_DESCRIPTOR *descriptor = at(imports, offset, sizeof *descriptor);
        const char *dll;
        if (!descriptor)
            return HMI_IMPORTS_BROKEN;
        if (!descriptor->Name)
            break;
        dll = text_at(imports, descriptor->Name);
        if (!dll)
            return HMI_IMPORTS_BROKEN;
        result = visit_functions(imports, descriptor, dll, visitor, context);
    }
    return result;
}

bool hmi_imports_exports(const hmi_imports *imports, const char *name)
{
    const IMAGE_EXPORT_DIRECTORY *exports = imports->exports ? at(imports, imports->exports, sizeof *exports) : NULL;
    UINT32 i;
    for (i = 0; exports && i < exports->NumberOfNames; i++) {
        const UINT32 *offset = at(imports, exports->AddressOfNames + (UINT_PTR)i * sizeof *offset, sizeof *offset);
        const char *text = offset ? text_at(imports, *offset) : NULL;
        if (!text)
            return false;
        if (!strcmp(text, name))
            return true;
    }
    return false;
}
