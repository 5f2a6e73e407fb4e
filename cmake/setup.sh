# Shared by tests/run.sh and examples/run.sh: prepares a Debian machine so that the presets build and run. Sourced from
# the repository's root; everything made here is below build/, except Debian packages.
#
# Nothing prompts, and what exists is not made again. Output goes to build/setup.log. A failure ends the script with one
# line.

[ -n "${BASH_VERSION:-}" ] || { echo "hostmem: this needs bash" >&2; exit 1; }

hostmem_root=$(pwd)
hostmem_deps=$hostmem_root/build/deps
hostmem_log=$hostmem_root/build/setup.log

say() { echo "hostmem: $*"; }
die() { trap - EXIT; echo "hostmem: $*" >&2; exit 1; }

. cmake/dotnet.sh

# step "what is being done" command...: runs the command with its output in the log, and shows progress.
step() {
    local what=$1 begin=$SECONDS ticker status=0
    shift
    say "$what ..."
    echo "=== $what" >>"$hostmem_log"
    (
        while sleep 10 >/dev/null; do
            echo "    $((SECONDS - begin)) s: $(tail -n 1 "$hostmem_log" | tr -d '\r' | cut -c 1-90)"
        done
    ) 2>/dev/null 9>&- &
    ticker=$!
    # In a subshell, and without the lock: Wine's services live longer than this script and would keep the lock.
    ("$@") </dev/null >>"$hostmem_log" 2>&1 9>&- || status=$?
    kill "$ticker"
    wait "$ticker" 2>/dev/null || true
    if [ "$status" -ne 0 ]; then
        tail -n 15 "$hostmem_log" | sed 's/^/    /'
        die "$what failed (exit code $status); all of its output is in $hostmem_log"
    fi
    [ $((SECONDS - begin)) -lt 2 ] || say "$what: done, $((SECONDS - begin)) s"
}

# setup_begin: the start of every setup. Only one setup at a time in a clone.
setup_begin() {
    trap 'die "the set-up stopped (exit code $?); its output is in $hostmem_log"' EXIT
    command -v dpkg-query >/dev/null || die "the set-up is for Debian 12; README.md lists what to install elsewhere"
    [ "$(dpkg --print-architecture)" = amd64 ] || die "the set-up is for x86-64; Windows programs run nowhere else here"
    mkdir -p "$hostmem_deps" && touch "$hostmem_log" 2>/dev/null ||
        die "cannot write to $hostmem_root/build; does it belong to another user?"
    exec 9>"$hostmem_root/build/.setup.lock"
    flock -w 900 9 || die "another set-up has been running in $hostmem_root for 15 minutes"
    : >"$hostmem_log"
    rm -rf "$hostmem_deps/apt"
}

# as_root command...
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# setup_packages name...: installs missing Debian packages.
setup_packages() {
    local missing name
    missing=$(comm -23 <(printf '%s\n' "$@" | sort -u) \
        <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | sed -n 's/ installed$//p' | sort -u))
    [ -n "$missing" ] || return 0
    missing=$(echo $missing)

    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "root or sudo is needed to install: $missing"
        # A terminal may be asked for the password, but for nothing else.
        sudo -n true 2>/dev/null || { [ -z "${CI:-}" ] && [ -t 0 ] && sudo -v; } ||
            die "root, or sudo without a password, is needed to install: $missing"
    fi
    # An index that cannot be downloaded only matters if a package then cannot be.
    step "reading the package lists" sh -c '"$@" || echo "(went on with what was fetched)"' sh \
        $([ "$(id -u)" -eq 0 ] || echo sudo -n) apt-get -q -o DPkg::Lock::Timeout=300 update
    step "installing Debian packages: $missing" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install $missing
}

# private_apt command...: apt-get for packages of another kind (sources; i386, or private_architecture), with its own
# lists, cache and status below build/deps, from the same servers as the machine's apt, which is not changed.
private_apt() {
    local dir=$hostmem_deps/apt
    apt-get -q -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts="$dir/sources.list.d" \
        -o Dir::State::lists="$dir/lists" -o Dir::State::status="$dir/status" -o Dir::Cache="$dir/cache" \
        -o APT::Architecture="${private_architecture:-i386}" -o APT::Architectures="${private_architecture:-i386}" \
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Dir::State::extended_states="$dir/extended_states" \
        -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o Acquire::IndexTargets::deb-src::DEP-11::DefaultEnabled=false "$@"
}

