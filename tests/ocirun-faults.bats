#!/usr/bin/env bats
# What the host refuses or has not: an end with 125 and the reason, and nothing left.
load lib
load steps

prepare() {
	make_work
	mkdir "$WORK/data"
	mkdir -p "$WORK/src/sub"
	for n in {1..9}; do
		echo "$n" >"$WORK/src/sub/$n"
	done
}

# injected CALL FAULT MOUNTS COMMAND... - a step in which this system call of ocirun's fails
injected() {
	local call=$1 fault=$2 mounts=$3
	shift 3
	eval ocigen '--rootfs="$WORK/rootfs"' -- '"$@"' | eval mounts-apply "$mounts" >"$WORK/doc.json"
	strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:$fault" \
		ocirun --runtime=runc --run-root="$WORK/run" --data-root="$WORK/data" "$WORK/doc.json"
}

@test "a system call that the host refuses is 125, its name or what it is for, and nothing left (R17)" {
	while IFS='|' read -r call fault said; do
		run -125 --separate-stderr injected "$call" "$fault" '-v $WORK/src:/src -v $WORK/src:/o:O' true
		complains "$said"
		refute_output
		left_nothing "$call $fault"
	done <<-'END'
		unshare|error=EPERM:when=1|cannot make a mount namespace: Operation not permitted
		unshare|error=ENOSYS:when=1|cannot make a mount namespace: Function not implemented
		unshare|error=ENOSPC:when=1|cannot make a mount namespace: No space left on device
		open_tree|error=ENOSYS:when=1|cannot clone the mount: Function not implemented
		move_mount|error=EACCES:when=1|cannot mount: Permission denied
		mount|error=EPERM:when=1|Operation not permitted
		mount|error=ENOMEM:when=2|Cannot allocate memory
		openat2|error=ENOSYS|Function not implemented
		fork,clone,clone3|error=EAGAIN:when=1|cannot fork: Resource temporarily unavailable
		pipe2|error=EMFILE:when=1|oo many open files
		pipe2|error=ENFILE:when=2|oo many open files in system
		signalfd4|error=EMFILE:when=1|oo many open files
		mkdirat|error=EROFS:when=1|Read-only file system
		flock|error=ENOLCK:when=1|No locks available
	END
}

@test "without room for descriptors or processes it says so (R17)" {
	ocigen --rootfs="$WORK/rootfs" -- true | mounts-apply >"$WORK/doc.json"
	for limit in 8 16 32 63; do
		run --separate-stderr sh -c "ulimit -n $limit; exec ocirun --run-root=\"\$WORK/run\" --data-root=\"\$WORK\" \"\$WORK/doc.json\""
		[ "$status" -eq 125 ] || fail "$limit: $status $stderr"
		[[ $stderr == *'too few descriptors may be open'*'ulimit -n 64'* || $stderr == *'Too many open files'* ]]
		left_nothing
	done
}

@test "U that fails half way says where, and done again it is whole (R26)" {
	for fault in error=EPERM error=EROFS error=ENOSPC; do
		chown -R 7:7 "$WORK/src"
		run -125 --separate-stderr injected fchownat "$fault:when=5" '-v $WORK/src:/src:U' true
		complains "source: $WORK/src/sub/"
		complains ": cannot give it to 0:0: "
		run find "$WORK/src" -uid 7
		assert_output
		run -0 --separate-stderr injected fchownat "$fault:when=5000" '-v $WORK/src:/src:U' true
		run find "$WORK/src" ! -uid 0
		refute_output
		left_nothing
	done
}

@test "U that is killed half way leaves nothing else, and done again it is whole (R26)" {
	for number in 1 4 7; do
		chown -R 7:7 "$WORK/src"
		run -125 --separate-stderr injected fchownat "signal=KILL:when=$number" '-v $WORK/src:/src:U' true
		complains 'the worker was killed by signal 9'
		left_nothing
		run -0 --separate-stderr injected fchownat error=EPERM:when=5000 '-v $WORK/src:/src:U' true
		run find "$WORK/src" ! -uid 0
		refute_output
	done
}

# on_etc COMMANDS COMMAND... - with an /etc that COMMANDS have changed, in a mount namespace
on_etc() {
	local change=$1
	shift
	mkdir -p "$WORK/etc/upper" "$WORK/etc/work"
	CHANGE=$change unshare --mount sh -c '
		mount -t tmpfs none "$WORK/etc" && mkdir "$WORK/etc/upper" "$WORK/etc/work" &&
		mount -t overlay -o "lowerdir=/etc,upperdir=$WORK/etc/upper,workdir=$WORK/etc/work" none /etc &&
		eval "$CHANGE" && exec "$@"' sh "$@"
}

@test "a host without hosts or resolv.conf, or with odd ones (R21)" {
	step() {
		on_etc "$1" "$WORK/step" '--rootfs="$WORK/rootfs"' '' '' cat /etc/hosts /etc/resolv.conf
	}
	OCI_RUNTIME=runc
	export OCI_RUNTIME
	run -0 --separate-stderr step 'rm -f /etc/hosts /etc/resolv.conf'
	assert_line --regexp $'^127\\.0\\.0\\.1\tlocalhost$'
	silent
	run -0 --separate-stderr step 'rm -f /etc/resolv.conf; ln -s /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf'
	silent
	run -0 --separate-stderr step 'mkdir -p /etc/r; echo nameserver 192.0.2.1 >/etc/r/c; rm /etc/resolv.conf; ln -s r/c /etc/resolv.conf'
	assert_line 'nameserver 192.0.2.1'
	for odd in 'rm /etc/hosts; mkfifo /etc/hosts' 'rm /etc/hosts; mkdir /etc/hosts' 'truncate -s 1G /etc/hosts'; do
		run -0 --separate-stderr step "$odd"
		assert_line --regexp $'^127\\.0\\.0\\.1\tlocalhost$'
	done
	run -0 --separate-stderr step 'yes "192.0.2.9 name" | head -n 20000 >/etc/hosts'
	[ "$(grep -c $'^192.0.2.9\tname$' <<<"$output")" -eq 20000 ]
}

@test "targets of generated files in a root that cannot be written (R21)" {
	on_read_only() {
		unshare --mount sh -c 'mount --bind "$WORK/rootfs" "$WORK/rootfs" &&
			mount -o remount,ro,bind "$WORK/rootfs" && exec "$@"' sh "$@"
	}
	OCI_RUNTIME=runc
	export OCI_RUNTIME
	run -125 --separate-stderr on_read_only "$WORK/step" '--rootfs="$WORK/rootfs"' '' '' true
	complains 'target: /etc/hostname: cannot make the file: Read-only file system'
	: >"$WORK/rootfs/etc/hosts"
	: >"$WORK/rootfs/etc/hostname"
	: >"$WORK/rootfs/etc/resolv.conf"
	: >"$WORK/rootfs/run/.containerenv"
	run -0 --separate-stderr on_read_only "$WORK/step" '--rootfs="$WORK/rootfs"' '' '' cat /etc/hostname
	silent
	run find "$WORK/rootfs/etc/hosts" -size 0
	assert_output
}
