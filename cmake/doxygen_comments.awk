# Makes Doxygen's comments of plain ones: a filter for headers, whose text it leaves on the lines where it was. The first
# comment of a file is about the file; one that follows code on its line is about that code.
NR == 1 && /^\/\* / { name = FILENAME; sub(/.*\//, "", name); sub(/^\/\* /, "/** @file " name " "); print; next }
/^ *\/\* ----/ { print; next }
/^ *\/\* / { sub(/\/\* /, "/** "); print; next }
/[^ ].*[^ ] +\/\* / { sub(/\/\* /, "/**< "); print; next }
{ print }
