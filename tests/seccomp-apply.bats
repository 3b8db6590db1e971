#!/usr/bin/env bats
# seccomp-apply: profiles, resolved.
load lib

# A document with these capabilities in its bounding set.
document() {
	jq -n --args '{process: {capabilities: {bounding: $ARGS.positional}}}' "$@"
}

@test "a document without a filter gets the default profile, resolved for its capabilities (B204, B212, B214)" {
	document CAP_SYS_CHROOT >in
	run -0 --separate-stderr seccomp-apply <in
	silent
	holds '.linux.seccomp | keys_unsorted == ["defaultAction", "defaultErrnoRet", "architectures", "syscalls"]'
	holds '.linux.seccomp.defaultAction == "SCMP_ACT_ERRNO" and .linux.seccomp.defaultErrnoRet == 38'
	holds '[.linux.seccomp.syscalls[] | select(.names == ["chroot"])] == [{names: ["chroot"], action: "SCMP_ACT_ALLOW"}]'
	holds '[.linux.seccomp.syscalls[] | select(.names == ["acct"])] == [{names: ["acct"], action: "SCMP_ACT_ERRNO", errnoRet: 1}]'
	holds '[.linux.seccomp.syscalls[] | keys_unsorted - ["names", "action", "errnoRet", "args"]] | flatten == []'
}

@test "the default profile is resolved again after the capabilities changed, and only then" {
	document CAP_SYS_CHROOT | seccomp-apply >first
	run -0 --separate-stderr seccomp-apply <first
	echo "$output" | cmp - first
	jq '.process.capabilities.bounding = ["CAP_SYS_ADMIN"]' first | seccomp-apply | jq -S . >second
	document CAP_SYS_ADMIN | seccomp-apply | jq -S . | cmp - second
}

@test "a filter that somebody else wrote or edited stays as it is" {
	for filter in '{"defaultAction":"SCMP_ACT_LOG"}' '{"defaultAction":"SCMP_ACT_ALLOW"}'; do
		document | jq ".linux.seccomp = $filter" >in
		run -0 --separate-stderr seccomp-apply <in
		echo "$output" | cmp - in
	done
	document CAP_SYS_CHROOT | seccomp-apply |
		jq '.linux.seccomp.defaultErrnoRet = 1 | .process.capabilities.bounding = []' >in
	run -0 --separate-stderr seccomp-apply <in
	echo "$output" | cmp - in
}

# profile [FIELD...] - a profile of one rule about read, changed by jq expressions.
profile() {
	jq -n '{defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["read"], action: "SCMP_ACT_ALLOW"}]}' |
		jq "${1-.}" >p.json
}

# resolve OPTION... - a document with that profile
resolve() {
	run -0 --separate-stderr seccomp-apply --profile=p.json "$@" <<<"${DOC-{\}}"
	silent
}

# refuse TEXT [STATUS] - it is not taken, for this reason
refuse() {
	run "-${2-1}" --separate-stderr seccomp-apply --profile=p.json <<<"${DOC-{\}}"
	[ -z "$output" ]
	complains "p.json: "
	complains "$1"
}

rules() {
	holds ".linux.seccomp.syscalls == $1"
}

@test "no profile of the host is looked for (B204, B205)" {
	need_root
	document CAP_CHOWN | seccomp-apply >wanted
	document CAP_CHOWN >in
	run -0 unshare -m sh -c 'mount -t tmpfs none /etc && mkdir /etc/containers &&
		echo "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}" >/etc/containers/seccomp.json && seccomp-apply <in'
	echo "$output" | cmp - wanted
	run -0 env SECCOMP_PROFILE=unconfined seccomp-apply <in
	echo "$output" | cmp - wanted
}

@test "unconfined removes the filter, and it stays away (B204)" {
	document CAP_CHOWN | seccomp-apply | seccomp-apply --profile=unconfined >out
	run -0 --separate-stderr seccomp-apply <out
	silent
	echo "$output" | cmp - out
	holds '.linux.seccomp == null'
}

