#!/usr/bin/env bats
# --set and --unset of every filter: no further than what it owns.
load lib

prepare() {
	echo '{"process":{"env":["PATH=/bin","HOSTNAME=h"]},"hostname":"h","linux":{"namespaces":[{"type":"pid"},{"type":"user"},{"type":"ipc"}]}}' >in
}

# All filters but ocipatch, which owns everything and has options of its own.
editors() {
	filters | grep -v '^ocipatch$'
}

@test "every filter has both options, once" {
	for filter in $(filters); do
		run -0 --separate-stderr "$filter" --introspect
		holds '[.options[], .common[] | .names[] | select(. == "set" or . == "unset")]
			== ["set", "unset"]'
	done
}

@test "what another filter owns is an error that names that filter" {
	for owner in $(editors); do
		"$owner" --introspect | jq -r '.owns[] | select(test("^!|\\[") | not)' >owns
		[ "$owner" != ocigen ] || continue # its parts are process-apply's, too
		other=caps-apply
		[ "$owner" != caps-apply ] || other=hooks-apply
		while read -r pointer; do
			for option in --set="$pointer=1" --set="$pointer/x/y=1" --unset="$pointer"; do
				run -2 --separate-stderr "$other" "$option" <in
				[ -z "$output" ]
				complains "$other: ${option%%=*}: '$pointer"
				complains "$other: hint: $owner ${option%%=*}"
			done
		done <owns
	done
}

@test "what no filter owns is ocipatch's" {
	for pointer in /vm /windows/network /x-vendor /linux/newThing; do
		run -2 --separate-stderr ns-apply --set=$pointer=1 <in
		complains "ns-apply: --set: '$pointer' is not ns-apply's"
		complains 'ns-apply: hint: ocipatch --set'
		ocipatch --set=$pointer=1 <in >out
	done
}

@test "a filter's own parts can be set and unset, in order, after what its options do" {
	run -0 --separate-stderr ns-apply --compact --hostname=a --set=/hostname='"b"' \
		--set=/linux/sysctl/net.x='"1"' --set=/linux/sysctl/net.y='"2"' \
		--unset=/linux/sysctl/net.x --unset=/domainname <in
	holds '.hostname == "b" and .linux.sysctl == {"net.y": "2"}'
	run -0 --separate-stderr caps-apply --set='/process/capabilities={"bounding":["CAP_KILL"]}' <in
	holds '.process.capabilities == {"bounding": ["CAP_KILL"]}'
	run -0 --separate-stderr mounts-apply --tmpfs=/t --set=/mounts/0/options='["ro"]' <in
	holds '.mounts[0] | .destination == "/t" and .options == ["ro"]'
}

@test "members that no option knows can be set: nothing is out of reach" {
	run -0 --separate-stderr mounts-apply --set=/mounts/-='{"destination":"/x","newThing":{"a":1e400}}' <in
	[[ $output == *'"newThing": {'*'"a": 1e400'* ]]
}

@test "the shape of what was set is checked" {
	run -1 --separate-stderr ns-apply --set=/hostname=1 <in
	[ -z "$output" ]
	complains 'ns-apply: /hostname: must be a string, but is a number'
	run -1 --separate-stderr caps-apply --set=/process/capabilities/bounding='"all"' <in
	complains 'caps-apply: /process/capabilities/bounding: must be an array, but is a string'
	run -1 --separate-stderr mounts-apply --set=/mounts/-='{"type":"tmpfs"}' <in
	complains 'ounts/0/destination: must be a string, but is nothing'
	run -1 --separate-stderr ns-apply --set=/linux/sysctl/0/1=2 <in
	complains 'ns-apply: /linux/sysctl/0: must be a string, but is an object'
}

@test "of a list that filters share, only the own entries can be edited" {
	run -0 --separate-stderr ns-apply --set=/linux/namespaces/0/path='"/p"' \
		--set=/linux/namespaces/-='{"type":"uts"}' --unset=/linux/namespaces/2 <in
	holds '.linux.namespaces == [{type:"pid",path:"/p"},{type:"user"},{type:"uts"}]'
	run -0 --separate-stderr idmap-apply --set=/linux/namespaces/1/path='"/u"' <in
	holds '.linux.namespaces[1] == {type:"user",path:"/u"}'
	run -0 --separate-stderr idmap-apply --unset=/linux/namespaces/1 <in
	holds '.linux.namespaces == [{type:"pid"},{type:"ipc"}]'

	for option in --set=/linux/namespaces/1/path='"/p"' --unset=/linux/namespaces/1 \
		--set=/linux/namespaces/-='{"type":"user"}' --unset=/linux/namespaces/1/type \
		--set=/linux/namespaces/1='{"type":"uts"}'; do
		run -2 --separate-stderr ns-apply "$option" <in
		complains "is not ns-apply's alone"
	done
	for option in --set=/linux/namespaces/0/path='"/p"' --unset=/linux/namespaces/2 \
		--set=/linux/namespaces/-='{"type":"uts"}' --set=/linux/namespaces/0/type='"user"'; do
		run -2 --separate-stderr idmap-apply "$option" <in
		complains 'idmap-apply: hint: ns-apply --'
	done
}

