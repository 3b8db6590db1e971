#!/usr/bin/env bats
# hooks-apply: precreate hooks, which run here as filters.
load lib
load hooks-apply.bash

# program NAME - the script on standard input, executable, in the test's directory.
program() {
	cat >"$1"
	chmod +x "$1"
}

# precreate NAME [OPTION...] - run hooks-apply with that program as its one hook.
precreate() {
	local start=$SECONDS
	run "$1" --separate-stderr hooks-apply --hook="precreate:$PWD/$2" "${@:3}" <<<"${DOC-{\}}"
	took=$((SECONDS - start))
}

@test "a precreate hook changes the document, and is not written into it (B225, B235)" {
	program hook <<-'END'
		#!/bin/sh
		jq '.hostname = "by-hook"'
	END
	precreate -0 hook
	holds '. == {hostname: "by-hook"}'
	hook_file d/a.json ".hook.path = \"$PWD/hook\" | .stages = [\"precreate\", \"poststop\"] |
		.hook.env = [\"PATH=$PATH\"]"
	hooks -0 --hooks-dir=d
	holds '.hostname == "by-hook" and (.hooks | keys == ["poststop"])'
	precreate -0 hook --no-precreate
	holds '. == {}'
}

@test "it gets its arguments, just its environment, the directory / and the finished document (B235, B239)" {
	program hook <<-'END'
		#!/bin/sh
		export OUT; { echo "$0 $*"; pwd; tr '\0' ' ' </proc/$$/environ; echo; ls /proc/self/fd; } >"$OUT"
		exec cat
	END
	run -0 --separate-stderr env SECRET=x hooks-apply --hook="precreate:$(jq -nc --arg d "$PWD" \
		'{path: ($d + "/hook"), args: ["name", "a b"], env: ["OUT=" + $d + "/out", "Z=1"]}')" \
		--hook=poststop:/bin/x <<<'{"process":{"env":["A=b"]}}' 7<&0
	holds '.hooks.poststop[0].path == "/bin/x"'
	diff -u - out <<-END
		$PWD/hook a b
		/
		OUT=$PWD/out Z=1 
		0
		1
		2
		3
	END
	# without any, just the path and no environment at all
	program bare <<-'END'
		#!/bin/sh
		echo "{\"hostname\":\"$#.$(wc -c </proc/$$/environ)\"}"
	END
	precreate -0 bare
	holds '.hostname == "0.0"'
}

@test "several run in order, each over what the one before made (B235)" {
	program hook <<-'END'
		#!/bin/sh
		exec /usr/bin/jq --arg me "$1" '.annotations.seen += "\($me)"'
	END
	for name in c a b; do
		hook_file "d/$name.json" \
			".hook += {path: \"$PWD/hook\", args: [\"x\", \"$name\"]} | .stages = [\"precreate\"]"
	done
	hooks -0 --hook="precreate:$PWD/hook,1" --hooks-dir=d --hook="precreate:$PWD/hook,2"
	holds '.annotations.seen == "1abc2"'
	# what an earlier one made is not kept if a later one fails (B237)
	hooks -3 --hooks-dir=d --hook=precreate:/bin/false
	complains 'hooks-apply: /bin/false: exited with status 1'
	assert_output ''
}

@test "/ocipipe and unknown members survive a hook that drops them, at any depth" {
	program typed <<-'END'
		#!/usr/bin/python3 -I
		import json, sys
		doc = json.load(sys.stdin)
		assert "ocipipe" not in doc
		del doc["x-top"], doc["process"]["x-p"], doc["linux"]["x-l"]
		del doc["vm"], doc["x-only"]
		del doc["linux"]["intelRdt"]
		for mount in doc["mounts"]:
		    mount.pop("x-m", None)
		doc["mounts"].insert(0, {"destination": "/new", "type": "tmpfs", "source": "tmpfs"})
		doc["mounts"].sort(key=lambda mount: mount["destination"], reverse=True)
		doc["linux"]["timeOffsets"]["boottime"].pop("x-t")
		for rule in doc["linux"]["seccomp"]["syscalls"]:
		    rule.pop("x-s", None)
		doc["process"].pop("terminal")
		print(json.dumps(doc))
	END
	DOC=$(jq -nc '{
		"x-top": {deep: [1]}, "x-only": 1, vm: {hypervisor: {path: "/x"}},
		process: {terminal: true, args: ["a"], "x-p": 1},
		mounts: [{destination: "/a", "x-m": 1}, {destination: "/b", "x-m": 2}, {destination: "/c"}],
		linux: {"x-l": null, intelRdt: {"x-r": 1}, timeOffsets: {boottime: {secs: 1, "x-t": 3}},
			seccomp: {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["read"],
				action: "SCMP_ACT_ALLOW", "x-s": 1}]}},
		ocipipe: {version: 1, network: {mode: "none"}}}') precreate -0 typed
	holds '."x-top" == {deep: [1]} and ."x-only" == 1 and .vm.hypervisor.path == "/x" and
		.process == {args: ["a"], "x-p": 1} and
		.mounts == [{destination: "/new", type: "tmpfs", source: "tmpfs"}, {destination: "/c"},
			{destination: "/b", "x-m": 2}, {destination: "/a", "x-m": 1}] and
		.linux.seccomp.syscalls[0]."x-s" == 1 and .linux.timeOffsets.boottime."x-t" == 3 and
		(.linux | has("x-l")) and .linux.intelRdt == {"x-r": 1} and
		.ocipipe == {version: 1, network: {mode: "none"}}'
}

