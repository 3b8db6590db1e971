#!/usr/bin/env bats
# What a well-known generator of such documents gets wrong (D1 to D17), done right.
# Those that are not here are tested beside the options that they are about.
# shellcheck disable=SC2154 # run sets stderr
load lib

prepare() {
	jq -nc '{process: {user: {uid: 0, gid: 0}, capabilities: {bounding: ["CAP_KILL"]}}}' >plain.json
	seccomp-apply --input=plain.json --output=default.json
}

# The actions of the rules that name the system call, and whether one needs arguments.
rules_of() {
	jq -c --arg name "$1" '[.linux.seccomp.syscalls[] | select(.names | index($name)) | .action]'
}

@test "what is denied by a default that denies is not allowed any more (D4)" {
	[ "$(jq -r .linux.seccomp.defaultAction default.json)" = SCMP_ACT_ERRNO ]
	[ "$(rules_of mkdir <default.json)" = '["SCMP_ACT_ALLOW"]' ]
	for options in --deny=mkdir --rule=errno:mkdir --rule=errno=EPERM:mkdir; do
		seccomp-apply "$options" <default.json >out
		[ "$(rules_of mkdir <out)" != "$(rules_of mkdir <default.json)" ]
		! rules_of mkdir <out | grep -q ALLOW || fail "$options"
		[ "$(rules_of rmdir <out)" = '["SCMP_ACT_ALLOW"]' ]
	done
}

@test "a name is taken out of a list of many names (D5)" {
	run -0 --separate-stderr seccomp-apply --rm=mkdir <default.json
	[ "$(rules_of mkdir <<<"$output")" = '[]' ]
	[ "$(rules_of rmdir <<<"$output")" = '["SCMP_ACT_ALLOW"]' ]
}

@test "a rule to kill leaves no rule that allows the same (D6)" {
	run -0 --separate-stderr seccomp-apply --rule=kill:mkdir <default.json
	[ "$(rules_of mkdir <<<"$output")" = '["SCMP_ACT_KILL"]' ]
}

@test "an option that is repeated adds to what it said before (D7)" {
	jq -nc '{linux: {seccomp: {defaultAction: "SCMP_ACT_ERRNO"}}}' >none.json
	run -0 --separate-stderr seccomp-apply --allow=read,write --allow=open <none.json
	holds '[.linux.seccomp.syscalls[].names[]] | sort == ["open", "read", "write"]'
}

@test "a system call that does not exist is an error (D8)" {
	for options in --allow=notasyscall --deny=notasyscall --rule=kill:read,notasyscall; do
		run -2 --separate-stderr seccomp-apply "$options" <default.json
		complains "unknown system call 'notasyscall'"
		refute_output
	done
}

@test "every action, error number, flag and listener can be written (D9)" {
	while IFS='|' read -r options rule; do
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr seccomp-apply $options <default.json
		holds ".linux.seccomp | $rule"
	done <<-'END'
		--rule=log:mkdir|any(.syscalls[]; .action == "SCMP_ACT_LOG" and .names == ["mkdir"])
		--rule=trap:mkdir|any(.syscalls[]; .action == "SCMP_ACT_TRAP" and .names == ["mkdir"])
		--rule=trace=7:mkdir|any(.syscalls[]; .action == "SCMP_ACT_TRACE" and .errnoRet == 7)
		--rule=kill:mkdir|any(.syscalls[]; .action == "SCMP_ACT_KILL" and .names == ["mkdir"])
		--rule=kill-process:mkdir|any(.syscalls[]; .action == "SCMP_ACT_KILL_PROCESS" and .names == ["mkdir"])
		--rule=errno=ENOENT:mkdir|any(.syscalls[]; .action == "SCMP_ACT_ERRNO" and .errnoRet == 2 and (.names | index("mkdir")))
		--rule=notify:mkdir --listener=/s,data|.listenerPath == "/s" and .listenerMetadata == "data" and any(.syscalls[]; .action == "SCMP_ACT_NOTIFY")
		--default-action=errno=38|.defaultErrnoRet == 38
		--default-action=log|.defaultAction == "SCMP_ACT_LOG"
		--flag=spec-allow|.flags | index("SECCOMP_FILTER_FLAG_SPEC_ALLOW")
	END
}

@test "hooks have all six stages, and an equal one is not added again (D14)" {
	words=()
	for stage in prestart createRuntime createContainer startContainer poststart poststop; do
		words+=("--hook=$stage:/bin/true,a" "--hook=$stage:/bin/true,a")
	done
	run -0 --separate-stderr hooks-apply "${words[@]}" <<<'{}'
	holds '(.hooks | length) == 6 and all(.hooks[]; length == 1)'
	hooks-apply "${words[@]}" <<<"$output" | cmp - <(echo "$output")
}

@test "a second mount at one place replaces the first, where it is (D15)" {
	run -0 --separate-stderr mounts-apply -v /a:/m -v /b:/n -v /c:/m:ro <<<'{}'
	holds '[.mounts[] | [.destination, .source]] == [["/m", "/c"], ["/n", "/b"]]'
}

@test "each of D1 to D17 is the subject of a test" {
	for number in {1..17}; do
		grep -Eqh "^@test .*[(, ]D${number}[,)]" "$TESTS"/*.bats || fail "D$number"
	done
}
