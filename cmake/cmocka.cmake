# hostmem_cmocka: CMocka for tests. A package that exports cmocka::cmocka (newer versions, vcpkg, MSYS2) is used as it
# is; Debian's 1.1.5 is found by its files. On Debian ./tests/run.sh builds it for Windows.
add_library(hostmem_cmocka INTERFACE)

find_package(cmocka CONFIG QUIET)
if(TARGET cmocka::cmocka)
    target_link_libraries(hostmem_cmocka INTERFACE cmocka::cmocka)
else()
    # Our own variable names: 1.1.5's package sets CMOCKA_LIBRARY to a file that does not exist.
    find_path(HOSTMEM_CMOCKA_INCLUDE cmocka.h)
    find_library(HOSTMEM_CMOCKA_LIBRARY NAMES cmocka-static cmocka)
    if(NOT HOSTMEM_CMOCKA_INCLUDE OR NOT HOSTMEM_CMOCKA_LIBRARY)
        message(FATAL_ERROR "CMocka was not found for this target. ./tests/run.sh builds it on Debian; "
            "-DHOSTMEM_BUILD_TESTS=OFF does without tests.")
    endif()
    target_include_directories(hostmem_cmocka SYSTEM INTERFACE ${HOSTMEM_CMOCKA_INCLUDE})
    target_link_libraries(hostmem_cmocka INTERFACE ${HOSTMEM_CMOCKA_LIBRARY})
endif()
