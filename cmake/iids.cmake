# The interface identifiers, each in an object file of its own (src/com/iid.h says why). They are part of the library,
# of tests that must not link the library, and of the DLL's import library, from which a program gets its own copies:
# data can only be imported with a declaration for that, and mscoree.h's is not one.
set(HOSTMEM_IID_SOURCES
    src/com/iid_host_control.c
    src/com/iid_host_malloc.c
    src/com/iid_host_memory_manager.c
    src/com/iid_memory_notification_callback.c)
list(TRANSFORM HOSTMEM_IID_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)

# hostmem_add_iids_to_import_library(<DLL target>): for compilers whose mscoree.h does not define them.
function(hostmem_add_iids_to_import_library target)
    add_library(hostmem_iids OBJECT ${HOSTMEM_IID_SOURCES})
    set_target_properties(hostmem_iids PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF UNITY_BUILD OFF)
    target_link_libraries(hostmem_iids PRIVATE hostmem_warnings)
    # The DLL contains the same sources, so that it is linked again, and this command run again, when they change.
    add_dependencies(${target} hostmem_iids)
    add_custom_command(TARGET ${target} POST_BUILD
        COMMAND ${CMAKE_AR} rs $<TARGET_LINKER_FILE:${target}> $<TARGET_OBJECTS:hostmem_iids>
        COMMAND_EXPAND_LISTS VERBATIM)
endfunction()
