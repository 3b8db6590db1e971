#!/usr/bin/env bats
# ocipatch: RFC 6902, RFC 7396, --set and --unset.
load lib

# Change the document on standard input in a file of its own, so that no input is recorded.
edit() {
	cat >document
	ocipatch --input=document --output=document --compact "$@" && cat document
}

# Run the cases of a file in tests/cases/ocipatch: lines "doc", "patch" or "merge", and then
# "gives" the document or "fails" with a message.
cases() {
	local word rest kind=''
	while read -r word rest; do
		case $word in
		doc) printf '%s\n' "$rest" >doc ;;
		patch | merge)
			kind=$word
			printf '%s\n' "$rest" >"$word"
			;;
		gives)
			cp doc document
			ocipatch --input=document --output=document --compact "--$kind=-" \
				<"$kind" 2>message || fail "$(cat "$kind"): $(cat message)"
			printf '%s\n' "$rest" | cmp -s - document ||
				fail "$(cat "$kind") gives $(cat document), not $rest"
			;;
		fails)
			run -1 --separate-stderr ocipatch "--$kind=$kind" <doc
			[ -z "$output" ] || fail "$(cat "$kind") gives $output"
			[ "${stderr_lines[0]}" = "ocipatch: $rest" ] ||
				fail "$(cat "$kind") says ${stderr_lines[0]}, not $rest"
			;;
		esac
	done <"$BATS_TEST_DIRNAME/cases/ocipatch/$1"
	[ -n "$kind" ]
}

@test "the examples of RFC 6902" {
	cases rfc6902
}

@test "the examples of RFC 7396" {
	cases rfc7396
}

@test "operations mean what the RFC says at every edge, and errors say which one and where" {
	cases semantics
}

@test "an unknown operation is answered with those that there are" {
	echo '[{"op":"set","path":"/a","value":1}]' >p
	run -1 --separate-stderr ocipatch --patch=p <<<'{}'
	complains 'ocipatch: hint: known: add, remove, replace, move, copy, test'
	echo '{"a":1}' >p
	run -1 --separate-stderr ocipatch --patch=p <<<'{}'
	complains 'ocipatch: hint: is it a merge patch?'
}

# ---- the command line ----

@test "edits are made in the order of the command line, each option as often as wanted" {
	echo '[{"op":"copy","from":"/a","path":"/b"}]' >p
	echo '{"a":{"y":2},"c":null}' >m
	run -0 --separate-stderr ocipatch --compact --set=/a='{"x":1}' --patch=p --merge=m \
		--set=/a/z=3 --unset=/a/x --patch=p --unset=/ocipipe <<<'{"c":0}'
	[ "$output" = '{"a":{"y":2,"z":3},"b":{"y":2,"z":3},"ocipipe":{"version":1,"inputs":["m","p"]}}' ]
	run -0 --separate-stderr ocipatch --compact --unset=/a --set=/a=1 <<<'{"a":0}'
	[ "$output" = '{"a":1}' ]
	run -0 --separate-stderr ocipatch --compact --set=/a=1 --unset=/a <<<'{"a":0}'
	[ "$output" = '{}' ]
}

@test "without edits the document passes" {
	run -0 --separate-stderr edit <<<'{"a":1e400,"b":[]}'
	[ "$output" = '{"a":1e400,"b":[]}' ]
}

@test "standard input is the patch or the document, and not both" {
	echo '{"a":1}' >doc
	run -0 --separate-stderr ocipatch --compact --input=doc --output=doc --patch=- \
		<<<'[{"op":"remove","path":"/a"}]'
	[ "$(cat doc)" = '{}' ]
	run -2 --separate-stderr ocipatch --patch=- <<<'{"a":1}'
	complains 'ocipatch: -: standard input has been read already'
	complains 'ocipatch: hint: the document can be named with --input'
	run -2 --separate-stderr ocipatch --input=doc --patch=- --merge=- <<<'[]'
	complains 'ocipatch: -: standard input has been read already'
	[ -z "$output" ]
}

@test "the files that were read are recorded, standard input and the document's own are not" {
	echo '[]' >p
	echo '{}' >m
	echo '{"a":1}' >doc
	run -0 --separate-stderr ocipatch --patch=p --merge=m --patch=p <doc
	holds '.ocipipe.inputs == ["m", "p"]'
	ocipatch --input=doc --output=doc --patch=- <p
	run -0 jq -c . doc
	[ "$output" = '{"a":1}' ]
}

