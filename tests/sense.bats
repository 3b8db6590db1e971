#!/usr/bin/env bats
# What the members of a document must say together; ocirun checks it before it acts.
# shellcheck disable=SC2016,SC2154 # the variables are jq's; run sets stderr
load lib

prepare() {
	cat >base.json <<-'END'
		{"ociVersion": "1.0.2", "root": {"path": "/nonexistent"},
		 "process": {"user": {"uid": 0, "gid": 0}, "args": ["true"], "cwd": "/"},
		 "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}]}}
	END
	joined='.linux.namespaces += [{"type": "network", "path": "/proc/self/ns/net"}]'
	network='.linux.namespaces += [{"type": "network"}]'
	mapped='.linux.namespaces += [{"type": "user"}]
		| .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 1000}]
		| .linux.gidMappings = .linux.uidMappings'
}

# with JQ - ocirun's check of the document after this edit; the message comes first.
with() {
	jq "$1" base.json >document.json
	ocirun --dry-run --runtime=runc document.json
}

refuses() {
	run -125 --separate-stderr with "$1"
	[[ $stderr == "ocirun: /"* ]] || complains "a pointer"
	complains "$2"
	refute_output
}

accepts() {
	run -0 --separate-stderr with "$1"
	silent
}

@test "the plain document passes" {
	accepts .
}

@test "what acts on a namespace needs one" {
	refuses '.hostname = "a"' '/hostname: needs a uts namespace'
	refuses '.domainname = "a"' '/domainname: needs a uts namespace'
	refuses '.linux.timeOffsets.monotonic.secs = 1' '/linux/timeOffsets: needs a time namespace'
	refuses '.linux.netDevices.eth0 = {}' '/linux/netDevices: needs a network namespace'
	refuses '.linux.namespaces = [] | .linux.maskedPaths = ["/proc/kcore"]' \
		'/linux/maskedPaths: needs a mount namespace'
	refuses '.linux.namespaces = [] | .linux.readonlyPaths = ["/proc/sys"]' \
		'/linux/readonlyPaths: needs a mount namespace'
	accepts '.hostname = "a" | .linux.namespaces += [{"type": "uts"}]'
	accepts '.linux.netDevices.eth0 = {} | '"$network"
	accepts '.hostname = "" | .linux.timeOffsets = {} | .linux.netDevices = {} | .linux.uidMappings = []'
}

@test "offsets of clocks need a new time namespace" {
	refuses '.linux.timeOffsets.monotonic.secs = 1 | .linux.namespaces += [{"type": "time", "path": "/a"}]' \
		'/linux/timeOffsets: needs a new time namespace, not a joined one'
}

@test "a sysctl needs its namespace, and none is the whole machine's" {
	refuses '.linux.sysctl["net.ipv4.ip_forward"] = "1"' \
		'/linux/sysctl/net.ipv4.ip_forward: needs a network namespace'
	refuses '.linux.sysctl["fs.mqueue.msg_max"] = "1"' 'needs an ipc namespace'
	refuses '.linux.sysctl["kernel.shmmax"] = "1"' 'needs an ipc namespace'
	refuses '.linux.sysctl["kernel.domainname"] = "a"' 'needs a uts namespace'
	refuses '.linux.sysctl["kernel.panic"] = "1"' \
		'/linux/sysctl/kernel.panic: is not a sysctl of a namespace'
	refuses '.linux.sysctl["netfoo.x"] = "1" | '"$network" 'is not a sysctl of a namespace'
	accepts '.linux.sysctl["net.ipv4.ip_forward"] = "1" | '"$network"
	accepts '.linux.sysctl["net.ipv4.ip_forward"] = "1" | '"$joined"
}

@test "the network mode and the network namespace agree" {
	mode='.ocipipe = {version: 1, network: {mode: $mode}}'
	for case in 'none .' 'private .' 'path .' "none $joined" "path $network" "host $network"; do
		refuses "\"${case%% *}\" as \$mode | $mode | ${case#* }" \
			"/ocipipe/network/mode: is '${case%% *}', but there is"
	done
	for case in "none $network" "path $joined" 'host .'; do
		accepts "\"${case%% *}\" as \$mode | $mode | ${case#* }"
	done
}

@test "mappings need a new user namespace, and it needs them (B084)" {
	refuses '.linux.uidMappings = [{"containerID": 0, "hostID": 1, "size": 1}]' \
		'/linux/uidMappings: needs a user namespace'
	refuses '.linux.namespaces += [{"type": "user", "path": "/proc/self/ns/user"}]
		| .linux.gidMappings = [{"containerID": 0, "hostID": 1, "size": 1}]' \
		'/linux/gidMappings: needs a new user namespace, not a joined one'
	refuses '.linux.namespaces += [{"type": "user"}]' \
		'/linux/uidMappings: must map ids into the new user namespace'
	refuses "$mapped | del(.linux.gidMappings)" '/linux/gidMappings: must map ids'
	accepts "$mapped"
}

@test "mappings are what the kernel takes, root among them (B005)" {
	refuses "$mapped"' | .linux.uidMappings[0].containerID = 1' \
		"/linux/uidMappings: the container's root is not mapped"
	refuses "$mapped"' | .linux.gidMappings += [{"containerID": 999, "hostID": 5, "size": 1}]' \
		'overlap in the container'
	refuses "$mapped"' | .linux.gidMappings += [{"containerID": 5000, "hostID": 4294967290, "size": 9}]' \
		'reaches beyond 4294967294'
	refuses "$mapped"' | .linux.uidMappings = [range(341) | {"containerID": ., "hostID": ., "size": 1}]' \
		'/linux/uidMappings: 341 ranges are more than the kernel takes'
}

