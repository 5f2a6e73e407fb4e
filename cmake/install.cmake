# What is installed: libraries and headers, the CMake package, pkg-config's files (for compilers with GCC's options),
# and the archives that cpack makes of them. On systems other than Windows it is the trace reader alone, without archives.
include(CMakePackageConfigHelpers)

set_target_properties(hostmem_trace_reader PROPERTIES EXPORT_NAME trace_reader EXCLUDE_FROM_ALL FALSE)
install(TARGETS hostmem_trace_reader EXPORT hostmem FILE_SET HEADERS)
if(WIN32)
    hostmem_fit_any_runtime(hostmem_trace_reader)
endif()

# For -lhostmem MinGW's linkers use an import library if there is one beside the static library, and so do CMake's and
# Meson's searches. So the import library has a folder of its own.
set(HOSTMEM_IMPORT_LIBRARY_FOLDER "")
if(NOT MSVC)
    set(HOSTMEM_IMPORT_LIBRARY_FOLDER /hostmem-dll)
endif()
if(WIN32)
    install(TARGETS hostmem EXPORT hostmem FILE_SET HEADERS)
endif()
if(WIN32 AND HOSTMEM_BUILD_DLL)
    install(TARGETS hostmem_dll EXPORT hostmem FILE_SET HEADERS
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}${HOSTMEM_IMPORT_LIBRARY_FOLDER})
    # Beside the DLL, where lodctr looks for the names of the counters.
    install(FILES cmake/hostmem.man DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hostmem)
install(EXPORT hostmem NAMESPACE hostmem:: FILE hostmem-targets.cmake DESTINATION ${package_dir})
set(HOSTMEM_DEPENDENCIES "")
if(HOSTMEM_WITH_MIMALLOC) # programs that link the static library need it, too
    set(HOSTMEM_DEPENDENCIES "include(CMakeFindDependencyMacro)\nfind_dependency(mimalloc CONFIG)\n")
endif()
configure_package_config_file(cmake/hostmem-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/hostmem-config.cmake
    INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may be incompatible; see CHANGELOG.md.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/hostmem-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/hostmem-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/hostmem-config-version.cmake
    DESTINATION ${package_dir})

# hostmem_pkg_config(<name> <description> <library> <its folder> <options> <requires>): a file whose paths are relative
# to itself.
function(hostmem_pkg_config name description library library_folder cflags requires)
    set(to_prefix ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
    string(REGEX REPLACE "[^/]+" ".." to_prefix ${to_prefix})
    configure_file(cmake/hostmem.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

if(NOT MSVC)
    hostmem_pkg_config(hostmem-trace-reader "Reads traces of hostmem" hostmem_trace_reader "" "" "")
endif()
if(WIN32 AND NOT MSVC)
    set(requires "")
    if(HOSTMEM_WITH_MIMALLOC)
        set(requires mimalloc)
    endif()
    hostmem_pkg_config(hostmem "${PROJECT_DESCRIPTION}" hostmem "" "" "${requires}")
    if(HOSTMEM_BUILD_DLL)
        hostmem_pkg_config(hostmem-dll "${PROJECT_DESCRIPTION} (hostmem.dll)" hostmem ${HOSTMEM_IMPORT_LIBRARY_FOLDER} " -DHOSTMEM_DLL" "")
    endif()
endif()

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(NOT WIN32)
    return()
endif()
set(architecture x86)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "ARM64|aarch64")
    set(architecture arm64)
elseif(CMAKE_SIZEOF_VOID_P EQUAL 8)
    set(architecture x64)
endif()
set(compiler mingw)
if(MSVC)
    set(compiler msvc)
endif()
set(CPACK_GENERATOR ZIP)
set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_PACKAGE_VENDOR hostmem)
set(CPACK_PACKAGE_FILE_NAME hostmem-${PROJECT_VERSION}-windows-${architecture}-${compiler})
set(CPACK_SOURCE_PACKAGE_FILE_NAME hostmem-${PROJECT_VERSION})
set(CPACK_SOURCE_IGNORE_FILES "/build/;/\\\\.git/")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
