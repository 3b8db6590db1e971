#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a subshell
# Networks: bridges by netavark, in a network namespace of the test's own that leads nowhere.
load lib
load host
load ocirun
load network

# A named network: network NAME SUBNET [JSON-OF-MORE-MEMBERS]
network() {
	on_host sh -ec '
		mkdir -p /run/networks
		mountpoint -q /etc/containers/networks || {
			mkdir -p /etc/containers/networks
			mount --bind /run/networks /etc/containers/networks
		}
		cat >"/etc/containers/networks/$1.json"' sh "$1" < <(
		jq -n --arg name "$1" --arg subnet "$2" --argjson more "${3-{\}}" '{name: $name,
			id: ($name | @base64), driver: "bridge", network_interface: "br-\($name)",
			subnets: [{subnet: $subnet}], ipv6_enabled: false, internal: false,
			dns_enabled: true, ipam_options: {driver: "host-local"}} * $more'
	)
}

# What is left of containers on bridges: rules, links, leases.  netavark's own chains stay.
no_rules() {
	on_host iptables-save >"$FAKES/rules"
	run -1 grep -E '10\.[0-9]+\.[0-9]+\.[0-9]+|ocipipe|NETAVARK-[0-9A-F]{8}|NETAVARK-DN' "$FAKES/rules"
	left_nothing
}

# answer [ADDRESS] - what netavark says of a container on the default network
answer() {
	echo "{\"ocipipe0\":{\"interfaces\":{\"eth0\":{\"mac_address\":\"7e:00:00:00:00:01\",\"subnets\":[{\"gateway\":\"10.87.0.1\",\"ipnet\":\"${1-10.87.0.2}/24\"}]}},\"dns_server_ips\":[],\"dns_search_domains\":[]}}"
}

