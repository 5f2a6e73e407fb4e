# windows.h, precompiled once a preset for all of our targets in C: reading it takes longer than compiling our sources.
# Sources still include what they need, which the test sdk_sources checks by compiling each of them without it.
#
# HOSTMEM_PRECOMPILED_HEADERS turns it on; by default it is off inside of another project. Not used on Windows itself, nor
# with a compiler cache, which does not cache compilations with precompiled headers.
cmake_language(DEFER CALL hostmem_precompile)

# Sources that must not use it: those whose headers define what windows.h depends on, or must be included first; and all
# that define such a macro themselves, _GNU_SOURCE for example.
set(HOSTMEM_NOT_PRECOMPILED "/com/iid_|/os/win32")
set(HOSTMEM_DEFINES_BEFORE "^#define (_[A-Z]|INITGUID|CINTERFACE|NOMINMAX|WIN32_|PSAPI_)")

# hostmem_plain_sources(<result> <folder> <source>...)
function(hostmem_plain_sources result folder)
    set(plain "")
    foreach(source IN LISTS ARGN)
        cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder} NORMALIZE OUTPUT_VARIABLE path)
        if(path MATCHES "${HOSTMEM_NOT_PRECOMPILED}")
            list(APPEND plain ${path})
        elseif(path MATCHES "\\.c$" AND EXISTS ${path})
            file(STRINGS ${path} defines REGEX "${HOSTMEM_DEFINES_BEFORE}" LIMIT_COUNT 1)
            if(defines)
                list(APPEND plain ${path})
            endif()
        endif()
    endforeach()
    set(${result} ${plain} PARENT_SCOPE)
endfunction()

# hostmem_targets_below(<result> <folder>)
function(hostmem_targets_below result folder)
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
    foreach(each IN LISTS folders)
        hostmem_targets_below(more ${each})
        list(APPEND targets ${more})
    endforeach()
    set(${result} ${targets} PARENT_SCOPE)
endfunction()

# Deferred to the end, when all targets exist.
function(hostmem_precompile)
    if(NOT HOSTMEM_PRECOMPILED_HEADERS OR CMAKE_HOST_WIN32 OR CMAKE_C_COMPILER_LAUNCHER MATCHES "cache")
        return()
    endif()
    if(NOT WIN32 AND NOT TARGET hostmem_wine_headers)
        return() # only the tests need windows.h here
    endif()
    file(WRITE ${PROJECT_BINARY_DIR}/precompiled.c "typedef int no_empty_unit;\n")
    add_library(hostmem_precompiled OBJECT ${PROJECT_BINARY_DIR}/precompiled.c)
    set_target_properties(hostmem_precompiled PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
    target_precompile_headers(hostmem_precompiled PRIVATE ${PROJECT_SOURCE_DIR}/cmake/windows_headers.h)
    target_link_libraries(hostmem_precompiled PRIVATE hostmem_warnings)
    if(MSVC) # clang-cl controls exports and imports by macros, which are not used in windows.h
        target_compile_options(hostmem_warnings INTERFACE -Wno-clang-cl-pch)
    endif()
    if(TARGET hostmem_wine_headers)
        target_link_libraries(hostmem_precompiled PRIVATE hostmem_wine_headers)
    endif()

    hostmem_targets_below(targets ${CMAKE_CURRENT_SOURCE_DIR})
    foreach(target IN LISTS targets)
        get_target_property(type ${target} TYPE)
        get_target_property(standard ${target} C_STANDARD)
        get_target_property(options ${target} COMPILE_OPTIONS)
        get_target_property(definitions ${target} COMPILE_DEFINITIONS)
        get_target_property(libraries ${target} LINK_LIBRARIES)
        get_target_property(sources ${target} SOURCES)
        get_target_property(folder ${target} SOURCE_DIR)
        get_directory_property(extension DIRECTORY ${folder} DEFINITION CMAKE_PCH_EXTENSION)
        # A folder that has enabled C++ with another compiler uses that one's file names for precompiled headers.
        if(NOT extension STREQUAL CMAKE_PCH_EXTENSION)
            continue()
        endif()
        # Interface identifiers must come before the headers. What reads traces needs no windows.h, and uses standard
        # printf formats, which also depends on headers.
        if(target MATCHES "^(hostmem_(precompiled|iids)|amalgamated_host)$" OR NOT type MATCHES "EXECUTABLE|STATIC|SHARED|OBJECT"
                OR NOT standard EQUAL 11 OR options MATCHES "-include|-fno-sanitize" OR sources MATCHES "\\.cpp"
                OR "${target};${libraries};${definitions}" MATCHES "hostmem(_|::)trace_|ANSI_STDIO")
            continue()
        endif()
        if(MSVC AND target MATCHES "^hostmem(_dll)?$")
            continue() # they use a C runtime of their own
        elseif(options MATCHES "fuzzer-no-link" OR (MSVC AND target STREQUAL "hostmem_common")) # these are compiled with other options
            target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/windows_headers.h)
        else()
            target_precompile_headers(${target} REUSE_FROM hostmem_precompiled)
        endif()
        hostmem_plain_sources(plain ${folder} ${sources})
        if(plain)
            set_source_files_properties(${plain} TARGET_DIRECTORY ${target} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
        endif()
    endforeach()
endfunction()
