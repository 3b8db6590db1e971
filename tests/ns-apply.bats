#!/usr/bin/env bats
# ns-apply: namespaces, names, sysctls, clocks and the network mode.
# shellcheck disable=SC2016,SC2094,SC2154 # jq's variables; cmp only reads; set by run
load lib

SPEC='{"process":{"env":["PATH=/bin"]},"linux":{"namespaces":[{"type":"pid"},{"type":"network"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}]}}'

ns() {
	run -0 --separate-stderr ns-apply "$@" <<<"$SPEC"
	silent
}

refuses() {
	run -2 --separate-stderr ns-apply "${@:2}" <<<"${IN:-$SPEC}"
	[ -z "$output" ]
	complains "ns-apply: $1"
}

# ---- namespaces ----------------------------------------------------------------

@test "private, container, host and a path for every kind (B077, B081, B406)" {
	local option type
	while read -r option type; do
		for word in private container; do
			ns "--$option=$word"
			holds --arg t "$type" '[.linux.namespaces[] | select(.type == $t)] == [{type: $t}]'
		done
		ns "--$option=host"
		holds --arg t "$type" '[.linux.namespaces[] | select(.type == $t)] == [] and (.linux.namespaces | length) >= 4'
		for path in /proc/1/ns/x ns:/proc/1/ns/x; do
			ns "--$option=$path"
			holds --arg t "$type" '[.linux.namespaces[] | select(.type == $t)] == [{type: $t, path: "/proc/1/ns/x"}]'
		done
		for bad in ns:x ns: relative/path Host priv ''; do
			refuses "--$option: " "--$option=$bad"
		done
	done <<-'END'
		pid pid
		ipc ipc
		uts uts
		mountns mount
		cgroupns cgroup
		timens time
	END
}

@test "an entry is replaced in its place, a new one is put last (B081, B088)" {
	ns --ipc=/a --cgroupns=private --timens=private --pid=private
	holds '[.linux.namespaces[].type] == ["pid", "network", "ipc", "uts", "mount", "cgroup", "time"]'
	ns --network=host --uts=host
	holds '[.linux.namespaces[].type] == ["pid", "ipc", "mount"]'
}

@test "the last of equal options counts, and other entries keep what they have (B078)" {
	run -0 --separate-stderr ns-apply --pid=host --pid=/x <<<'{"linux":{"namespaces":[{"type":"user","y":1},{"type":"pid","path":"/a"}]}}'
	holds '.linux.namespaces == [{type: "user", y: 1}, {type: "pid", path: "/x"}]'
}

@test "the user namespace and its mappings are not ns-apply's (B083, B084, B085)" {
	IN='{"linux":{"namespaces":[{"type":"user","path":"/u"}],"uidMappings":[]}}'
	run -0 --separate-stderr ns-apply --pid=private --network=private <<<"$IN"
	holds '.linux.namespaces[0] == {type: "user", path: "/u"} and .linux.uidMappings == []'
	refuses '--userns: unknown option' --userns=host
	complains 'hint: idmap-apply'
}

# ---- the network ---------------------------------------------------------------

@test "the network's mode is recorded (B079, B080, B082, B087)" {
	while read -r word mode entry; do
		ns "--network=$word"
		holds --arg m "$mode" '.ocipipe == {version: 1, network: {mode: $m}}'
		holds --argjson e "$entry" '[.linux.namespaces[] | select(.type == "network")] == $e'
		ns "--net=$word"
		holds --arg m "$mode" '.ocipipe.network.mode == $m'
	done <<-'END'
		private private [{"type":"network"}]
		container private [{"type":"network"}]
		none none [{"type":"network"}]
		host host []
		/run/netns/a path [{"type":"network","path":"/run/netns/a"}]
		ns:/run/netns/a path [{"type":"network","path":"/run/netns/a"}]
		slirp4netns slirp4netns [{"type":"network"}]
		pasta pasta [{"type":"network"}]
		bridge bridge [{"type":"network"}]
	END
}

@test "only the network's own option decides about it (B407)" {
	ns --network=none --pid=private --uts=private --ipc=private --cgroupns=private
	holds '.ocipipe.network.mode == "none"'
	run -0 --separate-stderr ns-apply --uts=private --pid=host <<<"$output"
	holds '.ocipipe.network.mode == "none"'
	ns --uts=private
	holds 'has("ocipipe") | not'
}

@test "default leaves the network as it is (B415)" {
	ns --network=default
	holds --argjson in "$SPEC" '. == $in'
	ns --network=none
	run -0 --separate-stderr ns-apply --network=default <<<"$output"
	holds '.ocipipe.network.mode == "none"'
}

