# The library in two files, for programs that compile it with their own sources: the target amalgamation makes
# build/<preset>/amalgamation/hostmem.c and hostmem.h.
find_program(HOSTMEM_PYTHON NAMES python3 python HINTS /usr/bin)
if(NOT HOSTMEM_PYTHON)
    message(STATUS "Python was not found: there is no target amalgamation")
    return()
endif()
set(HOSTMEM_AMALGAMATION ${CMAKE_CURRENT_BINARY_DIR}/amalgamation)
set(sources ${HOSTMEM_SOURCES} ${CMAKE_CURRENT_SOURCE_DIR}/src/memory/heap_mimalloc.c)
list(REMOVE_DUPLICATES sources)
file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/*.h ${CMAKE_CURRENT_SOURCE_DIR}/include/*.h)
add_custom_command(OUTPUT ${HOSTMEM_AMALGAMATION}/hostmem.c ${HOSTMEM_AMALGAMATION}/hostmem.h
    COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/amalgamation/amalgamate.py ${CMAKE_CURRENT_SOURCE_DIR}
        ${HOSTMEM_AMALGAMATION} ${sources}
    DEPENDS ${sources} ${headers} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/amalgamation/amalgamate.py
    COMMENT "Making hostmem.c and hostmem.h" VERBATIM)
add_custom_target(amalgamation DEPENDS ${HOSTMEM_AMALGAMATION}/hostmem.c ${HOSTMEM_AMALGAMATION}/hostmem.h)
