/* The manifest lists, for its target, the libraries with their files: "runtime" and "native" files are for any
 * system and are in the program's folder itself, whatever folder they had in their package; "runtimeTargets" are
 * for one system each and keep their folder. */
#include "deps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "report.h"
#include "text.h"

#if defined(_WIN64) && (defined(__aarch64__) || defined(_M_ARM64))
#define WINDOWS_SYSTEM "win-arm64"
#elif defined(_WIN64)
#define WINDOWS_SYSTEM "win-x64"
#else
#define WINDOWS_SYSTEM "win-x86"
#endif

/* The systems that a file may be for, the best one first. */
static const char *const systems[] = {WINDOWS_SYSTEM, "win", "any"};

enum { SYSTEMS = sizeof(systems) / sizeof(*systems) };

typedef struct reader {
    deps_visit *visit;
    void *context;
} reader;

static const struct {
    const char *type; /* its name in the manifest */
    deps_kind kind;
} types[] = {{"runtime", DEPS_ASSEMBLY}, {"native", DEPS_NATIVE}};

static BOOL visit_path(const reader *reader, deps_kind kind, const char *path)
{
    WCHAR *wide = text_to_wide(path);
    BOOL went_on = FALSE;
    WCHAR *letter;

    if (wide) {
        for (letter = wide; *letter; letter++)
            if (*letter == L'/')
                *letter = L'\\';
        went_on = reader->visit(reader->context, kind, wide);
    }
    free(wide);
    return went_on;
}

static BOOL is_text(const cJSON *object, const char *name, const char *text)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsString(item) && !strcmp(item->valuestring, text);
}

/* The best system for which a library has files of a type; NULL: none is suitable. */
static const char *best_system(const cJSON *targets, const char *type)
{
    const cJSON *file;
    int system;

    for (system = 0; system < SYSTEMS; system++)
        cJSON_ArrayForEach(file, targets) if (is_text(file, "assetType", type) &&
                                              is_text(file, "rid", systems[system])) return systems[system];
    return NULL;
}

static BOOL visit_type(const reader *reader, const cJSON *library, const char *type, deps_kind kind)
{
    const cJSON *targets = cJSON_GetObjectItemCaseSensitive(library, "runtimeTargets");
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(library, type);
    const char *system = best_system(targets, type);
    const cJSON *file;

    if (system) {
        cJSON_ArrayForEach(file, targets) if (is_text(file, "assetType", type) && is_text(file, "rid", system) &&
                                              !visit_path(reader, kind, file->string)) return FALSE;
        return TRUE;
    }
    cJSON_ArrayForEach(file, files)
    {
        const char *slash = strrchr(file->string, '/');

        if (!visit_path(reader, kind, slash ? slash + 1 : file->string))
            return FALSE;
    }
    return TRUE;
}

static BOOL visit_libraries(const reader *reader, const cJSON *libraries)
{
    const cJSON *library;
    size_t i;

    cJSON_ArrayForEach(
        library, libraries) for (i = 0; i < sizeof(types) / sizeof(*types);
                                 i++) if (!visit_type(reader, library, types[i].type, types[i].kind)) return FALSE;
    return TRUE;
}

BOOL deps_read(const WCHAR *path, BOOL *found, deps_visit *visit, void *context)
{
    const reader reader = {visit, context};
    const cJSON *target, *name, *libraries;
    cJSON *manifest;
    BOOL done;

    *found = FALSE;
    if (!json_read(path, &manifest))
        return FALSE;
    if (!manifest)
        return TRUE;
    *found = TRUE;
    target = cJSON_GetObjectItemCaseSensitive(manifest, "runtimeTarget");
    name = cJSON_IsObject(target) ? cJSON_GetObjectItemCaseSensitive(target, "name") : target;
    libraries = cJSON_IsString(name) ? cJSON_GetObjectItemCaseSensitive(
                                           cJSON_GetObjectItemCaseSensitive(manifest, "targets"), name->valuestring)
                                     : NULL;
    done = cJSON_IsObject(libraries) && visit_libraries(&reader, libraries);
    if (!done)
        fprintf(stderr, "%s: %ls names no target that it has, or there is no memory\n", host_name, path);
    cJSON_Delete(manifest);
    return done;
}