@test "an own entry cannot become another's" {
	run -2 --separate-stderr ns-apply --set=/linux/namespaces/0/type='"user"' <in
	complains "ns-apply: --set: '/linux/namespaces/0/type' is not ns-apply's alone"
	run -2 --separate-stderr idmap-apply --set=/linux/namespaces/1/type='"pid"' <in
	run -2 --separate-stderr ns-apply --set=/linux/namespaces/0='{}' <in
}

@test "a list that filters share cannot be edited as a whole" {
	for option in --set=/linux/namespaces='[]' --unset=/linux/namespaces --unset=/linux \
		--set=/linux='{}' --set=/process='{}'; do
		run -2 --separate-stderr ns-apply "$option" <in
		complains "is not ns-apply's"
	done
}

@test "the HOSTNAME= entry of the environment is ns-apply's, the others are not" {
	run -0 --separate-stderr ns-apply --set=/process/env/1='"HOSTNAME=x"' <in
	holds '.process.env == ["PATH=/bin", "HOSTNAME=x"]'
	run -2 --separate-stderr ns-apply --set=/process/env/0='"HOSTNAME=x"' <in
	complains 'ns-apply: hint: process-apply --set'
	run -2 --separate-stderr ns-apply --set=/process/env/1='"PATH=x"' <in
	run -2 --separate-stderr ns-apply --set=/process/env/-='"PATH=x"' <in
	run -2 --separate-stderr ns-apply --unset=/process/env/0 <in
}

@test "a part in which another filter owns something cannot be set as a whole" {
	run -2 --separate-stderr process-apply --set=/process='{"cwd":"/"}' <in
	complains "process-apply: --set: '/process' is not process-apply's alone"
	complains 'process-apply: hint: ocipatch --set'
	run -2 --separate-stderr process-apply --set=/process/capabilities/bounding='[]' <in
	complains 'process-apply: hint: caps-apply --set'
	run -2 --separate-stderr process-apply --unset=/process/rlimits <in
	complains 'process-apply: hint: resources-apply --unset'
	run -0 --separate-stderr process-apply --set=/process/cwd='"/x"' <in
	holds '.process.cwd == "/x"'
}

@test "what ocigen makes can be edited like what it reads" {
	run -0 --separate-stderr ocigen --rootfs=/r --set=/process/noNewPrivileges=false \
		--set=/annotations/a='"b"' -- true
	holds '.process.noNewPrivileges == false and .annotations.a == "b"'
	run -2 --separate-stderr ocigen --rootfs=/r --unset=/linux/seccomp -- true
	complains 'ocigen: hint: seccomp-apply --unset'
}

@test "an edit of one place does not reach another that a filter made the same" {
	run -0 --separate-stderr caps-apply --cap-drop=all --cap-add=kill \
		--set=/process/capabilities/bounding/0='"CAP_CHOWN"' <<<'{}'
	holds '.process.capabilities | .bounding == ["CAP_CHOWN"] and .permitted == ["CAP_KILL"]'
}

@test "an edit is part of the diff and of the trace" {
	ns-apply --set=/hostname='"x"' --diff --trace=trace <in >out 2>changes
	[ "$(cat changes)" = '~ /hostname: "h" -> "x"' ]
	run -0 jq -c '[.args[0], .patch]' trace
	[ "$output" = '["--set=/hostname=\"x\"",[{"op":"replace","path":"/hostname","value":"x"}]]' ]
}

@test "twice is once, also for /-" {
	for edit in --set=/linux/namespaces/-='{"type":"uts"}' --set=/hostname='"x"' \
		--unset=/domainname --set=/linux/sysctl/a='"1"'; do
		ns-apply "$edit" <in >once
		ns-apply "$edit" <once >twice
		cmp once twice
	done
}

@test "a wrong pointer or value is an error of the command line, in every filter" {
	for filter in $(filters); do
		for option in --set=/a=b --set=a=1 --set=/a --unset=a --unset= --set=/a~=1 --set; do
			run -2 --separate-stderr "$filter" "$option" <in
			[ -z "$output" ]
			complains "$filter: --"
		done
	done
}
