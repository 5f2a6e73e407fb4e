# The maximum stack use of each method and each public function of the library: the most expensive chain of calls from
# there, by the frame sizes that GCC reports (-fcallgraph-info=su). Prints them, and fails above the limit, for
# recursion, for frames of variable size, and for calls through pointers that it cannot resolve.
#     awk -v limit=4096 -f stack_usage.awk hostmem.h trace.h header.h... source.c... object.ci...
# Counts all frames of src/, including os/win32*.c. Does not count what Windows, the C library and COM objects of others
# use below them; functions of the compiler's runtime, to which the compiler adds calls, count RUNTIME bytes each.
BEGIN {
    RUNTIME = 256
    # Calls through pointers that are not in the operating system's table: the name at the call, and what it can be.
    pointed["attempt"] = "pages.c:reserve pages.c:commit pages.c:pass heap.c:attempt_block admission.c:fail_on_purpose"
    pointed["action"] = "atomic_bitmap.c:hmi_atomic_bitmap_word_set atomic_bitmap.c:hmi_atomic_bitmap_word_clear " \
                        "atomic_bitmap.c:hmi_atomic_bitmap_word_count"
    pointed["cancelled"] = "admission.c:is_cancelled"
    pointed["available"] = "budget.c:available_for"
    pointed["visitor"] = "regions.c:add_to_audit leaks.c:report_origin" # or one of the host's, on its own account
    pointed["visit"] = "origins.c:add_block origins.c:add_block_of_heap"
    pointed["take"] = "placement.c:relock_run"
    pointed["reader"] = "trace_writer.c:write_event trace.c:ignore"
    pointed["write"] = "-" # the host's, on the trace's own thread
    pointed["enable"] = "events.c:enable_etw"
    pointed["enter"] = pointed["inform"] = pointed["unregister"] = "-" # of advapi32
    pointed["report"] = pointed["leave"] = "-"
    pointed["start"] = pointed["stop"] = pointed["describe"] = pointed["create"] = pointed["remove"] = pointed["refer"] = "-"
    pointed["refresh"] = "counters.c:refresh"
    pointed["hmi_win32_shutdown_in_progress"] = pointed["query"] = "-" # of ntdll
    pointed["alloc"] = pointed["free"] = "-" # of a heap other than the system's
    failures = 0
}

FNR == 1 { file = FILENAME; sub(/.*[\/\\]/, "", file); kind = file; sub(/.*\./, "", kind) }

kind == "h" || kind == "c" { line_of[file, FNR] = $0 }

