# shellcheck shell=bash
# terminal.bash - a terminal that a test can look at and type into, by tmux

tmux_() {
	on_host tmux -f /dev/null -S "$HOST/tmux" "$@"
}

# A terminal of 100 columns and 30 rows, with a shell.
prepare() {
	tmux_ new-session -d -x 100 -y 30 "env PS1='host> ' bash --norc --noprofile"
	tmux_ set-option -g status off
	tmux_ resize-window -x 100 -y 30
	sees 'host>'
}

teardown() {
	tmux_ kill-server 2>/dev/null || true
}

type_() {
	tmux_ send-keys "$@"
}

screen() {
	tmux_ capture-pane -p "$@"
}

# sees REGEXP - it comes to be on the screen.
sees() {
	for _ in $(seq 200); do
		! screen | grep -Eq -- "$1" || return 0
		sleep 0.05
	done
	fail "not seen: $1"$'\n'"$(screen)"
}

# sees_not REGEXP - it goes from the screen.
sees_not() {
	for _ in $(seq 200); do
		screen | grep -Eq -- "$1" || return 0
		sleep 0.05
	done
	fail "still seen: $1"$'\n'"$(screen)"
}

wipe() {
	type_ -l clear
	type_ Enter
	sees_not '[^ ].*[^ ]>.'
	sees 'host> *$'
}

# enter COMMAND - type it.
enter() {
	type_ -l "$1"
	type_ Enter
}

# begin WHO RUNTIME - a shell in a container, in the terminal
begin() {
	[ "$1" != user ] || on_host chmod 666 "$(tty_name)"
	doc "$1" -t -e 'PS1=inside> ' -- sh >"$HOST/document"
	enter "$(as_words "$1" "$2")"
	sees '^inside>'
}

tty_name() {
	tmux_ display-message -p '#{pane_tty}'
}

modes() {
	on_host stty -a -F "$(tty_name)"
}

modes_are_as_before() {
	[ "$(modes)" = "$before" ]
}

# The terminal is as it was when $before was its modes; the shell has set modes of its own.
restored() {
	await modes_are_as_before || assert_equal "$(modes)" "$before"
}

as_words() {
	local runtime=OCI_RUNTIME=$2
	[ "$2" != chroot ] || runtime=BUILDAH_ISOLATION=chroot
	case $1 in
	user) echo "TMPDIR=$USER_DIR XDG_RUNTIME_DIR=/run/user/$TEST_USER $runtime setpriv --reuid=$TEST_USER --regid=$TEST_USER --init-groups --inh-caps=-all $BIN/ocirun $HOST/document" ;;
	*) echo "$runtime $BIN/ocirun $HOST/document" ;;
	esac
}

# signal SIGNAL o|n - to the older or the newer ocirun that lives
signal() {
	on_host pkill -"$1" -"$2" -r D,R,S,T -x ocirun
}

# Both have ended; nobody waits here for the one that was inherited.
gone() {
	wait_for_all '^[DRST]\S* +ocirun '
}
