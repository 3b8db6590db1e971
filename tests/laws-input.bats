#!/usr/bin/env bats
# What every filter says to wrong input: one message, nothing on standard output.
# shellcheck disable=SC2016,SC2154 # text for other shells; what run sets
load lib
load laws

# refuses TEXT COMMAND...: exit 1, no output, one line that holds TEXT and perhaps a hint.
refuses() {
	local text=$1
	shift
	run -1 --separate-stderr "$@"
	[ -z "$output" ] || fail "output: $output"
	complains "$text"
	[ "${#stderr_lines[@]}" -le 2 ] || fail "more than two lines: $stderr"
}

@test "standard input that is closed is an error, and no other file takes its place (F1)" {
	for filter in $(readers); do
		refuses 'standard input: cannot read: Bad file descriptor' \
			bash -c 'exec "$0" <&-' "$filter"
		run -0 --separate-stderr bash -c 'exec "$0" --input="$1" <&-' "$filter" "$FULL"
		holds '.ociVersion'
	done
}

@test "standard input that cannot be read is an error: a directory, a descriptor to write to (F4)" {
	for filter in $(readers); do
		refuses 'standard input: cannot read: Is a directory' "$filter" </tmp
		refuses 'standard input: cannot read: Bad file descriptor' \
			bash -c 'exec "$0" 0>file' "$filter"
	done
}

@test "a filter with nothing to read says that an earlier stage failed (F2)" {
	for filter in $(readers); do
		refuses 'no document: an earlier stage failed' "$filter" </dev/null
		: >empty
		refuses 'empty: no document: an earlier stage failed' "$filter" --input=empty
		: | refuses 'no document: an earlier stage failed' "$filter" --output=out
		[ ! -e out ]
	done
}

@test "between two pipes it says nothing, without pipefail and in dash too (F2)" {
	for filter in $(readers); do
		for shell in bash dash; do
			run -1 --separate-stderr "$shell" -c '{ false | "$1"; echo $? >&3; } 3>status | cat;
				exit "$(cat status)"' "$shell" "$filter"
			[ -z "$output$stderr" ] || fail "$filter in $shell: $output$stderr"
		done
	done
}

@test "of a pipe whose first stage fails one message remains, also under | tee (F2)" {
	run -0 --separate-stderr bash -c 'ns-apply --hostname=a/b </dev/null |
		ns-apply | idmap-apply | mounts-apply | tee log'
	[ ! -s log ]
	[ "$(grep -c ': ' <<<"$stderr")" -eq 2 ] || fail "$stderr" # the error and its hint
	complains "ns-apply: --hostname: 'a/b' is not a host name"
	run -125 --separate-stderr dash -c 'false | ns-apply --network=none |
		mounts-apply --tmpfs=/t | ocirun'
	[ "${#stderr_lines[@]}" -eq 1 ] || fail "$stderr"
	complains 'ocirun: no document: an earlier stage failed'
	run -125 --separate-stderr bash -c 'set -o pipefail; false | ns-apply | ocirun | tee log'
	complains 'ocirun: no document: an earlier stage failed'
}

@test "a document that ends in the middle is said to be that" {
	for filter in $(readers); do
		refuses 'hint: it ends in the middle: did what wrote it die?' \
			"$filter" <<<'{"ociVersion":'
	done
}

@test "a terminal as standard input is an error with a hint, not a wait (F3)" {
	for filter in $(readers); do
		run -1 --separate-stderr on_terminal "$filter" --compact
		assert_output --partial "$filter: standard input: is a terminal"
		assert_output --partial "$filter: hint: "
	done
}

@test "a document cut off anywhere is an error, at every byte (F7)" {
	step=$([ -n "${TORTURE-}" ] && echo 1 || echo 131)
	for filter in $(readers); do
		laws truncations "$step" "$FULL" "$filter"
	done
}

