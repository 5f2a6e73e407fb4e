# hostmem_warnings: how strictly our own code is compiled. Linked privately, so that it never reaches a user's target.
add_library(hostmem_warnings INTERFACE)

# In a project of somebody else's its own warnings may be on, as errors even, by which these sources were not written.
set(HOSTMEM_WITHOUT_WARNINGS OFF)
if(NOT PROJECT_IS_TOP_LEVEL AND NOT HOSTMEM_WARNINGS_AS_ERRORS)
    set(HOSTMEM_WITHOUT_WARNINGS ON)
endif()

# The C runtime of Visual C++ calls functions of the standard unsafe (C4996).
set(HOSTMEM_VISUAL_C_DEFINITIONS _CRT_SECURE_NO_WARNINGS)

if(MSVC)
    target_compile_definitions(hostmem_warnings INTERFACE ${HOSTMEM_VISUAL_C_DEFINITIONS})
    # cl.exe has C11's atomics behind a switch of their own, which clang-cl does not know.
    target_compile_options(hostmem_warnings INTERFACE
        $<IF:$<BOOL:${HOSTMEM_WITHOUT_WARNINGS}>,/w,/W4> /utf-8 $<$<COMPILE_LANGUAGE:C>:/std:c11> $<$<COMPILE_LANG_AND_ID:C,MSVC>:/experimental:c11atomics>
        $<$<BOOL:${HOSTMEM_WARNINGS_AS_ERRORS}>:/WX>)
elseif(HOSTMEM_WITHOUT_WARNINGS)
    target_compile_options(hostmem_warnings INTERFACE -w)
else()
    target_compile_options(hostmem_warnings INTERFACE
        -Wall -Wextra -Wpedantic -Wconversion $<$<BOOL:${HOSTMEM_WARNINGS_AS_ERRORS}>:-Werror>)
endif()
