#!/usr/bin/env bats
# --prepare-only: a bundle that any runtime can run.
load lib

prepare() {
	need_root
	need_user
	WORK=$(mktemp -d "$USER_DIR/work.XXXXXX")
	make_rootfs "$WORK/rootfs"
	mkdir -p "$WORK/src" "$WORK/bundle"
	echo old >"$WORK/src/file"
	cat >"$WORK/make" <<-'END'
		#!/bin/sh
		# make 'OPTIONS OF OCIGEN' 'OF IDMAP-APPLY' 'OF MOUNTS-APPLY' COMMAND...
		gen=$1 maps=$2 mounts=$3
		shift 3
		eval ocigen --rootfs="\${ROOTFS:-$WORK/rootfs}" $gen -- '"$@"' | idmap-apply $maps |
			eval mounts-apply $mounts | ocirun --bundle="$WORK/bundle" --prepare-only
	END
	chmod +x "$WORK/make"
	export WORK
}

teardown() {
	[ -z "${WORK-}" ] || rm -rf "$WORK"
}

# bare RUNTIME BUNDLE - run it without us
bare() {
	local name="bare-$$-$BATS_TEST_NUMBER-$1"
	case $1 in
	runc) runc run -b "$2" "$name" ;;
	crun) crun_host crun run -b "$2" "$name" ;;
	esac
}

@test "binds, a tmpfs and generated files run under a bare runtime, again after a move" {
	run -0 --separate-stderr "$WORK/make" '-w /made/it' '' \
		'-v $WORK/src:/src --tmpfs=/t --add-host=box:10.0.0.7' \
		sh -c 'pwd; cat /src/file; grep -c box /etc/hosts; hostname; cat /etc/hostname; stat -f -c %T /t'
	refute_output
	silent
	for runtime in runc crun; do
		run -0 --separate-stderr bare "$runtime" "$WORK/bundle"
		assert_line --index 0 /made/it
		assert_line --index 1 old
		assert_line --index 2 1
		[ "${lines[3]}" = "${lines[4]}" ]
		assert_line --index 5 tmpfs
		mv "$WORK/bundle" "$WORK/moved"
		run -0 --separate-stderr bare "$runtime" "$WORK/moved"
		assert_line --index 1 old
		mv "$WORK/moved" "$WORK/bundle"
	done
	run find "$WORK/bundle" -mindepth 1 -printf '%P %m\n'
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n' '.ocirun 600' 'config.json 600' 'files 711' \
		'files/containerenv 755' 'files/hostname 644' 'files/hosts 644' 'files/resolv.conf 644')"
	run jq -e 'has("ocipipe") | not' "$WORK/bundle/config.json"
	assert_success
}

@test "a root file system and sources in the bundle move with it" {
	mv "$WORK/rootfs" "$WORK/src" "$WORK/bundle"
	ROOTFS=$WORK/bundle/rootfs run -0 --separate-stderr "$WORK/make" '' '' \
		'-v $WORK/bundle/src:/src' cat /src/file
	mv "$WORK/bundle" "$WORK/moved"
	for runtime in runc crun; do
		run -0 --separate-stderr bare "$runtime" "$WORK/moved"
		assert_output old
	done
}

@test "an overlay runs where it was made" {
	run -0 --separate-stderr "$WORK/make" '' '' '-v $WORK/src:/src:O' \
		sh -c 'cat /src/file; echo new >/src/file'
	for runtime in runc crun; do
		run -0 --separate-stderr bare "$runtime" "$WORK/bundle"
	done
	assert_output new
	assert_equal "$(cat "$WORK/src/file")" old
}

