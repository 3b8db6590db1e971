# shellcheck shell=bash
# setup_suite.bash - what all test files share: an ordinary user with subordinate ids

# useradd fails while somebody else holds the lock of /etc/passwd.
add_user() {
	for _ in 1 2 3 4 5; do
		useradd --no-create-home --home-dir "$USER_DIR" --shell /bin/sh "$TEST_USER" &&
			return 0
		sleep 1
	done
	return 1
}

setup_suite() {
	[ "$(id -u)" -eq 0 ] || return 0
	TEST_USER=ocitest$$
	USER_DIR=$(mktemp -d /var/tmp/ocitest.XXXXXX)
	if add_user; then
		export TEST_USER USER_DIR
		chown "$TEST_USER:" "$USER_DIR"
		chmod 755 "$USER_DIR"
	else
		unset TEST_USER
	fi
}

teardown_suite() {
	[ -z "${TEST_USER-}" ] || userdel "$TEST_USER"
	[ -z "${USER_DIR-}" ] || rm -rf "$USER_DIR"
}
