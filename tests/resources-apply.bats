#!/usr/bin/env bats
# resources-apply: every limit set, changed and removed, and the numbers people write.
# shellcheck disable=SC2016,SC2094,SC2154 # jq's variables; cmp only reads; set by run
load lib

# sets OPTION... -- JQ: true of the document that the options make of {}.
sets() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	run -0 --separate-stderr resources-apply "${options[@]}" <<<'{}'
	silent
	holds "$2"
}

refuses() {
	run -2 --separate-stderr resources-apply "${@:2}" <<<'{}'
	[ -z "$output" ]
	complains "resources-apply: $1"
}

# Each line: an option and a value, another value, the pointer's path in jq, both as JSON.
table() {
	cat <<-'END'
		--memory 64m 1.5g linux.resources.memory.limit 67108864 1610612736
		--memory-reservation 64K unlimited linux.resources.memory.reservation 65536 -1
		--memory-swappiness 0 100 linux.resources.memory.swappiness 0 100
		--memory-kernel 1g -1 linux.resources.memory.kernel 1073741824 -1
		--memory-kernel-tcp 1mib max linux.resources.memory.kernelTCP 1048576 -1
		--memory-use-hierarchy true false linux.resources.memory.useHierarchy true false
		--memory-check-before-update true false linux.resources.memory.checkBeforeUpdate true false
		--oom-kill-disable true false linux.resources.memory.disableOOMKiller true false
		--cpu-period 1000 1000000 linux.resources.cpu.period 1000 1000000
		--cpu-quota 150000 infinity linux.resources.cpu.quota 150000 -1
		--cpu-burst 0 5000 linux.resources.cpu.burst 0 5000
		--cpu-shares 2 262144 linux.resources.cpu.shares 2 262144
		--cpu-idle 1 0 linux.resources.cpu.idle 1 0
		--cpu-rt-period 1000000 1 linux.resources.cpu.realtimePeriod 1000000 1
		--cpu-rt-runtime 950000 -1 linux.resources.cpu.realtimeRuntime 950000 -1
		--cpuset-cpus 0-3,7 0 linux.resources.cpu.cpus "0-3,7" "0"
		--cpuset-mems 0 1-2 linux.resources.cpu.mems "0" "1-2"
		--pids-limit 1 unlimited linux.resources.pids.limit 1 -1
		--blkio-weight 10 1000 linux.resources.blockIO.weight 10 1000
		--blkio-leaf-weight 10 1000 linux.resources.blockIO.leafWeight 10 1000
		--net-classid 0x100001 10:1 linux.resources.network.classID 1048577 1048577
		--cgroups-path /a/b system.slice:x:y linux.cgroupsPath "/a/b" "system.slice:x:y"
		--cgroup-parent /builds/ user.slice ocipipe.cgroup.parent "/builds" "user.slice"
		--oom-score-adj -1000 1000 process.oomScoreAdj -1000 1000
		--scheduler other fifo:10 process.scheduler {"policy":"SCHED_OTHER"} {"policy":"SCHED_FIFO","priority":10}
		--io-priority idle rt:7 process.ioPriority {"class":"IOPRIO_CLASS_IDLE"} {"class":"IOPRIO_CLASS_RT","priority":7}
		--cpu-affinity 0-3:7 :1 process.execCPUAffinity {"initial":"0-3","final":"7"} {"final":"1"}
		--memory-policy local bind=static:0-1 linux.memoryPolicy {"mode":"MPOL_LOCAL"} {"mode":"MPOL_BIND","nodes":"0-1","flags":["MPOL_F_STATIC_NODES"]}
		--rdt-closid build / linux.intelRdt.closID "build" "/"
		--rdt-schema L3:0=f MB:0=70 linux.intelRdt.schemata ["L3:0=f"] ["MB:0=70"]
		--rdt-l3 L3:0=f L3CODE:0=1 linux.intelRdt.l3CacheSchema "L3:0=f" "L3CODE:0=1"
		--rdt-mb MB:0=70 MB:0=10;1=20 linux.intelRdt.memBwSchema "MB:0=70" "MB:0=10;1=20"
		--rdt-monitoring true false linux.intelRdt.enableMonitoring true false
	END
}

