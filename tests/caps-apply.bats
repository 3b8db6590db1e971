#!/usr/bin/env bats
# caps-apply: the five sets, what may be in them, and what a process then has.
# shellcheck disable=SC2016,SC2094,SC2154 # jq's variables; cmp only reads; set by run
load lib

# A document with a user and the same capabilities in three sets.
document() {
	local uid=$1
	shift
	jq -n --argjson uid "$uid" --args \
		'$ARGS.positional as $c | {process: {user: {uid: $uid, gid: 0}, capabilities:
			{bounding: $c, effective: $c, permitted: $c}}}' "$@"
}

caps() {
	run -0 --separate-stderr caps-apply "$@"
	silent
}

all_names() {
	sed -n 's/^#define \(CAP_[A-Z_]*\)[[:space:]]*[0-9].*/\1/p' /usr/include/linux/capability.h
}

@test "an added capability goes to bounding, effective and permitted (B065)" {
	caps --cap-add=NET_ADMIN < <(document 0 CAP_KILL)
	holds '.process.capabilities == ({bounding: ., effective: ., permitted: .} | map_values(["CAP_KILL", "CAP_NET_ADMIN"]))'
}

@test "one that is there is not added again, and no order changes (B065)" {
	document 0 CAP_KILL CAP_CHOWN >in
	caps --cap-add=CHOWN,KILL <in
	holds --slurpfile in in '. == $in[0]'
}

@test "adding and dropping empty the inheritable and ambient sets (B066)" {
	document 0 CAP_KILL | jq '.process.capabilities |= . + {inheritable: .bounding, ambient: .bounding}' >in
	for option in --cap-add=CHOWN --cap-drop=CHOWN --cap-add=all --cap-drop=all; do
		caps $option <in
		holds '.process.capabilities | has("inheritable") or has("ambient") | not'
	done
}

@test "the sets begin with what the document has, not with a default (B064, B072)" {
	caps --cap-add=KILL <<<'{"process":{"user":{"uid":0,"gid":0}}}'
	holds '.process.capabilities == {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
	caps --cap-drop=KILL < <(document 0)
	holds '.process.capabilities == {bounding: [], effective: [], permitted: []}'
}

@test "an empty list that stays empty stays, and goes if it is named" {
	caps --cap-add=kill <<<'{"process":{"capabilities":{"inheritable":[],"ambient":["CAP_CHOWN"]}}}'
	holds '.process.capabilities | .inheritable == [] and has("ambient") == false'
	caps --inheritable= <<<'{"process":{"capabilities":{"inheritable":[],"ambient":[]}}}'
	holds '.process.capabilities == {ambient: []}'
}

@test "names come in any case, with and without CAP_ (B067)" {
	for name in net_admin NET_ADMIN Net_Admin cap_net_admin CAP_NET_ADMIN Cap_Net_admin; do
		caps --cap-drop="$name" < <(document 0 CAP_KILL CAP_NET_ADMIN)
		holds '.process.capabilities.bounding == ["CAP_KILL"]'
		caps --cap-add="$name" < <(document 0 CAP_KILL)
		holds '.process.capabilities.effective == ["CAP_KILL", "CAP_NET_ADMIN"]'
	done
}

@test "every capability that has a name is known" {
	for name in $(all_names); do
		caps --cap-add="$name" < <(document 0)
		holds --arg name "$name" '.process.capabilities.permitted == [$name]'
	done
}

@test "a name that is none is an error with the nearest one (B067)" {
	for name in '' CAP_ CAP_CAP_KILL kil CAP_63 41 5 -1 63 ALLL 'KILL ' ' KILL' $'KILL\t' cap-kill \
		"$(head -c 100000 </dev/zero | tr '\0' A)"; do
		for option in --cap-add --cap-drop --bounding; do
			[ "$option$name" != --bounding ] || continue
			run -2 --separate-stderr caps-apply "$option=$name" < <(document 0)
			[ -z "$output" ]
			complains "caps-apply: $option: unknown capability"
		done
	done
	run -2 --separate-stderr caps-apply --cap-add=NET_ADMON < <(document 0)
	complains 'hint: CAP_NET_ADMIN?'
	run -2 --separate-stderr caps-apply --cap-add=KILL,,CHOWN < <(document 0)
	complains "unknown capability ''"
}

