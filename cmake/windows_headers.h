/* What nearly every source includes, precompiled once a preset (precompiled.cmake): reading windows.h takes longer than
 * compiling a source of the library. The macros only add to what the headers declare; sources that need them define
 * them, too. */
#define COBJMACROS
#define CONST_VTABLE
#include <windows.h>

#include <unknwn.h>

#include <corerror.h>
#include <mscoree.h>
