#!/usr/bin/env bash
# Tests the vcpkg port and the MSYS2 package without vcpkg and makepkg: runs what these tools would run, with
# MinGW-w64's cross compiler, and checks the result.
#
#   ports.sh ROOT BUILD_FOLDER WORK
set -euo pipefail
root=$1 build=$2 work=$3
packaging=$root/cmake/packaging
version=$(sed -nE 's/^#define HOSTMEM_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+).*/\2/p' "$root/include/hostmem/hostmem.h" | paste -sd .)
fail() { echo "FAILED: $*"; exit 1; }
has() { [ -f "$1" ] || fail "$1 is missing"; }

rm -rf "$work" && mkdir -p "$work"

# ---- vcpkg: its functions according to its documentation, for one triplet ----
python3 - "$packaging/vcpkg/vcpkg.json" "$version" <<'END'
import json, sys
port = json.load(open(sys.argv[1], encoding="utf-8"))
assert port["name"] == "hostmem" and port["version"] == sys.argv[2] and port["license"] == "MIT", port
assert set(port) <= {"name", "version", "description", "license", "supports", "dependencies", "features"}, port
END
cat >"$work/vcpkg.cmake" <<'END'
set(PORT hostmem)
set(CURRENT_PACKAGES_DIR ${WORK}/vcpkg)
function(vcpkg_check_linkage)
endfunction()
function(vcpkg_check_features)
    set(FEATURE_OPTIONS -DHOSTMEM_WITH_MIMALLOC=OFF PARENT_SCOPE)
endfunction()
function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "${ARGN} ended with ${result}:\n${text}")
    endif()
endfunction()
function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
    run(${CMAKE_COMMAND} -G Ninja -S ${arg_SOURCE_PATH} -B ${WORK}/vcpkg-build -DCMAKE_BUILD_TYPE=Release
        -DCMAKE_TOOLCHAIN_FILE=${arg_SOURCE_PATH}/cmake/mingw-x64.cmake -DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR}
        ${arg_OPTIONS})
endfunction()
function(vcpkg_cmake_install)
    run(${CMAKE_COMMAND} --build ${WORK}/vcpkg-build)
    run(${CMAKE_COMMAND} --install ${WORK}/vcpkg-build)
endfunction()
function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "CONFIG_PATH" "")
    file(MAKE_DIRECTORY ${CURRENT_PACKAGES_DIR}/share)
    file(RENAME ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH} ${CURRENT_PACKAGES_DIR}/share/${PORT})
endfunction()
function(vcpkg_fixup_pkgconfig)
endfunction()
function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
    configure_file(${arg_FILE_LIST} ${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright COPYONLY)
endfunction()
include(${PACKAGING}/vcpkg/portfile.cmake)
END
cmake "-DWORK=$work" "-DPACKAGING=$packaging" -P "$work/vcpkg.cmake"
for file in include/hostmem/hostmem.h lib/libhostmem.a share/hostmem/hostmem-config.cmake share/hostmem/copyright share/hostmem/usage; do
    has "$work/vcpkg/$file"
done
[ ! -e "$work/vcpkg/bin" ] || fail "a static port has a DLL"
echo "vcpkg: the port's steps make a package"

# ---- MSYS2: the source archive, then the functions of the PKGBUILD ----
(cd "$work" && cpack --config "$build/CPackSourceConfig.cmake" -G TGZ >/dev/null)
has "$work/hostmem-$version.tar.gz"
(
    cd "$work"
    tar -xf "hostmem-$version.tar.gz"
    export MINGW_PREFIX=/ucrt64 MINGW_PACKAGE_PREFIX=mingw-w64-ucrt-x86_64 MSYSTEM=UCRT64
    export CMAKE_TOOLCHAIN_FILE=$root/cmake/mingw-x64.cmake pkgdir=$work/msys2
    . "$packaging/msys2/PKGBUILD"
    [ "$pkgver" = "$version" ] || fail "the PKGBUILD is for $pkgver"
    # makepkg runs with cmake in MINGW_PREFIX; here cmake is elsewhere.
    eval "$(declare -f build package | sed 's|"${MINGW_PREFIX}/bin/cmake"|cmake|g')"
    build >"$work/msys2.log" 2>&1 || { tail -20 "$work/msys2.log"; fail "build()"; }
    package >>"$work/msys2.log" 2>&1 || { tail -20 "$work/msys2.log"; fail "package()"; }
)
for file in bin/hostmem.dll lib/libhostmem.a include/hostmem/hostmem.h lib/cmake/hostmem/hostmem-config.cmake \
    lib/pkgconfig/hostmem.pc share/licenses/hostmem/LICENSE; do
    has "$work/msys2/ucrt64/$file"
done
[ -n "$(find "$work/msys2" -name 'libhostmem.dll.a')" ] || fail "the import library is missing"
echo "MSYS2: the functions make a package"