# The public functions.
/^HOSTMEM_API / && match($0, /hostmem_[a-z_]+\(/) { public[substr($0, RSTART, RLENGTH - 1)] = 1 }

# The members of the operating system's table, and the functions that tables assign to them.
file == "os.h" && match($0, /\(\*[a-z_]+\)\(hostmem_os /) {
    member = substr($0, RSTART + 2)
    sub(/\).*/, "", member)
    of_os[member] = 1
}
kind == "c" && match($0, /^ *\.[a-z_]+ = [a-z_0-9]+,/) {
    member = name = $0
    sub(/^ *\./, "", member); sub(/ .*/, "", member)
    sub(/.* = /, "", name); sub(/,.*/, "", name)
    if (file ~ /^win32/)
        by_os[member] = by_os[member] " " name
    else if (kept_by[member, name]++ == 0)
        by_table[member] = by_table[member] " " name
    implements[name] = 1
}

function quoted(text, after) {
    sub(".*" after ": \"", "", text)
    sub(/".*/, "", text)
    return text
}

# file.c:name for static functions, name for others; without the number of bytes at the end of the names of stdcall
# functions.
function short(title) {
    sub(/.*[\/\\]/, "", title)
    sub(/@[0-9]+$/, "", title)
    return title
}

# Static functions are found by name only, where a table or the list above names them.
function plain(title) {
    sub(/.*:/, "", title)
    return title
}

kind == "ci" && /^node: / && /[0-9]+ bytes \(/ {
    title = short(quoted($0, "title"))
    match($0, /[0-9]+ bytes \([a-z,]*\)/)
    split(substr($0, RSTART, RLENGTH), part, " ")
    bytes[title] = part[1] + 0
    fixed[title] = part[3] == "(static)" || part[3] == "(dynamic,bounded)"
    titles[plain(title)] = titles[plain(title)] " " title
    count_nodes++
}

kind == "ci" && /^edge: / {
    from = short(quoted($0, "sourcename"))
    edges[from]++
    to[from, edges[from]] = short(quoted($0, "targetname"))
    place[from, edges[from]] = short(quoted($0, "label"))
}

function fail(text) {
    print "FAILED: " text
    failures++
}

# The entry of `pointed` for a name, with each function resolved.
function listed(name, names, n, i) {
    n = split(pointed[name], names, " ")
    for (i = 1; i <= n; i++)
        if (names[i] != "-" && !(names[i] in bytes))
            fail("the list of calls through pointers names " names[i] ", which does not exist")
    return " " pointed[name]
}

# The functions that the operating system's table can have under a name. A table in front of another one calls Windows'
# functions in the end.
function in_tables(from, name, names, n, i, list) {
    n = split(by_os[name] (plain(from) in implements ? "" : by_table[name]), names, " ")
    for (i = 1; i <= n; i++)
        list = list titles[names[i]]
    return list
}

# What a call through a pointer can reach: a list of titles, in which "-" means code that is not ours; "": unknown. The
# compiler reports the position of the call. If that is the beginning of a larger expression, it may be any call through
# a pointer on the rest of the line.
function resolve(from, where, part, text, name, list) {
    if (where ~ /^interfaces\.h:/)
        return "-"
    split(where, part, ":")
    text = substr(line_of[part[1], part[2]], part[3])
    if (text ~ /^(ICLR|IHost|IUnknown)[A-Za-z]*_/)
        return "-"
    while (match(text, /[A-Za-z_][A-Za-z0-9_]*\(/)) {
        name = substr(text, RSTART, RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
        if (name in pointed)
            list = list listed(name)
        else if (name in of_os)
            list = list in_tables(from, name)
    }
    return list
}

function worst(title, i, j, n, reach, targets, most, below) {
    if (title in known)
        return known[title]
    if (!(title in bytes)) { # not ours: Windows' if it begins with a capital letter, else the compiler's or the C library's
        outside[title] = 1
        return title ~ /^(__imp_)?[A-Z]/ ? 0 : RUNTIME
    }
    if (title in active) {
        fail("recursion through " title)
        return 0
    }
    if (!fixed[title])
        fail("the frame of " title " has no fixed size")
    active[title] = 1
    most = 0
    for (i = 1; i <= edges[title]; i++) {
        reach = to[title, i]
        if (reach == "__indirect_call") {
            reach = resolve(title, place[title, i])
            if (reach == "")
                fail("the call at " place[title, i] " is through a pointer of unknown targets")
        }
        n = split(reach, targets, " ")
        for (j = 1; j <= n; j++) {
            below = targets[j] == "-" ? 0 : worst(targets[j])
            if (below > most) {
                most = below
                next_on_path[title] = targets[j]
            }
        }
    }
    delete active[title]
    known[title] = bytes[title] + most
    return known[title]
}

function path(title, text) {
    text = ""
    while (title in bytes) {
        text = text " > " plain(title) " " bytes[title]
        title = next_on_path[title]
    }
    if (title != "")
        text = text " > " title " " RUNTIME
    return substr(text, 4)
}

END {
    for (title in bytes) {
        name = plain(title)
        if (name !~ /^(memory_manager|host_malloc|host_control)_[A-Z][A-Za-z]*$/ && !(title in public))
            continue
        root[++roots] = title
        if (worst(title) > limit)
            fail(name " can need " known[title] " bytes, more than " limit)
    }
    while (printed++ < roots) { # the most expensive first
        top = 0
        for (i = 1; i <= roots; i++)
            if (root[i] != "" && (!top || known[root[i]] > known[root[top]]))
                top = i
        printf "%5d  %s\n       %s\n", known[root[top]], plain(root[top]), path(root[top])
        root[top] = ""
    }
    for (name in public)
        if (!(name in bytes))
            fail("no frame is known of " name)
    if (roots < 20 || !count_nodes)
        fail("too few functions found: " roots)
    text = ""
    for (name in outside)
        text = text " " name
    print "not counted, or " RUNTIME " bytes each where their names are not Windows':" text
    exit failures > 0
}
