#!/usr/bin/env bats
# chroot isolation inside of another container, which has no privileges, a filter and a masked /proc.
load lib
load host
load ocirun
load chroot

prepare() {
	local name
	OUTER=$HOST/outer
	[ -d "$OUTER" ] || {
		mkdir -p "$OUTER"/{usr,proc,sys,dev,etc,tmp,run,root,var/tmp,build,step}
		for name in bin sbin lib lib64; do ln -s "usr/$name" "$OUTER/$name"; done
	}
	mkdir -p "$HOST/step"
	cp -r "$HOST/rootfs" "$HOST/step/rootfs"
}

teardown() {
	rm -rf "$HOST/step/rootfs"
}

# nested [FILTER] -- COMMAND... - a step in a container that runc makes; AFTER is run there when it is over
nested() {
	local filter=$1
	shift 2
	ocigen --rootfs="$HOST/rootfs" -- "$@" | idmap-apply --uidmap=0:0:1 --gidmap=0:0:1 | mounts-apply |
		eval "$filter" | ocipatch --set=/root/path='"rootfs"' >"$HOST/step/step.json"
	cat >"$HOST/step/outer.sh" <<-END
		cd /step
		export PATH=/build:\$PATH SECRETVAR=marker-of-the-caller
		ocirun --isolation=chroot --log-level=${LEVEL:-warn} --run-root=/run/ocipipe step.json
		status=\$?
		${AFTER:-:}
		exit \$status
	END
	ocigen --rootfs="$OUTER" -- sh /step/outer.sh |
		mounts-apply -v /usr:/usr:ro -v "$BIN:/build:ro" -v "$HOST/step:/step:rw" |
		as root runc ocirun
}

@test "a step runs there, says what it cannot have, and nothing of it survives (R37, R39, R40, B358)" {
	local left='cat /proc/[0-9]*/comm | grep -c sleep; ls -A /run /var/tmp | grep -c oci; grep -c rootfs /proc/self/mountinfo'
	run -5 --separate-stderr nested cat -- sh -c 'id -u; touch /var/made; (setsid sh -c "trap : TERM; sleep 600; sleep 600" >/dev/null 2>&1 &); exit 5'
	assert_output 0
	complains "the network is the host's"
	complains 'no new /proc can be mounted here: it sees the processes around it'
	complains 'hostname: cannot be set, so it is that of this host'
	AFTER=$left LEVEL=error run -0 --separate-stderr nested cat -- sh -c '(setsid sleep 600 >/dev/null 2>&1 &); true'
	assert_equal "$(xargs <<<"$output")" '0 0 0'
	silent
}

@test "nothing of the processes around it can be read or changed there (B350, CVE-2021-3602)" {
	LEVEL=error run -0 --separate-stderr nested cat -- sh -c '
		cat /proc/[0-9]*/environ | tr "\0" "\n" | grep -c marker
		ls /proc/[0-9]*/root/step /proc/[0-9]*/cwd/step.json 2>/dev/null | grep -c .
		for f in /proc/1/oom_score_adj /proc/sys/kernel/hostname /proc/self/comm /proc/sysrq-trigger; do
			echo 1 >$f && echo "wrote $f"
		done
		cat /proc/keys /proc/timer_list | wc -c
		grep -e ^CapBnd -e ^Seccomp: /proc/self/status | tr "\t" " "'
	assert_output $'0\n0\n0\nCapBnd: 00000000800405fb\nSeccomp: 2'
}

@test "a second chroot, a trace of the processes around it and kept descriptors lead nowhere there (CVE-2016-9962)" {
	local way
	${CC:-cc} -D_GNU_SOURCE -static -O1 -o "$HOST/step/rootfs/bin/escape" "$TESTS/escape.c"
	for way in 'chroot /step/step.json' ptrace descriptor; do
		# shellcheck disable=SC2086 # a list of words
		LEVEL=error run -0 --separate-stderr nested cat -- escape $way
		assert_output in
		# shellcheck disable=SC2086 # a list of words
		LEVEL=error run -0 --separate-stderr nested \
			'caps-apply --cap-add=SYS_ADMIN,SYS_CHROOT,DAC_READ_SEARCH | seccomp-apply --profile=unconfined' -- escape $way
		assert_output in
	done
}

@test "CAP_SYS_PTRACE is refused there, because it would lead out" {
	run -125 --separate-stderr nested 'caps-apply --cap-add=SYS_PTRACE' -- true
	complains 'with CAP_SYS_PTRACE it must have a pid namespace'
}

@test "a build runs there: make of a small C project" {
	[ -x /usr/bin/make ] && [ -x /usr/bin/gcc ] || skip 'needs make and gcc'
	mkdir -p "$HOST/rootfs/src"
	printf 'int main(void)\n{\n\treturn 42;\n}\n' >"$HOST/rootfs/src/a.c"
	printf 'a: a.c\n\tgcc -o a a.c\n' >"$HOST/rootfs/src/Makefile"
	rm -rf "$HOST/step/rootfs"
	cp -r "$OUTER" "$HOST/step/rootfs"
	cp -r "$HOST/rootfs/src" "$HOST/step/rootfs/src"
	LEVEL=error run -42 --separate-stderr nested 'process-apply -w /src | mounts-apply -v /usr:/usr:ro' -- \
		sh -c 'make -s a && ./a'
	rm -r "$HOST/rootfs/src"
}