@test "what follows the document is an error, but for blanks (F8)" {
	for filter in $(readers); do
		refuses 'line 1, column 4: end of file expected' "$filter" <<<'{} {}'
		refuses 'line 1, column 4: end of file expected' "$filter" <<<'{} x'
		printf '{}\0' >in
		refuses 'line 1, column ' "$filter" <in
		printf '\t {"linux":{"seccomp":{"defaultAction":"SCMP_ACT_LOG"}}}\r\n\n' >in
		run -0 --separate-stderr "$filter" <in
		silent
	done
}

@test "a document that is no object is an error" {
	for filter in $(readers); do
		for value in '[]' '"x"' 1 true null; do
			refuses 'the document must be an object, but is ' "$filter" <<<"$value"
		done
	done
}

@test "text that is not JSON in UTF-8 is an error with line and column (F9, F10)" {
	for filter in $(readers); do
		while read -r text; do
			printf '{"a":\n %b}\n' "$text" >in
			refuses ': line 2, column ' "$filter" <in
		done <<-'END'
			"\xff"
			"\xc0\xaf"
			"\xed\xa0\x80"
			"\xf4\x90\x80\x80"
			"\\ud800"
			"\\udc00\\ud800"
			"\\u0000"
			"a\0b"
			"\\x"
			"\001"
			NaN
			Infinity
			01
			+1
			1.
			.5
			1e
			0x10
			1,
			[1,]
			'x'
			// comment
			{"b":1,"b":2}
			{"b\\u0000":1}
		END
	done
	for filter in $(readers); do
		printf '\xef\xbb\xbf{}' >in
		refuses ': line 1, column ' "$filter" <in
		printf '{}' | iconv -t UTF-16 >in
		refuses ': line 1, column ' "$filter" <in
		printf '{"noncharacter":"\xef\xbf\xbf","linux":{"seccomp":{"defaultAction":"SCMP_ACT_LOG"}}}' >in
		run -0 --separate-stderr "$filter" --compact <in
		assert_output --partial $'\xef\xbf\xbf'
	done
}

@test "a place in the text is told right also behind numbers that need care (F9)" {
	for filter in $(readers); do
		for rest in '1e,' '1e9,"c"' '1e9 "c"' '"\u0000"' '1e9,"b":0' '"'; do
			run -1 --separate-stderr "$filter" <<<'{"a":"123456789012345678","b":'"$rest}"
			refuses "$stderr" "$filter" <<<'{"a":18446744073709551615,"b":'"$rest}"
			complains 'line 1, column '
		done
	done
}

@test "a member that is there twice is an error, at any depth (F12)" {
	for filter in $(readers); do
		refuses 'duplicate object key' "$filter" <<<'{"a":1,"a":1}'
		refuses 'duplicate object key' "$filter" <<<'{"x":[{"y":{"b":1,"\u0062":2}}]}'
	done
}

@test "control characters in a string do no harm to messages, which stay one line (F11)" {
	for filter in $(readers); do
		run -1 --separate-stderr "$filter" --input=$'no\n\x1b[31msuch\xc2\x9bfile' </dev/null
		[ "${#stderr_lines[@]}" -eq 1 ] || fail "$stderr"
		complains "$filter: no??[31msuch"
		[[ $stderr != *$'\x1b'* && $stderr != *$'\xc2\x9b'* ]] || fail "$stderr"
	done
}

nested() {
	python3 -c 'import sys; n = int(sys.argv[1]); print("{\"a\":" + "[" * n + "]" * n + "}")' "$1"
}

@test "depth has a limit, and none that a small stack could not bear (F13)" {
	nested 2047 >deep
	nested 2048 >deeper
	python3 -c 'print("[" * 1000000)' >bottomless
	for filter in $(readers); do
		run -0 --separate-stderr bash -c 'ulimit -s 256 && "$0" <deep' "$filter"
		for file in deeper bottomless; do
			refuses 'nested more than 2048 levels deep' \
				bash -c 'ulimit -s 256 && exec "$0" <"$1"' "$filter" "$file"
		done
	done
}

