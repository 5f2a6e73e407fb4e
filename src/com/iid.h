/* How an interface identifier is defined for programs whose headers only declare it. One identifier an object file, so
 * that a program that defines one itself takes none of ours from the library, and the others still. Included by the
 * iid_*.c alone, and before it nothing that declares an identifier:
 * - The Windows SDK's mscoree.h defines all of them in whatever includes it with Visual C++.
 * - GCC ignores selectany where a declaration came before.
 * With selectany ours also yields to another one that does so, when the whole library is linked (--whole-archive). */
#ifndef HMI_COM_IID_H
#define HMI_COM_IID_H

#include <guiddef.h>

#ifdef _WIN32
#define HMI_SELECT_ANY __declspec(selectany)
#else
#define HMI_SELECT_ANY __attribute__((weak))
#endif

#define HMI_DEFINE_IID(name, ...) HMI_SELECT_ANY const GUID name = {__VA_ARGS__}

#endif
