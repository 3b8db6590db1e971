#!/usr/bin/env bats
# seccomp-apply: what filters do, found by running the programs that libseccomp makes of them.
load lib

# document CAP... - one with these capabilities in its bounding set
document() {
	jq -n --args '{process: {capabilities: {bounding: $ARGS.positional}}}' "$@"
}

# The capabilities that the default profile asks for.
asked() {
	jq -r '[.syscalls[] | .includes?.caps?, .excludes?.caps? | arrays[]] | unique[]' \
		"$TESTS/../share/seccomp/default.json"
}

# means ARCH - what is exported of the document doc does what that says
means() {
	seccomp-apply --export=bpf:bpf <doc >same
	cmp same doc
	run -0 python3 "$TESTS/seccomp.py" meaning "$1" doc bpf
	assert_output --regexp '^[0-9]+ cases, 0 wrong$'
	[ "${output%% *}" -ge "${2-1}" ]
}

@test "the program of the default profile does what the document says, for every system call (B204)" {
	for caps in '' CAP_SYS_ADMIN 'CAP_AUDIT_WRITE CAP_SYS_PTRACE' "$(asked)"; do
		# shellcheck disable=SC2086 # a list
		document $caps | seccomp-apply >doc
		means amd64 2000
	done
}

@test "so does that for another machine, of the other byte order too (B209, B210)" {
	for arch in amd64 arm64 mips64 mips64n32 mipsel64 mipsel64n32 s390x ppc64le riscv64; do
		document CAP_CHOWN | seccomp-apply --profile=default --arch="$arch" >doc
		means "$arch" 800
		# --explain runs the same program
		run -0 --separate-stderr seccomp-apply --explain=acct,read <doc
		complains "acct: EPERM on $arch"
		complains "read: allowed on $arch"
	done
}

@test "conditions of every operator, of 32 and 64 bits, do what the document says (B216)" {
	for op in NE LT LE EQ GE GT MASKED_EQ; do
		for value in 0 7 4294967296 9223372036854775815 18446744073709551615; do
			echo "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"mmap\", \"read\"],
				\"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 5, \"value\": $value,
				\"valueTwo\": $([ $op = MASKED_EQ ] && echo $value || echo 0), \"op\": \"SCMP_CMP_$op\"}]}]}" >p.json
			seccomp-apply --profile=p.json <<<'{}' >doc
			means amd64
		done
	done
}

@test "edits do what they say, whatever rules are there" {
	document | seccomp-apply --deny=read,socket --allow='personality,acct' --rm=write \
		--rule='errno=EBUSY:clone(a0&0x10000000==0x10000000)' --rule=kill:getpid --rule=log:getppid \
		--default-action=errno=EACCES --arch=arm64 --profile=default >doc
	means arm64
	run -0 --separate-stderr seccomp-apply --explain='read,write,acct,getpid,clone(0x10000000),clone(0),nfsservctl,io_uring_setup' <doc
	complains 'read: EPERM on arm64, arm'
	complains 'write: EACCES on arm64, arm'
	complains 'acct: allowed on arm64, arm'
	complains 'getpid: the thread is killed on arm64, arm'
	complains 'clone(0x10000000): EBUSY on arm64, arm'
	complains 'clone(0): allowed on arm64, arm'
	complains 'nfsservctl: EPERM on arm64, arm'
	complains 'io_uring_setup: EACCES on arm64, arm'
}

@test "the simulator sees a program that does not do what its document says" {
	document CAP_CHOWN | seccomp-apply >one
	seccomp-apply --export=bpf:bpf <one >same
	for edit in '.defaultErrnoRet = 1' '(.syscalls[] | select(.names == ["acct"])).errnoRet = 2' \
		'del(.syscalls[] | select(.names == ["chroot"]))' '(.syscalls[] | .args? | arrays[0].value) += 1'; do
		jq ".linux.seccomp |= ($edit)" one >other
		run -1 python3 "$TESTS/seccomp.py" meaning amd64 other bpf
		run -1 python3 "$TESTS/seccomp.py" same one other
	done
}

