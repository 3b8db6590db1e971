#!/usr/bin/env bats
# ocirun: which isolation a container gets.
load lib
load host
load ocirun

# chosen [ENV=VALUE...] - the isolation, by the plan's words
chosen() {
	run -0 --separate-stderr as root runc env "$@" ocirun --dry-run <<<"$(doc root -- true)"
}

@test "the isolation is the option's, else the environment's, else by who asks (B245)" {
	chosen BUILDAH_ISOLATION=chroot
	assert_output --partial 'run      chroot (because it needs no runtime)'
	chosen BUILDAH_ISOLATION=ChRoot
	assert_output --partial 'run      chroot'
	chosen BUILDAH_ISOLATION=oci
	assert_output --partial /runc
	chosen BUILDAH_ISOLATION=
	assert_output --partial /runc
	run -0 --separate-stderr as root runc env BUILDAH_ISOLATION=chroot \
		ocirun --isolation=oci --dry-run <<<"$(doc root -- true)"
	assert_output --partial /runc
	silent
	run -0 --separate-stderr as root runc ocirun --isolation=chroot --dry-run <<<"$(doc root -- true)"
	assert_output --partial 'run      chroot'
}

@test "the option takes the words that buildah takes, in any case, and an empty one for none (B410)" {
	for word in default OCI Default; do
		run -0 --separate-stderr as root runc env BUILDAH_ISOLATION=chroot \
			ocirun --isolation="$word" --dry-run <<<"$(doc root -- true)"
		assert_output --partial /runc
		silent
	done
	for word in CHROOT ''; do
		run -0 --separate-stderr as root runc env BUILDAH_ISOLATION=chroot \
			ocirun --isolation="$word" --dry-run <<<"$(doc root -- true)"
		assert_output --partial 'run      chroot'
	done
}

@test "an unknown word in the environment is said, and taken as oci; on the command line it is an error (B245)" {
	chosen BUILDAH_ISOLATION=chrot
	assert_output --partial /runc
	complains "ocirun: \$BUILDAH_ISOLATION: unknown word 'chrot', taken as oci"
	run -125 --separate-stderr ocirun --isolation=chrot </dev/null
	complains "ocirun: --isolation: unknown 'chrot'"
	complains "hint: 'chroot'? known: oci, default, rootless, chroot"
}

# fake_runtime - one that writes down how it was called, and fails
fake_runtime() {
	# shellcheck disable=SC2016 # for the script
	printf '#!/bin/sh\nprintf "%%s\\n" "$*" >>"%s/calls"\nexit 1\n' "$PWD" >fake
	chmod 755 fake .
	: >calls
	chmod 666 calls
}

@test "rootless isolation keeps the keyring, whoever asks; --no-pivot is the runtime's (B249, B414)" {
	fake_runtime
	on_fake() {
		run -125 --separate-stderr as root "$PWD/fake" ocirun "$@" <<<"$(doc root -- true)"
	}
	on_fake --isolation=rootless
	grep -q -- ' --no-new-keyring ' calls
	: >calls
	on_fake --isolation=oci
	run ! grep -e '--no-new-keyring' -e '--no-pivot' calls
	on_fake --isolation=rootless --no-pivot
	grep -q -- ' --no-pivot --no-new-keyring ' calls
	: >calls
	on_fake --isolation=oci --no-pivot
	grep -q -- ' --no-pivot ocipipe' calls
	run ! grep -e '--no-new-keyring' calls
	: >calls
	BUILDAH_NOPIVOT=1 on_fake --isolation=oci
	grep -q -- ' --no-pivot ocipipe' calls
	: >calls
	BUILDAH_NOPIVOT='' on_fake --isolation=oci
	run ! grep -e '--no-pivot' calls
}

@test "an ordinary user's isolation is rootless (B245, B249)" {
	need_user
	cd "$USER_DIR" || return
	fake_runtime
	run -125 --separate-stderr as user "$PWD/fake" ocirun <<<"$(doc user -- true)"
	grep -q -- ' --no-new-keyring ' calls
}

@test "a rootless step without a network program gets loopback only, never the host's network (B246)" {
	need_user
	run -0 --separate-stderr step user runc sh -c 'ip -o link | grep -c .'
	assert_output 1
}

@test "a user namespace with the host's processes is refused, whoever asked for either (B247)" {
	doc mapped -- true | ns-apply --pid=host | mounts-apply >step.json
	run -125 --separate-stderr as root runc ocirun step.json
	complains 'ocirun: /linux/namespaces: a user namespace needs a pid namespace too'
	complains 'hint: ns-apply --pid=private'
}

@test "what is for a runtime does not go with chroot isolation" {
	local option
	for option in --runtime=runc --runtime-flag=debug --root=/run/x; do
		run -125 --separate-stderr ocirun --isolation=chroot "$option" </dev/null
		complains "ocirun: ${option%%=*}: is for a runtime, and --isolation=chroot has none"
	done
}

@test "chroot isolation shares the host's network, says so, and refuses what it cannot keep (B248, B374, B386)" {
	run -0 --separate-stderr step root chroot readlink /proc/self/ns/net
	assert_output "$(on_host readlink /proc/self/ns/net)"
	complains "ocirun: chroot isolation: the network is the host's"
	OCIRUN=--log-level=error run -0 --separate-stderr step root chroot true
	silent
	doc root -- true | ns-apply --network=host | mounts-apply >step.json
	run -0 --separate-stderr as root chroot ocirun step.json
	silent
	local network
	for network in none pasta slirp4netns bridge /proc/self/ns/net; do
		doc root -- true | ns-apply --network="$network" | mounts-apply >step.json
		run -125 --separate-stderr as root chroot ocirun step.json
		complains "/ocipipe/network/mode: chroot isolation shares the host's network and can keep no other"
	done
	doc root -- true | ocipatch --unset=/ocipipe/network >step.json
	run -125 --separate-stderr as root chroot ocirun step.json
	complains "/linux/namespaces: chroot isolation shares the host's network"
}

@test "limits and all else that it cannot keep are refused, with their pointer (B374, B375)" {
	local options pointer
	while read -r pointer options; do
		# shellcheck disable=SC2086 # a list of words
		doc root -- true | $options >step.json
		run -125 --separate-stderr as root chroot ocirun step.json
		complains "ocirun: $pointer: chroot isolation "
	done <<-'END'
		/linux/resources/memory resources-apply --memory=64m
		/linux/resources/cpu resources-apply --cpus=1
		/linux/resources/pids resources-apply --pids-limit=100
		/ocipipe/cgroup resources-apply --cgroup-parent=/x
		/linux/cgroupsPath resources-apply --cgroups-path=/x
		/linux/intelRdt resources-apply --rdt-closid=x
		/linux/mountLabel mounts-apply --mount-label=a:b:c:s0
		/linux/seccomp/listenerPath seccomp-apply --listener=/x
		/linux/namespaces/0/path ns-apply --pid=/proc/self/ns/pid
		/process/capabilities caps-apply --cap-add=MKNOD
		/mounts/6/options mounts-apply --cgroup-rw
	END
}
