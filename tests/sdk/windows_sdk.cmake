# The tests with the Windows SDK itself (cmake/windows-sdk): the DLL and the conformance suite, which run where there is
# an emulator, and Microsoft's own tools; and for x64 corehost on a real runtime (coreclr/real). All other test sources
# are compiled for x64 but not run: MinGW-w64's presets run them.
add_subdirectory(conformance)

# Microsoft's C runtime beside the programs, so that Wine uses it: Wine's own buffers stderr until the end.
foreach(folder . conformance examples tests tests/coreclr/real)
    file(COPY ${HOSTMEM_WINDOWS_SDK}/redist/${HOSTMEM_SDK_ARCHITECTURE}/ucrtbase.dll DESTINATION ${PROJECT_BINARY_DIR}/${folder})
endforeach()

if(HOSTMEM_BUILD_DLL)
    add_executable(hostmem_dll_program ${CMAKE_CURRENT_LIST_DIR}/dll_program.c)
    set_target_properties(hostmem_dll_program PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
    target_link_libraries(hostmem_dll_program PRIVATE hostmem::dll hostmem_warnings)
    add_test(NAME ${HOSTMEM_TEST_PREFIX}dll_program COMMAND hostmem_dll_program WORKING_DIRECTORY ${PROJECT_BINARY_DIR})
    set_tests_properties(${HOSTMEM_TEST_PREFIX}dll_program PROPERTIES
        FIXTURES_REQUIRED ${HOSTMEM_TEST_PREFIX}programs_run)
endif()

# ARM64 is emulated (tests/arm64.sh). Two rules need write watch, which the emulation does not support.
if(HOSTMEM_SDK_ARCHITECTURE STREQUAL "arm64" AND CMAKE_CROSSCOMPILING_EMULATOR)
    find_program(HOSTMEM_PYTHON NAMES python3 python HINTS /usr/bin)
    set(test ${HOSTMEM_TEST_PREFIX}conformance.beside_the_right_manager)
    add_test(NAME ${test} COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/conformance_beside.py
        ${PROJECT_BINARY_DIR}/conformance write_watch life_of_a_segment -- ${CMAKE_CROSSCOMPILING_EMULATOR})
    set_tests_properties(${test} PROPERTIES LABELS arm64 FIXTURES_REQUIRED ${HOSTMEM_TEST_PREFIX}programs_run)
    set_tests_properties(${HOSTMEM_TEST_PREFIX}really_runs ${HOSTMEM_TEST_PREFIX}dll_program PROPERTIES LABELS arm64)
endif()

if(HOSTMEM_SDK_ARCHITECTURE STREQUAL "x64")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.c)
    list(FILTER sources EXCLUDE REGEX "/tests/(amalgamation|coreclr/real|native|mimalloc|interfaces|consumer|conformance|linking)/|lost_segment\\.c$|test_(dll|mimalloc)\\.c$")
    add_library(hostmem_test_objects OBJECT ${sources})
    set_target_properties(hostmem_test_objects PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
    file(GLOB folders LIST_DIRECTORIES TRUE *)
    list(FILTER folders EXCLUDE REGEX "\\.[a-z]+$")
    target_include_directories(hostmem_test_objects PRIVATE ${HOSTMEM_TEST_INCLUDES} ${folders}
        ${PROJECT_SOURCE_DIR}/examples/hostmem-trace ${PROJECT_SOURCE_DIR}/examples/clrhost
        ${PROJECT_SOURCE_DIR}/trace_reader)
    target_link_libraries(hostmem_test_objects PRIVATE hostmem::hostmem hostmem_cmocka hostmem_warnings)
endif()

# Without the .NET Framework SDK CMake must fail with a helpful message, and must use the one that it is told.
function(hostmem_add_netfx_test name netfx expected)
    set(test ${HOSTMEM_TEST_PREFIX}netfx.${name})
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -G Ninja --fresh -S ${PROJECT_SOURCE_DIR}
        -B ${CMAKE_CURRENT_BINARY_DIR}/netfx-${name} -DCMAKE_TOOLCHAIN_FILE=${CMAKE_TOOLCHAIN_FILE} -DHOSTMEM_SDK_MSCOREE=
        -DHOSTMEM_NETFX_INCLUDE=${netfx} -DHOSTMEM_BUILD_TESTS=OFF -DHOSTMEM_BUILD_EXAMPLES=OFF)
    set_tests_properties(${test} PROPERTIES PASS_REGULAR_EXPRESSION "${expected}")
