# shellcheck shell=bash
# setup_suite.bash - what all test files share: an ordinary user with subordinate ids, and
# programs that he can execute

# account COMMAND... - useradd or userdel, one at a time: they wait seconds for one another,
# or fail; and no user goes that has a process which is just about to end.
account() {
	for _ in 1 2 3 4 5; do
		flock "${BASH_SOURCE[0]}" "$@" && return 0
		sleep 1
	done
	return 1
}

# In a clone below a directory that is root's alone he could not, nor in one below /tmp where
# a test has a /tmp of its own: then the tests use a copy of the whole build directory, under
# its own name.
share_programs() {
	unset PROGRAMS # of tests that run tests: not ours to remove
	[[ $BIN == /tmp/* ]] ||
		! setpriv --reuid="$TEST_USER" --regid="$TEST_USER" --init-groups test -x "$BIN/ocirun" ||
		return 0
	PROGRAMS=$(mktemp -d /var/tmp/ocitest.XXXXXX)
	chmod 755 "$PROGRAMS"
	cp -a "$BIN" "$PROGRAMS/"
	chmod -R a+rX "$PROGRAMS"
	BIN=$PROGRAMS/${BIN##*/}
	export BIN PROGRAMS
}

setup_suite() {
	[ "$(id -u)" -eq 0 ] || return 0
	TEST_USER=ocitest$$
	USER_DIR=$(mktemp -d /var/tmp/ocitest.XXXXXX)
	if account useradd --no-create-home --home-dir "$USER_DIR" --shell /bin/sh "$TEST_USER"; then
		export TEST_USER USER_DIR
		chown "$TEST_USER:" "$USER_DIR"
		chmod 755 "$USER_DIR"
		share_programs
	else
		unset TEST_USER
	fi
}

teardown_suite() {
	local status=0
	[ -z "${TEST_USER-}" ] || account userdel "$TEST_USER" || status=1
	[ -z "${USER_DIR-}" ] || rm -rf "$USER_DIR"
	[ -z "${PROGRAMS-}" ] || rm -rf "$PROGRAMS"
	return "$status"
}