@test "every member of a profile is taken over, comments and conditions vanish (B206, B213, B214)" {
	profile '. + {defaultErrnoRet: 7, architectures: ["SCMP_ARCH_X86_64"], flags: ["SECCOMP_FILTER_FLAG_LOG"],
		listenerPath: "/l", listenerMetadata: "m", unknown: 1} |
		.syscalls[0] += {comment: "why", includes: {}, excludes: {caps: []}, args: []} |
		.syscalls += [{name: "write", action: "SCMP_ACT_NOTIFY", args: [
			{index: 0, value: 0, valueTwo: 0, op: "SCMP_CMP_EQ"},
			{index: 1, value: 18446744073709551615, valueTwo: 1, op: "SCMP_CMP_MASKED_EQ"}]}]'
	sed -i s/18446744073709552000/18446744073709551615/ p.json
	sed -i 's/"write"/"close"/' p.json
	resolve --compact
	holds '.linux.seccomp | keys_unsorted == ["defaultAction", "defaultErrnoRet", "architectures", "flags",
		"listenerPath", "listenerMetadata", "syscalls"]'
	holds '.linux.seccomp | .defaultErrnoRet == 7 and .listenerPath == "/l" and .listenerMetadata == "m"'
	holds '.linux.seccomp.syscalls[0] == {names: ["read"], action: "SCMP_ACT_ALLOW"}'
	assert_output --partial '{"names":["close"],"action":"SCMP_ACT_NOTIFY","args":[{"index":0,"value":0,"op":"SCMP_CMP_EQ"},{"index":1,"value":18446744073709551615,"valueTwo":1,"op":"SCMP_CMP_MASKED_EQ"}]}'
}

@test "a profile is read strictly: words, kinds and ranges (B206, B216, F34)" {
	profile '.syscalls[0].action = "SCMP_ACT_ALOW"' && refuse "unknown 'SCMP_ACT_ALOW'" && complains SCMP_ACT_ALLOW
	profile '.defaultAction = "ALLOW"' && refuse '/defaultAction'
	profile '.defaultAction = 1' && refuse '/defaultAction'
	profile '.architectures = ["SCMP_ARCH_AMD64"]' && refuse "unknown 'SCMP_ARCH_AMD64'"
	profile '.flags = ["LOG"]' && refuse '/flags/0'
	profile '.syscalls[0].args = [{index: 6, value: 0, op: "SCMP_CMP_EQ"}]' && refuse 'from 0 to 5'
	profile '.syscalls[0].args = [{index: 0, value: 0, op: "SCMP_CMP_IS"}]' && refuse "unknown 'SCMP_CMP_IS'"
	profile '.syscalls[0].args = [{index: 0, value: -1, op: "SCMP_CMP_EQ"}]' && refuse '/args/0/value'
	profile '.syscalls[0].args = [{index: 0, op: "SCMP_CMP_EQ"}]' && refuse "value"
	profile '.syscalls[0].errnoRet = 65536' && refuse '/errnoRet'
	profile '.syscalls[0].names = "read"' && refuse '/names'
	profile '.syscalls[0].includes = {arches: ["x86_64"]}' && refuse '/includes/arches/0'
	profile '.syscalls[0].includes = {caps: ["CHOWN"]}' && refuse '/includes/caps/0'
	profile '.syscalls[0].excludes = {minKernel: "new"}' && refuse '/excludes/minKernel'
	# misspelt conditions would let calls through
	profile '.syscalls[0].includes = {cap: ["CAP_CHOWN"]}' && refuse "/syscalls/0/includes/cap: is not a known member"
	profile '.Syscalls = .syscalls | del(.syscalls)' && refuse Syscalls
}

@test "each known action, operator and flag is taken (B216, F34)" {
	local word
	for word in KILL KILL_PROCESS KILL_THREAD TRAP ERRNO TRACE LOG; do
		profile ".syscalls[0].action = \"SCMP_ACT_$word\" | .defaultAction = \"SCMP_ACT_ALLOW\""
		resolve
		rules "[{names: [\"read\"], action: \"SCMP_ACT_$word\"}]"
	done
	for word in NE LT LE EQ GE GT MASKED_EQ; do
		profile ".syscalls[0].args = [{index: 5, value: 3, op: \"SCMP_CMP_$word\"}]"
		resolve
		holds ".linux.seccomp.syscalls[0].args[0].op == \"SCMP_CMP_$word\""
	done
	for word in LOG SPEC_ALLOW WAIT_KILLABLE_RECV; do
		profile ".flags = [\"SECCOMP_FILTER_FLAG_$word\"]"
		resolve
		holds ".linux.seccomp.flags == [\"SECCOMP_FILTER_FLAG_$word\"]"
	done
}

@test "minKernel is asked of --kernel alone, and holds without it (B207)" {
	profile '.syscalls = [{names: ["ptrace"], action: "SCMP_ACT_ALLOW", includes: {minKernel: "4.8"}},
		{names: ["kcmp"], action: "SCMP_ACT_ALLOW", excludes: {minKernel: "4.8"}}]'
	resolve
	rules '[{names: ["ptrace"], action: "SCMP_ACT_ALLOW"}]'
	resolve --kernel=4.8
	rules '[{names: ["ptrace"], action: "SCMP_ACT_ALLOW"}]'
	resolve --kernel=5.10.0-1-amd64
	rules '[{names: ["ptrace"], action: "SCMP_ACT_ALLOW"}]'
	resolve --kernel=4.7.9
	rules '[{names: ["kcmp"], action: "SCMP_ACT_ALLOW"}]'
	resolve --kernel=3.10
	rules '[{names: ["kcmp"], action: "SCMP_ACT_ALLOW"}]'
	run -0 --separate-stderr seccomp-apply --profile=p.json --kernel=4.7 --explain=ptrace <<<'{}'
	[[ $stderr == *"SCMP_ACT_ALLOW holds since kernel 4.8: /syscalls/0 of the profile"* ]]
}

