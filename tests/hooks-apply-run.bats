#!/usr/bin/env bats
# hooks-apply: hooks of all stages in real containers.
load lib

stages=(prestart createRuntime createContainer poststart poststop)

# A recorder for the host's hooks and one for the container's own, and a root.
prepare() {
	make_rootfs
	cat >record <<-END
		#!/bin/sh
		{ echo "\$*"; tr '\\0' '\\n' </proc/\$\$/environ; } >$PWD/\$1.call
		cat >$PWD/\$1.state
		[ "\$1" != "\${FAIL-}" ]
	END
	cat >rootfs/record <<-'END'
		#!/bin/sh
		{ echo "$*"; tr '\0' '\n' </proc/$$/environ; } >/tmp/startContainer.call
		cat >/tmp/startContainer.state
	END
	chmod +x record rootfs/record
	chmod 777 . rootfs/tmp
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "${BATS_TEST_TMPDIR%/*/*}"
}

document() {
	local edits=('--hook=startContainer:/record,startContainer') stage
	for stage in "${stages[@]}"; do
		edits+=("--hook=$stage:$PWD/record,$stage")
	done
	ocigen --rootfs=rootfs --env=LD_PRELOAD=/evil.so -- "$@" | hooks-apply "${edits[@]}"
}

# check_calls - every hook was called once, as written, with the state of one container.
check_calls() {
	mv rootfs/tmp/startContainer.* .
	for stage in "${stages[@]}" startContainer; do
		head -n1 "$stage.call" | grep -qx "$stage"
		# neither the image's environment nor ours
		refute grep -q 'LD_PRELOAD\|BATS' "$stage.call"
		jq -e '.id == "'"$1"'" and (.bundle | length > 0)' "$stage.state" >/dev/null
	done
	jq -e '.pid > 1' createRuntime.state poststart.state
	jq -e '.status == "stopped"' poststop.state
}

