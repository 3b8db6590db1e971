#!/usr/bin/env bats
# ocirun: a runtime that fails, hangs, lies or dies, at each of its calls.
load lib
load host
load ocirun

# fake - a runtime that does as its standard input says before it is the real one.
# It knows $phase, and runs on with `real`.
fake() {
	{
		cat <<-'END'
			#!/bin/sh
			# The options before the phase are not its business.
			phase= pid=
			for word; do
				case $word in run | create | start | delete | state) phase=$word; break ;; esac
			done
			last=
			for word; do [ "$last" != --pid-file ] || pid=$word; last=$word; done
			real() { exec /usr/sbin/runc "$@"; }
		END
		cat
		echo 'real "$@"'
	} >"$HOST/fake"
	chmod 755 "$HOST/fake"
}

# With a relayed output ocirun creates and starts.
created() {
	doc root -- sh -c "${1-exit 6}" >"$HOST/document"
	run --separate-stderr on_host timeout 60 sh -c 'ocirun --runtime="$0/fake" --pid-file="$0/pid" --stop-timeout=1 "$0/document"' "$HOST"
}

@test "a runtime that fails: 125 and what it said, whichever call; a delete that fails does not matter (R3, B287, B291, B295)" {
	snapshot
	for phase in create start; do
		fake <<-END
			[ \$phase != $phase ] || { echo "no $phase today" >&2; exit 3; }
		END
		created
		assert_equal "$status" 125
		complains "no $phase today"
		complains "$phase"
	done
	fake <<'END'
		[ $phase != create ] || exit 1
END
	created
	assert_equal "$status" 125
	complains 'create'
	fake <<'END'
		case "$phase $*" in delete*--force*) ;; delete*) echo 'not now' >&2; exit 1 ;; esac
END
	created
	assert_equal "$status" 6
	complains 'not now'
	rm -f "$HOST/pid"
	left_nothing
}

@test "a runtime that says very much: its end, and no hang (R3, B298)" {
	fake <<'END'
		[ $phase != start ] || { yes | head -c 50000000 >&2; echo 'the cause' >&2; exit 1; }
END
	created
	assert_equal "$status" 125
	complains 'the cause'
	[ "${#stderr}" -lt 6000 ]
}

@test "a runtime that is killed: 125, and by which signal (R4)" {
	snapshot
	for phase in create start; do
		fake <<-END
			[ \$phase != $phase ] || kill -SEGV \$\$
		END
		created
		assert_equal "$status" 125
		complains 'signal 11'
	done
	fake <<'END'
		[ $phase != run ] || kill -KILL $$
END
	doc root -- true >"$HOST/document"
	# Where a write to it cannot fail, runc may run in the foreground: a pipe.
	mkfifo "$HOST/said"
	cat "$HOST/said" >"$HOST/err" &
	reader=$!
	run -125 on_host sh -c 'ocirun --runtime="$0/fake" "$0/document" <"$0/fake" 2>"$0/said"' "$HOST"
	wait "$reader"
	rm "$HOST/said"
	run -0 cat "$HOST/err"
	assert_output --partial 'signal 9'
	left_nothing
}

@test "a runtime that hangs: a deadline or a signal ends it and what it started, deaf to SIGTERM too (R5)" {
	snapshot
	for phase in create start; do
		fake <<-END
			[ \$phase != $phase ] || { trap '' TERM; sleep 1000; sleep 1000; }
		END
		doc root -- true >"$HOST/document"
		run -124 --separate-stderr on_host timeout 60 sh -c 'ocirun --runtime="$0/fake" --pid-file="$0/pid" --timeout=1 --stop-timeout=1 "$0/document"' "$HOST"
		left_nothing
	done
	fake <<'END'
		case "$phase $*" in delete*--force*) ;; delete*) trap '' TERM; sleep 1000; sleep 1000 ;; esac
END
	created
	assert_equal "$status" 6
}

