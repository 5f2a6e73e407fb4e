/* Included before every source that is compiled in Visual C++'s mode with MinGW-w64's headers: does what
 * Microsoft's headers do and MinGW-w64's do not. Functions that Visual C++'s runtime calls unsafe are deprecated
 * (C4996) unless a target defines _CRT_SECURE_NO_WARNINGS; and windows.h does not define SIZE_MAX, which is why
 * limits.h in this folder exists. */
#ifndef HOSTMEM_TEST_VISUAL_C_H
#define HOSTMEM_TEST_VISUAL_C_H

#include <_mingw.h>
#ifndef __MINGW_IMPORT /* which MinGW-w64's time.h needs */
#define __MINGW_IMPORT extern __declspec(dllimport)
#endif

#ifndef _CRT_SECURE_NO_WARNINGS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UNSAFE __attribute__((deprecated("Visual C++ calls this function unsafe (C4996)")))

UNSAFE char *strcpy(char *, const char *);
UNSAFE char *strncpy(char *, const char *, size_t);
UNSAFE char *strcat(char *, const char *);
UNSAFE char *strncat(char *, const char *, size_t);
UNSAFE char *strtok(char *, const char *);
UNSAFE char *strerror(int);
UNSAFE char *getenv(const char *);
UNSAFE FILE *fopen(const char *, const char *);
UNSAFE FILE *freopen(const char *, const char *, FILE *);
UNSAFE FILE *tmpfile(void);
UNSAFE wchar_t *wcscpy(wchar_t *, const wchar_t *);
UNSAFE wchar_t *wcsncpy(wchar_t *, const wchar_t *, size_t);
UNSAFE wchar_t *wcscat(wchar_t *, const wchar_t *);
UNSAFE FILE *_wfopen(const wchar_t *, const wchar_t *);
UNSAFE wchar_t *_wgetenv(const wchar_t *);

#undef UNSAFE

#ifdef __cplusplus
}
#endif
#endif

#endif