@test "hooks of all six stages run in a container, with the state on standard input (B238, CVE-2025-23266)" {
	need_root
	document sh -c 'exit 7' >doc.json
	for runtime in runc crun; do
		run -7 --separate-stderr on "$runtime" ocirun --name="hooks-$runtime-$$" doc.json
		check_calls "hooks-$runtime-$$"
		rm -f ./*.call ./*.state
	done
}

@test "the same as an ordinary user (B217, B238)" {
	need_user
	cp -r rootfs record "$USER_DIR"
	sed -i "s|$PWD|$USER_DIR|g" "$USER_DIR/record"
	chown -R "$TEST_USER:" "$USER_DIR/rootfs" "$USER_DIR/record"
	cd "$USER_DIR"
	document sh -c 'exit 7' | idmap-apply --uidmap="0:$(id -u "$TEST_USER"):1" \
		--gidmap="0:$(id -g "$TEST_USER"):1" | mounts-apply >doc.json
	for runtime in runc crun; do
		run -7 --separate-stderr on_as_user "$runtime" ocirun --name="hooks-$runtime-$$" doc.json
		check_calls "hooks-$runtime-$$"
		rm -f ./*.call ./*.state
	done
	rm -rf rootfs record doc.json
}

@test "a hook without arguments gets its path, one with a time-out is given it" {
	need_root
	cat >bare <<-END
		#!/bin/sh
		tr '\\0' ' ' </proc/\$\$/cmdline >$PWD/bare.out
	END
	chmod +x bare
	for runtime in runc crun; do
		ocigen --rootfs=rootfs -- true |
			hooks-apply --hook="createRuntime:{\"path\":\"$PWD/bare\",\"timeout\":30}" >doc.json
		run -0 --separate-stderr on "$runtime" ocirun doc.json
		grep -q "$PWD/bare" bare.out
		rm bare.out
	done
}

@test "a hook that fails before the command keeps it from running; one that runs too long is ended" {
	need_root
	for runtime in runc crun; do
		ocigen --rootfs=rootfs -- touch /tmp/ran |
			hooks-apply --hook="createRuntime:{\"path\":\"$PWD/record\",\"args\":[\"r\",\"a\"],\"env\":[\"FAIL=a\"]}" >doc.json
		run -125 --separate-stderr on "$runtime" ocirun doc.json
		refute [ -e rootfs/tmp/ran ]
		ocigen --rootfs=rootfs -- touch /tmp/ran |
			hooks-apply --hook='createRuntime:{"path":"/bin/sleep","args":["sleep","1000"],"timeout":1}' >doc.json
		run -125 --separate-stderr on "$runtime" timeout 60 ocirun doc.json
		refute [ -e rootfs/tmp/ran ]
	done
}

# ends STATUS HOOK - a step with this hook ends so under both runtimes, in time
ends() {
	for runtime in runc crun; do
		ocigen --rootfs=rootfs -- touch /tmp/ran | hooks-apply --hook="$2" >doc.json
		rm -f rootfs/tmp/ran
		run "-$1" --separate-stderr on "$runtime" timeout 60 ocirun doc.json
	done
}

# hook STAGE SCRIPT [TIMEOUT]
hook() {
	jq -nr --arg script "$2" --argjson timeout "${3-null}" --arg stage "$1" \
		'{path: "/bin/sh", args: ["sh", "-c", $script], timeout: $timeout} | del(.[] | nulls) | $stage + ":" + tojson'
}

@test "a hook need not read the state, and may print a gigabyte (R28)" {
	need_root
	for stage in prestart createRuntime createContainer poststart poststop; do
		ends 0 "$(hook $stage 'exec <&-; exit 0')"
		[ -e rootfs/tmp/ran ]
	done
	ends 0 "$(hook createRuntime 'head -c 1000000000 /dev/zero')"
	ends 0 "$(hook createRuntime 'head -c 1000000000 /dev/zero >&2')"
	[ -e rootfs/tmp/ran ]
}

# The real crun, which takes its time before it writes into a pipe.
slow_crun() {
	mkdir slow
	cat >slow.c <<-'END'
		#include <sys/stat.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		ssize_t write(int fd, const void *data, size_t len)
		{
			struct stat st;
			if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
				usleep(200 * 1000);
			return syscall(SYS_write, fd, data, len);
		}
	END
	${CC:-cc} -D_GNU_SOURCE -shared -fPIC -o slow/write.so slow.c
	printf '#!/bin/sh\nLD_PRELOAD=%s exec %s "$@"\n' "$PWD/slow/write.so" "$(command -v crun)" >slow/crun
	chmod +x slow/crun
}

@test "a hook may be over before its state is written (R28)" {
	need_root
	slow_crun
	for stage in prestart createRuntime createContainer; do
		ocigen --rootfs=rootfs -- touch /tmp/ran |
			hooks-apply --hook="$(hook $stage 'exec <&-; exit 0')" >doc.json
		idmap-apply --uidmap=0:100000:65536 --gidmap=0:100000:65536 <doc.json >mapped.json
		for document in doc.json mapped.json; do
			rm -f rootfs/tmp/ran
			run -0 --separate-stderr on crun timeout 60 ocirun --runtime="$PWD/slow/crun" $document
			[ -e rootfs/tmp/ran ]
		done
	done
}

@test "a hook that ignores TERM is over when its time is (R28)" {
	need_root
	local start=$SECONDS
	for stage in prestart createRuntime createContainer; do
		ends 125 "$(hook $stage 'trap "" TERM; while :; do touch '"$PWD"'/beat; sleep 0.1; done' 1)"
		# it lives no more
		rm beat
		sleep 0.4
		refute [ -e beat ]
		refute [ -e rootfs/tmp/ran ]
	done
	[ $((SECONDS - start)) -lt 60 ]
}

@test "hooks that fail before the command abort the step and say so; later ones do not undo it (R28)" {
	need_root
	for stage in prestart createRuntime createContainer; do
		ends 125 "$(hook $stage 'echo last words >&2; exit 5')"
		refute [ -e rootfs/tmp/ran ]
		complains 'ocirun: '
	done
	for runtime in runc crun; do
		ocigen --rootfs=rootfs -- sh -c 'touch /tmp/ran; exit 3' | hooks-apply --hook="$(hook poststop 'exit 5')" >doc.json
		run -3 --separate-stderr on "$runtime" timeout 60 ocirun doc.json
		[ -e rootfs/tmp/ran ]
		rm rootfs/tmp/ran
	done
}

@test "a hook that forks does not hold up the step, and nothing of the step stays behind (R28)" {
	need_root
	ends 0 "$(hook createRuntime 'sleep 0.5 >/dev/null 2>&1 </dev/null & exit 0')"
	[ -e rootfs/tmp/ran ]
}
