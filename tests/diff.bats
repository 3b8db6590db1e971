#!/usr/bin/env bats
# --diff: what a stage changed, for people: a line a difference, by what identifies an entry.
load lib

# The differences between two documents.
differences() {
	printf '%s\n' "$1" >before
	printf '[{"op":"replace","path":"","value":%s}]' "$2" >patch.json
	ocipatch --diff --compact --input=before --output=before --patch=- <patch.json 2>changes
	run -0 cat changes
}

@test "a member is added, removed or another, at a pointer with its escapes" {
	differences '{"a":1,"b":{"c/d":2,"e":3},"z":0}' '{"a":2,"b":{"c/d":2,"f~":4},"z":0}'
	assert_output '~ /a: 1 -> 2
- /b/e: 3
+ /b/f~0: 4'
}

@test "nothing changed is nothing said, and neither is the order of members" {
	differences '{"a":1,"b":[1,{"c":1e400}]}' '{"b":[1,{"c":1e400}],"a":1}'
	assert_output ''
}

@test "a number with another spelling is another, as a runtime may see it" {
	differences '{"a":1,"b":18446744073709551615}' '{"a":1.0,"b":18446744073709551616}'
	assert_output '~ /a: 1 -> 1.0
~ /b: 18446744073709551615 -> 18446744073709551616'
}

@test "something of another kind is one line, and so is an object that became empty" {
	differences '{"a":{"x":1},"b":[1],"c":{"x":1},"d":{}}' '{"a":[1],"b":"s","c":{},"d":{"x":1}}'
	assert_output '~ /a: {"x":1} -> [1]
~ /b: [1] -> "s"
+ /c: {}
- /c/x: 1
- /d: {}
+ /d/x: 1'
}

@test "a section that is new or gone is a line for each of its members" {
	differences '{}' '{"root":{"path":"r","readonly":true},"linux":{"sysctl":{},"seccomp":{"defaultAction":"A"}}}'
	assert_output '+ /root/path: "r"
+ /root/readonly: true
+ /linux/sysctl: {}
+ /linux/seccomp/defaultAction: "A"'
	differences '{"root":{"path":"r","readonly":true}}' '{}'
	assert_output '- /root/path: "r"
- /root/readonly: true'
}

@test "mounts are matched by destination, and their order has a meaning" {
	differences '{"mounts":[{"destination":"/a","options":["ro"]},{"destination":"/b"},{"destination":"/c"}]}' \
		'{"mounts":[{"destination":"/x","type":"tmpfs"},{"destination":"/a","options":["ro","nosuid"],"source":"/s"},{"destination":"/c"}]}'
	assert_output '- /mounts[destination=/b]: {"destination":"/b"}
+ /mounts[destination=/x]: {"destination":"/x","type":"tmpfs"}
+ /mounts[destination=/a]/options: "nosuid"
+ /mounts[destination=/a]/source: "/s"'
	differences '{"mounts":[{"destination":"/a"},{"destination":"/b"},{"destination":"/c"}]}' \
		'{"mounts":[{"destination":"/c"},{"destination":"/a"},{"destination":"/b"}]}'
	assert_output '~ /mounts[destination=/c]: entry 2 -> entry 0'
}

@test "of two mounts on one place the first is matched with the first" {
	differences '{"mounts":[{"destination":"/a","type":"x"},{"destination":"/a","type":"y"}]}' \
		'{"mounts":[{"destination":"/a","type":"x"},{"destination":"/a","type":"z"},{"destination":"/a"}]}'
	assert_output '~ /mounts[destination=/a]/type: "y" -> "z"
+ /mounts[destination=/a]: {"destination":"/a"}'
}

@test "the environment is matched by name, in any order" {
	differences '{"process":{"env":["A=1","B=2","C"]}}' '{"process":{"env":["D=","B=3=4","A=1","C"]}}'
	assert_output '+ /process/env[D=]: ""
~ /process/env[B=]: "2" -> "3=4"'
	differences '{"process":{"env":["A=1"]}}' '{"process":{}}'
	assert_output '+ /process: {}
- /process/env[A=]: "1"'
}

