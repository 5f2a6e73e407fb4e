/* A terminal gets ANSI sequences; Windows' console, which knows them since Windows 10 only, a screen buffer of its own.
 * See console.h. */
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

bool console_is_interrupted(void)
{
    return interrupted != 0;
}

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static void print_line(const char *text, size_t bytes, const char *end)
{
    fwrite(text, 1, bytes, stdout);
    fputs(end, stdout);
}

#ifdef _WIN32
#include <windows.h>

enum { MOST_WIDTH = 1024, BUFFERED = 1 << 14 };

static HANDLE screen;
static SHORT row; /* of the next line in the window */
static UINT code_page_before;

/* Characters would arrive in parts if the console got single bytes of them. */
static void prepare(void)
{
    setvbuf(stdout, NULL, _IOFBF, BUFFERED);
    code_page_before = GetConsoleOutputCP();
    SetConsoleOutputCP(CP_UTF8);
}

static void restore(void)
{
    fflush(stdout);
    if (code_page_before)
        SetConsoleOutputCP(code_page_before);
}

static bool begin_screen(void)
{
    const CONSOLE_CURSOR_INFO no_cursor = {1, FALSE};
    DWORD mode;

    if (!GetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), &mode)) /* NUL, for one, is a terminal for the C library */
        return false;
    screen = CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                       CONSOLE_TEXTMODE_BUFFER, NULL);
    if (screen == INVALID_HANDLE_VALUE)
        return false;
    SetConsoleCursorInfo(screen, &no_cursor);
    if (SetConsoleActiveScreenBuffer(screen))
        return true;
    CloseHandle(screen);
    return false;
}

static void end_screen(void)
{
    SetConsoleActiveScreenBuffer(GetStdHandle(STD_OUTPUT_HANDLE));
    CloseHandle(screen);
}

/* The window's part of the screen buffer, which is larger if the window was made smaller, or scrolled. */
static bool window(SMALL_RECT *found)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    if (!GetConsoleScreenBufferInfo(has_screen ? screen : GetStdHandle(STD_OUTPUT_HANDLE), &info))
        return false;
    *found = info.srWindow;
    return true;
}

/* A row with some characters, and blanks after them. */
static void put_row(const wchar_t *text, DWORD length)
{
    SMALL_RECT shown;
    COORD at;
    DWORD written;

    if (!window(&shown))
        return;
    at = (COORD){shown.Left, (SHORT)(shown.Top + row)};
    FillConsoleOutputCharacterW(screen, L' ', (DWORD)(shown.Right - shown.Left + 1), at, &written);
    WriteConsoleOutputCharacterW(screen, text, length, at, &written);
}

void console_home(void)
{
    row = 0;
}

void console_line(const char *text, size_t bytes)
{
    wchar_t wide[MOST_WIDTH];
    int length;

    if (!has_screen) {
        print_line(text, bytes, "\n");
        return;
    }
    length = MultiByteToWideChar(CP_UTF8, 0, text, (int)bytes, wide, MOST_WIDTH);
    put_row(wide, length > 0 ? (DWORD)length : 0);
    row++;
}

void console_clear_rest(void)
{
    uint32_t width, height;

    fflush(stdout);
    if (!has_screen)
        return;
    for (console_size(&width, &height); (uint32_t)row < height; row++)
        put_row(L"", 0);
}

void console_size(uint32_t *width, uint32_t *height)
{
    SMALL_RECT shown;
    bool is_known = window(&shown);

    *width = is_known ? (uint32_t)(shown.Right - shown.Left + 1) : USUAL_WIDTH;
    *height = is_known ? (uint32_t)(shown.Bottom - shown.Top + 1) : USUAL_HEIGHT;
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

static bool begin_screen(void)
{
    fputs("\x1b[?1049h\x1b[?25l", stdout); /* another screen, and no cursor */
    return true;
}

static void end_screen(void)
{
    fputs("\x1b[?25h\x1b[?1049l", stdout);
    fflush(stdout);
}

void console_home(void)
{
    if (has_screen)
        fputs("\x1b[H", stdout);
}

void console_line(const char *text, size_t bytes)
{
    print_line(text, bytes, has_screen ? "\x1b[K\n" : "\n");
}

void console_clear_rest(void)
{
    if (has_screen)
        fputs("\x1b[J", stdout);
    fflush(stdout);
}

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

bool console_begin(bool wants_screen)
{
    prepare();
    signal(SIGINT, interrupt);
    has_screen = wants_screen && begin_screen();
    return has_screen;
}

void console_leave_screen(void)
{
    if (has_screen)
        end_screen();
    has_screen = false;
}

void console_end(void)
{
    console_leave_screen();
    signal(SIGINT, SIG_DFL);
    restore();
}
