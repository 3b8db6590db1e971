#!/usr/bin/env bats
# More of what went wrong in other tools: trees given away, files planted where ours go.
# shellcheck disable=SC2030,SC2031 # $runtime is each test's own
load lib
load steps

prepare() {
	make_work
	mkdir -p "$WORK/canary/b" "$WORK/src/sub"
	echo canary >"$WORK/canary/file"
	: >"$WORK/canary/empty"
	echo old >"$WORK/src/file"
}

# ---- U -------------------------------------------------------------------------

@test "U crosses no mount, and takes odd names, deep trees and many files (CVE-2026-55686)" {
	many=3000
	[ -z "${TORTURE-}" ] || many=1000000
	mkdir "$WORK/src/mounted" "$WORK/other"
	touch "$WORK/other/inner" "$WORK/src/"$'new\nline' "$WORK/src/a b" "$WORK/src/-rf" "$WORK/src/"$'\377'
	python3 - "$WORK/src" "$many" <<-'END'
		import os, sys
		os.chdir(sys.argv[1])
		for n in range(int(sys.argv[2])):
		    if n % 1000 == 0:
		        os.mkdir("d%d" % n)
		    os.close(os.open("d%d/%d" % (n - n % 1000, n), os.O_CREAT))
		for _ in range(1200): # longer than any path may be
		    os.mkdir("deeper")
		    os.chdir("deeper")
	END
	for runtime in runc crun; do
		# shellcheck disable=SC2016 # for the other shell
		run -0 --separate-stderr on "$runtime" unshare --mount --propagation private sh -c \
			'mount --bind "$WORK/other" "$WORK/src/mounted" && exec "$WORK/step" "$@"' sh \
			'--rootfs="$WORK/rootfs"' "$MAPS" '-v $WORK/src:/src:U' ls -A /src/mounted
		silent
		# In a user namespace crun 1.8 shows nothing that is mounted below a source.
		[ "$runtime" = crun ] || assert_output inner
		run find "$WORK/src" ! -path "$WORK/src/mounted" ! -uid 100000 -print -quit
		refute_output
		assert_equal "$(stat -c %u "$WORK/other" "$WORK/other/inner")" $'0\n0'
		chown -hR root: "$WORK/src"
	done
}

@test "U of a tree in which a directory and a link out are exchanged all the time gives nothing else away" {
	mkdir "$WORK/src/real"
	touch "$WORK/src/real"/{1..50}
	ln -s "$WORK/canary" "$WORK/src/link"
	coproc ENGINE { exec "$TESTS/exchange.py" "$WORK/src/real" "$WORK/src/link" 3>&-; }
	times=6
	[ -z "${TORTURE-}" ] || times=1000
	for _ in $(seq "$times"); do
		for runtime in runc crun; do
			run --separate-stderr step mapped "$runtime" '-v $WORK/src:/src:U' true
			[ "$status" -eq 0 ] || [ "$status" -eq 125 ]
		done
	done
	eval "exec ${ENGINE[1]}>&-"
	read -r rounds <&"${ENGINE[0]}"
	[ "$rounds" -ge 5000 ]
	run find "$WORK/canary" ! -uid 0
	refute_output
}

# ---- planted files ---------------------------------------------------------------

@test "links in a bundle where our files go are not written through (CVE-2026-44517)" {
	before=$(picture "$WORK/canary")
	for name in config.json .ocirun files files/hosts overlay-0; do
		for to in file none b; do
			rm -rf "$WORK/bundle"
			mkdir -p "$WORK/bundle/$(dirname "$name")"
			ln -s "$WORK/canary/$to" "$WORK/bundle/$name"
			# shellcheck disable=SC2016 # for the other shell
			run --separate-stderr sh -c 'ocigen --rootfs="$WORK/rootfs" -- true | mounts-apply -v "$WORK/src:/o:O" |
				ocirun --bundle="$WORK/bundle" --prepare-only'
			assert_equal "$(picture "$WORK/canary")" "$before"
			# shellcheck disable=SC2016 # for the other shell
			run --separate-stderr sh -c 'ocigen --rootfs="$WORK/rootfs" -- true | mounts-apply -v "$WORK/src:/o:O" |
				ocirun --runtime=runc --bundle="$WORK/bundle"'
			assert_equal "$(picture "$WORK/canary")" "$before"
		done
	done
}

@test "a FIFO or a device in the place of a generated file is covered, or refused, never written (CVE-2025-24965)" {
	for runtime in runc crun; do
		for name in etc/hosts etc/resolv.conf etc/hostname run/.containerenv; do
			for kind in p 'c 1 7'; do
				rm -f "$WORK/rootfs/$name"
				# shellcheck disable=SC2086 # words
				mknod "$WORK/rootfs/$name" $kind
				run --separate-stderr timeout 20 env OCI_RUNTIME="$runtime" \
					unshare --mount sh -c 'umount -l /sys/fs/cgroup/unified; exec "$@"' sh \
					"$WORK/step" '--rootfs="$WORK/rootfs"' '' '' stat -c %F "/$name"
				[ "$status" -eq 0 ] || fail "$runtime $name $kind: $status $stderr"
				assert_output 'regular file'
				run stat -c %F "$WORK/rootfs/$name"
				refute_output 'regular file'
			done
			rm -f "$WORK/rootfs/$name"
		done
	done
}

