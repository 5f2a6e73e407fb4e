# hostmem_trace_report: the parts of the command report, for the program and its tests. Included after parts.cmake.
include_guard(GLOBAL)

include(${CMAKE_CURRENT_LIST_DIR}/page/scripts.cmake)
set(page_files report.html diff.html report.css ${report_scripts} ${diff_scripts} scripts.cmake)
list(REMOVE_DUPLICATES page_files)
list(TRANSFORM page_files PREPEND ${CMAKE_CURRENT_LIST_DIR}/page/)
add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/report_page.c
    COMMAND ${CMAKE_COMMAND} -DPAGE=${CMAKE_CURRENT_LIST_DIR}/page -DOUT=${CMAKE_CURRENT_BINARY_DIR}/report_page.c
        -P ${CMAKE_CURRENT_LIST_DIR}/page.cmake
    DEPENDS ${page_files} ${CMAKE_CURRENT_LIST_DIR}/page.cmake
    VERBATIM)

set(report_files timeline changes marks space origins paths model json origins_json data)
list(TRANSFORM report_files REPLACE "(.+)" "${CMAKE_CURRENT_LIST_DIR}/report_\\1.c")

add_library(hostmem_trace_report STATIC EXCLUDE_FROM_ALL ${report_files} ${CMAKE_CURRENT_BINARY_DIR}/report_page.c)
set_target_properties(hostmem_trace_report PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
target_link_libraries(hostmem_trace_report PUBLIC hostmem_trace_parts PRIVATE hostmem_warnings)
