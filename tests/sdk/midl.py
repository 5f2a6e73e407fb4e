"""Microsoft's midl compiles idl/hostmem.idl under Wine, and its header is compared with interfaces.h, declaration by
declaration: the identifiers, the values of the enumerations, and every method's place, name, result and parameters, in
the C form and in the C++ form.

    midl.py SDK WINE CLANG ROOT WORK ENVIRONMENT    (win32, x64 or arm64; SDK: what prepare.sh made)

midl calls Visual C++'s preprocessor, which is not installed: clang preprocesses the files before midl runs.
"""
import json
import os
import re
import shutil
import subprocess
import sys

SDK, WINE, CLANG, ROOT, WORK, ENVIRONMENT = sys.argv[1:]
IDL = os.path.join(WORK, "idl")  # headers in the same folder would hide the SDK's
SEEN = os.path.join(WORK, "seen")
TARGETS = {"win32": "i686", "x64": "x86_64", "arm64": "aarch64"}
DEFINED = {"win32": ["-D_X86_", "-D_M_IX86"], "x64": ["-D_WIN64", "-D_AMD64_", "-D_M_AMD64"],
           "arm64": ["-D_WIN64", "-D_ARM64_", "-D_M_ARM64"]}
INTERFACES = ["IHostMalloc", "ICLRMemoryNotificationCallback", "IHostMemoryManager"]
ENUMERATIONS = ["EMemoryAvailable", "EMemoryCriticalLevel", "MALLOC_TYPE"]


