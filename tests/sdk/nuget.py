"""Tests the NuGet package: makes it, checks its contents, restores it with NuGet, evaluates it with MSBuild as Visual Studio
would, and compiles and links a scratch project with the resulting options, for each platform and both ways of linking. The
x64 programs run under Wine.

    nuget.py ROOT WORK CMAKE CLANG_CL LLD_LINK
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile

ROOT, WORK, CMAKE, CLANG_CL, LLD_LINK = sys.argv[1:]
SDK = os.path.join(ROOT, "build", "deps", "windows-sdk")
PLATFORMS = {"x64": ("x64", "x86_64"), "Win32": ("x86", "i686"), "ARM64": ("arm64", "aarch64")}
HEADERS = ["coreclr.h", "counters.h", "hostmem.h", "inspect.h", "interfaces.h", "trace.h", "trace_format.h"]

PROJECT = """<Project>
  <Import Project="{package}/build/native/hostmem.native.props" />
  <ItemGroup>
    <ClCompile Include="main.c"><PreprocessorDefinitions>MINE;%(PreprocessorDefinitions)</PreprocessorDefinitions></ClCompile>
    <Link Include="main.obj"><AdditionalDependencies>mine.lib;%(AdditionalDependencies)</AdditionalDependencies></Link>
  </ItemGroup>
  <Target Name="PrepareForBuild" />
  <Target Name="Build" DependsOnTargets="PrepareForBuild" />
  <Import Project="{package}/build/native/hostmem.native.targets" />
</Project>
"""

FETCH = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
    <RestoreSources>{source}</RestoreSources>
    <RestorePackagesPath>{packages}</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup><PackageDownload Include="hostmem.native" Version="[{version}]" /></ItemGroup>
</Project>
"""

PROGRAM = """#define COBJMACROS
#include <hostmem/hostmem.h>
#include <stdio.h>
int main(void)
{
    hostmem *memory;
    IHostControl *control;
    void *manager;
    if (hostmem_create(NULL, &memory) != S_OK || hostmem_get_control(memory, NULL, &control) != S_OK ||
        IHostControl_GetHostManager(control, &IID_IHostMemoryManager, &manager) != S_OK)
        return 1;
    printf("hostmem %u.%u.%u, %s\\n", hostmem_version() >> 16, hostmem_version() >> 8 & 0xff, hostmem_version() & 0xff,
           GetModuleHandleA("hostmem.dll") ? "dynamic" : "static");
    return 0;
}
"""


def run(*command, expected=0, **options):
    environment = {**os.environ, "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1"}
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                            env=environment, **options)
    if (result.returncode == 0) != (expected == 0):
        sys.exit(f"{' '.join(command)}\nended with {result.returncode}\n{result.stdout[-4000:]}")
    return result.stdout


def check(holds, what):
    if not holds:
        sys.exit("FAILED: " + what)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def check_content(path):
    """The files of the package, and the hashes in its bill of materials. Returns the version."""
    native = "build/native/"
    wanted = ["README.md", "LICENSE", "CHANGELOG.md", "hostmem.native.nuspec", native + "hostmem.natvis",
              *(native + "hostmem.native" + end for end in (".props", ".targets", ".xml")),
              *(native + "include/hostmem/" + name for name in HEADERS),
              *(f"{native}lib/{architecture}/{name}" for architecture in ("x64", "x86", "arm64")
                for name in ("hostmem.lib", "hostmem_dll.lib")),
              *(f"{native}bin/{architecture}/{name}" for architecture in ("x64", "x86", "arm64")
                for name in ("hostmem.dll", "hostmem.man", "hostmem.pdb"))]
    manifest = "_manifest/spdx_2.2/manifest.spdx.json"
    with zipfile.ZipFile(path) as package:
        names = [name for name in package.namelist()
                 if not name.startswith(("_rels/", "package/")) and name != "[Content_Types].xml"]
        check(sorted(names) == sorted([*wanted, manifest]), f"the content is {sorted(names)}")
        bill = json.loads(package.read(manifest))
        listed = {entry["fileName"][2:]: {sum["algorithm"]: sum["checksumValue"] for sum in entry["checksums"]}
                  for entry in bill["files"]}
        check(sorted(listed) == sorted(set(wanted) - {"hostmem.native.nuspec"}), f"the bill lists {sorted(listed)}")
        for name, sums in listed.items():
            content = package.read(name)
            check(sums == {"SHA1": hashlib.sha1(content).hexdigest(), "SHA256": hashlib.sha256(content).hexdigest()},
                  f"the bill has other hashes of {name}")
        sums = "".join(sorted(sums["SHA1"] for sums in listed.values()))
        root = bill["packages"][0]
        check(root["packageVerificationCode"]["packageVerificationCodeValue"] == hashlib.sha1(sums.encode()).hexdigest(),
              "the bill's verification code")
        machines = {"x64": 0x8664, "x86": 0x14c, "arm64": 0xaa64}
        for architecture, machine in machines.items():
            dll = package.read(f"{native}bin/{architecture}/hostmem.dll")
            header = int.from_bytes(dll[0x3c:0x40], "little")
            check(int.from_bytes(dll[header + 4:header + 6], "little") == machine, f"the DLL for {architecture} is another's")
        return root["versionInfo"]


