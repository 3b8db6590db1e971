#!/usr/bin/env bats
# devices-apply: devices of the Container Device Interface.
# shellcheck disable=SC2016 # jq's variables
load lib
load devices-apply.bash

# cdi FILE [JQ] - a small CDI file, changed by a jq expression.
cdi() {
	mkdir -p "$(dirname "$1")"
	jq -n '{cdiVersion: "1.1.0", kind: "vendor.com/gpu", devices: [{name: "zero",
		containerEdits: {env: ["GPU=0"]}}]}' | jq "${2-.}" >"$1"
}

inject() {
	devices "$1" --cdi-dir=d "${@:2}"
}

@test "every member of containerEdits does what the specification says" {
	need_root
	node n/host c 240 7 640
	cdi d/a.json '. + {annotations: {a: "b"}, containerEdits: {env: ["ALL=1"]}} |
		.devices[0].annotations = {c: "d"} | .devices[0].containerEdits = {
		env: ["GPU=0", "PATH=/gpu:=x"],
		deviceNodes: [
			{path: "/dev/gpu0", hostPath: "'"$PWD"'/n/host"},
			{path: "/dev//gpu1/", type: "b", major: 8, minor: 9, fileMode: 438, permissions: "rw", uid: 5, gid: 6},
			{path: "/dev/gpu2", type: "u", major: 9, permissions: "none"},
			{path: "/dev/gpu3", type: "p"}],
		mounts: [
			{hostPath: "/usr/lib/libgpu.so", containerPath: "/usr/lib/libgpu.so"},
			{hostPath: "tmpfs", containerPath: "/gpu/tmp", type: "tmpfs", options: ["size=1m"]},
			{hostPath: "/gpu", containerPath: "/gpu//x/", type: "none", options: ["ro", "bind"]}],
		hooks: [
			{hookName: "createContainer", path: "/usr/bin/gpu-hook", args: ["gpu-hook", "update"], env: ["A=b"], timeout: 5},
			{hookName: "prestart", path: "/usr/bin/gpu-hook"}],
		additionalGids: [44, 0, 5, 44],
		intelRdt: {closID: "gpu", l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=20", schemata: ["L2:0=1"], enableMonitoring: true},
		netDevices: [{hostInterfaceName: "eth5", name: "eth0"}]}'
	DOC='{"process":{"user":{"uid":7,"gid":0,"additionalGids":[5]},"env":["A=1","PATH=/bin"]},"mounts":[
		{"destination":"/usr/lib/libgpu.so","type":"bind","source":"/old"},{"destination":"/gpu/tmp/below"}]}' \
		inject -0 --device=vendor.com/gpu=zero
	holds '.process.env == ["A=1", "PATH=/gpu:=x", "ALL=1", "GPU=0"]'
	holds '.process.user.additionalGids == [5, 44]'
	holds '.linux.devices == [
		{path: "/dev/gpu0", type: "c", major: 240, minor: 7, fileMode: 416, uid: 7},
		{path: "/dev/gpu1", type: "b", major: 8, minor: 9, fileMode: 438, uid: 5, gid: 6},
		{path: "/dev/gpu2", type: "u", major: 9, minor: 0, uid: 7},
		{path: "/dev/gpu3", type: "p", uid: 7}]'
	holds '[.linux.resources.devices[] | "\(.allow) \(.type) \(.major):\(.minor) \(.access)"] ==
		["true c 240:7 rwm", "true b 8:9 rw"]'
	holds '.mounts == [
		{destination: "/usr/lib/libgpu.so", type: "bind", source: "/usr/lib/libgpu.so", options: ["rbind"]},
		{destination: "/gpu/tmp", type: "tmpfs", source: "tmpfs", options: ["size=1m"]},
		{destination: "/gpu/tmp/below"},
		{destination: "/gpu/x", type: "none", source: "/gpu", options: ["ro", "bind"]}]'
	holds '.hooks == {
		createContainer: [{path: "/usr/bin/gpu-hook", args: ["gpu-hook", "update"], env: ["A=b"], timeout: 5}],
		prestart: [{path: "/usr/bin/gpu-hook", env: []}]}'
	holds '.linux.intelRdt == {closID: "gpu", l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=20",
		schemata: ["L2:0=1"], enableMonitoring: true} and .linux.netDevices == {eth5: {name: "eth0"}}'
	# and twice is once
	once=$output
	DOC=$once inject -0 --device=vendor.com/gpu=zero
	assert_output "$once"
}

