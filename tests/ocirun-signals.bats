#!/usr/bin/env bats
# ocirun: signals, deadlines, and the status that they end in.
load lib
load host
load ocirun

# begin WHO RUNTIME [OPTION...] - start $HOST/document; wait until it says "up".
begin() {
	local who=$1 runtime=$2
	shift 2
	rm -f "$HOST/out"
	as "$who" "$runtime" ocirun "$@" "$HOST/document" >"$HOST/out" 2>"$HOST/err" </dev/null 3>&- &
	pid=$!
	await grep -q up "$HOST/out"
	# The one that was started is the older of the two.
	ocirun=$(on_host pgrep -o -x ocirun)
}

# ends STATUS - that is how it ended.
ends() {
	local status=0
	wait "$pid" || status=$?
	assert_equal "$status" "$1"
}

signal() {
	on_host kill -"$1" "$ocirun"
}

milliseconds() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

@test "a signal that process 1 does not catch ends the container at once: 128 and its number (B294, B296, B332, B333, R10)" {
	local name from
	snapshot
	check() {
		doc "$1" -- sh -c 'echo up; sleep 100' >"$HOST/document"
		for name in HUP:129 INT:130 TERM:143 QUIT:131 USR1:138 USR2:140; do
			begin "$1" "$2"
			from=$(milliseconds)
			signal "${name%:*}"
			ends "${name#*:}"
			[ $(($(milliseconds) - from)) -lt 3000 ]
			[ ! -s "$HOST/err" ] || fail "$(cat "$HOST/err")"
			[ "$1" = root ] || break
		done
	}
	each check
	left_nothing
}

@test "a signal that it catches is passed on, once; the status is 128 and the signal's number (B332, R10)" {
	check() {
		doc "$1" -- sh -c 'for s in HUP INT TERM QUIT; do trap "echo got $s; exit 3" $s; done
			trap "echo got USR1" USR1; echo up; while :; do sleep 0.1; done' >"$HOST/document"
		begin "$1" "$2"
		signal USR1
		await grep -q USR1 "$HOST/out"
		signal TERM
		ends 143
		assert_equal "$(cat "$HOST/out")" $'up\ngot USR1\ngot TERM'
	}
	each check
}

@test "a signal to a command that blocks it is passed on too; SIGWINCH does no harm" {
	doc root -- sh -c 'echo up; read x; sleep 0.3; exit 5' >"$HOST/document"
	begin root "${RUNTIMES:-runc}"
	signal WINCH
	sleep 0.3
	ends 5
}

@test "SIGKILL follows after --stop-timeout, and at the second signal at once (B296, R10)" {
	local from took
	snapshot
	check() {
		doc "$1" -- sh -c 'trap "" HUP INT; trap "echo no" TERM; echo up; while :; do sleep 0.1; done' >"$HOST/document"
		begin "$1" "$2" --stop-timeout=1
		from=$(milliseconds)
		signal TERM
		ends 143
		took=$(($(milliseconds) - from))
		[ "$took" -ge 900 ] && [ "$took" -lt 4000 ] || fail "$took ms"
		begin "$1" "$2" --stop-timeout=100
		signal TERM
		sleep 0.2
		signal INT
		ends 143
	}
	each check
	left_nothing
}

@test "--timeout ends the command, with 124" {
	snapshot
	check() {
		doc "$1" -- sh -c 'sleep 100' >"$HOST/document"
		run -124 --separate-stderr as "$1" "$2" ocirun --timeout=1 "$HOST/document"
		silent
		doc "$1" -- sh -c 'exit 9' >"$HOST/document"
		run -9 --separate-stderr as "$1" "$2" ocirun --timeout=100 "$HOST/document"
	}
	each check
	doc root -- sh -c 'trap "echo asked; exit 0" TERM; while :; do sleep 0.1; done' >"$HOST/document"
	run -124 --separate-stderr as root "${RUNTIMES:-runc}" ocirun --timeout=4 "$HOST/document"
	assert_output asked
	left_nothing
}

@test "the time of day may leap: every deadline is by a clock that does not (R36)" {
	local from took
	snapshot
	${CC:-cc} -shared -fPIC -O1 -o "$HOST/clockjump.so" "$TESTS/clockjump.c"
	chmod 755 "$HOST/clockjump.so"
	run -0 env LD_PRELOAD="$HOST/clockjump.so" sh -c 'date +%Y; date +%Y'
	[ "${lines[0]}" != "$(date +%Y)" ] # it works
	check() {
		doc "$1" -- sh -c 'trap "echo no" TERM; while :; do sleep 0.1; done' >"$HOST/document"
		from=$(milliseconds)
		run -124 --separate-stderr as "$1" "$2" env LD_PRELOAD="$HOST/clockjump.so" ocirun --timeout=1 --stop-timeout=1 "$HOST/document"
		took=$(($(milliseconds) - from))
		[ "$took" -ge 1900 ] && [ "$took" -lt 6000 ] || fail "$took ms"
		silent
		doc "$1" -- sh -c 'sleep 0.2; (sleep 60) & exit 3' >"$HOST/document"
		run -3 as "$1" "$2" env LD_PRELOAD="$HOST/clockjump.so" ocirun --timeout=100 "$HOST/document"
	}
	check root "${RUNTIMES:-runc}"
	check mapped "${RUNTIMES:-crun}"
	[ -z "${TEST_USER-}" ] || check user runc
	rm "$HOST/clockjump.so"
	left_nothing
}

