# Windows on 32-bit x86, built with MinGW-w64.
set(CMAKE_SYSTEM_PROCESSOR X86)
set(MINGW_TARGET i686-w64-mingw32)
include(${CMAKE_CURRENT_LIST_DIR}/mingw.cmake)
