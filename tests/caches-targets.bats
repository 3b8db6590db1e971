#!/usr/bin/env bats
# What is made for a cache to be mounted on, and what a run leaves of it.
load lib
load steps

prepare() {
	make_work
	export OCIPIPE_CACHE_DIR=$WORK/caches
}

@test "the missing target of a cache goes with the run, one that was there stays (B157, B201, B202, B203)" {
	check() {
		mkdir -p "$WORK/rootfs/var/there"
		run -0 --separate-stderr step_with "$1" "$2" '--rootfs="$WORK/rootfs"' \
			'--mount=type=cache,target=/var/new/deep --mount=type=cache,target=/var/there --mount=type=cache,target=/developer/x' \
			touch /var/new/deep/file /var/there/file /developer/x/file
		silent
		[ ! -e "$WORK/rootfs/var/new" ]
		[ ! -e "$WORK/rootfs/developer" ] # no part of it is /dev
		assert_equal "$(ls -A "$WORK/rootfs/var/there")" ''
		rm -rf "$WORK/caches"
	}
	each check
}

@test "of words that exclude each other a cache takes one (B199, B200)" {
	for words in ro,rw rw,rw private,shared bind-propagation=slave,shared z,Z; do
		run -2 --separate-stderr mounts-apply "--mount=type=cache,target=/c,$words" <<<'{}'
		complains 'do not go together'
		assert_output ''
	done
	run -2 --separate-stderr mounts-apply --mount=type=cache,id=x <<<'{}'
	complains 'has no target'
}