@test "without randomness there is no name, and nothing is made (R36)" {
	snapshot
	doc root -- true >"$HOST/document"
	for number in 1 2 3 4; do
		run --separate-stderr as root "${RUNTIMES:-runc}" strace -qq -o /dev/null -e trace=getrandom -e inject=getrandom:error=EAGAIN:when=$number ocirun "$HOST/document"
		case $status in
		0) silent ;;
		125) complains 'no randomness: Resource temporarily unavailable' ;;
		*) fail "$number: $status $stderr" ;;
		esac
		left_nothing
	done
	run -125 as root "${RUNTIMES:-runc}" strace -qq -o /dev/null -e trace=getrandom -e inject=getrandom:error=EAGAIN ocirun "$HOST/document"
}

@test "a command that is killed from outside is 128 and the signal's number (B336, R9)" {
	snapshot
	check() {
		# The ":" keeps the shell: it would become its last command. Any signal but this one
		# the kernel would drop, as process 1 does not catch it.
		doc "$1" -- sh -c 'echo up; sleep 100; :' >"$HOST/document"
		begin "$1" "$2"
		on_host kill -KILL "$(on_host pgrep -n -f 'echo up; sleep 100')"
		ends 137
	}
	each check
	left_nothing
}

@test "signals at any moment of a run: 128 and the number, and nothing is left (R10)" {
	local delay step=40 status
	[ -z "${TORTURE-}" ] || step=1
	doc root -- sh -c 'sleep 0.3' >"$HOST/document"
	snapshot
	for runtime in ${RUNTIMES:-runc crun}; do
		for ((delay = 1; delay < 200; delay += step)); do
			for signal in TERM INT; do
				status=0
				as root "$runtime" timeout --preserve-status -s $signal "0.$(printf %03d "$delay")" \
					ocirun "$HOST/document" || status=$?
				case $signal-$status in
				TERM-143 | INT-130 | *-0) ;;
				*) fail "$runtime, $signal after $delay ms: $status" ;;
				esac
			done
		done
	done
	left_nothing
}

@test "a hundred signals do what two do (R10)" {
	snapshot
	doc root -- sh -c 'trap "" TERM; echo up; sleep 100' >"$HOST/document"
	begin root "${RUNTIMES:-runc}" --stop-timeout=100
	on_host sh -c 'for i in $(seq 100); do kill -TERM "$1" 2>/dev/null; done; :' sh "$ocirun"
	ends 143
	left_nothing
}

@test "one that was started with signals ignored or blocked: what is ignored stays so, what is blocked does not (R8, R38, B289)" {
	snapshot
	for runtime in ${RUNTIMES:-runc crun}; do
		doc root -- sh -c 'exit 7' >"$HOST/document"
		run -7 as root "$runtime" sh -c "trap '' CHLD PIPE HUP; exec ocirun $HOST/document"
		run -7 as root "$runtime" python3 -c "import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp('ocirun', ['ocirun', '$HOST/document'])"
		doc root -- sh -c 'echo up; sleep 100' >"$HOST/document"
		rm -f "$HOST/out"
		as root "$runtime" sh -c "trap '' HUP; exec ocirun $HOST/document" >"$HOST/out" 2>&1 3>&- &
		pid=$!
		await grep -q up "$HOST/out"
		ocirun=$(on_host pgrep -o -x ocirun)
		signal HUP
		sleep 0.3
		kill -0 "$pid"
		signal TERM
		ends 143
	done
	left_nothing
}

@test "stopped and continued, it goes on, and so does its command (R12)" {
	doc root -- sh -c 'echo up; sleep 0.5; echo still; exit 3' >"$HOST/document"
	begin root "${RUNTIMES:-runc}"
	signal STOP
	sleep 1
	kill -0 "$pid"
	signal CONT
	pkill -CONT -P "$pid" # nsenter stops when its child does
	ends 3
	assert_equal "$(cat "$HOST/out")" $'up\nstill'
}

@test "after it has ended nobody forwards anything, and children of others are not reaped (B334, B338)" {
	doc root -- true >"$HOST/document"
	run -0 --separate-stderr as root "${RUNTIMES:-runc}" sh -c "sleep 0.6 & ocirun $HOST/document && wait \$! && echo waited"
	assert_output waited
}

@test "the parent's death is no reason to end; its hang-up is (R13)" {
	snapshot
	doc root -- sh -c 'echo up; sleep 100' >"$HOST/document"
	rm -f "$HOST/out"
	as root "${RUNTIMES:-runc}" script -qec "ocirun $HOST/document >$HOST/out 2>&1 </dev/null" /dev/null >/dev/null 2>&1 </dev/null 3>&- &
	pid=$!
	await grep -q up "$HOST/out"
	on_host pkill -KILL -x script
	wait "$pid" || true
	left_nothing
}
