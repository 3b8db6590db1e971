#!/usr/bin/env bats
# chroot isolation: streams, terminal, signals and the end are those of every run.
load lib
load host
load ocirun
load chroot

@test "output comes whole, in both streams, to its last byte (B353, B354, B355, R31)" {
	touch out err
	snapshot
	check() {
		for _ in 1 2 3; do
			inside "$1" -- sh -c 'yes 0123456789 | head -c 300000; yes abc | head -c 200000 >&2; printf last' >out 2>err
			assert_equal "$(wc -c <out) $(wc -c <err)" '300004 200000'
			assert_equal "$(tail -c 4 out)" last
		done
	}
	every check
	left_nothing
}

@test "input is a file's or a pipe's, if the document is not in it (B350, B353)" {
	check() {
		doc "$1" -- cat | ns-apply --network=host | mounts-apply >"$HOST/$1.json"
		chmod 644 "$HOST/$1.json"
		echo text | as "$1" chroot ocirun "$HOST/$1.json" >out
		assert_equal "$(cat out)" text
		run -0 --separate-stderr inside "$1" -- cat
		assert_output ''
	}
	every check
}

@test "descriptors that are asked for reach the command, and no others (L16)" {
	doc root -- sh -c 'cat <&3; for fd in /proc/self/fd/*; do [ ! -e "$fd" ] || echo "$fd"; done' |
		ns-apply --network=host | mounts-apply >step.json
	echo three >three
	run -0 --separate-stderr as root chroot ocirun --preserve-fds=1 step.json 3<three 4</
	assert_output $'three\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\n/proc/self/fd/3'
}

@test "a terminal is the container's own, of the process's user; the caller's is as it was (B347, B352)" {
	check() {
		doc "$1" -t --user=1000 --console-size=33x77 -- sh -c 'tty; stat -c "%u %a" /dev/console; test -t 0 && echo terminal; ps -o pid | tail -n 1; exit 6' |
			ns-apply --network=host | mounts-apply >"$HOST/$1.json"
		chmod 644 "$HOST/$1.json"
		run -6 as "$1" chroot script -qec "stty -a >\$TMPDIR/before; ocirun $HOST/$1.json; s=\$?; stty -a >\$TMPDIR/after; cmp \$TMPDIR/before \$TMPDIR/after || exit 99; exit \$s" /dev/null </dev/null
		assert_line --partial /dev/pts/0
		assert_line --partial '1000 620'
		assert_line --partial terminal
	}
	every check
	run -125 --separate-stderr as root chroot setsid --wait ocirun "$HOST/root.json" </dev/null
	complains 'wants a terminal, but there is none here'
}

@test "the caller's terminal cannot be typed into (CVE-2017-5226)" {
	${CC:-cc} -D_GNU_SOURCE -static -O1 -o escape "$TESTS/escape.c"
	cp escape "$HOST/rootfs/bin/escape"
	doc root -- escape terminal | ns-apply --network=host | mounts-apply | seccomp-apply --profile=unconfined >step.json
	run -0 as root chroot script -qec 'ocirun step.json' /dev/null </dev/null
	assert_output --partial in
	refute_output --partial out
}

@test "a signal reaches a command that catches it, and ends one that does not (B384, R10)" {
	check() {
		doc "$1" -- sh -c 'trap "echo told; exit 9" TERM; echo up; while :; do sleep 0.1; done' |
			ns-apply --network=host | mounts-apply >step.json
		# Whatever it ends with, it was told to end.
		run -143 as "$1" chroot timeout --preserve-status -s TERM 2 ocirun <step.json
		assert_output $'up\ntold'
		doc "$1" -- sleep 600 | ns-apply --network=host | mounts-apply >step.json
		run -143 as "$1" chroot timeout --preserve-status -s TERM 0.5 ocirun <step.json
		run -124 as "$1" chroot ocirun --timeout=1 <step.json
	}
	touch step.json
	snapshot
	every check
	left_nothing
}

@test "a command that a signal ended is 128 and the signal, said once (B385)" {
	check() {
		doc "$1" -- sleep 600 | ns-apply --network=host | mounts-apply >step.json
		as "$1" chroot ocirun --pid-file="$HOST/data/pid-$1" <step.json 2>err &
		local pid=$! status=0
		await [ -s "$HOST/data/pid-$1" ]
		on_host kill -KILL "$(cat "$HOST/data/pid-$1")"
		wait "$pid" || status=$?
		assert_equal "$status" 137
		assert_equal "$(cat err)" ''
	}
	check root
	check mapped
}

@test "no descendant survives: two forks, a session of its own, deaf to signals (R40)" {
	snapshot
	check() {
		run -0 --separate-stderr inside "$1" -- sh -c \
			'(setsid sh -c "trap : TERM HUP INT; sleep 600; sleep 600" >/dev/null 2>&1 & ) & sleep 0.1; echo done'
		assert_output 'done'
	}
	every check
	left_nothing
}

@test "what is kept runs again, and the configuration is nobody else's (B346)" {
	OCIRUN=--keep=on-failure run -3 --separate-stderr inside root -- sh -c 'exit 3'
	local dir
	dir=$(sed -n 's/.*--replay=\([^ ]*\) .*/\1/p' <<<"$stderr" | tail -n 1)
	assert_equal "$(on_host stat -c %a "$dir/config.json")" 600
	run -0 --separate-stderr as root chroot ocirun --replay="$dir" -- echo again
	assert_output again
	on_host ocirun --clean="$dir"
}

