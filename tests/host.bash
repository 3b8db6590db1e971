# shellcheck shell=bash
# host.bash - a host of the test's own
#
# Its own processes, mounts, cgroups and /run, so that all that is left behind is
# seen, and nobody else's work is; crun runs there as well as runc.  For setup_file
# and teardown_file: host_start and host_stop.

cgroup_hierarchies() {
	local hierarchy
	for hierarchy in /sys/fs/cgroup/*; do
		[ -L "$hierarchy" ] || [ ! -e "$hierarchy/cgroup.procs" ] || echo "$hierarchy"
	done
}

# What process 1 of the host is.
host_init() {
	cat <<-'END'
		ip link set lo up
		mount -t proc proc /proc
		mount -t tmpfs run /run
		mkdir -m 1777 /run/lock
		mkdir /run/user
		[ -z "$2" ] || install -d -m 700 -o "$2" "/run/user/$2"
		mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
		for c in cpu cpuacct cpuset memory devices freezer blkio pids; do
			mkdir "/sys/fs/cgroup/$c"
			mount -t cgroup -o "$c" cgroup "/sys/fs/cgroup/$c"
		done
		mkdir /sys/fs/cgroup/systemd
		mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
		echo >"$1/ready"
		while read -r line; do :; done
	END
}

# host_start - make it: $HOST is a directory for what it needs, $HOST/data for $TMPDIR.
host_start() {
	local hierarchy
	need_root
	HOST=$(mktemp -d /var/tmp/ocihost.XXXXXX)
	mkdir -m 700 "$HOST/data"
	mkfifo "$HOST/alive"
	chmod 711 "$HOST"
	for hierarchy in $(cgroup_hierarchies); do
		mkdir "$hierarchy/${HOST##*/}"
		case $hierarchy in
		*/cpuset)
			cat "$hierarchy/cpuset.cpus" >"$hierarchy/${HOST##*/}/cpuset.cpus"
			cat "$hierarchy/cpuset.mems" >"$hierarchy/${HOST##*/}/cpuset.mems"
			;;
		esac
	done
	(
		for hierarchy in $(cgroup_hierarchies); do
			echo "$BASHPID" >"$hierarchy/${HOST##*/}/cgroup.procs"
		done
		exec setsid unshare --mount --pid --cgroup --net --fork --propagation private \
			sh -ec "$(host_init)" sh "$HOST" "${TEST_USER-}" <>"$HOST/alive" >"$HOST/log" 2>&1 3>&-
	) &
	HOST_PID=$!
	await [ -e "$HOST/ready" ] || fail "no host of our own: $(cat "$HOST/log")"
	HOST_PID=$(pgrep -P "$HOST_PID")
	export HOST HOST_PID
}

# Every process in it dies with its first one.
host_stop() {
	local hierarchy
	[ -n "${HOST_PID-}" ] || return 0
	kill -KILL "$HOST_PID"
	while kill -0 "$HOST_PID" 2>/dev/null; do sleep 0.01; done
	for hierarchy in $(cgroup_hierarchies); do
		for _ in 1 2 3 4 5; do # the last one may still be on its way out
			find "$hierarchy/${HOST##*/}" -depth -type d -exec rmdir {} + && break
			sleep 0.2
		done 2>/dev/null
	done
	rm -rf "$HOST"
}

# on_host COMMAND... - run it there.
on_host() {
	nsenter --target "$HOST_PID" --mount --pid --cgroup --net --wd="$PWD" \
		env TMPDIR="$HOST/data" "$@"
}

# The same as the ordinary user.
on_host_as_user() {
	on_host env --chdir="$USER_DIR" setpriv --reuid="$TEST_USER" --regid="$TEST_USER" --init-groups --inh-caps=-all \
		env XDG_RUNTIME_DIR="/run/user/$TEST_USER" HOME="$USER_DIR" USER="$TEST_USER" \
		TMPDIR="$USER_DIR" "$@"
}

# What there is on the host that a run could leave: processes, mounts, cgroups,
# sockets, and files in the places where it makes them or was given.
host_state() {
	# shellcheck disable=SC2016 # expanded inside
	on_host sh -c '
		# Nobody waits for what its first process inherits.
		ps -e -o ppid=,stat=,args= | sed -E "/^ *1 Z/d; s/^ *[0-9]+ [^ ]+ +//" | grep -Ev "^(ps|sed|grep|sh|nsenter|sort|env) ?|^\[[a-z]+\]$"
		cat /proc/1/mountinfo
		find /sys/fs/cgroup -type d
		ip -o link
		cat /proc/net/unix
		find /run "$TMPDIR" "$1" "$2" -mindepth 1 -not -path /run/runc -not -path /run/crun \
			-not -path /run/mount -not -name "separate-stderr*" -not -name .state
		find "/tmp/ocipipe-$3"
	' sh "${USER_DIR-/run}" "$PWD" "$(id -u "${TEST_USER-}" 2>/dev/null)" 2>/dev/null | sort
}

# snapshot ... left_nothing - fails if there is more on the host now than before, or less.
snapshot() {
	host_state >.state
}

left_nothing() {
	await host_is_as_before || fail "$(printf 'something is left, or lost:\n%s' "$(host_state | diff .state -)")"
}

# A killed process may take a moment to be gone.
host_is_as_before() {
	host_state | diff .state -
}

# wait_for_all [PATTERN] - until nobody of a run that was killed is there any more
wait_for_all() {
	local those=${1-'^[^Z]\S* +(ocirun|runc|crun|sleep) '}
	await none_of "$those" || fail "still there: $(on_host ps -e -o pid,ppid,stat,wchan:32,etime,args)"
}

living() {
	on_host ps -e -o stat=,comm=,args=
}

none_of() {
	! living | grep -qE "$1"
}

# A root filesystem of root's, $HOST/rootfs, and one of the user's.
host_rootfs() {
	make_rootfs "$HOST/rootfs"
	[ -n "${TEST_USER-}" ] || return 0
	export USER_ROOTFS=$USER_DIR/rootfs.$$
	make_rootfs "$USER_ROOTFS"
	chown -R "$TEST_USER:" "$USER_ROOTFS"
}

# $HOST/hitat, which sends a signal at a system call.
make_hitat() {
	[ -x "$HOST/hitat" ] || ${CC:-cc} -O1 -o "$HOST/hitat" "$TESTS/hitat.c"
}

# A new $HOST/run, where everybody may write: for what is killed, and what it says.
enter_run() {
	make_hitat
	rm -rf "$HOST/run"
	mkdir -m 777 "$HOST/run"
	cd "$HOST/run" || return
	touch out err
}
