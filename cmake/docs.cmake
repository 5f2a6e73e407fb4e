# The API reference, if Doxygen is installed: target docs makes build/<preset>/docs/html. A public declaration without a
# comment is an error.
find_program(HOSTMEM_DOXYGEN NAMES doxygen)
if(HOSTMEM_DOXYGEN)
    set(doxyfile ${CMAKE_CURRENT_BINARY_DIR}/Doxyfile)
    configure_file(cmake/Doxyfile.in ${doxyfile} @ONLY)
    add_custom_target(docs COMMAND ${HOSTMEM_DOXYGEN} ${doxyfile} COMMENT "Making the API reference" VERBATIM)
endif()
