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

# Another run's last steps, at the worst times: it removes the run root as soon as it is made,
# and makes a new one just before ours is locked to be removed.
meddle() {
	cat >meddle.c <<-'END'
		#include <dlfcn.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/stat.h>
		#include <unistd.h>

		int mkdir(const char *path, mode_t mode)
		{
			static int times;
			int (*real)(const char *, mode_t) = dlsym(RTLD_NEXT, "mkdir");
			int ret = real(path, mode);

			if (strcmp(path, getenv("RUN_ROOT")) == 0 && times++ < 3)
				rmdir(path);
			return ret;
		}

		int flock(int fd, int how)
		{
			int (*real)(int, int) = dlsym(RTLD_NEXT, "flock");
			int (*make)(const char *, mode_t) = dlsym(RTLD_NEXT, "mkdir");
			const char *root = getenv("RUN_ROOT");
			struct stat is, ours;

			if (access(getenv("RAN"), F_OK) == 0 && stat(root, &is) == 0 && fstat(fd, &ours) == 0 &&
			    is.st_ino == ours.st_ino && rmdir(root) == 0)
				make(root, 0700);
			return real(fd, how);
		}
	END
	${CC:-cc} -D_GNU_SOURCE -shared -fPIC -o meddle.so meddle.c
	export RUN_ROOT=$WORK/run RAN=$WORK/rootfs/ran
}

@test "a run root that others remove is made again, and theirs is left to them (R35)" {
	meddle
	chmod 777 "$WORK/rootfs"
	for runtime in runc crun; do
		rm -f "$RAN"
		run -0 --separate-stderr on "$runtime" sh -c \
			'ocigen --rootfs="$WORK/rootfs" -- touch /ran | LD_PRELOAD=$PWD/meddle.so ocirun --run-root="$RUN_ROOT"'
		silent
		[ -d "$RUN_ROOT" ] || fail 'another run loses the run root that it has just made'
		rmdir "$RUN_ROOT"
	done
}
