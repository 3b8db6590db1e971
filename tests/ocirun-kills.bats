#!/usr/bin/env bats
# ocirun: whichever of its processes dies, at whatever moment, nothing is left.
load lib
load host
load ocirun

prepare() {
	make_hitat
}

# sweep WHO RUNTIME WHICH SIGNAL EVERY - at every call, or each EVERYth one; a long sweep
# can be done in pieces: SWEEP_FROM, SWEEP_TO and SWEEP_EVERY
sweep() {
	local who=$1 runtime=$2 which=$3 signal=$4 every=$5 number status
	[ -z "${TORTURE-}" ] || every=${SWEEP_EVERY-1}
	for ((number = ${SWEEP_FROM-1}; number <= ${SWEEP_TO-1000000}; number += every)); do
		status=0
		as "$who" "$runtime" "$HOST/hitat" "$which" "$number" "$signal" \
			ocirun "$HOST/document" >"$HOST/out" 2>"$HOST/err" </dev/null || status=$?
		[ "$status" -ne 98 ] || fail "$(cat "$HOST/err")"
		wait_for_all
		# With nobody else there, private files are all that may be left; and, of both, the container.
		[ "$which" = both ] || host_state | grep -Ev "^/run/(user/[^/]*/)?ocipipe|^$HOST/data/ocipipe|^${USER_DIR-/-}/ocipipe" | diff .state - ||
			fail "$who, $runtime: $which at call $number by signal $signal"
		on_host find /run/ocipipe /run/user "$HOST/data" "${USER_DIR-/run/user}" -path '*/ocipipe-*' -prune -perm /077 2>/dev/null | diff /dev/null -
		[ "$signal" -ne 9 ] || [ "$which" = worker ] ||
			as "$who" "$runtime" ocirun --clean >"$HOST/out" 2>&1 || fail "$(cat "$HOST/out")"
		left_nothing || fail "$who, $runtime: $which at call $number by signal $signal: $status"
		[ "$status" -ne 99 ] || return 0
		case $which-$signal-$status in
		first-9-137 | both-9-137 | worker-9-125 | *-15-143 | *-2-130 | *-0) ;;
		*) fail "$who, $runtime: $which at call $number by signal $signal: $status: $(cat "$HOST/err")" ;;
		esac
	done
}

document() {
	case $1 in
	user) doc user -w /made -- sleep 0.2 ;;
	*) doc "$1" -w /etc -- sleep 0.2 | mounts-apply -v "$HOST/rootfs/etc:/mnt/new/etc" --tmpfs=/t ;;
	esac >"$HOST/document"
}

@test "SIGKILL to the one that was started, at every system call: the other leaves nothing; before there is one, private files (R11, B335)" {
	snapshot
	document root
	sweep root runc first 9 31
	sweep root crun first 9 37
	document mapped
	sweep mapped crun first 9 61
}

@test "SIGKILL to the one that acts, at every system call: the other leaves nothing (R11, B335)" {
	snapshot
	document root
	sweep root runc worker 9 97
	sweep root crun worker 9 89
	document mapped
	sweep mapped crun worker 9 151
}

@test "killed while a call of the runtime begins: it does not begin after the other has cleaned up (R11)" {
	local runtime status
	snapshot
	document root
	for runtime in runc crun; do
		cat >"$HOST/fake" <<-END
			#!/bin/sh
			for word; do
				[ "\$word" != delete ] || {
					$runtime "\$@"
					pkill -CONT -r T -x ocirun # what was beginning goes on
					sleep 0.3
					exit 0
				}
			done
			echo begun >>"$HOST/begun"
			exec $runtime "\$@"
		END
		chmod 755 "$HOST/fake"
		status=0
		as root $runtime "$HOST/hitat" caller 1 9 ocirun --runtime="$HOST/fake" "$HOST/document" >"$HOST/out" 2>"$HOST/err" </dev/null || status=$?
		assert_equal "$status" 125
		wait_for_all
		[ ! -e "$HOST/begun" ] || fail "it was called"
		rm "$HOST/fake"
		left_nothing
	done
}

