# windows.h, precompiled once a preset for all targets of ours in C: reading it takes longer than compiling what is ours.
# Sources go on including what they need, which the test sdk_sources shows: it compiles each of them without.
#
# Not in a project of somebody else, nor on Windows itself, nor behind a cache of compilations, which does not keep what was
# compiled with precompiled headers. CMAKE_DISABLE_PRECOMPILE_HEADERS does without anywhere.
cmake_language(DEFER CALL hostmem_precompile)

# Sources that define what windows.h or mscoree.h depends on before they include it, or must not include it.
string(JOIN "|" HOSTMEM_NOT_PRECOMPILED /com/iid_ /os/win32 /perturb /step /sim_thread /victim)

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

# At the end, when all targets are there.
function(hostmem_precompile)
    if(CMAKE_HOST_WIN32 OR CMAKE_C_COMPILER_LAUNCHER MATCHES "cache")
        return()
    endif()
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled.c "typedef int no_empty_unit;\n")
    add_library(hostmem_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.c)
    set_target_properties(hostmem_precompiled PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
    target_precompile_headers(hostmem_precompiled PRIVATE ${PROJECT_SOURCE_DIR}/cmake/windows_headers.h)
    target_link_libraries(hostmem_precompiled PRIVATE hostmem_warnings)
    if(MSVC) # clang-cl is told of exports and imports by macros, of which windows.h knows nothing
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
        get_target_property(libraries ${target} LINK_LIBRARIES)
        get_target_property(sources ${target} SOURCES)
        get_target_property(folder ${target} SOURCE_DIR)
        get_directory_property(extension DIRECTORY ${folder} DEFINITION CMAKE_PCH_EXTENSION)
        # A folder that has enabled C++ with another compiler has the other's names for precompiled headers.
        if(NOT extension STREQUAL CMAKE_PCH_EXTENSION)
            continue()
        endif()
        # hostmem_trace_parts needs no windows.h, and has printf as C has it, which is a matter of headers, too.
        if(target MATCHES "^hostmem_(precompiled|iids)$" OR NOT type MATCHES "EXECUTABLE|STATIC|SHARED|OBJECT"
                OR NOT standard EQUAL 11 OR options MATCHES "-include" OR sources MATCHES "\\.cpp"
                OR "${target};${libraries}" MATCHES "hostmem_trace_")
            continue()
        endif()
        if(MSVC AND target MATCHES "^hostmem(_dll)?$")
            continue() # for a C runtime of their own
        elseif(options MATCHES "fuzzer-no-link" OR MSVC AND target STREQUAL "hostmem_common") # as much as another compiler
            target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/windows_headers.h)
        else()
            target_precompile_headers(${target} REUSE_FROM hostmem_precompiled)
        endif()
        list(FILTER sources INCLUDE REGEX "${HOSTMEM_NOT_PRECOMPILED}")
        if(sources)
            set_source_files_properties(${sources} TARGET_DIRECTORY ${target} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
        endif()
    endforeach()
endfunction()