@test "with a user namespace the files are the container root's" {
	chown -R 100000:100000 "$WORK/rootfs" "$WORK/src"
	chmod 711 "$WORK"
	run -0 --separate-stderr "$WORK/make" '' '--uidmap=0:100000:65536 --gidmap=0:100000:65536' \
		'-v $WORK/src:/src' sh -c 'stat -c %u:%g /etc/hosts /src/file; cat /proc/self/uid_map'
	run -0 --separate-stderr bare runc "$WORK/bundle"
	assert_line --index 0 0:0
	assert_line --index 1 0:0
	assert_line --index 2 --regexp '^ +0 +100000 +65536$'
}

@test "an ordinary user's bundle keeps its user namespace" {
	chown -R "$TEST_USER:" "$WORK"
	# An ordinary user's runc refuses additional groups.
	run -0 --separate-stderr as_user "$WORK/make" --unset=/process/user/additionalGids \
		--rootless '-v $WORK/src:/src' \
		sh -c 'id -u; stat -c %u /etc/hosts /src/file'
	for runtime in runc crun; do
		run -0 --separate-stderr on_as_user "$runtime" sh -c \
			"exec $runtime --root=\$HOME/state run -b \"\$WORK/bundle\" user-$$-$runtime"
		assert_output $'0\n0\n0'
	done
	rm -rf "$USER_DIR/state"
}

@test "what needs an ocirun that lives is refused, with the step's name, and nothing is made" {
	mkdir "$WORK/context"
	while IFS='|' read -r gen maps mounts step; do
		run -125 --separate-stderr "$WORK/make" "$gen" "$maps" "$mounts" true
		complains "$step"
		complains 'run it without --prepare-only'
		run ls -A "$WORK/bundle"
		refute_output
	done <<-'END'
		--layer=$WORK/layer|||rootfs: an overlay of the root file system
		--read-only|--uidmap=0:100000:65536 --gidmap=0:100000:65536||rootfs: an idmapped root file system
		||--context=$WORK/context --mount=type=bind,from=c,target=/c --build-context=c=$WORK/context|source: a source that is pinned
		|--uidmap=0:100000:65536 --gidmap=0:100000:65536|-v $WORK/src:/src:idmap|idmap: an idmapped source
	END
}

@test "what ocirun made is made again; what somebody else wrote is not replaced" {
	run -0 --separate-stderr "$WORK/make" '' '' '-v $WORK/src:/src:O' true
	run -0 --separate-stderr "$WORK/make" '' '' '' echo again
	run ls -A "$WORK/bundle"
	assert_output $'.ocirun\nconfig.json\nfiles'
	run -0 bare runc "$WORK/bundle"
	assert_output again
	sed -i 's/again/edited/' "$WORK/bundle/config.json"
	run -125 --separate-stderr "$WORK/make" '' '' '' true
	complains 'config.json: is there already, and not as ocirun made it'
	run -0 bare runc "$WORK/bundle"
	assert_output edited
	rm -r "$WORK/bundle/.ocirun" "$WORK/bundle/config.json"
	echo mine >"$WORK/bundle/files/hosts"
	run -125 --separate-stderr "$WORK/make" '' '' '' true
	complains 'files: is there already, and not as ocirun made it'
	assert_equal "$(cat "$WORK/bundle/files/hosts")" mine
}

@test "a record that names other files removes none of them" {
	echo '{"config":"x","made":["../src","/etc","overlay-x","keep",7]}' >"$WORK/bundle/.ocirun"
	mkdir "$WORK/bundle/keep" "$WORK/bundle/overlay-x"
	run -0 --separate-stderr "$WORK/make" '' '' '' true
	[ -d "$WORK/bundle/keep" ] && [ -d "$WORK/bundle/overlay-x" ] && [ -f "$WORK/src/file" ]
}

@test "--prepare-only needs a directory that is there" {
	run -125 --separate-stderr ocirun --prepare-only <<<'{}'
	complains '--prepare-only: needs --bundle'
	rmdir "$WORK/bundle"
	run -125 --separate-stderr "$WORK/make" '' '' '' true
	complains 'bundle: cannot open the bundle: No such file or directory'
}
