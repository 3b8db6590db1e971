#!/usr/bin/env bats
# Text to document and back: nothing is lost, nothing is let through, and the message says where.
# ocipatch checks no shapes, so that the document is the only thing that can be wrong.
load lib

# A document that printf makes of $1 is an error with this text.
refused() {
	# shellcheck disable=SC2059 # the escapes are the point
	printf "$1" >in
	run -1 --separate-stderr ocipatch <in
	[ -z "$output" ] || fail "$1 gives output: $output"
	[[ ${stderr_lines[0]} == "ocipatch: $2" ]] || fail "$1 gives: ${stderr_lines[0]}"
}

# One that comes out as it went in.
kept() {
	# shellcheck disable=SC2059
	printf "$1" >in
	ocipatch --compact <in >out
	printf '\n' >>in
	cmp in out || fail "$1 is not kept"
}

@test "behind the document only white space may follow (F8)" {
	refused '{} {}' "line 1, column 4: end of file expected near '{'"
	refused '{}x' "line 1, column 3: end of file expected near 'x'"
	refused '{"a":1e5}x' "line 1, column 10: end of file expected near 'x'"
	refused '{}]' "line 1, column 3: end of file expected near ']'"
	refused '{}\000' 'line 1, column 3: a NUL byte'
	refused '{"a":1e5}\n\000' 'line 2, column 1: a NUL byte'
	printf '{}\n \t\r\n\n' | ocipatch --compact >out
	[ "$(cat out)" = '{}' ]
}

@test "the document must be one object" {
	refused '[1]' 'the document must be an object, but is an array'
	refused '18446744073709551615' 'the document must be an object, but is a number'
	refused '"x"' 'the document must be an object, but is a string'
	refused 'null' 'the document must be an object, but is null'
	refused ' \n' 'line 2, column 0: unexpected token near end of file'
}

@test "only UTF-8 is read, and a byte order mark is not part of it (F9)" {
	refused '\357\273\277{}' 'line 1, column 1: begins with a byte order mark'
	refused '\377\376{\000}\000' 'line 1, column 1: is UTF-16 or UTF-32, but must be UTF-8'
	refused '\376\377\000{\000}' 'line 1, column 1: is UTF-16 or UTF-32, but must be UTF-8'
	refused '{\000}\000' 'line 1, column 1: is UTF-16 or UTF-32, but must be UTF-8'
	refused '\000{\000}' 'line 1, column 1: is UTF-16 or UTF-32, but must be UTF-8'
	refused '{\000\000\000}\000\000\000' \
		'line 1, column 1: is UTF-16 or UTF-32, but must be UTF-8'
}

@test "what is not UTF-8 in a string is an error: overlong, surrogates, cut off (F9)" {
	for bad in '\300\200' '\355\240\200' '\364\220\200\200' '\200' '\377' '\303'; do
		printf '{"a":"x%b"}' "$bad" >in
		run -1 --separate-stderr ocipatch <in
		complains 'ocipatch: line 1, column 7: unable to decode byte 0x'
	done
	refused '{"a":"\\ud800"}' "line 1, column 13: invalid Unicode '\\uD800' near '\"\\ud800\"'"
	refused '{"a":"\\ud800\\u0041"}' \
		"line 1, column 19: invalid Unicode '\\uD800\\u0041' near '\"\\ud800\\u0041\"'"
	kept '{"a":"\357\277\277\360\237\230\200"}'
}

@test "a NUL is an error, raw or escaped, in a string or in a name (F10)" {
	refused '{"a":"x\000y"}' 'line 1, column 8: a NUL byte'
	refused '{"\303\274":"\303\274",\n"\303\274\000":1}' 'line 2, column 3: a NUL byte'
	refused '{"process":{"env":["A=1",\n"B=\\u0000"]}}' 'line 2, column 10: U+0000 in a string'
	refused '{"a\\u0000":1}' 'line 1, column 10: U+0000 in the name of a member'
	# the same where there are numbers that jansson cannot hold
	refused '{"n":1e5,"a":"\\u00001e5"}' 'line 1, column 24: U+0000 in a string'
	refused '{"n":1e5,"a\\u0000":1}' 'line 1, column 18: U+0000 in the name of a member'
	kept '{"n":1e5,"a":"\\\\u0000"}'
}

@test "a member that comes twice is an error that names it, at any depth (F12)" {
	refused '{"a":1,"a":2}' "line 1, column 10: duplicate object key near '\"a\"'"
	refused '{"x":[{"b":1e3,\n"b":1e5}]}' "line 2, column 3: duplicate object key near '\"b\"'"
	refused '{"A":1,"\\u0041":2}' "line 1, column 15: duplicate object key near '\"\\u0041\"'"
	refused '{"":1,"":2}' "line 1, column 8: duplicate object key near '\"\"'"
}

@test "2048 levels are read and written, one more is an error, a million are, too (F13)" {
	nest() {
		python3 -c 'import sys; n=int(sys.argv[1]); print("{\"a\":" + "["*n + "]"*n + "}")' "$1"
	}
	nest 2047 >ok
	ocipatch --compact <ok >out
	cmp ok out
	for n in 2048 1000000; do
		nest $n >in
		run -1 --separate-stderr ocipatch <in
		complains 'ocipatch: line 1, column 2053: nested more than 2048 levels deep'
	done
}