def evaluate(project, platform, linkage):
    given = [f"-p:HostmemLinkage={linkage}"] if linkage else []
    text = run("dotnet", "msbuild", project, "-nologo", f"-p:Platform={platform}", *given, "-getItem:ClCompile",
               "-getItem:Link", "-getItem:ReferenceCopyLocalPaths", "-getItem:Natvis", "-getItem:PropertyPageSchema")
    return json.loads(text)["Items"]


def paths(text):
    return [path.replace("\\", "/") for path in text.split(";") if path]


def build(items, platform, folder):
    """Compiles and links the scratch program with the evaluated options. Returns the program."""
    architecture, cpu = PLATFORMS[platform]
    compile_item, link_item = items["ClCompile"][0], items["Link"][0]
    os.makedirs(folder)
    run(CLANG_CL, f"--target={cpu}-pc-windows-msvc", "-fms-compatibility-version=19.40", "/nologo", "/W4", "/WX", "/MD", "/GS-",
        "-Xclang", "-ivfsoverlay", "-Xclang", os.path.join(SDK, "overlay.yaml"),
        "-imsvc", os.path.join(ROOT, "cmake", "windows-sdk", "include"),
        *(option for name in ("ucrt", "um", "shared") for option in ("-imsvc", os.path.join(SDK, "include", name))),
        "-imsvc", os.path.join(ROOT, "tests", "interfaces", "sdk"),
        *("/D" + name for name in paths(compile_item["PreprocessorDefinitions"])),
        *("/I" + path for path in paths(compile_item["AdditionalIncludeDirectories"])),
        "/c", f"/Fo{folder}/main.obj", "--", os.path.join(WORK, "main.c"))
    libraries = [name for name in paths(link_item["AdditionalDependencies"]) if name != "mine.lib"]
    run(LLD_LINK, "/nologo", f"/out:{folder}/main.exe", f"{folder}/main.obj", *libraries, "kernel32.lib",
        *("/libpath:" + path for path in paths(link_item["AdditionalLibraryDirectories"])),
        "/libpath:" + os.path.join(SDK, "lib", architecture), "/nodefaultlib:oldnames", "/safeseh:no")
    for item in items["ReferenceCopyLocalPaths"]:
        shutil.copy(item["Identity"].replace("\\", "/"), folder)
    shutil.copy(os.path.join(SDK, "redist", architecture, "ucrtbase.dll"), folder)
    return folder + "/main.exe"


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    feed = os.path.join(WORK, "feed")
    print(run(CMAKE, "-P", os.path.join(ROOT, "cmake", "packaging", "nuget", "pack.cmake"), feed))
    package_file, = (os.path.join(feed, name) for name in os.listdir(feed) if name.endswith(".nupkg"))
    version = check_content(package_file)

    packages = os.path.join(WORK, "packages")
    write(os.path.join(WORK, "fetch", "fetch.csproj"), FETCH.format(source=feed, packages=packages, version=version))
    run("dotnet", "restore", os.path.join(WORK, "fetch", "fetch.csproj"))
    package = os.path.join(packages, "hostmem.native", version)

    project = os.path.join(WORK, "scratch.proj")
    write(project, PROJECT.format(package=package))
    write(os.path.join(WORK, "main.c"), PROGRAM)
    for platform, (architecture, _) in PLATFORMS.items():
        for linkage in ("", "static", "dynamic"):
            items = evaluate(project, platform, linkage)
            dynamic = linkage == "dynamic"
            libraries = paths(items["Link"][0]["AdditionalDependencies"])
            check(libraries == ["mine.lib", "hostmem_dll.lib" if dynamic else "hostmem.lib", "uuid.lib"],
                  f"{platform} {linkage} links {libraries}")
            check(("HOSTMEM_DLL" in items["ClCompile"][0]["PreprocessorDefinitions"]) == dynamic, "HOSTMEM_DLL")
            copied = [os.path.basename(item["Identity"].replace("\\", "/")) for item in items["ReferenceCopyLocalPaths"]]
            check(copied == (["hostmem.dll", "hostmem.pdb"] if dynamic else []), f"{platform} {linkage} copies {copied}")
            for item in [*items["ReferenceCopyLocalPaths"], *items["Natvis"], *items["PropertyPageSchema"]]:
                check(os.path.exists(item["Identity"].replace("\\", "/")), item["Identity"] + " does not exist")
            program = build(items, platform, os.path.join(WORK, f"{architecture}-{linkage or 'default'}"))
            if platform == "x64":
                said = run(os.path.join(ROOT, "cmake", "wine.sh"), "--test", "./main.exe", cwd=os.path.dirname(program))
                check(said.strip() == f"hostmem {version}, {linkage or 'static'}", f"the program says {said}")
            print(f"{platform} {linkage or 'as it comes'}: good")
        run("dotnet", "msbuild", project, "-nologo", "-t:Build", f"-p:Platform={platform}")
    for wrong, code in (("-p:Platform=ARM", "HOSTMEM1"), ("-p:Platform=x64;HostmemLinkage=shared", "HOSTMEM2")):
        check(code in run("dotnet", "msbuild", project, "-nologo", "-t:Build", wrong, expected=1), wrong + " is refused")
    print(f"hostmem.native {version}: good")


main()
