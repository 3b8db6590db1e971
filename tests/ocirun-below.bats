#!/usr/bin/env bats
# Mount targets in what another mount shows: made beneath its source, and removed again.
load lib
load steps

prepare() {
	make_work
	mkdir -p "$WORK/src" "$WORK/deep/there" "$WORK/outside"
	echo inner >"$WORK/deep/file"
}

@test "a target below another mount is made in its source, and removed again" {
	check() {
		run -0 --separate-stderr step "$1" "$2" \
			'-v $WORK/src:/src -v $WORK/deep:/src/a/b -v $WORK/deep/file:/src/a/c' \
			sh -c 'cat /src/a/b/file /src/a/c; stat -c "%u %a" /src/a'
		assert_output $'inner\ninner\n0 755'
		silent
		run find "$WORK/src" -mindepth 1
		assert_output ''
		run find "$WORK/rootfs/src"
		assert_failure
	}
	each check
}

@test "what the command put into a target that was made stays, and so does what was there" {
	check() {
		rm -rf "$WORK/src/a"
		mkdir "$WORK/src/was"
		[ "$1" != user ] || chown "$TEST_USER:" "$WORK/src/was"
		run -0 --separate-stderr step "$1" "$2" \
			'-v $WORK/src:/src:U -v $WORK/deep:/src/a/b -v $WORK/deep:/src/was' \
			sh -c 'echo mine >/src/a/mine'
		silent
		run find "$WORK/src" -mindepth 1 -printf '%P\n'
		assert_equal "$(sort <<<"$output")" $'a\na/mine\nwas'
		rm -rf "$WORK/src/was"
	}
	each check
}

@test "below a read-only mount a target must be there" {
	check() {
		run -125 --separate-stderr step "$1" "$2" \
			'-v $WORK/src:/src:ro -v $WORK/deep:/src/new' true
		complains "target: /src/new: is missing in $WORK/src, which is mounted read-only"
		complains 'mount /src writable'
		run find "$WORK/src" -mindepth 1
		assert_output ''
		run -0 --separate-stderr step "$1" "$2" \
			'-v $WORK/deep:/deep:ro -v $WORK/src:/deep/there' ls -A /deep/there
		silent
	}
	each check
}

@test "a link in a source leads to no target outside of it (CVE-2024-23652)" {
	ln -s "$WORK/outside" "$WORK/src/absolute"
	ln -s ../outside "$WORK/src/up"
	ln -s a/../there "$WORK/src/inside"
	mkdir "$WORK/src/a"
	check() {
		for link in absolute up; do
			run -125 --separate-stderr step "$1" "$2" \
				"-v \$WORK/src:/src -v \$WORK/deep:/src/$link/x" true
			complains "target: /src/$link/x: a link leads out of $WORK/src"
			run find "$WORK/outside" "$WORK/rootfs/outside" -mindepth 1
			assert_output --partial 'No such file'
			refute_line --regexp '^/'
		done
	}
	each check
}

@test "in a file system of the container's own the runtime makes it" {
	check() {
		run -0 --separate-stderr step "$1" "$2" \
			'--tmpfs=/t -v $WORK/deep:/t/x -v $WORK/src:/o:O -v $WORK/deep:/o/x' \
			cat /t/x/file /o/x/file
		assert_output $'inner\ninner'
		silent
		run find "$WORK/src" "$WORK/rootfs/t" "$WORK/rootfs/o" -mindepth 1
		refute_line --regexp '^/'
	}
	each check
}

@test "the last mount made on a path is the one that a target lies in" {
	check() {
		run -0 --separate-stderr step "$1" "$2" \
			'-v $WORK/src:/m -v $WORK/src:/m/x/y -v $WORK/outside:/m/x/y/z -v $WORK/deep:/m/x/y/z/q' \
			cat /m/x/y/z/q/file
		assert_output inner
		silent
		run find "$WORK/src" "$WORK/outside" -mindepth 1
		assert_output ''
	}
	each check
}

@test "a run that ends leaves the targets that another one uses" {
	mkfifo "$WORK/go"
	step root runc '-v $WORK/src:/src -v $WORK/deep:/src/x -v $WORK:/work' \
		sh -c 'echo up >/work/up; cat /work/go; cat /src/x/file' >first 3>&- &
	first=$!
	await [ -e "$WORK/up" ]
	run -0 --separate-stderr step root runc '-v $WORK/src:/src -v $WORK/deep:/src/x' cat /src/x/file
	assert_output inner
	[ -d "$WORK/src/x" ]
	echo >"$WORK/go"
	wait "$first"
	[[ $(cat first) == *inner* ]]
	[ ! -e "$WORK/src/x" ]
}

@test "what was made below is removed also if ocirun is killed" {
	for victim in supervisor worker both; do
		rm -f "$WORK/up"
		step root runc '-v $WORK/src:/src -v $WORK/deep:/src/x -v $WORK:/work' \
			sh -c 'echo up >/work/up; exec sleep 100' >/dev/null 2>&1 3>&- &
		await [ -e "$WORK/up" ]
		[ -d "$WORK/src/x" ]
		supervisor=$(pgrep -P $! -x ocirun || pgrep -x -f "ocirun" -P "$(pgrep -P $!)")
		worker=$(pgrep -P "$supervisor" -x ocirun)
		case $victim in
		supervisor) kill -KILL "$supervisor" ;;
		worker) kill -KILL "$worker" ;;
		both) kill -KILL "$supervisor" "$worker" ;;
		esac
		wait $! || true
		[ "$victim" != both ] || ocirun --clean
		await [ ! -e "$WORK/src/x" ]
	done
}
