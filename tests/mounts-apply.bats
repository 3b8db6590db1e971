#!/usr/bin/env bats
# mounts-apply: rows, their order, special mounts, masked paths.
load lib

prepare() {
	ocigen --rootfs=/r --workdir=/work -- true >base.json
}

# apply OPTION... - mounts-apply on the base document, into $output.
apply() {
	run -0 --separate-stderr mounts-apply "$@" <base.json
	silent
}

# row DESTINATION JQ - what jq makes of the row at DESTINATION, in one line.
row() {
	jq -c --arg at "$1" ".mounts[] | select(.destination == \$at) | $2" <<<"$output"
}

# refuses STATUS TEXT OPTION...
refuses() {
	local status=$1 text=$2
	shift 2
	run "-$status" --separate-stderr mounts-apply "$@" <base.json
	assert_output ''
	complains "$text"
}

@test "a new document has the base mounts in their order, the special ones and generated files (B106, B107, B109, B112, B115, B125)" {
	apply
	holds '[.mounts[].destination] == ["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue",
		"/sys", "/sys/fs/cgroup", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf",
		"/run/.containerenv"]'
	holds '.linux.maskedPaths | contains(["/proc/acpi", "/proc/kcore", "/proc/keys",
		"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
		"/proc/timer_stats", "/sys/dev/block", "/sys/devices/virtual/powercap",
		"/sys/firmware", "/sys/fs/selinux"])'
	holds '.linux.readonlyPaths == ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq",
		"/proc/sys", "/proc/sysrq-trigger"]'
	[ "$(row /etc/hosts .source)" = '"files/hosts"' ]
}

@test "the special mounts follow namespaces and mappings as the worked table says (B116, B117, B118, B120, B121, B122)" {
	local line options want
	# what differs from the base: namespaces kept at the host, a user namespace or not
	while IFS=';' read -r options want; do
		# shellcheck disable=SC2086 # a list of options
		run -0 --separate-stderr bash -c "<base.json ns-apply $options | mounts-apply"
		line=$(jq -r '[.mounts[] | select(.destination | test("^/(proc|sys|sys/fs/cgroup|dev/mqueue|dev/shm)$"))
			| .destination + "=" + .type] | sort | join(" ")' <<<"$output")
		assert_equal "$line" "$want"
	done <<-'END'
		--pid=private;/dev/mqueue=mqueue /dev/shm=tmpfs /proc=proc /sys/fs/cgroup=cgroup /sys=sysfs
		--network=host;/dev/mqueue=mqueue /dev/shm=tmpfs /proc=proc /sys/fs/cgroup=cgroup /sys=sysfs
		--network=host --pid=host --ipc=host;/dev/mqueue=mqueue /dev/shm=tmpfs /proc=proc /sys/fs/cgroup=cgroup /sys=sysfs
		--network=host --pid=private | idmap-apply --uidmap=0:1:9;/dev/mqueue=mqueue /dev/shm=tmpfs /proc=proc /sys=bind
		--network=private | idmap-apply --uidmap=0:1:9;/dev/mqueue=mqueue /dev/shm=tmpfs /proc=proc /sys/fs/cgroup=cgroup /sys=sysfs
		--network=host --pid=host --ipc=host | idmap-apply --uidmap=0:1:9;/dev/mqueue=bind /dev/shm=bind /proc=bind /sys=bind
	END
}

@test "a bound special mount comes back fresh when its namespace does, and the cgroups with /sys (B116)" {
	run -0 --separate-stderr bash -c 'ns-apply --network=host <base.json | idmap-apply --uidmap=0:1:9 |
		mounts-apply | ns-apply --network=private | mounts-apply | idmap-apply --userns=host | mounts-apply'
	assert_equal "$(jq -S .mounts <<<"$output")" "$(jq -S .mounts base.json)"
}

@test "/dev/pts has gid=5 only where group 5 is mapped, counted in 64 bits (B118, B119)" {
	local map want
	while read -r map want; do
		run -0 --separate-stderr bash -c "<base.json idmap-apply --uidmap=0:1:9 --gidmap=$map | mounts-apply"
		assert_equal "$(row /dev/pts '.options | index("gid=5") != null')" "$want"
	done <<-'END'
		0:100000:65536 true
		0:100000:6 true
		0:100000:5 false
		0:100000:1,6:200000:4294767294 false
	END
}

@test "/sys/fs/cgroup is read-only unless asked for (B117)" {
	apply
	[ "$(row /sys/fs/cgroup '.options | index("ro") != null')" = true ]
	apply --cgroup-rw
	[ "$(row /sys/fs/cgroup '.options | [index("rw") != null, index("ro")]')" = '[true,null]' ]
}