@test "what has no default action and no rules is no profile (B208)" {
	for text in '{}' '{"comment": "x"}' '{"defaultAction": null}'; do
		echo "$text" >p.json
		refuse 'it is no profile'
		complains '--profile=unconfined'
	done
}

@test "the native architecture is libseccomp's name for it, or --arch's (B209)" {
	profile '.syscalls = [{names: ["read"], action: "SCMP_ACT_ALLOW", includes: {arches: ["arm64"]}},
		{names: ["write"], action: "SCMP_ACT_ALLOW", excludes: {arches: ["arm64"]}}]'
	for arch in x86 amd64 x32 arm mips mips64 mips64n32 mipsel mipsel64 mipsel64n32 ppc ppc64 \
		ppc64le s390 s390x parisc parisc64 riscv64; do
		resolve "--arch=$arch"
		rules '[{names: ["write"], action: "SCMP_ACT_ALLOW"}]'
	done
	resolve --arch=arm64
	rules '[{names: ["read"], action: "SCMP_ACT_ALLOW"}]'
	resolve --arch=SCMP_ARCH_AARCH64
	rules '[{names: ["read"], action: "SCMP_ACT_ALLOW"}]'
	case $(uname -m) in x86_64) native=amd64 ;; aarch64) native=arm64 ;; *) skip 'another machine' ;; esac
	resolve
	echo "$output" | jq .linux >without
	resolve --arch="$native"
	echo "$output" | jq .linux | cmp - without
}

@test "architectures are taken as they are, archMap by the native one (B210)" {
	profile '. + {architectures: ["SCMP_ARCH_S390X", "SCMP_ARCH_X86"]}'
	resolve
	holds '.linux.seccomp.architectures == ["SCMP_ARCH_S390X", "SCMP_ARCH_X86"]'
	profile '. + {archMap: [{architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"]},
		{architecture: "SCMP_ARCH_PPC64LE"}, {architecture: "SCMP_ARCH_RISCV64", subArchitectures: []},
		{architecture: "SCMP_ARCH_ARM", subArchitectures: ["SCMP_ARCH_X86"]},
		{architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_X86"]}]}'
	resolve --arch=arm64
	holds '.linux.seccomp.architectures == ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]'
	resolve --arch=ppc64le
	holds '.linux.seccomp.architectures == ["SCMP_ARCH_PPC64LE"]'
	resolve --arch=riscv64
	holds '.linux.seccomp.architectures == ["SCMP_ARCH_RISCV64"]'
	resolve --arch=arm
	holds '.linux.seccomp.architectures == ["SCMP_ARCH_ARM", "SCMP_ARCH_X86"]'
	resolve --arch=s390x
	holds '.linux.seccomp | has("architectures") | not'
	profile '. + {architectures: ["SCMP_ARCH_X86"], archMap: [{architecture: "SCMP_ARCH_ARM"}]}'
	refuse "both 'architectures' and 'archMap'"
	profile '. + {architectures: ["SCMP_ARCH_X86"], archMap: []}'
	resolve
	holds '.linux.seccomp.architectures == ["SCMP_ARCH_X86"]'
}

@test "an errno by name or number as text wins over the number (B211)" {
	profile '.defaultErrno = "ENOSYS" | .defaultErrnoRet = 1 |
		.syscalls = [{names: ["read"], action: "SCMP_ACT_ERRNO", errno: "13", errnoRet: 1},
		{names: ["write"], action: "SCMP_ACT_ERRNO", errno: "", errnoRet: 2},
		{names: ["close"], action: "SCMP_ACT_ERRNO", errno: "EWOULDBLOCK"},
		{names: ["open"], action: "SCMP_ACT_ERRNO", errno: ""}]'
	resolve
	holds '.linux.seccomp.defaultErrnoRet == 38'
	holds '[.linux.seccomp.syscalls[].errnoRet] == [13, 2, 11, null]'
	# another number there
	resolve --arch=mips64
	holds '.linux.seccomp.defaultErrnoRet == 89'
	profile '.syscalls[0] += {action: "SCMP_ACT_ERRNO", errno: "ENOPERM"}' && refuse "unknown errno 'ENOPERM'"
	complains 'EPERM?'
	profile '.syscalls[0] += {action: "SCMP_ACT_ERRNO", errno: "4294967296"}' && refuse '/syscalls/0'
	profile '.syscalls[0] += {action: "SCMP_ACT_ERRNO", errno: "-1"}' && refuse '/syscalls/0'
	profile '.syscalls[0] += {errno: "EPERM"}' && refuse 'takes no number'
}

@test "conditions on capabilities ask for all of includes and any of excludes (B212)" {
	profile '.syscalls = [
		{names: ["read"], action: "SCMP_ACT_ALLOW", includes: {caps: ["CAP_KILL", "CAP_CHOWN"]}},
		{names: ["write"], action: "SCMP_ACT_ALLOW", excludes: {caps: ["CAP_KILL", "CAP_CHOWN"]}}]'
	local caps
	for caps in '[]' '["CAP_KILL"]' '["CAP_CHOWN", "CAP_SETUID"]' '["CAP_KILL", "CAP_CHOWN"]'; do
		DOC="{\"process\": {\"capabilities\": {\"bounding\": $caps}}}" resolve
		case $caps in
		'[]') rules '[{names: ["write"], action: "SCMP_ACT_ALLOW"}]' ;;
		*KILL*CHOWN*) rules '[{names: ["read"], action: "SCMP_ACT_ALLOW"}]' ;;
		*) rules null ;;
		esac
	done
}

