#!/usr/bin/env bats
# ocirun for an ordinary user: with subordinate ids and without, with a cgroup of their own and without.
load lib
load host
load ocirun

# WITH is ranges: as the user stands in /etc/subuid; none: not there; stranger: nobody knows
# the user's number.
as_one() {
	local with=$1 runtime=$2 id=$TEST_USER setup=: groups=--init-groups
	shift 2
	case $with in
	none) setup='mount --bind /dev/null /etc/subuid && mount --bind /dev/null /etc/subgid' ;;
	stranger) id=54321 groups=--clear-groups ;;
	esac
	accounts_stay on_host unshare --mount sh -c "$setup && mount -t tmpfs -o mode=1777 none /tmp"' && cd "$1" && shift && exec "$@"' sh "$PLACE" \
		setpriv --reuid="$id" --regid="$id" "$groups" --inh-caps=-all \
		env -u XDG_RUNTIME_DIR HOME="$PLACE" TMPDIR="$PLACE" OCI_RUNTIME="$runtime" PATH="$PATH" "$@"
}

prepare() {
	need_user
	PLACE=$USER_DIR/place
	mkdir "$PLACE"
	make_rootfs "$PLACE/rootfs"
	mkdir "$PLACE/src"
	echo old >"$PLACE/src/file"
	export PLACE
}

teardown() {
	[ -z "${PLACE-}" ] || rm -rf "$PLACE"
}

each_user() {
	local with runtime
	for with in ranges none stranger; do
		case $with in
		stranger) chown -hR 54321:54321 "$PLACE" ;;
		*) chown -hR "$TEST_USER:" "$PLACE" ;;
		esac
		for runtime in runc crun; do
			echo "$with, $runtime:"
			"$1" $with $runtime
		done
	done
}

@test "the preset rootless runs as it is, with subordinate ids and without any (B387, B388, B389, B390)" {
	check() {
		run -7 --separate-stderr as_one "$1" "$2" sh -c \
			'ocigen --preset=rootless --rootfs=rootfs -w /made -- sh -c "
				id -u; pwd; hostname >/dev/null; grep -c localhost /etc/hosts; test -w /tmp; test -c /dev/null; echo x >/made/x
				awk \"{n += \\\$3} END {print n}\" /proc/self/uid_map; ls /sys >/dev/null; test -d /dev/pts; cat /proc/self/setgroups; exit 7" | ocirun'
		silent
		assert_line --index 0 0
		assert_line --index 1 /made
		case $1 in
		ranges) [ "${lines[3]}" -gt 65536 ] && assert_line --index 4 allow ;;
		*) assert_line --index 3 1 && assert_line --index 4 deny ;;
		esac
		assert_equal "$(stat -c %u "$PLACE/rootfs/made/x")" "$(stat -c %u "$PLACE")"
		rm -r "$PLACE/rootfs/made"
	}
	each_user check
}

@test "so does the pipe that makes the same, with mounts of every kind; nothing is left" {
	check() {
		find "$PLACE" | sort >before
		run -0 --separate-stderr as_one "$1" "$2" sh -c \
			'ocigen --rootfs=rootfs -- sh -c "echo new >/o/file && cat /o/file /v/file && echo t >/t/t && ls /c && echo done" | idmap-apply --rootless |
			mounts-apply -v "$PWD/src:/o:O" -v "$PWD/src:/v:ro" --tmpfs=/t --mount=type=cache,target=/c,id=x | ocirun --cache-dir="$PWD/caches"'
		silent
		assert_output $'new\nold\ndone'
		assert_equal "$(cat "$PLACE/src/file")" old
		rm -r "$PLACE/caches"
		find "$PLACE" | sort | diff before -
	}
	each_user check
}

@test "statuses, signals, a terminal, a layer: as for everybody" {
	check() {
		run -127 --separate-stderr as_one "$1" "$2" sh -c 'ocigen --preset=rootless --rootfs=rootfs -- nothere | ocirun'
		complains nothere
		run -124 --separate-stderr as_one "$1" "$2" sh -c 'ocigen --preset=rootless --rootfs=rootfs -- sleep 100 | ocirun --timeout=1'
		run -3 as_one "$1" "$2" sh -c 'ocigen --preset=rootless --rootfs=rootfs -t -- sh -c "test -t 1 && exit 3" >doc.json; exec script -qec "ocirun doc.json" /dev/null'
		run -0 --separate-stderr as_one "$1" "$2" sh -c 'ocigen --preset=rootless --rootfs=rootfs --layer="$PWD/layer" -- sh -c "echo x >/x" | ocirun && cat layer/x'
		assert_output x
		rm -r "$PLACE/layer" "$PLACE/doc.json"
	}
	each_user check
}

@test "an id that has no mapping is refused before anything is made" {
	chown -hR "$TEST_USER:" "$PLACE"
	for runtime in runc crun; do
		run -125 --separate-stderr as_one none $runtime sh -c 'ocigen --preset=rootless --rootfs=rootfs -u alice -- true | ocirun'
		complains /process/user/
	done
}

# ---- cgroups -------------------------------------------------------------------

