#!/usr/bin/env bats
# What all tools share: what they look at on this host, and what they do not.
load lib

# looked_at COMMAND... - the files that the command looks at, but for the loader's
looked_at() {
	strace -f -qq -o calls -e trace=%file "$@" <in >/dev/null
	sed -nE 's/^[0-9]+ +[a-z0-9]+\((AT_FDCWD, )?"([^"]*)".*/\2/p' calls |
		grep -vE '^(/etc/ld\.so\.|/lib|/usr/lib|/proc/self(/|$)|/dev/(null|urandom)$)' |
		grep -vxF -e "$(command -v "$1")" -e "$PWD" | sort -u
}

@test "no filter reads a configuration of this host, or asks where it is (B001, B006, B007, B008, B009)" {
	cat >containers.conf <<-'END'
		[containers]
		cgroupns = "host"
		default_sysctls = ["net.ipv4.ping_group_range=0 1"]
		default_capabilities = ["SYS_ADMIN"]
		seccomp_profile = "unconfined"
		[engine]
		env = ["LEAKED=yes"]
		helper_binaries_dir = ["/nowhere"]
	END
	echo '{"process":{"user":{"uid":0,"gid":0},"cwd":"/"}}' >in
	while read -ra command; do
		"${command[@]}" <in >plain
		CONTAINERS_CONF=$PWD/containers.conf CONTAINERS_CONF_OVERRIDE=$PWD/containers.conf \
			CONTAINERS_HELPER_BINARY_DIR=/nowhere _CONTAINERS_ROOTLESS_UID=1000 \
			_CONTAINERS_USERNS_CONFIGURED=1 "${command[@]}" <in >odd
		cmp plain odd
		run looked_at "${command[@]}"
		# What is named on the command line is what it is for.
		for file in "${lines[@]}"; do
			[[ " ${command[*]}" == *[\ =:]"${file%/etc/*}"* ]] || fail "${command[*]} looks at $file"
		done
	done < <(samples)
}

@test "text is written as it is, members in their order, but never what is not UTF-8 (B010)" {
	printf '{"z":"<&>\xe2\x80\xa8\xe2\x80\xa9","a":[1],"m":"\xc3\xa9"}\n' >in
	ns-apply --compact <in >out
	cmp in out
	printf '{"a":"\xff"}\n' >in
	run -1 --separate-stderr ns-apply <in
	assert_output ''
	complains 'line 1, column'
}

@test "a file is replaced as a whole, with the mode it had, whatever the umask (B011)" {
	echo '{}' >doc
	chmod 640 doc
	ln doc other
	(umask 077 && ns-apply --input=doc --output=doc --hostname=h)
	assert_equal "$(stat -c %a doc)" 640
	assert_equal "$(cat other)" '{}'
	run find . -name 'doc.*'
	assert_output ''
}

@test "a variable is never there twice, whoever sets it (B031, B034)" {
	run -0 --separate-stderr process-apply --env=SSH_AUTH_SOCK=/a <<<'{"process":{"env":["SSH_AUTH_SOCK=/x","A=1","SSH_AUTH_SOCK=/y"]}}'
	holds '.process.env == ["SSH_AUTH_SOCK=/a", "A=1"]'
	run -0 --separate-stderr ns-apply --hostname=new <<<'{"hostname":"old","process":{"env":["HOSTNAME=old","A=1"]}}'
	holds '.process.env == ["HOSTNAME=new", "A=1"]'
}

@test "limits may be listed or repeated; the last of a name counts, in the first one's place (B395)" {
	run -0 --separate-stderr resources-apply --ulimit=nofile=10:20 --ulimit=core=0 --ulimit=nofile=30 <<<'{}'
	holds '.process.rlimits == [{type: "RLIMIT_NOFILE", hard: 30, soft: 30}, {type: "RLIMIT_CORE", hard: 0, soft: 0}]
		or .process.rlimits == [{type: "RLIMIT_NOFILE", soft: 30, hard: 30}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]'
}

# ---- ocirun ------------------------------------------------------------------

runs() {
	make_rootfs
	run -0 --separate-stderr sh -c 'ocigen --rootfs=rootfs "$@" | ocirun --runtime=runc' sh "$@"
}

