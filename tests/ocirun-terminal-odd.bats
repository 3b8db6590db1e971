#!/usr/bin/env bats
# ocirun: terminals that are odd, or that go away; commands without one that are started from one.
load lib
load host
load ocirun
load terminal

# What the shell there says when it is over.
over() {
	sees "^(\^C)?over $1\$"
	sees 'host> *$'
	wipe
}

@test "a terminal of no size, of a very large one, and five hundred changes of it (R33)" {
	check() {
		begin "$1" "$2"
		on_host stty -F "$(tty_name)" rows 0 cols 0
		enter 'stty size' # none is no size
		sees '^30 100$'
		on_host stty -F "$(tty_name)" rows 29999 cols 29999
		enter 'clear; stty size'
		sees '^29999 29999$'
		on_host sh -c 'for i in $(seq 500); do kill -WINCH "$1"; stty -F "$2" rows $((i % 50 + 1)) cols 80; done
			stty -F "$2" rows 30 cols 100' sh "$(on_host pgrep -o -r D,R,S -x ocirun)" "$(tty_name)"
		enter 'clear; stty size; exit'
		sees '^30 100$'
		sees 'host> *$'
		wipe
	}
	some check
}

@test "a job in the background waits until it is brought to the front (R33)" {
	local before
	before=$(modes)
	check() {
		doc "$1" -t -e 'PS1=inside> ' -- sh >"$HOST/document"
		[ "$1" != user ] || on_host chmod 666 "$(tty_name)"
		enter "$(as_words "$1" "$2") &"
		sleep 0.5
		enter ''
		enter 'fg; echo over $?'
		sleep 0.3
		enter 'exit 5'
		over 5
		restored
	}
	some check
}

@test "without a devpts in the container there is no terminal: 125, and ours as it was (R33)" {
	local before
	before=$(modes)
	check() {
		doc "$1" -t -- true | mounts-apply --remove=/dev/pts >"$HOST/document"
		[ "$1" != user ] || on_host chmod 666 "$(tty_name)"
		enter "$(as_words "$1" "$2"); echo over \$?"
		over 125
		restored
	}
	some check
}

@test "a command without a terminal of its own reads the one that we have; ^D, ^C and ^Z are ours (R12, R30, R33)" {
	local before
	# shellcheck disable=SC2034 # restored compares
	before=$(modes)
	check() {
		[ "$1" != user ] || on_host chmod 666 "$(tty_name)"
		doc "$1" -- sh -c 'test -t 0 && exit 9; tr a-z A-Z' >"$HOST/document"
		enter "$(as_words "$1" "$2"); echo over \$?"
		sleep 0.4
		enter 'typed here'
		sees '^TYPED HERE$'
		type_ C-d
		over 0
		doc "$1" -- sh -c 'sleep 100' >"$HOST/document"
		enter "$(as_words "$1" "$2"); echo over \$?"
		sleep 0.5
		type_ C-c
		over 130
		doc "$1" -- sh -c 'echo up; sleep 1; exit 6' >"$HOST/document"
		enter "$(as_words "$1" "$2")"
		sees '^up$'
		type_ C-z
		sees 'Stopped'
		enter 'fg; echo over $?'
		over 6
		restored
	}
	some check
}

@test "a terminal that goes away takes the command along (R13, R33)" {
	check() {
		begin "$1" "$2"
		enter 'sleep 1234'
		await on_host pgrep -x -f 'sleep 1234'
		tmux_ new-window "env PS1='host> ' bash --norc --noprofile"
		tmux_ kill-window -t 0
		gone
		! on_host pgrep -x -f 'sleep 1234'
		tmux_ move-window -r 2>/dev/null || tmux_ move-window -s 1 -t 0
		sees 'host> *$'
	}
	some check
}
