#!/usr/bin/env bats
# Odd root filesystems, working directories and sources: they work, or are named with 125.
load lib
load steps

prepare() {
	make_work
	mkdir "$WORK/src"
	echo old >"$WORK/src/file"
}

# step WHO RUNTIME 'OPTIONS OF OCIGEN' 'OF MOUNTS-APPLY' COMMAND...
step() {
	step_with "$@"
}

@test "this host's own root is refused, and may be below an overlay (R19)" {
	check() {
		run -125 --separate-stderr step "$1" "$2" '--rootfs=/' '' true
		complains "the root filesystem is this host's own"
		complains 'hint: ocigen --rootfs=/:O'
	}
	check root runc
	chown -R "$TEST_USER:" "$WORK"
	check user crun
	run -0 --separate-stderr step root runc '--rootfs=/:O' '' sh -c 'echo >/ocipipe-was-here; ls /ocipipe-was-here'
	[ ! -e /ocipipe-was-here ]
}

@test "an empty root, one that others may not enter, one that is an overlay (R19)" {
	mkdir "$WORK/empty"
	check() {
		run -127 --separate-stderr step "$1" "$2" '--rootfs=$WORK/empty' '' true
		complains 'true: is not there'
		run -0 --separate-stderr step "$1" "$2" '--rootfs=$WORK/empty' '-v $WORK/rootfs/bin:/bin:ro' /bin/cat /proc/self/comm
		assert_output cat
		run find "$WORK/empty" -mindepth 1
		refute_output
	}
	each check
	chown root: "$WORK/empty"
	chmod 700 "$WORK/empty"
	run -125 --separate-stderr step user runc '--rootfs=$WORK/empty' '' true
	complains "$WORK/empty: cannot "
	complains 'Permission denied'
	mkdir "$WORK/memory"
	cat >"$WORK/on_overlay" <<-'END'
		#!/bin/sh
		mount -t tmpfs none "$WORK/memory" && cd "$WORK/memory" && mkdir l u w r &&
			mount -t overlay -o "lowerdir=$WORK/rootfs,upperdir=u,workdir=w" none r && exec "$WORK/step" "$@"
	END
	chmod +x "$WORK/on_overlay"
	for runtime in runc crun; do
		for gen in '--rootfs=$WORK/memory/r' '--rootfs=$WORK/memory/r:O'; do
			run -0 --separate-stderr on "$runtime" unshare --mount "$WORK/on_overlay" "$gen" '' '-v $WORK/src:/src:O' cat /src/file
			assert_output old
		done
	done
}

@test "a root may hold the run's own directories (R19)" {
	mkdir -p "$WORK/rootfs/data"
	for runtime in runc crun; do
		OCIRUN=--data-root=$WORK/rootfs/data run -0 --separate-stderr step root "$runtime" \
			'--rootfs="$WORK/rootfs"' '-v $WORK/src:/src:O' cat /src/file
		assert_output old
		run find "$WORK/rootfs/data" -mindepth 1
		refute_output
	done
}

@test "a root of more layers than there are other sources (R22)" {
	mkdir "$WORK/layers"
	for n in {1..100}; do
		mkdir "$WORK/layers/$n"
		echo "$n" >"$WORK/layers/$n/top"
	done
	LAYERS=$(printf -- '--layer=$WORK/layers/%d ' {1..100})
	for runtime in runc crun; do
		run -0 --separate-stderr step root "$runtime" "--rootfs=\$WORK/rootfs $LAYERS --layer=\$WORK/new" '' cat /top
		assert_output 100
		rm -r "$WORK/new"
	done
	LAYERS=$(printf -- '--layer=$WORK/layers/1 %.0s' {1..400})
	run -125 --separate-stderr step root runc "--rootfs=\$WORK/rootfs $LAYERS --layer=\$WORK/new" '' true
	complains 'there are more layers than one mount takes'
	run find "$WORK" -maxdepth 1 -name 'new*'
	refute_output
}

@test "a working directory that is a file, closed to the user, or very long (R20)" {
	long=$(printf '/%0100d' {1..39})
	install -d -m 700 "$WORK/rootfs/closed"
	check() {
		run -125 --separate-stderr step "$1" "$2" '--rootfs=$WORK/rootfs -w /etc/passwd' '' true
		complains 'workdir: /etc/passwd: cannot be the working directory: Not a directory'
		run -125 --separate-stderr step "$1" "$2" '--rootfs=$WORK/rootfs -w /etc/passwd/x' '' true
		complains 'workdir: /etc/passwd/x: '
		run -0 --separate-stderr step "$1" "$2" "--rootfs=\$WORK/rootfs -w $long" '' pwd
		assert_output "$long"
		run -125 --separate-stderr step "$1" "$2" "--rootfs=\$WORK/rootfs -w $long$long" '' true
		complains 'File name too long'
		rm -rf "$WORK"/rootfs/00*
		run --separate-stderr step "$1" "$2" '--rootfs=$WORK/rootfs -u 1000 -w /closed' '' ls
		[ "$status" -ne 0 ]
		assert_equal "$(stat -c %a "$WORK/rootfs/closed")" 700
	}
	check root runc
	check root crun
	check mapped runc
}

