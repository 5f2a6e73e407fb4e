/* Names of functions by llvm-symbolizer, which reads a line for each request and answers each with a line of JSON. See
 * symbolizer.h. */
#define _POSIX_C_SOURCE 200809L /* posix_spawn, getline */

#include "symbolizer.h"

#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "input.h"
#include "utf8.h"

#define SYMBOLIZER "llvm-symbolizer"

/* Whether the path can stand in quotes in a line. */
static bool can_be_quoted(const char *path)
{
    return !strpbrk(path, "\"\n\r");
}

static bool write_requests(FILE *file, const symbol_request *requests, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (requests[i].image)
            fprintf(file, "\"%s\" 0x%" PRIx64 "\n", can_be_quoted(requests[i].image) ? requests[i].image : "",
                    requests[i].offset);
    return !fflush(file) && !fseek(file, 0, SEEK_SET);
}

/* ---- Answers ---- */

/* What follows "key": in the line, or NULL. */
static const char *value_of(const char *line, const char *key)
{
    size_t length = strlen(key);

    while ((line = strchr(line, '"')) != NULL) {
        if (!strncmp(line + 1, key, length) && !strncmp(line + 1 + length, "\":", 2))
            return line + length + 3;
        for (line++; *line && *line != '"'; line++)
            line += *line == '\\' && line[1];
        line += *line == '"';
    }
    return NULL;
}

/* Copies a string of JSON to printable text; "" if there is none. Escapes of characters by number, which names do not
 * have, come out as they are. */
static void copy_string(const char *from, char text[SYMBOL_NAME])
{
    char plain[4 * SYMBOL_NAME];
    size_t length = 0;

    if (from && *from == '"')
        for (from++; *from && *from != '"' && length < sizeof(plain); from++) {
            from += *from == '\\' && (from[1] == '"' || from[1] == '\\' || from[1] == '/');
            plain[length++] = *from;
        }
    utf8_printable(plain, length, text, SYMBOL_NAME);
}

static uint64_t number_in(const char *text)
{
    return text ? strtoull(*text == '"' ? text + 1 : text, NULL, 0) : 0;
}

typedef void answer_reader(const char *line, symbol_request *request);

static void read_answer(const char *line, symbol_request *request)
{
    char name[SYMBOL_NAME], whole[SYMBOL_NAME + 24];
    uint64_t start = number_in(value_of(line, "StartAddress"));

    copy_string(value_of(line, "FunctionName"), name);
    if (!*name)
        return;
    if (number_in(value_of(line, "Line")) || !start)
        snprintf(whole, sizeof(whole), "%s", name);
    else
        snprintf(whole, sizeof(whole), "%s+0x%" PRIx64, name, request->base + request->offset - start);
    request->name = strdup(whole);
}

/* The answer with the names as debug information has them, without namespaces and types. In images of Windows the
 * first answer is that of the symbol table, where a label inside of the function may be nearer (llvm-symbolizer 14). */
static void read_short_answer(const char *line, symbol_request *request)
{
    char name[SYMBOL_NAME];

    copy_string(value_of(line, "FunctionName"), name);
    if (!*name || !number_in(value_of(line, "Line")) || !request->name || strstr(request->name, name))
        return;
    free(request->name);
    request->name = strdup(name);
}

/* ---- The process ---- */

/* Starts the program with a file as its standard input. Returns its output, or NULL. */
static FILE *start(FILE *input, const char *functions, pid_t *process)
{
    char *const arguments[] = {
        SYMBOLIZER, "--relative-address", "--no-inlines", "--demangle", "--output-style=JSON", (char *)functions, NULL};
    extern char **environ;
    posix_spawn_file_actions_t actions;
    FILE *output = NULL;
    int ends[2];

    if (pipe(ends))
        return NULL;
    if (!posix_spawn_file_actions_init(&actions)) {
        if (!posix_spawn_file_actions_adddup2(&actions, fileno(input), STDIN_FILENO) &&
            !posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) &&
            !posix_spawn_file_actions_addclose(&actions, ends[0]) &&
            !posix_spawnp(process, SYMBOLIZER, &actions, NULL, arguments, environ))
            output = fdopen(ends[0], "r");
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    if (!output)
        close(ends[0]);
    return output;
}

static void read_answers(FILE *output, answer_reader *read, symbol_request *requests, uint32_t count)
{
    char *line = NULL;
    size_t room = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (!requests[i].image)
            continue;
        do /* some versions write empty lines between answers */
            if (getline(&line, &room, output) < 0) {
                free(line);
                return;
            }
        while (*line != '{');
        read(line, &requests[i]);
    }
    free(line);
}

static bool ask(const char *functions, answer_reader *read, symbol_request *requests, uint32_t count)
{
    FILE *input = tmpfile(), *output = NULL;
    pid_t process;

    if (input && write_requests(input, requests, count))
        output = start(input, functions, &process);
    if (input)
        fclose(input);
    if (!output)
        return false;
    read_answers(output, read, requests, count);
    fclose(output);
    waitpid(process, NULL, 0);
    return true;
}

bool symbolizer_find(symbol_request *requests, uint32_t count)
{
    if (!ask("--functions=linkage", read_answer, requests, count))
        return trace_complain(SYMBOLIZER " is needed for names from --symbols, and cannot be started");
    if (!ask("--functions=short", read_short_answer, requests, count))
        trace_complain(SYMBOLIZER " cannot be started again; some names may be those of labels in functions");
    return true;
}
