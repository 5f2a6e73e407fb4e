# The library in two forms: hostmem::hostmem is static, hostmem::dll is hostmem.dll. Both are built at the top of the
# build folder. They share the objects that define no public function: HOSTMEM_BUILDING_DLL marks the others' as
# exported.
set(HOSTMEM_EXPORTING_SOURCES src/base/size_text.c src/budget/budget.c src/config.c src/coreclr/coreclr.c
    src/fault/fault_text.c src/hostmem.c src/report/baseline.c src/report/format.c src/report/inspect.c)
list(TRANSFORM HOSTMEM_EXPORTING_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)

# The functions with Win32's signatures, which replace Windows' own and call them themselves.
set(HOSTMEM_CORECLR_SOURCES aligned_functions attachment coreclr crt_functions heap_functions late_functions
    limit_functions local_functions lookup module_watch modules page_functions replacements view_functions)
list(TRANSFORM HOSTMEM_CORECLR_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/src/coreclr/)
list(TRANSFORM HOSTMEM_CORECLR_SOURCES APPEND .c)

set(HOSTMEM_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/src/os/win32.c ${CMAKE_CURRENT_SOURCE_DIR}/src/os/win32_system.c
    ${CMAKE_CURRENT_SOURCE_DIR}/src/os/win32_trace.c ${CMAKE_CURRENT_SOURCE_DIR}/src/os/win32_stack.c
    ${CMAKE_CURRENT_SOURCE_DIR}/src/os/win32_etw.c ${CMAKE_CURRENT_SOURCE_DIR}/src/os/win32_module.c
    ${CMAKE_CURRENT_SOURCE_DIR}/src/os/win32_file.c ${CMAKE_CURRENT_SOURCE_DIR}/src/os/win32_words.c
    ${CMAKE_CURRENT_SOURCE_DIR}/src/os/win32_counters.c
    ${HOSTMEM_CORE_SOURCES} ${HOSTMEM_CORECLR_SOURCES})

# A parent project may be for an earlier Windows than the library, by macros that decide what windows.h declares.
set(HOSTMEM_WINDOWS_VERSIONS "(_WIN32_WINNT|WINVER|NTDDI_VERSION)")
get_directory_property(definitions COMPILE_DEFINITIONS)
list(FILTER definitions EXCLUDE REGEX "^${HOSTMEM_WINDOWS_VERSIONS}(=|$)")
set_directory_properties(PROPERTIES COMPILE_DEFINITIONS "${definitions}")
string(REGEX REPLACE "(^| )[-/]D *${HOSTMEM_WINDOWS_VERSIONS}(=[^ ]*)?" "" CMAKE_C_FLAGS "${CMAKE_C_FLAGS}")

# 32-bit Windows walks stacks by frame pointers: the functions between the CLR and such a walk must keep them.
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
    set(HOSTMEM_FRAME_POINTERS $<IF:$<BOOL:${MSVC}>,/Oy-,-fno-omit-frame-pointer>) # clang-cl, too
    foreach(name com/host_malloc books/sampler os/win32_stack coreclr/blocks coreclr/aligned_functions
            coreclr/crt_functions coreclr/heap_functions coreclr/local_functions coreclr/page_functions com/memory_manager)
        set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/src/${name}.c PROPERTIES
            COMPILE_OPTIONS ${HOSTMEM_FRAME_POINTERS})
    endforeach()
endif()

# mimalloc's own package. The static one, if there is one: a DLL beside the program is not always wanted, and its
# redirection of the process's malloc (MIMALLOC_DISABLE_REDIRECT) never.
if(HOSTMEM_WITH_MIMALLOC)
    find_package(mimalloc CONFIG REQUIRED)
    set(HOSTMEM_MIMALLOC mimalloc)
    if(TARGET mimalloc-static)
        set(HOSTMEM_MIMALLOC mimalloc-static)
    endif()
    list(APPEND HOSTMEM_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/src/memory/heap_mimalloc.c)
endif()

# hostmem_compile_as_library(<target>): for every target with the library's sources. A parent project's unity builds and
# checkers are turned off for them: the sources have static names in common.
function(hostmem_compile_as_library target)
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
        UNITY_BUILD OFF C_CLANG_TIDY "" C_CPPCHECK "" C_CPPLINT "" C_INCLUDE_WHAT_YOU_USE "")
    target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:hostmem_warnings>)
    if(HOSTMEM_WITH_MIMALLOC)
        target_compile_definitions(${target} PRIVATE HOSTMEM_WITH_MIMALLOC)
        target_link_libraries(${target} PRIVATE ${HOSTMEM_MIMALLOC})
    endif()
