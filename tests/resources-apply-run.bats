#!/usr/bin/env bats
# resources-apply: what a container under each runtime then sees.
# shellcheck disable=SC2016,SC2094,SC2154 # jq's variables; cmp only reads; set by run
load lib

prepare() {
	need_root
	make_rootfs
}

# limited RUNTIME SCRIPT OPTION... - what a script prints in a container with these limits
limited() {
	ocigen --rootfs=rootfs -- sh -c "$2" | resources-apply "${@:3}" >doc
	run -0 --separate-stderr on "$1" ocirun doc
}

needs_v1() {
	[ -d "/sys/fs/cgroup/$1" ] || skip "this host has no v1 controller $1"
}

@test "limits of memory, CPU time and processes are in the container's cgroup (B097, B098)" {
	needs_v1 memory
	for runtime in runc crun; do
		# shellcheck disable=SC2016 # the container's shell expands it
		limited $runtime 'cd /sys/fs/cgroup; for f in memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes \
			memory/memory.soft_limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpu/cpu.shares \
			cpuset/cpuset.cpus cpuset/cpuset.mems memory/memory.swappiness; do echo "$f $(cat $f)"; done' \
			-m 64m --memory-swap=128m --memory-reservation=32m --pids-limit=20 --cpus=0.5 -c 512 --cpuset-cpus=0 \
			--cpuset-mems=0 --memory-swappiness=7
		assert_output 'memory/memory.limit_in_bytes 67108864
memory/memory.memsw.limit_in_bytes 134217728
memory/memory.soft_limit_in_bytes 33554432
pids/pids.max 20
cpu/cpu.cfs_quota_us 50000
cpu/cpu.cfs_period_us 100000
cpu/cpu.shares 512
cpuset/cpuset.cpus 0
cpuset/cpuset.mems 0
memory/memory.swappiness 7'
	done
}

@test "--explain names the files that the runtimes write, and their values" {
	local files
	needs_v1 memory
	resources-apply -m 64m --memory-swap=128m --pids-limit=20 --cpus=0.5 -c 512 --cpuset-cpus=0 --explain <<<'{}' 2>explained
	sed 1d explained | awk '{ print $1, $2 }' >expected
	files=$(awk '{ print $1 }' expected | tr '\n' ' ')
	for runtime in runc crun; do
		limited $runtime "cd /sys/fs/cgroup; for f in $files; do echo \"\$f \$(cat \$f)\"; done" \
			-m 64m --memory-swap=128m --pids-limit=20 --cpus=0.5 -c 512 --cpuset-cpus=0
		assert_output "$(cat expected)"
	done
}

@test "unlimited memory, swap, CPU time and processes are unlimited (B098, D11)" {
	needs_v1 memory
	for runtime in runc crun; do
		limited $runtime 'cd /sys/fs/cgroup; cat cpu/cpu.cfs_quota_us pids/pids.max memory/memory.memsw.limit_in_bytes' \
			-m 64m --memory-swap=-1 --cpu-quota=unlimited --pids-limit=max
		assert_line --index 0 -- -1
		assert_line --index 1 max
		assert_line --index 2 --regexp '^92233720[0-9]{11}$'
	done
}

@test "limits of each process are those asked for, the others the caller's (B055, B100)" {
	for runtime in runc crun; do
		limited $runtime 'cat /proc/self/limits' --ulimit=nofile=100:200 --ulimit=core=0,memlock=64k --ulimit=cpu=7:unlimited
		assert_line --regexp '^Max open files +100 +200 +files'
		assert_line --regexp '^Max core file size +0 +0 +bytes'
		assert_line --regexp '^Max locked memory +65536 +65536 +bytes'
		assert_line --regexp '^Max cpu time +7 +unlimited +seconds'
		assert_line "$(grep '^Max pending signals' /proc/self/limits)"
	done
}

@test "oom_score_adj and the throttle of a device arrive" {
	local node numbers
	needs_v1 blkio
	node=$(find /dev -maxdepth 1 -type b -name 'vd*' | head -n 1)
	[ -n "$node" ] || skip 'there is no block device'
	numbers=$((0x$(stat -c %t "$node"))):$((0x$(stat -c %T "$node")))
	for runtime in runc crun; do
		limited $runtime 'cat /proc/self/oom_score_adj /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device' \
			--oom-score-adj=500 --device-read-bps="$node:1m"
		assert_output "500
$numbers 1048576"
	done
}

@test "a fork bomb ends at the limit of processes" {
	needs_v1 pids
	for runtime in runc crun; do
		limited $runtime 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done 2>/dev/null; echo "$(ls -d /proc/[0-9]* | wc -l)"' \
			--pids-limit=6 || true
		[[ $output -le 7 ]]
	done
}

@test "the container's cgroup is made below --cgroup-parent and removed (B099)" {
	local parent=/ocitest-$$
	needs_v1 pids
	for runtime in runc crun; do
		ocigen --rootfs=rootfs -- sh -c 'echo started; cat' | resources-apply --cgroup-parent=$parent --pids-limit=9 >doc
		mkfifo hold
		on $runtime ocirun --name=limited$$ doc <hold >out &
		exec 7>hold
		until [ -s out ]; do
			sleep 0.02
			kill -0 $!
		done
		[ "$(cat /sys/fs/cgroup/pids$parent/limited$$/pids.max)" = 9 ]
		exec 7>&-
		wait $!
		rm hold out
		[ ! -e /sys/fs/cgroup/pids$parent/limited$$ ]
		find /sys/fs/cgroup -depth -type d -name "ocitest-$$" -exec rmdir {} +
	done
}
