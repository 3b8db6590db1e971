#!/usr/bin/env bats
# Kinds of mounts and their options, from inside: root, a user namespace over host root's files, a user.
load lib
load steps

prepare() {
	make_work
	mkdir -p "$WORK/src/sub" "$WORK/other"
	echo old >"$WORK/src/file"
	echo inner >"$WORK/other/inner"
	chmod 750 "$WORK/src/sub"
}

@test "a mount of type overlay takes the writes, with directories of its own too (B140, B141, B144)" {
	check() {
		before=$(picture "$WORK/src")
		run -0 --separate-stderr step "$1" "$2" '--mount=type=overlay,src=$WORK/src,dst=/o' \
			sh -c 'stat -c "%u:%g %a" /o/sub /o/file; echo new >/o/file; echo x >/o/sub/x; cat /o/file; grep -c " /o .* - overlay " /proc/self/mountinfo'
		assert_output $'0:0 750\n0:0 644\nnew\n1'
		silent
		run -1 --separate-stderr step "$1" "$2" '--mount=type=overlay,src=$WORK/src,dst=/o,ro' sh -c 'echo new >/o/file'
		complains 'Read-only file system'
		assert_equal "$(picture "$WORK/src")" "$before"
	}
	each check
}

@test "what is mounted below a source is seen, unless bind-nonrecursive says so (B134, B162)" {
	in_both() {
		# shellcheck disable=SC2016 # for the other shell
		below() {
			run -0 --separate-stderr on "$runtime" unshare --mount --propagation private sh -c \
				'mount --bind "$WORK/other" "$WORK/src/sub" && exec "$WORK/step" "$@"' sh \
				'--rootfs="$WORK/rootfs"' '' "$1" ls -A /m/sub
			silent
		}
		below '-v $WORK/src:/m'
		assert_output inner
		below '--mount=type=bind,src=$WORK/src,dst=/m'
		assert_output inner
		below '--mount=type=bind,src=$WORK/src,dst=/m,bind-nonrecursive'
		assert_output ''
		below '-v $WORK/src:/m:bind'
		assert_output ''
	}
	for runtime in runc crun; do
		in_both
	done
}

@test "a bind of --mount is writable if it says so, and nothing of its options is lost (B161, B162, B163, B165)" {
	check() {
		chmod 777 "$WORK/src"
		for words in rw readonly=false ro=false; do
			run -0 --separate-stderr step "$1" "$2" "--mount=type=bind,src=\$WORK/src,dst=/m,$words" \
				sh -c 'echo x >/m/made; grep " /m " /proc/self/mountinfo'
			assert_output --regexp ' /m rw'
			rm "$WORK/src/made"
		done
		for words in ro readonly readonly=true relabel=shared,ro relabel=private,ro consistency=cached,ro; do
			run -1 --separate-stderr step "$1" "$2" "--mount=type=bind,src=\$WORK/src,dst=/m,$words" sh -c 'echo x >/m/made'
			complains 'Read-only file system'
		done
	}
	each check
}

@test "chown gives a bind's files to the process's user, in a user namespace as its host id (B134)" {
	check() {
		run -0 --separate-stderr step_with "$1" "$2" '--rootfs="$WORK/rootfs" -u 1000:1000' '--mount=type=bind,src=$WORK/src,dst=/m,rw,chown=true' \
			sh -c 'stat -c %u:%g /m /m/file /m/sub; echo mine >/m/sub/made; ls /m/sub'
		assert_output $'1000:1000\n1000:1000\n1000:1000\nmade'
		silent
		case $1 in
		root) assert_equal "$(stat -c %u "$WORK/src/sub/made")" 1000 ;;
		mapped) assert_equal "$(stat -c %u "$WORK/src/sub/made")" 101000 ;;
		user) [ "$(stat -c %u "$WORK/src/sub/made")" -ge 65536 ] ;;
		esac
		rm "$WORK/src/sub/made"
	}
	each check
}

