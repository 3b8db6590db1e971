#!/usr/bin/env bats
# Whole pipelines in real containers: runc and crun, root and an ordinary user.
load lib

prepare() {
	need_root
	need_user
	WORK=$(mktemp -d "$USER_DIR/work.XXXXXX")
	make_rootfs "$WORK/rootfs"
	mkdir "$WORK/src" "$WORK/out"
	echo 'int main(void) { return 0; }' >"$WORK/src/main.c"
	cat >"$WORK/seven" <<-'END'
		#!/bin/sh
		# seven NAME MAPS COMMAND... - the pipeline of the README
		name=$1 maps=$2
		shift 2
		ocigen --rootfs="$WORK/rootfs" --workdir=/src -- "$@" |
			ns-apply --hostname=builder |
			idmap-apply $maps |
			mounts-apply --volume="$WORK/src:/src" --tmpfs=/tmp |
			seccomp-apply |
			hooks-apply --hooks-dir=/etc/containers/oci/hooks.d |
			ocirun --name="$name" --pid-file="$WORK/pid"
	END
	chmod +x "$WORK/seven"
	chown -R "$TEST_USER:" "$WORK"
	export WORK
}

teardown() {
	[ -z "${WORK-}" ] || rm -rf "$WORK"
}

ROOT_MAPS='--uidmap=0:100000:65536 --gidmap=0:100000:65536'

name() {
	echo "pipe-$$-$BATS_TEST_NUMBER-$1-$2"
}

# as WHO RUNTIME COMMAND... - the pipeline as root (with a user namespace) or as the user
as() {
	local who=$1 runtime=$2
	shift 2
	case $who in
	root) on "$runtime" "$WORK/seven" "$(name "$who" "$runtime")" "$ROOT_MAPS" "$@" ;;
	user) on_as_user "$runtime" "$WORK/seven" "$(name "$who" "$runtime")" --rootless "$@" ;;
	esac
}

# find_shared PLACE... WORDS... - find where others come and go: what is gone before it was
# looked at is none of ours
find_shared() {
	LC_ALL=C find "$@" 2>&1 | sed '/^find: .*: No such file or directory$/d'
}

# left_nothing WHO RUNTIME - of that container there is nothing on this machine
left_nothing() {
	local NAME
	NAME=$(name "$1" "$2")
	run find_shared /run /var/tmp /tmp -maxdepth 3 -name "*$NAME*"
	assert_output ''
	run find "$USER_DIR" -maxdepth 1 -name 'ocipipe-*'
	assert_output ''
	run find_shared /sys/fs/cgroup -maxdepth 3 -name "*$NAME*"
	assert_output ''
	run grep -F -e "$NAME" -e "$WORK" /proc/self/mountinfo
	assert_output ''
}

# each TEST - call it for every user and runtime
each() {
	local who runtime
	for who in root user; do
		for runtime in runc crun; do
			"$1" "$who" "$runtime"
		done
	done
}

@test "the seven-tool pipeline runs id" {
	check() {
		run -0 --separate-stderr as "$1" "$2" id
		assert_output 'uid=0(root) gid=0(root) groups=0(root)'
		silent
		left_nothing "$1" "$2"
	}
	each check
}

@test "the seven-tool pipeline shows the generated hosts, hostname and resolv.conf" {
	check() {
		run -0 --separate-stderr as "$1" "$2" cat /etc/hosts
		assert_line --regexp $'^127\\.0\\.0\\.1\tlocalhost'
		run -0 --separate-stderr as "$1" "$2" sh -c 'cat /etc/hostname; hostname; echo $HOSTNAME; cat /etc/resolv.conf'
		assert_line --index 0 builder
		assert_line --index 1 builder
		assert_line --index 2 builder
		assert_line --regexp '^nameserver '
		left_nothing "$1" "$2"
	}
	each check
}

@test "a failing command's status comes back" {
	check() {
		run -7 --separate-stderr as "$1" "$2" sh -c 'exit 7'
		silent
		run -255 --separate-stderr as "$1" "$2" sh -c 'exit 255'
		left_nothing "$1" "$2"
	}
	each check
}

@test "a command that is not there gives 127, one that cannot be executed 126" {
	check() {
		run -127 --separate-stderr as "$1" "$2" nosuchcommand
		complains ocirun:
		run -126 --separate-stderr as "$1" "$2" /etc/passwd
		complains ocirun:
		left_nothing "$1" "$2"
	}
	each check
}

# Wait until the command in the container is there, and say its pid.
container_pid() {
	local tries
	for ((tries = 0; tries < 200; tries++)); do
		if [ -s "$WORK/pid" ] && [ -e "$WORK/src/ready" ]; then
			cat "$WORK/pid"
			return
		fi
		sleep 0.05
	done
	return 1
}

@test "a command killed from outside by a signal gives 128 and the signal" {
	check() {
		local job status=0
		rm -f "$WORK/pid" "$WORK/src/ready"
		as "$1" "$2" sh -c 'touch /src/ready; exec sleep 60' 3>&- &
		job=$!
		kill -KILL "$(container_pid)"
		wait "$job" || status=$?
		assert_equal "$status" 137
		left_nothing "$1" "$2"
	}
	chmod 777 "$WORK/src"
	each check
}