@test "all adds every capability that has a name, whatever the kernel (B068)" {
	caps --cap-add=all < <(document 0)
	holds --arg names "$(all_names)" '.process.capabilities |
		(map_values(sort) | .bounding == ($names | split("\n") | sort)) and .bounding == .permitted and
		.bounding == .effective and length == 3'
	caps --cap-add=ALL --cap-drop=sys_admin --cap-drop=SYS_MODULE < <(document 0 CAP_KILL)
	holds '.process.capabilities.bounding | length == 39 and .[0] == "CAP_KILL" and
		(contains(["CAP_SYS_ADMIN"]) or contains(["CAP_SYS_MODULE"]) | not)'
}

@test "dropping all leaves what is added (B069, B073)" {
	caps --cap-drop=all < <(document 0 CAP_KILL CAP_CHOWN)
	holds '.process.capabilities == {}'
	caps --cap-add=chown,mknod --cap-drop=All < <(document 0 CAP_KILL)
	holds '.process.capabilities.bounding == ["CAP_CHOWN", "CAP_MKNOD"]'
}

@test "dropping what is not there is no error (B070)" {
	document 0 CAP_KILL >in
	caps --cap-drop=MKNOD,CHOWN --cap-drop=bpf <in
	holds --slurpfile in in '. == $in[0]'
}

@test "lists may be repeated, and equal names count once" {
	caps --cap-add=kill,KILL --cap-add=CAP_KILL --cap-drop=mknod --cap-drop=chown < <(document 0 CAP_CHOWN)
	holds '.process.capabilities.effective == ["CAP_KILL"]'
}

@test "adding and dropping the same is an error (B070, B073)" {
	run -2 --separate-stderr caps-apply --cap-add=kill --cap-drop=mknod,CAP_KILL < <(document 0)
	complains 'caps-apply: --cap-add: CAP_KILL is dropped as well'
	run -2 --separate-stderr caps-apply --cap-add=all --cap-drop=all < <(document 0)
	complains 'all are dropped as well'
}

@test "a user other than 0 keeps only the bounding set (B071)" {
	for option in --cap-add=CHOWN --cap-drop=MKNOD --cap-add=all; do
		caps $option < <(document 1000 CAP_KILL)
		holds '.process.capabilities | keys == ["bounding"] and (.bounding | index("CAP_KILL")) == 0'
	done
}

@test "a set that is named is what it is named, for any user (B071)" {
	caps --cap-add=net_raw --permitted=net_raw --inheritable=net_raw --ambient=NET_RAW < <(document 1000 CAP_KILL)
	holds '.process.capabilities | .bounding == ["CAP_KILL", "CAP_NET_RAW"] and has("effective") == false and
		.permitted == ["CAP_NET_RAW"] and .inheritable == ["CAP_NET_RAW"] and .ambient == ["CAP_NET_RAW"]'
	caps --effective=kill < <(document 0 CAP_CHOWN CAP_KILL)
	holds '.process.capabilities | .effective == ["CAP_KILL"] and .bounding == ["CAP_CHOWN", "CAP_KILL"] and
		.permitted == .bounding and length == 3'
	caps --bounding=all --bounding=kill < <(document 0)
	holds '.process.capabilities == {bounding: ["CAP_KILL"], effective: [], permitted: []}'
}