@test "the size has a limit, in bytes, which an option and the environment set (F14)" {
	printf '{"a":"%01000d","linux":{"seccomp":{"defaultAction":"SCMP_ACT_LOG"}}}' 0 >in
	size=$(stat -c %s in)
	for filter in $(readers); do
		run -0 --separate-stderr "$filter" --max-input="$((size + 1))" <in
		run -0 --separate-stderr "$filter" --max-input="$size" <in
		refuses "standard input: is larger than $((size - 1)) bytes" \
			"$filter" --max-input="$((size - 1))" <in
		refuses "in: is larger than $((size - 1)) bytes" \
			"$filter" --max-input="$((size - 1))" --input=in
		OCIPIPE_MAX_INPUT=1k run -1 --separate-stderr "$filter" <in
		complains 'is larger than 1024 bytes'
		OCIPIPE_MAX_INPUT=1k run -0 --separate-stderr "$filter" --max-input=1m <in
		OCIPIPE_MAX_INPUT=x run -2 --separate-stderr "$filter" <in
		complains "$filter: \$OCIPIPE_MAX_INPUT: 'x' is not a size"
	done
}

@test "an endless document is refused at the limit, and soon (F14)" {
	for filter in $(readers); do
		run -1 --separate-stderr bash -c 'yes "[" | timeout 60 "$0" --max-input=4m' "$filter"
		complains 'standard input: is larger than 4194304 bytes'
	done
}

@test "ten times as many entries take about ten times as long (F15)" {
	few=$([ -n "${TORTURE-}" ] && echo 10000 || echo 2000)
	for count in "$few" "$((10 * few))"; do
		python3 - "$count" >"in.$count" <<-'END'
			import json, sys
			n = range(int(sys.argv[1]))
			print(json.dumps({"ociVersion": "1.0.2",
			    "process": {"args": ["x"], "cwd": "/", "env": [f"V{i}={i}" for i in n]},
			    "mounts": [{"destination": f"/m/{i}", "source": "s", "type": "t"} for i in n],
			    "linux": {"seccomp": {"defaultAction": "SCMP_ACT_LOG",
			      "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"} for i in n]},
			      "maskedPaths": [f"/p/{i}" for i in n],
			      "devices": [{"path": f"/dev/{i}", "type": "c", "major": 1, "minor": i} for i in n]}}))
		END
	done
	while read -ra command; do
		reads "${command[0]}" || continue
		laws linear 10 "in.$few" "in.$((10 * few))" "${command[@]}"
	done < <(samples)
}

@test "one long string passes (F15)" {
	python3 -c 'print("{\"a\":\"" + "x" * 10000000 + "\"}")' >in
	for filter in $(readers); do
		"$filter" --compact <in >out
		[ "$(stat -c %s out)" -ge 10000000 ]
	done
}

@test "a value of another kind is an error wherever a filter's own part has one (F17)" {
	step=$([ -n "${TORTURE-}" ] && echo 1 || echo 3)
	for filter in $(readers); do
		laws wrong-types "$step" "$FULL" "$filter"
	done
}

@test "a document as a file: a directory, a FIFO, a device, nothing at all are errors (F26)" {
	mkfifo fifo
	ln -s loop loop
	for filter in $(readers); do
		refuses 'fifo: is not a regular file' timeout 10 "$filter" --input=fifo </dev/null
		refuses '/tmp: is not a regular file' "$filter" --input=/tmp </dev/null
		refuses '/dev/zero: is not a regular file' "$filter" --input=/dev/zero </dev/null
		refuses 'none: cannot open: No such file' "$filter" --input=none </dev/null
		refuses 'loop: cannot open: Too many levels' "$filter" --input=loop </dev/null
	done
}

@test "a document from a file is named among the inputs, and - is standard input" {
	for filter in $(readers); do
		cp "$FULL" doc.json
		run -0 --separate-stderr "$filter" --input=doc.json </dev/null
		holds '.ocipipe.inputs | index("doc.json")'
		"$filter" --input=- <doc.json >dash
		"$filter" <doc.json >plain
		cmp dash plain
	done
}
