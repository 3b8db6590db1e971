#!/usr/bin/env bats
# What holds for every filter: identity, idempotence, ownership, commutation, determinism.
#
# tests/samples has a representative command of each filter; a new filter is
# covered by a line there.  laws-input, -output, -options and -faults go on.
load lib
load laws

# Documents to run the laws over: everything, next to nothing, and what ocigen makes.
documents() {
	echo "$FULL"
	echo '{"ociVersion":"1.0.2","process":{"args":["true"],"cwd":"/"},"root":{"path":"r"}}' >small
	echo small
	if command -v ocigen >/dev/null; then
		mkdir -p rootfs
		ocigen --rootfs=rootfs -- true >made
		echo made
	fi
}

# seccomp-apply gives a document without a filter the default one; this is one it leaves alone.
a_filter() {
	[ "$1" != seccomp-apply ] || printf ',"linux":{"seccomp":{"defaultAction":"SCMP_ACT_LOG"}}'
}

@test "without options a document passes byte for byte: numbers, order, unknown members (F16, F19)" {
	for filter in $(readers); do
		printf '{"x":18446744073709551615,"y":1e400,"z":0.10,"a":{"b":[]}%s}\n' \
			"$(a_filter "$filter")" >in
		"$filter" --compact <in >out
		cmp in out || fail "$filter"
	done
}

@test "without options every number passes as it is spelt (F16)" {
	for filter in $(readers); do
		printf '{"n":[2147483647,2147483648,4294967295,4294967296,9007199254740993,%s%s%s]%s}\n' \
			9223372036854775807,9223372036854775808,18446744073709551615, \
			18446744073709551616,-1,-9223372036854775808,-9223372036854775809, \
			1e3,1E+3,1.0,1.50,-0,-0.0,0e0,1e999,1234567890123456789012345678901234567890 \
			"$(a_filter "$filter")" >in
		"$filter" --compact <in >out
		cmp in out || fail "$filter"
	done
}

@test "without options a full document keeps every member, in its order (F19)" {
	for filter in $(readers); do
		"$filter" <"$FULL" >out
		laws equal "$FULL" out
	done
}

@test "the two ways of printing say the same, and what was printed prints the same" {
	for filter in $(readers); do
		"$filter" <"$FULL" >indented
		"$filter" --compact <"$FULL" >compact
		[ "$(wc -l <compact)" -eq 1 ]
		laws equal indented compact
		"$filter" <compact >again
		cmp indented again || fail "$filter"
	done
}

@test "a filter changes only what it owns, and twice is once (F18, F33)" {
	documents >list
	while read -ra command; do
		"${command[0]}" --introspect >about
		reads "${command[0]}" || continue
		while read -r document; do
			"${command[@]}" <"$document" >once || fail "${command[*]} <$document"
			"${command[@]}" <once >twice
			cmp once twice || fail "${command[*]} <$document: twice is not once"
			laws owned "$document" once about
		done <list
	done < <(samples)
}

@test "a filter makes the sections that it needs, and an empty document is one (F18)" {
	while read -ra command; do
		"${command[0]}" --introspect >about
		reads "${command[0]}" || continue
		echo '{}' >in
		"${command[@]}" <in >once || fail "${command[*]} <<<{}"
		"${command[@]}" <once >twice
		cmp once twice || fail "${command[*]} <<<{}: twice is not once"
		laws owned in once about
	done < <(samples)
}

# Pairs whose order the contract prescribes: A before B.
ordered() {
	case "$1 $2" in
	*hooks-apply* | 'caps-apply seccomp-apply') ;;
	'process-apply devices-apply' | 'process-apply caps-apply') ;;
	'ns-apply mounts-apply' | 'idmap-apply mounts-apply' | 'devices-apply mounts-apply') ;;
	*) return 1 ;;
	esac
}

@test "filters whose order the contract leaves open give the same document in either order (F33)" {
	documents >list
	samples | while read -ra a; do
		reads "${a[0]}" || continue
		samples | while read -ra b; do
			[[ ${a[0]} < ${b[0]} ]] || continue
			reads "${b[0]}" || continue
			! ordered "${a[0]}" "${b[0]}" || continue
			! ordered "${b[0]}" "${a[0]}" || continue
			while read -r document; do
				"${a[@]}" <"$document" | "${b[@]}" >ab
				"${b[@]}" <"$document" | "${a[@]}" >ba
				laws equivalent ab ba || fail "${a[*]} and ${b[*]}, $document"
			done <list
		done
	done
}

@test "the same document and command line give the same bytes, run after run (F33)" {
	while read -ra command; do
		laws runs "$([ -n "${TORTURE-}" ] && echo 1000 || echo 20)" \
			"${command[@]}" <"$FULL"
	done < <(samples)
}
