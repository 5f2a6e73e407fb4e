# hostmem_standin: the stand-in for the CLR, included by its tests and by examples/clrhost.
include_guard(GLOBAL)

set(standin_sources blocks calls check clr code compact execute finalizer gc growth map notify programs runtime segment stack task)
list(TRANSFORM standin_sources REPLACE "(.+)" "${CMAKE_CURRENT_LIST_DIR}/standin_\\1.c")

add_library(hostmem_standin STATIC EXCLUDE_FROM_ALL ${standin_sources})
set_target_properties(hostmem_standin PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
target_include_directories(hostmem_standin PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(hostmem_standin PUBLIC hostmem::hostmem uuid PRIVATE hostmem_warnings)
