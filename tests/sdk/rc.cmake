# Runs Microsoft's resource compiler, under Wine, on hostmem.dll's resource: its output must equal the resource in the
# DLL's object.
#   cmake -DSDK=... -DWINE=... -DSOURCE=hostmem.rc -DOBJECT=hostmem.rc.res -DWORK=... -P rc.cmake
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
file(COPY ${SOURCE} DESTINATION ${WORK})
execute_process(COMMAND ${WINE} --test ${SDK}/bin/rc.exe /nologo /i Z:${SDK}/include/um /i Z:${SDK}/include/shared
        /fo hostmem.res hostmem.rc
    WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0 OR NOT EXISTS ${WORK}/hostmem.res)
    message(FATAL_ERROR "rc.exe ended with ${result}: ${output}")
endif()
file(READ ${WORK}/hostmem.res theirs HEX)
file(READ ${OBJECT} ours HEX)
string(LENGTH "${ours}" length)
if(length LESS 200 OR NOT theirs STREQUAL ours)
    message(FATAL_ERROR "rc.exe makes another resource than ${OBJECT}:\n${theirs}\n${ours}")
endif()
math(EXPR length "${length} / 2")
message("${length} bytes, the same")
