#!/usr/bin/env bats
# ocirun: what goes through the standard streams, and when they end.
load lib
load host
load ocirun

# How many bytes each way.
amount() {
	[ -n "${TORTURE-}" ] && echo 1024 || echo 24
}

@test "random bytes pass both ways and are the same; standard error has its own (R31, B299, B301, B302, B303, B305)" {
	head -c "$(amount)M" /dev/urandom >in
	local sum
	sum=$(sha256sum <in)
	check() {
		doc "$1" -- sh -c 'tee /dev/stderr' >"$HOST/document"
		rm -f err
		# shellcheck disable=SC2002 # a pipe, not a file
		cat in | as "$1" "$2" ocirun "$HOST/document" 2> >(sha256sum >err) | sha256sum >out
		await [ -s err ]
		assert_equal "$(cat out)" "$sum"
		assert_equal "$(cat err)" "$sum"
		as "$1" "$2" ocirun "$HOST/document" <in >copy 2>/dev/null
		cmp in copy
	}
	chmod 755 .
	each check
}

@test "the last bytes before the end arrive, without a newline too (R31, B305)" {
	snapshot
	check() {
		for _ in 1 2 3; do
			run -3 --separate-stderr step "$1" "$2" sh -c 'printf "%070000d" 1 >&2; printf last; exit 3'
			assert_output last
			assert_equal "${#stderr}" 70000
		done
	}
	each check
	left_nothing
}

@test "output and error into one pipe keep their order" {
	check() {
		run -0 step "$1" "$2" sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sh -c "echo out$i"; sh -c "echo err$i >&2"; done'
		assert_equal "$output" "$(for i in 1 2 3 4 5 6 7 8 9; do printf 'out%s\nerr%s\n' "$i" "$i"; done)"
	}
	each check
}

@test "every kind of standard input: none, empty, a file, a pipe that never ends, a directory (R30, B300, B304, B306)" {
	snapshot
	echo content >file
	mkfifo pipe
	check() {
		local who=$1 runtime=$2 kind
		doc "$who" -- sh -c 'echo start; wc -c; echo end' >"$HOST/document"
		for kind in '<&-:0' '</dev/null:0' '<file:8' '< <(printf 12345):5'; do
			run -0 --separate-stderr eval "as $who $runtime ocirun $HOST/document ${kind%:*}"
			assert_equal "$(tr -d ' \n' <<<"$output")" "start${kind##*:}end"
			silent
		done
		# The document's own pipe is not the command's input.
		run -0 --separate-stderr step "$who" "$runtime" wc -c
		assert_output --regexp '^ *0$'
		# Nobody reads it, and it never ends.
		doc "$who" -- sh -c 'echo done' >"$HOST/document"
		exec 5<>pipe
		run -0 --separate-stderr as "$who" "$runtime" timeout 20 ocirun "$HOST/document" <&5
		assert_output 'done'
		exec 5<&-
		# The command closes its input, and goes on writing.
		doc "$who" -- sh -c 'exec <&-; head -c 300000 /dev/zero | tr "\0" x' >"$HOST/document"
		yes | as "$who" "$runtime" timeout 20 ocirun "$HOST/document" >out
		assert_equal "$(stat -c %s out)" 300000
	}
	each check
	rm -f "$HOST/document" file pipe out
	left_nothing
}

@test "--stdin gives a file or a descriptor, while the document comes by the pipe" {
	echo content >file
	doc root -- cat >"$HOST/document"
	for runtime in ${RUNTIMES:-runc crun}; do
		run -0 --separate-stderr as root "$runtime" ocirun --stdin="$PWD/file" - <"$HOST/document"
		assert_output content
		run -0 --separate-stderr as root "$runtime" sh -c 'ocirun --stdin=fd:9 <"$HOST/document" 9<file'
		assert_output content
		run -125 --separate-stderr as root "$runtime" ocirun --stdin=fd:99 - <"$HOST/document"
		complains '--stdin: fd:99'
		run -125 --separate-stderr as root "$runtime" ocirun --stdin=. - <"$HOST/document"
		complains '--stdin: is a directory'
		run -125 --separate-stderr as root "$runtime" ocirun --stdin=nothing - <"$HOST/document"
		complains 'nothing'
	done
}

