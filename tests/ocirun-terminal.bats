#!/usr/bin/env bats
# ocirun: a terminal of the command's own, driven through tmux.
load lib
load host
load ocirun
load terminal

@test "a shell to type into: size, its changes, colours, ^C once, ^D; the terminal is as it was (B307, B308, B309, B310, B311, R33)" {
	local before
	before=$(modes)
	check() {
		wipe
		begin "$1" "$2"
		type_ -l 'stty size; tty; test -t 0 && test -t 1 && test -t 2 && echo all three'
		type_ Enter
		sees '^30 100'
		sees '^/dev/(console|pts/0)'
		sees '^all three'
		tmux_ resize-window -x 90 -y 25
		sleep 0.3
		type_ -l 'stty size'
		type_ Enter
		sees '^25 90'
		tmux_ resize-window -x 100 -y 30
		type_ -l 'printf "\033[31mred\033[0m\n"'
		type_ Enter
		sees '^red'
		screen -e | grep -q $'\e\[31mred' || fail 'no colour'
		type_ -l 'trap "echo interrupted" INT; sleep 5'
		type_ Enter
		sleep 0.3
		type_ C-c
		sees '^(\^C)?interrupted'
		sleep 0.2
		assert_equal "$(screen | grep -Ec '^(\^C)?interrupted$')" 1
		type_ -l 'exit'
		type_ Enter
		sees 'host> *$'
		type_ Enter
		restored
	}
	each check
}

@test "^Z stops the job inside, not us; kill -TERM ends it and restores the terminal (R12, R33)" {
	local before
	before=$(modes)
	check() {
		begin "$1" "$2"
		enter 'set -m; sleep 100'
		sleep 0.4
		type_ C-z
		sees 'Stopped'
		signal TERM o
		sleep 0.3
		signal TERM o || true # a shell of jobs may have ended by the first
		sees 'host> *$'
		restored
		wipe
	}
	some check
}

@test "killed, whichever of the two: the other restores the terminal (R33)" {
	local before which
	before=$(modes)
	check() {
		for which in o n; do
			begin "$1" "$2"
			[ "$(modes)" != "$before" ]
			signal KILL $which
			sees 'host> *$|Killed'
			sleep 0.5
			type_ Enter
			restored
			gone
			wipe
		done
	}
	some check
}

@test "a real terminal is never passed on, so that nothing can be typed into it from inside (TIOCSTI)" {
	doc root -t -- stat -L -c '%t:%T:%d' /proc/self/fd/0 >"$HOST/document"
	type_ -l "clear; stat -L -c '%t:%T:%d' /proc/self/fd/0; $(as_words root "${RUNTIMES:-runc}")"
	type_ Enter
	sleep 0.5
	sees 'host> *$'
	local lines
	lines=$(screen | grep -E '^[0-9a-f]+:[0-9a-f]+:[0-9]+$')
	assert_equal "$(wc -l <<<"$lines")" 2
	[ "$(head -n 1 <<<"$lines")" != "$(tail -n 1 <<<"$lines")" ]
	# Without a terminal of its own the command has pipes, not ours.
	doc root -- sh -c 'test -t 0 || test -t 1 || test -t 2 || echo no terminal' >"$HOST/document"
	type_ -l "clear; $(as_words root "${RUNTIMES:-runc}")"
	type_ Enter
	sees '^no terminal'
}

@test "the document's size counts until ours is known; no terminal at all is 125 and a hint" {
	doc root -t -- true >"$HOST/document"
	run -125 --separate-stderr on_host setsid --wait ocirun "$HOST/document" </dev/null
	complains 'wants a terminal'
	complains '--tty=no'
	run -0 --separate-stderr on_host setsid --wait ocirun --tty=no "$HOST/document" </dev/null
	doc root -- sh -c 'test -t 1' >"$HOST/document"
	run -0 on_host script -qec "ocirun --tty $HOST/document" /dev/null
	run -0 on_host script -qec "ocirun --tty=auto $HOST/document" /dev/null
	run -1 on_host setsid --wait ocirun --tty=auto "$HOST/document"
}

@test "the document by the pipe, the command on the terminal: ocigen -t -- sh | ocirun" {
	type_ -l "$BIN/ocigen --rootfs=$HOST/rootfs -t -e 'PS1=inside> ' -- sh | OCI_RUNTIME=crun $BIN/ocirun; echo status \$?"
	type_ Enter
	sees '^inside>'
	type_ -l 'exit 9'
	type_ Enter
	sees '^status 9'
}

@test "much output, and the last of it, through the terminal (B311, R31)" {
	doc root -t -- sh -c 'i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; printf last' >"$HOST/document"
	for runtime in ${RUNTIMES:-runc crun}; do
		run -0 as root "$runtime" script -qec "ocirun $HOST/document" /dev/null
		assert_equal "${#lines[@]}" 3001
		assert_equal "${lines[3000]}" last
	done
}