@test "the process's ids are mapped (B052, B096)" {
	refuses "$mapped"' | .process.user.uid = 1000' \
		'/process/user/uid: is 1000, which no user id mapping has'
	refuses "$mapped"' | .process.user.gid = 1000' \
		'/process/user/gid: is 1000, which no group id mapping has'
	refuses "$mapped"' | .process.user.additionalGids = [1, 5000]' \
		'/process/user/additionalGids/1: is 5000, which no group id mapping has'
	accepts "$mapped"' | .process.user = {"uid": 999, "gid": 999, "additionalGids": [0, 999]}'
	accepts '.process.user.uid = 5000'
}

@test "a capability is in the sets that it must also be in" {
	sets='.process.capabilities = {"bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"],
		"effective": ["CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}'
	accepts "$sets"
	refuses "$sets"' | .process.capabilities.effective += ["CAP_CHOWN"]' \
		'/process/capabilities/effective/1: CAP_CHOWN is not in the permitted set'
	refuses "$sets"' | .process.capabilities.inheritable += ["CAP_CHOWN"]' \
		'/process/capabilities/inheritable/1: CAP_CHOWN is not in the bounding set'
	refuses "$sets"' | .process.capabilities.permitted = [] | .process.capabilities.effective = []' \
		'/process/capabilities/ambient/0: CAP_KILL is not in the permitted set'
	refuses "$sets"' | .process.capabilities.inheritable = []' \
		'/process/capabilities/ambient/0: CAP_KILL is not in the inheritable set'
}

@test "a soft limit is at most the hard one" {
	refuses '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}]' \
		'/process/rlimits/0/soft: is 2, more than the hard limit 1'
	accepts '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1}]'
	# jq would respell the number
	printf '%s' '{"ociVersion":"1.0.2","root":{"path":"/r"},"process":{"user":{"uid":0,"gid":0},
		"args":["a"],"cwd":"/","rlimits":[{"type":"RLIMIT_CORE","soft":18446744073709551615,
		"hard":18446744073709551614}]}}' >document.json
	run -125 --separate-stderr ocirun --dry-run --runtime=runc document.json
	complains 'is 18446744073709551615, more than the hard limit 18446744073709551614'
}

@test "an errno is for actions that give one, a notification for a listener" {
	rule='.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": $action}]}'
	refuses '"SCMP_ACT_KILL" as $action | '"$rule"' | .linux.seccomp.syscalls[0].errnoRet = 1' \
		'/linux/seccomp/syscalls/0/errnoRet: cannot be with SCMP_ACT_KILL'
	accepts '"SCMP_ACT_ERRNO" as $action | '"$rule"' | .linux.seccomp.syscalls[0].errnoRet = 1'
	refuses '"SCMP_ACT_NOTIFY" as $action | '"$rule" '/linux/seccomp/syscalls/0/action: needs a listenerPath'
	accepts '"SCMP_ACT_NOTIFY" as $action | '"$rule"' | .linux.seccomp.listenerPath = "/a"'
	refuses '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}' \
		'/linux/seccomp/defaultErrnoRet: cannot be with SCMP_ACT_ALLOW'
	refuses '.linux.seccomp = {"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/a"}' \
		'/linux/seccomp/defaultAction: cannot be SCMP_ACT_NOTIFY'
	refuses '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "a"}' \
		'/linux/seccomp/listenerMetadata: needs a listenerPath'
}

@test "a bind has a source, and an idmapped mount both kinds of mappings" {
	refuses '.mounts = [{"destination": "/a", "type": "bind"}]' '/mounts/0/source: must say what to bind'
	refuses '.mounts = [{"destination": "/a", "options": ["rbind"]}]' '/mounts/0/source: must say what to bind'
	refuses '.mounts = [{"destination": "/a", "type": "bind", "source": "/b", "options": ["bind"],
		"uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}]' \
		'/mounts/0: must have both uidMappings and gidMappings'
	accepts '.mounts = [{"destination": "/a", "type": "tmpfs"}]'
}

@test "a step's mount is there" {
	steps='.ocipipe = {"version": 1, "prepare": [{"step": "file", "kind": "hosts", "path": "a", "mount": "/a"}]}'
	refuses "$steps" '/ocipipe/prepare/0/mount: is for /a, but nothing is mounted there'
	accepts "$steps"' | .mounts = [{"destination": "/a", "type": "bind", "source": "a", "options": ["bind"]}]'
}

@test "a step of an unknown kind, or without what it needs, is refused" {
	refuses '.ocipipe = {"version": 1, "prepare": [{"step": "exec"}]}' "/ocipipe/prepare/0/step: unknown step 'exec'"
	refuses '.ocipipe = {"version": 1, "prepare": [{"step": "file", "mount": "/a", "path": "a"}]}' \
		'/ocipipe/prepare/0/kind: is missing'
	for path in /a ../a a/../b a/..; do
		refuses ".ocipipe = {\"version\": 1, \"prepare\": [{\"step\": \"file\", \"kind\": \"hosts\",
			\"mount\": \"/a\", \"path\": \"$path\"}]}" '/ocipipe/prepare/0/path: must be a path in the bundle'
	done
	refuses '.ocipipe = {"version": 2}' '/ocipipe/version: must be 1, but is 2'
}
