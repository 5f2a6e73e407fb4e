# Runtimes of .NET for Windows, and public programs for them, in fixed versions, downloaded by dotnet from NuGet.
# Sourced by setup.sh.
#
# build/deps/dotnet/VERSION-PROCESSOR   a runtime as "dotnet publish --self-contained" lays it out: coreclr.dll, its
#                                       companions, the framework's assemblies
# build/deps/dotnet/root-x64            those for x64 as an installed .NET, for hostfxr
# build/deps/dotnet/tools/NAME/VERSION  a program

# The runtime of the example, and those that only the tests use.
hostmem_example_runtime=10.0.14-x64
hostmem_test_runtimes="8.0.33-x64 9.0.22-x64 10.0.14-x64 10.0.12-x86"
# name/version; each package has its program in tools/net8.0/any
hostmem_dotnet_tools="fantomas/7.0.6 dotnet-reportgenerator-globaltool/5.5.12"

# have_dotnet: whether there is an SDK that can build for .NET 8 and later.
have_dotnet() {
    command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -qE '^([89]|[1-9][0-9])\.'
}

# restore_package name version: downloads it with NuGet to a package folder of our own.
restore_package() {
    local folder=$hostmem_deps/dotnet/restore
    rm -rf "$folder" && mkdir -p "$folder" || return 1
    {
        echo '<Project Sdk="Microsoft.NET.Sdk">'
        echo '<PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>'
        echo "<ItemGroup><PackageDownload Include=\"$1\" Version=\"[$2]\" /></ItemGroup>"
        echo '</Project>'
    } >"$folder/restore.csproj"
    (cd "$folder" && dotnet restore restore.csproj) && rm -rf "$folder"
}

# lay_out folder source...: puts the files of several package folders into a new folder, as links if the file system
# supports them.
lay_out() {
    local folder=$1
    shift
    rm -rf "$folder.part" && mkdir -p "$folder.part" &&
        { cp -lr "$@" "$folder.part/" 2>/dev/null || cp -r "$@" "$folder.part/"; } && mv "$folder.part" "$folder"
}

# fetch_dotnet item: a runtime (VERSION-PROCESSOR) or a program (tools/NAME/VERSION).
fetch_dotnet() {
    local item=$1 name version packages inside
    case $item in
    tools/*)
        name=$(basename "$(dirname "$item")")
        version=$(basename "$item")
        ;;
    *)
        name=microsoft.netcore.app.runtime.win-${item#*-}
        version=${item%-*}
        ;;
    esac
    restore_package "$name" "$version" || return 1
    packages=$(dotnet nuget locals global-packages --list | sed -n 's/^[^:]*: *//p') || return 1
    packages=${packages%/}/$name/$version
    mkdir -p "$hostmem_deps/dotnet/$(dirname "$item")" || return 1
    inside=$packages/runtimes/win-${item#*-}
    case $item in
    tools/*) lay_out "$hostmem_deps/dotnet/$item" "$packages/tools/net8.0/any/." ;;
    *) lay_out "$hostmem_deps/dotnet/$item" "$inside"/lib/*/* "$inside"/native/* ;;
    esac
}

# make_dotnet_root: the downloaded runtimes in the layout that hostfxr expects.
make_dotnet_root() {
    local dotnet=$hostmem_deps/dotnet root=$hostmem_deps/dotnet/root-x64 folder version
    rm -rf "$root" && mkdir -p "$root/shared/Microsoft.NETCore.App" || return 1
    for folder in "$dotnet"/*-x64; do
        [ -f "$folder/hostfxr.dll" ] || continue
        version=$(basename "${folder%-x64}")
        mkdir -p "$root/host/fxr/$version" && cp "$folder/hostfxr.dll" "$root/host/fxr/$version/" &&
            ln -s "../../../$(basename "$folder")" "$root/shared/Microsoft.NETCore.App/$version" || return 1
    done
}

# setup_dotnet item...: downloads what is missing. Without an SDK it prints one line, or fails if CI=true.
setup_dotnet() {
    local item missing=
    for item in "$@"; do
        [ -d "$hostmem_deps/dotnet/$item" ] || missing="$missing $item"
    done
    [ -n "$missing" ] || return 0
    if ! have_dotnet; then
        [ "${CI:-}" != true ] || die "there is no .NET SDK (dotnet), and CI=true: no real runtime would be run"
        say "there is no .NET SDK (dotnet) on this machine: no real runtime is run, the stand-in is"
        return 0
    fi
    for item in $missing; do
        step "fetching .NET for Windows: $item" fetch_dotnet "$item"
    done
    make_dotnet_root
}
