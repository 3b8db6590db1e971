#!/usr/bin/env bats
# ocigen: presets, the base, the command line, real containers.
# shellcheck disable=SC2016,SC1003,SC2030,SC2031,SC2154 # jq's variables, make's backslashes, bats's own
load lib

@test "the preset build is complete, and what buildah overwrites is overwritten (B016, B017, B020, B021, B022)" {
	make_rootfs
	run -0 --separate-stderr ocigen --rootfs=rootfs -- cat /proc/self/status
	silent
	holds 'keys == ["linux", "mounts", "ociVersion", "ocipipe", "process", "root"]'
	holds '.ociVersion == "1.0.0"'
	holds '.process | keys == ["args", "capabilities", "cwd", "env", "user"]'
	holds '.process.user == {"uid": 0, "gid": 0, "additionalGids": [0]}'
	holds '.process.args == ["/bin/cat", "/proc/self/status"]'
	holds '.process.cwd == "/"'
	holds '.linux | keys == ["maskedPaths", "namespaces", "readonlyPaths", "resources", "seccomp"]'
	holds '.linux.seccomp.defaultAction == "SCMP_ACT_ERRNO" and .linux.seccomp.defaultErrnoRet == 38'
	holds '.ocipipe.network == {"mode": "private"}'
}

@test "its capabilities are the default ones, for root in effect, inheritable by nobody (B064, B066, B071, B072)" {
	run -0 --separate-stderr ocigen -- x
	holds '.process.capabilities.bounding == ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER",
		"CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID",
		"CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"]'
	holds '.process.capabilities | .effective == .bounding and .permitted == .bounding'
	holds '.process.capabilities | keys == ["bounding", "effective", "permitted"]'
	run -0 --separate-stderr ocigen --user=1000 -- x
	holds '.process.capabilities | keys == ["bounding"]'
}

@test "its mounts, namespaces, devices and paths are those of a build step (B018, B019, B106, B107, B112)" {
	run -0 --separate-stderr ocigen -- x
	holds '[.mounts[].destination] == ["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue",
		"/sys", "/sys/fs/cgroup", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf",
		"/run/.containerenv"]'
	holds '.mounts[1].options == ["nosuid", "strictatime", "mode=755", "size=65536k"]'
	holds '[.linux.namespaces[]] == [{"type": "pid"}, {"type": "network"}, {"type": "ipc"},
		{"type": "uts"}, {"type": "mount"}, {"type": "cgroup"}]'
	holds '.linux.resources == {"devices": [{"allow": false, "access": "rwm"}]}'
	holds '.linux.maskedPaths | index("/proc/kcore") and index("/sys/firmware")'
	holds '.linux.readonlyPaths | index("/proc/sys")'
	holds '.ocipipe.prepare[0] == {"step": "workdir"}'
}

@test "a name for the host is nobody's but the image's or ocirun's (B033, B075)" {
	run -0 --separate-stderr ocigen -- x
	holds 'has("hostname") | not'
	holds '[.process.env[] | select(startswith("HOSTNAME="))] == []'
}

@test "a document has none of the defaults that were somebody's accident (D17)" {
	run -0 --separate-stderr ocigen -- x
	holds '.process.capabilities | has("ambient") | not'
	holds '.linux | has("maskedPaths") and has("readonlyPaths")'
	holds '[.mounts[].destination] | index("/sys/fs/cgroup")'
	refute_output --partial mrsdalloway
}

@test "the root filesystem's path is written absolute and clean (B074)" {
	run -0 --separate-stderr ocigen --rootfs=.//rootfs/ -- x
	holds --arg here "$PWD" '.root == {"path": ($here + "/rootfs")}'
	run -0 --separate-stderr ocigen -- x
	holds '.root == {"path": "rootfs"}'
}

@test "without a command there are no arguments, and ocirun says so (B022)" {
	run -0 --separate-stderr ocigen
	holds '.process | has("args") | not'
	run -125 --separate-stderr sh -c 'ocigen --rootfs=. | ocirun --runtime=runc'
	complains /process/args
}

@test "the preset runc is what runc spec prints" {
	command -v runc || skip 'needs runc'
	runc spec
	run -0 --separate-stderr ocigen --preset=runc
	silent
	echo "$output" >ours.json
	python3 -c 'import json; a, b = (json.load(open(f)) for f in ("ours.json", "config.json"))
assert a == b, (a, b)'
}

@test "the preset runc can be given to a bare runtime" {
	need_root
	command -v runc || skip 'needs runc'
	make_rootfs bundle/rootfs
	ocigen --preset=runc --tty=false -- echo bare >bundle/config.json
	run -0 --separate-stderr runc run --bundle bundle "ocigen-$$"
	assert_output bare
}

