#!/usr/bin/env bats
# --trace: a line of JSON for each stage, from which the whole pipe can be told and replayed.
load lib

DOC='{"ociVersion":"1.0.2","process":{"env":["A=1"]},"mounts":[{"destination":"/a"}],"n":1e400}'

line() {
	sed -n "${1}p" trace
}

# The patch of a line, as it is spelt there.
patch_of() {
	line "$1" | python3 -c '
import sys
line = sys.stdin.read().rstrip("\n")
print(line[line.index("\"patch\":") + 8:-1])'
}

digest() {
	tr -d '\n' | sha256sum | cut -d' ' -f1
}

@test "a line has the tool, its arguments, the digests of the documents and a patch" {
	ocipatch --set=/a=1 --set '/b="x"' --trace=trace --compact <<<"$DOC" >out
	[ "$(wc -l <trace)" -eq 1 ]
	run -0 jq -c 'keys_unsorted' trace
	[ "$output" = '["tool","args","in","out","patch"]' ]
	run -0 jq -c '[.tool, .args]' trace
	[ "$output" = '["ocipatch",["--set=/a=1","--set","/b=\"x\"","--trace=trace","--compact"]]' ]
	[ "$(jq -r .in trace)" = "$(digest <<<"$DOC")" ]
	[ "$(jq -r .out trace)" = "$(digest <out)" ]
	[ "$(patch_of 1)" = \
		'[{"op":"add","path":"/a","value":1},{"op":"add","path":"/b","value":"x"}]' ]
}

@test "the digest is of the compact document, however it is written or came" {
	ocipatch <<<"$DOC" | ocipatch --trace=trace >out
	[ "$(jq -r .in trace)" = "$(digest <<<"$DOC")" ]
	[ "$(jq -r .out trace)" = "$(digest <<<"$DOC")" ]
	[ "$(patch_of 1)" = '[]' ]
}

@test "the stages of a pipe append to one trace, in which each begins where another ended" {
	ocipatch --trace=trace --set=/x=1 <<<"$DOC" | ocipatch --trace=trace --set=/x=2 |
		ocipatch --trace=trace --set=/hostname='"h"' >out
	[ "$(wc -l <trace)" -eq 3 ]
	run -0 jq -se '(map(.in) - map(.out)) as $first | (map(.out) - map(.in)) as $last
		| ($first | length == 1) and ($last | length == 1)' trace
}

@test "arguments are as they were given, even where a tool cuts them up" {
	caps-apply --cap-add=chown,kill --cap-drop mknod,setuid --trace=trace <<<"$DOC" >out
	run -0 jq -c .args trace
	[ "$output" = \
		'["--cap-add=chown,kill","--cap-drop","mknod,setuid","--trace=trace"]' ]
}

@test "a stage that makes a document has nothing going in" {
	ocigen --rootfs=/r --trace=trace -- true >out
	run -0 jq -c '[.in, (.args | length), (.patch | map(.op) | unique)]' trace
	[ "$output" = '[null,4,["add"]]' ]
	echo '{}' >replayed
	patch_of 1 | ocipatch --input=replayed --output=replayed --patch=-
	cmp out replayed
}

@test "what was traced can be replayed on the document that went in" {
	ocigen --rootfs=/r -- true >in
	mounts-apply --tmpfs=/t --volume=/usr:/u:ro --trace=trace <in >out
	cp in again
	patch_of 1 | ocipatch --input=again --output=again --patch=-
	cmp out again
	# a mount that is added is one operation, whatever comes behind it
	run -0 jq -c '.patch | map([.op, .path]) | map(select(.[1] | startswith("/mounts")))' trace
	[ "$(jq length <<<"$output")" -eq 2 ]
}

@test "the same pipe leaves the same trace: there are no times in it" {
	for trace in first second; do
		ocigen --rootfs=/r -- true | caps-apply --cap-add=kill --trace=$trace >out
	done
	sed 's/first/second/' first | cmp - second
}

@test "a new trace is for its owner only, an old one keeps its mode" {
	umask 000
	ocipatch --trace=new <<<"$DOC" >out
	[ "$(stat -c %a new)" = 600 ]
	touch old
	chmod 644 old
	ocipatch --trace=old <<<"$DOC" >out
	[ "$(stat -c %a old)" = 644 ]
}

@test "OCIPIPE_TRACE is the default of --trace, and empty is none" {
	OCIPIPE_TRACE=trace ocipatch <<<"$DOC" >out
	[ -s trace ]
	OCIPIPE_TRACE='' ocipatch <<<"$DOC" >out
	OCIPIPE_TRACE=no ocipatch --trace=yes <<<"$DOC" >out
	[ -s yes ]
	[ ! -e no ]
}

@test "a failing stage leaves no line, and a trace that cannot be written fails the stage" {
	run -1 --separate-stderr ocipatch --set=/mounts/9=1 --trace=trace <<<"$DOC"
	[ ! -e trace ]
	run -4 --separate-stderr ocipatch --trace=no/where <<<"$DOC"
	[ -z "$output" ]
	complains 'ocipatch: no/where: cannot open the trace: No such file or directory'
	run -4 --separate-stderr ocipatch --trace=/dev/full <<<"$DOC"
	[ -z "$output" ]
	complains 'ocipatch: /dev/full: cannot write the trace: No space left on device'
}

@test "a FIFO that nobody reads is an error and not a wait; one that is read gets the line" {
	mkfifo fifo
	run -4 --separate-stderr timeout 10 ocipatch --trace=fifo <<<"$DOC"
	complains 'ocipatch: fifo: cannot open the trace'
	cat fifo >line &
	while ! timeout 10 ocipatch --trace=fifo <<<"$DOC" >out 2>err; do
		sleep 0.1
	done
	wait $!
	[ "$(jq -r .tool line)" = ocipatch ]
}

@test "a line is one write, so that stages that run at once do not mix" {
	command -v strace >/dev/null || skip 'needs strace'
	ocigen --rootfs=/r -- true >in
	strace -f -o calls -e trace=openat,write ocipatch --trace=trace --set=/x='"y"' <in >out
	fd=$(sed -n 's/.*"trace", .*O_APPEND.* = \([0-9]*\)$/\1/p' calls)
	[ "$(grep -c " write($fd, " calls)" -eq 1 ]
}

@test "numbers and names of any spelling are in the trace as they are in the document" {
	ocipatch --set='/a~1b/m~0n/ /"=1e400' --set=/c=18446744073709551615 --trace=trace <<<'{}' \
		>out
	[ "$(patch_of 1)" = '[{"op":"add","path":"/a~1b","value":{"m~n":{" ":{"\"":1e400}}}},{"op":"add","path":"/c","value":18446744073709551615}]' ]
}