# One that is told that a call has failed, or that it has succeeded when nothing was done,
# says so and runs nothing.
refuses() {
	local how=$1 status=0
	on_host strace -f -qq -o /dev/null -e "trace=${how%%:*}" -e "inject=$how" ocirun --isolation=chroot "$HOST/step.json" >out 2>err || status=$?
	[ "$status" = 125 ] || fail "$how: $status: $(cat out err)"
	[ ! -s out ] || fail "$how: it ran"
	grep -q '^ocirun: chroot [a-z]*: ' err || fail "$how: $(cat err)"
}

@test "a call that fails, or does nothing, ends it with a message; it never goes on with less (R39, R17)" {
	doc root --user=1000:1000 --group-add=44 --security-opt=no-new-privileges --read-only -- echo ran |
		ns-apply --network=host --hostname=x | resources-apply --ulimit=nofile=64:64 --oom-score-adj=500 |
		mounts-apply -v "$HOST/data:/data:ro" >"$HOST/step.json"
	run -0 on_host ocirun --isolation=chroot "$HOST/step.json"
	assert_output ran
	touch out err
	snapshot
	local call
	for call in seccomp:error=EINVAL capset:error=EPERM setresuid:error=EAGAIN \
		setresgid:error=EPERM setgroups:error=EINVAL mknodat:error=EIO sethostname:error=EINVAL \
		keyctl:error=EDQUOT setsid:error=EPERM fsmount:error=EBUSY; do
		refuses "$call"
	done
	refuses pivot_root:error=EINVAL
	grep -qx 'ocirun: hint: --no-pivot, where / is a ramdisk' err
	for call in capset setresuid setresgid setgroups; do
		refuses "$call:retval=0"
	done
	grep -q 'was set, but reads otherwise' err
	left_nothing
}

@test "capabilities, ids and groups that cannot be had are refused (R39)" {
	local mine
	if ! setpriv --dump | grep -q 'bounding set:.*sys_resource'; then
		run -125 --separate-stderr changed root 'caps-apply --cap-add=SYS_RESOURCE' -- true
		complains 'CAP_SYS_RESOURCE is outside of our own bounding set'
	fi
	run -125 --separate-stderr changed mapped 'ocipatch --set=/process/user/uid=70000' -- true
	complains /process/user/uid
	need_user
	mine="idmap-apply --uidmap=0:$(id -u "$TEST_USER"):1 --gidmap=0:$(id -g "$TEST_USER"):1"
	run -125 --separate-stderr changed user "ocipatch --set=/process/user/additionalGids='[0]' | $mine | mounts-apply | ocipatch --set=/linux/gidMappings/0/size=1 --set=/process/user/additionalGids='[0,44]'" -- true
	complains additionalGids
}

@test "without pivot_root there is no capability that leads out (R39)" {
	OCIRUN=--no-pivot run -125 --separate-stderr inside root -- true
	complains 'without pivot_root(2), CAP_SYS_CHROOT would lead out again'
	complains 'hint: caps-apply --cap-drop=SYS_CHROOT'
	OCIRUN=--no-pivot run -0 --separate-stderr changed root 'caps-apply --cap-drop=SYS_CHROOT' -- ls /
	assert_line bin
}

@test "a strict filter does not keep it from starting; without no_new_privs it must allow what is left to do (B379)" {
	doc root --user=1000 --security-opt=no-new-privileges -- sh -c 'chroot / true || mkdir /tmp/d && echo "still allowed"' |
		ns-apply --network=host | mounts-apply |
		seccomp-apply --deny=chroot,setgroups,setresuid,setresgid,capset,prctl,mount,pivot_root,mkdir >step.json
	run -1 --separate-stderr as root chroot ocirun step.json
	assert_output ''
	complains 'Operation not permitted'
	doc root --user=1000 -- true | ns-apply --network=host | mounts-apply | seccomp-apply --deny=setresuid >step.json
	run -125 --separate-stderr as root chroot ocirun step.json
	complains '/process/user/uid: cannot be set'
}

@test "SIGKILL at any point leaves no process and no mount (R11)" {
	local who where
	for who in root ${TEST_USER:+user}; do
		doc "$who" -- sleep 600 | ns-apply --network=host | mounts-apply >"$HOST/$who.json"
		chmod 644 "$HOST/$who.json"
	done
	snapshot
	for who in root ${TEST_USER:+user}; do
		for where in ${TORTURE:+mount:1 mount:3 mount:5 open_tree:1 open_tree:4 move_mount:2 fsopen:1 symlinkat:3 umount2:1 execve:1 prctl:1 prctl:20 write:1 write:3 read:30 close:40 wait4:1} \
			mount:2 move_mount:4 clone:1 pivot_root:1 seccomp:1 setresuid:1 execve:2 socketpair:1; do
			as "$who" chroot timeout -k 1 20 strace -f -qq -o /dev/null -e "trace=${where%:*}" \
				-e "inject=${where%:*}:signal=KILL:when=${where#*:}" ocirun --timeout=1 "$HOST/$who.json" >/dev/null 2>&1 || true
			as "$who" chroot ocirun --clean
		done
	done
	left_nothing
}
