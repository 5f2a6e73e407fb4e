# Turns plain comments into Doxygen's: a filter for headers that keeps the line numbers. The first comment of a file is
# about the file; one after code on the same line is about that code.
NR == 1 && /^\/\* / { name = FILENAME; sub(/.*\//, "", name); sub(/^\/\* /, "/** @file " name " "); print; next }
/^ *\/\* ----/ { print; next }
/^ *\/\* / { sub(/\/\* /, "/** "); print; next }
/[^ ].*[^ ] +\/\* / { sub(/\/\* /, "/**< "); print; next }
{ print }
