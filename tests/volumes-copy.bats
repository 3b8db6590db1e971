#!/usr/bin/env bats
# How a volume is filled: all that files are is kept, and nothing leads out.
load lib
load steps

prepare() {
	make_work
	printf '{"config":{"Volumes":{"/data":{}}}}' >"$WORK/image.json"
	export VOLS=$WORK/vols
}

teardown() {
	[ -z "${WORK-}" ] || umount "$WORK/small" 2>/dev/null || true
	remove_work
}

DATA=$(printf /data | sha256sum | cut -d' ' -f1)

# step WHO RUNTIME COMMAND... - with a volume that stays in $VOLS
step() {
	local who=$1 runtime=$2
	shift 2
	step_with "$who" "$runtime" '--rootfs="$WORK/rootfs" --image-config="$WORK/image.json"' \
		'--image-volumes --image-volume-dir="$VOLS"' "$@"
}

tree() {
	python3 "$TESTS/treepicture.py" "$@"
}

# same_copy WHO RUNTIME IDS OF THE ORIGINAL -- OF THE COPY
same_copy() {
	local who=$1 runtime=$2 theirs=()
	shift 2
	while [ "$1" != -- ]; do
		theirs+=("$1")
		shift
	done
	shift
	rm -rf "$VOLS" "$WORK/rootfs/data"
	tree make "$WORK/rootfs/data" "${theirs[@]}"
	tree show "$WORK/rootfs/data" "${theirs[@]}" >before
	run -0 --separate-stderr step "$who" "$runtime" sh -c 'cat /data/a/b/c/third; echo; stat -c "%a %u %g" /data/others /data/mode-4755'
	silent
	assert_output $'linked\n670 1000 1001\n4755 7 8'
	tree show "$VOLS/$DATA" "$@" >copy
	diff before copy
	tree show "$WORK/rootfs/data" "${theirs[@]}" | diff before -
	assert_equal "$(ls -A "$VOLS")" "$DATA"
	[ "$(du -sm "$VOLS" | cut -f1)" -lt 16 ]
}

@test "owners, modes, times, holes, links, capabilities, access lists, odd names: all is kept (B128)" {
	same_copy root runc 0 0 -- 0 0
	# Shown through the mappings, or on disk as they say; the volume is for any of them.
	same_copy mapped crun 0 0 -- 0 0
	chown -hR 100000:100000 "$WORK/rootfs"
	same_copy mapped runc 100000 100000 -- 0 0
}

@test "an ordinary user's copy has the container's owners as well (B128)" {
	local id base
	id=$(id -u "$TEST_USER")
	base=$(sed -n "s/^$TEST_USER:\([0-9]*\):.*/\1/p" /etc/subuid)
	chown -hR "$TEST_USER:" "$WORK"
	same_copy user runc "$id" "$(id -g "$TEST_USER")" "$base" "$base" -- "$id" "$(id -g "$TEST_USER")" "$base" "$base"
	same_copy user crun "$id" "$(id -g "$TEST_USER")" "$base" "$base" -- "$id" "$(id -g "$TEST_USER")" "$base" "$base"
}

# ---- a hostile root filesystem ---------------------------------------------------

@test "a link at a volume's path leads to what is inside, never to the host (B127, B128, CVE-2020-1726)" {
	mkdir "$WORK/canary"
	echo canary >"$WORK/canary/file"
	check() {
		for link in "$WORK/canary" "../../../../../../../../../..$WORK/canary" /inside ../../inside loop/../inside /proc/self/root/inside; do
			rm -rf "$VOLS" "$WORK/rootfs/data" "$WORK/rootfs/inside" "$WORK/rootfs${WORK%/*}"
			mkdir "$WORK/rootfs/inside" "$WORK/rootfs/proc/self" 2>/dev/null || true
			echo inside >"$WORK/rootfs/inside/file"
			ln -s "$link" "$WORK/rootfs/data"
			[ "$1" != user ] || chown -hR "$TEST_USER:" "$WORK"
			run --separate-stderr step "$1" "$2" sh -c 'cat /data/file; echo x >/data/made'
			[ ! -e "$WORK/canary/made" ] || fail "$link"
			refute_output canary
			! grep -rqs canary "$VOLS" || fail "$link"
			assert_equal "$(ls "$WORK/rootfs/inside")" file
		done
	}
	check root runc
	check mapped crun
	check user runc
}