@test "the deepest document passes on a small stack, with a trace and a diff (F13, F25)" {
	python3 -c 'print("{\"a\":" * 2047 + "1" + "}" * 2047)' >in
	pointer=$(python3 -c 'print("/a" * 2047)')
	sed 's/:1}/:2}/' in >wanted
	for size in 8192 256 128; do
		(
			ulimit -s $size
			ocipatch --compact --diff --trace=trace --set="$pointer=2" <in >out 2>changes
		)
		cmp wanted out
		[ "$(tail -c 8 changes)" = ' 1 -> 2' ]
	done
	(
		ulimit -s 256
		run -1 --separate-stderr ocipatch < <(python3 -c 'print("[" * 1000000)')
	)
}

@test "numbers of every size and spelling are kept as they are (F16)" {
	kept '{"a":[2147483647,2147483648,4294967295,4294967296,9007199254740993]}'
	kept '{"a":[9223372036854775807,9223372036854775808,18446744073709551615]}'
	kept '{"a":[18446744073709551616,-1,-9223372036854775808,-9223372036854775809]}'
	kept '{"a":[999999999999999999,1000000000000000000,-999999999999999999]}'
	kept '{"a":[1e3,1E3,1.0,1.50,-0,-0.0,0e0,0E-0,1e999,-1e-999,1.0e+0005]}'
	kept '{"1e5":1e5,"a":"1e5","b":"\\"1e5","c":["\\\\",1e5,"\\\\\\""]}'
	kept '{"a":1e5,"b":{"c":1e5},"d":[1e5,[1e5]]}'
}

@test "what is not a number by the grammar of JSON is an error (F16)" {
	for bad in 01 -01 00 - + +1 .5 1. -. 1e 1e+ 0x1 1_0 NaN Infinity -Infinity 1,5e 1.5.5 --1 1-1 \
		1e5-1 1e5e5 1e5x 1e5.0 '1 2' '1e5 2' 0b1 1L 1e5L; do
		printf '{"a":%s}' "$bad" >in
		run -1 --separate-stderr ocipatch <in
		complains 'ocipatch: line 1, column '
	done
	refused '{1e5:2}' "line 1, column 4: string or '}' expected near '1e5'"
	refused '{"a"1e5}' "line 1, column 7: ':' expected near '1e5'"
	refused '{"a":"x"1e5}' "line 1, column 11: '}' expected near '1e5'"
	refused '{"a":1e5"x"}' "line 1, column 11: '}' expected near '\"x\"'"
	refused '[1-0]' "line 1, column 4: ']' expected near '-0'"
	refused '[18446744073709551616-0]' "line 1, column 23: ']' expected near '-0'"
}

@test "comments, single quotes and trailing commas are not JSON" {
	refused '{/*x*/}' "line 1, column 2: string or '}' expected near '/'"
	refused "{'a':1}" "line 1, column 2: string or '}' expected near '''"
	refused '{"a":1,}' "line 1, column 8: string or '}' expected near '}'"
	refused '{"a":[1e5,]}' "line 1, column 11: unexpected token near ']'"
	refused '{"a":tru}' "line 1, column 8: invalid token near 'tru'"
	refused '{"a":"x\ty"}' "line 1, column 7: control character 0x9 near '\"x'"
	refused '{"a":"\\x"}' "line 1, column 8: invalid escape near '\"\\x'"
}

@test "a document that ends in the middle may be the trace of a stage that died (F7)" {
	printf '{"a":[1e5,"b\\n"],"c":{"d":null,"e":-1.5e3}}' >whole
	size=$(stat -c %s whole)
	for ((n = 1; n < size; n++)); do
		head -c "$n" whole >in
		run -1 --separate-stderr ocipatch <in
		[ -z "$output" ]
		[[ $stderr =~ ^ocipatch:\ line\ 1,\ column\ [0-9]+:\  ]] || fail "$n: $stderr"
	done
	printf '{"a":' >in
	run -1 --separate-stderr ocipatch <in
	complains 'ocipatch: hint: it ends in the middle: did what wrote it die?'
}

@test "strings keep every character, and control characters are escaped again (F11)" {
	kept '{"a":"\177\302\200\342\200\250\357\273\277"}'
	kept '{"a":"\\u0001\\u001f\\n\\t\\"\\\\"}'
	kept '{"a\\n\\u0007b":{"\\"":{"\\\\":{"/":{"~":{"\342\200\250":1}}}}}}'
	printf '{"a":"\\/\\b\\f\\r\\u0041\\ud83d\\ude00"}' | ocipatch --compact >out
	[ "$(cat out)" = '{"a":"/\u0008\u000c\u000dA😀"}' ]
}

@test "an escape in a member's name is the same name" {
	printf '{"\\u0061":1}' | ocipatch --set=/a=2 --compact >out
	[ "$(cat out)" = '{"a":2}' ]
}

@test "equal is by members in any order and by the spelling of numbers" {
	# --set=…/- appends unless there is an equal entry
	for same in '{"b":[1e5],"a":1}' '{"a":1,"b":[1e5]}'; do
		echo '{"l":[{"a":1,"b":[1e5]}]}' | ocipatch --compact --set="/l/-=$same" >out
		[ "$(cat out)" = '{"l":[{"a":1,"b":[1e5]}]}' ]
	done
	for other in '{"a":1.0,"b":[1e5]}' '{"a":1,"b":[100000]}' '{"a":"1","b":[1e5]}'; do
		run -0 --separate-stderr ocipatch --set="/l/-=$other" \
			<<<'{"l":[{"a":1,"b":[1e5]}]}'
		holds '.l | length == 2'
	done
	# a number is not the string that holds it in memory
	run -0 --separate-stderr ocipatch --set='/l/-="1e5"' <<<'{"l":[1e5]}'
	holds '.l | length == 2'
}