@test "networks by name, and options of slirp4netns and pasta (B082)" {
	while read -r word json; do
		ns "--network=$word"
		holds --argjson j "$json" '.ocipipe.network == $j and ([.linux.namespaces[] | select(.type == "network")] == [{type: "network"}])'
		run -0 --separate-stderr ns-apply "--network=$word" <<<"$output"
		holds --argjson j "$json" '.ocipipe.network == $j'
	done <<-'END'
		podman {"mode":"bridge","networks":["podman"]}
		a_1,b.c,d-e {"mode":"bridge","networks":["a_1","b.c","d-e"]}
		bridge:a,b {"mode":"bridge","networks":["a","b"]}
		bridge:hosts {"mode":"bridge","networks":["hosts"]}
		slirp4netns:mtu=1500,cidr=10.1.0.0/24,allow_host_loopback=true {"mode":"slirp4netns","options":["mtu=1500","cidr=10.1.0.0/24","allow_host_loopback=true"]}
		slirp4netns:enable_ipv6=false,outbound_addr=10.0.0.1,port_handler=slirp4netns {"mode":"slirp4netns","options":["enable_ipv6=false","outbound_addr=10.0.0.1","port_handler=slirp4netns"]}
		slirp4netns:outbound_addr=eth0,outbound_addr6=fd00::1 {"mode":"slirp4netns","options":["outbound_addr=eth0","outbound_addr6=fd00::1"]}
		pasta:-t,auto,-u,none,--map-gw,--mtu=1500,--address,10.0.2.3 {"mode":"pasta","options":["-t","auto","-u","none","--map-gw","--mtu=1500","--address","10.0.2.3"]}
	END
}

@test "a network's name cannot lead elsewhere, and a slip is no name (CVE-2021-20206)" {
	for bad in ../x a/b a,../b a,,b ',' .. .a bridge: bridge:../x bridge:a,b/c 'a b' -a a=b a:b private:x "$(printf %065d 1)"; do
		refuses '--network: ' "--network=$bad"
	done
	for bad in hosts Host HOST hsot non privte slirp4nets pastas brige; do
		refuses "--network: unknown '$bad'" "--network=$bad"
		complains "a network of that name is bridge:$bad"
	done
}

@test "no option of slirp4netns or pasta is taken that is not known, or writes files (B082)" {
	for bad in slirp4netns: slirp4netns:mtu slirp4netns:mtu=67 slirp4netns:mtu=65536 slirp4netns:foo=1 slirp4netns:cidr=10.0.0.0 \
		slirp4netns:cidr=10.0.0.0/33 slirp4netns:cidr=x/24 slirp4netns:enable_ipv6=yes slirp4netns:outbound_addr=../x \
		slirp4netns:outbound_addr6=fd00::1::2/64 slirp4netns:port_handler=x slirp4netns:MTU=1500 \
		pasta: pasta:-t pasta:-t,-u pasta:auto pasta:-P,/tmp/x pasta:--pid=x pasta:--log-file,/tmp/x pasta:-l,x pasta:-p,x pasta:--pcap=x \
		pasta:--runas,0 pasta:--netns,/x pasta:--userns,/x pasta:-F,3 pasta:-e pasta:--map-gw=x pasta:--mtu= pasta:-t=auto \
		pasta:--interface,/etc/passwd pasta:-tauto; do
		refuses '--network: ' "--network=$bad"
	done
}

@test "ocirun checks a recorded network, and says which it cannot set up" {
	make_rootfs
	ocigen --rootfs=rootfs -- true | ns-apply --network=pasta:-t,auto >doc
	ocipatch --set=/ocipipe/network/options/1='"--pcap"' <doc >bad
	run -125 --separate-stderr ocirun --dry-run bad
	complains '/ocipipe/network/options/1'
	ocigen --rootfs=rootfs -- true | ns-apply --network=a,b | ocipatch --set=/ocipipe/network/networks/1='"../b"' >bad
	run -125 --separate-stderr ocirun --dry-run bad
	complains "/ocipipe/network/networks/1: '../b' is not the name of a network"
	ocipatch --set=/ocipipe/network/networks=1 <doc >bad
	run -125 --separate-stderr ocirun --dry-run bad
	complains '/ocipipe/network/networks'
}

# ---- names -----------------------------------------------------------------------

@test "a host name is set, and HOSTNAME= with it (B033, B075, B086)" {
	ns --hostname=builder
	holds '.hostname == "builder" and .process.env == ["PATH=/bin", "HOSTNAME=builder"]'
	run -0 --separate-stderr ns-apply --hostname=other <<<"$output"
	holds '.hostname == "other" and .process.env == ["PATH=/bin", "HOSTNAME=other"]'
	run -0 --separate-stderr ns-apply --hostname= <<<"$output"
	holds --argjson in "$SPEC" '. == $in'
}

