#!/usr/bin/env bats
# What strings and numbers of a document may say, beyond their type.
# shellcheck disable=SC2154 # run sets stderr
load lib

prepare() {
	cat >base.json <<-'END'
		{"ociVersion": "1.0.2", "root": {"path": "/nonexistent"},
		 "process": {"user": {"uid": 0, "gid": 0}, "args": ["true"], "cwd": "/"},
		 "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "uts"}, {"type": "time"}]}}
	END
}

# with JQ - ocirun's check of the document after this edit
with() {
	jq "$1" base.json >document.json
	ocirun --dry-run --compact --runtime=runc document.json
}

# refuses POINTER VALUE... - each value there, in JSON
refuses() {
	local pointer=$1 path=${1//\//.}
	shift
	for value; do
		run -125 --separate-stderr with "$(sed -E 's/\.([0-9]+)/[\1]/g' <<<"$path") = $value"
		[[ $stderr == "ocirun: $pointer"[:/]* ]] || fail "$value: $stderr"
		refute_output
	done
}

accepts() {
	local path=${1//\//.}
	shift
	for value; do
		run -0 --separate-stderr with "$(sed -E 's/\.([0-9]+)/[\1]/g' <<<"$path") = $value"
		silent
	done
}

@test "the names of limits are the kernel's" {
	for name in AS CORE CPU DATA FSIZE LOCKS MEMLOCK MSGQUEUE NICE NOFILE NPROC RSS RTPRIO RTTIME SIGPENDING STACK; do
		accepts /process/rlimits "[{\"type\": \"RLIMIT_$name\", \"hard\": 1, \"soft\": 1}]"
	done
	refuses /process/rlimits/0/type '"RLIMIT_NOFILES"' '"rlimit_core"' '"NOFILE"'
}

@test "the names of capabilities are the kernel's, in capitals" {
	accepts /process/capabilities/bounding \
		"$(caps-apply --bounding=all <<<'{}' | jq -c .process.capabilities.bounding)" '[]' '["CAP_CHECKPOINT_RESTORE", "CAP_CHOWN"]'
	refuses /process/capabilities/bounding '["CAP_CHOWN", "CAP_FOO"]' '["cap_chown"]' '["CHOWN"]' '["ALL"]'
}

@test "a propagation may be recursive" {
	accepts /linux/rootfsPropagation '"rprivate"' '"rshared"' '"rslave"' '"runbindable"' '"slave"'
	refuses /linux/rootfsPropagation '"ro"' '"r"' '"SLAVE"'
}

@test "versions are semantic ones" {
	accepts /ociVersion '"1.0.0"' '"1.0.2-dev"' '"1.3.0+dev"' '"1.1.0-rc.1"'
	refuses /ociVersion '"1"' '"1.0"' '"v1.0.0"' '"1.0.0 "' '"01.0.0"' '"1.0.x"' '"1.0.0-"' '"1.0.0.0"'
}

@test "a host name is at most 64 bytes without blanks" {
	accepts /hostname "\"$(printf %064d 0)\"" '"a.b-c"' '"ü"'
	refuses /hostname "\"$(printf %065d 0)\"" '"a b"' '"a\nb"' '"a\t"' '"\u007f"'
	refuses /domainname "\"$(printf %065d 0)\"" '"a b"'
}

@test "an environment entry has a name and an =" {
	accepts /process/env '["A="]' '["A=B=C"]' '[]'
	refuses /process/env '["A"]' '["=A"]' '[""]' '["A=1", "B"]'
}

@test "page sizes, bandwidths, lists of numbers and accesses are well formed" {
	sizes='{"pageSize": %s, "limit": 1}'
	# shellcheck disable=SC2059 # the format is here
	size() { printf "[$sizes]" "$1"; }
	accepts /linux/resources/hugepageLimits "$(size '"2MB"')" "$(size '"64KB"')" "$(size '"1GB"')"
	for bad in '"MB"' '"0MB"' '"02MB"' '"2M"' '"2TB"' '"2MBx"' '"2 MB"' '"-2MB"'; do
		refuses /linux/resources/hugepageLimits "$(size "$bad")"
	done
	accepts /linux/intelRdt/memBwSchema '"MB:0=70"' '"MB:"'
	refuses /linux/intelRdt/memBwSchema '"L3:0=f"' '"MB:0=1\nL3:0=f"' '"mb:0"'
	accepts /process/execCPUAffinity/initial '"0-1, 3"' '""'
	refuses /process/execCPUAffinity/final '"a"' '"0;1"'
	refuses /linux/memoryPolicy '{"mode": "MPOL_BIND", "nodes": "all"}'
	rule='.linux.resources.devices = [{"allow": true, "access": $a}]'
	for access in r w m rw wr rwm mwr; do
		run -0 with "\"$access\" as \$a | $rule"
	done
	for access in '' x rr rwmx rwr rww 'rw,'; do
		run -125 --separate-stderr with "\"$access\" as \$a | $rule"
		complains '/linux/resources/devices/0/access: must be of the letters r, w, m'
	done
}

@test "the names in maps are checked too" {
	accepts /linux/timeOffsets '{"monotonic": {"secs": -5}, "boottime": {"secs": 5, "nanosecs": 999999999}}'
	refuses /linux/timeOffsets '{"realtime": {}}' '{"Monotonic": {"secs": 1}}' '{"monotonic": {"nanosecs": 1000000000}}'
	accepts /linux/resources/unified '{"memory.high": "1"}'
	refuses /linux/resources/unified '{"../cgroup.procs": "1"}' '{"a/b": "1"}' '{"..": "1"}' '{".": "1"}' '{"": "1"}'
	refuses /annotations '{"": "1"}'
	refuses /linux/sysctl '{"": "1"}'
}

@test "network interfaces have names that the kernel takes" {
	own='{"namespaces": [{"type": "mount"}, {"type": "network"}], "netDevices": '
	accepts /linux "$own{\"eth0.1\": {}}}" "$own{\"a@b\": {\"name\": \"lan-0\"}}}"
	refuses /linux/netDevices '{"": {}}' '{"a/b": {}}' '{"..": {}}' '{"a b": {}}' '{"0123456789abcdef": {}}' \
		'{"eth0": {"name": ""}}' '{"eth0": {"name": "a:b"}}'
}

@test "a class of Intel RDT is a directory of its own, or the one above" {
	accepts /linux/intelRdt '{"closID": "a.b"}' '{"closID": "/"}' '{"closID": ""}'
	refuses /linux/intelRdt/closID '"a/b"' '".."' '"."' '"../../a"' '"a\nb"' "\"$(printf %0256d 0)\""
	run -2 --separate-stderr resources-apply --rdt-closid=.. <<<'{}'
	complains "--rdt-closid: '..' is not the name of a class"
}

@test "a path of the cgroup does not lead out of it" {
	accepts /linux/cgroupsPath '"/a/b"' '"a"' '"a..b/c"' '"system.slice:a:b"'
	refuses /linux/cgroupsPath '"../a"' '"/a/../b"' '"/a/.."' '"."' '"/a/./b"'
	refuses /ocipipe '{"version": 1, "cgroup": {"parent": "../a"}}' '{"version": 1, "cgroup": {"parent": ""}}'
}

@test "a device that is no pipe has its numbers, in the kernel's range" {
	accepts /linux/devices '[{"path": "/dev/a", "type": "p"}]' '[{"path": "/dev/a", "type": "c", "major": 4095, "minor": 1048575}]'
	refuses /linux/devices '[{"path": "/dev/a", "type": "c"}]' '[{"path": "/dev/a", "type": "b", "major": 1}]' \
		'[{"path": "/dev/a", "type": "c", "major": 4096, "minor": 0}]' \
		'[{"path": "/dev/a", "type": "c", "major": 0, "minor": 1048576}]' \
		'[{"path": "/dev/a", "type": "c", "major": -1, "minor": 0}]' \
		'[{"path": "/dev/a", "type": "c", "major": 1, "minor": 3, "fileMode": 512}]'
}

@test "numbers keep to what runtimes do not cut off" {
	refuses /process/user/umask 512
	refuses /process/consoleSize '{"height": 65536, "width": 1}'
	refuses /process/oomScoreAdj 1001 -1001
	refuses /process/ioPriority '{"class": "IOPRIO_CLASS_BE", "priority": 8}'
	refuses /process/scheduler '{"policy": "SCHED_OTHER", "nice": 20}' '{"policy": "SCHED_FIFO", "priority": 100}'
	refuses /linux/resources/memory/swappiness 101
	refuses /linux/resources/memory/limit -2
	refuses /linux/seccomp '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 65536}'
	refuses /linux/seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"],
		"action": "SCMP_ACT_LOG", "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}]}'
	refuses /linux/uidMappings '[{"containerID": 0, "hostID": 0, "size": 0}]'
	refuses /hooks/prestart '[{"path": "/a", "timeout": 0}]' '[{"path": "/a", "timeout": 2147483648}]'
}

@test "the version is raised to what the members need, and no further" {
	while read -r version edit; do
		run -0 --separate-stderr with ".ociVersion = \"1.0.0\" | $edit"
		holds ".config.ociVersion == \"$version\""
	done <<-'END'
		1.0.0 .linux.maskedPaths = []
		1.0.2 .process.user.umask = 18
		1.0.2 .hooks.createRuntime = []
		1.1.0 .domainname = "a"
		1.1.0 .mounts = [{"destination": "/a", "uidMappings": []}]
		1.1.0 .linux.timeOffsets.monotonic = {"secs": 1}
		1.2.1 .process.execCPUAffinity = {}
		1.3.0 .linux.memoryPolicy = {"mode": "MPOL_LOCAL"}
		1.3.0 .process.user.umask = 18 | .linux.intelRdt.schemata = []
		1.1.0 .ociVersion = "1.1.0" | .process.user.umask = 18
	END
}

@test "a filter looks neither at what others own nor at what nobody knows" {
	run -0 --separate-stderr process-apply --compact <<<'{"process":{"rlimits":5,"capabilities":[],"x":null,"oomScoreAdj":"a"}}'
	assert_output '{"process":{"rlimits":5,"capabilities":[],"x":null,"oomScoreAdj":"a"}}'
	run -1 --separate-stderr process-apply <<<'{"process":{"rlimits":5,"cwd":5}}'
	complains '/process/cwd: must be a string, but is a number'
	for filter in ns-apply idmap-apply; do
		run -1 --separate-stderr "$filter" <<<'{"linux":5}'
		complains '/linux: must be an object, but is a number'
	done
}

@test "a list that may not be empty is not" {
	run -1 --separate-stderr seccomp-apply \
		<<<'{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":[],"action":"SCMP_ACT_LOG"}]}}}'
	complains '/linux/seccomp/syscalls/0/names: must have an entry, but is empty'
	refuses /process/args '[]'
	run -0 process-apply <<<'{"process":{"args":[]}}'
}

@test "a long list takes time in proportion" {
	python3 - <<-'END'
		import json
		for n in 10000, 100000:
		    d = {"process": {"env": ["A%d=1" % i for i in range(n)]}, "annotations": {"a%d" % i: "" for i in range(n)},
		         "linux": {"namespaces": [{"type": "uts"}] * 2}}
		    json.dump(d, open("%d.json" % n, "w"))
	END
	python3 - <<-'END'
		import subprocess, time
		def once(name):
		    start = time.monotonic()
		    subprocess.run(["process-apply", "--compact", "--input", name], stdout=subprocess.DEVNULL, check=True)
		    return time.monotonic() - start
		small, large = (min(once(name) for _ in range(5)) for name in ("10000.json", "100000.json"))
		assert large < 30 * small, (small, large)
	END
}