@test "SIGKILL to both, at every system call: --clean leaves nothing (R11, R14, B335)" {
	snapshot
	document root
	sweep root runc both 9 79
	sweep root crun both 9 101
}

@test "SIGTERM and SIGINT to either, at every system call: the status says so, and nothing is left (R10, R11)" {
	snapshot
	document root
	sweep root runc first 15 89
	sweep root crun first 2 97
	sweep root crun worker 15 151
}

@test "an ordinary user's: SIGKILL to either or both leaves nothing (R11)" {
	[ -n "${USER_ROOTFS-}" ] || skip 'no second user'
	document user
	as user runc ocirun "$HOST/document" # makes the working directory
	snapshot
	sweep user runc first 9 89
	sweep user crun worker 9 167
	sweep user runc both 9 179
}

@test "both killed while the command runs: the next run removes the container too (R14, B296)" {
	local pid
	doc root -- sh -c 'echo up; sleep 1000' >"$HOST/document"
	doc root -- true >"$HOST/true"
	for runtime in runc crun; do
		snapshot
		rm -f "$HOST/out"
		as root $runtime ocirun "$HOST/document" >"$HOST/out" 2>&1 </dev/null 3>&- &
		pid=$!
		await grep -q up "$HOST/out"
		on_host pkill -STOP -n -x ocirun # or it would see the other die
		on_host pkill -KILL -x ocirun
		wait "$pid" || true
		on_host pgrep -f 'sleep 1000' >/dev/null # the container goes on
		run -0 --separate-stderr as root $runtime ocirun --log-level=info "$HOST/true"
		complains 'removed what a dead run had left'
		left_nothing
	done
}

@test "what lives is left alone by --clean, and what is locked or of another's (R14)" {
	local pid
	doc root -- sh -c 'echo up; read x; exit 8' >"$HOST/document"
	mkfifo "$HOST/go"
	rm -f "$HOST/out"
	as root runc ocirun "$HOST/document" >"$HOST/out" 2>&1 <>"$HOST/go" 3>&- &
	pid=$!
	await grep -q up "$HOST/out"
	run -0 --separate-stderr as root runc ocirun --clean --log-level=info
	silent
	echo >"$HOST/go"
	local status=0
	wait "$pid" || status=$?
	assert_equal "$status" 8
	rm "$HOST/go"
}

@test "a journal whose pids are others' now, or of another boot, kills nobody (R14, R36)" {
	local victim
	on_host sleep 500 </dev/null >/dev/null 2>&1 3>&- &
	victim=$!
	sleep 0.2
	local number
	number=$(on_host pgrep -x -f 'sleep 500')
	for boot in "$(cat /proc/sys/kernel/random/boot_id)" other; do
		on_host install -d -m 700 /run/ocipipe /run/ocipipe/dead
		on_host sh -c 'cat >/run/ocipipe/dead/journal' <<-END
			{"run":{"name":"dead","boot":"$boot","rootfs":"$HOST/rootfs","patience":1000}}
			{"undo":"container","name":"dead","runtime":["/usr/sbin/runc"]}
			{"call":"run","pid":$number,"started":1}
			{"init":$number,"started":1}
		END
		run --separate-stderr as root runc ocirun --clean
		assert_equal "$status $stderr" '0 '
		kill -0 "$victim"
		on_host test ! -e /run/ocipipe/dead
	done
	on_host kill "$number"
	wait "$victim" || true
}

@test "nothing is removed across a mount in a dead run's directory (R15)" {
	doc root -- true >"$HOST/document"
	mkdir "$HOST/canary"
	echo alive >"$HOST/canary/file"
	on_host install -d -m 700 /run/ocipipe /run/ocipipe/dead /run/ocipipe/dead/mnt
	on_host mount --bind "$HOST/canary" /run/ocipipe/dead/mnt
	run as root runc ocirun --clean
	run as root runc ocirun "$HOST/document"
	assert_equal "$(cat "$HOST/canary/file")" alive
	on_host umount /run/ocipipe/dead/mnt
	run -0 as root runc ocirun --clean
	on_host test ! -e /run/ocipipe
	rm -r "$HOST/canary"
}