@test "a working directory in a mount that is made later (R20)" {
	check() {
		for mount in '-v $WORK/src:/m:U' '-v $WORK/src:/m:O' --tmpfs=/m; do
			run -0 --separate-stderr step "$1" "$2" '--rootfs=$WORK/rootfs -w /m/new' "$mount" sh -c 'pwd; echo x >file'
			assert_output /m/new
			rm -rf "$WORK/src/new"
		done
	}
	each check
}

@test "a FIFO, a socket and a device are bound as what they are (R22)" {
	mkfifo "$WORK/fifo"
	mknod "$WORK/full" c 1 7
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$WORK/socket"
	check() {
		run -0 --separate-stderr step "$1" "$2" '--rootfs=$WORK/rootfs' \
			'-v $WORK/fifo:/m/fifo -v $WORK/socket:/m/socket -v $WORK/full:/m/full' stat -c '%F %n' /m/fifo /m/socket /m/full
		assert_output $'fifo /m/fifo\nsocket /m/socket\ncharacter special file /m/full'
		silent
		[ ! -e "$WORK/rootfs/m" ]
	}
	each check
}

@test "a mount on the root is refused before anything is made (R22)" {
	for target in / // /. /./; do
		run -125 --separate-stderr sh -c "ocigen --rootfs=\$WORK/rootfs -- true |
			jq '.mounts += [{destination: \"$target\", type: \"tmpfs\", source: \"x\"}]' | ocirun"
		complains '/destination: must not be the root'
	done
}

@test "five hundred overlays, each of its own (R22)" {
	mkdir "$WORK/many"
	seq 500 | (cd "$WORK/many" && xargs mkdir)
	MANY=$(seq 500 | sed 's,.*,-v $WORK/many/&:/m/&:O,')
	MANY=${MANY//$'\n'/ }
	for runtime in runc crun; do
		run -0 --separate-stderr step root "$runtime" '--rootfs=$WORK/rootfs' "$MANY" \
			sh -c 'grep -c " /m/[0-9]* .* - overlay " /proc/self/mountinfo; for m in /m/*; do echo x >$m/x; done'
		assert_output 500
		silent
	done
	run find "$WORK/many" -name x
	refute_output
	run grep -F "$WORK" /proc/self/mountinfo
	refute_output
}

@test "an overlay's own directories that cannot be so are named (R22)" {
	mkdir "$WORK/up" "$WORK/work"
	# What is below is also above; both are one; the scratch is missing.
	for words in upperdir='$WORK/src',workdir='$WORK/work' upperdir='$WORK/up',workdir='$WORK/up'; do
		for runtime in runc crun; do
			run -125 --separate-stderr step root "$runtime" '--rootfs=$WORK/rootfs' "-v \$WORK/src:/m:O,$words" true
			complains 'overlay'
		done
	done
	run -125 --separate-stderr step root runc '--rootfs=$WORK/rootfs' '-v $WORK/src:/m:O,upperdir=$WORK/up,workdir=$WORK/none' true
	complains "$WORK/none: cannot take what is written to an overlay: No such file or directory"
	assert_equal "$(ls "$WORK/src")" file
}

@test "an overlay whose own directory is nobody's inside is not silently read-only" {
	mkdir "$WORK/up" "$WORK/work"
	chmod 711 "$WORK"
	for runtime in runc crun; do
		run -125 --separate-stderr step mapped "$runtime" '--rootfs=$WORK/rootfs' '-v $WORK/src:/m:O,upperdir=$WORK/up,workdir=$WORK/work' true
		complains "$WORK/up: cannot be written to: no id of the container owns it"
		complains 'hint: chown it'
	done
	chown 100000:100000 "$WORK/up" "$WORK/work"
	run -0 --separate-stderr step mapped runc '--rootfs=$WORK/rootfs' '-v $WORK/src:/m:O,upperdir=$WORK/up,workdir=$WORK/work' touch /m/made
	[ -e "$WORK/up/made" ]
	chown -R "$TEST_USER:" "$WORK"
	chown root: "$WORK/up"
	run -125 --separate-stderr step user runc '--rootfs=$WORK/rootfs' '-v $WORK/src:/m:O,upperdir=$WORK/up,workdir=$WORK/work' true
	complains "$WORK/up: cannot take what is written to an overlay: Permission denied"
}

@test "a source that vanishes between filter and run is named, and what was mounted is undone (R22)" {
	cat >"$WORK/late" <<-'END'
		#!/bin/sh
		ocigen --rootfs="$WORK/rootfs" -- true | mounts-apply -v "$WORK/src:/one/new:O" -v "$WORK/late.d:/two/new" >"$WORK/d"
		rmdir "$WORK/late.d"
		exec ocirun "$WORK/d"
	END
	chmod +x "$WORK/late"
	for runtime in runc crun; do
		mkdir "$WORK/late.d"
		run -125 --separate-stderr on "$runtime" "$WORK/late"
		complains "$WORK/late.d: cannot be mounted at /two/new: No such file or directory"
		[ ! -e "$WORK/rootfs/one" ] && [ ! -e "$WORK/rootfs/two" ]
		run grep -F "$WORK" /proc/self/mountinfo
		refute_output
	done
}
