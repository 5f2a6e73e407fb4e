# Sourced after cmake/setup.sh: makes build/deps/windows-sdk and builds CMocka and cJSON for it.

# Their contents depend on these files and on their path.
sdk_key() {
    cat cmake/windows-sdk/setup.sh cmake/windows-sdk/prepare.sh cmake/windows-sdk/start.c cmake/windows-sdk/include/* | sha256sum
    echo "$hostmem_deps"
}

build_sdk_cmocka() {
    local architecture build
    rm -rf "$hostmem_deps"/cmocka-windows-sdk-*
    for architecture in x64 x86 arm64; do
        build=$hostmem_deps/cmocka-source/build-sdk-$architecture
        # strdup is a deprecated name, in a library that the SDK does not contain. Without thread-local variables:
        # Wine's ARM64 build does not preserve x18, which they need.
        CFLAGS=/Dstrdup=_strdup cmake -G Ninja -S "$hostmem_deps/cmocka-source/tree" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
            -DCMAKE_TOOLCHAIN_FILE="$hostmem_root/cmake/windows-sdk.cmake" -DHOSTMEM_SDK_ARCHITECTURE=$architecture \
            -DHAVE_MSVC_THREAD_LOCAL_STORAGE=OFF -DHAVE_GCC_THREAD_LOCAL_STORAGE=OFF \
            -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF -Wno-dev &&
            cmake --build "$build" --target cmocka-static &&
            install -D -t "$hostmem_deps/cmocka-windows-sdk-$architecture/include" \
                "$hostmem_deps"/cmocka-source/tree/include/*.h &&
            install -D -t "$hostmem_deps/cmocka-windows-sdk-$architecture/lib" "$build/src/cmocka-static.lib" || return 1
    done
}

# For the example corehost.
build_sdk_cjson() {
    local architecture build
    rm -rf "$hostmem_deps"/cjson-windows-sdk-*
    for architecture in x64 x86 arm64; do
        build=$hostmem_deps/cjson-source/build-sdk-$architecture
        # Its own options are for GCC, and for Visual C++'s compiler.
        cmake -G Ninja -S "$hostmem_deps/cjson-source/tree" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
            -DCMAKE_TOOLCHAIN_FILE="$hostmem_root/cmake/windows-sdk.cmake" -DHOSTMEM_SDK_ARCHITECTURE=$architecture \
            -DENABLE_CJSON_TEST=OFF -DENABLE_CUSTOM_COMPILER_FLAGS=OFF -DBUILD_SHARED_LIBS=OFF -DENABLE_TARGET_EXPORT=OFF \
            -DCMAKE_INSTALL_PREFIX="$hostmem_deps/cjson-windows-sdk-$architecture" -Wno-dev &&
            cmake --build "$build" && cmake --install "$build" || return 1
    done
}

fetch_windows_sdk() (
    setup_begin
    setup_packages cmake ninja-build clang clang-tools-14 lld llvm gcc-mingw-w64-i686-win32 dpkg-dev patch
    step "fetching the Windows SDK (320 MB)" cmake/windows-sdk/prepare.sh "$hostmem_deps/windows-sdk"
    need_private_apt
    [ -d "$hostmem_deps/cmocka-source" ] || step "fetching the source of cmocka" fetch_source cmocka
    step "building cmocka with the Windows SDK" build_sdk_cmocka
    [ -d "$hostmem_deps/cjson-source" ] || step "fetching the source of cjson" fetch_source cjson
    step "building cjson with the Windows SDK" build_sdk_cjson
    rm -rf "$hostmem_deps/cmocka-source" "$hostmem_deps/cjson-source"
    sdk_key >"$hostmem_deps/windows-sdk/key"
    setup_end
)

# setup_windows_sdk: returns whether the SDK is available. If it cannot be downloaded, a message says that what needs it
# is left out; in CI that is an error.
setup_windows_sdk() {
    local reason
    [ "$(cat "$hostmem_deps/windows-sdk/key" 2>/dev/null)" != "$(sdk_key)" ] || return 0
    if ! command -v dotnet >/dev/null; then
        reason="dotnet, which fetches Microsoft's packages, is not installed"
    elif fetch_windows_sdk; then
        return 0
    else
        reason="it could not be fetched or prepared"
    fi
    [ "${CI:-}" != true ] || die "there is no Windows SDK: $reason"
    say "left out, because there is no Windows SDK: $reason"
    return 1
}