@test "who is root is asked of the kernel only (B001, B002, B273)" {
	need_root
	export _CONTAINERS_ROOTLESS_UID=1000 _CONTAINERS_USERNS_CONFIGURED=1
	runs -- cat /run/.containerenv
	assert_line rootless=0
	assert_line --regexp '^engine="ocipipe-'
	assert_line --regexp '^name="ocipipe-[0-9a-f]+"$'
}

@test "nothing starts by a protocol of pipes that the environment names (B391)" {
	need_root
	make_rootfs
	mkfifo go
	# A read of 8 would wait for ever; who says its process id says it to 7.
	protocol=(timeout -k 1 20 env _Containers-unshare=268435456 _Containers-pid-pipe=7
		_Containers-continue-pipe=8 _Containers-setsid=1 _Containers-setpgrp=1 _Containers-ctty=8
		_CONTAINERS_ROOTLESS_UID=1000 _CONTAINERS_ROOTLESS_GID=1000)
	exec 7>pid 8<>go
	ocigen --rootfs=rootfs -- sh -c 'id -u; env | grep -ci containers; cat /proc/self/uid_map' >step.json
	idmap-apply --uidmap=0:100000:65536 <step.json >mapped.json
	"${protocol[@]}" "$BIN/idmap-apply" --uidmap=0:100000:65536 <step.json | cmp mapped.json -
	run -0 --separate-stderr "${protocol[@]}" "$BIN/ocirun" --runtime=runc mapped.json
	assert_line --index 0 0
	assert_line --index 1 0
	assert_line --index 2 --regexp '^ +0 +100000 +65536$'
	[ ! -s pid ]
	exec 7>&- 8>&-
}

@test "bundles are made in TMPDIR if that is a path, else in /var/tmp (B003, B241)" {
	need_root
	make_rootfs
	mkdir tmp
	cat >hook <<-END
		#!/bin/sh
		ls "$PWD/tmp" >"$PWD/seen"
		stat -c %a "$PWD"/tmp/ocipipe-* >>"$PWD/seen"
	END
	chmod +x hook
	run -0 --separate-stderr sh -c 'ocigen --rootfs=rootfs -- true | hooks-apply --hook=createRuntime:$PWD/hook | TMPDIR=$PWD/tmp ocirun --runtime=runc'
	run cat seen
	assert_line --index 0 --regexp '^ocipipe-'
	assert_line --index 1 700
	run ls tmp
	assert_output ''
	run -0 --separate-stderr sh -c 'ocigen --rootfs=rootfs -- true | TMPDIR=relative ocirun --runtime=runc'
	run -125 --separate-stderr sh -c 'ocigen --rootfs=rootfs -- true | TMPDIR=$PWD/none ocirun --runtime=runc'
	complains "$PWD/none"
}

@test "ids are mapped by the first range that has them, in 64 bits (B004, B005, B096)" {
	need_root
	make_rootfs
	mkdir data
	run -0 --separate-stderr sh -c 'ocigen --rootfs=rootfs --user=7:7 -- true |
		idmap-apply --uidmap=0:100000:5,5:4294967200:94 --gidmap=0:200000:5,5:4294967200:94 |
		mounts-apply -v ./data:/data:U | ocirun --runtime=runc'
	assert_equal "$(stat -c %u:%g data)" 4294967202:4294967202
	run -125 --separate-stderr sh -c 'ocigen --rootfs=rootfs --user=99:7 -- true |
		idmap-apply --uidmap=0:100000:5 --gidmap=0:200000:9 | ocirun --runtime=runc'
	complains /process/user/uid
}

