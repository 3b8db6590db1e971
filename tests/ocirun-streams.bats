#!/usr/bin/env bats
# ocirun: the command's standard streams, and what of the host must not be given away with them.
load lib

prepare() {
	make_rootfs
	ocigen --rootfs=rootfs -- sh -c 'chmod 600 /dev/stdin; cat; echo out; echo err >&2' >root.json
	idmap-apply --uidmap=0:300000:65536 --input=root.json --output=mapped.json
	process-apply -u alice --input=root.json --output=alice.json
	ocigen --rootfs=rootfs -t -- true | idmap-apply --uidmap=0:300000:65536 >terminal.json
}

# A host of our own, whose /dev/null can be spoiled; what it is afterwards is printed.
spoilt() {
	unshare --mount --propagation private sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null
		mkdir -p devices && mount -t tmpfs none devices && mknod -m 666 devices/null c 1 3 || exit 9
		mount --bind devices/null /dev/null || exit 9
		command=$1
		shift
		eval "$command"
		stat -c "%u:%g %a" devices/null' sh "$@"
}

@test "neither runtime gives the host's /dev/null to the command's user" {
	need_root
	for runtime in runc crun; do
		for document in mapped alice; do
			# shellcheck disable=SC2016 # for the shell in there
			run -0 spoilt 'ocirun --runtime=$1 <$2.json >both 2>&1
				ocirun --runtime=$1 $2.json </dev/null >out 2>err
				ocirun --runtime=$1 $2.json </dev/null >/dev/null 2>&1' "$runtime" "$document"
			assert_output '0:0 666'
			grep -qx out both
			grep -qx err both
			run cat out
			assert_output out
			grep -qx err err
		done
	done
}

@test "nor where the command has a terminal" {
	need_root
	for runtime in runc crun; do
		# shellcheck disable=SC2016 # for the shell in there
		run -0 spoilt 'script -qec "ocirun --runtime=$1 terminal.json" log </dev/null >out' "$runtime"
		assert_output '0:0 666'
	done
}
