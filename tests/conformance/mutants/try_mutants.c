/* Tests the suite: conformance_mutants SUITE MANAGER runs the suite on the manager once for every mutant, with the
 * rule that must find it, and looks for that rule and its verdict in the suite's output. On some mutants the whole
 * suite is run as well: it must end, name the rule among those that do not pass, and have the exit code for that.
 * With two further arguments PART PARTS, 1 2 for example, it runs that part of the mutants. */
#include "../../support/start_process.h"
#include "mutants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_BYTES 65536
/* How often a mutant is tried before it counts as not found, each time with a limit five times as long. */
#define LOOKS 4

static char output[OUTPUT_BYTES];

/* Runs the command and keeps what it prints. Returns its exit code. */
static DWORD run(char *command)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    STARTUPINFOA startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    HANDLE read_end, write_end;
    DWORD got, length = 0, code = 0;
    if (!CreatePipe(&read_end, &write_end, &inherited, 0) || !SetHandleInformation(read_end, HANDLE_FLAG_INHERIT, 0))
        return 98;
    startup.hStdOutput = startup.hStdError = write_end;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    if (!start_process(NULL, command, &startup, &process))
        return 97;
    CloseHandle(write_end);
    while (length < OUTPUT_BYTES - 1 && ReadFile(read_end, output + length, OUTPUT_BYTES - 1 - length, &got, NULL) &&
           got)
        length += got;
    output[length] = '\0';
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(read_end);
    return code;
}

/* The verdict on a rule in the suite's JSON, which has one line for each rule. */
static BOOL verdict_on(const char *rule, char *verdict, size_t size)
{
    static const char key[] = "\"verdict\": \"";
    char wanted[100];
    const char *at, *end;
    snprintf(wanted, sizeof wanted, "{\"rule\": \"%s\", ", rule);
    at = strstr(output, wanted);
    at = at ? strstr(at, key) : NULL;
    end = at ? strchr(at + sizeof key - 1, '"') : NULL;
    if (!end || (size_t)(end - at) - (sizeof key - 1) >= size)
        return FALSE;
    at += sizeof key - 1;
    memcpy(verdict, at, (size_t)(end - at));
    verdict[end - at] = '\0';
    return TRUE;
}

static BOOL exists_here(const mutant_row *row)
{
#if defined(_M_IX86) || defined(__i386__)
    const mutant_where here = ON_X86;
#elif defined(_WIN64)
    const mutant_where here = ON_64_BIT;
#endif
    return row->where == ANYWHERE || row->where == here;
}

/* whole: all rules, not only the one that must find it. The time limit is short at first, because rules that hang
 * take all of it; a slow machine may need another attempt. */
static BOOL try_mutant(const mutant_row *row, const char *suite, const char *manager, BOOL whole)
{
    char command[2000], verdict[20];
    DWORD code, timeout_ms = whole || (row->verdict && !strcmp(row->verdict, "hang")) ? 1000 : 20000;
    unsigned looks = 0;
    BOOL told;
    SetEnvironmentVariableA(MUTANT_VARIABLE, row->name);
    do {
        strcpy(verdict, "no verdict");
        snprintf(command, sizeof command, "\"%s\" --json --timeout %lu %s%s \"%s\"", suite, (unsigned long)timeout_ms,
                 whole ? "" : "--rule ", whole ? "" : row->rule, manager);
        code = run(command);
        told = verdict_on(row->rule, verdict, sizeof verdict) && strcmp(verdict, "pass") &&
               (!row->verdict || !strcmp(verdict, row->verdict)) && code == 1 && strstr(output, "\"hang\": ");
        timeout_ms *= 5;
    } while (!told && ++looks < LOOKS);
    printf("%s  %-36s %-28s %s%s\n", told ? "told  " : "MISSED", row->name, row->rule, verdict,
           whole ? " (among all rules)" : "");
    if (!told)
        printf("        exit code %lu; expected %s; the suite said:\n%s\n", (unsigned long)code,
               row->verdict ? row->verdict : "anything but pass", output);
    fflush(stdout);
    return told;
}

int main(int argc, char **argv)
{
    const mutant_row *row;
    unsigned missed = 0, tried = 0, rows = 0, part = 1, parts = 1;
    if (argc == 5) {
        part = (unsigned)strtoul(argv[3], NULL, 10);
        parts = (unsigned)strtoul(argv[4], NULL, 10);
    }
    if ((argc != 3 && argc != 5) || !part || part > parts) {
        fputs("usage: conformance_mutants conformance.exe mutants.dll [PART PARTS]\n", stderr);
        return 2;
    }
    for (row = mutant_rows; row->name; row++) {
        rows++;
        if (rows % parts != part % parts || !exists_here(row))
            continue;
        tried++;
        missed += !try_mutant(row, argv[1], argv[2], FALSE);
        if (row->mutant == NULL_OUT_FOLLOWED || row->mutant == LOAD_NEVER_COMES)
            missed += !try_mutant(row, argv[1], argv[2], TRUE);
    }
    printf("%u of %u mutants tried, %u missed\n", tried, rows, missed);
    return missed ? 1 : 0;
}