@test "a number that no double holds survives where the hook does not know it" {
	program typed <<-'END'
		#!/bin/sh
		/usr/bin/jq 'del(.x)'
	END
	DOC='{"x":18446744073709551615,"y":{"z":1}}' precreate -0 typed --compact
	assert_output '{"y":{"z":1},"x":18446744073709551615}'
}

@test "a prepare step whose mount the hook removed goes too, the others stay" {
	program remove <<-'END'
		#!/bin/sh
		/usr/bin/jq 'del(.mounts[] | select(.destination == "/a")) | .ocipipe = {version: 1, prepare: []}'
	END
	DOC='{"mounts":[{"destination":"/a"},{"destination":"/b"}],"ocipipe":{"version":1,"prepare":[
		{"step":"workdir"},{"step":"overlay","mount":"/a","lower":"/x"},
		{"step":"overlay","mount":"/b","lower":"/x"},{"step":"overlay","mount":"/c","lower":"/x"}]}}' \
		precreate -0 remove
	holds '[.ocipipe.prepare[].mount] == [null, "/b", "/c"]'
	DOC='{"mounts":[{"destination":"/a"}],"ocipipe":{"version":1,"prepare":[
		{"step":"overlay","mount":"/a","lower":"/x"}]}}' precreate -0 remove
	holds '.ocipipe == {version: 1}'
}

