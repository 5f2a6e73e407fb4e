#!/usr/bin/env bash
# flamegraph.pl writes SVG without an encoding, which in XML means UTF-8. One would guess that frame names in UTF-8 come
# out as UTF-8, shortened by characters where a frame is too narrow for its name.
# It shortens names by bytes: the label can end in the middle of a character, and the picture is then no valid XML, which
# browsers refuse to show.
# Seen with flamegraph.pl of libdevel-nytprof-perl 6.12 (Debian 12) and Perl 5.36.
# For hostmem: `hostmem-trace export --to collapsed` writes names in UTF-8, as they are; test_export.py reads the picture
# leniently. speedscope shows such names right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
apt-get -q download libdevel-nytprof-perl >/dev/null 2>&1 ||
    { apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && apt-get -q download libdevel-nytprof-perl >/dev/null 2>&1; }
dpkg -x ./*.deb tree
script=tree/usr/share/perl5/Devel/NYTProf/flamegraph.pl
echo "libdevel-nytprof-perl $(dpkg-deb -f ./*.deb Version), $(perl -e 'print "Perl $^V"')"

# picture NAME: of two frames, the first of which is narrower than its name; says whether the file is UTF-8.
picture() {
    printf 'main;%s 10\nmain;other 90\n' "$1" | perl "$script" >picture.svg
    sed -n 1p picture.svg >head
    ! grep -q encoding head || { echo "FAILED: an encoding is declared"; exit 1; }
    if iconv -f UTF-8 -t UTF-8 picture.svg >/dev/null 2>&1; then echo "UTF-8"; else echo "not UTF-8"; fi
}
ascii=$(picture "$(printf 'a%.0s' {1..60})")
even=$(picture "$(printf '\xc3\xa4%.0s' {1..60})")
odd=$(picture "x$(printf '\xc3\xa4%.0s' {1..60})")
echo "60 letters a:             $ascii"
echo "60 letters of two bytes:  $even"
echo "the same behind an x:     $odd"
[ "$ascii" = UTF-8 ] && [ "$even $odd" != "UTF-8 UTF-8" ] || { echo "FAILED: it has changed"; exit 1; }
