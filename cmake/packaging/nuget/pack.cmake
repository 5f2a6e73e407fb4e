# Makes the NuGet package hostmem.native.
#
#     cmake -P cmake/packaging/nuget/pack.cmake [OUTPUT_FOLDER]
#
# The builds are those in build/windows-sdk, build/windows-sdk-x86 and build/windows-sdk-arm64, configured with
# -DHOSTMEM_ANY_RUNTIME=ON; -DX64=folder, -DX86=folder and -DARM64=folder before -P name other build folders, such as
# Visual C++'s. Needs dotnet.
cmake_minimum_required(VERSION 3.25)
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
set(output ${root}/build/packages)
math(EXPR last "${CMAKE_ARGC} - 1")
math(EXPR before "${CMAKE_ARGC} - 3")
if(CMAKE_ARGV${before} STREQUAL "-P") # arguments may follow the script
    get_filename_component(output ${CMAKE_ARGV${last}} ABSOLUTE)
endif()
foreach(pair X64:windows-sdk X86:windows-sdk-x86 ARM64:windows-sdk-arm64)
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 name)
    list(GET pair 1 preset)
    if(NOT DEFINED ${name})
        set(${name} ${root}/build/${preset})
    endif()
    get_filename_component(${name} ${${name}} ABSOLUTE)
endforeach()

file(STRINGS ${root}/include/hostmem/hostmem.h lines REGEX "^#define HOSTMEM_VERSION_[A-Z]+ [0-9]+")
list(TRANSFORM lines REPLACE "^#define HOSTMEM_VERSION_[A-Z]+ ([0-9]+).*" "\\1")
list(JOIN lines "." VERSION)

# ---- The content ----
set(stage ${output}/hostmem.native)
file(REMOVE_RECURSE ${stage})
set(native ${stage}/build/native)
# The package has no library that reads traces.
file(COPY ${root}/include/hostmem DESTINATION ${native}/include PATTERN trace_reader.h EXCLUDE)
file(COPY ${CMAKE_CURRENT_LIST_DIR}/hostmem.native.props ${CMAKE_CURRENT_LIST_DIR}/hostmem.native.targets
    ${CMAKE_CURRENT_LIST_DIR}/hostmem.native.xml ${CMAKE_CURRENT_LIST_DIR}/../hostmem.natvis DESTINATION ${native})
file(COPY ${CMAKE_CURRENT_LIST_DIR}/README.md ${root}/LICENSE ${root}/CHANGELOG.md DESTINATION ${stage})
foreach(architecture x64 x86 arm64)
    string(TOUPPER ${architecture} folder)
    set(folder ${${folder}})
    foreach(file hostmem.lib hostmem_dll.lib hostmem.dll hostmem.pdb)
        if(NOT EXISTS ${folder}/${file})
            message(FATAL_ERROR "${folder}/${file} is missing: build the preset for ${architecture} first")
        endif()
    endforeach()
    file(STRINGS ${folder}/CMakeCache.txt any_runtime REGEX "^HOSTMEM_ANY_RUNTIME:[A-Z]*=(ON|1|TRUE)$")
    if(NOT any_runtime)
        message(FATAL_ERROR "${folder} was configured without HOSTMEM_ANY_RUNTIME: its static library is for one C runtime")
    endif()
    file(COPY ${folder}/hostmem.lib ${folder}/hostmem_dll.lib DESTINATION ${native}/lib/${architecture})
    file(COPY ${folder}/hostmem.dll ${folder}/hostmem.pdb ${root}/cmake/hostmem.man DESTINATION ${native}/bin/${architecture})
endforeach()

# ---- The bill of materials: SPDX 2.2, in its usual place in packages ----
file(GLOB_RECURSE files RELATIVE ${stage} ${stage}/*)
list(SORT files)
set(entries "")
set(contains "")
set(sums "")
set(number 0)
foreach(file IN LISTS files)
    math(EXPR number "${number} + 1")
    file(SHA1 ${stage}/${file} sha1)
    file(SHA256 ${stage}/${file} sha256)
    list(APPEND sums ${sha1})
    list(APPEND entries "    {\"fileName\": \"./${file}\", \"SPDXID\": \"SPDXRef-File-${number}\", \"checksums\": [\
{\"algorithm\": \"SHA1\", \"checksumValue\": \"${sha1}\"}, {\"algorithm\": \"SHA256\", \"checksumValue\": \"${sha256}\"}], \
\"licenseConcluded\": \"MIT\", \"licenseInfoInFiles\": [\"MIT\"], \"copyrightText\": \"NOASSERTION\"}")
    list(APPEND contains "\"SPDXRef-File-${number}\"")
endforeach()
list(SORT sums)
string(JOIN "" sums ${sums})
string(SHA1 verification "${sums}")
string(JOIN ",\n" entries ${entries})
string(JOIN ", " contains ${contains})
string(TIMESTAMP created "%Y-%m-%dT%H:%M:%SZ" UTC) # SOURCE_DATE_EPOCH, if that is set
file(WRITE ${stage}/_manifest/spdx_2.2/manifest.spdx.json "{
  \"spdxVersion\": \"SPDX-2.2\",
  \"dataLicense\": \"CC0-1.0\",
  \"SPDXID\": \"SPDXRef-DOCUMENT\",
  \"name\": \"hostmem.native ${VERSION}\",
  \"documentNamespace\": \"urn:hostmem.native:${VERSION}:${verification}\",
  \"creationInfo\": {\"created\": \"${created}\", \"creators\": [\"Organization: The hostmem authors\"]},
  \"documentDescribes\": [\"SPDXRef-RootPackage\"],
  \"packages\": [
    {\"name\": \"hostmem.native\", \"SPDXID\": \"SPDXRef-RootPackage\", \"versionInfo\": \"${VERSION}\",
     \"supplier\": \"Organization: The hostmem authors\", \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": true,
     \"packageVerificationCode\": {\"packageVerificationCodeValue\": \"${verification}\"},
     \"licenseConcluded\": \"MIT\", \"licenseDeclared\": \"MIT\", \"licenseInfoFromFiles\": [\"MIT\"],
     \"copyrightText\": \"Copyright (c) 2026 The hostmem authors\",
     \"externalRefs\": [{\"referenceCategory\": \"PACKAGE_MANAGER\", \"referenceType\": \"purl\",
                       \"referenceLocator\": \"pkg:nuget/hostmem.native@${VERSION}\"}],
     \"hasFiles\": [${contains}]}
  ],
  \"files\": [
${entries}
  ],
  \"relationships\": [
    {\"spdxElementId\": \"SPDXRef-DOCUMENT\", \"relationshipType\": \"DESCRIBES\", \"relatedSpdxElement\": \"SPDXRef-RootPackage\"}
  ]
}
")

# ---- The package ----
configure_file(${CMAKE_CURRENT_LIST_DIR}/hostmem.native.nuspec.in ${stage}/hostmem.native.nuspec @ONLY)
file(REMOVE_RECURSE ${output}/pack)
file(COPY ${CMAKE_CURRENT_LIST_DIR}/pack.csproj DESTINATION ${output}/pack)
execute_process(COMMAND ${CMAKE_COMMAND} -E env DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 dotnet pack ${output}/pack/pack.csproj
        -p:NuspecFile=${stage}/hostmem.native.nuspec -p:NuspecBasePath=${stage} --output ${output}
    RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "dotnet pack ended with ${result}:\n${text}")
endif()
message(STATUS "${output}/hostmem.native.${VERSION}.nupkg")
