#!/bin/sh
# Whether 32-bit Windows programs can run on this machine, under Wine: prints yes or no. HOSTMEM_RUNS_X86=yes or =no
# overrides the result. Otherwise a native program makes a 32-bit system call (runs_x86.c), independently of the
# programs to be tested. Fails if that program cannot be built or has no result.
case "${HOSTMEM_RUNS_X86:-}" in
yes | no)
    echo "$HOSTMEM_RUNS_X86"
    exit 0
    ;;
'') ;;
*)
    echo "hostmem: HOSTMEM_RUNS_X86 is \"$HOSTMEM_RUNS_X86\"; it can be yes or no" >&2
    exit 2
    ;;
esac
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
if ! "${HOSTCC:-cc}" -o "$folder/probe" "${0%/*}/runs_x86.c"; then
    echo "hostmem: no C compiler for this machine; HOSTMEM_RUNS_X86=yes or =no says whether 32-bit programs run" >&2
    exit 2
fi
"$folder/probe"
case $? in
0) echo yes ;;
1) echo no ;;
*)
    echo "hostmem: no answer to whether this machine runs 32-bit programs; HOSTMEM_RUNS_X86=yes or =no gives it" >&2
    exit 2
    ;;
esac