@test "capabilities are sets" {
	differences '{"process":{"capabilities":{"bounding":["CAP_A","CAP_B","CAP_C"],"effective":[]}}}' \
		'{"process":{"capabilities":{"bounding":["CAP_C","CAP_D","CAP_A"],"ambient":["CAP_A"]}}}'
	assert_output '- /process/capabilities/bounding: "CAP_B"
+ /process/capabilities/bounding: "CAP_D"
- /process/capabilities/effective: []
+ /process/capabilities/ambient: "CAP_A"'
}

@test "namespaces and rlimits are matched by type, in any order" {
	differences '{"linux":{"namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"network"}]}}' \
		'{"linux":{"namespaces":[{"type":"network","path":"/n"},{"type":"pid"},{"type":"uts"}]}}'
	assert_output '- /linux/namespaces[type=ipc]: {"type":"ipc"}
+ /linux/namespaces[type=network]/path: "/n"
+ /linux/namespaces[type=uts]: {"type":"uts"}'
	differences '{"process":{"rlimits":[{"type":"RLIMIT_CORE","soft":0,"hard":18446744073709551615}]}}' \
		'{"process":{"rlimits":[{"type":"RLIMIT_CORE","soft":1,"hard":18446744073709551615}]}}'
	assert_output '~ /process/rlimits[type=RLIMIT_CORE]/soft: 0 -> 1'
}

@test "seccomp is told by system call, however its rules are grouped" {
	differences '{"linux":{"seccomp":{"syscalls":[{"names":["read","write","mount"],"action":"A"},{"names":["bpf"],"action":"E","errnoRet":1}]}}}' \
		'{"linux":{"seccomp":{"syscalls":[{"names":["bpf"],"errnoRet":1,"action":"E"},{"names":["write"],"action":"A"},{"names":["read","clone"],"action":"A"},{"names":["clone"],"action":"E"}]}}}'
	assert_output '- /linux/seccomp/syscalls[mount]: {"action":"A"}
+ /linux/seccomp/syscalls[clone]: [{"action":"A"},{"action":"E"}]'
}

@test "hooks are matched by stage and path, devices by path, mappings by where they begin" {
	differences '{"hooks":{"prestart":[{"path":"/a"},{"path":"/b","args":["b"]}]},"linux":{"devices":[{"path":"/dev/a","major":1}],"uidMappings":[{"containerID":0,"hostID":1,"size":1}]}}' \
		'{"hooks":{"prestart":[{"path":"/b","args":["b","x"]}],"poststop":[{"path":"/a"}]},"linux":{"devices":[{"path":"/dev/b"},{"path":"/dev/a","major":2}],"uidMappings":[{"containerID":0,"hostID":2,"size":1},{"containerID":1,"hostID":5,"size":1}]}}'
	assert_output '- /hooks/prestart[path=/a]: {"path":"/a"}
~ /hooks/prestart[path=/b]/args: ["b"] -> ["b","x"]
+ /hooks/poststop[path=/a]: {"path":"/a"}
+ /linux/devices[path=/dev/b]: {"path":"/dev/b"}
~ /linux/devices[path=/dev/a]/major: 1 -> 2
~ /linux/uidMappings[containerID=0]/hostID: 1 -> 2
+ /linux/uidMappings[containerID=1]: {"containerID":1,"hostID":5,"size":1}'
}

@test "rules for devices, limits for block devices and prepared steps have several keys" {
	differences '{"linux":{"resources":{"devices":[{"allow":false,"access":"rwm"}],"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1}]}}},"ocipipe":{"prepare":[{"step":"workdir"},{"step":"file","mount":"/etc/hosts","path":"a"}]}}' \
		'{"linux":{"resources":{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"access":"r"}],"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":2}]}}},"ocipipe":{"prepare":[{"step":"file","mount":"/etc/hosts","path":"b"},{"step":"workdir"}]}}'
	assert_output '+ /linux/resources/devices[allow=true type=c major=1 access=r]: {"allow":true,"type":"c","major":1,"access":"r"}
~ /linux/resources/blockIO/throttleReadBpsDevice[major=8 minor=0]/rate: 1 -> 2
~ /ocipipe/prepare[step=file mount=/etc/hosts]/path: "a" -> "b"'
}

