/* Defines an interface identifier for programs whose headers only declare it. Each identifier has an object file of its
 * own, so that a program that defines one of them itself takes only the others from the library. Included by iid_*.c
 * only, which include nothing before it that declares an identifier:
 * - The Windows SDK's mscoree.h defines all of them in every file that includes it, with Visual C++.
 * - GCC ignores selectany if a declaration came before.
 * With selectany, ours also gives way to another selectany definition if the whole library is linked (--whole-archive).
 */
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