@test "a pid file that is empty, late, or names others: 125, and nobody is signalled (R6, B288)" {
	local victim
	on_host sleep 400 </dev/null >/dev/null 2>&1 3>&- &
	victim=$!
	sleep 0.2
	for text in '' -1 1 0 '12 34' 99999999999 x "$(on_host pgrep -x -f 'sleep 400')" '$$'; do
		fake <<-END
			if [ \$phase = create ]; then
				/usr/sbin/runc "\$@" || exit
				echo "$text" >"\$pid"
				exit 0
			fi
		END
		created
		assert_equal "$status" 125
		complains 'pid'
		kill -0 "$victim"
	done
	on_host pkill -x -f 'sleep 400'
	wait "$victim" || true
	run on_host runc list -q
	assert_output ''
}

@test "a runtime that does nothing and says that all is well is 125, not 0 (R7, B289, B292)" {
	snapshot
	fake <<'END'
		exit 0
END
	created
	assert_equal "$status" 125
	doc root -- true >"$HOST/document"
	run -125 --separate-stderr on_host sh -c 'ocirun --runtime="$0/fake" "$0/document" <"$0/fake" 2>"$0/err"' "$HOST"
	left_nothing
}

@test "a runtime that vanishes before it is called is 125 and its path (R2)" {
	fake <<'END'
		[ $phase != create ] || rm -f "$0"
END
	created
	assert_equal "$status" 125
	complains "$HOST/fake"
}

@test "how it is called: the words, their order, the directory, no polling (B285, B286, B291, B292, B295, B297)" {
	fake <<'END'
		echo "$(pwd): $*" >>"${0%/*}/calls"
		ls -l /proc/self/fd | sed 's/.* \([0-9]*\) -> /\1 /' >>"${0%/*}/fds.$phase"
END
	rm -f "$HOST"/calls "$HOST"/fds.*
	doc root -- true >"$HOST/document"
	run -0 --separate-stderr on_host sh -c 'exec 7</etc/passwd; ocirun --runtime="$0/fake" --runtime-flag=debug --runtime-flag=--systemd-cgroup=false \
		--no-pivot --no-new-keyring --name=called --pid-file="$0/pid" "$0/document"' "$HOST"
	run -0 cat "$HOST/calls"
	assert_line --index 0 --regexp '^/[^:]*/bundle: --debug --systemd-cgroup=false --log [^ ]* --log-format json state called$|^/[^:]*: --debug --systemd-cgroup=false --log /dev/null .* state called$'
	assert_line --index 1 --regexp ' --debug --systemd-cgroup=false --log [^ ]+ --log-format json create --bundle [^ ]+ --pid-file [^ ]+ --no-pivot --no-new-keyring called$'
	assert_line --index 2 --regexp ' start called$'
	assert_line --index 3 --regexp ' delete called$'
	assert_equal "${#lines[@]}" 4
	# No descriptor but its streams, and those of ls and of the shell that runs the script.
	run -0 cat "$HOST"/fds.*
	refute_line --regexp '^([4-9]|..+) /'
	refute_output --partial 'journal'
	rm -f "$HOST"/calls "$HOST"/fds.*
}

@test "a console socket that nobody connects to, or that gets no terminal: 125 (R34, B307, B308)" {
	snapshot
	fake <<'END'
		if [ $phase = create ]; then
			for word; do [ "$last" != --console-socket ] || socket=$word; last=$word; done
			python3 -c '
import array, os, socket, sys
if sys.argv[2] != "none":
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    if sys.argv[2] == "file":
        s.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))])
    elif sys.argv[2] == "text":
        s.sendall(b"hello")
' "$socket" "$(cat "${0%/*}/way")"
			exit 0
		fi
END
	doc root -t -- true >"$HOST/document"
	for way in none file text close; do
		echo $way >"$HOST/way"
		run -0 on_host timeout 60 script -qec "ocirun --runtime=$HOST/fake --stop-timeout=1 $HOST/document; echo status \$?" /dev/null
		assert_output --partial 'status 125'
	done
	rm "$HOST/way"
	left_nothing
}

@test "a directory that is in use while we clean up is no reason to leave the rest (R41)" {
	fake <<'END'
		[ $phase != start ] || { d=$(pwd); (cd "$d"; exec sleep 2 </dev/null >/dev/null 2>&1) & }
END
	snapshot
	created
	assert_equal "$status" 6
	rm -f "$HOST/pid"
	left_nothing
}
