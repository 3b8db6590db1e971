#!/usr/bin/env bats
# Many runs, one after the other and at once: everything is as it was.
load lib
load steps

prepare() {
	make_work
	mkdir "$WORK/src" "$WORK/deep" "$WORK/data"
	echo old >"$WORK/src/file"
	cat >"$WORK/one" <<-'END'
		#!/bin/sh
		exec ocirun --name="$MANY-$$" --run-root="$WORK/run" --data-root="$WORK/data" "$WORK/doc.json"
	END
	chmod +x "$WORK/one"
	export MANY=many-$BATS_ROOT_PID-$BATS_TEST_NUMBER
	ocigen --rootfs="$WORK/rootfs" -w /made -- cat /src/file |
		mounts-apply -v "$WORK/src:/src" -v "$WORK/deep:/src/below" -v "$WORK/src:/o:O" -v "$WORK/src:/u:U" \
			--tmpfs=/t >"$WORK/doc.json"
}

# What a run could leave: mounts, files, locks (which are files), cgroups, states of the runtime's.
state() {
	cut -d' ' -f5- /proc/self/mountinfo
	find "$WORK" ! -path "$WORK/said*" -printf '%p %y %m %U\n' | sort
	find /sys/fs/cgroup -maxdepth 3 -name "*$MANY*"
	find /run/runc /run/crun -mindepth 1 -maxdepth 1 -name "$MANY*" 2>/dev/null
}

as_before() {
	local changed
	changed=$(diff <(echo "$1") <(state)) || fail "$changed"
}

@test "a thousand runs in a row leave mounts, files, locks and cgroups as they were (R35)" {
	times=40
	[ -z "${TORTURE-}" ] || times=1000
	for runtime in runc crun; do
		run -0 on "$runtime" "$WORK/one" # makes the working directory
		before=$(state)
		for _ in $(seq "$times"); do
			run -0 --separate-stderr on "$runtime" "$WORK/one"
			assert_output old
			silent
		done
		as_before "$before"
	done
}

@test "sixteen at once do not get into each other's way (R35)" {
	rounds=2
	[ -z "${TORTURE-}" ] || rounds=60
	for runtime in runc crun; do
		run -0 on "$runtime" "$WORK/one"
		before=$(state)
		for _ in $(seq "$rounds"); do
			pids=()
			for n in {1..16}; do
				on "$runtime" "$WORK/one" >"$WORK/said$n" 2>&1 &
				pids+=($!)
			done
			for n in {1..16}; do
				wait "${pids[n - 1]}" || fail "$(cat "$WORK/said$n")"
				assert_equal "$(cat "$WORK/said$n")" old
			done
		done
		as_before "$before"
	done
}
