/* ANSI sequences, which Windows' console knows too since 10. See console.h. */
#ifndef _WIN32
#define _DEFAULT_SOURCE /* struct winsize */
#endif

#include "console.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "files.h"

enum { USUAL_WIDTH = 80, USUAL_HEIGHT = 24 };

static volatile sig_atomic_t interrupted;
static bool has_screen;

void console_home(void)
{
    if (has_screen)
        fputs("\x1b[H", stdout);
}

void console_end_line(void)
{
    fputs(has_screen ? "\x1b[K\n" : "\n", stdout);
}

void console_clear_rest(void)
{
    if (has_screen)
        fputs("\x1b[J", stdout);
    fflush(stdout);
}

bool console_is_interrupted(void)
{
    return interrupted != 0;
}

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

#ifdef _WIN32
#include <windows.h>

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 4
#endif

static DWORD mode_before;
static UINT code_page_before;

static void prepare(void)
{
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);

    code_page_before = GetConsoleOutputCP();
    SetConsoleOutputCP(CP_UTF8);
    if (GetConsoleMode(output, &mode_before))
        SetConsoleMode(output, mode_before | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

static void restore(void)
{
    if (mode_before)
        SetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), mode_before);
    if (code_page_before)
        SetConsoleOutputCP(code_page_before);
}

void console_size(uint32_t *width, uint32_t *height)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    bool is_known = GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info) != 0;

    *width = is_known ? (uint32_t)(info.srWindow.Right - info.srWindow.Left + 1) : USUAL_WIDTH;
    *height = is_known ? (uint32_t)(info.srWindow.Bottom - info.srWindow.Top + 1) : USUAL_HEIGHT;
}

uint64_t console_milliseconds(void)
{
    return GetTickCount64();
}

void console_sleep(uint32_t milliseconds)
{
    Sleep(milliseconds);
}

#else
#include <sys/ioctl.h>
#include <unistd.h>

static void prepare(void) {}

static void restore(void) {}

void console_size(uint32_t *width, uint32_t *height)
{
    struct winsize size = {0};
    bool is_known = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col && size.ws_row;

    *width = is_known ? size.ws_col : USUAL_WIDTH;
    *height = is_known ? size.ws_row : USUAL_HEIGHT;
}

uint64_t console_milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void console_sleep(uint32_t milliseconds)
{
    struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};

    nanosleep(&time, NULL);
}
#endif

void console_begin(bool takes_screen)
{
    prepare();
    signal(SIGINT, interrupt);
    has_screen = takes_screen;
    if (has_screen)
        fputs("\x1b[?1049h\x1b[?25l", stdout); /* another screen, and no cursor */
}

void console_end(void)
{
    if (has_screen) {
        fputs("\x1b[?25h\x1b[?1049l", stdout);
        fflush(stdout);
    }
    has_screen = false;
    signal(SIGINT, SIG_DFL);
    restore();
}
