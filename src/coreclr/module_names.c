/* Compares file names as Windows does, but without using a lock or a table of the system, since the loader may be
 * calling. */
#include "coreclr/module_names.h"

static SIZE_T length_of(const WCHAR *name)
{
    SIZE_T letters = 0;
    while (name[letters] && letters <= HMI_MAX_MODULE_NAME)
        letters++;
    return letters;
}

static bool is_file_name(const WCHAR *name)
{
    SIZE_T letters = name ? length_of(name) : 0, i;
    for (i = 0; i < letters; i++) {
        if (name[i] == L'\\' || name[i] == L'/' || name[i] == L':')
            return false;
    }
    return letters && letters <= HMI_MAX_MODULE_NAME;
}

static bool add(hmi_module_names *names, const WCHAR *name)
{
    WCHAR *to = names->names[names->count];
    SIZE_T i, letters;
    if (!is_file_name(name))
        return false;
    letters = length_of(name);
    for (i = 0; i < letters; i++)
        to[i] = name[i];
    to[letters] = 0;
    names->count++;
    return true;
}

/* The runtime's own modules. */
static const WCHAR *const runtime[] = {L"coreclr.dll", L"clrjit.dll", L"clrgc.dll", L"clrgcexp.dll"};

#define RUNTIME_NAMES (sizeof runtime / sizeof *runtime)

bool hmi_module_names_init(hmi_module_names *names, const hostmem_coreclr_config *config)
{
    UINT32 i;
    names->count = 0;
    for (i = 0; i < RUNTIME_NAMES; i++)
        add(names, runtime[i]);
    if (config->flags & HOSTMEM_CORECLR_COMPRESSION)
        add(names, L"System.IO.Compression.Native.dll");
    for (i = 0; i < config->module_count; i++) {
        if (!add(names, config->modules[i]))
            return false;
    }
    return true;
}

/* Folds the letters that occur in names of DLLs; other letters are equal only to themselves. */
static WCHAR fold(WCHAR letter)
{
    return letter >= L'A' && letter <= L'Z' ? (WCHAR)(letter - L'A' + L'a') : letter;
}

static bool are_equal(const WCHAR *known, const WCHAR *name, SIZE_T letters)
{
    SIZE_T i;
    for (i = 0; i < letters && known[i] && fold(known[i]) == fold(name[i]); i++)
        continue;
    return i == letters && !known[i];
}

bool hmi_module_names_is_runtime(const WCHAR *name, SIZE_T letters)
{
    UINT32 i;
    for (i = 0; i < RUNTIME_NAMES; i++) {
        if (are_equal(runtime[i], name, letters))
            return true;
    }
    return false;
}

bool hmi_module_names_have(const hmi_module_names *names, const WCHAR *name, SIZE_T letters)
{
    UINT32 i;
    for (i = 0; i < names->count; i++) {
        if (are_equal(names->names[i], name, letters))
            return true;
    }
    return false;
}