@test "a file that is missing, no file, or not JSON is an error that names it (F26)" {
	mkdir dir
	mkfifo fifo
	printf '[{"op":' >short
	printf '[\n {"op":"add","op":1}]' >twice
	run -1 --separate-stderr ocipatch --patch=none <<<'{}'
	complains 'ocipatch: none: cannot open: No such file or directory'
	run -1 --separate-stderr ocipatch --merge=dir <<<'{}'
	complains 'ocipatch: dir: is not a regular file'
	run -1 --separate-stderr timeout 10 ocipatch --patch=fifo <<<'{}'
	complains 'ocipatch: fifo: is not a regular file'
	run -1 --separate-stderr ocipatch --patch=short <<<'{}'
	complains 'ocipatch: short: line 1, column 7: '
	run -1 --separate-stderr ocipatch --patch=twice <<<'{}'
	complains "ocipatch: twice: line 2, column 17: duplicate object key near '\"op\"'"
	echo '{}' >doc
	run -1 --separate-stderr ocipatch --input=doc --patch=- <short
	complains 'ocipatch: standard input: line 1, column 7: '
}

@test "an empty name of a file is an error of the command line" {
	run -2 --separate-stderr ocipatch --patch= <<<'{}'
	run -2 --separate-stderr ocipatch --merge= <<<'{}'
	run -2 --separate-stderr ocipatch --patch
}

# ---- --set and --unset ----

@test "--set puts any value there and makes the objects above it" {
	while read -r value; do
		run -0 --separate-stderr edit --set="/a/b/c=$value" <<<'{}'
		[ "$output" = "{\"a\":{\"b\":{\"c\":$value}}}" ]
	done <<-'END'
		null
		true
		"x"
		""
		18446744073709551615
		1e400
		-0
		{}
		[]
		{"x":[1,{"y":null}]}
	END
	run -0 --separate-stderr edit --set='/a = {"x" : 1} ' <<<'{}'
	[ "$output" = '{"a ":{"x":1}}' ]
}

@test "--set replaces what is there, where it is" {
	run -0 --separate-stderr edit --set=/a='{"x":1}' <<<'{"a":{"y":2},"b":1}'
	[ "$output" = '{"a":{"x":1},"b":1}' ]
	run -0 --separate-stderr edit --set=/a/y/z=1 <<<'{"a":{"y":{"x":0}},"b":1}'
	[ "$output" = '{"a":{"y":{"x":0,"z":1}},"b":1}' ]
}

@test "--set takes any property, of whatever shape: nothing is out of reach" {
	run -0 --separate-stderr edit --set=/linux/newThing/level=7 --set=/process='"odd"' \
		--set=/HOSTNAME=1 <<<'{"process":{"user":{"uid":0}}}'
	[ "$output" = '{"process":"odd","linux":{"newThing":{"level":7}},"HOSTNAME":1}' ]
}

@test "in an array --set takes an index, and that behind the last entry appends" {
	run -0 --separate-stderr edit --set=/a/0=9 --set=/a/2=3 --set=/a/3/x=4 <<<'{"a":[1,2]}'
	[ "$output" = '{"a":[9,2,3,{"x":4}]}' ]
	run -1 --separate-stderr ocipatch --set=/a/3=1 <<<'{"a":[1,2]}'
	complains 'ocipatch: /a: has no entry 3, only 2 of them'
	run -1 --separate-stderr ocipatch --set=/a/3/x=1 <<<'{"a":[1,2]}'
	complains 'ocipatch: /a: has no entry 3, only 2 of them'
	run -1 --separate-stderr ocipatch --set=/a/01=1 <<<'{"a":[1,2]}'
	complains "ocipatch: /a: is an array, and '01' is not an index"
	run -1 --separate-stderr ocipatch --set=/b/a/x/y=1 <<<'{"b":{"a":[1,2]}}'
	complains "ocipatch: /b/a: is an array, and 'x' is not an index"
}

@test "/- appends what is not there yet, so that twice is once" {
	run -0 --separate-stderr edit --set=/a/-=3 --set=/a/-=3 --set=/a/-=1 <<<'{"a":[1,2]}'
	[ "$output" = '{"a":[1,2,3]}' ]
	run -0 --separate-stderr edit --set=/process/args/-='"true"' <<<'{}'
	[ "$output" = '{"process":{"args":["true"]}}' ]
	run -1 --separate-stderr ocipatch --set=/a/-/x=3 <<<'{"a":[]}'
	complains "ocipatch: /a: is an array, and '-' is not an index"
}

@test "what is no object and no array has nothing below it" {
	run -1 --separate-stderr ocipatch --set=/a/b/c=1 <<<'{"a":{"b":"x"}}'
	complains 'ocipatch: /a/b: is a string, which has no members'
	run -1 --separate-stderr ocipatch --set=/a/b=1 <<<'{"a":1e400}'
	complains 'ocipatch: /a: is a number, which has no members'
}

@test "a name may have '=', '/' and '~' in it, and may be empty" {
	run -0 --separate-stderr edit --set=/a=b=1 <<<'{}'
	[ "$output" = '{"a=b":1}' ]
	run -0 --separate-stderr edit --set=/a='"b=1"' <<<'{}'
	[ "$output" = '{"a":"b=1"}' ]
	run -0 --separate-stderr edit --set=/a==1 <<<'{}'
	[ "$output" = '{"a=":1}' ]
	run -0 --separate-stderr edit --set=/a~1b~0c=1 --set=//=2 --set=/x/=3 <<<'{}'
	[ "$output" = '{"a/b~c":1,"":{"":2},"x":{"":3}}' ]
}