@test "each option sets its member, changes it, and removes it with an empty value (B097, B098, B392, B394)" {
	while read -r option first second path one two; do
		echo "# $option" >&2
		printf '{"linux":{"x":1},"process":{"x":2}}' | resources-apply "$option=$first" >first
		jq -e --argjson v "$one" ".$path == \$v and .linux.x == 1 and .process.x == 2" first
		[ "$(jq '[paths(scalars) | select(.[-1] != "x" and . != ["ocipipe", "version"])] | length' first)" -eq \
			"$(jq -n --argjson v "$one" '[$v | .. | scalars] | length')" ]
		resources-apply "$option=$second" <first >second
		jq -e --argjson v "$two" ".$path == \$v" second
		resources-apply "$option=$second" <second | cmp - second
		resources-apply "$option=" <second >third
		jq -e 'del(.ocipipe) == {linux: {x: 1}, process: {x: 2}}' third
		resources-apply "$option=" <third | cmp - third
	done < <(table)
}

@test "flags need no value" {
	sets --oom-kill-disable --memory-use-hierarchy --memory-check-before-update --rdt-monitoring -- \
		'.linux == {resources: {memory: {disableOOMKiller: true, useHierarchy: true, checkBeforeUpdate: true}},
			intelRdt: {enableMonitoring: true}}'
	refuses "--oom-kill-disable: 'yes' is not true or false" --oom-kill-disable=yes
}

@test "a size has a fraction and a unit, powers of 1024, and no sign (B392)" {
	while read -r text bytes; do
		sets "--memory=$text" -- ".linux.resources.memory.limit == $bytes"
	done <<-'END'
		1 1
		1b 1
		1K 1024
		1kb 1024
		1kiB 1024
		1.5g 1610612736
		0.3k 307
		8191t 9006099743113216
	END
	sets '--memory=2 m' -- '.linux.resources.memory.limit == 2097152'
	for bad in 0 0.1b -2 +1 1e3 0x10 ' 1' '1 ' 1x 1bb 1kk '2  m' . .5 5. 8388608t 9223372036854775808 18446744073709551616 '1,5g'; do
		refuses "--memory: " "--memory=$bad"
	done
}

@test "-1 and the other words mean unlimited (B098, D11)" {
	for word in -1 unlimited infinity max UNLIMITED; do
		sets --memory=1g "--memory-swap=$word" "--cpu-quota=$word" "--pids-limit=$word" -- \
			'.linux.resources | .memory == {limit: 1073741824, swap: -1} and .cpu.quota == -1 and .pids.limit == -1'
	done
}

@test "numbers out of the kernel's range are errors (B097, B394)" {
	while read -r option bad; do
		refuses "$option: " "$option=$bad"
	done <<-'END'
		--cpu-period 999
		--cpu-period 1000001
		--cpu-period -1
		--cpu-quota 999
		--cpu-quota -2
		--cpu-quota 17592186044416
		--cpu-shares 1
		--cpu-shares 262145
		--cpu-shares 2k
		--cpu-burst -1
		--cpu-idle 2
		--memory-swappiness 101
		--pids-limit 0
		--pids-limit 4194305
		--blkio-weight 9
		--blkio-weight 1001
		--oom-score-adj -1001
		--oom-score-adj 1001
		--cpuset-cpus 3-0
		--cpuset-cpus 0,
		--cpuset-cpus 0-1-2
		--cpuset-cpus a
		--cpuset-cpus 8192
		--cpuset-mems 1024
		--cpuset-mems -1
		--net-classid 4294967296
		--net-classid 10000:1
		--net-classid 0x
		--net-classid 1:2:3
		--cpu-rt-runtime -2
	END
}

