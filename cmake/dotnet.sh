# Runtimes of .NET for Windows, and public programs for them, which come by dotnet and NuGet. Sourced by setup.sh.
#
# build/deps/dotnet/VERSION-PROCESSOR  a runtime, as "dotnet publish --self-contained" lays it out: coreclr.dll, its
#                                      companions, the framework's assemblies
# build/deps/dotnet/root-x64           the same ones as an installed .NET, for hostfxr
# build/deps/dotnet/tools/NAME         a program

hostmem_runtimes="8.0.33-x64 9.0.22-x64 10.0.14-x64 10.0.12-x86"
# name version folder-in-the-package
hostmem_dotnet_tools="
fantomas 7.0.6 tools/net8.0/any
dotnet-reportgenerator-globaltool 5.5.12 tools/net8.0/any"

# have_dotnet: there is a .NET SDK that can build for .NET 8 and later.
have_dotnet() {
    command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -qE '^([89]|[1-9][0-9])\.'
}

# need_dotnet: the same; without it says so in one line, or fails where that must not be (CI=true).
need_dotnet() {
    ! have_dotnet || return 0
    [ "${CI:-}" != true ] || die "there is no .NET SDK (dotnet), and CI=true: real runtimes would not be tested"
    say "there is no .NET SDK (dotnet) on this machine: real runtimes are not tested; the stand-in is"
    return 1
}

restore_dotnet() {
    local folder=$hostmem_deps/dotnet/restore runtime name version rest
    rm -rf "$folder" && mkdir -p "$folder" || return 1
    {
        echo '<Project Sdk="Microsoft.NET.Sdk">'
        echo '<PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup><ItemGroup>'
        for runtime in $hostmem_runtimes; do
            echo "<PackageDownload Include=\"Microsoft.NETCore.App.Runtime.win-${runtime#*-}\" Version=\"[${runtime%-*}]\" />"
        done
        echo "$hostmem_dotnet_tools" | while read -r name version rest; do
            [ -z "$name" ] || echo "<PackageDownload Include=\"$name\" Version=\"[$version]\" />"
        done
        echo '</ItemGroup></Project>'
    } >"$folder/restore.csproj"
    (cd "$folder" && dotnet restore restore.csproj)
}

# lay_out folder source...: the files of some folders of packages in a new one: as links where the file system can.
lay_out() {
    local folder=$1
    shift
    rm -rf "$folder" "$folder.part" && mkdir -p "$folder.part" &&
        { cp -lr "$@" "$folder.part/" 2>/dev/null || cp -r "$@" "$folder.part/"; } && mv "$folder.part" "$folder"
}

fetch_dotnet() {
    local dotnet=$hostmem_deps/dotnet packages runtime package name version folder
    mkdir -p "$dotnet" && restore_dotnet || return 1
    packages=$(dotnet nuget locals global-packages --list | sed -n 's/^[^:]*: *//p') || return 1
    packages=${packages%/}
    for runtime in $hostmem_runtimes; do
        package=$packages/microsoft.netcore.app.runtime.win-${runtime#*-}/${runtime%-*}/runtimes/win-${runtime#*-}
        lay_out "$dotnet/$runtime" "$package"/lib/*/* "$package"/native/* || return 1
    done
    echo "$hostmem_dotnet_tools" | while read -r name version folder; do
        [ -z "$name" ] || { mkdir -p "$dotnet/tools" && lay_out "$dotnet/tools/$name" "$packages/$name/$version/$folder/."; } ||
            exit 1
    done || return 1
    rm -rf "$dotnet/root-x64" && mkdir -p "$dotnet/root-x64/shared/Microsoft.NETCore.App" || return 1
    for runtime in $hostmem_runtimes; do
        [ "${runtime#*-}" = x64 ] || continue
        mkdir -p "$dotnet/root-x64/host/fxr/${runtime%-*}" &&
            cp "$dotnet/$runtime/hostfxr.dll" "$dotnet/root-x64/host/fxr/${runtime%-*}/" &&
            ln -s "../../../$runtime" "$dotnet/root-x64/shared/Microsoft.NETCore.App/${runtime%-*}" || return 1
    done
    rm -rf "$dotnet/restore"
    echo "$hostmem_runtimes$hostmem_dotnet_tools" >"$dotnet/version"
}

# setup_dotnet: fetches what is missing. Nothing, where there is no SDK.
setup_dotnet() {
    need_dotnet || return 0
    [ "$(cat "$hostmem_deps/dotnet/version" 2>/dev/null)" = "$hostmem_runtimes$hostmem_dotnet_tools" ] ||
        step "fetching runtimes of .NET for Windows (140 MB)" fetch_dotnet
}
