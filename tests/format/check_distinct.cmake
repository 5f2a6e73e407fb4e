# Whether two metrics files can be in the folder of one text-file collector, which drops duplicate series.
#     cmake -DFIRST=file -DSECOND=file -P check_distinct.cmake
cmake_minimum_required(VERSION 3.25)

function(series_of file series)
    file(STRINGS ${file} lines REGEX "^[^#]")
    list(TRANSFORM lines REPLACE " [^ ]*$" "")
    if(NOT lines)
        message(FATAL_ERROR "${file} has no series")
    endif()
    set(${series} "${lines}" PARENT_SCOPE)
endfunction()

series_of(${FIRST} first)
series_of(${SECOND} second)
foreach(one IN LISTS first)
    if(one IN_LIST second)
        message(FATAL_ERROR "both files have ${one}")
    endif()
endforeach()