@test "the preset minimal may do nothing, needs nothing, and runs" {
	run -0 --separate-stderr ocigen --preset=minimal -- x
	holds '.process.capabilities == {"bounding": [], "effective": [], "permitted": []}'
	holds '.process.noNewPrivileges and .root.readonly'
	holds '[.mounts[].destination] == ["/proc", "/dev"]'
	holds '.linux.seccomp and .linux.maskedPaths and .linux.readonlyPaths'
	holds '.ocipipe | has("prepare") | not'
	need_root
	make_rootfs
	for runtime in runc crun; do
		run -0 --separate-stderr on "$runtime" sh -c \
			'ocigen --preset=minimal --rootfs=rootfs -- sh -c "touch /x; id -u" | ocirun'
		assert_output 0
		complains 'Read-only file system'
	done
}

@test "the preset rootless is what idmap-apply and mounts-apply would leave" {
	export OCIPIPE_TRACE=
	for command in '' 'need_user as_user'; do
		[ -z "$command" ] || need_user
		# shellcheck disable=SC2086 # a list of words
		${command#* } ocigen --preset=rootless -- x >"$BATS_TEST_TMPDIR/a.json"
		${command#* } sh -c 'ocigen -- x | idmap-apply --rootless | mounts-apply' >"$BATS_TEST_TMPDIR/b.json"
		run -0 python3 - "$BATS_TEST_TMPDIR" <<-'END'
			import json, sys
			a, b = (json.load(open(sys.argv[1] + "/" + f)) for f in ("a.json", "b.json"))
			for d in a, b:
			    d["linux"]["namespaces"].sort(key=lambda n: n["type"])
			    d["ocipipe"]["relied"].pop("mounts-apply", None)
			assert a == b, (a, b)
			assert a["linux"]["uidMappings"][0]["containerID"] == 0
		END
	done
}

@test "an ordinary user runs the preset rootless under runc and crun as it is" {
	need_user
	make_rootfs "$USER_DIR/rootfs"
	chmod -R a+rX "$USER_DIR/rootfs"
	chown -R "$TEST_USER:" "$USER_DIR/rootfs"
	cd "$USER_DIR" || return
	for runtime in runc crun; do
		run -0 --separate-stderr on_as_user "$runtime" sh -c \
			'ocigen --preset=rootless --rootfs=rootfs -w /made -- sh -c "id -u; pwd; grep Seccomp: /proc/self/status; hostname >/dev/null; grep -c localhost /etc/hosts" | ocirun'
		assert_line --index 0 0
		assert_line --index 1 /made
		assert_line --index 2 'Seccomp:	2'
	done
}

@test "the short form is confined, as seen from inside, under both runtimes" {
	need_root
	make_rootfs
	for runtime in runc crun; do
		run -0 --separate-stderr on "$runtime" sh -c \
			'ocigen --rootfs=rootfs -- cat /proc/self/status | ocirun'
		assert_line 'CapInh:	0000000000000000'
		assert_line 'CapPrm:	00000000800405fb'
		assert_line 'CapEff:	00000000800405fb'
		assert_line 'CapBnd:	00000000800405fb'
		assert_line 'CapAmb:	0000000000000000'
		assert_line 'Seccomp:	2'
		run -0 --separate-stderr on "$runtime" sh -c \
			'ocigen --rootfs=rootfs -- sh -c "wc -c </proc/keys; ls /sys/firmware; echo x 2>/dev/null >/proc/sys/kernel/domainname || echo kept; cat /proc/self/mounts" | ocirun'
		assert_line --index 0 0
		assert_line --index 1 kept
		assert_line --partial ' /etc/hosts '
		assert_line --partial ' /etc/resolv.conf '
	done
}

@test "user, groups, environment and working directory reach the command (B036, B039, B046, B050)" {
	need_root
	make_rootfs
	for runtime in runc crun; do
		run -0 --separate-stderr on "$runtime" sh -c \
			'ocigen --rootfs=rootfs -u alice -e X="a b" --umask=027 -w /new/dir -- sh -c "id; pwd; umask; echo \$X; cat /proc/self/status" | ocirun'
		assert_line --index 0 'uid=1000(alice) gid=1000(alice) groups=44(video),1000(alice)'
		assert_line --index 1 /new/dir
		assert_line --index 2 0027
		assert_line --index 3 'a b'
		assert_line 'CapEff:	0000000000000000'
		assert_line 'CapPrm:	0000000000000000'
		assert_line 'CapBnd:	00000000800405fb'
		rm -rf rootfs/new
	done
}

@test "the base is edited, and only where it was asked (D1, D2, D3)" {
	cat >template.json <<-'END'
		{"zz": {"a": 1e400}, "ociVersion": "1.0.2", "root": {"path": "/keep", "readonly": false},
		 "process": {"cwd": "/keep", "args": ["keep"], "env": [], "vendor": [],
		             "user": {"uid": 7, "gid": 8, "username": ""}}, "hostname": "keep"}
	END
	run -0 --separate-stderr ocigen --base=template.json --compact
	assert_output '{"zz":{"a":1e400},"ociVersion":"1.0.2","root":{"path":"/keep","readonly":false},"process":{"cwd":"/keep","args":["keep"],"env":[],"vendor":[],"user":{"uid":7,"gid":8,"username":""}},"hostname":"keep","ocipipe":{"version":1,"inputs":["template.json"]}}'
	run -0 --separate-stderr sh -c 'ocigen --base=- --compact -e A=1 <template.json'
	assert_output '{"zz":{"a":1e400},"ociVersion":"1.0.2","root":{"path":"/keep","readonly":false},"process":{"cwd":"/keep","args":["keep"],"env":["A=1"],"vendor":[],"user":{"uid":7,"gid":8,"username":""}},"hostname":"keep"}'
	run -0 --separate-stderr sh -c 'ocigen -- x | ocigen --base=- -u 5 | ocigen --base - -- /bin/y'
	holds '.process.user == {"uid": 5, "gid": 0, "additionalGids": [0]} and .process.args == ["/bin/y"]'
}

@test "a base and a preset exclude each other, and a maker reads nothing else" {
	echo '{}' >base
	run -2 --separate-stderr ocigen --base=base --preset=runc
	complains '--preset: makes a document'
	run -2 --separate-stderr ocigen --input=x
	complains '--input: it makes a document'
	complains '--base edits one'
	run -1 --separate-stderr ocigen --base=missing
	complains missing
	run -1 --separate-stderr sh -c 'ocigen --base=- </dev/null'
	complains 'no document'
	run -2 --separate-stderr ocigen --preset=biuld
	complains "'build'?"
}

@test "every option of ocigen makes a document that is valid by the schema" {
	need_schema
	make_rootfs
	echo A=1 >vars
	echo '{"config": {"Env": ["B=1"], "Labels": {"l": "m"}}}' >image.json
	while read -r options; do
		eval "ocigen --compact $options" || fail "$options"
	done >documents <<-'END'
		-- x
		--preset=runc
		--preset=minimal
		--preset=rootless -- x
		--rootfs=rootfs -- sh
		--rootfs=rootfs:O:idmap --layer=up -- sh
		--read-only -- x
		--image-config=image.json -- x
		--entrypoint=a -- x
		--shell -- 'x y'
		-e A=1 --env-merge='PATH=/x:${PATH}' --unsetenv=A --env-file=vars -- x
		--http-proxy -- x
		-w /src -- x
		-u 5:6 --group-add=7 -- x
		--rootfs=rootfs -u alice --umask=22 -- x
		--group-add=keep-groups -- x
		-t --console-size=24x80 -- x
		-i -- x
		--security-opt=no-new-privileges --security-opt=apparmor=a --security-opt=label=type:t -- x
		--annotation=a=b --annotation=c= -- x
		--personality=LINUX32 -- x
		--oci-version=1.2.0 -- x
	END
	run -0 sh -c 'sort -u documents | wc -l'
	assert_output 20
	run -0 validate <documents
}

@test "what is given can be changed, and removed again" {
	sample() { ocigen --base=full.json --compact "$@"; }
	ocigen -t --console-size=1x2 --umask=22 --read-only --annotation=a=b --personality=LINUX \
		--security-opt=no-new-privileges --security-opt=apparmor=p --security-opt=label=level:s0:c1 \
		-e A=1 -- x >full.json
	run -0 --separate-stderr sample --console-size=3x4 --umask=77 --annotation=a=c \
		--personality=LINUX32 --security-opt=apparmor=q --security-opt=label=user:u -e A=2 --oci-version=1.1.0
	holds '.process.consoleSize == {"height": 3, "width": 4} and .process.user.umask == 63'
	holds '.annotations == {"a": "c"} and .linux.personality == {"domain": "LINUX32"}'
	holds '.process.apparmorProfile == "q" and .process.selinuxLabel == "u:system_r:container_t:s0:c1"'
	holds '.process.env[1] == "A=2" and .ociVersion == "1.1.0"'
	run -0 --separate-stderr sample --tty=false --console-size= --umask= --read-only=no --unsetannotation=a \
		--personality= --security-opt=no-new-privileges=false --security-opt=apparmor= \
		--security-opt=label=disable --unsetenv=A
	holds '.process | keys == ["args", "capabilities", "cwd", "env", "user"]'
	holds '.process.env | length == 2' # and TERM
	holds '.process.user | has("umask") | not'
	holds '.root | has("readonly") | not'
	holds 'has("annotations") | not'
	holds '.linux | has("personality") | not'
}

@test "a terminal is asked for, never found out (B028, B053, B054)" {
	run -0 --separate-stderr ocigen -- x
	holds '.process | has("terminal") | not'
	holds '.process.env | length == 1'
	run -0 --separate-stderr ocigen -ti -- x
	holds '.process.terminal and .process.env[1] == "TERM=xterm"'
	run -0 --separate-stderr ocigen -t -e TERM=linux -- x
	holds '.process.env[1:] == ["TERM=linux"]'
	run -0 --separate-stderr ocigen --console-size=24x80 -- x
	holds '.process.consoleSize == {"height": 24, "width": 80}'
	holds '.process | has("terminal") | not'
	for size in 24 x80 24x 24x80x1 -1x80 65536x1 24X80; do
		run -2 --separate-stderr ocigen --console-size="$size"
		complains 'is not ROWSxCOLUMNS'
	done
}

@test "security options are a closed list (B060, B061, B062, B063, B398)" {
	run -0 --separate-stderr ocigen -- x
	holds '.process | has("noNewPrivileges") or has("apparmorProfile") or has("selinuxLabel") | not'
	run -0 --separate-stderr ocigen --security-opt=no-new-privileges --security-opt=apparmor=unconfined -- x
	holds '.process.noNewPrivileges == true and .process.apparmorProfile == "unconfined"'
	run -0 --separate-stderr ocigen --security-opt=label=type:t --security-opt=label=level:s0:c1,c2 -- x
	holds '.process.selinuxLabel == "system_u:system_r:t:s0:c1,c2"'
	run -0 --separate-stderr ocigen --security-opt=label=a:b:c:s0 -- x
	holds '.process.selinuxLabel == "a:b:c:s0"'
	for option in '' no-new-privilege no-new-privileges=1 apparmor seccomp label=x label=type: label=type:a:b; do
		run -2 --separate-stderr ocigen --security-opt="$option"
		complains --security-opt
	done
	run -2 --separate-stderr ocigen --security-opt=seccomp=f.json
	complains 'seccomp-apply --profile=f.json'
	run -2 --separate-stderr ocigen --security-opt=label=filetype:t
	complains 'mounts-apply --mount-label'
}

@test "options that are wrong are named, and nothing is written" {
	while IFS='|' read -r option message; do
		run -2 --separate-stderr ocigen "$option"
		complains "$message"
		assert_output ''
	done <<-'END'
		--umask=8|--umask: '8' is not an octal mask
		--umask=1000|is not an octal mask
		--umask=-1|is not an octal mask
		--personality=LINUX33|'LINUX32'?
		--oci-version=1|--oci-version
		--oci-version=01.0.0|--oci-version
		--annotation=x|is not KEY=VALUE
		--annotation==x|is not KEY=VALUE
		--unsetannotation=|takes a name
		--unsetenv=|takes a name
		--workdir=src|is not an absolute path
		--workdir=|is not an absolute path
		--env=|has no name
		--env==x|has no name
		--env-merge=A|is not NAME=VALUE
		--rootfs=|takes a directory
		--rootfs=x:o|unknown 'o'
		--layer=|takes a name
		--user=|neither a user's name nor its id
		--tty=maybe|unknown 'maybe'
		--shell|takes a command of one word
		--entrypoint|needs --image-config
		--entrypoint=[1]|must be a list of strings
		--entrypoint=["a|--entrypoint
		--hostname=x|ns-apply --hostname
	END
}

@test "100,000 variables take ten times the time of 10,000" {
	python3 - <<-'END' || fail "not linear"
		import subprocess, time
		def seconds(count):
		    with open("env", "w") as f:
		        f.writelines("VARIABLE_%d=value\n" % i for i in range(count))
		    best = 9e9
		    for _ in range(3):
		        start = time.perf_counter()
		        subprocess.run(["ocigen", "--env-file=env", "--", "x"], check=True, stdout=subprocess.DEVNULL)
		        best = min(best, time.perf_counter() - start)
		    return best
		small, large = seconds(10000), seconds(100000)
		# A quadratic one would take a hundred times as long; the rest is room for a busy machine.
		assert large < 25 * small, (small, large)
	END
}
