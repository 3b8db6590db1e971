#!/usr/bin/env bats
# chroot isolation: whichever of its processes dies, at whatever moment, nothing is left.
load lib
load host
load ocirun
load chroot

prepare() {
	make_hitat
}

# Nobody of the last run is there any more.
nobody_is_left() {
	wait_for_all '^[^Z]\S* +(ocirun(:[a-z]+)?|sleep) '
}

document() {
	doc "$1" -w /etc -- sleep 0.05 | ns-apply --network=host | mounts-apply --tmpfs=/t >"$HOST/document"
	chmod 644 "$HOST/document"
}

# sweep WHO WHICH EVERY [OPTION-OF-OCIRUN...] - kill it at every call, or each EVERYth one; $FROM is the first
sweep() {
	local who=$1 which=$2 every=$3 number=${FROM-1} status at
	shift 3
	[ -z "${TORTURE-}" ] || {
		every=1
		number=1
	}
	for (( ; ; number += every)); do
		status=0
		as "$who" chroot "$HOST/hitat" "$which" "$number" 9 \
			ocirun "$@" "$HOST/document" >"$HOST/out" 2>"$HOST/err" </dev/null || status=$?
		at="$who: $which at call $number: $status: $(cat "$HOST/err")"
		[ "$status" -ne 98 ] || fail "$at"
		nobody_is_left || fail "$at"
		# Of the two that watch each other the one cleans up for the other, but for private files
		# of one that was alone; both are in --clean's care.
		case $which in
		first | both)
			on_host find /run/ocipipe /run/user "$HOST/data" "${USER_DIR-/run/user}" -path '*/ocipipe-*' -prune -perm /077 2>/dev/null | diff /dev/null - || fail "$at"
			on_host cat /proc/1/mountinfo | diff "$HOST/mounts" - || fail "$at"
			as "$who" chroot ocirun --clean >"$HOST/out" 2>&1 || fail "$at: $(cat "$HOST/out")"
			;;
		esac
		left_nothing || fail "$at"
		[ "$status" -ne 99 ] || return 0
		case $which-$status in
		first-137 | both-137 | worker-125 | runtime-125 | init-125 | init-137 | *-0) ;;
		*) fail "$at" ;;
		esac
	done
}

# begin WHO - what a sweep starts from
begin() {
	document "$1"
	as "$1" chroot ocirun "$HOST/document" # the working directory is made
	rm -f "$HOST/pid"
	snapshot
	on_host cat /proc/1/mountinfo >"$HOST/mounts"
}

@test "SIGKILL to the one that was started, or to the one that acts, at every system call (R11, B335)" {
	touch "$HOST"/{out,err}
	begin root
	sweep root first 41
	sweep root worker 101
	begin mapped
	sweep mapped worker 167
}

@test "SIGKILL to what stands for the runtime, or to process 1, at every system call (R11, R40)" {
	touch "$HOST"/{out,err}
	begin root
	sweep root runtime 67
	sweep root init 79
	begin mapped
	sweep mapped init 97
}

@test "SIGKILL to both at every system call: no process is left, and --clean removes the files (R11, R14, B335)" {
	touch "$HOST"/{out,err}
	begin root
	sweep root both 83
	begin mapped
	FROM=36 sweep mapped both 223 # where its helper is in a user namespace already
}

@test "an ordinary user's: SIGKILL to any of them at every system call (R11, R40)" {
	need_user
	touch "$HOST"/{out,err}
	begin user
	sweep user first 73
	sweep user worker 179
	sweep user both 157
	sweep user runtime 89
	sweep user init 109
}

# pkill_ OPTION... - of those that are no zombies, which nobody waits for there
pkill_() {
	on_host pkill --runstates R,S,D "$@"
}

@test "killed while the command runs, whichever of them: it does not outlive them (R11, R40)" {
	local who which number
	touch "$HOST"/{out,err}
	for who in root mapped ${TEST_USER:+user}; do
		document "$who"
		snapshot
		doc "$who" -w /etc -- sh -c '(setsid sleep 601 &); echo up; sleep 600' | ns-apply --network=host | mounts-apply >"$HOST/document"
		for which in o n "o n" jail; do
			: >"$HOST/out"
			as "$who" chroot ocirun "$HOST/document" >"$HOST/out" 2>"$HOST/err" </dev/null 3>&- &
			await grep -q up "$HOST/out"
			case $which in
			# Where the run is created and started in two steps it is over.
			jail) pkill_ -KILL -x ocirun:jail || pkill_ -KILL -o -x ocirun ;;
			"o n")
				pkill_ -STOP -n -x ocirun # or it would see the other die
				on_host pkill -KILL -x ocirun
				;;
			*) pkill_ -KILL "-$which" -x ocirun ;;
			esac
			wait $! || true
			nobody_is_left
			as "$who" chroot ocirun --clean
			left_nothing || fail "$who: $which: $(cat "$HOST/err")"
		done
	done
}