@test "the edits of a file are made once, before those of its devices, in the order asked for" {
	cdi d/a.json '.containerEdits = {env: ["X=file", "FILE=1"]} | .devices = [
		{name: "one", containerEdits: {env: ["X=one", "ONE=1"]}}, {name: "two", containerEdits: {env: ["X=two", "TWO=1"]}},
		{name: "three", containerEdits: {env: ["THREE=1"]}}]'
	cdi d/b.json '.kind = "other.org/x.y_z-0" | .containerEdits = {env: ["X=other"]} |
		.devices[0] = {name: "0:a.b_c-d", containerEdits: {env: ["O=1"]}}'
	inject -0 --device=vendor.com/gpu=two --device=other.org/x.y_z-0=0:a.b_c-d --device=vendor.com/gpu=one \
		--device=vendor.com/gpu=three
	holds '.process.env == ["X=one", "FILE=1", "TWO=1", "O=1", "ONE=1", "THREE=1"]'
	holds '.ocipipe.inputs == ["d/a.json", "d/b.json"]'
}

@test "all is every device of the kind, unless one is named so" {
	cdi d/b.json '.devices = [{name: "x", containerEdits: {env: ["X=1"]}}, {name: "a", containerEdits: {env: ["A=1"]}}]'
	cdi d/a.json '.devices = [{name: "z", containerEdits: {env: ["Z=1"]}}]'
	inject -0 --device=vendor.com/gpu=all
	holds '.process.env == ["Z=1", "X=1", "A=1"]'
	cdi d/c.json '.devices = [{name: "all", containerEdits: {env: ["ALL=1"]}}]'
	inject -0 --device=vendor.com/gpu=all
	holds '.process.env == ["ALL=1"]'
	inject -3 --device=vendor.com/cpu=all
	complains 'vendor.com/cpu=all: there is no such CDI device'
	complains 'hint: there are the kinds: vendor.com/gpu'
	inject -3 --device=vendor.com/gpu=no
	complains 'hint: of this kind there are: z, x, a, all'
	devices -3 --cdi-dir=nowhere --device=vendor.com/gpu=zero
	complains 'hint: no CDI file was found; --cdi-dir says where they are'
}

@test "a device of a later directory goes before, two in one directory are a conflict" {
	cdi one/a.json '.devices[0].containerEdits.env = ["GPU=one"]'
	cdi two/z.json '.devices[0].containerEdits.env = ["GPU=two"]'
	devices -0 --cdi-dir=one --cdi-dir=two --device=vendor.com/gpu=zero
	holds '.process.env == ["GPU=two"]'
	devices -0 --cdi-spec-dir=two --cdi-dir=one --device=vendor.com/gpu=zero
	holds '.process.env == ["GPU=one"]'
	cdi one/b.json '.devices += [{name: "one", containerEdits: {env: ["B=1"]}}]'
	devices -1 --cdi-dir=one --device=vendor.com/gpu=zero
	complains 'devices-apply: one/a.json: describes vendor.com/gpu=zero, and so does one/b.json'
	devices -1 --cdi-dir=one --device=vendor.com/gpu=all
	# nobody is bothered by a conflict that does not matter
	devices -0 --cdi-dir=one --device=vendor.com/gpu=one
	devices -0 --cdi-dir=one --cdi-dir=two --device=vendor.com/gpu=zero
	holds '.process.env == ["GPU=two"]'
}

