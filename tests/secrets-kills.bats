#!/usr/bin/env bats
# A secret when ocirun dies, at whatever moment: found nowhere, in no core file, gone.
load lib
load host
load ocirun

prepare() {
	enter_run
	head -c 24 /dev/urandom | base64 | tr '/+' '._' | tr -d '\n' >marker
	MARKER=$(cat marker)
	export MARKER
	ulimit -c unlimited
}

# secret_doc WHO - ./document, whose command needs all three of its secrets
secret_doc() {
	doc "$1" -- sh -c 'cat /run/secrets/* >/dev/null; sleep 0.1' |
		mounts-apply --secret=id=env,env=MARKER --secret=id=file,src=marker --secret=id=fd,fd=5 \
			--mount=type=secret,id=env --mount=type=secret,id=file,mode=0444 --mount=type=secret,id=fd >document
}

found_nowhere() {
	local found
	found=$(on_host env -u MARKER python3 "$TESTS/seek.py" "$PWD/marker" "$HOST" /run /dev/shm ${USER_DIR:+"$USER_DIR"})
	[ -z "$found" ] || fail "$1: found: $found"
}

# sweep WHO RUNTIME WHICH SIGNAL EVERY [FIRST] - at every call, or each EVERYth one
sweep() {
	local who=$1 runtime=$2 which=$3 signal=$4 every=$5 number status
	[ -z "${TORTURE-}" ] || every=1
	for ((number = ${6-1}; ; number += every)); do
		status=0
		as "$who" "$runtime" "$HOST/hitat" "$which" "$number" "$signal" \
			ocirun "$PWD/document" >out 2>err </dev/null 5< <(cat marker) || status=$?
		[ "$status" -ne 98 ] || fail "$(cat err)"
		wait_for_all
		found_nowhere "$who, $runtime: $which at call $number by signal $signal"
		as "$who" "$runtime" ocirun --clean >out 2>&1 || fail "$(cat out)"
		found_nowhere "$who, $runtime: $which at call $number by signal $signal, cleaned"
		cores=$((cores + $(find . -name 'core*' | wc -l)))
		find . -name 'core*' -delete
		left_nothing || fail "$who, $runtime: $which at call $number by signal $signal: $status"
		[ "$status" -ne 99 ] || return 0
	done
}

@test "killed at every system call, either or both: nothing has the secret (O6, R11, R24)" {
	secret_doc root
	snapshot
	sweep root runc first 9 47
	sweep root crun worker 9 131
	sweep root runc both 9 113
	secret_doc mapped
	snapshot
	sweep mapped crun both 9 173
	[ -n "${USER_ROOTFS-}" ] || return 0
	secret_doc user
	snapshot
	sweep user runc worker 9 197
	sweep user crun both 9 211
}

# The call from which on ocirun leaves no core file: until then it is its loader that runs.
first_guarded() {
	local number status
	for ((number = 1; ; number += 3)); do
		status=0
		as root runc "$HOST/hitat" first "$number" 6 ocirun "$PWD/document" >out 2>err </dev/null 5<marker || status=$?
		[ "$status" -eq 134 ] || return 1 # there are core files all the time
		[ -e core ] || break
		rm core
	done
	echo "$number"
}

@test "aborted at every system call, but of its loader: the core files have no secret (O6)" {
	[[ $BIN != */asan ]] || skip 'a sanitizer has copies of its own, and leaves no core file'
	cores=0
	secret_doc root
	snapshot
	guarded=$(first_guarded)
	sweep root runc first 6 23 "$guarded"
	sweep root runc worker 6 131
	[ "$cores" -gt 5 ] || fail "only $cores core files: $(cat /proc/sys/kernel/core_pattern)"
}

@test "killed while the command runs: the container is the last that has the secret, and goes (R14, R24)" {
	for runtime in runc crun; do
		doc root -- sh -c 'echo up; sleep 1000' |
			mounts-apply --secret=id=a,env=MARKER --mount=type=secret,id=a >document
		snapshot
		: >out
		as root "$runtime" ocirun "$PWD/document" >out 2>&1 </dev/null 3>&- &
		await grep -q up out
		found_nowhere running
		init=$(on_host pgrep -n -x sleep)
		assert_equal "$(on_host cat "/proc/$init/root/run/secrets/a")" "$MARKER"
		on_host pkill -STOP -n -x ocirun # or it would see the other die
		on_host pkill -KILL -x ocirun
		wait "$!" || true
		found_nowhere killed
		run -0 --separate-stderr as root "$runtime" ocirun --clean
		wait_for_all
		found_nowhere cleaned
		left_nothing
	done
}