@test "generated files in a volume whose names are links out (CVE-2023-0778)" {
	mkdir "$WORK/etc"
	check() {
		before=$(picture "$WORK/canary")
		for to in "$WORK/canary/file" "$WORK/canary/none" ../canary/file; do
			for name in hosts resolv.conf hostname; do
				ln -sfn "$to" "$WORK/etc/$name"
			done
			run --separate-stderr step "$1" "$2" '-v $WORK/etc:/etc' true
			assert_equal "$(picture "$WORK/canary")" "$before"
		done
		rm "$WORK/etc"/*
	}
	each check
}

@test "a source that lies below another mount's target is the one that was there before (CVE-2021-30465)" {
	mkdir -p "$WORK/rootfs/a/x/sub"
	echo mine >"$WORK/rootfs/a/x/sub/file"
	check() {
		run -0 --separate-stderr step "$1" "$2" '--tmpfs=/a/x -v $WORK/rootfs/a/x/sub:/b' cat /b/file
		assert_output mine
	}
	each check
	mv "$WORK/rootfs/a" "$WORK/rootfs/real"
	ln -s "$WORK/canary" "$WORK/rootfs/a"
	for runtime in runc crun; do
		run -125 --separate-stderr step root "$runtime" '--tmpfs=/a/x -v $WORK/rootfs/a/x/sub:/b' ls /b
		complains 'cannot be mounted at /b'
	done
	[ ! -e "$WORK/canary/x" ]
}

# ---- names -----------------------------------------------------------------------

@test "mount points and sources of any name are made, mounted and taken away (CVE-2021-3995)" {
	check() {
		for name in 'a b' $'new\nline' 'x (deleted)' 'o\040x' '-v' $'\t'; do
			mkdir -p "$WORK/odd/$name"
			echo "$name" >"$WORK/odd/$name/file"
			[ "$1" != user ] || chown -hR "$TEST_USER:" "$WORK/odd"
			NAME=$name run -0 --separate-stderr step "$1" "$2" '-v "$WORK/odd/$NAME:/m/$NAME"' \
				cat "/m/$name/file"
			assert_output "$name"
		done
		[ ! -e "$WORK/rootfs/m" ]
		run grep -F "$WORK" /proc/self/mountinfo
		refute_output
	}
	check root runc
	check root crun
	chown -hR "$TEST_USER:" "$WORK"
	check user runc
}

# The kernel follows 40 links, and begins again, without counting anew, when somebody
# mounts something meanwhile: up to three times.
@test "a working directory through many links, and .. behind one (CVE-2026-55686)" {
	ln -s "$WORK/canary/new" "$WORK/rootfs/l0"
	for n in {1..45}; do
		ln -s "l$((n - 1))" "$WORK/rootfs/l$n"
	done
	check() {
		before=$(picture "$WORK/canary")
		for cwd in l12 l12/x l12/../y; do
			run -0 --separate-stderr step_with "$1" "$2" "--rootfs=\"\$WORK/rootfs\" -w /$cwd" '' true
		done
		run -125 --separate-stderr step_with "$1" "$2" '--rootfs="$WORK/rootfs" -w /l45' '' true
		complains 'workdir: /l45: '
		assert_equal "$(picture "$WORK/canary")" "$before"
		rm -rf "$WORK/rootfs/var/tmp"/*
	}
	each check
}

# ---- what was written down ---------------------------------------------------------

@test "a record of targets that names others is not believed (CVE-2025-0750, CVE-2024-23652)" {
	run_root=$WORK/run
	step_lines() {
		for path in /../../../../../../../../"$WORK/canary/empty" "$WORK/canary/empty" / .. /link/empty; do
			printf '{"target":"%s"}\n' "$path"
		done
	}
	ln -s "$WORK/canary" "$WORK/rootfs/link"
	before=$(picture "$WORK/canary")
	export OCIRUN=--run-root=$run_root
	mkfifo "$WORK/go"
	step root runc '-v $WORK/src:/new/target -v $WORK:/work' sh -c 'echo up >/work/up; cat /work/go' >/dev/null 2>"$WORK/said" 3>&- &
	await [ -e "$WORK/up" ]
	journal=$(grep -rl '"target"' "$run_root" | head -n 1)
	[ -n "$journal" ]
	step_lines >>"$journal"
	echo >"$WORK/go"
	wait $!
	assert_equal "$(picture "$WORK/canary")" "$before"
	[ ! -e "$WORK/rootfs/new" ]
	[ -L "$WORK/rootfs/link" ]
}