# fake_netavark - as fake; $verb is what it is to do, request.$verb what it was told
fake_netavark() {
	fake netavark < <(
		cat <<-'END'
			for path; do :; done
			verb=$5
			here=${0%/*}/..
			cat >"$here/request.$verb"
			echo "$verb" >>"$here/verbs"
		END
		cat
	)
}

# ---- that it works -------------------------------------------------------------

# until_up NAME - until the container of this name can be reached
until_up() {
	await on_host grep -q "\"$1\"" /run/ocipipe/.networks/ocipipe
}

meeting() {
	local who=$1 runtime=$2
	[ "$who" != user ] || return 0
	snapshot
	OCIRUN=--name=service net "$who" "$runtime" bridge sh -c '
		for i in $(seq 200); do ! grep -q client /etc/hosts || break; sleep 0.05; done
		echo "hello $(grep client /etc/hosts)" | nc -l -p 99
		for i in $(seq 600); do grep -q client /etc/hosts || break; sleep 0.05; done
		cat /etc/hosts' >"$FAKES/service" 2>&1 &
	until_up service
	OCIRUN=--name=client run -0 --separate-stderr net "$who" "$runtime" bridge sh -c "
		cat /etc/hosts; $(reaches)
		busybox mkfifo /dev/shm/open # at the end of nc's input the other one leaves without a word
		until nc service 99 <>/dev/shm/open; do sleep 0.05; done" sh 192.168.78.1
	[[ $output == *$'\n10.87.0.3\tclient\n'* ]]
	[[ $output == *$'\n10.87.0.2\tservice\n'* ]]
	[[ $output == *$'\nserved\n'* ]]
	[[ $output == *$'hello 10.87.0.3\tclient' ]]
	[[ $stderr != *ocirun* ]]
	wait %%
	run -1 grep client "$FAKES/service"
	no_rules
}

@test "two containers on a bridge reach each other by name, and the host; who leaves is forgotten (B314, B325, B326, B328)" {
	everywhere meeting
}

@test "named networks: an interface each in their order, addresses from their ranges, both versions (B314, B325, B326)" {
	network blue 10.20.0.0/24 '{"subnets": [{"subnet": "10.20.0.0/24", "gateway": "10.20.0.9", "lease_range": {"start_ip": "10.20.0.20", "end_ip": "10.20.0.30"}}]}'
	network green 10.30.0.0/24 '{"ipv6_enabled": true, "subnets": [{"subnet": "10.30.0.0/24"}, {"subnet": "fd30::/64"}]}'
	snapshot
	OCIRUN=--name=both run -0 --separate-stderr net root runc blue,green sh -c '
		ip -o addr | grep global; ip route | grep default; cat /etc/hosts'
	silent
	assert_line --regexp 'eth0 +inet 10.20.0.20/24'
	assert_line --regexp 'eth1 +inet 10.30.0.2/24'
	assert_line --regexp 'eth1 +inet6 fd30::2/64'
	assert_line --partial 'default via 10.20.0.9'
	assert_line $'10.20.0.20\tboth'
	assert_line $'10.30.0.2\tboth'
	assert_line $'fd30::2\tboth'
	no_rules
	run -125 --separate-stderr net root runc bridge:red true
	complains 'ocirun: network red: there is no such network in /etc/containers/networks'
	run -125 --separate-stderr net root runc blue,red true
	no_rules
}

@test "a network's file is checked before anything is done" {
	local more
	snapshot
	while read -r more words; do
		network odd 10.20.0.0/24 "$more"
		snapshot
		run -125 --separate-stderr net root runc bridge:odd true
		complains "ocirun: /etc/containers/networks/odd.json: $words"
		left_nothing
	done <<-'END'
		{"name":"other"} /name: must be 'odd'
		{"driver":"macvlan"} /driver: is not what it should be
		{"network_interface":"../x"} /network_interface: is not what it should be
		{"id":4} /id: is not what it should be
		{"internal":"yes"} /internal: must be a boolean
		{"subnets":[]} /subnets: must be a list of subnets
		{"subnets":[{"subnet":"10.20.0.0"}]} /subnets/0/subnet: is no network with room in it
		{"subnets":[{"subnet":"10.20.0.0/31"}]} /subnets/0/subnet: is no network with room in it
		{"subnets":[{"subnet":"10.20.0.0/24","gateway":"10.21.0.1"}]} /subnets/0/gateway: is no address in 10.20.0.0/24
		{"ipam_options":{"driver":"dhcp"}} /ipam_options/driver: is 'dhcp': only host-local can be used
	END
	on_host sh -c 'echo "{" >/etc/containers/networks/odd.json'
	run -125 --separate-stderr net root runc bridge:odd true
	complains 'ocirun: /etc/containers/networks/odd.json'
}

@test "addresses are nobody else's, and free again; a network that is full says so (B326)" {
	local i pids=()
	network tiny 10.20.0.0/29
	snapshot
	for i in 1 2 3 4; do
		net root runc tiny sh -c 'ip -o -4 addr show eth0; sleep 2' >"$FAKES/$i" 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	grep -ho 'inet [0-9.]*' "$FAKES"/? | sort -u >"$FAKES/all"
	assert_equal "$(wc -l <"$FAKES/all")" 4
	network tiny 10.20.0.0/30
	OCIRUN=--name=last net root runc tiny sleep 2 &
	pids=($!)
	await on_host grep -q last /run/ocipipe/.networks/tiny
	run -125 --separate-stderr net root runc tiny true
	complains 'ocirun: network tiny: no address is free in 10.20.0.0/30'
	wait "${pids[@]}"
	run -0 --separate-stderr net root runc tiny sh -c 'ip -o -4 addr show eth0'
	assert_output --partial 'inet 10.20.0.2/30'
	on_host rm /run/networks/tiny.json
	network tiny 10.20.0.0/29
	no_rules
}

@test "the default network is a subnet that no route leads to; other run roots have others" {
	snapshot
	on_host ip route add 10.87.0.0/23 dev host0
	OCIRUN='--run-root=/run/elsewhere' net root runc bridge sh -c 'ip -o -4 addr show eth0; sleep 2' >"$FAKES/other" 2>&1 &
	await on_host test -e /run/elsewhere/.networks/ocipipe
	run -0 --separate-stderr net root runc bridge sh -c 'ip -o -4 addr show eth0'
	wait %%
	on_host ip route del 10.87.0.0/23 dev host0
	assert_output --partial 'inet 10.87.3.2/24'
	grep -q 'inet 10.87.2.2/24' "$FAKES/other"
	no_rules
}

@test "private is a bridge for root; only root has bridges (B314)" {
	run -0 --separate-stderr net root runc private sh -c 'ip -o -4 addr show eth0; cat /etc/resolv.conf'
	assert_output --partial 'inet 10.87.0.2/24'
	assert_line 'search example.test'
	assert_line 'nameserver 192.168.77.53'
	silent
	run -125 --separate-stderr net user runc bridge true
	complains 'ocirun: /ocipipe/network/mode: a bridge needs root'
	complains 'ns-apply --network=pasta'
	run -125 --separate-stderr net user runc blue true
	complains 'a bridge needs root'
}

# ---- how it is called ----------------------------------------------------------

@test "netavark gets these words and this JSON, and a namespace by its descriptor, also when the container is gone (B325, B326, B331)" {
	fake_netavark <<-END
		printf '%s\n' "\$@" >"\$here/words.\$verb"
		env >"\$here/env"
		nsenter --net="\$path" cat /proc/net/dev >"\$here/devices.\$verb" 2>&1 || exit 1
		ps -e -o args= >"\$here/processes.\$verb"
		[ \$verb = teardown ] || echo '$(answer 10.87.0.77)'
	END
	snapshot
	OCIRUN=--name=told run -0 --separate-stderr faked net root runc bridge true
	silent
	OCIRUN=--name=told run -0 --separate-stderr faked net root runc bridge cat /etc/hosts
	assert_line $'10.87.0.77\ttold'
	assert_equal "$(cat "$FAKES/verbs")" $'setup\nteardown\nsetup\nteardown'
	for verb in setup teardown; do
		sed -E "s|/proc/[0-9]+/fd/[0-9]+|PATH|; s|=/.*/aardvark|=DIR/aardvark|; s|^$HOST/data/ocipipe-[0-9a-f]+$|DATA|" \
			"$FAKES/words.$verb" | tr '\n' ' ' >"$FAKES/words"
		assert_equal "$(cat "$FAKES/words")" "--config DATA --rootless=false --aardvark-binary=DIR/aardvark-dns $verb PATH "
		grep -q 'lo:' "$FAKES/devices.$verb"
	done
	grep -qx RUST_LOG=netavark=warn "$FAKES/env"
	grep -q 'runc init' "$FAKES/processes.setup"
	run -1 grep -E 'runc init|/etc/hosts$' "$FAKES/processes.teardown"
	cmp "$FAKES/request.setup" "$FAKES/request.teardown"
	jq -e '. == {container_id: "told", container_name: "told", port_mappings: [],
		networks: {ocipipe0: {static_ips: ["10.87.0.2"], interface_name: "eth0"}},
		network_info: {ocipipe0: {name: "ocipipe0", id: .network_info.ocipipe0.id, driver: "bridge",
			network_interface: "ocipipe0", subnets: [{subnet: "10.87.0.0/24", gateway: "10.87.0.1"}],
			ipv6_enabled: false, internal: false, dns_enabled: false,
			ipam_options: {driver: "host-local"}}}}' "$FAKES/request.setup"
	left_nothing
}

# ---- what goes wrong -----------------------------------------------------------

# fails WORDS - as netavark sets it up: the step does not start, and nothing is left
fails() {
	rm -f "$FAKES/verbs"
	run -125 --separate-stderr faked net root runc bridge sh -c 'echo started'
	refute_output --partial started
	complains "ocirun: netavark setup: $1"
	assert_equal "${#stderr_lines[@]}" 1
	grep -q teardown "$FAKES/verbs"
	left_nothing
}

@test "netavark that fails, with or without an error of its own, or answers with junk: 125 in its words, and nothing is left (R27, B330)" {
	fake_netavark <<<'echo "{\"error\":\"no bridge for you\"}"; exit 1'
	snapshot
	fails 'no bridge for you'
	fake_netavark <<<'echo "{\"error\":\"none, and success\"}"'
	fails 'none, and success'
	fake_netavark <<<'echo "out of veth" >&2; exit 3'
	fails 'exited with status 3: out of veth'
	fake_netavark <<<'kill -SEGV $$'
	fails 'was killed by signal 11'
	fake_netavark <<<'yes'
	fails 'printed more than'
	while read -r words; do
		fake_netavark <<<"echo '$words'"
		fails 'answers with something else than what it set up'
	done <<-END

		ready
		{}
		[]
		$(answer | sed s/ocipipe0/other/)
		$(answer | sed s/eth0/eth1/)
		$(answer 'x y')
		$(answer | sed 's/"ipnet":[^}]*//')
	END
}

@test "netavark that is not there is named; there is no other backend (B327)" {
	run -125 --separate-stderr net_without /usr/lib/podman/netavark bridge true
	complains 'ocirun: netavark: is not installed'
	run -0 --separate-stderr net_without /usr/lib/podman/netavark private sh -c 'ip -o link | cut -d: -f2'
	assert_line ' host0'
}

@test "netavark that hangs, deaf to SIGTERM, is killed after ten seconds (R27)" {
	fake_netavark <<<'[ $verb = setup ] || exit 0; trap "" TERM; sleep 50; sleep 50'
	snapshot
	fails 'did not end within 10 s'
}

@test "a tear-down that fails is tried once more, and said; the command's status stays, nobody keeps the lease (R27, B331)" {
	fake_netavark <<<"[ \$verb = setup ] && echo '$(answer)' || { echo '{\"error\":\"stuck\"}'; exit 1; }"
	snapshot
	run -7 --separate-stderr faked net root runc bridge sh -c 'exit 7'
	assert_equal "$stderr" 'ocirun: netavark teardown: stuck'
	assert_equal "$(tr '\n' ' ' <"$FAKES/verbs")" 'setup teardown setup teardown '
	left_nothing
}

@test "killed, whichever of its processes, while it runs or netavark works: the next ocirun leaves nothing (R27)" {
	local which
	snapshot
	for which in supervisor worker both; do
		net root runc bridge sleep 30 2>/dev/null &
		await net_up
		kill_ocirun "$which"
		wait %% || true
		on_host ocirun --clean
		no_rules
	done
	# Half of the work is done, and nobody has been told.
	fake_netavark <<<'/usr/lib/podman/netavark "$@" <"$here/request.$verb"; mkdir "$here/hung" 2>/dev/null && exec sleep 40; exit 0'
	for which in supervisor worker both; do
		rm -rf "$FAKES/hung"
		faked net root runc bridge sleep 30 2>/dev/null &
		await on_host pgrep -r DRS -f '^sleep 40'
		kill_ocirun "$which"
		wait %% || true
		on_host ocirun --clean
		no_rules
	done
}

@test "neighbours' files that are huge, or gone, are nobody's problem" {
	snapshot
	OCIRUN=--name=full net root runc bridge sh -c 'dd if=/dev/zero of=/etc/hosts bs=1M count=2 2>/dev/null; sleep 1.5' &
	until_up full
	sleep 0.3
	OCIRUN=--name=other run -0 --separate-stderr net root runc bridge cat /etc/hosts
	assert_line $'10.87.0.2\tfull'
	silent
	wait %%
	no_rules
}

@test "killed at any moment of a step on a bridge: the next ocirun leaves nothing (R27)" {
	local moment moments='0.03 0.07 0.1 0.13 0.17 0.22 0.28 0.35'
	[ -z "${TORTURE-}" ] || moments=$(seq 0.01 0.01 0.5)
	doc root -- sleep 0.1 | ns-apply --network=bridge >document
	snapshot
	for moment in $moments; do
		on_host ocirun document 2>/dev/null &
		sleep "$moment"
		kill_ocirun both || true
		wait %% || true
		on_host ocirun --clean
		no_rules
	done
}

@test "a host name that is in the file is not added; one that would be a line of its own is refused (B328)" {
	doc root -- cat /etc/hosts | ns-apply --network=bridge |
		ocipatch --set='/hostname="a\n1.2.3.4 b"' >document
	run -125 --separate-stderr on_host ocirun --name=plain document
	complains 'ocirun: /hostname: must be a host name'
	doc root -- cat /etc/hosts | ns-apply --network=bridge --hostname=localhost >document
	run -0 --separate-stderr on_host ocirun --name=plain document
	assert_line $'10.87.0.2\tplain'
}

@test "what connects a container as it likes may fail: then there is a hint at the others" {
	fake_netavark <<<'exit 1'
	run -125 --separate-stderr faked net root runc private true
	complains 'ocirun: hint: ns-apply --network chooses another, or none'
}