@test "the size of /dev/shm is written in bytes (B122, B123)" {
	apply --shm-size=64MB
	[ "$(row /dev/shm '.options[-1]')" = '"size=67108864"' ]
	refuses 2 "'64x' is not a size" --shm-size=64x
}

@test "no private mark is left in any row, and every bind says bind or rbind, ro or rw, and a propagation, once (B124, B134, B135, B136, B137, B139)" {
	apply -v /a:/d1 -v /a:/d2:ro,Z -v /a:/d3:bind,rslave,U -v /a:/d4:z,cached,nosuid \
		--mount=type=bind,src=/a,target=/d5 --mount=type=bind,src=/a,dst=/d6,bind-nonrecursive,rw \
		-v /a:/d7: -v /a:/d8:idmap,noexec
	holds '["bind", "rbind"] as $b | ["ro", "rw"] as $a
		| ["private", "rprivate", "slave", "rslave", "shared", "rshared"] as $p
		| def one($of): map(select(. as $o | $of | index($o))) | length == 1;
		all(.mounts[] | select(.type == "bind").options; one($b) and one($a) and one($p)
			and (. - $b - $a - $p - ["nosuid", "nodev", "noexec"] == []))'
	[ "$(row /d1 .options)" = '["rbind","rprivate","rw"]' ]
	[ "$(row /d2 .options)" = '["rbind","rprivate","ro"]' ]
	[ "$(row /d3 .options)" = '["bind","rslave","rw"]' ]
	[ "$(row /d4 .options)" = '["rbind","rprivate","nosuid","rw"]' ]
	[ "$(row /d6 .options)" = '["bind","private","rw"]' ]
	holds '[.ocipipe.prepare[] | select(.mount | strings | startswith("/d")) | [.step, .mount, .shared]]
		== [["relabel", "/d2", false], ["chown", "/d3", null], ["relabel", "/d4", true], ["idmap", "/d8", null]]'
}

@test "a volume's colons may be escaped, and its source need not exist for a filter (B131, B132, B133, B138)" {
	apply -v '/no/such\:dir:/d\:e:ro'
	[ "$(row /d:e '.source')" = '"/no/such:dir"' ]
	apply -v ./rel/../x:/d
	[ "$(row /d '.source')" = "\"$PWD/rel/../x\"" ]
	refuses 2 'must be SOURCE:TARGET[:OPTIONS]' -v /only
	refuses 2 'must be SOURCE:TARGET[:OPTIONS]' -v /a:/b:ro:more
	refuses 2 "target 'b' is not absolute" -v /a:b
	refuses 2 "'data' is not a path" -v data:/data
	complains 'type=cache'
}

@test "words come from closed sets and go together or not (B133, B199; CVE-2024-9407)" {
	local words
	for words in ro,rw ro,ro private,rshared bind,rbind suid,nosuid z,Z O,z O,private; do
		refuses 2 'do not go together' -v "/a:/d:$words" || refuses 2 'is not an option of a mount' -v "/a:/d:$words"
	done
	for words in suid,shared,exec,x SHARED 'rw ' remount size=1 ','; do
		refuses 2 "unknown option '" -v "/a:/d:$words"
	done
	for words in suid '"shared,exec"' '"rw,remount"' SHARED O unbindable; do
		refuses 2 "unknown option '" --mount="type=bind,src=/a,target=/d,bind-propagation=$words"
	done
	refuses 2 "'bind-propagation' needs a value" --mount=type=bind,src=/a,target=/d,bind-propagation=
}

@test "O makes an overlay whose other words are kept (B140, B141, B143, B144, B145)" {
	apply -v /a:/d:O,ro,nodev -v /b:/e:O,upperdir=/u,workdir=/w,U
	[ "$(row /d '[.type, .source, .options]')" = '["overlay","overlay",["nodev","ro"]]' ]
	holds '[.ocipipe.prepare[] | select(.step == "overlay" or .step == "chown")] == [
		{step: "overlay", mount: "/d", lower: "/a"},
		{step: "overlay", mount: "/e", lower: "/b", upper: "/u", work: "/w"},
		{step: "chown", mount: "/e"}]'
	refuses 2 'upperdir and workdir go together' -v /b:/e:O,upperdir=/u
	refuses 2 "without commas" --mount='type=overlay,src=/a,target=/d,"upperdir=/u,x",workdir=/w'
	refuses 2 "unknown option 'upperdir=/u'" -v /b:/e:upperdir=/u,workdir=/w
}