@test "links, pipes, sockets and devices in a volume are themselves, and nothing is read through them (B128)" {
	mkdir "$WORK/rootfs/data"
	mkfifo "$WORK/rootfs/data/pipe"
	ln -s /etc/shadow "$WORK/rootfs/data/shadow"
	ln -s / "$WORK/rootfs/data/root"
	ln -s /dev/zero "$WORK/rootfs/data/zero"
	ln -s /proc/self/fd "$WORK/rootfs/data/fds"
	mknod "$WORK/rootfs/data/disk" b 7 200
	mknod "$WORK/rootfs/data/zeroes" c 1 5
	for who in root user; do
		rm -rf "$VOLS"
		chown -hR "$([ "$who" = user ] && echo "$TEST_USER" || echo root):" "$WORK"
		run -0 --separate-stderr step "$who" runc sh -c 'for l in shadow root zero fds; do readlink /data/$l; done'
		assert_output $'/etc/shadow\n/\n/dev/zero\n/proc/self/fd'
		silent
		assert_equal "$(readlink "$VOLS/$DATA/root")" /
		[ -p "$VOLS/$DATA/pipe" ]
		[ -L "$VOLS/$DATA/shadow" ]
		case $who in
		root) [ -b "$VOLS/$DATA/disk" ] && [ -c "$VOLS/$DATA/zeroes" ] ;;
		user) [ ! -e "$VOLS/$DATA/disk" ] && [ ! -e "$VOLS/$DATA/zeroes" ] ;; # no right to make them
		esac
	done
}

@test "what is no directory cannot be a volume, and nothing hangs or is left (B127)" {
	check() {
		run -125 --separate-stderr step "$1" "$2" true
		complains "volume: $3"
		[ -z "$(ls -A "$VOLS" 2>/dev/null)" ]
	}
	touch "$WORK/rootfs/data"
	check root runc '/data: cannot be a volume: Not a directory'
	rm "$WORK/rootfs/data"
	mkfifo "$WORK/rootfs/data"
	check root crun '/data: cannot be a volume: Not a directory'
	rm "$WORK/rootfs/data"
	ln -s data "$WORK/rootfs/data"
	check mapped runc '/data'
}

@test "a root filesystem that changes while a volume is filled: never a byte of the host's (B128)" {
	mkdir -p "$WORK/rootfs/data" "$WORK/canary/dir"
	echo canary >"$WORK/canary/file"
	echo canary >"$WORK/canary/dir/file"
	cat >racer.py <<-'END'
		import ctypes, os, sys, time
		data, canary = sys.argv[1:]
		libc = ctypes.CDLL(None)
		os.chdir(data)
		for n in range(40):
		    os.makedirs("d%d" % n)
		    for m in range(5):
		        open("d%d/f%d" % (n, m), "w").write("inside")
		        os.symlink(canary + "/file", "d%d/l%d" % (n, m))
		    os.symlink(canary + "/dir", "e%d" % n)
		print("ready", flush=True)
		while os.path.exists(canary):
		    for n in range(40):
		        libc.renameat2(-100, b"d%d" % n, -100, b"e%d" % n, 2)
		        time.sleep(0.0005)
		        for m in range(5):
		            libc.renameat2(-100, b"d%d/f%d" % (n, m), -100, b"d%d/l%d" % (n, m), 2)
	END
	coproc RACER { exec python3 racer.py "$WORK/rootfs/data" "$WORK/canary" 3>&-; }
	read -r _ <&"${RACER[0]}"
	good=0
	for n in $(seq "${TORTURE:+200}" 2>/dev/null || seq 12); do
		rm -rf "$VOLS"
		run --separate-stderr step root runc true
		[ "$status" -eq 0 ] || [ "$status" -eq 125 ] || fail "$status: $stderr"
		good=$((good + (status == 0)))
		run find "$VOLS" -type f -exec grep -l canary {} +
		refute_output
		[ -z "$(find "$VOLS" -maxdepth 1 -name 'new-*')" ]
	done
	mv "$WORK/canary" "$WORK/gone"
	wait "$RACER_PID" || true
	echo "# $good of $n were filled" >&3
}

# ---- where volumes live ----------------------------------------------------------