@test "--cpus is a quota for a period of 100 ms" {
	sets --cpus=1.5 -- '.linux.resources.cpu == {period: 100000, quota: 150000}'
	sets --cpus=0.01 -- '.linux.resources.cpu.quota == 1000'
	sets --cpus=2 -- '.linux.resources.cpu.quota == 200000'
	sets --cpus=100000 -- '.linux.resources.cpu.quota == 10000000000'
	sets --cpus=0.123456 -- '.linux.resources.cpu.quota == 12345'
	sets --cpus=unlimited -- '.linux.resources.cpu.quota == -1'
	run -0 --separate-stderr resources-apply --cpus= <<<'{"linux":{"resources":{"cpu":{"period":1,"quota":2,"shares":3}}}}'
	holds '.linux.resources.cpu == {shares: 3}'
	sets --cpus=.5 -- '.linux.resources.cpu.quota == 50000'
	for bad in 0 0.009 -1.5 1. . .x 1.5.5 1,5 x 99999999999; do
		refuses '--cpus: ' "--cpus=$bad"
	done
	refuses '--cpus: sets the quota and the period already' --cpus=1 --cpu-quota=1000
	refuses '--cpus: sets the quota and the period already' --cpu-period=1000 --cpus=1
}

@test "limits that contradict each other are errors with a pointer (B098)" {
	refuses '/linux/resources/memory/limit: must be at most /linux/resources/memory/swap' -m 2m --memory-swap=1m
	refuses '/linux/resources/memory/reservation: must be at most /linux/resources/memory/limit' -m 2m --memory-reservation=3m
	refuses '/linux/resources/memory/swap: needs a memory limit' --memory-swap=1m
	refuses '/linux/resources/memory/swap: needs a memory limit' --memory=-1 --memory-swap=1m
	refuses '/linux/resources/cpu/burst: must be at most /linux/resources/cpu/quota' --cpu-quota=1000 --cpu-burst=1001
	refuses '/linux/resources/cpu/realtimeRuntime: must be at most' --cpu-rt-runtime=11 --cpu-rt-period=10
	sets -m 2m --memory-swap=2m --memory-reservation=2m --cpu-quota=1000 --cpu-burst=1000 -- .
	sets -m 2m --memory-swap=-1 --memory-reservation=unlimited --cpu-quota=-1 --cpu-burst=5 -- .
	run -2 --separate-stderr resources-apply -m 3m <<<'{"linux":{"resources":{"memory":{"swap":2097152}}}}'
	complains '/linux/resources/memory/limit'
}

@test "a document's own contradiction passes where nothing is asked for" {
	echo '{"linux":{"resources":{"memory":{"limit":5,"swap":3}}}}' >in
	resources-apply --compact <in | cmp - in
}

@test "--ulimit takes names and limits as podman does, one value for both (B055, B058, B100)" {
	sets --ulimit=nofile=1024:2048 --ulimit=nproc=5,fsize=64k:1m -- '.process.rlimits == [
		{type: "RLIMIT_NOFILE", hard: 2048, soft: 1024}, {type: "RLIMIT_NPROC", hard: 5, soft: 5},
		{type: "RLIMIT_FSIZE", hard: 1048576, soft: 65536}]'
	for name in as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack; do
		sets "--ulimit=$name=7" -- ".process.rlimits == [{type: \"RLIMIT_${name^^}\", hard: 7, soft: 7}]"
		sets "--ulimit=RLIMIT_${name^^}=7" -- ".process.rlimits[0].type == \"RLIMIT_${name^^}\""
	done
}

@test "the same limit again is changed in its place; its other members stay (B055)" {
	run -0 --separate-stderr resources-apply --ulimit=nofile=3 --ulimit=core=0 --ulimit=nofile=4:5 \
		<<<'{"process":{"rlimits":[{"type":"RLIMIT_NOFILE","hard":1,"soft":1,"x":9},{"type":"RLIMIT_CPU","hard":1,"soft":1}]}}'
	holds '.process.rlimits == [{type: "RLIMIT_NOFILE", hard: 5, soft: 4, x: 9}, {type: "RLIMIT_CPU", hard: 1, soft: 1},
		{type: "RLIMIT_CORE", hard: 0, soft: 0}]'
}

@test "unlimited is 18446744073709551615, and -1 means that (B059, D10)" {
	for word in unlimited infinity max -1 18446744073709551615; do
		resources-apply --compact "--ulimit=core=$word" <<<'{}' >out
		echo '{"process":{"rlimits":[{"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":18446744073709551615}]}}' | cmp - out
	done
	resources-apply --compact --ulimit=nofile=5:-1 <<<'{}' >out
	echo '{"process":{"rlimits":[{"type":"RLIMIT_NOFILE","hard":18446744073709551615,"soft":5}]}}' | cmp - out
}

