/* In every test program for Windows. What it has written is seen however it ends, and one that wrote nothing has not
 * begun: CMocka first writes how many tests it runs (cmake/wine.sh). */
#include <stdio.h>

#if defined(__GNUC__) || defined(__clang__) /* Visual C++ has no such attribute; its programs run on Windows */
static __attribute__((constructor)) void write_at_once(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
}
#endif