@test "a tmpfs is empty and of its size and mode, or begins as what it covers (B170, B171)" {
	mkdir "$WORK/rootfs/covered"
	echo below >"$WORK/rootfs/covered/file"
	check() {
		run -0 --separate-stderr step "$1" "$2" '--tmpfs=/covered:size=128k,mode=0750 --mount=type=tmpfs,dst=/t,tmpfs-size=256k' \
			sh -c 'ls -A /covered; stat -f -c "%T %b %s" /t; echo x >/covered/x; dd if=/dev/zero of=/t/big bs=1k count=512 2>&1 | grep -o "No space left.*"'
		assert_line --index 0 'tmpfs 64 4096'
		assert_line --index 1 'No space left on device'
		silent
		run -0 --separate-stderr step "$1" "$2" '--mount=type=tmpfs,dst=/covered,tmpcopyup' sh -c 'cat /covered/file; echo new >/covered/file'
		assert_output below
		assert_equal "$(cat "$WORK/rootfs/covered/file")" below
		assert_equal "$(ls -A "$WORK/rootfs/covered")" file
		[ ! -e "$WORK/rootfs/t" ]
	}
	each check
}

@test "/dev/shm has the size that was asked for, /sys/fs/cgroup can be written only if so asked (B117, B123)" {
	check() {
		run -0 --separate-stderr step "$1" "$2" '--shm-size=1m' \
			sh -c 'stat -f -c %b /dev/shm; awk "\$5 ~ \"^/sys/fs/cgroup/\" && \$6 ~ /^rw/" /proc/self/mountinfo; mkdir /sys/fs/cgroup/pids/mine 2>/dev/null || echo refused'
		assert_output $'256\nrefused'
	}
	each check
	for runtime in runc crun; do
		run -0 --separate-stderr step root "$runtime" --cgroup-rw sh -c 'mkdir /sys/fs/cgroup/pids/mine && rmdir /sys/fs/cgroup/pids/mine'
	done
}

@test "paths are masked, unmasked and read-only inside (B106, B107)" {
	mkdir "$WORK/rootfs/hidden"
	echo secret | tee "$WORK/rootfs/hidden/file" >"$WORK/rootfs/etc/secret"
	check() {
		run -0 --separate-stderr step "$1" "$2" '--mask=/hidden --mask=/etc/secret --readonly-path=/home' \
			sh -c 'ls -A /hidden; cat /etc/secret; echo x >/home/x || echo refused; ls -A /proc/acpi /sys/firmware 2>/dev/null; cat /proc/keys /proc/timer_list; echo x >/proc/sys/kernel/domainname || echo refused'
		assert_output --partial refused
		refute_output --partial secret
		[ ! -e "$WORK/rootfs/home/x" ]
		run -0 --separate-stderr step "$1" "$2" '--unmask=/sys/firmware' sh -c 'ls -A /sys/firmware | wc -l'
		refute_output 0
	}
	each check
}

@test "a link of the root's where masks come from changes nothing of the host's (CVE-2025-31133)" {
	mkdir "$WORK/dev"
	ln -s /proc/sys/kernel/core_pattern "$WORK/dev/null"
	before=$(cat /proc/sys/kernel/core_pattern)
	for runtime in runc crun; do
		run --separate-stderr step root "$runtime" '-v $WORK/dev:/dev' \
			sh -c 'for f in /proc/timer_list /proc/keys /dev/null /proc/sys/kernel/core_pattern; do echo gotcha >$f; done'
		assert_equal "$(cat /proc/sys/kernel/core_pattern)" "$before"
	done
}

@test "what the host mounts later arrives in a slave, not in a private mount (B134, B281)" {
	cat >"$WORK/later" <<-'END'
		#!/bin/sh
		mount --bind "$WORK/src" "$WORK/src" && mount --make-shared "$WORK/src" || exit 1
		mkfifo "$WORK/go" 2>/dev/null
		"$WORK/step" '--rootfs="$WORK/rootfs"' '' "-v \$WORK/src:/m:$1 -v \$WORK:/work --rootfs-propagation=$2" sh -c 'echo up >/work/up; cat /work/go >/dev/null; ls -A /m/sub' &
		while [ ! -e "$WORK/up" ]; do sleep 0.05; done
		mount --bind "$WORK/other" "$WORK/src/sub"
		echo go >"$WORK/go"
		wait $!
		status=$?
		rm "$WORK/up"
		exit $status
	END
	chmod +x "$WORK/later"
	# By itself crun makes the root private, and all that is mounted in it.
	for runtime in runc crun; do
		run -0 --separate-stderr on "$runtime" unshare --mount --propagation private timeout 30 "$WORK/later" rslave slave
		assert_output inner
		run -0 --separate-stderr on "$runtime" unshare --mount --propagation private timeout 30 "$WORK/later" rprivate slave
		assert_output ''
	done
}
