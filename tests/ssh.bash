# shellcheck shell=bash
# ssh.bash - what the tests of ssh agents share, on a host of the test's own
#
# The agent of root and mapped is root's, the user's is his.  Each has one key, "one".

# add_programs ROOTFS PROGRAM... - with the libraries that they need
add_programs() {
	local to=$1 program file
	shift
	for program; do
		for file in "$program" $(ldd "$program" | grep -o '/[^ ]*'); do
			mkdir -p "$to${file%/*}"
			cp "$file" "$to${file%/*}/"
		done
	done
}

# Once for the file: programs in both root filesystems, keys, agents.
ssh_start() {
	local who rootfs
	cd "$HOST" || return
	chmod 755 "$HOST"
	if [ ! -e keys ]; then
		${CC:-cc} -D_GNU_SOURCE -static -O1 -o askagent "$TESTS/askagent.c"
		mkdir keys
		ssh-keygen -q -t ed25519 -N '' -C one -f keys/one
		ssh-keygen -q -t rsa -b 2048 -N '' -C two -f keys/two
		ssh-keygen -q -t ed25519 -N secret -C closed -f keys/closed
		[ -z "${TEST_USER-}" ] || chown -R "$TEST_USER:" keys
		for who in root ${TEST_USER:+user}; do
			rootfs=$(rootfs_of "$who")
			add_programs "$rootfs" /usr/bin/ssh-add /usr/bin/ssh /usr/bin/git
			cp askagent "$rootfs/bin/"
			[ "$who" != user ] || chown -R "$TEST_USER:" "$rootfs"
		done
	fi
	for who in root ${TEST_USER:+user}; do
		start_agent "$who"
	done
}

agent_of() {
	case $1 in
	user) echo "$USER_DIR/agent" ;;
	*) echo "$HOST/agent-root" ;;
	esac
}

start_agent() {
	local socket
	socket=$(agent_of "$1")
	rm -f "$socket"
	as "$1" runc ssh-agent -a "$socket" >"$HOST/started" 3>&-
	cp "$HOST/keys/one" "$HOST/key-of-$1" # of one that others may read it takes nothing
	[ "$1" != user ] || chown "$TEST_USER:" "$HOST/key-of-$1"
	SSH_AUTH_SOCK=$socket as "$1" runc ssh-add -q "$HOST/key-of-$1"
	sed -n 's/.*SSH_AGENT_PID=\([0-9]*\);.*/\1/p' "$HOST/started" >"$HOST/pid-of-$1"
}

stop_agents() {
	local who
	for who in root user; do
		[ ! -e "$HOST/pid-of-$who" ] || on_host kill "$(cat "$HOST/pid-of-$who")"
		rm -f "$HOST/pid-of-$who"
	done
}

# ssh_step WHO RUNTIME 'OPTIONS OF MOUNTS-APPLY' COMMAND... - with that caller's agent
ssh_step() {
	local who=$1 runtime=$2 options=$3 network=none
	shift 3
	[ "$runtime" != chroot ] || network=host
	# shellcheck disable=SC2086 # lists of words
	doc "$who" ${GEN-} -- "$@" | ns-apply --network="${NETWORK:-$network}" | mounts-apply $options |
		SSH_AUTH_SOCK=$(agent_of "$who") as "$who" "$runtime" ${AS-} ocirun ${OCIRUN-}
}

# As the first line of "ssh-add -l" has it.
fingerprint() {
	ssh-keygen -lf "$HOST/keys/$1.pub"
}
