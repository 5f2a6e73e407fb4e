/* Headers that nearly every source includes, precompiled once a preset (precompiled.cmake): reading windows.h takes
 * longer than compiling our sources. The macros only add declarations to the headers, and sources that need them
 * define them, too. */
#define COBJMACROS
#define CONST_VTABLE
#include <windows.h>

#include <unknwn.h>

#include <corerror.h>
#include <mscoree.h>