@test "what the command writes to a volume is there, and its own root stays as it was" {
	check() {
		rm -f "$WORK/src/result"
		run -0 --separate-stderr as "$1" "$2" sh -c 'pwd >/src/result; touch /tmp/x'
		assert_equal "$(cat "$WORK/src/result")" /src
		[ ! -e "$WORK/rootfs/tmp/x" ]
		# Of what had to be made in the root filesystem only the working directory stays.
		[ ! -e "$WORK/rootfs/etc/resolv.conf" ]
		[ ! -e "$WORK/rootfs/run/.containerenv" ]
	}
	chmod 777 "$WORK/src"
	each check
}

@test "the short form is confined: capabilities, seccomp, masked paths" {
	check() {
		run -0 --separate-stderr on "$1" sh -c 'ocigen --rootfs="$WORK/rootfs" -- cat /proc/self/status | ocirun'
		assert_line --regexp '^CapEff:.*00000000800405fb$'
		assert_line --regexp '^CapBnd:.*00000000800405fb$'
		assert_line --regexp '^CapInh:.*0000000000000000$'
		assert_line --regexp '^CapAmb:.*0000000000000000$'
		assert_line --regexp '^Seccomp:.*2$'
		silent
		run -0 --separate-stderr on "$1" sh -c 'ocigen --rootfs="$WORK/rootfs" -- sh -c "head -c 9 </proc/kcore | wc -c; ls /sys/firmware | wc -l" | ocirun'
		assert_output $'0\n0'
	}
	run -0 ocigen --rootfs="$WORK/rootfs" -- true
	holds '.linux.seccomp.defaultAction == "SCMP_ACT_ERRNO" and (.process.capabilities | has("inheritable") or has("ambient") | not)'
	check runc
	check crun
}

@test "the preset rootless runs as it is for an ordinary user" {
	for runtime in runc crun; do
		run -0 --separate-stderr on_as_user "$runtime" sh -c 'ocigen --preset=rootless --rootfs="$WORK/rootfs" -- sh -c "id -u; cat /proc/self/uid_map" | ocirun'
		assert_line --index 0 0
		assert_line --index 1 --regexp "^ +0 +$(id -u "$TEST_USER") +1$"
		silent
	done
}

@test "a pipe that fails says one thing, from ocirun, without pipefail" {
	for shell in sh bash dash; do
		run -0 --separate-stderr "$shell" -c 'false | ns-apply --network=none | mounts-apply --tmpfs=/t | ocirun; echo $?'
		assert_output 125
		assert_equal "$stderr" 'ocirun: no document: an earlier stage failed'
	done
}

@test "a document that is wrong makes nothing and starts nothing" {
	cat >runtime <<-'END'
		#!/bin/sh
		touch started
	END
	chmod +x runtime
	while IFS= read -r document; do
		run -125 --separate-stderr ocirun --runtime="$PWD/runtime" --run-root="$PWD/run" --data-root="$PWD" <<<"$document"
		assert_output ''
		complains 'ocirun: /'
		[ ! -e started ]
		[ ! -e run ]
		run find . -name 'ocipipe-*'
		assert_output ''
	done <<-END
		{"HOOKS":{}}
		{"hoo\u212as":{}}
		{}
		$(ocigen --rootfs=/r -- true | jq -c '.process.user.uid = "0"')
		$(ocigen --rootfs=/r -- true | jq -c '.process.args = []')
		$(ocigen --rootfs=/r -- true | jq -c '.linux.namespaces += [{type: "nope"}]')
		$(ocigen --rootfs=/r -- true | jq -c '.process.cwd = "relative"')
		$(ocigen --rootfs=/r -- true | jq -c '.ocipipe.prepare += [{step: "exec", args: ["id"]}]')
	END
}

@test "the first example of the design builds a C project in a Debian root, under both runtimes" {
	command -v gcc >/dev/null || skip 'needs gcc'
	cat >"$WORK/example" <<-'END'
		#!/bin/sh
		# The host's own files, and above them what is written.
		set -e
		mount -t tmpfs none "$WORK/out"
		mkdir -p "$WORK/out/upper/src" "$WORK/out/work" "$WORK/out/rootfs"
		printf 'all: hello\nhello: main.c\n\t$(CC) -O2 -o $@ $<\n' >"$WORK/out/upper/src/Makefile"
		printf '#include <stdio.h>\nint main(void) { return puts("built") < 0; }\n' >"$WORK/out/upper/src/main.c"
		mount -t overlay -o "lowerdir=/,upperdir=$WORK/out/upper,workdir=$WORK/out/work" none "$WORK/out/rootfs"
		cd "$WORK/out"
		ocigen --rootfs=./rootfs --workdir=/src -- make all | ocirun
		ocigen --rootfs=./rootfs --workdir=/src -- ./hello | ocirun
	END
	chmod +x "$WORK/example"
	for runtime in runc crun; do
		run -0 --separate-stderr on "$runtime" unshare --mount "$WORK/example"
		assert_line --partial -- '-O2 -o hello main.c'
		assert_line built
		silent
	done
}
