#!/usr/bin/env bash
# A thread-local variable (_Thread_local int) is defined in one file and used in another. Clang for MinGW-w64 takes GCC's
# headers, libraries and linker, and objects of both can be mixed. One would guess that this holds here, too, and that
# reading such a variable is an access to memory.
# They do not link: GCC of Debian calls __emutls_get_address for a variable that it names __emutls_v.NAME, Clang uses the
# thread-local storage of Windows under the plain name. And GCC's function allocates: the first access by a thread calls
# malloc (and aborts the process if that fails), which a thread must not do inside of an allocator, or while others are
# suspended.
# Seen with gcc-mingw-w64-x86-64 12.2.0 and clang-14 14.0.6 of Debian 12, run by wine64 8.0~repack-4.
# For hostmem: no thread-local variable in src/: what belongs to a thread is found by the address of its thread block.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 clang-14 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 clang-14 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64 clang-14
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >define.c <<'END'
_Thread_local int counter = 7;
END
cat >use.c <<'END'
#include <stdio.h>
#include <stdlib.h>

extern _Thread_local int counter;
void *__real_malloc(size_t bytes);

static int calls;

void *__wrap_malloc(size_t bytes)
{
    calls++;
    return __real_malloc(bytes);
}

static int read_counter(void)
{
    return counter;
}

int main(void)
{
    int (*volatile read)(void) = read_counter; /* so that the compiler knows nothing about the call */
    int value, first, second;
    calls = 0;
    value = read();
    first = calls;
    value += read();
    second = calls - first;
    printf("7 + 7 = %d; the first access calls malloc: %s; the second: %s\n", value, first ? "yes" : "no",
           second ? "yes" : "no");
    fflush(stdout);
    return 0;
}
END
gcc="x86_64-w64-mingw32-gcc -O1 -c"
clang="clang-14 --target=x86_64-w64-mingw32 -O1 -c"
for compiler in gcc clang; do
    ${!compiler} -o define_$compiler.o define.c
    ${!compiler} -o use_$compiler.o use.c
done
for define in gcc clang; do
    for use in gcc clang; do
        echo -n "defined by $define, used by $use: "
        if x86_64-w64-mingw32-gcc -Wl,--wrap=malloc -o counter.exe define_$define.o use_$use.o 2>errors; then
            "$wine" counter.exe 2>/dev/null | tr -d '\r'
        else
            grep -o 'undefined reference to .*' errors | head -n 1
        fi
    done
done | tee seen
printf '%s\n' 'defined by gcc, used by gcc: 7 + 7 = 14; the first access calls malloc: yes; the second: no' \
    "defined by gcc, used by clang: undefined reference to \`counter'" \
    "defined by clang, used by gcc: undefined reference to \`__emutls_v.counter'" \
    'defined by clang, used by clang: 7 + 7 = 14; the first access calls malloc: no; the second: no' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