@test "a set that is named empty is removed, and only that" {
	jq -n '{process: {capabilities: {bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"],
		inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}}}' >in
	for set in ambient inheritable bounding effective permitted; do
		caps --$set= <in
		holds --slurpfile in in --arg set $set '. == ($in[0] | del(.process.capabilities[$set]))'
		echo "$output" >in
	done
	holds '. == {process: {capabilities: {}}}'
}

@test "what the kernel would refuse is an error that names the sets" {
	run -2 --separate-stderr caps-apply --effective=chown < <(document 0 CAP_KILL)
	complains 'caps-apply: /process/capabilities/effective: CAP_CHOWN is in the effective set, but not in the permitted one'
	run -2 --separate-stderr caps-apply --ambient=kill < <(document 0 CAP_KILL)
	complains 'CAP_KILL is in the ambient set, but not in the inheritable one'
	run -2 --separate-stderr caps-apply --inheritable=chown < <(document 0 CAP_KILL)
	complains 'CAP_CHOWN is in the inheritable set, but not in the bounding one'
	run -2 --separate-stderr caps-apply --permitted= < <(document 0 CAP_KILL)
	complains 'CAP_KILL is in the effective set, but not in the permitted one'
	[ -z "$output" ]
}

@test "no result holds what was not asked for" {
	local asked has add drop uid
	for uid in 0 1000; do
		for has in '' CAP_KILL 'CAP_KILL CAP_CHOWN'; do
			for add in '' KILL MKNOD; do
				for drop in '' CHOWN all; do
					# shellcheck disable=SC2086 # a list of words
					caps ${add:+--cap-add=$add} ${drop:+--cap-drop=$drop} < <(document $uid $has)
					asked="$has ${add:+CAP_$add}"
					# shellcheck disable=SC2086
					holds --argjson uid $uid '[.process.capabilities[][]] - $ARGS.positional == []' --args $asked
					[ "$drop" != CHOWN ] || holds '[.process.capabilities[][]] | index("CAP_CHOWN") == null'
				done
			done
		done
	done
}

@test "an unknown or misspelt name in the document is an error (F35)" {
	for name in CAP_FOO KILL cap_kill CAP_41 '' "$(head -c 1000000 </dev/zero | tr '\0' A)"; do
		printf '{"process":{"capabilities":{"permitted":["CAP_KILL","%s"]}}}' "$name" >in
		run -1 --separate-stderr caps-apply --cap-add=chown <in
		complains 'caps-apply: /process/capabilities/permitted/1: '
		[ -z "$output" ]
	done
}

@test "a user id that is none is an error, never 0" {
	for uid in null true -1 1.5 '"0"' [] {} 4294967295 4294967296 1e1; do
		run -1 --separate-stderr caps-apply --cap-add=kill <<<"{\"process\":{\"user\":{\"uid\":$uid,\"gid\":0}}}"
		complains '/process/user/uid'
		[ -z "$output" ]
	done
	run -1 --separate-stderr caps-apply --cap-add=kill <<<'{"process":{"user":{}}}'
	complains '/process/user/uid'
}

@test "equal names in the document become one" {
	caps --cap-add=chown <<<'{"process":{"capabilities":{"bounding":["CAP_KILL","CAP_KILL"]}}}'
	holds '.process.capabilities.bounding == ["CAP_KILL", "CAP_CHOWN"]'
}

@test "everything else stays as it is, byte for byte" {
	printf '{"x": 1e400, "process": {"env": ["A=1"], "capabilities": {"y": 0.10, "bounding": ["CAP_KILL"]}}, "z": null}' |
		caps-apply --compact --bounding=chown >out
	echo '{"x":1e400,"process":{"env":["A=1"],"capabilities":{"y":0.10,"bounding":["CAP_CHOWN"]}},"z":null}' | cmp - out
}