@test "the command and lists that nobody knows are shown as a whole" {
	differences '{"process":{"args":["a","b"]},"x":[{"destination":"/a"}]}' \
		'{"process":{"args":["b"]},"x":[{"destination":"/b"}]}'
	assert_output '~ /process/args: ["a","b"] -> ["b"]
~ /x: [{"destination":"/a"}] -> [{"destination":"/b"}]'
}

@test "the order of mount options and device rules has a meaning, that of masked paths has none" {
	differences '{"mounts":[{"destination":"/a","options":["ro","rbind","rw"]}],"linux":{"maskedPaths":["/a","/b"],"readonlyPaths":["/a","/b"]}}' \
		'{"mounts":[{"destination":"/a","options":["rw","ro","rbind"]}],"linux":{"maskedPaths":["/b","/a"],"readonlyPaths":["/b","/c"]}}'
	assert_output '~ /mounts[destination=/a]/options[rw]: entry 2 -> entry 0
- /linux/readonlyPaths: "/a"
+ /linux/readonlyPaths: "/c"'
}

@test "entries of a wrong kind are shown, not stumbled over" {
	differences '{"mounts":[1,"x",{},null],"process":{"env":[1,{"a":2},"A=1"]},"linux":{"seccomp":{"syscalls":[1,{"names":"x"},{"names":[1]}]}}}' \
		'{"mounts":[{},2],"process":{"env":[{"a":3}]},"linux":{"seccomp":{"syscalls":[{"names":[{"y":1},"z"]}]}}}'
	assert_line '- /mounts[1]: 1'
	assert_line '+ /mounts[2]: 2'
	assert_line '- /process/env[A=]: "1"'
	assert_line '+ /linux/seccomp/syscalls[z]: {}'
	differences '{"mounts":{"a":1},"hooks":[1]}' '{"mounts":[],"hooks":{"prestart":{"a":1}}}'
	assert_line '~ /mounts: {"a":1} -> []'
}

@test "a line stays a line, and a terminal is told nothing by it" {
	differences '{}' '{"mounts":[{"destination":"/a\nb\u001b[31m"}],"a\u009b\n":"\u0007\u007f\u009b2J"}'
	[ "$(wc -l <changes)" -eq 2 ]
	run -1 grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' changes
}

@test "colours are for terminals" {
	ocipatch --diff --set=/a=1 <<<'{}' 2>changes >out
	run -1 grep -q $'\033' changes
	command -v script >/dev/null || skip 'needs script'
	echo '{"a":1,"c":1}' >in
	script -qec 'ocipatch --diff --set=/a=2 --set=/b=2 --unset=/c <in >out' /dev/null >typescript </dev/null
	run -0 tr -d '\r' <typescript
	assert_line $'\033[33m~ /a: 1 -> 2\033[m'
	assert_line $'\033[31m- /c: 1\033[m'
	assert_line $'\033[32m+ /b: 2\033[m'
}

@test "the diff is written before the document, and only if the stage succeeds" {
	ocipatch --diff --set=/a=1 <<<'{}' >both 2>&1
	[ "$(head -1 both)" = '+ /a: 1' ]
	run -1 --separate-stderr ocipatch --diff --set=/a=1 --set=/a/b=1 <<<'{}'
	[[ $stderr != *'+ /a'* ]]
}

@test "the same change gives the same lines, and swapping the documents swaps the signs" {
	python3 "$TESTS/pairs.py" 7 40 >pairs
	while IFS= read -r a && IFS= read -r b; do
		differences "$a" "$b"
		sed -n 's/^- //p' changes | sort >lost
		sed -n 's/^+ //p' changes | sort >won
		wc -l <changes >lines
		differences "$b" "$a"
		sed -n 's/^+ //p' changes | sort | cmp lost -
		sed -n 's/^- //p' changes | sort | cmp won -
		wc -l <changes | cmp lines -
		cp changes first
		differences "$b" "$a"
		cmp first changes
		# no line if, and only if, there is nothing
		if [ ! -s changes ]; then
			run -0 python3 -c 'import json, sys; sys.exit(json.loads(sys.argv[1]) != json.loads(sys.argv[2]))' \
				"$a" "$b"
		fi
	done <pairs
}
