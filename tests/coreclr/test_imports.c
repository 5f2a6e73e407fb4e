/* Reading import tables: what is found in a module as the loader leaves it, and that a damaged one is detected
 * without reading outside of the module. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "fake_image.h"
#include "coreclr/imports.h"

typedef struct fixture {
    void *memory;
    unsigned char *image; /* at the end of an allocation, so that sanitizers detect reads after it */
} fixture;

static const char *const kernel_names[] = {"VirtualAlloc", "#ordinal", "VirtualFree", NULL};
static const char *const crt_names[] = {"malloc", NULL};
static const char *const no_names[] = {NULL};
static const fake_dll dlls[] = {{"KERNEL32.dll", kernel_names}, {"empty.dll", no_names}, {"ucrtbase.dll", crt_names}};

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f || !(f->memory = malloc(FAKE_IMAGE_BYTES + 0x1000)))
        return -1;
    f->image = (unsigned char *)(((UINT_PTR)f->memory + 0xfff) & ~(UINT_PTR)0xfff);
    fake_image_make(f->image, dlls, 3, true, "coreclr_initialize");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    free(f->memory);
    free(f);
    return 0;
}

typedef struct found {
    hmi_import imports[8];
    size_t count;
    size_t enough;
} found;

static bool collect(void *context, const hmi_import *import)
{
    found *to = context;
    assert_true(to->count < 8);
    to->imports[to->count++] = *import;
    return to->count != to->enough;
}

static hmi_imports_result visit(fixture *f, found *to)
{
    hmi_imports imports;
    memset(to, 0, sizeof *to);
    assert_true(hmi_imports_open(&imports, f->image));
    return hmi_imports_visit(&imports, collect, to);
}

static void functions_are_found_by_dll_and_name_with_their_slots(void **state)
{
    fixture *f = *state;
    _Atomic(UINT_PTR) *slots = (_Atomic(UINT_PTR) *)(f->image + FAKE_IMAGE_SLOTS);
    found is;
    assert_int_equal(visit(f, &is), HMI_IMPORTS_READ);
    assert_int_equal(is.count, 3);
    assert_string_equal(is.imports[0].dll, "KERNEL32.dll");
    assert_string_equal(is.imports[0].name, "VirtualAlloc");
    assert_ptr_equal(is.imports[0].slot, &slots[0]);
    assert_true(is.imports[0].bound);
    assert_string_equal(is.imports[1].name, "VirtualFree");
    assert_ptr_equal(is.imports[1].slot, &slots[2]);
    assert_string_equal(is.imports[2].dll, "ucrtbase.dll");
    assert_string_equal(is.imports[2].name, "malloc");
    assert_ptr_equal(is.imports[2].slot, &slots[5]); /* after the ends of the two before */
}

static void a_visitor_can_stop(void **state)
{
    fixture *f = *state;
    hmi_imports imports;
    found is = {.enough = 2};
    assert_true(hmi_imports_open(&imports, f->image));
    assert_int_equal(hmi_imports_visit(&imports, collect, &is), HMI_IMPORTS_STOPPED);
    assert_int_equal(is.count, 2);
}

static void slots_that_the_loader_has_not_filled_are_told(void **state)
{
    fixture *f = *state;
    found is;
    fake_image_make(f->image, dlls, 3, false, NULL);
    assert_int_equal(visit(f, &is), HMI_IMPORTS_READ);
    assert_int_equal(is.count, 3);
    assert_false(is.imports[0].bound);
    assert_false(is.imports[2].bound);
}

static void modules_without_imports_have_none(void **state)
{
    fixture *f = *state;
    found is;
    fake_image_make(f->image, NULL, 0, true, NULL);
    assert_int_equal(visit(f, &is), HMI_IMPORTS_READ);
    assert_int_equal(is.count, 0);
    /* A table that is shorter than its directory entry would allow. */
    fake_image_make(f->image, dlls, 3, true, NULL);
    fake_image_headers(f->image)->OptionalHeader.NumberOfRvaAndSizes = 1;
    assert_int_equal(visit(f, &is), HMI_IMPORTS_READ);
    assert_int_equal(is.count, 0);
    /* Once bound, a table without names does not say which functions are imported. */
    fake_image_make(f->image, dlls, 1, true, NULL);
    fake_image_descriptors(f->image)->OriginalFirstThunk = 0;
    assert_int_equal(visit(f, &is), HMI_IMPORTS_READ);
    assert_int_equal(is.count, 0);
}

static void exports_are_found_by_name(void **state)
{
    fixture *f = *state;
    hmi_imports imports;
    assert_true(hmi_imports_open(&imports, f->image));
    assert_true(hmi_imports_exports(&imports, "coreclr_initialize"));
    assert_true(hmi_imports_exports(&imports, "another"));
    assert_false(hmi_imports_exports(&imports, "coreclr_initial"));
    fake_image_make(f->image, dlls, 3, true, NULL);
    assert_true(hmi_imports_open(&imports, f->image));
    assert_false(hmi_imports_exports(&imports, "coreclr_initialize"));
}

