# Checks hostmem.dll without running it: each public function is exported under its plain name and nothing else is, and
# it only imports from DLLs that Windows 7 or a C runtime has (not api-ms-win-core-*, whose functions MinGW-w64's
# libsynchronization.a has). test_dll checks the same from inside of a program.
#     cmake -DOBJDUMP=program -DDLL=file -DHEADERS=folder -P dll_tables.cmake
execute_process(COMMAND ${OBJDUMP} -p ${DLL} OUTPUT_VARIABLE tables COMMAND_ERROR_IS_FATAL ANY)

string(REGEX MATCHALL "DLL Name: [^\n\r]+" imports "${tables}")
list(TRANSFORM imports REPLACE "DLL Name: " "")
if(NOT imports)
    message(FATAL_ERROR "no import table in:\n${tables}")
endif()
foreach(dll IN LISTS imports)
    string(TOLOWER ${dll} name)
    if(NOT name MATCHES "^((kernel32|ntdll|advapi32|msvcrt)\\.dll|api-ms-win-crt-.*)$")
        message(FATAL_ERROR "hostmem.dll needs ${dll}")
    endif()
endforeach()

file(GLOB headers ${HEADERS}/*.h)
set(public)
foreach(header IN LISTS headers)
    file(STRINGS ${header} lines REGEX "^HOSTMEM_API .*hostmem_[a-z0-9_]+\\(")
    list(TRANSFORM lines REPLACE ".*(hostmem_[a-z0-9_]+)\\(.*" "\\1")
    list(APPEND public ${lines})
endforeach()
list(SORT public)

# The names are in a section of their own, each after its ordinal; an empty line ends it.
string(REPLACE "\r" "" names "${tables}")
string(FIND "${names}" "[Ordinal/Name Pointer] Table" begin)
string(SUBSTRING "${names}" ${begin} -1 names)
string(FIND "${names}" "\n\n" end)
string(SUBSTRING "${names}" 0 ${end} names)
string(REGEX MATCHALL "\\[ *[0-9]+\\] [^ \n\r]+" exported "${names}")
list(TRANSFORM exported REPLACE "\\[ *[0-9]+\\] " "")
list(SORT exported)
if(NOT exported STREQUAL public)
    message(FATAL_ERROR "exported: ${exported}\npublic: ${public}")
endif()
list(LENGTH public count)
message("${count} functions are exported; imports are from: ${imports}")
