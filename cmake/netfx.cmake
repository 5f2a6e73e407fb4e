# For Visual C++, mscoree.h and corerror.h are in the .NET Framework SDK (NETFX SDK), which is a separate component in
# Visual Studio's installer and not part of the Windows SDK. A developer command prompt adds it to the include path if
# it is installed; otherwise it is searched in its usual folder.
if(NOT MSVC)
    return()
endif()

include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_QUIET TRUE)
check_c_source_compiles("#include <windows.h>\n#include <mscoree.h>\n#include <corerror.h>\nint main(void) { return HOST_E_TIMEOUT == 0; }"
    HOSTMEM_HAS_MSCOREE)
unset(CMAKE_REQUIRED_QUIET)
if(HOSTMEM_HAS_MSCOREE)
    return()
endif()

set(places "")
foreach(version 4.8.1 4.8 4.7.2 4.6.1)
    list(APPEND places
        "[HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\Microsoft\\Microsoft SDKs\\NETFXSDK\\${version};KitsInstallationFolder]/Include/um"
        "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Microsoft SDKs\\NETFXSDK\\${version};KitsInstallationFolder]/Include/um"
        "C:/Program Files (x86)/Windows Kits/NETFXSDK/${version}/Include/um")
endforeach()
find_path(HOSTMEM_NETFX_INCLUDE NAMES mscoree.h PATHS ${places} DOC "The folder of the .NET Framework SDK with mscoree.h")
if(NOT HOSTMEM_NETFX_INCLUDE)
    message(FATAL_ERROR "hostmem needs mscoree.h and corerror.h, and this compiler does not find them. They are in the "
        ".NET Framework SDK: in Visual Studio's installer, the component \".NET Framework 4.8.1 SDK\" "
        "(Microsoft.Net.Component.4.8.1.SDK; an older one will do). Run CMake in a developer command prompt then, "
        "or set HOSTMEM_NETFX_INCLUDE to the folder with mscoree.h.")
endif()
message(STATUS "The .NET Framework SDK is in ${HOSTMEM_NETFX_INCLUDE}")
include_directories(SYSTEM ${HOSTMEM_NETFX_INCLUDE})