/* A change of one word of the image. */
typedef struct spoilt {
    const char *what;
    size_t offset;
    UINT32 bytes;
    UINT32 value;
} spoilt;

#define HEADER_FIELD(field) (0x80 + offsetof(IMAGE_NT_HEADERS, field))

static void spoil(fixture *f, const spoilt *how)
{
    fake_image_make(f->image, dlls, 3, true, "coreclr_initialize");
    memcpy(f->image + how->offset, &how->value, how->bytes);
}

static void what_is_no_module_of_this_processor_is_refused(void **state)
{
    static const spoilt cases[] = {
        {"no MZ", 0, 2, 0x4d5a},
        {"headers inside of the first one", offsetof(IMAGE_DOS_HEADER, e_lfanew), 4, 16},
        {"headers before the image", offsetof(IMAGE_DOS_HEADER, e_lfanew), 4, 0xfffffff0},
        {"headers not aligned", offsetof(IMAGE_DOS_HEADER, e_lfanew), 4, 0x82},
        {"headers beyond the first page", offsetof(IMAGE_DOS_HEADER, e_lfanew), 4, 0x1000},
        {"no PE", HEADER_FIELD(Signature), 4, 0x4551},
        {"another processor", HEADER_FIELD(FileHeader.Machine), 2, 0x1c4},
        {"another size of pointers", HEADER_FIELD(OptionalHeader.Magic), 2, 0x107},
        {"no size", HEADER_FIELD(OptionalHeader.SizeOfImage), 4, 0},
    };
    fixture *f = *state;
    hmi_imports imports;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(cases); i++) {
        spoil(f, &cases[i]);
        if (hmi_imports_open(&imports, f->image))
            fail_msg("%s", cases[i].what);
    }
}

static void tables_that_point_outside_are_broken(void **state)
{
    static const spoilt cases[] = {
        {"descriptors outside", HEADER_FIELD(OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT]), 4, 0x8000},
        {"descriptors cut off", HEADER_FIELD(OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT]), 4, 0x7ff0},
        {"the name of a DLL outside", 0x1000 + offsetof(IMAGE_IMPORT_DESCRIPTOR, Name), 4, 0x8001},
        {"names outside", 0x1000 + offsetof(IMAGE_IMPORT_DESCRIPTOR, OriginalFirstThunk), 4, 0xfffffff8},
        {"slots outside", 0x1000 + offsetof(IMAGE_IMPORT_DESCRIPTOR, FirstThunk), 4, 0x7ffc},
        {"slots not aligned", 0x1000 + offsetof(IMAGE_IMPORT_DESCRIPTOR, FirstThunk), 4, 0x4002},
        {"the name of a function outside", 0x1800, 4, 0x7fffffff},
    };
    fixture *f = *state;
    found is;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(cases); i++) {
        spoil(f, &cases[i]);
        if (visit(f, &is) != HMI_IMPORTS_BROKEN)
            fail_msg("%s", cases[i].what);
    }
    /* A name without an end before the end of the image. */
    fake_image_make(f->image, dlls, 3, true, NULL);
    memset(f->image + 0x7ff0, 'x', 16);
    fake_image_descriptors(f->image)->Name = 0x7ff0;
    assert_int_equal(visit(f, &is), HMI_IMPORTS_BROKEN);
}

static void exports_that_point_outside_are_none(void **state)
{
    static const spoilt cases[] = {
        {"directory", HEADER_FIELD(OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT]), 4, 0x7ff0},
        {"names", 0x3800 + offsetof(IMAGE_EXPORT_DIRECTORY, AddressOfNames), 4, 0x7fff},
        {"a name", 0x3800 + sizeof(IMAGE_EXPORT_DIRECTORY), 4, 0x9000},
    };
    fixture *f = *state;
    hmi_imports imports;
    size_t i;
    for (i = 0; i < CHECK_COUNT_OF(cases); i++) {
        spoil(f, &cases[i]);
        assert_true(hmi_imports_open(&imports, f->image));
        if (hmi_imports_exports(&imports, "coreclr_initialize"))
            fail_msg("%s", cases[i].what);
    }
}

int main(void)
{
#define imports_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        imports_test(functions_are_found_by_dll_and_name_with_their_slots),
        imports_test(a_visitor_can_stop),
        imports_test(slots_that_the_loader_has_not_filled_are_told),
        imports_test(modules_without_imports_have_none),
        imports_test(exports_are_found_by_name),
        imports_test(what_is_no_module_of_this_processor_is_refused),
        imports_test(tables_that_point_outside_are_broken),
        imports_test(exports_that_point_outside_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