@test "the default profile is the one that containers/common ships" {
	local ships=/usr/share/containers/seccomp.json
	[ -e $ships ] || skip "needs $ships"
	for caps in '' CAP_SYS_ADMIN "$(asked)"; do
		# shellcheck disable=SC2086 # a list
		document $caps >in
		seccomp-apply <in >ours
		seccomp-apply --profile=$ships <in >theirs
		run -0 python3 "$TESTS/seccomp.py" same ours theirs
	done
}

@test "it has the effect of buildah's, for default capabilities, for all and for none (B204, B208, B214)" {
	need_root
	command -v buildah >/dev/null || skip 'needs buildah'
	make_rootfs made
	mkdir memory
	run -0 unshare -m --propagation private sh -c \
		'mount -t tmpfs none memory && cp -a made memory/rootfs && exec python3 "$1" buildah memory' \
		sh "$TESTS/seccomp.py"
	assert_line '0 capabilities'
	assert_line --regexp '^(3[89]|[4-9][0-9]) capabilities$'
	assert_line --regexp '^[0-9]{4,} cases, 0 wrong$'
}

@test "--explain tells the action, the rule and what would change it, for each conditional or notorious call" {
	for caps in '' CAP_CHOWN 'CAP_SYS_ADMIN CAP_AUDIT_WRITE' "$(asked)"; do
		# shellcheck disable=SC2086 # a list
		run -0 python3 "$TESTS/seccomp.py" explain $caps
		assert_line --regexp '^[0-9]{2,} system calls$'
		assert_line --regexp '^[0-9]{3,} cases, 0 wrong$'
	done
}

@test "--export of pseudo code is libseccomp's" {
	document CAP_CHOWN | seccomp-apply >doc
	run -0 --separate-stderr seccomp-apply --export=pfc:pfc --export=bpf:bpf <doc
	silent
	cmp <(echo "$output") doc
	grep -q '# pseudo filter code start' pfc
	grep -q 'action ERRNO(38)' pfc
	[ $(($(stat -c %s bpf) % 8)) = 0 ]
	run -1 --separate-stderr seccomp-apply --export=pfc:pfc2 <<<'{}'
	complains 'there is no filter to export'
	refute [ -e pfc2 ]
	run -2 --separate-stderr seccomp-apply --export=elf:x <<<'{}'
	run -2 --separate-stderr seccomp-apply --export=bpf: <<<'{}'
	run -4 --separate-stderr seccomp-apply --export=bpf:/nowhere/x <doc
	[ -z "$output" ]
}

# rules NUMBER - a profile of so many rules, each about one call
rules() {
	python3 - "$1" <<-'END' >p.json
		import json, sys
		with open("/dev/fd/3") as f:
		    names = json.load(f)["syscalls"][1]["names"]
		rules = [{"names": [names[n % len(names)]], "action": "SCMP_ACT_" + ("ALLOW", "LOG")[n % 2]}
		         for n in range(int(sys.argv[1]))]
		print(json.dumps({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": rules}))
	END
} 3<"$TESTS/../share/seccomp/default.json"

@test "ten thousand rules are handled in linear time, and mean what they say (F33, F34)" {
	rules 10000
	run -0 --separate-stderr timeout 30 seccomp-apply --profile=p.json --output=doc <<<'{}'
	[ "$(jq '.linux.seccomp.syscalls | length' doc)" = 10000 ]
	means amd64
	rules 100000
	run -0 --separate-stderr timeout 30 seccomp-apply --profile=p.json --output=doc <<<'{}'
}

@test "a filter that the kernel would not take, or libseccomp not end with, is an error (F34)" {
	jq -n '{defaultAction: "SCMP_ACT_ERRNO", syscalls: [range(3000) | {names: ["prctl"],
		action: "SCMP_ACT_ALLOW", args: [{index: 0, value: (4294967296 * . + 1), op: "SCMP_CMP_EQ"}]}]}' >p.json
	run -1 --separate-stderr timeout 60 seccomp-apply --profile=p.json <<<'{}'
	complains 'p.json: '
	complains 'instructions, and the kernel takes 4096'
	[ -z "$output" ]
}