endfunction()

# A static library for Visual C++ that neither names a C runtime nor uses its imports, so that the linker uses the
# program's. For packages that have one library for all.
option(HOSTMEM_ANY_RUNTIME "Make the static library fit programs with any C runtime (Visual C++)" OFF)
function(hostmem_fit_any_runtime target)
    if(MSVC AND HOSTMEM_ANY_RUNTIME)
        set_target_properties(${target} PROPERTIES MSVC_RUNTIME_LIBRARY MultiThreaded
            MSVC_DEBUG_INFORMATION_FORMAT $<$<CONFIG:Debug,RelWithDebInfo>:Embedded>)
        target_compile_options(${target} PRIVATE /Zl)
    endif()
endfunction()

# Visual C++ compiles for one C runtime or another, and the two forms may use different ones.
set(HOSTMEM_BUILT_FROM ${HOSTMEM_SOURCES})
if(HOSTMEM_BUILD_DLL AND (NOT MSVC OR (HOSTMEM_ANY_RUNTIME AND CMAKE_C_COMPILER_ID STREQUAL "Clang")))
    set(common ${HOSTMEM_SOURCES})
    list(REMOVE_ITEM common ${HOSTMEM_EXPORTING_SOURCES})
    add_library(hostmem_common OBJECT ${common})
    hostmem_compile_as_library(hostmem_common)
    hostmem_fit_any_runtime(hostmem_common)
    target_include_directories(hostmem_common PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/include)
    set(HOSTMEM_BUILT_FROM ${HOSTMEM_EXPORTING_SOURCES} $<TARGET_OBJECTS:hostmem_common>)
endif()

function(hostmem_add_library target kind)
    add_library(${target} ${kind} ${HOSTMEM_BUILT_FROM})
    hostmem_compile_as_library(${target})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME hostmem)
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS include
        FILES include/hostmem/coreclr.h include/hostmem/counters.h include/hostmem/hostmem.h include/hostmem/inspect.h
            include/hostmem/interfaces.h include/hostmem/trace.h include/hostmem/trace_format.h)
    if(HOSTMEM_NETFX_INCLUDE) # needed by programs that include hostmem.h, too
        target_include_directories(${target} SYSTEM INTERFACE $<BUILD_INTERFACE:${HOSTMEM_NETFX_INCLUDE}>)
    endif()
endfunction()

hostmem_add_library(hostmem STATIC)
add_library(hostmem::hostmem ALIAS hostmem)
hostmem_fit_any_runtime(hostmem)

if(HOSTMEM_BUILD_DLL)
    hostmem_add_library(hostmem_dll SHARED)
    add_library(hostmem::dll ALIAS hostmem_dll)
    set_target_properties(hostmem_dll PROPERTIES PREFIX "" EXPORT_NAME dll DEFINE_SYMBOL HOSTMEM_BUILDING_DLL)
    target_compile_definitions(hostmem_dll INTERFACE HOSTMEM_DLL)
    if(MSVC)
        # There a static library and an import library have the same default name.
        set_target_properties(hostmem_dll PROPERTIES ARCHIVE_OUTPUT_NAME hostmem_dll)
        # Visual C++'s runtime DLL is not part of Windows.
        set_target_properties(hostmem_dll PROPERTIES
            MSVC_RUNTIME_LIBRARY MultiThreaded$<$<CONFIG:Debug>:Debug>)
    else()
        set_target_properties(hostmem_dll PROPERTIES IMPORT_PREFIX lib)
        hostmem_add_iids_to_import_library(hostmem_dll)
    endif()
    # Version information for Explorer and installers. Without a resource compiler the DLL has none.
    include(CheckLanguage)
    check_language(RC)
    if(CMAKE_RC_COMPILER)
        enable_language(RC)
        configure_file(${CMAKE_CURRENT_SOURCE_DIR}/cmake/hostmem.rc.in ${CMAKE_CURRENT_BINARY_DIR}/hostmem.rc @ONLY)
        target_sources(hostmem_dll PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/hostmem.rc)
    endif()
endif()