private_apt_update() {
    local dir=$hostmem_deps/apt file
    rm -rf "$dir" && mkdir -p "$dir/sources.list.d" "$dir/lists/partial" "$dir/cache/archives/partial" || return 1
    : >"$dir/status"
    : >"$dir/sources.list"
    # Each entry once for packages and once for sources, of any architecture.
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -f "$file" ] || sed -nE 's/^deb[[:space:]]/deb /; T; s/\barch=[^] ]*//; p; s/^deb/deb-src/p' "$file" \
            >>"$dir/sources.list" || return 1
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ ! -f "$file" ] || sed -E 's/^Types:.*/Types: deb deb-src/I; /^Architectures:/Id' "$file" \
            >"$dir/sources.list.d/${file##*/}" || return 1
    done
    # Some index may be missing or old: what matters is whether the package can be downloaded afterwards.
    private_apt update || echo "(went on with what was fetched)"
}

# need_private_apt: downloads its lists when they are first needed. They are not kept, because they are large and soon
# outdated.
need_private_apt() {
    [ -d "$hostmem_deps/apt" ] || step "reading the lists of source and 32-bit packages" private_apt_update
}

# fetch_source name: Debian's source of a package, as NAME-source/tree.
fetch_source() {
    rm -rf "$hostmem_deps/$1-source" && mkdir -p "$hostmem_deps/$1-source" &&
        cd "$hostmem_deps/$1-source" && private_apt source --download-only "$1" && dpkg-source -x ./*.dsc tree
}

# build_source name preset triplet [argument of cmake]...: builds and installs it for one architecture.
build_source() {
    local name=$1 preset=$2 triplet=$3
    local build=$hostmem_deps/$1-source/build-$2
    shift 3
    # These were written for an older CMake; hide their own warnings.
    cmake -G Ninja -S "$hostmem_deps/$name-source/tree" -B "$build" \
        -DCMAKE_TOOLCHAIN_FILE="$hostmem_root/cmake/$preset.cmake" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DCMAKE_INSTALL_PREFIX="$hostmem_deps/$name-$triplet.part" "$@" -Wno-dev &&
        cmake --build "$build" && cmake --install "$build" &&
        mv "$hostmem_deps/$name-$triplet.part" "$hostmem_deps/$name-$triplet"
}

# setup_source name [argument of cmake]...: the same for x64 and x86, if it is missing and there is a compiler. For
# packages that Debian only has for Linux.
setup_source() {
    local name=$1 pair
    shift
    for pair in mingw-x64:x86_64-w64-mingw32 mingw-x86:i686-w64-mingw32; do
        [ ! -d "$hostmem_deps/$name-${pair#*:}" ] || continue
        command -v "${pair#*:}-gcc-win32" "${pair#*:}-gcc" >/dev/null || continue
        need_private_apt
        [ -d "$hostmem_deps/$name-source" ] || step "fetching the source of $name" fetch_source "$name"
        rm -rf "$hostmem_deps/$name-${pair#*:}.part"
        step "building $name for ${pair%:*}" build_source "$name" "${pair%:*}" "${pair#*:}" "$@"
    done
    rm -rf "$hostmem_deps/$name-source"
}

# setup_cjson: cJSON, with which the example corehost reads a program's files.
setup_cjson() {
    setup_source cjson -DENABLE_CJSON_TEST=OFF -DBUILD_SHARED_LIBS=OFF -DENABLE_TARGET_EXPORT=OFF \
        -DENABLE_CUSTOM_COMPILER_FLAGS=OFF
}

fetch_wine32() {
    rm -rf "$hostmem_deps/wine32" "$hostmem_deps/wine32.part" && mkdir -p "$hostmem_deps/wine32.part/package" &&
        cd "$hostmem_deps/wine32.part/package" && private_apt download "libwine=$1" && dpkg -x ./*.deb .. &&
        cd "$hostmem_deps" && rm -rf wine32.part/package wine32.part/usr/share &&
        echo "$1" >wine32.part/version && mv wine32.part wine32
}

fetch_promtool() {
    rm -rf "$hostmem_deps/promtool.part" && mkdir -p "$hostmem_deps/promtool.part" && cd "$hostmem_deps/promtool.part" &&
        { apt-get -q download prometheus || { as_root apt-get -q update && apt-get -q download prometheus; }; } &&
        dpkg -x ./*.deb tree && cd "$hostmem_deps" && mkdir -p promtool &&
        mv promtool.part/tree/usr/bin/promtool promtool/ && rm -rf promtool.part
}

# setup_promtool: Prometheus' check of metrics. Its package is only unpacked, because installing it would start a
# server.
setup_promtool() {
    [ -x "$hostmem_deps/promtool/promtool" ] || step "fetching promtool (19 MB)" fetch_promtool
}

# fetch_from_package package folder file...: takes files out of a Debian package, to build/deps/FOLDER.
fetch_from_package() {
    local package=$1 folder=$hostmem_deps/$2 file
    shift 2
    rm -rf "$folder.part" && mkdir -p "$folder.part/taken" && cd "$folder.part" &&
        { apt-get -q download "$package" || { as_root apt-get -q update && apt-get -q download "$package"; }; } &&
        dpkg -x ./*.deb tree || return 1
    for file; do
        cp "tree/$file" taken/ || return 1
    done
    rm -rf "$folder" && mv taken "$folder" && cd "$hostmem_deps" && rm -rf "$folder.part"
}

# fetch_speedscope version: its files as npm has them; nothing is run.
fetch_speedscope() {
    local folder=$hostmem_deps/speedscope
    rm -rf "$folder.part" && mkdir -p "$folder.part" && cd "$folder.part" && npm pack "speedscope@$1" &&
        tar -xzf speedscope-*.tgz && rm -rf "$folder" && mv package "$folder" && cd "$hostmem_deps" && rm -rf "$folder.part"
}

# if_possible command...: what some tests can do without.
if_possible() {
    "$@" || echo "not fetched: $*"
}

# setup_trace_viewers: what the tests of hostmem-trace export show its files to. A test whose program could not be
# fetched (speedscope needs npm) is skipped.
setup_trace_viewers() {
    [ -x "$hostmem_deps/pprof/pprof" ] || step "fetching pprof (63 MB)" if_possible \
        fetch_from_package golang-1.19-go pprof usr/lib/go-1.19/pkg/tool/linux_amd64/pprof
    [ -f "$hostmem_deps/flamegraph/flamegraph.pl" ] || step "fetching flamegraph.pl" if_possible \
        fetch_from_package libdevel-nytprof-perl flamegraph usr/share/perl5/Devel/NYTProf/flamegraph.pl
    [ -d "$hostmem_deps/speedscope" ] || ! command -v npm >/dev/null || step "fetching speedscope" if_possible fetch_speedscope 1.25.0
}

# setup_wine32: what the 64-bit Wine lacks to run 32-bit programs: the 32-bit libwine of exactly the same version,
# unpacked. Its DLLs call the 64-bit Linux libraries, which Wine looks for beside them: without these ws2_32, for one,
# cannot be initialized, and programs that import it end with 66 (STATUS_DLL_INIT_FAILED).
setup_wine32() {
    local version
    version=$(dpkg-query -W -f '${Version}' libwine:amd64)
    if [ "$(cat "$hostmem_deps/wine32/version" 2>/dev/null)" != "$version" ]; then
        need_private_apt
        step "fetching the 32-bit part of Wine $version (95 MB)" fetch_wine32 "$version"
    fi
    ln -sfn /usr/lib/x86_64-linux-gnu/wine/x86_64-unix "$hostmem_deps/wine32/usr/lib/i386-linux-gnu/wine/x86_64-unix"
}

# make_wine_prefix yes|no: whether its 32-bit part can run here. If not, it is not checked.
make_wine_prefix() {
    local prefix=$hostmem_root/build/wine status=0
    [ ! -d "$prefix" ] || cmake/wine.sh --stop
    rm -rf "$prefix" && mkdir -p "$prefix" || return 1
    # mscoree and mshtml would offer to download Mono and Gecko.
    WINEDLLOVERRIDES='winedbg.exe=d;mscoree,mshtml=' cmake/wine.sh wineboot.exe --init || status=$?
    cmake/wine.sh --stop # writes the registry to disk
    # A Wine that cannot run here has not made a system folder.
    [ -f "$prefix/drive_c/windows/system32/kernel32.dll" ] || return 1
    [ "$1" = no ] || [ "$status" -eq 0 ] || return 1
    [ "$1" = no ] || [ ! -d "$hostmem_deps/wine32" ] || [ -f "$prefix/drive_c/windows/syswow64/kernel32.dll" ]
}

# setup_wine_prefix: build/wine, Wine's drive C:. One made without the 32-bit part can never run 32-bit programs.
setup_wine_prefix() {
    local version runs_x86=no
    [ ! -d build/wine ] || [ -O build/wine ] ||
        die "$hostmem_root/build/wine belongs to another user, which Wine refuses; remove it"
    version="$(dpkg-query -W -f '${Version}' libwine:amd64) $(cat "$hostmem_deps/wine32/version" 2>/dev/null || true)"
    # A prefix made where 32-bit programs cannot run lacks that part, too.
    if [ -d "$hostmem_deps/wine32" ]; then
        runs_x86=$(cmake/runs_x86.sh) || die "it is not known whether this machine runs 32-bit programs"
        [ "$runs_x86" = no ] || [ -f build/wine/drive_c/windows/syswow64/kernel32.dll ] || rm -f build/wine/.hostmem
    fi
    [ "$(cat build/wine/.hostmem 2>/dev/null)" != "$version" ] || return 0
    step "making a Wine prefix" make_wine_prefix "$runs_x86"
    echo "$version" >build/wine/.hostmem
}

setup_end() {
    rm -rf "$hostmem_deps/apt"
    exec 9>&-
    trap - EXIT
}

# setup_examples: what the x64 examples need.
setup_examples() {
    setup_begin
    setup_packages cmake ninja-build gcc-mingw-w64-x86-64-win32 wine wine64 dpkg-dev patch xz-utils
    setup_cjson
    setup_dotnet $hostmem_example_runtime
    setup_wine_prefix
    setup_end
}

# setup_tests: what all presets need.
setup_tests() {
    setup_begin
    setup_packages cmake ninja-build gcc libc6-dev clang dpkg-dev patch pkg-config xz-utils meson libcmocka-dev libwine-dev wine wine64 \
        libclang-rt-14-dev mingw-w64-tools gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32 \
        g++-mingw-w64-x86-64-win32 g++-mingw-w64-i686-win32 mono-mcs mono-runtime doxygen \
        clang-format-14 clang-tidy-14 python3 python3-editorconfig python3-prometheus-client \
        chromium chromium-driver perl protobuf-compiler python3-pyte
    setup_source cmocka -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF
    # As a plain library: with a name of its own, and without replacing malloc.
    setup_source mimalloc -DMI_OVERRIDE=OFF -DMI_BUILD_SHARED=OFF -DMI_BUILD_OBJECT=OFF -DMI_BUILD_TESTS=OFF
    setup_cjson
    setup_promtool
    setup_trace_viewers
    setup_dotnet $hostmem_test_runtimes $(printf 'tools/%s ' $hostmem_dotnet_tools)
    setup_wine32
    setup_wine_prefix
    setup_end
}

# build_preset preset target [argument of cmake]...: configures and builds.
build_preset() {
    local preset=$1 target=$2
    shift 2
    step "configuring $preset" cmake --preset "$preset" "$@"
    step "building $preset" cmake --build --preset "$preset" --target "$target"
}

# start_wine: starts the Wine of the clone; it is stopped when the script ends, if it was not running before.
start_wine() {
    [ "$(cmake/wine.sh --start)" != started ] || trap 'cmake/wine.sh --stop' EXIT
}