@test "a word without quotes is an error that shows how to write it" {
	run -2 --separate-stderr ocipatch --set=/hostname=builder <<<'{}'
	[ -z "$output" ]
	complains "ocipatch: --set: 'builder' is not JSON"
	complains "ocipatch: hint: a string has quotes of its own: '/hostname=\"builder\"'"
	run -2 --separate-stderr ocipatch --set=/a= <<<'{}'
	complains "ocipatch: --set: '' is not JSON"
	run -2 --separate-stderr ocipatch --set='/a={"x":1' <<<'{}'
	complains "ocipatch: --set: '{\"x\":1' is not JSON"
	run -2 --separate-stderr ocipatch --set='/a=1 2' <<<'{}'
	run -2 --separate-stderr ocipatch --set='/a={"x":1,"x":2}' <<<'{}'
	run -2 --separate-stderr ocipatch --set='/a="\u0000"' <<<'{}'
	run -2 --separate-stderr ocipatch --set=/a <<<'{}'
	complains "ocipatch: --set: '/a' is not POINTER=JSON"
}

@test "what is not a pointer is an error of the command line" {
	for option in --set=a/b=1 --set=a=1 --unset=a --unset=process/cwd; do
		run -2 --separate-stderr ocipatch "$option" <<<'{}'
		complains 'is not a JSON pointer'
		complains 'ocipatch: hint: it begins with a slash: /process/cwd'
	done
	run -2 --separate-stderr ocipatch --unset=/a~b <<<'{}'
	complains "ocipatch: --unset: '/a~b' is not a JSON pointer"
	complains "ocipatch: hint: a '~' in a name is written ~0, a '/' ~1"
}

@test "--unset removes a member or an entry; nothing there is no error" {
	run -0 --separate-stderr edit --unset=/a/b --unset=/c/1 --unset=/d --unset=/x/y/z \
		--unset=/c/7 --unset=/c/- --unset=/e/f <<<'{"a":{"b":1},"c":[1,2,3],"d":1e400,"e":"s"}'
	[ "$output" = '{"a":{},"c":[1,3],"e":"s"}' ]
	run -2 --separate-stderr ocipatch --unset= <<<'{}'
	complains 'ocipatch: --unset: cannot remove the whole document'
}

@test "the document as a whole can be set, as long as it is an object" {
	run -0 --separate-stderr edit --set='={"b":1}' --set=/c=2 <<<'{"a":1}'
	[ "$output" = '{"b":1,"c":2}' ]
	run -1 --separate-stderr ocipatch --set='=[1]' <<<'{"a":1}'
	complains 'ocipatch: the document would not be an object, but an array'
}

@test "twice is once for --set, --unset and --merge" {
	echo '{"a":{"x":null,"y":[1]},"b":null}' >m
	for option in --set=/a/x=1 --set=/a/l/-=2 --set=/a/l/0=7 --unset=/b --merge=m; do
		ocipatch "$option" <<<'{"a":{"x":{}},"b":[1e400]}' >once
		ocipatch "$option" <once >twice
		cmp once twice || fail "$option"
	done
}

# ---- limits ----

@test "nothing nests deeper than a document can be read again" {
	deep=$(printf '/a%.0s' {1..2047})
	ocipatch --set="$deep=1" <<<'{}' | ocipatch --compact >out
	run -1 --separate-stderr ocipatch --set="$deep/a=1" <<<'{}'
	complains 'would nest more than 2048 levels'
	run -1 --separate-stderr ocipatch --set="$deep=[]" --set="$deep/-=1" <<<'{}'
	complains 'would nest more than 2048 levels'
	python3 -c 'print("[{\"op\":\"add\",\"path\":\"" + "/a" * 60000 + "\",\"value\":1}]")' >p
	run -1 --separate-stderr ocipatch --patch=p <<<'{}'
	complains "ocipatch: p: /0/path: there is no '/a'"
	# one level more by each operation, by any that can
	for op in '"add","value":{}' '"copy","from":"/x"' '"move","from":"/m"'; do
		python3 - "$op" >p <<-'END'
			import sys
			ops = []
			for i in range(1, 3000):
			    if "/m" in sys.argv[1]:
			        ops.append('{"op":"add","path":"/m","value":{}}')
			    ops.append('{"op":%s,"path":"%s"}' % (sys.argv[1], "/a" * i))
			print("[" + ",".join(ops) + "]")
		END
		run -1 --separate-stderr ocipatch --patch=p <<<'{"x":{}}'
		complains 'would nest more than 2048 levels'
	done
}

@test "copies of copies do not fill the memory" {
	python3 -c 'print("[" + ",".join(["{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a%d\"}" % i for i in range(64)]) + "]")' >p
	run -1 --separate-stderr ocipatch --patch=p <<<'{"x":[1,2,3]}'
	complains '/from: more than 67108864 bytes are copied'
}