@test "a context confines the sources in it, and what is written to it is thrown away (B160, B164, B165)" {
	apply --context=ctx --build-context=deps=/deps --mount=target=/a --mount=src=../x,target=rel,ro \
		--mount=type=bind,from=deps,source=sub,target=/c,rw
	holds '[.ocipipe.prepare[] | select(.step == "source" or .step == "overlay")] == [
		{step: "source", mount: "/a", root: $ctx, subpath: "/"},
		{step: "source", mount: "/work/rel", root: $ctx, subpath: "/../x"},
		{step: "source", mount: "/c", root: "/deps", subpath: "/sub"},
		{step: "overlay", mount: "/c", lower: "/deps/sub"}]' --arg ctx "$PWD/ctx"
	[ "$(row /c .type)" = '"overlay"' ]
	refuses 2 "there is no context 'nope'" --mount=type=bind,from=nope,target=/x
	complains '--build-context=nope=DIR'
	refuses 2 'needs a source' --mount=type=bind,target=/x
}

@test "the words of a mount: type bind by default, read-only by default, readonly=false (B161, B162, B163, B404)" {
	apply --mount=type=tmpfs,target=/t --mount=src=/a,target=/d,nosuid \
		--mount=type=bind,source=/a,destination=/e,readonly=false,consistency=cached
	[ "$(row /d '[.type, .options]')" = '["bind",["rbind","rprivate","nosuid","ro"]]' ]
	[ "$(row /e '.options[-1]')" = '"rw"' ]
	refuses 2 "unknown option 'nope'" --mount=type=nope,target=/x
	refuses 2 'has no target' --mount=type=bind,src=/a
	refuses 2 "'tmpfs-size' is not an option of a mount of type bind" --mount=src=/a,target=/d,tmpfs-size=1m
}

@test "a CSV field may be quoted" {
	apply --mount='type=bind,"source=/a,b","target=/d""q"'
	[ "$(row '/d"q' .source)" = '"/a,b"' ]
	refuses 2 'a quoted field does not end' --mount='type=bind,"source=/a'
}

@test "a tmpfs takes its size in bytes and its mode in octal (B170, B171)" {
	apply --tmpfs=/t:size=1.5g,mode=755,noexec --mount=type=tmpfs,target=/u,tmpfs-size=64k,tmpcopyup,ro
	[ "$(row /t .options)" = '["nosuid","nodev","noexec","rw","mode=755","size=1610612736"]' ]
	[ "$(row /u .options)" = '["ro","tmpcopyup","size=65536"]' ]
	refuses 2 "'source' is not an option of a mount of type tmpfs" --mount=type=tmpfs,target=/u,source=/x
	refuses 2 "'999' is not an octal mode" --tmpfs=/t:mode=999
}

@test "targets: /, /proc and what is below, and overlong ones are refused (CVE-2019-16884, F38)" {
	refuses 2 'must not be /' -v /a:/
	refuses 2 'must not be in /proc' -v /a:/proc
	refuses 2 'must not be in /proc' -v /a://proc/./self/attr
	refuses 2 'longer than a path can be' -v "/a:/$(head -c 65000 /dev/zero | tr '\0' x)"
}

@test "a new mount goes behind what covers it and before what lies below it; an equal target is replaced in place (B109, B110, B111)" {
	apply -v /a:/x/y/z -v /a:/x -v /a:/x/y -v /b:/x//y/
	holds '[.mounts[] | select(.destination | startswith("/x")) | [.destination, .source]]
		== [["/x", "/a"], ["/x/y", "/b"], ["/x/y/z", "/a"]]'
	apply --before=/dev -v /a:/first --before=/dev/pts -v /a:/second
	holds '[.mounts[].destination][1:5] == ["/first", "/dev", "/second", "/dev/pts"]'
	refuses 1 'there is no other mount at /nowhere' --before=/nowhere -v /a:/x
}

@test "what is mounted over a generated file takes its place, and --no-hosts leaves it alone (B108, B110, B251)" {
	apply -v /my/hosts:/etc/hosts
	[ "$(row /etc/hosts .source)" = '"/my/hosts"' ]
	holds '[.ocipipe.prepare[] | select(.kind == "hosts")] == []'
	run -0 --separate-stderr bash -c 'mounts-apply -v /my/hosts:/etc/hosts <base.json | mounts-apply --no-hosts --no-hostname'
	[ "$(row /etc/hosts .source)" = '"/my/hosts"' ]
	[ -z "$(row /etc/hostname .)" ]
}

@test "names and servers are added to the generated files, once, checked first (B255, B261, B262, B396, B397)" {
	apply --add-host=a:1.2.3.4 --add-host=b:fe80::1 --add-host=a:1.2.3.4 --add-host=h:host-gateway \
		--dns=9.9.9.9 --dns=::1 --dns-search=example.org --dns-option=ndots:2
	holds '[.ocipipe.prepare[] | select(.kind == "hosts" or .kind == "resolv.conf")
		| [.add, .servers, .searches, .options]] == [
		[["a:1.2.3.4", "b:fe80::1", "h:host-gateway"], null, null, null],
		[null, ["9.9.9.9", "::1"], ["example.org"], ["ndots:2"]]]'
	apply --dns=none
	[ -z "$(row /etc/resolv.conf .)" ]
	refuses 2 'cannot be left alone and added to' --dns=none --dns=1.1.1.1
	refuses 2 'cannot be left alone and added to' --no-hosts --add-host=a:1.2.3.4
	refuses 2 "'a' is not NAME:IP" --add-host=a
	refuses 2 "is not an IP address" --add-host=a:1.2.3
	refuses 2 "is not a host name" --add-host=$'a\nb:1.2.3.4'
	refuses 2 "is not an IP address" --dns=one
	refuses 2 "is not a word" --dns-search='a b'
}

