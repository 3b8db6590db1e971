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