@test "the directories are /etc/cdi, then /var/run/cdi, and are read for CDI names alone" {
	need_root
	cdi etc/a.json '.devices[0].containerEdits.env = ["GPU=etc"]'
	cdi run/b.json '.devices[0].containerEdits.env = ["GPU=run"]'
	in_standard() {
		run "$1" --separate-stderr unshare --mount sh -c 'mount -t tmpfs tmpfs /etc/cdi && mount -t tmpfs tmpfs /run/cdi &&
			cp etc/* /etc/cdi && cp run/* /run/cdi && shift && exec devices-apply "$@"' sh "$@" <<<'{}'
	}
	mkdir -p /etc/cdi /run/cdi
	in_standard -0 --device=vendor.com/gpu=zero
	holds '.process.env == ["GPU=run"] and .ocipipe.inputs == ["/etc/cdi/a.json", "/var/run/cdi/b.json"]'
	echo nonsense >etc/a.json
	in_standard -1 --device=vendor.com/gpu=zero
	complains '/etc/cdi/a.json: line 1'
	in_standard -0 --mknod=/dev/a:c:1:1
	rmdir /etc/cdi /run/cdi || true
}

@test "a name that is none is an error of the command line" {
	for name in vendor/gpu= vendor.com/gpu=a/b 1vendor/gpu=a vendor.com/=a vendor.com/gpu/x=a vendor.com/gpu=-a \
		vendor.com/gpu=a- 'vendor.com/gpu=a b' 'vendor com/gpu=a' vendor.com/gpu-=a; do
		inject -2 --device="$name"
		complains "'$name' is not a name like vendor.com/class=name"
	done
}

@test "a member needs the version that has it, and each version from 0.3.0 on is known" {
	for version in 0.3.0 0.4.0 0.5.0 0.6.0 0.7.0 0.8.0 1.0.0 1.1.0 v1.0.0; do
		cdi d/a.json ".cdiVersion = \"$version\""
		inject -0 --device=vendor.com/gpu=zero
	done
	for version in 0.2.0 0.1.0 0.9.0 1.2.0 1 ''; do
		cdi d/a.json ".cdiVersion = \"$version\""
		inject -1 --device=vendor.com/gpu=zero
		complains "d/a.json: /cdiVersion: unknown version '$version'"
	done
	while IFS='|' read -r version before edit pointer; do
		cdi d/a.json ".cdiVersion = \"$version\" | .devices[0].containerEdits |= (. + $edit)"
		inject -0 --device=vendor.com/gpu=zero
		cdi d/a.json ".cdiVersion = \"$before\" | .devices[0].containerEdits |= (. + $edit)"
		inject -1 --device=vendor.com/gpu=zero
		complains "d/a.json: /devices/0/containerEdits$pointer: needs cdiVersion $version"
	done <<-'END'
		0.4.0|0.3.0|{mounts: [{hostPath: "/a", containerPath: "/a", type: "bind"}]}|/mounts/0/type
		0.5.0|0.4.0|{deviceNodes: [{path: "/a", hostPath: "/b", type: "c", major: 1}]}|/deviceNodes/0/hostPath
		0.7.0|0.6.0|{additionalGids: [5]}|/additionalGids
		0.7.0|0.6.0|{intelRdt: {closID: "a"}}|/intelRdt
		1.1.0|1.0.0|{intelRdt: {schemata: []}}|/intelRdt/schemata
		1.1.0|1.0.0|{intelRdt: {enableMonitoring: true}}|/intelRdt/enableMonitoring
		1.1.0|1.0.0|{netDevices: [{hostInterfaceName: "a", name: "b"}]}|/netDevices
	END
	cdi d/a.json '.cdiVersion = "0.5.0" | .annotations = {}'
	inject -1 --device=vendor.com/gpu=zero
	complains '/annotations: needs cdiVersion 0.6.0'
	cdi d/a.json '.cdiVersion = "0.5.0" | .devices[0].annotations = {}'
	inject -1 --device=vendor.com/gpu=zero
	complains '/devices/0/annotations: needs cdiVersion 0.6.0'
	cdi d/a.json '.cdiVersion = "0.5.0" | .kind = "vendor.com/g.pu"'
	inject -1 --device=vendor.com/gpu=zero
	complains '/kind: a class with a dot needs cdiVersion 0.6.0'
	cdi d/a.json '.cdiVersion = "0.4.0" | .devices[0].name = "0"'
	inject -1 --device=vendor.com/gpu=zero
	complains '/devices/0/name: a name that begins with a digit needs cdiVersion 0.5.0'
	cdi d/a.json '.devices[0].containerEdits.intelRdt.enableCMT = true'
	inject -1 --device=vendor.com/gpu=zero
	complains '/intelRdt/enableCMT: is not there any more since cdiVersion 1.1.0'
	cdi d/a.json '.cdiVersion = "1.0.0" | .devices[0].containerEdits.intelRdt.enableCMT = true'
	inject -0 --device=vendor.com/gpu=zero
	holds '.linux.intelRdt == {enableCMT: true}'
}

@test "what a file has wrong is named by file and pointer, and nothing is written" {
	while IFS='|' read -r edit message; do
		cdi d/a.json "$edit"
		inject -1 --device=vendor.com/gpu=zero
		complains "devices-apply: d/a.json: $message"
		assert_output ''
	done <<-'END'
		[]|must be an object, but is an array
		del(.cdiVersion)|/cdiVersion: must be a string, but is nothing
		.cdiVersion = 1|/cdiVersion: must be a string, but is a number
		del(.kind)|/kind: must be a string, but is nothing
		.kind = "gpu"|/kind: must be vendor.com/class, but is 'gpu'
		.kind = "vendor.com/gpu/x"|/kind: must be vendor.com/class
		.kind = "vendor.com/"|/kind: must be vendor.com/class
		.kind = "-a/b"|/kind: must be vendor.com/class
		.kind = "vendor.com/" + ("a" * 64)|/kind: must be vendor.com/class
		.kind = ("a" * 254) + "/b"|/kind: must be vendor.com/class
		del(.devices)|/devices: must be an array, but is nothing
		.devices = []|/devices: must have an entry, but is empty
		.devices = {}|/devices: must be an array, but is an object
		.devices += .devices|/devices/1/name: 'zero' is there twice
		.devices[0].name = "a/b"|/devices/0/name: must be a name, but is 'a/b'
		del(.devices[0].name)|/devices/0/name: must be a string, but is nothing
		del(.devices[0].containerEdits)|/devices/0/containerEdits: must be an object, but is nothing
		.devices[0].containerEdits = {}|/devices/0/containerEdits: must have an edit, but is empty
		.devices[0].containerEdits = {env: []}|/devices/0/containerEdits: must have an edit, but is empty
		.Kind = "x"|/Kind: is not a known member
		.containerEdit = {}|/containerEdit: is not a known member
		.annotations = {a: 1}|/annotations/a: must be a string, but is a number
		.containerEdits.envs = []|/containerEdits/envs: is not a known member
		.containerEdits.env = ["A"]|/containerEdits/env/0: must be NAME=VALUE, but is 'A'
		.containerEdits.env = ["=A"]|/containerEdits/env/0: must be NAME=VALUE
		.containerEdits.env = null|/containerEdits/env: must be an array, but is null
		.containerEdits.deviceNodes = [{}]|/containerEdits/deviceNodes/0/path: must be a string, but is nothing
		.containerEdits.deviceNodes = [{path: "dev/x"}]|/containerEdits/deviceNodes/0/path: must be an absolute path
		.containerEdits.deviceNodes = [{path: "/x", hostPath: "x"}]|/containerEdits/deviceNodes/0/hostPath: must be an absolute path
		.containerEdits.deviceNodes = [{path: "/x", type: "char"}]|/containerEdits/deviceNodes/0/type: must be b, c, u or p
		.containerEdits.deviceNodes = [{path: "/x", major: -1}]|/containerEdits/deviceNodes/0/major: must be from 0 to 4095
		.containerEdits.deviceNodes = [{path: "/x", minor: 2147483648}]|/containerEdits/deviceNodes/0/minor: must be from 0 to 1048575
		.containerEdits.deviceNodes = [{path: "/x", fileMode: 512}]|/containerEdits/deviceNodes/0/fileMode: must be from 0 to 511
		.containerEdits.deviceNodes = [{path: "/x", uid: -1}]|/containerEdits/deviceNodes/0/uid: must be from 0 to 4294967294
		.containerEdits.deviceNodes = [{path: "/x", gid: "5"}]|/containerEdits/deviceNodes/0/gid: must be an integer, but is a string
		.containerEdits.deviceNodes = [{path: "/x", permissions: "rwx"}]|/containerEdits/deviceNodes/0/permissions: must be of the letters
		.containerEdits.deviceNodes = [{path: "/x", permissions: "rr"}]|/containerEdits/deviceNodes/0/permissions: must be of the letters
		.containerEdits.mounts = [{hostPath: "/x"}]|/containerEdits/mounts/0/containerPath: must be a string, but is nothing
		.containerEdits.mounts = [{hostPath: "x", containerPath: "/x"}]|/containerEdits/mounts/0/hostPath: must be an absolute path
		.containerEdits.mounts = [{hostPath: "/x", containerPath: "x"}]|/containerEdits/mounts/0/containerPath: must be an absolute path
		.containerEdits.mounts = [{hostPath: "/x", containerPath: "/x", options: "ro"}]|/containerEdits/mounts/0/options: must be an array
		.containerEdits.hooks = [{path: "/x"}]|/containerEdits/hooks/0/hookName: must be a string, but is nothing
		.containerEdits.hooks = [{hookName: "poststart"}]|/containerEdits/hooks/0/path: must be a string, but is nothing
		.containerEdits.hooks = [{hookName: "precreate", path: "/x"}]|/containerEdits/hooks/0/hookName: unknown 'precreate'
		.containerEdits.hooks = [{hookName: "poststart", path: "x"}]|/containerEdits/hooks/0/path: must be an absolute path, but is 'x'
		.containerEdits.hooks = [{hookName: "poststart", path: "/x", timeout: 0}]|/containerEdits/hooks/0/timeout: must be
		.containerEdits.hooks = [{hookName: "poststart", path: "/x", env: ["A"]}]|/containerEdits/hooks/0/env/0: must be NAME=VALUE, but is 'A'
		.containerEdits.additionalGids = [-1]|/containerEdits/additionalGids/0: must be from 0 to 4294967294
		.containerEdits.additionalGids = ["5"]|/containerEdits/additionalGids/0: must be an integer, but is a string
		.containerEdits.intelRdt = {closID: "a/b"}|/containerEdits/intelRdt/closID: must be a file name
		.containerEdits.intelRdt = {closID: ".."}|/containerEdits/intelRdt/closID: must be a file name
		.containerEdits.intelRdt = {memBwSchema: "x"}|/containerEdits/intelRdt/memBwSchema: must be a line MB:...
		.containerEdits.netDevices = [{name: "a"}]|/containerEdits/netDevices/0/hostInterfaceName: must be a string, but is nothing
		.containerEdits.netDevices = [{hostInterfaceName: "a", name: ""}]|/containerEdits/netDevices/0/name: must be an interface's name
		.containerEdits.netDevices = [{hostInterfaceName: "a", name: "x"}, {hostInterfaceName: "a", name: "y"}]|/containerEdits/netDevices/1/hostInterfaceName: 'a' is there twice
		.devices[0].containerEdits.netDevices = [{hostInterfaceName: "a", name: "x"}, {hostInterfaceName: "b", name: "x"}]|/devices/0/containerEdits/netDevices/1/name: 'x' is there twice
	END
	cdi d/a.json '.containerEdits.deviceNode = []'
	inject -1 --device=vendor.com/gpu=zero
	complains 'hint: "deviceNodes"?'
}

@test "FIFOs, directories, giants, loops and YAML in a directory are errors that name the file, at once (F26)" {
	mkdir d
	mkfifo d/a.json
	run -1 --separate-stderr timeout 20 devices-apply --cdi-dir=d --device=vendor.com/gpu=zero <<<'{}'
	complains 'd/a.json: is not a regular file'
	rm d/a.json
	mkdir d/a.json
	inject -1 --device=vendor.com/gpu=zero
	complains 'd/a.json: is not a regular file'
	rmdir d/a.json
	truncate -s 100M d/a.json
	run -1 --separate-stderr timeout 20 devices-apply --cdi-dir=d --device=vendor.com/gpu=zero <<<'{}'
	complains 'd/a.json: is larger than 67108864 bytes'
	rm d/a.json
	ln -s a.json d/a.json
	inject -1 --device=vendor.com/gpu=zero
	complains 'd/a.json: cannot open'
	rm d/a.json
	for text in '' '{' '{"kind":"a/b","kind":"a/b"}' '{} {}' $'\xff'; do
		printf '%s' "$text" >d/a.json
		inject -1 --device=vendor.com/gpu=zero
		complains 'd/a.json: '
	done
	cdi d/a.json
	touch d/README d/b.yml
	inject -0 --device=vendor.com/gpu=zero
	touch d/b.yaml
	inject -1 --device=vendor.com/gpu=zero
	complains 'd/b.yaml: is YAML; CDI files are read as JSON'
	complains 'hint: yq(1) makes JSON of it'
	mkfifo f
	devices -1 --cdi-dir=f --device=vendor.com/gpu=zero
	complains 'f: cannot open'
}

@test "what a file leaves unsaid about a node is looked up on the host" {
	need_root
	node n/a c 240 7 640 3:4
	ln -s a n/link
	while IFS='|' read -r spec want; do
		cdi d/a.json ".devices[0].containerEdits.deviceNodes = [{path: \"/dev/x\"} + $spec]"
		sed -i "s|@|$PWD/n/a|" d/a.json
		inject -0 --device=vendor.com/gpu=zero
		holds ".linux.devices[0] == ({path: \"/dev/x\"} + $want)"
	done <<-'END'
		{hostPath: "@"}|{type: "c", major: 240, minor: 7, fileMode: 416}
		{hostPath: "@", type: "u"}|{type: "u", major: 240, minor: 7, fileMode: 416}
		{hostPath: "@", fileMode: 384}|{type: "c", major: 240, minor: 7, fileMode: 384}
		{hostPath: "@", type: "c", major: 1, minor: 2}|{type: "c", major: 1, minor: 2, fileMode: 416}
		{hostPath: "@", major: 0, minor: 2}|{type: "c", major: 240, minor: 7, fileMode: 416}
		{hostPath: "/nonexistent", type: "c", major: 1, minor: 2}|{type: "c", major: 1, minor: 2}
	END
	cdi d/a.json ".devices[0].containerEdits.deviceNodes = [{path: \"/dev/y\", type: \"p\"}, {path: \"$PWD/n/link\"}]"
	inject -0 --device=vendor.com/gpu=zero
	holds '.linux.devices[1].minor == 7'
	cdi d/a.json ".devices[0].containerEdits.deviceNodes = [{path: \"/dev/x\", hostPath: \"$PWD/n/a\", type: \"b\"}]"
	inject -3 --device=vendor.com/gpu=zero
	complains "devices-apply: d/a.json: /devices/0/containerEdits/deviceNodes/0: $PWD/n/a: is of type c, not b"
	cdi d/a.json '.containerEdits.deviceNodes = [{path: "/dev/nonexistent"}]'
	inject -3 --device=vendor.com/gpu=zero
	complains 'd/a.json: /containerEdits/deviceNodes/0: /dev/nonexistent: cannot examine'
}

@test "with --bind the nodes of a CDI device are bound (B103)" {
	need_root
	node n/a c 240 7
	cdi d/a.json ".devices[0].containerEdits.deviceNodes = [{path: \"/dev/x\", hostPath: \"$PWD/n/a\"},
		{path: \"/dev/y\", hostPath: \"$PWD/n/a\", permissions: \"r\"}]"
	inject -0 --bind --device=vendor.com/gpu=zero
	holds --arg a "$PWD/n/a" '[.mounts[] | [.destination, .source, .options[3]]] ==
		[["/dev/x", $a, "rw"], ["/dev/y", $a, "ro"]] and (.linux | has("devices") | not)'
}

@test "a mount that a file replaces takes its preparation along" {
	cdi d/a.json '.containerEdits.mounts = [{hostPath: "/x", containerPath: "/a"}]'
	DOC='{"mounts":[{"destination":"/a"}],"ocipipe":{"version":1,"prepare":[{"step":"overlay","mount":"/a","lower":"/y"},{"step":"workdir"}]}}' \
		inject -0 --device=vendor.com/gpu=zero
	holds '[.ocipipe.prepare[].step] == ["workdir"] and .mounts[0].source == "/x"'
}

@test "a hundred thousand devices of one kind are linear (F15)" {
	echo '{}' >in
	for n in 10000 100000; do
		mkdir $n
		python3 - $n <<-'END'
			import json, sys
			n = int(sys.argv[1])
			json.dump({"cdiVersion": "0.7.0", "kind": "vendor.com/gpu", "devices": [
			    {"name": str(i), "containerEdits": {"env": [f"G{i}=1"], "additionalGids": [i + 1], "deviceNodes": [
			        {"path": f"/dev/g{i}", "type": "c", "major": 1 + i // 1000, "minor": i % 1000}]}}
			    for i in range(n)]}, open(f"{n}/a.json", "w"))
		END
	done
	# shellcheck disable=SC2016 # the shell that linear.py starts fills $N in
	run -0 python3 "$TESTS/linear.py" 20 'devices-apply --cdi-dir=$N --device=vendor.com/gpu=all --input=in --output=out'
	jq -e '(.linux.devices | length) == 100000 and (.process.env | length) == 100000 and
		(.process.user.additionalGids | length) == 100000' out
}
