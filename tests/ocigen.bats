#!/usr/bin/env bats
# ocigen: presets, the command, environment, working directory.
load lib

@test "the preset build is confined by itself (B022, B030, B036, B072, B106)" {
	make_rootfs
	run -0 --separate-stderr ocigen --rootfs=rootfs -- cat /proc/self/status
	silent
	holds '.process.args == ["/bin/cat", "/proc/self/status"]'
	holds '.process.env == ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]'
	holds '.process.cwd == "/"'
	holds --arg r "$PWD/rootfs" '.root.path == $r'
	holds '.process.capabilities.bounding | length == 11'
	holds '.process.capabilities | .effective == .bounding and .permitted == .bounding'
	holds '.linux.resources.devices == [{"allow": false, "access": "rwm"}]'
	holds '[.linux.namespaces[].type] == ["pid", "network", "ipc", "uts", "mount", "cgroup"]'
	holds '.linux.maskedPaths | index("/proc/kcore")'
	holds '.ocipipe.network.mode == "private"'
	holds '.process | has("rlimits") or has("noNewPrivileges") | not'
}

@test "a name is looked up in the root filesystem's passwd and group (B042, B046, B050)" {
	make_rootfs
	run -0 --separate-stderr ocigen --rootfs=rootfs --user=alice -- id
	holds '.process.user == {"uid": 1000, "gid": 1000, "additionalGids": [1000, 44]}'
	holds '.process.capabilities | keys == ["bounding"]'
}

@test "options edit the environment and the working directory (B031, B037)" {
	run -0 --separate-stderr ocigen -e A=1 -e B=2 -e A=3 -w /src -- make
	holds '.process.env[1:] == ["A=3", "B=2"]'
	holds '.process.cwd == "/src"'
	run -2 --separate-stderr ocigen -w src -- make
	complains "--workdir: 'src' is not an absolute path"
}

@test "the short form runs, under both runtimes" {
	need_root
	make_rootfs
	for runtime in runc crun; do
		run -0 --separate-stderr on "$runtime" sh -c \
			'ocigen --rootfs=rootfs -u alice -e X=y -w /new -- sh -c "id; pwd; echo \$X" | ocirun'
		assert_output 'uid=1000(alice) gid=1000(alice) groups=44(video),1000(alice)
/new
y'
	done
}