@test "a soft limit above the hard one is an error, and so is what is no limit (B058, B059)" {
	refuses '--ulimit: nofile: the soft limit 5 is above the hard one 4' --ulimit=nofile=5:4
	refuses '--ulimit: nofile: the soft limit -1 is above the hard one 4' --ulimit=nofile=-1:4
	refuses "--ulimit: unknown limit 'files'" --ulimit=files=4
	for bad in nofile nofile=a nofile=1:2:3 nofile=1: nofile=:1 nofile=64k nofile=-2 '=1' nofile=1,,core=0 \
		nofile=18446744073709551616 memlock=1x; do
		refuses '--ulimit: ' "--ulimit=$bad"
	done
	run -2 --separate-stderr resources-apply --ulimit=cpu=1 <<<'{"process":{"rlimits":[{"type":"RLIMIT_CORE","hard":1,"soft":2}]}}'
	complains '/process/rlimits/0/soft: is 2, more than the hard limit 1'
}

@test "a limit can be left to the caller again, and all of them (B056, B057)" {
	resources-apply --ulimit=nofile=1 --ulimit=core=2 <<<'{}' >in
	for option in --ulimit=nofile= --ulimit=nofile=host; do
		run -0 --separate-stderr resources-apply $option <in
		holds '.process.rlimits == [{type: "RLIMIT_CORE", hard: 2, soft: 2}]'
	done
	run -0 --separate-stderr resources-apply --ulimit=host <in
	holds '.process == {}'
	run -0 --separate-stderr resources-apply --ulimit=host --ulimit=cpu=1 <in
	holds '.process.rlimits == [{type: "RLIMIT_CPU", hard: 1, soft: 1}]'
	ulimit -Sn >before
	resources-apply --ulimit=nproc=5 <<<'{}' >/dev/null
	ulimit -Sn | cmp - before
}

@test "no limits of processes come from anywhere but the command line (B056, B057)" {
	for option in -m=1g --cpus=1 --pids-limit=5; do
		run -0 --separate-stderr resources-apply "${option%%=*}" "${option#*=}" <<<'{}'
		holds 'has("process") | not'
	done
}

@test "huge pages, RDMA devices, network priorities and files are entries of their own" {
	sets --hugetlb=2m=64m --hugetlb=1GiB=unlimited --hugetlb=64k=1 -- '.linux.resources.hugepageLimits |
		map(.pageSize) == ["2MB", "1GB", "64KB"] and .[0].limit == 67108864'
	sets --rdma=mlx5_0:handles=2,objects=2000 --rdma=hfi1:hca_handle=max -- '.linux.resources.rdma ==
		{mlx5_0: {hcaHandles: 2, hcaObjects: 2000}, hfi1: {hcaHandles: 2147483647}}'
	sets --net-priority=eth0=5 --net-priority=eth1=0 --net-priority=eth0=6 -- '.linux.resources.network.priorities ==
		[{name: "eth0", priority: 6}, {name: "eth1", priority: 0}]'
	sets --unified=memory.high=1073741824 --cgroup-conf=io.latency='8:0 target=1=2' -- '.linux.resources.unified ==
		{"memory.high": "1073741824", "io.latency": "8:0 target=1=2"}'
}

@test "each of those entries is removed by an empty value, with what is empty then" {
	resources-apply --hugetlb=2m=1 --hugetlb=1g=1 --rdma=a:handles=1 --rdma=b:objects=1 --net-priority=x=1 --net-priority=y=1 \
		--unified=a.b=1 --unified=c.d=1 --device-read-bps=8:0:1 --device-read-bps=8:1:1 <<<'{}' >in
	run -0 --separate-stderr resources-apply --hugetlb=2m= --rdma=a: --net-priority=x= --unified=a.b= --device-read-bps=8:0: <in
	holds '.linux.resources | (.hugepageLimits, .network.priorities, .blockIO.throttleReadBpsDevice, .rdma, .unified) | length == 1'
	run -0 --separate-stderr resources-apply --hugetlb=2m= --rdma=a: --net-priority=x= --unified=a.b= --device-read-bps=8:0: \
		--hugetlb=1g= --rdma=b: --net-priority=y= --unified=c.d= --device-read-bps=8:1: <in
	holds '. == {linux: {}}'
}

