#!/usr/bin/env bash
# __declspec(selectany) lets headers define a variable, as those of COM do with their interface ids: of all definitions
# the linker keeps one. One would guess that a declaration of the variable before its definition changes nothing.
# With a plain "extern const" declaration before it, GCC for MinGW-w64 ignores the attribute without a warning: the
# variable is in .rdata like any other, and two such objects cannot be linked. Clang does not ignore it. In C++ GCC
# refuses the same text, with an error that says the variable has no external linkage.
# Seen with GCC 12.2, MinGW-w64 10.0 and Clang 14.0.6 of Debian 12.
# For hostmem: whoever defines ids under MinGW by hand has this as soon as a header has declared them. So the two-file
# distribution defines its ids before it includes a header (cmake/amalgamation/amalgamate.py).
set -euo pipefail
dpkg -s gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 clang >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 clang >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
x86_64-w64-mingw32-gcc --version | sed -n 1p
clang --version | sed -n 1p
cat >thing.h <<'H'
typedef struct id { unsigned first; unsigned char rest[12]; } id;
#ifdef DECLARED
extern const id IID_Thing;
#endif
const id __declspec(selectany) IID_Thing = {1, {2}};
H
printf '#include "thing.h"\nunsigned first(void) { return IID_Thing.first; }\n' >one.c
printf '#include "thing.h"\nunsigned first(void);\nint main(void) { return (int)(first() - IID_Thing.first); }\n' >two.c

# link OPTION...: whether a program of both files can be linked, and what was said until then.
link() {
    x86_64-w64-mingw32-gcc -Wall -Wextra "$@" -c one.c 2>said && x86_64-w64-mingw32-gcc -Wall -Wextra "$@" -c two.c 2>>said
    [ ! -s said ] || { cat said; return 1; }
    if x86_64-w64-mingw32-gcc one.o two.o -o thing.exe 2>said; then echo "linked"; else grep -o "multiple definition" said | sed -n 1p; fi
}
alone=$(link)
declared=$(link -DDECLARED)
clang --target=x86_64-w64-mingw32 -DDECLARED -c one.c -o clang.o
section=$(x86_64-w64-mingw32-objdump -h clang.o | grep -A1 'rdata' | grep -c LINK_ONCE || true)
cxx=$(x86_64-w64-mingw32-g++ -x c++ -DDECLARED -c one.c 2>&1 | grep -o "only to initialized variables with external linkage" || true)
echo "GCC, defined only: $alone; declared before: $declared; Clang's with a declaration can be linked twice: $section"
echo "GCC, as C++: applies $cxx"
[ "$alone" = linked ] && [ "$declared" = "multiple definition" ] && [ "$section" -eq 1 ] && [ -n "$cxx" ] ||
    { echo "FAILED: it has changed"; exit 1; }