@test "what a hook returns is read strictly and checked (B237, R28)" {
	while IFS='|' read -r text message; do
		printf '#!/bin/sh\ncat <<"END"\n%b\nEND\n' "$text" | program broken
		precreate -1 broken
		complains "hooks-apply: $PWD/broken: output"
		complains "$message"
		assert_output ''
	done <<-'END'
		|output: line 2, column
		{|output: line
		[]|output: must be an object, but is an array
		null|output: must be an object, but is null
		{} {}|output: line 1, column 4
		{"a":1,"a":2}|duplicate
		{"process":{"user":{"uid":"0"}}}|output: /process/user/uid: must be an integer, but is a string
		{"mounts":[{"destination":"x"}]}|output: /mounts/0/destination: must be an absolute path
		{"Process":{}}|output: /Process: is 'process' but for letter case
		{"x":"\\u0000"}|output: line
		{"x":"\377"}|output: line
	END
	printf '#!/bin/sh\n' | program broken
	precreate -1 broken
	complains 'output: is empty'
}

@test "a failing hook is named, with its last words (B237, R28)" {
	program fails <<-'END'
		#!/bin/sh
		echo first >&2
		printf 'no GPU \033[31mhere\n\n' >&2
		exit 42
	END
	precreate -3 fails
	complains "hooks-apply: $PWD/fails: exited with status 42: no GPU ?[31mhere"
	program killed <<-'END'
		#!/bin/sh
		kill -SEGV $$
	END
	precreate -3 killed
	complains 'was killed by signal 11 (Segmentation fault)'
	precreate -3 missing
	complains 'missing: cannot be started: No such file or directory'
	echo >text
	precreate -3 text
	complains 'text: cannot be started: Permission denied'
	chmod +x text
	precreate -3 text
	complains 'text: cannot be started: Exec format error'
}

@test "a hook that succeeds is not heard (B235)" {
	program talks <<-'END'
		#!/bin/sh
		head -c 300000 /dev/zero >&2
		exec cat
	END
	precreate -0 talks
	silent
	holds '. == {}'
}

@test "a hook that hangs is killed with its group when its time is over (B236, R28)" {
	program hangs <<-END
		#!/bin/sh
		trap '' TERM INT HUP
		sleep 1000 & echo \$! >$PWD/child
		echo waiting >&2
		wait
	END
	precreate -3 hangs --timeout=1
	complains 'hangs: did not end within 1 s: waiting'
	[ "$took" -lt 30 ]
	refute [ -e "/proc/$(<child)/exe" ]
	hook_file d/a.json ".hook += {path: \"$PWD/hangs\", timeout: 1} | .stages = [\"precreate\"]"
	hooks -3 --hooks-dir=d
	complains 'did not end within 1 s'
	hooks -2 --timeout=0
	program stops <<-'END'
		#!/bin/sh
		kill -STOP $$
	END
	precreate -3 stops --timeout=1
	complains 'stops: did not end within 1 s'
}

@test "nobody waits for what a hook left behind, and it is killed (R28)" {
	program daemon <<-END
		#!/bin/sh
		sleep 1000 & echo \$! >$PWD/child
		exec cat
	END
	precreate -0 daemon
	holds '. == {}'
	[ "$took" -lt 30 ]
	refute [ -e "/proc/$(<child)/exe" ]
	program escapes <<-END
		#!/bin/sh
		setsid sleep 1000 & echo \$! >$PWD/child
		cat
	END
	precreate -0 escapes
	[ "$took" -lt 30 ]
	kill "$(<child)"
}

@test "output beyond the limit ends the hook, whichever descriptor (R28)" {
	program gigabyte <<-'END'
		#!/bin/sh
		exec cat /dev/zero
	END
	precreate -3 gigabyte
	complains 'printed more than 67108864 bytes'
	program noise <<-'END'
		#!/bin/sh
		head -c 1000000000 /dev/zero >&2
		echo >&2; echo last words >&2
		exit 1
	END
	precreate -3 noise
	complains 'noise: exited with status 1: last words'
}

@test "a hook need not read its input, nor keep its output open (R28)" {
	DOC=$(python3 -c 'print("{\"x\":\"" + "a" * 3000000 + "\"}")')
	echo "$DOC" >doc
	program deaf <<-'END'
		#!/bin/sh
		exec <&-
		echo '{"hostname":"h"}'
		exec >&-
		/bin/sleep 0.2
	END
	run -0 --separate-stderr hooks-apply --hook="precreate:$PWD/deaf" --input=doc
	holds '.hostname == "h"'
	printf '#!/bin/sh\necho {}' | program early
	run -0 --separate-stderr hooks-apply --hook="precreate:$PWD/early" --input=doc
	run -3 --separate-stderr hooks-apply --hook=precreate:/bin/false --input=doc
	complains 'exited with status 1'
}

@test "a signal ends the hook and then us" {
	program hangs <<-END
		#!/bin/sh
		echo \$\$ >$PWD/pid
		sleep 1000
	END
	for signal in TERM INT HUP; do
		rm -f pid
		env --default-signal="$signal" hooks-apply --hook="precreate:$PWD/hangs" <<<'{}' 3>&- &
		us=$!
		await [ -s pid ]
		kill -"$signal" "$us"
		status=0
		wait "$us" || status=$?
		[ "$status" -eq $((128 + $(kill -l "$signal"))) ]
		refute [ -e "/proc/$(<pid)/exe" ]
	done
}

@test "a hook runs however the signals are set, and gets them as usual (F31)" {
	program signals <<-'END'
		#!/bin/sh
		grep SigIgn /proc/self/status >&2
		/bin/false; [ $? -eq 1 ] || exit 9
		exec cat
	END
	for signal in CHLD PIPE TERM; do
		run -0 --separate-stderr env --ignore-signal="$signal" \
			hooks-apply --hook="precreate:$PWD/signals" <<<'{}'
	done
}

@test "at a terminal --explain runs no hook" {
	program marks <<-END
		#!/bin/sh
		touch $PWD/ran; exec cat
	END
	echo '{}' >doc
	hook_file d/a.json ".hook.path = \"$PWD/marks\" | .stages = [\"precreate\"]"
	run -0 script -qec 'hooks-apply --hooks-dir=d --explain --input=doc' /dev/null
	assert_output --partial 'd/a.json (precreate): matched: always is true'
	refute [ -e ran ]
	hooks -0 --hooks-dir=d --explain
	complains 'matched'
	[ -e ran ]
}
