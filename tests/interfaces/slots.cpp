/* Compiled, never run: interfaces.h compared with the header that widl makes of hostmem.idl. Both are included in
 * their C form, each in a namespace of its own. Every slot must have the same type in both, and the documented
 * index. */
#define CINTERFACE
#include <windows.h>
#include <unknwn.h>
#include <mscoree.h>

#include <cstddef>
#include <type_traits>

namespace header
{
#include <hostmem/interfaces.h>
}

#undef __IHostMalloc_FWD_DEFINED__
#undef __IHostMalloc_INTERFACE_DEFINED__
#undef __ICLRMemoryNotificationCallback_FWD_DEFINED__
#undef __ICLRMemoryNotificationCallback_INTERFACE_DEFINED__
#undef __IHostMemoryManager_FWD_DEFINED__
#undef __IHostMemoryManager_INTERFACE_DEFINED__

namespace idl
{
#include "hostmem_idl.h"
}

namespace
{

/* The type in interfaces.h for a type of the IDL. */
template <class T> struct in_header {
    using type = T;
};
template <class T> struct in_header<T *> {
    using type = typename in_header<T>::type *;
};
template <class R, class... A> struct in_header<R(STDMETHODCALLTYPE *)(A...)> {
    using type = R(STDMETHODCALLTYPE *)(typename in_header<A>::type...);
};
template <> struct in_header<idl::IHostMalloc> {
    using type = header::IHostMalloc;
};
template <> struct in_header<idl::ICLRMemoryNotificationCallback> {
    using type = header::ICLRMemoryNotificationCallback;
};
template <> struct in_header<idl::IHostMemoryManager> {
    using type = header::IHostMemoryManager;
};
template <> struct in_header<idl::EMemoryCriticalLevel> {
    using type = header::EMemoryCriticalLevel;
};
template <> struct in_header<idl::EMemoryAvailable> {
    using type = header::EMemoryAvailable;
};

#define SAME_SLOT(slot, name, method)                                                                                  \
    static_assert(offsetof(header::name##Vtbl, method) == slot * sizeof(void *),                                       \
                  #name "::" #method " has another slot in interfaces.h");                                             \
    static_assert(offsetof(idl::name##Vtbl, method) == slot * sizeof(void *),                                          \
                  #name "::" #method " has another slot in the IDL");                                                  \
    static_assert(                                                                                                     \
        std::is_same<in_header<decltype(idl::name##Vtbl::method)>::type, decltype(header::name##Vtbl::method)>::value, \
        #name "::" #method " has other parameters in the IDL")

#define SAME_INTERFACE(slots, name)                                                                                 \
    static_assert(sizeof(header::name##Vtbl) == slots * sizeof(void *), #name " has another size in interfaces.h"); \
    static_assert(sizeof(idl::name##Vtbl) == slots * sizeof(void *), #name " has another size in the IDL");         \
    SAME_SLOT(0, name, QueryInterface);                                                                             \
    SAME_SLOT(1, name, AddRef);                                                                                     \
    SAME_SLOT(2, name, Release)

#define SAME_VALUE(published, type, name)                                                           \
    static_assert(header::name == published, #type " " #name " has another value in interfaces.h"); \
    static_assert(idl::name == published, #type " " #name " has another value in the IDL");         \
    static_assert(std::is_same<decltype(idl::name), idl::type>::value &&                            \
                      std::is_same<decltype(header::name), header::type>::value &&                  \
                      sizeof(idl::type) == sizeof(header::type),                                    \
                  #type " " #name " has another type in the IDL")

SAME_INTERFACE(6, IHostMalloc);
SAME_SLOT(3, IHostMalloc, Alloc);
SAME_SLOT(4, IHostMalloc, DebugAlloc);
SAME_SLOT(5, IHostMalloc, Free);

SAME_INTERFACE(4, ICLRMemoryNotificationCallback);
SAME_SLOT(3, ICLRMemoryNotificationCallback, OnMemoryNotification);

SAME_INTERFACE(13, IHostMemoryManager);
SAME_SLOT(3, IHostMemoryManager, CreateMalloc);
SAME_SLOT(4, IHostMemoryManager, VirtualAlloc);
SAME_SLOT(5, IHostMemoryManager, VirtualFree);
SAME_SLOT(6, IHostMemoryManager, VirtualQuery);
SAME_SLOT(7, IHostMemoryManager, VirtualProtect);
SAME_SLOT(8, IHostMemoryManager, GetMemoryLoad);
SAME_SLOT(9, IHostMemoryManager, RegisterMemoryNotificationCallback);
SAME_SLOT(10, IHostMemoryManager, NeedsVirtualAddressSpace);
SAME_SLOT(11, IHostMemoryManager, AcquiredVirtualAddressSpace);
SAME_SLOT(12, IHostMemoryManager, ReleasedVirtualAddressSpace);

SAME_VALUE(1, EMemoryAvailable, eMemoryAvailableLow);
SAME_VALUE(2, EMemoryAvailable, eMemoryAvailableNeutral);
SAME_VALUE(3, EMemoryAvailable, eMemoryAvailableHigh);
SAME_VALUE(0, EMemoryCriticalLevel, eTaskCritical);
SAME_VALUE(1, EMemoryCriticalLevel, eAppDomainCritical);
SAME_VALUE(2, EMemoryCriticalLevel, eProcessCritical);
SAME_VALUE(1, MALLOC_TYPE, MALLOC_THREADSAFE);
SAME_VALUE(2, MALLOC_TYPE, MALLOC_EXECUTABLE);

} // namespace
