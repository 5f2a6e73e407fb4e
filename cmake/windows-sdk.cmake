# Windows with Microsoft's SDK and clang-cl, cross-compiled: build/deps/windows-sdk, which cmake/windows-sdk/prepare.sh makes.
# HOSTMEM_SDK_ARCHITECTURE is x64, x86 or arm64. See cmake/windows-sdk/README.md.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_VERSION 10.0)
set(HOSTMEM_SDK_ARCHITECTURE x64 CACHE STRING "x64, x86 or arm64")
set(HOSTMEM_WINDOWS_SDK ${CMAKE_CURRENT_LIST_DIR}/../build/deps/windows-sdk CACHE PATH "What prepare.sh made")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HOSTMEM_SDK_ARCHITECTURE HOSTMEM_WINDOWS_SDK)
get_filename_component(HOSTMEM_WINDOWS_SDK ${HOSTMEM_WINDOWS_SDK} ABSOLUTE)
if(NOT EXISTS ${HOSTMEM_WINDOWS_SDK}/version)
    message(FATAL_ERROR "There is no Windows SDK in ${HOSTMEM_WINDOWS_SDK}; cmake/windows-sdk/prepare.sh fetches it.")
endif()

set(processor_x64 AMD64)
set(processor_x86 X86)
set(processor_arm64 ARM64)
set(cpu_x64 x86_64)
set(cpu_x86 i686)
set(cpu_arm64 aarch64)
set(CMAKE_SYSTEM_PROCESSOR ${processor_${HOSTMEM_SDK_ARCHITECTURE}})

find_program(CMAKE_C_COMPILER NAMES clang-cl clang-cl-14 REQUIRED)
set(CMAKE_CXX_COMPILER ${CMAKE_C_COMPILER})
set(CMAKE_C_COMPILER_TARGET ${cpu_${HOSTMEM_SDK_ARCHITECTURE}}-pc-windows-msvc)
set(CMAKE_CXX_COMPILER_TARGET ${CMAKE_C_COMPILER_TARGET})
find_program(CMAKE_LINKER NAMES lld-link lld-link-14 REQUIRED)
find_program(CMAKE_AR NAMES llvm-lib llvm-lib-14 REQUIRED)
find_program(CMAKE_RC_COMPILER NAMES llvm-rc llvm-rc-14)
find_program(CMAKE_MT NAMES llvm-mt llvm-mt-14)

# The version that cl.exe of Visual Studio 2022 reports. Without stack cookies, which need the compiler's runtime.
string(JOIN " " flags -fms-compatibility-version=19.40 /GS-
    -Xclang -ivfsoverlay -Xclang ${HOSTMEM_WINDOWS_SDK}/overlay.yaml
    -imsvc ${CMAKE_CURRENT_LIST_DIR}/windows-sdk/include
    -imsvc ${HOSTMEM_WINDOWS_SDK}/include/ucrt
    -imsvc ${HOSTMEM_WINDOWS_SDK}/include/um
    -imsvc ${HOSTMEM_WINDOWS_SDK}/include/shared)
# mscoree.h and corerror.h are in the .NET Framework SDK, which is not available as a package.
set(HOSTMEM_SDK_MSCOREE ${CMAKE_CURRENT_LIST_DIR}/../tests/interfaces/sdk CACHE PATH "The folder with mscoree.h, or nothing")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HOSTMEM_SDK_MSCOREE)
if(HOSTMEM_SDK_MSCOREE)
    string(APPEND flags " -imsvc ${HOSTMEM_SDK_MSCOREE}")
endif()
set(CMAKE_C_FLAGS_INIT ${flags})
set(CMAKE_CXX_FLAGS_INIT ${flags})
set(CMAKE_RC_FLAGS_INIT "-I ${HOSTMEM_WINDOWS_SDK}/include/um -I ${HOSTMEM_WINDOWS_SDK}/include/shared")

# With /MD and /MT, the C runtime is ucrtbase.dll, a part of Windows 10 and later.
set(link "/libpath:${HOSTMEM_WINDOWS_SDK}/lib/${HOSTMEM_SDK_ARCHITECTURE} /nodefaultlib:oldnames /manifest:no")
if(HOSTMEM_SDK_ARCHITECTURE STREQUAL "x86")
    string(APPEND link " /safeseh:no") # MinGW-w64's import libraries have no SafeSEH information
endif()
set(CMAKE_EXE_LINKER_FLAGS_INIT ${link})
set(CMAKE_SHARED_LINKER_FLAGS_INIT ${link})
set(CMAKE_MODULE_LINKER_FLAGS_INIT ${link})
# There is no debug runtime.
set(CMAKE_MSVC_RUNTIME_LIBRARY MultiThreadedDLL)

get_filename_component(deps ${CMAKE_CURRENT_LIST_DIR}/../build/deps ABSOLUTE) # why: see mingw.cmake
set(CMAKE_FIND_ROOT_PATH ${deps}/cmocka-windows-sdk-${HOSTMEM_SDK_ARCHITECTURE}
    ${deps}/cjson-windows-sdk-${HOSTMEM_SDK_ARCHITECTURE})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

if(CMAKE_HOST_UNIX AND HOSTMEM_SDK_ARCHITECTURE STREQUAL "x64")
    set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/wine.sh --test)
elseif(CMAKE_HOST_UNIX AND HOSTMEM_SDK_ARCHITECTURE STREQUAL "arm64" AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/../build/deps/arm64)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/wine-arm64.sh --test) # made by tests/arm64.sh
endif()