# limited CGROUP RUNTIME 'OPTIONS OF RESOURCES-APPLY' COMMAND... - a step of the user's, who is in this cgroup
limited() {
	local in=$1 runtime=$2 options=$3
	shift 3
	# shellcheck disable=SC2086 # a list of words
	doc user -- "$@" | resources-apply $options >"$HOST/document"
	as_user_in "$in" "$runtime" ocirun --log-level=info "$HOST/document"
}

as_user_in() {
	local in=$1 runtime=$2
	shift 2
	# shellcheck disable=SC2016 # expanded inside
	on_host sh -c 'for d in /sys/fs/cgroup/*; do echo $$ >"$d/$0/cgroup.procs"; done; exec "$@"' "$in" \
		setpriv --reuid="$TEST_USER" --regid="$TEST_USER" --init-groups --inh-caps=-all \
		env XDG_RUNTIME_DIR="/run/user/$TEST_USER" HOME="$USER_DIR" TMPDIR="$USER_DIR" OCI_RUNTIME="$runtime" "$@"
}

# delegate CGROUP [HIERARCHY...] - give the user a cgroup of their own (in all of them)
delegate() {
	# shellcheck disable=SC2016 # expanded inside
	on_host sh -ec 'cd /sys/fs/cgroup; for d in *; do
		mkdir -p "$d/$1"
		if [ -e "$d/cpuset.cpus" ]; then cat $d/cpuset.cpus >"$d/$1/cpuset.cpus"; cat $d/cpuset.mems >"$d/$1/cpuset.mems"; fi
	done; name=$1 user=$2; shift 2; for d in ${@:-*}; do chown "$user" "$d/$name" "$d/$name"/*; done' sh "$@"
}

undelegate() {
	on_host sh -c 'for d in /sys/fs/cgroup/*; do rmdir "$d/$1"; done' sh "$1"
}

@test "a limit is kept where a cgroup was delegated, which is left as it was" {
	local show='cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us'
	delegate mine "$TEST_USER"
	snapshot
	run -0 --separate-stderr limited mine runc '--memory=64m --pids-limit=33 --cpus=0.5' sh -c "$show"
	assert_output $'67108864\n33\n50000'
	# From outside it must be named.
	run -125 --separate-stderr limited . runc --memory=64m true
	complains 'ocirun: /linux/resources/memory: cannot be kept: /sys/fs/cgroup/memory/ is not ours to make a cgroup in'
	complains 'hint: have a cgroup delegated and be in it, or name it with resources-apply --cgroup-parent'
	run -0 --separate-stderr limited . runc '--cgroup-parent=mine --memory=64m' sh -c "$show"
	assert_line --index 0 67108864
	run -0 --separate-stderr limited . runc '--cgroups-path=/mine/named --pids-limit=34' sh -c "$show"
	assert_line --index 1 34
	left_nothing
	# What both of us leave when we are killed goes with the next one.
	limited mine runc '--memory=64m' sh -c 'echo up; sleep 1000' >"$HOST/out" 2>&1 3>&- &
	await grep -q up "$HOST/out"
	on_host pkill -STOP -n -x ocirun
	on_host pkill -KILL -x ocirun
	wait $! || true
	on_host find /sys/fs/cgroup/memory/mine -mindepth 1 -type d >"$HOST/left"
	[ -s "$HOST/left" ]
	run -0 as_user_in mine runc ocirun --clean
	left_nothing
	undelegate mine
}

@test "without one a limit is an error, never left out; without a limit there is no need of one" {
	local option pointer runtime
	snapshot
	while read -r option pointer; do
		for runtime in runc crun; do
			run -125 --separate-stderr limited . "$runtime" "$option" true
			complains "ocirun: $pointer: cannot be kept: "
			complains 'ocirun: hint: '
		done
	done <<-'END'
		--memory=64m /linux/resources/memory
		--cpuset-cpus=0 /linux/resources/cpu/cpus
		--cpu-shares=100 /linux/resources/cpu
		--pids-limit=20 /linux/resources/pids
		--blkio-weight=100 /linux/resources/blockIO
		--unified=memory.high=1000000 /linux/resources/unified
		--cgroup-parent=/mine /ocipipe/cgroup/parent
		--cgroups-path=/mine/x /linux/cgroupsPath
	END
	for runtime in runc crun; do
		for option in '' --pids-limit=-1 --memory=unlimited; do
			run --separate-stderr limited . $runtime "$option" sh -c 'exit 4'
			[ "$status" -eq 4 ] && [ "$(wc -l <<<"$stderr")" -eq 1 ] || fail "$runtime, $option: $status, $stderr"
		done
	done
	left_nothing
}

@test "a part that was delegated serves for what it keeps; crun says that it keeps nothing" {
	delegate part "$TEST_USER" memory
	run -0 --separate-stderr limited part runc --memory=64m cat /sys/fs/cgroup/memory/memory.limit_in_bytes
	assert_output 67108864
	run -125 --separate-stderr limited part runc '--memory=64m --pids-limit=20' true
	complains '/linux/resources/memory: cannot be kept: /sys/fs/cgroup/pids/part is not ours'
	run -125 --separate-stderr limited part crun --memory=64m true
	complains 'without cgroup v2 crun keeps no limit'
	complains 'hint: --runtime=runc'
	undelegate part
}
