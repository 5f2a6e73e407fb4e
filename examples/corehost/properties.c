/* See properties.h. */
#include "properties.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assemblies.h"
#include "json.h"
#include "paths.h"
#include "report.h"
#include "text.h"

/* Adds a pair; takes ownership of value, which may be NULL if there was no memory for it. */
static BOOL add(properties *out, const char *name, char *value)
{
    size_t bytes = ((size_t)out->count + 1) * sizeof(char *);
    char **names = realloc(out->names, bytes);
    char **values = names ? realloc(out->values, bytes) : NULL;
    char *copy = _strdup(name);

    if (names)
        out->names = names;
    if (values)
        out->values = values;
    if (!values || !value || !copy) {
        free(copy);
        free(value);
        return FALSE;
    }
    names[out->count] = copy;
    values[out->count++] = value;
    return TRUE;
}

/* In dotnet's form: booleans and numbers as text. */
static char *value_text(const cJSON *item)
{
    return cJSON_IsString(item) ? _strdup(item->valuestring) : cJSON_PrintUnformatted(item);
}

/* The program's settings: "configProperties" in APP.runtimeconfig.json, if it exists. */
static BOOL add_settings(properties *out, const WCHAR *path)
{
    WCHAR config_path[PATH_LETTERS];
    const cJSON *settings, *item;
    cJSON *config;
    BOOL added = TRUE;

    if (!path_with_extension(path, L".runtimeconfig.json", config_path) || !json_read(config_path, &config))
        return FALSE;
    settings = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(config, "runtimeOptions"),
                                                "configProperties");
    cJSON_ArrayForEach(item, settings) added = added && add(out, item->string, value_text(item));
    cJSON_Delete(config);
    return added;
}

/* The program's folder with a final backslash, like AppContext.BaseDirectory. */
static char *base_folder(const WCHAR *path)
{
    WCHAR folder[PATH_LETTERS];
    text text = {0};

    if (!path_folder(path, folder) || !text_add_wide(&text, folder) || !text_add(&text, "\\"))
        text_free(&text);
    return text.bytes;
}

static char *deps_files(const WCHAR *path, const WCHAR *runtime_folder)
{
    WCHAR file[PATH_LETTERS], framework[PATH_LETTERS];
    text text = {0};

    if (!path_with_extension(path, L".deps.json", file) ||
        !path_join(runtime_folder, L"Microsoft.NETCore.App.deps.json", framework) ||
        !text_add_wide(&text, path_is_file(file) ? file : L"") ||
        !text_add_wide(&text, path_is_file(file) && path_is_file(framework) ? L";" : L"") ||
        !text_add_wide(&text, path_is_file(framework) ? framework : L""))
        text_free(&text);
    return text.bytes;
}

BOOL properties_gather(properties *out, const WCHAR *path, const WCHAR *runtime_folder)
{
    assemblies assemblies;
    BOOL gathered;

    memset(out, 0, sizeof(*out));
    gathered = assemblies_gather(&assemblies, path, runtime_folder);
    if (gathered &&
        !(add(out, "TRUSTED_PLATFORM_ASSEMBLIES", assemblies_list(&assemblies)) &&
          add(out, "NATIVE_DLL_SEARCH_DIRECTORIES", _strdup(assemblies.native.bytes)) &&
          add(out, "PLATFORM_RESOURCE_ROOTS", base_folder(path)) &&
          add(out, "APP_CONTEXT_BASE_DIRECTORY", base_folder(path)) &&
          add(out, "APP_CONTEXT_DEPS_FILES", deps_files(path, runtime_folder)) && add_settings(out, path))) {
        fprintf(stderr, "%s: cannot gather what the runtime is to be told\n", host_name);
        gathered = FALSE;
    }
    assemblies_free(&assemblies);
    return gathered;
}

void properties_free(properties *properties)
{
    int i;

    for (i = 0; i < properties->count; i++) {
        free(properties->names[i]);
        free(properties->values[i]);
    }
    free(properties->names);
    free(properties->values);
}