@test "a HOSTNAME= that is somebody else's stays (B033)" {
	IN='{"hostname":"a","process":{"env":["HOSTNAME=mine","X=1"]}}'
	run -0 --separate-stderr ns-apply --hostname=b <<<"$IN"
	holds '.hostname == "b" and .process.env == ["HOSTNAME=mine", "X=1"]'
	run -0 --separate-stderr ns-apply --uts=host <<<"$IN"
	holds 'has("hostname") == false and .process.env == ["HOSTNAME=mine", "X=1"]'
}

@test "without a uts namespace of its own it has no names, nor HOSTNAME= (B033, B075)" {
	for where in host /x; do
		run -0 --separate-stderr ns-apply --uts=$where \
			<<<'{"hostname":"a","domainname":"d","process":{"env":["HOSTNAME=a","X=1"]}}'
		holds '(has("hostname") or has("domainname") | not) and .process.env == ["X=1"]'
		refuses '--hostname: is for a uts namespace' --uts=$where --hostname=x
		refuses '--domainname: is for a uts namespace' --uts=$where --domainname=x
	done
}

@test "a name is one, at most 64 bytes" {
	ns --hostname="$(printf 'a%.0s' {1..64})" --domainname=example.org
	holds '.domainname == "example.org" and (.hostname | length == 64)'
	run -0 --separate-stderr ns-apply --domainname= <<<"$output"
	holds 'has("domainname") | not'
	for bad in "$(printf 'a%.0s' {1..65})" -a .a 'a b' a/b $'a\nb' ä a:b; do
		refuses '--hostname: ' --hostname="$bad"
		refuses '--domainname: ' --domainname="$bad"
	done
}

# ---- sysctls ---------------------------------------------------------------------

@test "sysctls of namespaces are taken, all the runtimes know and no other (B089, B090, B091)" {
	for name in kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax kernel.shmmni \
		kernel.shm_rmid_forced kernel.domainname fs.mqueue.msg_max net.ipv4.ip_forward net.ipv4.conf.eth-0.x; do
		ns "--sysctl=$name=1"
		holds --arg n "$name" '.linux.sysctl == {($n): "1"}'
	done
	for bad in kernel.core_pattern kernel.hostname kernel.domainame kernel.semx kernel.msg_next_id netfoo.x net fs.mqueue fs.file-max \
		net.. net. net.a..b net.ipv4/../../kernel/core_pattern net.ipv4/ip_forward 'net.a b' ''; do
		refuses '--sysctl: ' "--sysctl=$bad=1"
	done
	refuses "--sysctl: 'kernel.hostname' is not" --sysctl=kernel.hostname=x
	complains 'hint: --hostname'
}

@test "a value may hold = and blanks, and may be empty; without = it is an error (B092, D13)" {
	ns --sysctl=net.a.b=c=d --sysctl='net.ipv4.ping_group_range=0 0' --sysctl=net.x=
	holds '.linux.sysctl == {"net.a.b": "c=d", "net.ipv4.ping_group_range": "0 0", "net.x": ""}'
	refuses "--sysctl: 'net.a' is not NAME=VALUE" --sysctl=net.a
	refuses '--sysctl: ' --sysctl==1
}

@test "sysctls go with the namespace that they were for (B089, B093)" {
	ns --sysctl=net.a=1 --sysctl=kernel.sem=2 --sysctl=kernel.domainname=3
	echo "$output" >in
	run -0 --separate-stderr ns-apply --network=host <in
	holds '.linux.sysctl == {"kernel.sem": "2", "kernel.domainname": "3"}'
	run -0 --separate-stderr ns-apply --ipc=host --uts=host --network=host <in
	holds '.linux | has("sysctl") | not'
	run -0 --separate-stderr ns-apply --ipc=/a --uts=/b --network=/c <in
	holds '.linux.sysctl | length == 3'
	refuses '--sysctl: is for a network namespace' --network=host --sysctl=net.a=1
	refuses '--sysctl: is for an ipc namespace' --ipc=host --sysctl=kernel.sem=1
}

# ---- clocks and devices ----------------------------------------------------------

