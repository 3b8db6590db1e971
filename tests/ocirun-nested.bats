#!/usr/bin/env bats
# ocirun where the host lacks something: inside another namespace, without cgroups, /proc, terminals.
load lib
load host
load ocirun

# lacking SETUP DOCUMENT [COMMAND...] - after SETUP in a mount namespace; root's, under $runtime
lacking() {
	local setup=$1 document=$2
	shift 2
	on_host unshare --mount sh -c "$setup"' && exec "$@"' sh env OCI_RUNTIME="$runtime" "$@" ocirun "$HOST/$document" </dev/null
}

lacking_as_user() {
	local setup=$1 document=$2
	shift 2
	on_host unshare --mount sh -c "cd '$USER_DIR' && $setup"' && exec "$@"' sh setpriv --reuid="$TEST_USER" --regid="$TEST_USER" \
		--init-groups --inh-caps=-all env XDG_RUNTIME_DIR="/run/user/$TEST_USER" HOME="$USER_DIR" TMPDIR="$USER_DIR" \
		OCI_RUNTIME="$runtime" "$@" ocirun "$HOST/$document" </dev/null
}

prepare() {
	doc root -- sh -c 'exit 7' >"$HOST/root"
	doc root -- sh -c 'exit 7' | resources-apply --memory=64m >"$HOST/limited"
	doc root -t -- sh -c 'test -t 1 && exit 7' >"$HOST/terminal"
	[ -z "${TEST_USER-}" ] || doc user -- sh -c 'exit 7' >"$HOST/user"
}

NO_CGROUPS='for d in /sys/fs/cgroup/* /sys/fs/cgroup; do [ -L $d ] || mount -o remount,ro,bind $d || exit; done'

@test "where no cgroup can be made, only a document that asks for limits is refused (R37)" {
	snapshot
	for runtime in runc crun; do
		run -7 --separate-stderr lacking "$NO_CGROUPS" root
		silent
		run -125 --separate-stderr lacking "$NO_CGROUPS" limited
		complains 'ocirun: /linux/resources/memory: cannot be kept: no cgroup can be made in /sys/fs/cgroup'
		complains 'hint: mount the cgroup hierarchies, writable'
		[ -z "${TEST_USER-}" ] || run -7 --separate-stderr lacking_as_user "$NO_CGROUPS" user
		silent
	done
	# Nothing is mounted there at all.
	runtime=
	run -125 --separate-stderr lacking 'mount -t tmpfs -o ro none /sys/fs/cgroup' limited
	complains 'cannot be kept'
	left_nothing
}

@test "a /sys that is read-only, a /proc that shows only one's own, are enough (R37)" {
	local setup
	snapshot
	for runtime in runc crun; do
		for setup in 'mount -o remount,ro,bind /sys' 'mount -t proc -o hidepid=2 proc /proc'; do
			run -7 --separate-stderr lacking "$setup" root
			silent
			[ -z "${TEST_USER-}" ] || run -7 --separate-stderr lacking_as_user "$setup" user
			silent
		done
	done
	left_nothing
}

@test "without a /proc, or with that of other processes, it says so and makes nothing (R37)" {
	need_plain
	local setup
	snapshot
	for runtime in runc crun; do
		# Below the test's own /proc lies the one of the machine.
		for setup in 'mount -t tmpfs none /proc' 'umount -l /proc'; do
			run -125 --separate-stderr lacking "$setup" root
			assert_equal "$stderr" $'ocirun: /proc: is not that of the processes here\nocirun: hint: mount -t proc proc /proc'
			[ -z "${TEST_USER-}" ] || run -125 --separate-stderr lacking_as_user "$setup" user
			assert_equal "$stderr" $'ocirun: /proc: is not that of the processes here\nocirun: hint: mount -t proc proc /proc'
		done
	done
	left_nothing
}

@test "without terminals on the host: the container's own devpts serves; with no terminal at all there is a hint (R37)" {
	local setup='mount -t tmpfs none /dev/pts && mount --bind /dev/null /dev/ptmx'
	snapshot
	for runtime in runc crun; do
		run -7 on_host script -qec "unshare --mount sh -c '$setup && OCI_RUNTIME=$runtime exec ocirun $HOST/terminal'" /dev/null
		run -125 --separate-stderr lacking "$setup" terminal setsid -w
		complains 'wants a terminal, but there is none here'
		complains 'hint: --tty=no'
	done
	left_nothing
}

# inside FIRST DOCUMENT - as root of a user namespace whose root is our FIRST, with its own /run
inside() {
	cd / && on_host env OCI_RUNTIME="$runtime" python3 "$TESTS/inuserns.py" "$1" unshare --mount --pid --fork --mount-proc sh -c '
		cd / && mount -t tmpfs none /run && mkdir /run/data && TMPDIR=/run/data ocirun "$1"
		status=$?
		find /run -path /run/data/ocipipe* -o -path /run/ocipipe*
		exit $status' sh "$HOST/$2" </dev/null
}

@test "root of another user namespace runs as much as it may, and is told what it may not (R37)" {
	snapshot
	cp -a "$HOST/rootfs" "$HOST/inner"
	chown -hR 100000:100000 "$HOST/inner"
	for document in root limited; do
		sed -i.outer "s|$HOST/rootfs|$HOST/inner|" "$HOST/$document"
	done
	doc mapped -- true >"$HOST/mapped"
	for runtime in runc crun; do
		run -7 --separate-stderr inside 100000 root
		refute_output
		silent
		run -125 --separate-stderr inside 100000 limited
		complains 'cannot be kept: no cgroup can be made'
		run -7 --separate-stderr inside 0 root.outer
		refute_output
		run -125 --separate-stderr inside 0 mapped # more ids than there are
		complains 'cannot map the ids: Operation not permitted'
		refute_output
	done
	rm -r "$HOST/inner"
	left_nothing
}