def run(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\nended with {result.returncode}\n{result.stdout[-2000:]}{result.stderr[-4000:]}")
    return result.stdout


def preprocess():
    """Puts hostmem.idl and what it imports into IDL, without directives."""
    files = {}
    for folder in ("um", "shared"):
        for name in os.listdir(os.path.join(SDK, "include", folder)):
            files.setdefault(name.lower(), os.path.join(SDK, "include", folder, name))
    waiting = [os.path.join(ROOT, "idl", "hostmem.idl")]
    done = set()
    while waiting:
        path = waiting.pop()
        name = os.path.basename(path).lower()
        if name in done:
            continue
        done.add(name)
        text = run(CLANG, "-E", "-P", "-undef", "-nostdinc", "-x", "c", "-w", "-D__midl=801", "-DMIDL_PASS",
                   "-D_MSC_VER=1100", *DEFINED[ENVIRONMENT], "-ivfsoverlay", os.path.join(SDK, "overlay.yaml"),
                   "-I" + os.path.join(SDK, "include", "shared"), "-I" + os.path.join(SDK, "include", "um"), path)
        with open(os.path.join(IDL, name), "w", encoding="utf-8") as file:
            file.write(text)
        for imports in re.findall(r"\bimport\s+([^;]*);", text):
            waiting += [files[imported.lower()] for imported in re.findall(r'"([^"]+)"', imports)]


def declarations(header, language):
    """A header's contents according to clang: {interface or enumeration: [its members, in order]}."""
    source = os.path.join(SEEN, f"see.{language}")
    with open(source, "w", encoding="utf-8") as file:
        file.write("#include <windows.h>\n#include <unknwn.h>\n" + header)
    found = {}
    for name in INTERFACES + ENUMERATIONS:
        what = name + "Vtbl" if language == "c" and name in INTERFACES else name
        text = run(CLANG, f"--target={TARGETS[ENVIRONMENT]}-pc-windows-msvc", "-fms-compatibility-version=19.40", "-w",
                   "-fms-extensions", "-fsyntax-only", "-Xclang", "-ast-dump=json", "-Xclang", f"-ast-dump-filter={what}",
                   "-ivfsoverlay", os.path.join(SDK, "overlay.yaml"), "-isystem",
                   os.path.join(ROOT, "cmake", "windows-sdk", "include"),
                   *(option for folder in ("ucrt", "um", "shared")
                     for option in ("-isystem", os.path.join(SDK, "include", folder))),
                   "-I" + os.path.join(ROOT, "include"), "-I" + SEEN, source)
        decoder = json.JSONDecoder()
        nodes = []
        text = re.sub(r"^Dumping .*:$", "", text, flags=re.MULTILINE).strip()
        while text:
            node, end = decoder.raw_decode(text)
            nodes.append(node)
            text = text[end:].strip()
        for node in nodes:
            if node.get("name") == what and node["kind"] in ("RecordDecl", "CXXRecordDecl", "EnumDecl"):
                if "inner" in node and ("completeDefinition" in node or node["kind"] == "EnumDecl"):
                    found[name] = [member for member in map(describe, node["inner"]) if member]
    return found


def describe(node):
    """A method with its parameters, a field, or an enumerator with its value."""
    if node["kind"] in ("CXXMethodDecl", "FieldDecl") and not node.get("isImplicit"):
        names = [part.get("name") for part in node.get("inner", []) if part["kind"] == "ParmVarDecl"]
        return node["name"], node["type"]["qualType"], names
    if node["kind"] == "EnumConstantDecl":
        values = [part["value"] for part in node.get("inner", []) if "value" in part]
        return node["name"], values[-1] if values else None
    return None


def identifiers(text):
    """The identifiers of the interfaces in a header's source."""
    return {name: identifier.lower() for identifier, name in
            re.findall(r'MIDL_INTERFACE\("([-0-9A-Fa-f]+)"\)\s*(\w+)', text)}


def macros(text):
    """The call macros: name and parameters, and their expansion."""
    text = text.replace("\\\n", " ").replace("\t", " ")
    return {name: (parameters.replace(" ", ""), re.sub(r"[\s]|^\(|\)$", "", body.strip()).replace("))", ")"))
            for name, parameters, body in
            re.findall(r"^ *#define +((?:%s)_\w+)\(([^)]*)\) *(.*)$" % "|".join(INTERFACES), text, flags=re.MULTILINE)}


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(IDL)
    os.makedirs(SEEN)
    preprocess()
    print(run(WINE, "--test", os.path.join(SDK, "bin", "midl.exe"), "/nologo", "/env", ENVIRONMENT, "/no_cpp",
              "/no_def_idir", "/char", "ascii7", "/h", "hostmem_midl.h", "hostmem.idl", cwd=IDL))
    shutil.copy(os.path.join(IDL, "hostmem_midl.h"), SEEN)
    with open(os.path.join(SEEN, "hostmem_midl.h"), encoding="utf-8") as file:
        midl = file.read()
    with open(os.path.join(ROOT, "include", "hostmem", "interfaces.h"), encoding="utf-8") as file:
        ours = file.read()
    # interfaces.h as used where mscoree.h does not declare the interfaces.
    with open(os.path.join(SEEN, "mscoree.h"), "w", encoding="utf-8") as file:
        file.write("/* empty */\n")

    compared = 0
    faults = []
    for what, mine, theirs in [
            ("identifiers", identifiers(ours), identifiers(midl)),
            ("macros", macros(ours), macros(midl)),
            *((f"declarations ({language})", declarations("#include <hostmem/interfaces.h>\n", language),
               declarations('#include "hostmem_midl.h"\n', language)) for language in ("c", "cpp"))]:
        expected = INTERFACES + (ENUMERATIONS if "declarations" in what else [])
        if what != "macros" and sorted(theirs) != sorted(expected):
            sys.exit(f"{what}: midl's header has {sorted(theirs)}, not {sorted(expected)}")
        for name in sorted({*mine, *theirs}):
            compared += len(theirs.get(name, ())) if "declarations" in what else 1
            if mine.get(name) != theirs.get(name):
                faults.append(f"{what}: {name}\n    interfaces.h: {mine.get(name)}\n    midl:         {theirs.get(name)}")
    print("\n".join(faults))
    print(f"{ENVIRONMENT}: {compared} declarations compared, {len(faults)} faults")
    return 1 if faults or compared != 79 else 0


sys.exit(main())