@test "without a network there are no hosts and no resolv.conf, unless asked for (B251, B261)" {
	run -0 --separate-stderr bash -c 'ns-apply --network=none <base.json | mounts-apply'
	[ -z "$(row /etc/hosts .)$(row /etc/resolv.conf .)" ]
	[ -n "$(row /etc/hostname .)" ]
	run -0 --separate-stderr bash -c 'ns-apply --network=none <base.json | mounts-apply --add-host=a:1.2.3.4 | mounts-apply'
	[ -n "$(row /etc/hosts .)" ]
}

@test "mounts go, with what is prepared for them" {
	run -0 --separate-stderr bash -c 'mounts-apply -v /a:/d:U --tmpfs=/t <base.json | mounts-apply --remove=/d/ --remove=/t --remove=/none'
	assert_equal "$(jq -S . <<<"$output")" "$(jq -S . base.json)"
}

@test "paths are masked, unmasked and made read-only (B106, B107)" {
	apply --mask=/proc/x --unmask=/proc/kcore --readonly-path=/proc/y --unmask=/proc/bus --mask=/proc/x
	holds '[.linux.maskedPaths[] | select(. == "/proc/x")] == ["/proc/x"]'
	holds '.linux.maskedPaths | index("/proc/kcore") == null'
	holds '.linux.readonlyPaths | index("/proc/y") != null and index("/proc/bus") == null'
	apply --unmask=ALL
	holds '.linux | has("maskedPaths") or has("readonlyPaths") | not'
	refuses 2 "'proc/x' is not an absolute path" --mask=proc/x
}

@test "a special mount that somebody else wrote stays unless --special-mounts" {
	jq '(.mounts[] | select(.destination == "/sys")).options = ["nosuid"]' base.json >other.json
	run -0 --separate-stderr bash -c 'ns-apply --network=host <other.json | idmap-apply --uidmap=0:1:9 | mounts-apply'
	[ "$(row /sys '[.type, .options]')" = '["sysfs",["nosuid"]]' ]
	run -0 --separate-stderr bash -c 'ns-apply --network=host <other.json | idmap-apply --uidmap=0:1:9 | mounts-apply --special-mounts'
	[ "$(row /sys .type)" = '"bind"' ]
}

@test "time grows linearly with mounts and volumes" {
	big() {
		python3 -c '
import sys
n = int(sys.argv[1])
print("""{"mounts":[%s]}""" % ",".join("""{"destination":"/d%d/x","type":"tmpfs","source":"t"}""" % i for i in range(n)))' "$1"
	}
	spent() { # SIZE: least user+system seconds of three runs, in ms
		local TIMEFORMAT='%U %S' best=999999 used volumes
		big "$1" >in.json
		mapfile -t volumes < <(seq -f '--volume=/s:/v%.0f:U' $(($1 / 2)))
		for _ in 1 2 3; do
			used=$({ time mounts-apply --input=in.json "${volumes[@]}" >out.json; } 2>&1 |
				awk '{ print int(1000 * ($1 + $2)) }')
			[ "$used" -ge "$best" ] || best=$used
		done
		[ "$(jq '.mounts | length' out.json)" -ge "$1" ]
		echo "$best"
	}
	local small large
	small=$(spent 5000)
	large=$(spent 50000)
	echo "5,000: $small ms, 50,000: $large ms"
	# Ten times as much; what no longer fits the caches takes somewhat longer each.
	[ "$large" -le $((20 * small)) ]
}