@test "names that could lead elsewhere are errors" {
	for bad in --unified=../cgroup.procs=1 --unified=a/b=1 --unified=.=1 --unified=.x=1 --unified=procs=1 --unified=a.b --unified==1 \
		--cgroup-parent=../x --cgroup-parent=/a/../b --cgroup-parent=.. --cgroups-path=a/.. --cgroups-path=/./a \
		--rdt-closid=../x --rdt-closid=.. --rdt-closid=a/b --rdma=../x:handles=1 --rdma=x --rdma=x:foo=1 --rdma=x:handles=-2 \
		--net-priority=a/b=1 --net-priority=..=1 --net-priority=abcdefghijklmnop=1 --net-priority=eth0=4294967296 --net-priority=eth0 \
		--hugetlb=3m=1 --hugetlb=512=1 --hugetlb=2m --rdt-l3=MB:0=1 --rdt-mb=L3:0=1 --rdt-schema=x \
		--rdt-schema=$'L3:0=1\nMB:0=1'; do
		refuses "${bad%%=*}: " "$bad"
	done
}

@test "weights and throttles of a device, by number or by file" {
	sets --blkio-weight-device=8:0:500 --blkio-leaf-weight-device=8:0:20 --device-read-bps=8:16:1m --device-write-bps=8:16:2m \
		--device-read-iops=8:16:3 --device-write-iops=8:16:4 -- '.linux.resources.blockIO == {
			weightDevice: [{major: 8, minor: 0, weight: 500, leafWeight: 20}],
			throttleReadBpsDevice: [{major: 8, minor: 16, rate: 1048576}],
			throttleWriteBpsDevice: [{major: 8, minor: 16, rate: 2097152}],
			throttleReadIOPSDevice: [{major: 8, minor: 16, rate: 3}],
			throttleWriteIOPSDevice: [{major: 8, minor: 16, rate: 4}]}'
	run -0 --separate-stderr resources-apply --blkio-weight-device=8:0: <<<"$output"
	holds '.linux.resources.blockIO.weightDevice == [{major: 8, minor: 0, leafWeight: 20}]'
	refuses '/dev/null: is not a block device' --device-read-bps=/dev/null:1
	mkfifo fifo
	refuses 'fifo: is not a block device' --device-read-bps=fifo:1
	run -3 --separate-stderr resources-apply --device-read-bps=/dev/none:1 <<<'{}'
	complains '/dev/none: cannot look at the device'
	for bad in 8:0:0 8:0:-1 8:0:x :1 1m 4096:0:1 8:1048576:1; do
		run -2 --separate-stderr resources-apply --device-read-bps=$bad <<<'{}'
		[ -z "$output" ]
	done
	refuses '--blkio-weight-device: ' --blkio-weight-device=8:0:9
}

@test "a block device's file gives its numbers" {
	local node
	need_root
	node=$(find /dev -maxdepth 1 -type b | head -n 1)
	[ -n "$node" ] || skip 'there is no block device'
	run -0 --separate-stderr resources-apply --device-read-bps="$node:1m" <<<'{}'
	holds --argjson major "$((0x$(stat -c %t "$node")))" --argjson minor "$((0x$(stat -c %T "$node")))" \
		'.linux.resources.blockIO.throttleReadBpsDevice == [{major: $major, minor: $minor, rate: 1048576}]'
}

@test "--cgroup-parent is recorded for ocirun, --cgroups-path is the document's, one displaces the other (B099)" {
	sets --cgroup-parent=/builds -- '. == {ocipipe: {version: 1, cgroup: {parent: "/builds"}}}'
	run -0 --separate-stderr resources-apply --cgroups-path=/a/b <<<"$output"
	holds '. == {ocipipe: {version: 1}, linux: {cgroupsPath: "/a/b"}}'
	run -0 --separate-stderr resources-apply --cgroup-parent=x.slice <<<"$output"
	holds '. == {ocipipe: {version: 1, cgroup: {parent: "x.slice"}}, linux: {}}'
	refuses '--cgroup-parent: has no use' --cgroup-parent=/a --cgroups-path=/b
}

