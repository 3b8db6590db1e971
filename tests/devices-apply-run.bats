#!/usr/bin/env bats
# devices-apply: devices seen from inside real containers.
load lib
load devices-apply.bash

prepare() {
	make_rootfs
	# What a device can be used for.  There is no driver behind these, so what the
	# cgroup allows fails otherwise than what it denies.  Making a node is not tried:
	# both runtimes always allow that.
	cat >rootfs/probe <<-'END'
		#!/bin/sh
		try() { case $("$@" 2>&1) in *'not permitted'*) ;; *) printf %s "$access" ;; esac; }
		for path; do
			stat -c '%n %F %t:%T %a %u:%g' "$path"
			printf 'may: '
			access=r try sh -c ": <$path"
			access=w try sh -c ": >$path"
			echo
		done
	END
	chmod +x rootfs/probe
	chmod 755 . "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "${BATS_TEST_TMPDIR%/*/*}"
}

run_each() {
	for runtime in runc crun; do
		run -0 --separate-stderr on "$runtime" ocirun doc.json
		diff -u "$1" - <<<"$output"
	done
}

@test "type, numbers, mode and owner are as asked for, and cgroups allow just that" {
	need_root
	node n/a c 240 7 640 3:4
	node n/b b 241 8 604 0:6
	mkfifo -m 622 n/p
	ocigen --rootfs=rootfs -- /probe /dev/a /dev/sub/b /dev/c /dev/d |
		devices-apply --device="$PWD/n/a:/dev/a:r" --device="$PWD/n/b:/dev/sub/b:rw" \
			--mknod=/dev/c:c:242:9:mode=0666,uid=5,gid=6 --mknod=/dev/d:c:243:1:mode=0600,access=none >doc.json
	cat >want <<-'END'
		/dev/a character special file f0:7 640 3:4
		may: r
		/dev/sub/b block special file f1:8 604 0:6
		may: rw
		/dev/c character special file f2:9 666 5:6
		may: rw
		/dev/d character special file f3:1 600 0:0
		may: 
	END
	run_each want
	ocigen --rootfs=rootfs -- stat -c '%n %F %a %u:%g' /dev/p |
		devices-apply --device="$PWD/n/p:/dev/p" >doc.json
	echo '/dev/p fifo 622 0:0' >want
	run_each want
}

@test "rules by hand allow and deny, and what is removed is gone" {
	need_root
	ocigen --rootfs=rootfs -- /probe /dev/a /dev/b /dev/c |
		devices-apply --mknod=/dev/a:c:240:7:mode=600,access=none --mknod=/dev/b:c:241:8:mode=600,access=none \
			--mknod=/dev/c:b:242:9:mode=600 --mknod=/dev/gone:c:243:9 |
		devices-apply --device-cgroup-rule='c 240:* rw' --remove='b 242:9 rwm' --remove=/dev/gone >doc.json
	cat >want <<-'END'
		/dev/a character special file f0:7 600 0:0
		may: rw
		/dev/b character special file f1:8 600 0:0
		may: 
		/dev/c block special file f2:9 600 0:0
		may: 
	END
	run_each want
	grep -q gone doc.json && fail 'it is still there'
	ocigen --rootfs=rootfs -- /probe /dev/a |
		devices-apply --mknod=/dev/a:c:240:7:mode=600,access=none --device-cgroup-rule='a *:* rwm' >doc.json
	printf '/dev/a character special file f0:7 600 0:0\nmay: rw\n' >want
	run_each want
}

@test "a CDI device has its nodes, files, groups, environment and hooks in the container" {
	need_root
	node n/a c 240 7 640 3:4
	mkdir d
	echo library >library
	printf '#!/bin/sh\ncat >%s/hooked\n' "$PWD" >hook
	chmod +x hook
	jq -n --arg d "$PWD" '{cdiVersion: "0.7.0", kind: "vendor.com/gpu", containerEdits: {env: ["GPU=1"]},
		devices: [{name: "a", containerEdits: {additionalGids: [77],
			deviceNodes: [{path: "/dev/gpu", hostPath: ($d + "/n/a"), permissions: "rw", gid: 9}],
			mounts: [{hostPath: ($d + "/library"), containerPath: "/usr/lib/library", options: ["ro", "bind"]}],
			hooks: [{hookName: "createRuntime", path: ($d + "/hook")}]}}]}' >d/gpu.json
	ocigen --rootfs=rootfs --user=5:6 -- sh -c 'stat -c "%n %F %t:%T %a %u:%g" /dev/gpu
			cat /usr/lib/library; echo $GPU; id -G; echo x 2>/dev/null >/usr/lib/library || echo read-only' |
		devices-apply --cdi-dir=d --device=vendor.com/gpu=all >doc.json
	printf '%s\n' '/dev/gpu character special file f0:7 640 5:9' library 1 '6 77' read-only >want
	run_each want
	jq -e .id hooked
}

@test "an ordinary user's container gets the host's devices by --bind (B103)" {
	need_user
	cp -r rootfs "$USER_DIR"
	node "$USER_DIR/n/a" c 1 3 666
	node "$USER_DIR/n/b" c 1 5 664 "0:$(id -g "$TEST_USER")"
	chown -R "$TEST_USER:" "$USER_DIR/rootfs"
	cd "$USER_DIR"
	ocigen --rootfs=rootfs -- sh -c 'stat -c "%n %F %t:%T %a" /dev/x /dev/y
			echo x >/dev/x && echo written; chmod 666 /dev/y 2>&1; head -c 3 /dev/y | od -An -tx1' |
		idmap-apply --uidmap="0:$(id -u "$TEST_USER"):1" --gidmap="0:$(id -g "$TEST_USER"):1" |
		devices-apply --bind --device="$USER_DIR/n/a:/dev/x:rw" --device="$USER_DIR/n/b:/dev/y:r" |
		mounts-apply >doc.json
	for runtime in runc crun; do
		run -0 --separate-stderr on_as_user "$runtime" ocirun doc.json
		diff -u - <(printf '%s\n' "$output") <<-'END'
			/dev/x character special file 1:3 666
			/dev/y character special file 1:5 664
			written
			chmod: /dev/y: Read-only file system
			 00 00 00
		END
	done
}