@test "clocks are shifted by whole seconds and fractions" {
	while IFS='|' read -r text json; do
		ns "--time-offset=$text"
		holds --argjson j "$json" '.linux.timeOffsets == $j'
	done <<-'END'
		monotonic=86400|{"monotonic":{"secs":86400}}
		boottime=-5|{"boottime":{"secs":-5}}
		boottime=9223372036|{"boottime":{"secs":9223372036}}
		boottime=5.25|{"boottime":{"secs":5,"nanosecs":250000000}}
		monotonic=0.000000001|{"monotonic":{"secs":0,"nanosecs":1}}
	END
	ns --time-offset=monotonic=1 --time-offset=boottime=2 --time-offset=monotonic=3
	holds '.linux.timeOffsets == {monotonic: {secs: 3}, boottime: {secs: 2}}'
	for bad in monotonic monotonic= realtime=1 monotonic=x monotonic=1e3 monotonic=5. monotonic=-1.5 monotonic=9223372037 monotonic=-9223372037 \
		monotonic=+1 monotonic=0.1234567890 =1; do
		refuses '--time-offset: ' "--time-offset=$bad"
	done
}

@test "offsets go with the time namespace" {
	for where in host /x; do
		run -0 --separate-stderr ns-apply --timens=$where <<<'{"linux":{"timeOffsets":{"monotonic":{"secs":1}}}}'
		holds '.linux | has("timeOffsets") | not'
		refuses '--time-offset: is for a new time namespace' --timens=$where --time-offset=monotonic=1
	done
}

@test "network devices are moved by name" {
	ns --net-device=eth5 --net-device=eth6:lan0
	holds '.linux.netDevices == {eth5: {}, eth6: {name: "lan0"}}'
	run -0 --separate-stderr ns-apply --network=host <<<"$output"
	holds '.linux | has("netDevices") | not'
	for bad in '' : a: :a a/b ../x a:b/c abcdefghijklmnop . 'a b'; do
		refuses '--net-device: ' "--net-device=$bad"
	done
	refuses '--net-device: ' --network=host --net-device=eth5
}

@test "nothing else changes, byte for byte" {
	printf '{"x": 1e400, "linux": {"namespaces": [{"type": "pid", "y": 0.10}], "z": null}}' |
		ns-apply --compact --ipc=private >out
	echo '{"x":1e400,"linux":{"namespaces":[{"type":"pid","y":0.10},{"type":"ipc"}],"z":null}}' | cmp - out
}

@test "100,000 sysctls take linear time" {
	for n in 10000 100000; do
		jq -cn --argjson n $n '{linux: {sysctl: ([range($n) | {key: "net.x\(.)", value: "1"}] | from_entries)}}' >in
		from=$(date +%s%N)
		ns-apply --sysctl=net.x5=2 --ipc=host --compact <in >out
		eval "took$n=$(($(date +%s%N) - from))"
	done
	echo "10,000: ${took10000?} ns, 100,000: ${took100000?} ns"
	[ "$took100000" -lt $((took10000 * 30)) ]
}

# ---- in a container --------------------------------------------------------------

@test "each kind is a new namespace, the host's, or the one joined (B077, B406)" {
	local kind pid
	need_root
	make_rootfs
	unshare --ipc --uts --net --cgroup sleep 100 &
	pid=$!
	await grep -qx sleep "/proc/$pid/comm"
	for runtime in runc crun; do
		while read -r option kind; do
			for where in private host "/proc/$pid/ns/$kind"; do
				ocigen --rootfs=rootfs -- readlink "/proc/self/ns/$kind" | ns-apply "--$option=$where" >doc
				run -0 --separate-stderr on $runtime ocirun doc
				case $where in
				private)
					[ "$output" != "$(readlink /proc/self/ns/"$kind")" ]
					;;
				host) [ "$output" = "$(readlink /proc/self/ns/"$kind")" ] ;;
				*) [ "$output" = "$(readlink "/proc/$pid/ns/$kind")" ] ;;
				esac || fail "$runtime: --$option=$where gives $output"
			done
		done <<-'END'
			ipc ipc
			uts uts
			network net
			cgroupns cgroup
		END
	done
	kill "$pid"
	wait "$pid" || true
}

@test "a container has the names and the sysctls asked for (B075, B091)" {
	need_root
	make_rootfs
	for runtime in runc crun; do
		ocigen --rootfs=rootfs -- sh -c 'hostname; echo $HOSTNAME; cat /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max \
			/proc/sys/net/ipv4/ip_default_ttl' |
			ns-apply --hostname=builder --sysctl=kernel.msgmax=9001 --sysctl=fs.mqueue.msg_max=11 \
				--sysctl=net.ipv4.ip_default_ttl=55 --network=none >doc
		run -0 --separate-stderr on $runtime ocirun doc
		assert_output 'builder
builder
9001
11
55'
	done
}