endfunction()
if(HOSTMEM_SDK_ARCHITECTURE STREQUAL "x64")
    hostmem_add_netfx_test(missing "" "hostmem needs mscoree.h and corerror.h.*Microsoft.Net.Component")
    hostmem_add_netfx_test(given ${PROJECT_SOURCE_DIR}/tests/interfaces/sdk "SDK is in .*Build files have been written")
endif()

# The rest once, not in all three builds. midl and rc are programs for x64.
if(NOT HOSTMEM_SDK_ARCHITECTURE STREQUAL "x64")
    return()
endif()
find_program(HOSTMEM_CLANG NAMES clang)
find_program(HOSTMEM_PYTHON NAMES python3 python HINTS /usr/bin)

# The public headers in every standard of C and C++, which needs no C++ library. There is one mscoree.h.
set(options -fms-compatibility-version=19.40 -Xclang -ivfsoverlay -Xclang ${HOSTMEM_WINDOWS_SDK}/overlay.yaml -DEXPECT_SDK)
foreach(folder ${PROJECT_SOURCE_DIR}/cmake/windows-sdk/include ${HOSTMEM_WINDOWS_SDK}/include/ucrt
        ${HOSTMEM_WINDOWS_SDK}/include/um ${HOSTMEM_WINDOWS_SDK}/include/shared ${HOSTMEM_SDK_MSCOREE})
    list(APPEND options -isystem ${folder})
endforeach()
foreach(language C CXX)
    string(TOLOWER ${HOSTMEM_TEST_PREFIX}headers_${language} test)
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -DLANGUAGE=${language} -DCOMPILER=${HOSTMEM_CLANG}
        "-DOPTIONS=--target=x86_64-pc-windows-msvc;${options}"
        "-DPORTED=--target=i686-pc-windows-msvc;--target=aarch64-pc-windows-msvc"
        -DINCLUDE=${PROJECT_SOURCE_DIR}/include -P ${PROJECT_SOURCE_DIR}/tests/interfaces/check_headers.cmake)
endforeach()

foreach(environment x64 win32 arm64)
    set(test ${HOSTMEM_TEST_PREFIX}midl.${environment})
    add_test(NAME ${test} COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/midl.py ${HOSTMEM_WINDOWS_SDK}
        ${PROJECT_SOURCE_DIR}/cmake/wine.sh ${HOSTMEM_CLANG} ${PROJECT_SOURCE_DIR}
        ${CMAKE_CURRENT_BINARY_DIR}/midl-${environment} ${environment})
    set_tests_properties(${test} PROPERTIES FIXTURES_REQUIRED ${HOSTMEM_TEST_PREFIX}programs_run)
endforeach()

# The DLL's resource was made by llvm-rc; Microsoft's compiler must make the same.
set(test ${HOSTMEM_TEST_PREFIX}rc)
add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -DSDK=${HOSTMEM_WINDOWS_SDK} -DWINE=${PROJECT_SOURCE_DIR}/cmake/wine.sh
    -DSOURCE=${PROJECT_BINARY_DIR}/hostmem.rc -DOBJECT=$<FILTER:$<TARGET_OBJECTS:hostmem_dll>,INCLUDE,\\.rc\\.res$>
    -DWORK=${CMAKE_CURRENT_BINARY_DIR}/rc -P ${CMAKE_CURRENT_LIST_DIR}/rc.cmake)
set_tests_properties(${test} PROPERTIES FIXTURES_REQUIRED ${HOSTMEM_TEST_PREFIX}programs_run)

# The manifest of the performance counters, as Microsoft's tool reads it.
set(test ${HOSTMEM_TEST_PREFIX}ctrpp)
add_test(NAME ${test} COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/ctrpp.py ${HOSTMEM_WINDOWS_SDK}
    ${PROJECT_SOURCE_DIR}/cmake/wine.sh ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR}/ctrpp)
set_tests_properties(${test} PROPERTIES FIXTURES_REQUIRED ${HOSTMEM_TEST_PREFIX}programs_run)

# The package for Visual Studio, from the builds of all three presets.
find_program(HOSTMEM_DOTNET dotnet)
if(HOSTMEM_DOTNET)
    set(test ${HOSTMEM_TEST_PREFIX}nuget)
    add_test(NAME ${test} COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/nuget.py ${PROJECT_SOURCE_DIR}
        ${CMAKE_CURRENT_BINARY_DIR}/nuget ${CMAKE_COMMAND} ${CMAKE_C_COMPILER} ${CMAKE_LINKER})
    set_tests_properties(${test} PROPERTIES FIXTURES_REQUIRED ${HOSTMEM_TEST_PREFIX}programs_run)
endif()