@test "--explain shows the sets of the finished document, and the document goes on" {
	run -0 --separate-stderr caps-apply --cap-add=chown --cap-drop=mknod --explain < <(document 0 CAP_KILL CAP_MKNOD)
	holds '.process.capabilities.bounding == ["CAP_KILL", "CAP_CHOWN"]'
	[[ $stderr =~ bounding\ +effective\ +permitted\ +inheritable\ +ambient ]]
	[[ $stderr =~ CAP_CHOWN\ +yes\ +yes\ +yes\ +-\ +- ]]
	complains CAP_KILL
	[[ $stderr != *MKNOD* ]]
}

@test "--explain at a terminal writes only the explanation" {
	document 1000 CAP_KILL >in
	run -0 script -qec 'caps-apply --input=in --effective= --permitted= --explain' /dev/null
	assert_line --index 1 --regexp '^CAP_KILL +yes +- +- +- +-'
	refute_output --partial '{'
}

@test "there is no switch for privileges as a whole, and a hint says so (D16)" {
	for tool in caps-apply ns-apply resources-apply idmap-apply; do
		run -2 --separate-stderr $tool --privileged <<<'{}'
		complains "$tool: --privileged: unknown option"
		complains 'hint: there is no such switch'
	done
}

@test "100,000 entries take no more than linear time" {
	jq -n '[range(100000) | "CAP_KILL"] | {process: {capabilities: {bounding: .}}}' >in
	run -0 --separate-stderr timeout 20 caps-apply --cap-add=chown --compact <in
	holds '.process.capabilities.bounding == ["CAP_KILL", "CAP_CHOWN"]'
}

# ---- in a container ----------------------------------------------------------

# A document that runs `grep Cap /proc/self/status` with these capabilities.
container() {
	jq -n --argjson uid "$1" '{ociVersion: "1.0.0", root: {path: "rootfs"},
		process: {user: {uid: $uid, gid: 0}, args: ["grep", "Cap", "/proc/self/status"], cwd: "/", env: ["PATH=/bin"]},
		mounts: [{destination: "/proc", type: "proc", source: "proc"}],
		linux: {namespaces: [{type: "pid"}, {type: "mount"}, {type: "ipc"}, {type: "uts"}]}}'
}

@test "a container has exactly the capabilities asked for, and nothing inheritable or ambient" {
	need_root
	make_rootfs
	for runtime in runc crun; do
		container 0 | caps-apply --cap-add=chown,kill,mknod --cap-drop=setuid >doc
		run -0 --separate-stderr on $runtime ocirun doc
		assert_line $'CapInh:\t0000000000000000'
		assert_line $'CapPrm:\t0000000008000021'
		assert_line $'CapEff:\t0000000008000021'
		assert_line $'CapBnd:\t0000000008000021'
		assert_line $'CapAmb:\t0000000000000000'
	done
}

@test "a container's user other than 0 can do nothing, whatever is added (B071)" {
	need_root
	make_rootfs
	for runtime in runc crun; do
		container 1000 | caps-apply --cap-add=kill,net_raw >doc
		run -0 --separate-stderr on $runtime ocirun doc
		assert_line $'CapInh:\t0000000000000000'
		assert_line $'CapEff:\t0000000000000000'
		assert_line $'CapPrm:\t0000000000000000'
		assert_line $'CapBnd:\t0000000000002020'
		assert_line $'CapAmb:\t0000000000000000'
		caps-apply --permitted=kill --inheritable=kill --ambient=kill <doc >ambient
		run -0 --separate-stderr on $runtime ocirun ambient
		assert_line $'CapEff:\t0000000000000020'
		assert_line $'CapBnd:\t0000000000002020'
		assert_line $'CapAmb:\t0000000000000020'
	done
}

@test "a container without capabilities has none" {
	need_root
	make_rootfs
	for runtime in runc crun; do
		container 0 | caps-apply --cap-add=kill | caps-apply --cap-drop=all >doc
		run -0 --separate-stderr on $runtime ocirun doc
		for set in Inh Prm Eff Bnd Amb; do
			assert_line "Cap$set:"$'\t0000000000000000'
		done
	done
}
