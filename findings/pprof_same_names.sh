#!/usr/bin/env bash
# pprof's profiles have two names for a function: name, "in human-readable form if available", and system_name, "as
# identified by the system". One would guess that a writer with one name only can put it in both, and that pprof shows it.
# Where both are equal, pprof takes the name for one that is still to be demangled: it removes parameters and type
# arguments from what looks like C++, and for that "::" or a bracket is enough. Overloads become one row, and methods
# of .NET lose their parameters if one of them is an array. Without system_name every name is shown as it is.
# Seen with the pprof of Go 1.19.8 (Debian 12).
# For hostmem: `hostmem-trace export --to pprof` writes no system_name (examples/hostmem-trace/export_pprof.c; two names
# that differ in this way are in the trace "names" of test_export.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages="golang-1.19-go protobuf-compiler libprotoc32 libprotobuf32 libprotobuf-lite32"
apt-get -q download $packages >/dev/null 2>&1 ||
    { apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && apt-get -q download $packages >/dev/null 2>&1; }
for package in ./*.deb; do dpkg -x "$package" tree; done
pprof=tree/usr/lib/go-1.19/pkg/tool/linux_amd64/pprof
export LD_LIBRARY_PATH=$PWD/tree/usr/lib/x86_64-linux-gnu PPROF_TMPDIR=$PWD
echo "golang-1.19-go $(dpkg-deb -f golang-1.19-go_*.deb Version)"

# The part of the published schema that is needed.
cat >profile.proto <<'P'
syntax = "proto3";
message Profile { repeated Pair sample_type = 1; repeated Sample sample = 2; repeated Location location = 4;
                  repeated Function function = 5; repeated string string_table = 6; }
message Pair { int64 type = 1; int64 unit = 2; }
message Sample { repeated uint64 location_id = 1; repeated int64 value = 2; }
message Location { uint64 id = 1; repeated Line line = 4; }
message Line { uint64 function_id = 1; }
message Function { uint64 id = 1; int64 name = 2; int64 system_name = 3; }
P
names=('area::keep(int)' 'area::keep(char)' 'App.Store.Keep(string[])' 'App.Store.Keep(int[])' 'App.Store.Keep(string)')

# rows [system_name]: the names that pprof shows for a profile of these functions, with one byte each.
rows() {
    local i
    {
        printf 'sample_type { type: 1 unit: 2 } string_table: "" string_table: "space" string_table: "bytes"\n'
        for i in "${!names[@]}"; do
            printf 'sample { location_id: %d value: 1 } location { id: %d line { function_id: %d } }\n' \
                $((i + 1)) $((i + 1)) $((i + 1))
            printf 'function { id: %d name: %d %s } string_table: "%s"\n' $((i + 1)) $((i + 3)) \
                "${1:+$1: $((i + 3))}" "${names[i]}"
        done
    } | tree/usr/bin/protoc --encode=Profile profile.proto | gzip >profile.pb.gz
    $pprof -top -nodefraction=0 profile.pb.gz 2>/dev/null | sed '1,/flat%/d' | awk '{ print $1, $6, $7 }' | sort
}
echo "both names:"
rows system_name | tee both
echo "only name:"
rows | tee one
[ "$(cat both)" = "$(printf '1B App.Store.Keep(string) \n2B App.Store.Keep \n2B area::keep ')" ] &&
    [ "$(wc -l <one)" -eq "${#names[@]}" ] || { echo "FAILED: it has changed"; exit 1; }
