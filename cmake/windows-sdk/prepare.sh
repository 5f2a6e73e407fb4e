#!/usr/bin/env bash
# Makes build/deps/windows-sdk, which cmake/windows-sdk.cmake compiles and links with: the needed parts of Microsoft's
# Windows SDK from its NuGet packages, and replacements for the compiler's runtime (README.md). Needs dotnet, clang-cl,
# lld-link and llvm-dlltool; for 32-bit import libraries, which no package has, MinGW-w64's.
#
#   cmake/windows-sdk/prepare.sh FOLDER
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
version=10.0.26100.9169
target=$1
part=$target.part
clang_cl=$(command -v clang-cl clang-cl-14 | head -n 1)

rm -rf "$part"
mkdir -p "$part/fetch"
cat >"$part/fetch/fetch.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <RestorePackagesPath>$part/fetch/packages</RestorePackagesPath>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
  </PropertyGroup>
  <ItemGroup>
    <PackageDownload Include="Microsoft.Windows.SDK.CPP" Version="[$version]" />
    <PackageDownload Include="Microsoft.Windows.SDK.CPP.x64" Version="[$version]" />
    <PackageDownload Include="Microsoft.Windows.SDK.CPP.arm64" Version="[$version]" />
  </ItemGroup>
</Project>
END
DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 dotnet restore "$part/fetch/fetch.csproj"

# The needed parts of 1.5 GB.
packages=$part/fetch/packages
kit=$(echo "$packages"/microsoft.windows.sdk.cpp/*/c)
mkdir -p "$part/include" "$part/bin" "$part/redist"
for folder in um shared ucrt; do
    mv "$kit"/Include/*/$folder "$part/include/"
done
for name in ctrpp.exe midl.exe midlc.exe rc.exe rcdll.dll ServicingCommon.dll; do
    cp "$(echo "$kit"/bin/10.0.26100.0/x64/$name)" "$part/bin/"
done
for architecture in x64 x86 arm64; do
    mkdir -p "$part/lib/$architecture" "$part/redist/$architecture"
    cp "$kit"/Redist/*/ucrt/DLLs/$architecture/ucrtbase.dll "$part/redist/$architecture/"
done
# What CMake links by default, and what hostmem's programs use.
libraries="kernel32 user32 gdi32 winspool shell32 ole32 oleaut32 uuid comdlg32 advapi32
    psapi bcrypt synchronization version ws2_32"
for architecture in x64 arm64; do
    from=$(echo "$packages"/microsoft.windows.sdk.cpp.$architecture/*/c)
    for name in $libraries; do
        file=$(find "$from/um/$architecture" -maxdepth 1 -iname "$name.lib")
        [ -n "$file" ] || { echo "the SDK has no $name.lib for $architecture"; exit 1; }
        cp "$file" "$part/lib/$architecture/$name.lib"
    done
    cp "$from/ucrt/$architecture/ucrt.lib" "$part/lib/$architecture/"
done
mingw=$(i686-w64-mingw32-gcc -print-file-name=libkernel32.a 2>/dev/null || true)
if [ -f "$mingw" ]; then
    for name in $libraries ucrt; do
        [ ! -f "${mingw%/*}/lib$name.a" ] || cp "${mingw%/*}/lib$name.a" "$part/lib/x86/$name.lib"
    done
fi
rm -rf "$part/fetch"

ln -s specstrings.h "$part/include/shared/SpecStrings.h" # for resource compilers

# The SDK's headers include each other with spellings that need a file system that ignores case.
{
    echo "{'version': 0, 'case-sensitive': 'false', 'roots': ["
    find "$part/include" -type d | while read -r folder; do
        echo "{'type': 'directory', 'name': '$target${folder#"$part"}', 'contents': ["
        find "$folder" -maxdepth 1 -type f -printf "{'type': 'file', 'name': '%f', 'external-contents': '%p'},\n" |
            sed "s|'external-contents': '$part|'external-contents': '$target|"
        echo "]},"
    done
    echo "]}"
} >"$part/overlay.yaml"

# import_from DLL NAME...: an import library of these functions, in $folder, for $machine.
import_from() {
    local dll=$1
    shift
    printf '%s\n' "LIBRARY $dll" EXPORTS "$@" >"$folder/$dll.def"
    llvm-dlltool -m "$machine" -D "$dll" -d "$folder/$dll.def" -l "$folder/from_$dll.lib"
    rm "$folder/$dll.def"
    objects+=("$folder/from_$dll.lib")
}

# The replacement for the compiler's runtime, for each architecture.
for pair in x64:x86_64:i386:x86-64 x86:i686:i386 arm64:aarch64:arm64; do
    IFS=: read -r architecture cpu machine <<<"$pair"
    folder=$part/lib/$architecture
    objects=()
    for piece in MAIN WMAIN DLL NO_DLLMAIN FLOAT TLS PROBE JUMP; do
        "$clang_cl" --target=$cpu-pc-windows-msvc -fms-compatibility-version=19.40 /nologo /W4 /WX /O2 /GS- /Zl /MD /DSTART_$piece \
            -Xclang -ivfsoverlay -Xclang <(sed "s|$target|$part|g" "$part/overlay.yaml") \
            /imsvc "$here/include" /imsvc "$part/include/ucrt" /imsvc "$part/include/um" /imsvc "$part/include/shared" \
            /c "/Fo$folder/start_$piece.obj" -- "$here/start.c"
        objects+=("$folder/start_$piece.obj")
    done
    # Functions that Visual C++ links from its own runtime, and that these DLLs export, too.
    case $architecture in
    x64) jump="__intrinsic_setjmpex longjmp" ;;
    x86) jump="_setjmp3 longjmp" ;;
    arm64) jump= ;;
    esac
    import_from ucrtbase.dll __C_specific_handler $jump memchr memcmp memcpy memmove memset strchr strrchr strstr \
        wcschr wcsrchr wcsstr
    case $architecture in
    x64) import_from ntdll.dll __chkstk ;;
    x86) import_from ntdll.dll _chkstk _allmul _alldiv _allrem _allshl _allshr _aulldiv _aullrem _aullshr ;;
    esac
    llvm-lib /nologo "/out:$folder/msvcrt.lib" "${objects[@]}"
    for name in msvcrtd libcmt libcmtd; do # libraries for /MDd, /MT and /MTd
        cp "$folder/msvcrt.lib" "$folder/$name.lib"
    done
    rm -f "${objects[@]}"
done

rm -rf "$target"
mv "$part" "$target"
echo "$version" >"$target/version"