@test "an output that is closed, full, or whose reader goes away never hangs (R29, B304)" {
	snapshot
	check() {
		local who=$1 runtime=$2
		doc "$who" -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo line || exit 9; done' >"$HOST/document"
		run -0 --separate-stderr as "$who" "$runtime" timeout 20 sh -c "ocirun $HOST/document >&-"
		run as "$who" "$runtime" timeout 20 sh -c "ocirun $HOST/document >/dev/full"
		# The command fails, or where it wrote to us, we say so; the status is its own.
		[ "$status" -ne 124 ]
		[ "$status" -ne 0 ] || [[ $output == *'cannot pass on'*'No space left on device'* ]]
		doc "$who" -- cat /dev/zero >"$HOST/document"
		run -0 --separate-stderr as "$who" "$runtime" timeout 20 sh -c "ocirun $HOST/document | head -c 1 | wc -c"
		[ "$status" -eq 0 ]
	}
	each check
	rm "$HOST/document"
	left_nothing
}

@test "a slow reader slows the command down, and nothing piles up (R29)" {
	local most=6000
	! sanitized || most=60000
	check() {
		local pid state
		mkfifo slow
		doc "$1" -- cat /dev/zero >"$HOST/document"
		as "$1" "$2" ocirun "$HOST/document" >slow 2>/dev/null 3>&- &
		pid=$!
		exec 6<slow
		head -c 1000 <&6 >/dev/null
		sleep 0.5
		for state in $(on_host pgrep -x ocirun); do
			[ "$(on_host sed -n 's/VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$state/status")" -lt $most ]
		done
		exec 6<&-
		wait "$pid" || true
		rm slow
	}
	check root "${RUNTIMES:-runc}"
	check mapped "${RUNTIMES:-crun}"
	[ -z "${TEST_USER-}" ] || check user "${RUNTIMES:-crun}"
}

@test "a grandchild that keeps the outputs does not keep us longer than a second (R32, B293, B338)" {
	snapshot
	check() {
		local from=$EPOCHREALTIME took
		run -4 --separate-stderr step "$1" "$2" sh -c '(sleep 60; echo late) & echo early; exit 4'
		took=$(((${EPOCHREALTIME/./} - ${from/./}) / 1000))
		assert_output early
		[ "$took" -lt 3000 ] || fail "$took ms"
	}
	each check
	# Without a pid namespace nothing but us ends it.
	for runtime in ${RUNTIMES:-runc crun}; do
		doc root -- sh -c 'sleep 77 & echo early; exit 4' | ns-apply --pid=host >"$HOST/document"
		local from=$EPOCHREALTIME
		run -4 --separate-stderr as root "$runtime" ocirun "$HOST/document"
		assert_output early
		[ "$(((${EPOCHREALTIME/./} - ${from/./}) / 1000))" -lt 3000 ]
		rm "$HOST/document"
	done
	left_nothing
}

@test "a command that closes its outputs is waited for all the same, and can be interrupted (B293, B333)" {
	snapshot
	check() {
		doc "$1" -- sh -c 'exec >&- 2>&-; sleep 0.2; exit 6' >"$HOST/document"
		run -6 --separate-stderr as "$1" "$2" ocirun "$HOST/document"
		doc "$1" -- sh -c 'exec >&- 2>&-; sleep 100' >"$HOST/document"
		run -124 --separate-stderr as "$1" "$2" ocirun --timeout=1 --stop-timeout=1 "$HOST/document"
	}
	each check
	rm "$HOST/document"
	left_nothing
}

@test "no descriptor of ours or of the caller's reaches the command but those that --preserve-fds passes (B300)" {
	echo three >three
	check() {
		doc "$1" -- sh -c 'ls /proc/self/fd | tr "\n" " "' >"$HOST/document"
		run -0 --separate-stderr as "$1" "$2" sh -c "exec 3</etc/passwd 4</etc/passwd 9</etc/passwd; ocirun $HOST/document"
		assert_output '0 1 2 3 ' # 3 is that of ls
	}
	each check
	doc root -- sh -c 'cat <&3; cat <&4; [ ! -e /proc/self/fd/9 ]' >"$HOST/document"
	for runtime in ${RUNTIMES:-runc crun}; do
		run -0 --separate-stderr as root "$runtime" sh -c 'exec 3<three 4<three 9<three; ocirun --preserve-fds=2 $HOST/document'
		assert_output $'three\nthree'
		run -125 --separate-stderr as root "$runtime" sh -c 'exec 3<three; ocirun --preserve-fds=3 $HOST/document'
		complains '--preserve-fds: descriptor'
	done
}

@test "a file that the command is given stays its owner's and its group's (R38)" {
	local file
	for file in in out; do
		touch $file
		chown 0:1234 $file
	done
	check() {
		[ "$1" != user ] || return 0
		for user in root alice; do
			doc "$1" -u $user -- cat >"$HOST/document"
			as "$1" "$2" ocirun "$HOST/document" <in >out 2>&1
			assert_equal "$(stat -c '%u:%g' in out)" $'0:1234\n0:1234'
		done
	}
	each check
}