@test "rules keep their order and repeated names; name and names together are an error (B213)" {
	profile '.syscalls = [{name: "read", action: "SCMP_ACT_ALLOW"}, {names: ["write", "write"], action: "SCMP_ACT_LOG"},
		{names: ["read"], action: "SCMP_ACT_LOG"}]'
	resolve
	rules '[{names: ["read"], action: "SCMP_ACT_ALLOW"}, {names: ["write", "write"], action: "SCMP_ACT_LOG"},
		{names: ["read"], action: "SCMP_ACT_LOG"}]'
	profile '.syscalls[0].name = "x" | .syscalls[0].includes = {caps: ["CAP_NOT_HELD"]}'
	refuse "both 'name' and 'names'"
	profile 'del(.syscalls[0].names)'
	refuse "neither 'name' nor 'names'"
}

@test "the bounding set decides, whatever an ordinary user's others are (B215)" {
	for caps in '{"bounding": ["CAP_SYS_CHROOT"]}' '{"bounding": ["CAP_SYS_CHROOT"], "effective": []}'; do
		run -0 --separate-stderr seccomp-apply <<<"{\"process\": {\"user\": {\"uid\": 1000}, \"capabilities\": $caps}}"
		holds '[.linux.seccomp.syscalls[] | select(.names == ["chroot"]).action] == ["SCMP_ACT_ALLOW"]'
	done
	run -0 --separate-stderr seccomp-apply <<<'{"process": {"capabilities": {"bounding": [], "effective": ["CAP_SYS_CHROOT"]}}}'
	holds '[.linux.seccomp.syscalls[] | select(.names == ["chroot"]).action] == ["SCMP_ACT_ERRNO"]'
}

@test "two conditions on one argument, which runtimes take for alternatives, are refused" {
	profile '.syscalls[0].args = [{index: 1, value: 1, op: "SCMP_CMP_GE"}, {index: 1, value: 9, op: "SCMP_CMP_LE"}]'
	refuse 'two conditions on argument 1'
}

@test "a profile that cannot be read is named, at once (F26)" {
	mkfifo fifo
	mkdir dir
	ln -s loop loop
	echo '{"defaultAction":' >truncated
	head -c 65m /dev/zero >giant
	for file in nothing fifo dir loop truncated giant; do
		run -1 --separate-stderr timeout 10 seccomp-apply --profile="$file" <<<'{}'
		complains "$file"
		[ -z "$output" ]
	done
	# a relative name is the caller's, wherever the profile is read again
	profile
	mkdir elsewhere
	seccomp-apply --profile=p.json <<<'{}' | jq -c '.process.capabilities.bounding = []' >doc
	cd elsewhere
	run -0 --separate-stderr seccomp-apply --kernel=5.0 <../doc
	holds '.linux.seccomp.syscalls[0].names == ["read"]'
}

@test "an unknown name is kept, told of by --explain, and an error where it was asked for (F34)" {
	profile '.syscalls[0].names += ["opne"]'
	resolve
	holds '.linux.seccomp.syscalls[0].names == ["read", "opne"]'
	run -0 --separate-stderr seccomp-apply --profile=p.json --explain=read <<<'{}'
	complains 'opne: unknown to libseccomp'
	complains 'open?'
	complains '/linux/seccomp/syscalls/0'
	run -1 --separate-stderr seccomp-apply --profile=p.json --strict <<<'{}'
	complains "/linux/seccomp/syscalls/0/names/1: libseccomp"
	complains "does not know 'opne'"
	for option in --rule=allow:opne --allow=opne --deny=opne --rm=opne --explain=opne; do
		run -2 --separate-stderr seccomp-apply "$option" <<<'{}'
		complains "unknown system call 'opne'"
	done
}