@test "schedulers, as chrt and the runtime-spec spell them" {
	while IFS='|' read -r text json; do
		sets "--scheduler=$text" -- ".process.scheduler == $json"
	done <<-'END'
		rr:99|{policy: "SCHED_RR", priority: 99}
		SCHED_BATCH,nice=-20|{policy: "SCHED_BATCH", nice: -20}
		fifo,priority=1,flags=reset-on-fork+SCHED_FLAG_KEEP_PARAMS|{policy: "SCHED_FIFO", priority: 1, flags: ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_KEEP_PARAMS"]}
		deadline,runtime=5ms,deadline=10000000,period=1s,flags=dl_overrun|{policy: "SCHED_DEADLINE", runtime: 5000000, deadline: 10000000, period: 1000000000, flags: ["SCHED_FLAG_DL_OVERRUN"]}
		idle|{policy: "SCHED_IDLE"}
	END
	for bad in fast fifo rr:0 rr:100 other:1 idle,nice=1 fifo:1,nice=1 other,nice=20 other,nice other,x=1 other,flags=x \
		deadline deadline,runtime=1ms deadline,runtime=2ms,deadline=1ms deadline,runtime=1ms,deadline=3ms,period=2ms \
		deadline,runtime=10,deadline=1ms other,runtime=1ms deadline,runtime=5ms,deadline=9223372036854775808 \
		deadline,runtime=1m,deadline=5s ','; do
		refuses '--scheduler: ' "--scheduler=$bad"
	done
}

@test "I/O priorities as ionice spells them, memory policies as tmpfs does" {
	sets --io-priority=best-effort -- '.process.ioPriority == {class: "IOPRIO_CLASS_BE", priority: 4}'
	sets --io-priority=IOPRIO_CLASS_RT:0 -- '.process.ioPriority == {class: "IOPRIO_CLASS_RT", priority: 0}'
	sets --io-priority=2:7 -- '.process.ioPriority == {class: "IOPRIO_CLASS_BE", priority: 7}'
	for bad in none 4 be:8 be:-1 be: idle:1; do
		refuses '--io-priority: ' "--io-priority=$bad"
	done
	sets --memory-policy=preferred -- '.linux.memoryPolicy == {mode: "MPOL_PREFERRED"}'
	sets --memory-policy=weighted_interleave=relative:0,2 -- '.linux.memoryPolicy ==
		{mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0,2", flags: ["MPOL_F_RELATIVE_NODES"]}'
	sets --memory-policy=MPOL_BIND=static+balancing:0 -- '.linux.memoryPolicy.flags == ["MPOL_F_STATIC_NODES", "MPOL_F_NUMA_BALANCING"]'
	for bad in bind preferred=static bind: bind:x bind=foo:0 local:0 default=static interleave=balancing:0 bind=static+relative:0 near; do
		refuses '--memory-policy: ' "--memory-policy=$bad"
	done
	for bad in : 0: x 0:x ::; do
		refuses '--cpu-affinity: ' "--cpu-affinity=$bad"
	done
}

@test "--rdt-schema is a list: all lines given now are all of it" {
	sets --rdt-schema=L3:0=f --rdt-schema=MB:0=70 -- '.linux.intelRdt.schemata == ["L3:0=f", "MB:0=70"]'
	run -0 --separate-stderr resources-apply --rdt-schema=L3:0=1 <<<"$output"
	holds '.linux.intelRdt.schemata == ["L3:0=1"]'
}

@test "the devices' rules are somebody else's and stay" {
	echo '{"linux":{"resources":{"devices":[{"allow":false,"access":"rwm"}],"pids":{"limit":5}}}}' >in
	run -0 --separate-stderr resources-apply --pids-limit= <in
	holds '. == {linux: {resources: {devices: [{allow: false, access: "rwm"}]}}}'
}

@test "what is empty in the document and not ours to empty stays" {
	echo '{"linux":{"resources":{"memory":{},"cpu":{}}}}' >in
	resources-apply --compact --memory= --pids-limit= --ulimit=host --cgroup-parent= <in | cmp - in
}

# ---- --explain ---------------------------------------------------------------

@test "--explain says which files get which values, and the document goes on" {
	run -0 --separate-stderr resources-apply -m 64m --memory-swap=128m --cpus=1.5 --pids-limit=unlimited --explain \
		--device-write-bps=8:0:1m --hugetlb=2m=4m --rdma=x:handles=3 <<<'{}'
	holds '.linux.resources.memory.limit == 67108864'
	case $(stat -f -c %T /sys/fs/cgroup) in
	cgroup2fs)
		[[ $stderr =~ memory.max\ +67108864 && $stderr =~ memory.swap.max\ +67108864 && $stderr =~ cpu.max\ +150000\ 100000 ]]
		[[ $stderr =~ io.max\ +8:0\ wbps=1048576 && $stderr =~ hugetlb.2MB.max\ +4194304 ]]
		;;
	*)
		[[ $stderr =~ memory/memory.limit_in_bytes\ +67108864 && $stderr =~ memory.memsw.limit_in_bytes\ +134217728 ]]
		[[ $stderr =~ cpu/cpu.cfs_quota_us\ +150000 && $stderr =~ write_bps_device\ +8:0\ 1048576 ]]
		;;
	esac
	[[ $stderr =~ pids.max\ +max && $stderr =~ rdma.max\ +x\ hca_handle=3 ]]
}

