#!/usr/bin/env bats
# A step of several mounts, one of which cannot be had: nothing of the others is left.
load lib
load steps

prepare() {
	make_work
	mkdir -p "$WORK/stage/part" "$WORK/data-root"
	echo staged >"$WORK/stage/part/file"
	export LAST=src=$WORK/none,target=/last
}

# step WHO RUNTIME COMMAND... - all kinds of mounts, and at last one of $LAST
step() {
	local who=$1 runtime=$2
	shift 2
	OCIRUN="--cache-dir=$WORK/caches-$who --data-root=$WORK/data-root" \
		step_with "$who" "$runtime" '--rootfs="$WORK/rootfs"' \
		'--build-context=s=$WORK/stage --mount=type=bind,from=s,source=part,target=/bound --mount=type=bind,from=s,source=part,target=/written,rw --mount=type=tmpfs,target=/scratch --mount=type=cache,target=/c,id=l,sharing=locked -v $WORK/stage:/over:O --mount=type=bind,$LAST' \
		"$@"
}

mounts() {
	cut -d' ' -f3- /proc/self/mountinfo | grep -F "$WORK" || true
}

@test "a mount that fails takes back what was done for those before it (B158, B169, B242)" {
	check() {
		run ls -A "$WORK/rootfs"
		there=$output
		run -125 --separate-stderr step "$1" "$2" true
		complains "source: $WORK/none: cannot be mounted at /last"
		run ls -A "$WORK/rootfs"
		assert_output "$there"
		run ls -A "$WORK/data-root"
		refute_output
		run mounts
		refute_output
		# Nobody has the lock.
		run -0 flock --nonblock "$(find "$WORK/caches-$1" -name lock)" true
		assert_equal "$(cat "$WORK/stage/part/file")" staged
		# And the same step runs when it can.
		LAST=src=$WORK/stage,target=/last run -0 --separate-stderr step "$1" "$2" \
			sh -c 'cat /bound/file /last/part/file; echo x >/written/file; cat /written/file; touch /c/x /scratch/x /over/x'
		silent
		assert_output $'staged\nstaged\nx'
		assert_equal "$(cat "$WORK/stage/part/file")" staged
	}
	each check
}

@test "a context's directory can be removed once the step is over, or has failed (B169)" {
	for last in none stage; do
		mkdir "$WORK/kept" # a file system of its own, which would be busy
		mount -t tmpfs none "$WORK/kept"
		mkdir "$WORK/kept/part"
		LAST=src=$WORK/$last,target=/last run step_with root runc '--rootfs="$WORK/rootfs"' \
			'--build-context=s=$WORK/kept --mount=from=s,source=part,target=/bound --mount=type=bind,$LAST' true
		[ "$status" -eq "$([ "$last" = none ] && echo 125 || echo 0)" ] || fail "$last: $output"
		umount "$WORK/kept"
		rmdir "$WORK/kept"
	done
}

@test "a bind mount's words come once each, and nothing twice (B166, B168)" {
	run -0 --separate-stderr mounts-apply --context="$WORK/stage" --mount=type=bind,target=/a \
		--mount=type=bind,target=/b,ro,bind-propagation=rslave --mount=type=bind,target=/c,bind-nonrecursive <<<'{}'
	holds '[.mounts[].options] == [["rbind","rprivate","ro"],["rbind","rslave","ro"],["bind","private","ro"]]'
	run -0 --separate-stderr mounts-apply --mount=type=bind,src=/x,target=/a,rw,nosuid <<<'{}'
	holds '[.mounts[].options] == [["rbind","rprivate","nosuid","rw"]]'
	for words in ro,readonly ro,rw bind-propagation=private,bind-propagation=private; do
		run --separate-stderr mounts-apply --mount=type=bind,src=/x,target=/a,"$words" <<<'{}'
		[ "$status" -eq 2 ] || fail "$words: $status"
		complains 'do not go together'
	done
	# As the kernel has it, inside.
	check() {
		run --separate-stderr step_with "$1" "$2" '--rootfs="$WORK/rootfs"' \
			'--context="$WORK/stage" --mount=type=bind,source=part,target=/a' \
			sh -c 'grep " /a " /proc/self/mountinfo; cat /a/file; echo x >/a/file'
		[ "$status" -ne 0 ] || fail 'it was written to'
		assert_line --regexp ' /a ro[ ,]'
		refute_line --regexp ' /a .* (shared|master):'
		assert_line staged
	}
	each check
}
