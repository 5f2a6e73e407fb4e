"""Makes hostmem.h of the public headers and hostmem.c of the sources, for programs that compile the library as one of
their own sources: amalgamate.py ROOT OUTPUT_FOLDER SOURCE...

Every header appears once, where it is first included. What two sources call by the same name at file scope has the name
of its source before it, and macros of a source end with it.
"""
import os
import re
import sys

ROOT, OUTPUT = sys.argv[1:3]
SOURCES = [os.path.relpath(path, ROOT) for path in sys.argv[3:]]
PUBLIC = ["hostmem", "counters", "coreclr", "trace_format"]  # the first includes the others

HEAD = """/* hostmem {version}: {what}
 * Made of the sources by cmake/amalgamation/amalgamate.py; changes belong there.
 *
{license} */
"""
WHAT_H = "the public headers, as one."
WHAT_C = """the library, as one C11 source. Beside it belongs hostmem.h; nothing has to be defined, and nothing
 * linked but what Windows has. Visual C++ needs /std:c11 /experimental:c11atomics. HOSTMEM_WITH_MIMALLOC builds in the heaps
 * on mimalloc, which then has to be there. 32-bit programs whose sampled stacks are to be whole keep frame pointers
 * (-fno-omit-frame-pointer, /Oy-)."""
# Before the headers: GCC ignores selectany behind a declaration. Microsoft's mscoree.h defines them itself.
IIDS = "#if !defined(_MSC_VER)\n{text}#endif\n"
BEFORE_HEADERS = """
#if defined(_MSC_VER) && !defined(_CRT_SECURE_NO_WARNINGS)
#define _CRT_SECURE_NO_WARNINGS
#endif
#if !defined(_WIN32_WINNT) || _WIN32_WINNT < 0x0601
#undef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#ifndef COBJMACROS
#define COBJMACROS
#endif
#ifndef CONST_VTABLE
#define CONST_VTABLE
#endif
#include "hostmem.h"

"""
MIMALLOC = "#if defined(HOSTMEM_WITH_MIMALLOC)\n{text}#endif\n"
INCLUDE = re.compile(r'^#include (?:"(?P<own>[^"]+)"|<(?P<system>[^>]+)>).*\n', re.MULTILINE)
BODY = re.compile(r"^(?:typedef )?(?:struct|union)[^;{]*\{\n.*?^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"(\w+)(?:\[[^\]]*\])*;")
TOKEN = re.compile(r'offsetof\([^()]*\)|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|(?:->|\.)\s*\w+|\w+', re.DOTALL)
# At the beginning of a line only, which is what the style makes file scope look like.
DECLARATIONS = [re.compile(pattern, re.MULTILINE) for pattern in (
    r"^(?:HMI_ALWAYS_INLINE|static) [^=;(]*?(?P<name>\w+)\(",  # functions
    r"^static [^=;(]*?(?P<name>\w+)(?:\[[^=;]*\])*(?: =|;)",  # variables
    r"^typedef [^;{]*?(?P<name>\w+)(?:\([^;{]*\))?;",
    r"^} (?P<name>\w+);",
    r"^(?:typedef )?(?:struct|union|enum) (?P<name>\w+) \{")]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def without_guard(text):
    """A header's text without its include guard: it appears once."""
    return re.sub(r"#ifndef (HOSTMEM|HMI)_\w+_H\n#define \1_\w+_H\n(.*)#endif\n$", r"\2", text, flags=re.DOTALL)


def names_of(path):
    text = read(path)
    return {match["name"] for pattern in DECLARATIONS for match in pattern.finditer(text)}


def rename(text, names, prefix):
    """Gives identifiers a prefix; not the fields of structs."""
    fields = {body.start() + field.start() for body in BODY.finditer(text) for field in FIELD.finditer(body[0])}
    return TOKEN.sub(
        lambda match: prefix + match[0] if match[0] in names and match.start() not in fields else match[0], text)


class Writer:
    """Puts headers where they are first included."""

    def __init__(self, public):
        self.public = public  # whether public headers are put in; otherwise they are left out, as hostmem.h has them
        self.done = set()

    def header(self, path):
        if path in self.done:
            return ""
        self.done.add(path)
        return f"/* ---- {path} ---- */\n" + INCLUDE.sub(lambda match: self.include(path, match), without_guard(read(path)))

    def include(self, path, match):
        own, system = match["own"], match["system"]
        if own:
            beside = os.path.join(os.path.dirname(path), own)
            return self.header(beside if os.path.exists(os.path.join(ROOT, beside)) else "src/" + own)
        if system.startswith("hostmem/"):
            return self.header("include/" + system) if self.public else ""
        return match[0]

    def source(self, path, shared):
        """What it includes of ours comes before it, since nothing in there is renamed."""
        text, headers = read(path), ""
        for match in INCLUDE.finditer(text):
            headers += self.include(path, match) if match["own"] else ""
        text = INCLUDE.sub(lambda match: "" if match["own"] or match["system"].startswith("hostmem/") else match[0], text)
        text = re.sub(r"^#define (COBJMACROS|CONST_VTABLE)\n", "", text, flags=re.MULTILINE)
        macros = dict.fromkeys(re.findall(r"^#\s*define (\w+)", text, re.MULTILINE))
        text = rename(text, names_of(path) & shared, os.path.splitext(os.path.basename(path))[0] + "_")
        return f"{headers}/* ---- {path} ---- */\n{text}" + "".join(f"#undef {name}\n" for name in macros)


def shared_names():
    seen, shared = set(), set()
    for path in SOURCES:
        names = names_of(path)
        shared |= names & seen
        seen |= names
    return shared


def write(name, what, text):
    version = ".".join(re.findall(r"#define HOSTMEM_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", read("include/hostmem/hostmem.h")))
    terms = "".join(f" * {line}".rstrip() + "\n" for line in read("LICENSE").splitlines())
    os.makedirs(OUTPUT, exist_ok=True)
    with open(os.path.join(OUTPUT, name), "w", encoding="utf-8", newline="\n") as file:
        file.write(HEAD.format(version=version, what=what, license=terms) + text)


def main():
    header = Writer(public=True)
    text = "".join(header.header(f"include/hostmem/{name}.h") for name in PUBLIC)
    write("hostmem.h", WHAT_H, f"#ifndef HOSTMEM_HOSTMEM_H\n#define HOSTMEM_HOSTMEM_H\n\n{text}\n#endif\n")

    shared = shared_names()
    writer = Writer(public=False)
    iids = [path for path in SOURCES if "/iid_" in path]
    others = sorted((path for path in SOURCES if path not in iids), key=lambda path: ("mimalloc" in path, SOURCES.index(path)))
    text = IIDS.format(text="".join(writer.source(path, shared) for path in iids)) + BEFORE_HEADERS
    for path in others:
        part = writer.source(path, shared)
        text += MIMALLOC.format(text=part) if "mimalloc" in path else part
    write("hostmem.c", WHAT_C, text)


main()
