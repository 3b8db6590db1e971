#!/usr/bin/env bats
# lib/README.md is the map of lib/: of all its files, in the layers that their headers name.
load lib

prepare() {
	LIB=$TESTS/../lib
	MAP=$LIB/README.md
}

# The rows of the map, as: LAYER FILE TEXT
rows() {
	sed -nE '/^### [0-9]\. /{s/^### ([0-9]).*/\1/;h;}
		/^\| `/{s/^\| `([^`]*)` \| (.*) \|$/\1 \2/;G;s/(.*)\n(.*)/\2 \1/;p;}' "$MAP"
}

# What a header's first line says, in the same form.
headers() {
	local header
	for header in "$LIB"/*.h; do
		sed -nE 's/^( \*|\/\*) ([a-z_]+\.h) - layer ([0-9]): (.*[^ ])$/\3 \2 \4/p' "$header"
	done | sed 's| \*/$||'
}

@test "the map has every header, with the layer and the words of its first line" {
	headers >lines
	assert_equal "$(wc -l <lines)" "$(find "$LIB" -name '*.h' | wc -l)"
	rows | grep '^[0-9] [a-z_]*\.h ' | sort >map
	sort lines | diff - map
}

@test "the map has every source file that has no header of its own, and no file that is gone" {
	for source in "$LIB"/*.c; do
		[ -e "${source%.c}.h" ] || basename "$source"
	done | sort >sources
	rows | cut -d' ' -f2 | grep '\.c$' | sort | diff sources -
	grep -oE '`[a-z_]+\.[ch]`|`(tools|tests)/[a-z-]+\.[a-z]+`' "$MAP" | tr -d '`' | sort -u |
		while read -r name; do
			[ -e "$LIB/$name" ] || [ -e "$LIB/../$name" ] || [ "$name" = NAME.c ] || fail "$name"
		done
}

@test "no file includes one of a higher layer" {
	rows | cut -d' ' -f1,2 >layers
	for file in "$LIB"/*.[ch]; do
		name=${file##*/}
		layer=$(grep -E "^[0-9] ${name%.c}(\.h|\.c)?$" layers | head -n 1 | cut -d' ' -f1)
		[ -n "$layer" ] || fail "$name has no layer"
		sed -nE 's/^#include "(.*)"$/\1/p' "$file" | while read -r included; do
			above=$(grep -E "^[0-9] $included$" layers | cut -d' ' -f1)
			[ "$above" -le "$layer" ] || fail "$name ($layer) includes $included ($above)"
		done
	done
}
