# The library twice over: hostmem::hostmem is static, hostmem::dll is hostmem.dll. Both end up at the top of the build
# folder. They cannot share objects, because HOSTMEM_BUILDING_DLL marks what is exported.
set(HOSTMEM_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/src/os_win32.c ${CMAKE_CURRENT_SOURCE_DIR}/src/os_win32_system.c
    ${CMAKE_CURRENT_SOURCE_DIR}/src/os_win32_trace.c ${HOSTMEM_CORE_SOURCES})

# mimalloc's own package. A static one, where there is one: a DLL beside the program is not always wanted, and what it takes
# over of the process (MIMALLOC_DISABLE_REDIRECT) never.
if(HOSTMEM_WITH_MIMALLOC)
    find_package(mimalloc CONFIG REQUIRED)
    set(HOSTMEM_MIMALLOC mimalloc)
    if(TARGET mimalloc-static)
        set(HOSTMEM_MIMALLOC mimalloc-static)
    endif()
    list(APPEND HOSTMEM_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/src/heap_mimalloc.c)
endif()

function(hostmem_add_library target kind)
    add_library(${target} ${kind} ${HOSTMEM_SOURCES})
    set_target_properties(${target} PROPERTIES
        OUTPUT_NAME hostmem C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS include
        FILES include/hostmem/hostmem.h include/hostmem/interfaces.h include/hostmem/trace.h
            include/hostmem/trace_format.h)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:hostmem_warnings>)
    if(HOSTMEM_WITH_MIMALLOC)
        target_compile_definitions(${target} PRIVATE HOSTMEM_WITH_MIMALLOC)
        target_link_libraries(${target} PRIVATE ${HOSTMEM_MIMALLOC})
    endif()
    install(TARGETS ${target} EXPORT hostmem FILE_SET HEADERS)
endfunction()

hostmem_add_library(hostmem STATIC)
add_library(hostmem::hostmem ALIAS hostmem)

if(HOSTMEM_BUILD_DLL)
    hostmem_add_library(hostmem_dll SHARED)
    add_library(hostmem::dll ALIAS hostmem_dll)
    set_target_properties(hostmem_dll PROPERTIES PREFIX "" EXPORT_NAME dll DEFINE_SYMBOL HOSTMEM_BUILDING_DLL)
    target_compile_definitions(hostmem_dll INTERFACE HOSTMEM_DLL)
    if(MSVC)
        # There a static library and an import library have the same name by default.
        set_target_properties(hostmem_dll PROPERTIES ARCHIVE_OUTPUT_NAME hostmem_dll)
    else()
        set_target_properties(hostmem_dll PROPERTIES IMPORT_PREFIX lib)
    endif()
endif()

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hostmem)
set(version_file ${CMAKE_CURRENT_BINARY_DIR}/hostmem-config-version.cmake)
if(HOSTMEM_WITH_MIMALLOC)
    # Who links the static library needs mimalloc, too.
    set(config_file ${CMAKE_CURRENT_BINARY_DIR}/hostmem-config.cmake)
    file(WRITE ${config_file} "include(CMakeFindDependencyMacro)\nfind_dependency(mimalloc CONFIG)\n"
        "include(\${CMAKE_CURRENT_LIST_DIR}/hostmem-targets.cmake)\n")
    install(FILES ${config_file} DESTINATION ${package_dir})
    install(EXPORT hostmem NAMESPACE hostmem:: FILE hostmem-targets.cmake DESTINATION ${package_dir})
else()
    install(EXPORT hostmem NAMESPACE hostmem:: FILE hostmem-config.cmake DESTINATION ${package_dir})
endif()
write_basic_package_version_file(${version_file} COMPATIBILITY SameMinorVersion)
install(FILES ${version_file} DESTINATION ${package_dir})