@test "--explain speaks the host's version of cgroups, 2 as well" {
	need_root
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	# shellcheck disable=SC2016 # the shell in there has arguments of its own
	run -0 --separate-stderr unshare -m --propagation private sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh \
		resources-apply -m 64m --memory-swap=192m --memory-reservation=32m --memory-swappiness=5 --pids-limit=max \
		--cpus=0.5 -c 512 --cpu-burst=100 --device-read-bps=8:0:1m --device-write-iops=8:0:10 --hugetlb=2m=64m \
		--rdma=mlx:handles=2 --unified=memory.high=5 --explain <<<'{}'
	sed -E 's/  +/ /g; s/ \(this host.*//' <<<"$stderr" | diff -u - <(
		cat <<-'END'
			cgroup v2
			memory.max 67108864 /memory/limit
			memory.low 33554432 /memory/reservation
			- 5 /memory/swappiness (cgroup v2 has no such file)
			cpu.weight 20 /cpu/shares
			cpu.max.burst 100 /cpu/burst
			pids.max max /pids/limit
			memory.swap.max 134217728 /memory/swap
			cpu.max 50000 100000 /cpu/quota
			io.max 8:0 rbps=1048576 /blockIO/throttleReadBpsDevice
			io.max 8:0 wiops=10 /blockIO/throttleWriteIOPSDevice
			hugetlb.2MB.max 67108864 /hugepageLimits
			rdma.max mlx hca_handle=2 /rdma
			memory.high 5 /unified/memory.high
		END
	)
	run -0 --separate-stderr unshare -m --propagation private sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh \
		resources-apply -m 64m --memory-swap=-1 --cpu-quota=-1 --explain <<<'{}'
	[[ $stderr == *'memory.swap.max'*' max '* && $stderr == *'cpu.max'*' max 100000 '* ]]
}

@test "--explain at a terminal writes only the explanation" {
	echo '{}' >in
	run -0 script -qec 'resources-apply --input=in --pids-limit=5 --explain' /dev/null
	assert_line --index 0 --regexp '^cgroup v[12]'
	assert_line --index 1 --regexp 'pids.max +5'
	refute_output --partial '{'
}

@test "the document does not depend on the host, with --explain or without" {
	resources-apply -m 1g --cpu-shares=512 <<<'{}' >out
	resources-apply -m 1g --cpu-shares=512 --explain <<<'{}' 2>/dev/null | cmp - out
}

@test "100,000 entries take linear time" {
	local n from to
	for n in 10000 100000; do
		jq -cn --argjson n $n '{linux: {resources: {hugepageLimits: [range($n) | {pageSize: "\(. + 1)KB", limit: .}],
			blockIO: {throttleReadBpsDevice: [range($n) | {major: (. / 1000 | floor), minor: (. % 1000), rate: 5}]}}}}' >in$n
		from=$(date +%s%N)
		resources-apply --hugetlb=4k=9 --device-read-bps=9:9:1 --device-read-bps=8:0: --compact <in$n >out
		to=$(date +%s%N)
		eval "took$n=$((to - from))"
	done
	echo "10,000: ${took10000?} ns, 100,000: ${took100000?} ns"
	[ "$took100000" -lt $((took10000 * 30)) ]
}
