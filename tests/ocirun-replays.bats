#!/usr/bin/env bats
# What went wrong in other tools, done again here: a canary beside the root must stay untouched.
# shellcheck disable=SC2030,SC2031 # $runtime is each test's own
load lib
load steps

prepare() {
	make_work
	mkdir -p "$WORK/canary/b" "$WORK/src/sub" "$WORK/stage/rootdir"
	echo canary >"$WORK/canary/file"
	: >"$WORK/canary/empty"
	echo old >"$WORK/src/file"
}

# in_dir WHO RUNTIME WORKDIR COMMAND...
in_dir() {
	local who=$1 runtime=$2 dir=$3
	shift 3
	step_with "$who" "$runtime" "--rootfs=\"\$WORK/rootfs\" --workdir='$dir'" '' "$@"
}

# untouched COMMAND... - the canary is after it what it was before
untouched() {
	local before
	before=$(picture "$WORK/canary")
	"$@"
	assert_equal "$(picture "$WORK/canary")" "$before"
}

# ---- sources -----------------------------------------------------------------

@test "a link in a stage to the host's root shows the stage (CVE-2024-1753)" {
	ln -s / "$WORK/stage/out"
	ln -s "$WORK/canary" "$WORK/stage/absolute"
	ln -s ../canary "$WORK/stage/up"
	check() {
		run -0 --separate-stderr step "$1" "$2" \
			'--build-context=s=$WORK/stage --mount=type=bind,from=s,src=/out/rootdir,target=/m,rw' touch /m/BREAKOUT
		[ ! -e "$WORK/stage/rootdir/BREAKOUT" ]
		[ ! -e /BREAKOUT ]
		for link in absolute up/file up absolute/b; do
			untouched run --separate-stderr step "$1" "$2" \
				"--build-context=s=\$WORK/stage --mount=type=bind,from=s,src=$link,target=/m,rw" \
				sh -c 'cat /m /m/file'
			[ "$status" -ne 0 ]
			refute_output --partial canary
		done
	}
	each check
}

@test "a source below a link of a mount's own source is not the host's (CVE-2017-1002101, CVE-2021-25741)" {
	ln -s /etc/shadow "$WORK/stage/secret"
	check() {
		run -125 --separate-stderr step "$1" "$2" \
			'--build-context=s=$WORK/stage --mount=type=bind,from=s,src=secret,target=/m' cat /m
		complains "secret: cannot be mounted at /m"
	}
	each check
}

@test "the writes of a context's bind go nowhere (CVE-2025-4953)" {
	check() {
		before=$(picture "$WORK/src")
		run -0 --separate-stderr step "$1" "$2" \
			'--build-context=s=$WORK/src --mount=type=bind,from=s,target=/m,rw' \
			sh -c 'echo x >/m/new; echo y >/m/file; cat /m/file'
		assert_output y
		assert_equal "$(picture "$WORK/src")" "$before"
	}
	each check
}

@test "the runtime is given no path that others can change (CVE-2024-11218, CVE-2024-42472)" {
	run -0 bash -c 'ocigen --rootfs="$WORK/rootfs" -- true | mounts-apply -v "$WORK/src:/src" -v "$WORK/src:/o:O" |
		ocirun --dry-run --compact'
	run -0 jq -r '.config | .root.path, (.mounts[] | select(.destination == "/src").source),
		(.mounts[] | select(.destination == "/o").options[] | select(startswith("lowerdir=")))' <<<"$output"
	assert_line --index 0 /run/ocipipe/rootfs
	assert_line --index 1 --regexp '^/run/ocipipe/source-[0-9]+$'
	assert_line --index 2 --regexp '^lowerdir=/run/ocipipe/source-[0-9]+$'
}

# ---- the working directory ---------------------------------------------------

