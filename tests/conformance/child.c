/* One process for each rule. The outcome is in an inherited mapping, which remains after a crash of the child. */
#include "child.h"

#include "../support/start_process.h"
#include "check.h"
#include "factory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef HRESULT __cdecl factory_function(IHostMemoryManager **out);

/* ---- The child ---- */

static factory_function *load_factory(const char *dll, outcome *outcome)
{
    factory_function *factory = NULL;
    HMODULE module = LoadLibraryA(dll);
    FARPROC address = module ? GetProcAddress(module, CONFORMANCE_FACTORY_NAME) : NULL;
    if (!address)
        snprintf(outcome->seen, sizeof outcome->seen, "%s: error %lu",
                 module ? "no " CONFORMANCE_FACTORY_NAME " in it" : "cannot be loaded", (unsigned long)GetLastError());
    memcpy(&factory, &address, sizeof factory);
    return factory;
}

int child_main(const char *mapping, const char *rule_name, const char *dll)
{
    HANDLE handle = (HANDLE)(UINT_PTR)strtoull(mapping, NULL, 16);
    outcome *outcome = MapViewOfFile(handle, FILE_MAP_WRITE, 0, 0, 0);
    const rule *rule = rule_named(rule_name);
    subject subject = {NULL, NULL, E_UNEXPECTED};
    factory_function *factory;
    HRESULT hr;

    if (!outcome || !rule)
        return 2;
    check_begin(outcome);
    factory = load_factory(dll, outcome);
    if (!factory)
        return 2;
    outcome->loaded = 1;
    check_doing(CONFORMANCE_FACTORY_NAME);
    hr = factory(&subject.manager);
    expect(hr == S_OK && subject.manager, CONFORMANCE_FACTORY_NAME " returned 0x%08lx and gave %p", (unsigned long)hr,
           (void *)subject.manager);
    check_doing("the first CreateMalloc(MALLOC_THREADSAFE)");
    subject.heap_hr = IHostMemoryManager_CreateMalloc(subject.manager, MALLOC_THREADSAFE, &subject.heap);
    expect(SUCCEEDED(subject.heap_hr) && subject.heap, "the first CreateMalloc returned 0x%08lx and gave %p",
           (unsigned long)subject.heap_hr, (void *)subject.heap);
    rule->check(&subject);
    check_pass();
}

/* ---- The parent ---- */

static void judge(const outcome *outcome, BOOL ended, DWORD exit_code, DWORD timeout_ms, result *result)
{
    if (!ended) {
        result->verdict = VERDICT_HANG;
        snprintf(result->seen, sizeof result->seen, "not over after %lu ms, in %s", (unsigned long)timeout_ms,
                 outcome->doing);
    } else if (!outcome->loaded) {
        result->verdict = VERDICT_UNUSABLE;
        snprintf(result->seen, sizeof result->seen, "%s", outcome->seen);
    } else if (outcome->failed) {
        result->verdict = VERDICT_FAIL;
        snprintf(result->seen, sizeof result->seen, "%s", outcome->seen);
    } else if (outcome->exception) {
        result->verdict = VERDICT_CRASH;
        snprintf(result->seen, sizeof result->seen, "exception 0x%08lx at %p, in %s", (unsigned long)outcome->exception,
                 outcome->instruction, outcome->doing);
    } else if (!outcome->passed) {
        result->verdict = VERDICT_CRASH;
        snprintf(result->seen, sizeof result->seen, "the process ended with 0x%lx, in %s", (unsigned long)exit_code,
                 outcome->doing);
    } else {
        result->verdict = VERDICT_PASS;
        snprintf(result->seen, sizeof result->seen, "%s", outcome->seen);
    }
}

static BOOL start(HANDLE mapping, const rule *rule, const char *dll, PROCESS_INFORMATION *process)
{
    char program[MAX_PATH], command[3 * MAX_PATH];
    STARTUPINFOA startup = {.cb = sizeof startup};
    DWORD length = GetModuleFileNameA(NULL, program, sizeof program);
    if (!length || length == sizeof program)
        return FALSE;
    length = (DWORD)snprintf(command, sizeof command, "\"%s\" --child %llx %s \"%s\"", program,
                             (unsigned long long)(UINT_PTR)mapping, rule->name, dll);
    if (length >= sizeof command)
        return FALSE;
    return start_process(program, command, &startup, process);
}

void child_run(const rule *rule, const char *dll, DWORD timeout_ms, result *result)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, &inherited, PAGE_READWRITE, 0, sizeof(outcome), NULL);
    outcome *outcome = mapping ? MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    PROCESS_INFORMATION process;
    DWORD exit_code = 0;
    BOOL ended;

    *result = (struct result){.rule = rule, .verdict = VERDICT_UNUSABLE};
    if (outcome)
        outcome->timeout_ms = timeout_ms;
    if (!outcome || !start(mapping, rule, dll, &process)) {
        snprintf(result->seen, sizeof result->seen, "no process for a rule: error %lu", (unsigned long)GetLastError());
    } else {
        ended = WaitForSingleObject(process.hProcess, timeout_ms) == WAIT_OBJECT_0;
        if (!ended) {
            TerminateProcess(process.hProcess, 1);
            WaitForSingleObject(process.hProcess, timeout_ms);
        }
        GetExitCodeProcess(process.hProcess, &exit_code);
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
        judge(outcome, ended, exit_code, timeout_ms, result);
    }
    if (outcome)
        UnmapViewOfFile(outcome);
    if (mapping)
        CloseHandle(mapping);
}
