# hostmem_add_bench_build(<target> <the library's folder>): a DLL (build.h) from hostmem::hostmem.
set(HOSTMEM_BENCH_FOLDER ${CMAKE_CURRENT_LIST_DIR}/..)
function(hostmem_add_bench_build target folder)
    # The empty OS of the measured revision, which fits its table of system functions.
    add_library(${target} MODULE ${HOSTMEM_BENCH_FOLDER}/build/build.c ${folder}/tests/bench/empty_os.c)
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF PREFIX "")
    target_include_directories(${target} PRIVATE ${folder}/src ${folder}/tests/bench)
    target_link_libraries(${target} PRIVATE hostmem::hostmem)
    if(HOSTMEM_WITH_MIMALLOC)
        target_compile_definitions(${target} PRIVATE HOSTMEM_WITH_MIMALLOC)
    endif()
endfunction()