@test "a directory of others' is not used for volumes, and a link is none (B126, B174)" {
	mkdir "$WORK/rootfs/data" "$VOLS" "$WORK/canary"
	check() {
		run -125 --separate-stderr step "${2-root}" runc touch /data/made
		complains "$1"
		[ -z "$(ls -A "$WORK/canary")" ]
	}
	chmod 777 "$VOLS"
	check "volume: $VOLS: must belong to us, and others must not write to it"
	chmod 700 "$VOLS"
	chown 7 "$VOLS"
	check 'must belong to us'
	chown 0 "$VOLS"
	ln -s "$WORK/canary" "$VOLS/$DATA"
	check "volume: $VOLS: cannot open $DATA"
	rm "$VOLS/$DATA"
	touch "$VOLS/$DATA"
	check "volume: $VOLS: cannot open $DATA"
	rm -r "$VOLS"
	ln -s "$WORK/canary" "$VOLS"
	check 'cannot open the directory'
}

@test "an owner without a mapping, no room, a file system without attributes: an error, and nothing is left (B128)" {
	mkdir "$WORK/rootfs/data" "$WORK/small"
	chown 70000 "$WORK/rootfs/data"
	run -125 --separate-stderr step mapped runc true
	complains 'volume: /data/data: its owner 65534:100000 has no mapping'
	[ -z "$(ls -A "$VOLS")" ]
	rm -r "$VOLS"
	chown 0 "$WORK/rootfs/data"
	mkdir "$WORK/rootfs/data/sub"
	head -c 3000000 /dev/urandom >"$WORK/rootfs/data/sub/large"
	export VOLS=$WORK/small/vols
	mount -t tmpfs -o size=1m none "$WORK/small"
	run -125 --separate-stderr step root runc true
	complains 'volume: /data/sub/large: cannot be copied: No space left on device'
	[ -z "$(ls -A "$VOLS")" ]
	mount -o remount,size=10m "$WORK/small"
	run -0 --separate-stderr step root runc sha256sum /data/sub/large
	assert_output --partial "$(sha256sum <"$WORK/rootfs/data/sub/large" | cut -d' ' -f1)"
	umount "$WORK/small"
	mount -t ramfs none "$WORK/small"
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.ours", b"x")' "$WORK/rootfs/data/sub"
	run -125 --separate-stderr step root runc true
	complains "volume: /data/sub: cannot be copied with its attribute 'user.ours'"
	complains 'hint: another file system can have it'
	[ -z "$(ls -A "$VOLS")" ]
	umount "$WORK/small"
}

@test "runs that fill a volume at the same time get one, and it is whole (B126, B128)" {
	mkdir "$WORK/rootfs/data"
	for n in {1..300}; do echo "$n" >"$WORK/rootfs/data/$n"; done
	pids=()
	for n in {1..6}; do
		step root runc sh -c "ls /data | grep -vc made; touch /data/made-$n" >"out-$n" 2>&1 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid"; done
	for n in {1..6}; do assert_equal "$(cat "out-$n")" 300; done
	assert_equal "$(ls -A "$VOLS")" "$DATA"
	[ "$(find "$VOLS" -name 'made-*' | wc -l)" -eq 6 ]
}

@test "a run that is told to end while it fills a volume ends at once, and leaves nothing (B128)" {
	mkdir "$WORK/rootfs/data"
	python3 -c 'import os, sys; [os.mknod("%s/%d" % (sys.argv[1], n)) for n in range(40000)]' "$WORK/rootfs/data"
	for who in root user; do
		[ "$who" = root ] || chown -hR "$TEST_USER:" "$WORK"
		OCIRUN="--name=fills-$who-$$" step "$who" runc true 3>&- 2>err &
		waiter=$!
		await compgen -G "$VOLS/new-*"
		pid=$(pgrep -f "^ocirun --name=fills-$who-$$" | head -n1)
		kill -s TERM "$pid"
		status=0
		wait "$waiter" || status=$?
		[ "$status" -eq 143 ] || fail "$status: $(cat err)"
		[ -z "$(ls -A "$VOLS")" ]
		rm -r "$VOLS"
	done
}

@test "filling a volume does not take longer than --timeout (B128)" {
	mkdir "$WORK/rootfs/data"
	python3 -c 'import os, sys; [os.mknod("%s/%d" % (sys.argv[1], n)) for n in range(80000)]' "$WORK/rootfs/data"
	for runtime in runc crun; do
		OCIRUN=--timeout=1 run -124 --separate-stderr step root "$runtime" true
		[ -z "$(ls -A "$VOLS")" ]
	done
}
