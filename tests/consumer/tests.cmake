# Whether other programs can use the installed library, and the source as a part of a project: a test for each way and
# each library. What is built for this preset is first installed in a folder below the build folder.
set(installed "${CMAKE_CURRENT_BINARY_DIR}/consumer/installed here") # a blank in the path, to find missing quotes
set(fixture ${HOSTMEM_TEST_PREFIX}installed)
add_test(NAME ${HOSTMEM_TEST_PREFIX}consumer.install
    COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${installed} --config $<CONFIG>)
set_tests_properties(${HOSTMEM_TEST_PREFIX}consumer.install PROPERTIES FIXTURES_SETUP ${fixture})

# What is linked to what. Building the library again takes long, so the source is used once each way, and only in 64
# bits.
set(ways find_package.hostmem find_package.dll exported.hostmem exported.dll)
if(CMAKE_SIZEOF_VOID_P EQUAL 8)
    list(APPEND ways add_subdirectory.dll fetch_content.hostmem)
endif()
find_program(HOSTMEM_PKG_CONFIG NAMES pkg-config pkgconf)
if(NOT MSVC AND HOSTMEM_PKG_CONFIG)
    list(APPEND ways pkg_config.hostmem pkg_config.dll pkg_config_imported.hostmem pkg_config_imported.dll)
    find_program(HOSTMEM_MESON meson)
    if(HOSTMEM_MESON AND CMAKE_CROSSCOMPILING)
        list(APPEND ways meson.hostmem meson.dll)
    endif()
endif()
set(system "")
if(CMAKE_CROSSCOMPILING)
    set(system -DSYSTEM=${CMAKE_SYSTEM_NAME})
endif()

foreach(name IN LISTS ways)
    string(REGEX MATCH "^(.*)\\.(.*)$" matched ${name})
    set(test ${HOSTMEM_TEST_PREFIX}consumer.${name})
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -DWAY=${CMAKE_MATCH_1} -DLINK=${CMAKE_MATCH_2} "-DINSTALLED=${installed}"
        -DSOURCE=${PROJECT_SOURCE_DIR} -DWORK=${CMAKE_CURRENT_BINARY_DIR}/consumer/${name}
        -DCOMPILER=${CMAKE_C_COMPILER} -DRUN=${HOSTMEM_PROGRAMS_RUN} ${system} -P ${CMAKE_CURRENT_LIST_DIR}/check.cmake
        -- ${CMAKE_CROSSCOMPILING_EMULATOR})
    set_tests_properties(${test} PROPERTIES FIXTURES_REQUIRED ${fixture})
    if(HOSTMEM_PROGRAMS_RUN)
        hostmem_needs_programs(${test})
    endif()
endforeach()

# And in projects with settings of their own, once on 64-bit.
if(CMAKE_SIZEOF_VOID_P EQUAL 8 AND MINGW AND CMAKE_CROSSCOMPILING)
    foreach(settings strict language binary)
        set(test ${HOSTMEM_TEST_PREFIX}parent.${settings})
        add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -DSETTINGS=${settings} -DSOURCE=${PROJECT_SOURCE_DIR}
            -DWORK=${CMAKE_CURRENT_BINARY_DIR}/parent/${settings} -DCOMPILER=${CMAKE_C_COMPILER} ${system}
            -P ${CMAKE_CURRENT_SOURCE_DIR}/parent/check.cmake -- ${CMAKE_CROSSCOMPILING_EMULATOR})
        hostmem_needs_programs(${test})
    endforeach()
endif()