@test "a working directory through links is made inside, or is an error (CVE-2026-55686)" {
	ln -s "$WORK/canary/new" "$WORK/rootfs/absolute"
	ln -s ../../../../../../../../"$WORK/canary/new" "$WORK/rootfs/up"
	ln -s loop "$WORK/rootfs/loop"
	ln -s bin/busybox "$WORK/rootfs/file"
	check() {
		for dir in /absolute /absolute/x /up /up/x; do
			untouched run -0 --separate-stderr in_dir "$1" "$2" "$dir" pwd -P
			assert_output --partial "$WORK/canary/new"
			[ -d "$WORK/rootfs/$WORK/canary/new" ]
		done
		for dir in /loop /loop/x /file /file/x; do
			untouched run -125 --separate-stderr in_dir "$1" "$2" "$dir" true
			complains "workdir: "
		done
		rm -rf "$WORK/rootfs/var/tmp"/*
	}
	each check
}

@test "nothing that existed gets another owner or mode (CVE-2026-55686)" {
	mkdir -p "$WORK/rootfs/was"
	check() {
		chown 12:34 "$WORK/rootfs/was"
		chmod 2750 "$WORK/rootfs/was"
		[ "$1" != user ] || chown "$TEST_USER:" "$WORK/rootfs/was"
		before=$(stat -c '%u %g %a' "$WORK/rootfs/was")
		run --separate-stderr in_dir "$1" "$2" /was/new/er stat -c '%u %a' /was/new
		assert_equal "$(stat -c '%u %g %a' "$WORK/rootfs/was")" "$before"
		rm -rf "$WORK/rootfs/was/new"
	}
	each check
}

# ---- targets -----------------------------------------------------------------

@test "targets of every kind through links stay inside (CVE-2024-45310, CVE-2026-41568, CVE-2026-42306, CVE-2026-87766)" {
	ln -s "$WORK/canary" "$WORK/rootfs/c"
	ln -s "../../../../../../../../$WORK/canary" "$WORK/rootfs/u"
	mkdir "$WORK/rootfs/d"
	ln -s /c/new "$WORK/rootfs/d/chain"
	check() {
		for target in /c/dir/x /u/dir/x /d/chain/x; do
			for source in src src/file; do
				untouched run -0 --separate-stderr step "$1" "$2" "-v \$WORK/$source:$target" true
				silent
			done
		done
		run find "$WORK/rootfs" -name canary -o -path "$WORK/rootfs/c/*"
		refute_output
	}
	each check
}

@test "generated files over names that lead elsewhere (CVE-2025-24965, CVE-2019-18837, CVE-2024-5154)" {
	check() {
		for name in etc/hosts etc/resolv.conf etc/hostname run/.containerenv; do
			for kind in link dangling hard; do
				rm -f "$WORK/rootfs/$name"
				case $kind in
				link) ln -s "$WORK/canary/file" "$WORK/rootfs/$name" ;;
				dangling) ln -s "$WORK/canary/none" "$WORK/rootfs/$name" ;;
				hard) ln "$WORK/rootfs/etc/passwd" "$WORK/rootfs/$name" ;;
				esac
				before=$(cat "$WORK/rootfs/etc/passwd")
				untouched run -0 --separate-stderr step "$1" "$2" '' true
				silent
				assert_equal "$(cat "$WORK/rootfs/etc/passwd")" "$before"
			done
			rm -f "$WORK/rootfs/$name"
			mkdir "$WORK/rootfs/$name"
			untouched run -125 --separate-stderr step "$1" "$2" '' true
			rmdir "$WORK/rootfs/$name"
		done
	}
	check root runc
	check root crun
	check mapped runc
	chown -hR "$TEST_USER:" "$WORK"
	check user runc
	check user crun
}

@test "mount points of the kernel's that are links are refused (CVE-2026-41579, CVE-2026-47766, CVE-2019-19921)" {
	mkdir "$WORK/outside"
	: >"$WORK/outside/ptmx"
	check() {
		for link in dev proc sys; do
			rmdir "$WORK/rootfs/$link"
			for to in "$WORK/outside" ../../outside /tmp; do
				ln -s "$to" "$WORK/rootfs/$link"
				untouched run -125 --separate-stderr step "$1" "$2" '' true
				complains "/$link of the root filesystem is not a directory"
				rm "$WORK/rootfs/$link"
			done
			mkdir "$WORK/rootfs/$link"
			assert_equal "$(ls -A "$WORK/outside")" ptmx
		done
	}
	each check
}

@test "below /dev links of the root filesystem are hidden (CVE-2025-52565, CVE-2025-31133)" {
	mkdir -p "$WORK/rootfs/dev"
	for name in pts shm mqueue null console; do
		ln -s "$WORK/canary" "$WORK/rootfs/dev/$name"
	done
	check() {
		untouched run -0 --separate-stderr step "$1" "$2" '' \
			sh -c 'echo x >/dev/null; stat -f -c %T /dev/pts; echo x >/dev/shm/x; stat -c %t:%T /dev/null'
		assert_output $'devpts\n1:3'
	}
	each check
}

@test "a mount over /proc or in it that is not the kernel's is refused (CVE-2019-16884)" {
	check() {
		for target in /proc/self/attr /proc/sys; do
			run --separate-stderr step "$1" "$2" "-v \$WORK/src:$target" true
			[ "$status" -eq 125 ] || fail "$target: $status"
		done
	}
	check root runc
	check root crun
}

@test "U follows no link and crosses no mount (CVE-2026-55686)" {
	need_root
	ln -s "$WORK/canary" "$WORK/src/out"
	ln -s ../../canary/file "$WORK/src/sub/out"
	mkdir "$WORK/src/mounted"
	check() {
		untouched run -0 --separate-stderr step "$1" "$2" '-v $WORK/src:/src:U' true
		silent
	}
	each check
}

# ---- twins: what such links and targets are for must work ----------------------

@test "/var/run -> /run, dangling links and .. in targets work" {
	rm -rf "$WORK/rootfs/run"
	mkdir "$WORK/rootfs/run"
	ln -s /run "$WORK/rootfs/var/run"
	ln -s foo/bar "$WORK/rootfs/tmp/link"
	check() {
		run -0 --separate-stderr step "$1" "$2" '-v $WORK/src:/var/run/src -v $WORK/src:/tmp/link' \
			cat /run/src/file /tmp/foo/bar/file
		assert_output $'old\nold'
		silent
		run find "$WORK/rootfs/run" "$WORK/rootfs/tmp/foo" -mindepth 1
		refute_line --regexp '^/'
		run -0 --separate-stderr step "$1" "$2" '-v $WORK/src:/a/b/../c' cat /a/c/file
		assert_output old
	}
	each check
}

@test "a set-gid parent hands its group and its bit to what is made in it" {
	mkdir "$WORK/rootfs/team"
	check() {
		chown 0:50 "$WORK/rootfs/team"
		[ "$1" != user ] || chown "$TEST_USER:" "$WORK/rootfs/team"
		chmod 2775 "$WORK/rootfs/team"
		run -0 --separate-stderr in_dir "$1" "$2" /team/new true
		assert_equal "$(stat -c '%a %g' "$WORK/rootfs/team/new")" "2755 $(stat -c %g "$WORK/rootfs/team")"
		rm -rf "$WORK/rootfs/team/new"
	}
	each check
}

@test "a tmpfs has the mode that was asked for; under runc 1.1 that of what it covers" {
	mkdir "$WORK/rootfs/covered"
	chmod 710 "$WORK/rootfs/covered"
	check() {
		run -0 --separate-stderr step "$1" "$2" '--tmpfs=/covered --tmpfs=/one --tmpfs=/two:mode=0700' \
			stat -c %a /covered /one /two
		if [ "$2" = runc ]; then
			assert_output $'710\n1777\n700'
		else
			assert_output $'1777\n1777\n700'
		fi
	}
	each check
}

# ---- taking back ---------------------------------------------------------------

@test "a target's parent that became a link deletes nothing outside (CVE-2024-23652)" {
	check() {
		for source in src src/file; do
			untouched run -0 --separate-stderr step "$1" "$2" "-v \$WORK/$source:/a/b" \
				sh -c 'umount /a/b 2>/dev/null; mv /a /moved; ln -s '"$WORK/canary"' /a'
			rm -rf "$WORK/rootfs/moved" "$WORK/rootfs/a"
			untouched run -0 --separate-stderr step "$1" "$2" "-v \$WORK/$source:/a/empty" \
				sh -c 'mv /a /moved; ln -s '"$WORK/canary"' /a'
			rm -rf "$WORK/rootfs/moved" "$WORK/rootfs/a"
		done
	}
	each check
}

@test "names that look like paths remove nothing (GHSA-32pv-7hq5-qhwq, CVE-2025-0750)" {
	for name in .. ../x /etc a/../.. '' . -x $'a\nb'; do
		run -125 --separate-stderr ocirun --name="$name" <<<'{}'
		run -125 --separate-stderr ocirun --clean="$WORK/canary"
		complains "$WORK/canary"
	done
	[ -f "$WORK/canary/file" ]
}

# ---- races ---------------------------------------------------------------------

# race A B COMMAND... - COMMAND, again and again, while A and B are exchanged
race() {
	local a=$1 b=$2 times=12 rounds
	shift 2
	[ -z "${TORTURE-}" ] || times=2500
	coproc ENGINE { exec "$TESTS/exchange.py" "$a" "$b" 3>&-; }
	for _ in $(seq "$times"); do
		"$@" || break
	done
	eval "exec ${ENGINE[1]}>&-"
	read -r rounds <&"${ENGINE[0]}"
	[ "$rounds" -ge 5000 ] || fail "only $rounds rounds"
}

@test "a source that is exchanged all the time is one of the two, or an error (CVE-2024-11218, CVE-2021-30465)" {
	mkdir "$WORK/stage/real"
	echo real >"$WORK/stage/real/file"
	ln -s "$WORK/canary" "$WORK/stage/link"
	once() {
		run --separate-stderr step root "$runtime" \
			'--build-context=s=$WORK/stage --mount=type=bind,from=s,src=real,target=/m,rw' \
			sh -c 'cat /m/file; echo gotcha >/m/file'
		refute_output --partial canary
		[ "$status" -eq 0 ] || [ "$status" -eq 125 ] || fail "$status: $stderr"
	}
	for runtime in runc crun; do
		untouched race "$WORK/stage/real" "$WORK/stage/link" once
	done
}

# Of the canary, all but what runc before 1.1.14 makes itself where a target is missing by
# then: an empty file or directory, wherever the path leads (CVE-2024-45310).
but_empty_targets() {
	(
		cd "$WORK/canary" || return
		find . ! -path ./f ! -path ./b/c -printf '%p %y %m %U %G %l\n' | sort
		find . -type f -size +0 -exec sha256sum {} +
		find . -mindepth 3
	)
}

@test "a target's parent that is exchanged all the time leads nowhere (CVE-2024-45310)" {
	mkdir "$WORK/rootfs/a"
	ln -s "$WORK/canary" "$WORK/rootfs/l"
	printf '#!/bin/sh\nexit 0\n' >"$WORK/nothing" # so that there is ocirun's part alone
	chmod 755 "$WORK/nothing"
	once() {
		run --separate-stderr step root "$runtime" '-v $WORK/src:/a/b/c -v $WORK/src/file:/a/f' true
	}
	for runtime in crun "$WORK/nothing"; do
		untouched race "$WORK/rootfs/a" "$WORK/rootfs/l" once
	done
	runtime=runc before=$(but_empty_targets)
	race "$WORK/rootfs/a" "$WORK/rootfs/l" once
	assert_equal "$(but_empty_targets)" "$before"
}

@test "a working directory that is exchanged all the time leads nowhere (CVE-2026-55686)" {
	mkdir "$WORK/rootfs/w"
	ln -s "$WORK/canary" "$WORK/rootfs/l"
	n=0
	once() {
		n=$((n + 1))
		run --separate-stderr in_dir root "$runtime" "/w/x$n/y" true
	}
	for runtime in runc crun; do
		untouched race "$WORK/rootfs/w" "$WORK/rootfs/l" once
	done
}