@test "the working directory is made inside, component by component, and what was there is not touched (B012, B015, B038, B250; CVE-2026-55686)" {
	need_root
	make_rootfs
	mkdir canary rootfs/there
	chmod 700 rootfs/there
	chown 5:5 rootfs/there
	ln -s "$PWD/canary/new" rootfs/absolute
	ln -s ../../../../../../../../../../../../../.."$PWD"/canary/new rootfs/relative
	ln -s /inside rootfs/inside-link
	mkdir rootfs/inside
	for dir in /absolute/x /relative /there/a/b /inside-link/y /there/../z; do
		run -0 --separate-stderr sh -c 'ocigen --rootfs=rootfs --workdir="$1" -- pwd | ocirun --runtime=runc' sh "$dir"
		silent
	done
	run ls -A canary
	assert_output ''
	[ -d rootfs/inside/y ] && [ -d rootfs/z ]
	assert_equal "$(stat -c '%a %u' rootfs/there)" '700 5'
	assert_equal "$(stat -c '%a %u' rootfs/there/a/b)" '755 0'
	run -0 --separate-stderr mounts-apply --mount=src=/s,target=rel <<<'{"mounts":[]}'
	holds '.mounts[0].destination == "/rel"'
	for n in $(seq 45); do ln -s "loop$((n + 1))" "rootfs/loop$n"; done
	run -125 --separate-stderr sh -c 'ocigen --rootfs=rootfs --workdir=/loop1 -- pwd | ocirun --runtime=runc'
	complains 'oo many'
	touch rootfs/file
	run -125 --separate-stderr sh -c 'ocigen --rootfs=rootfs --workdir=/file/x -- pwd | ocirun --runtime=runc'
	complains /file
}

@test "a label is asked for in vain where SELinux is off, and the system's directories are never relabelled (B013)" {
	need_root
	[ ! -e /sys/fs/selinux/enforce ] || skip 'SELinux is on'
	make_rootfs
	mkdir data
	run -0 --separate-stderr sh -c 'ocigen --rootfs=rootfs -- true | mounts-apply -v ./data:/data:Z | ocirun --runtime=runc'
	run python3 -c 'import os; print(os.listxattr("data"))'
	assert_output '[]'
}

@test "the container's names: host name, /etc/hostname, HOSTNAME; a host's own where it has none of its own (B075, B258, B271, B272)" {
	need_root
	make_rootfs
	run -0 --separate-stderr sh -c 'ocigen --rootfs=rootfs -- sh -c "hostname; cat /etc/hostname; echo \$HOSTNAME" | ocirun --runtime=runc --name=ground-rules-$$'
	assert_line --index 0 --regexp '^ground-rules-'
	assert_equal "${lines[1]}" "${lines[0]}"
	assert_equal "${lines[2]}" "${lines[0]}"
	run -0 --separate-stderr sh -c 'ocigen --rootfs=rootfs -- cat /etc/hostname /etc/hosts | ns-apply --uts=host --network=host | ocirun --runtime=runc'
	assert_line --index 0 "$(uname -n)"
}

@test "a volume's source is a path, and its options are words that are known (B199, B200, B402, B403, B405)" {
	run -2 --separate-stderr mounts-apply --mount=type=bind,src=,target=/x <<<'{}'
	complains "'src' needs a value"
	run -2 --separate-stderr mounts-apply -v :/x <<<'{}'
	complains 'is not a path'
	run -2 --separate-stderr mounts-apply -v /a:/x:nope <<<'{}'
	complains "unknown option 'nope'"
	# One target twice: the later one, in the place of the first.
	run -0 --separate-stderr mounts-apply -v /a:/x -v /b:/x --mount=src=rel,target=/y <<<'{}'
	holds '[.mounts[] | [.source, .destination]] == [["/b", "/x"], [$pwd + "/rel", "/y"]]' --arg pwd "$PWD"
}

@test "sizes are numbers with units, powers of 1024 (B392, B393)" {
	for pair in 1:1 64k:65536 1.5g:1610612736 1MiB:1048576 '2 kb:2048' 64MB:67108864; do
		run -0 --separate-stderr resources-apply --memory="${pair%:*}" <<<'{}'
		holds ".linux.resources.memory.limit == ${pair#*:}"
		run -0 --separate-stderr mounts-apply --tmpfs="/t:size=${pair%:*}" <<<'{}'
		holds ".mounts[0].options[-1] == \"size=${pair#*:}\""
	done
	for bad in '' k 1x 1kk -1k 1.g 99999999999999999999t; do
		run -2 --separate-stderr mounts-apply --tmpfs="/t:size=$bad" <<<'{}'
		complains 'is not a size'
	done
}
