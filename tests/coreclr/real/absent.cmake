# Says why real runtimes are not tested. With CI=true that is a failure, because it would not be noticed.
#     cmake -DREASON=text -P absent.cmake
if("$ENV{CI}" STREQUAL "true")
    message(FATAL_ERROR "real runtimes cannot be tested, and CI=true: ${REASON}")
endif()
message("skipped: ${REASON}")
