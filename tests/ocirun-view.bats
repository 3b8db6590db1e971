#!/usr/bin/env bats
# ocirun: what the command sees of itself is the document's, however oddly we were started.
load lib
load host
load ocirun

prepare() {
	local rootfs
	${CC:-cc} -O1 -static -o look "$TESTS/look.c"
	for rootfs in "$HOST/rootfs" ${USER_ROOTFS:+"$USER_ROOTFS"}; do
		install -m 755 look "$rootfs/bin/look"
	done
	install -m 644 "$TESTS/oddly.py" "$HOST/oddly.py" # the user may not get at our own
}

# expected - the same from the document
expected() {
	python3 - "$HOST/document" <<-'END'
		import json, re, subprocess, sys
		process = json.load(open(sys.argv[1]))["process"]
		user = process["user"]
		names = re.findall(r"#define (CAP_\w+)\s+(\d+)", open("/usr/include/linux/capability.h").read())
		numbers = {name: int(number) for name, number in names}
		print("Uid:" + f"\t{user['uid']}" * 4)
		print("Gid:" + f"\t{user['gid']}" * 4)
		print("Groups:\t" + "".join(f"{gid} " for gid in sorted(user.get("additionalGids", []))))
		print(f"Umask:\t{user.get('umask', 0o22):04o}")
		print("SigBlk:\t0000000000000000")
		print("SigIgn:\t0000000000000000")
		print("SigCgt:\t0000000000000000")
		for line, key in ("Inh", "inheritable"), ("Prm", "permitted"), ("Eff", "effective"), ("Bnd", "bounding"), ("Amb", "ambient"):
		    bits = sum(1 << numbers[name] for name in process["capabilities"].get(key, []))
		    print(f"Cap{line}:\t{bits:016x}")
		print(f"NoNewPrivs:\t{int(process.get('noNewPrivileges', False))}")
		print("Seccomp:\t2")
		print("descriptors: 0 1 2")
		print(f"cwd: {process['cwd']}", "root: /", sep="\n")
		print(*("argument: " + word for word in process["args"]), sep="\n")
		print(*("environment: " + entry for entry in process["env"]), sep="\n")
	END
}

# seen RUNTIME WAYS
seen() {
	case $2 in
	'') as "$who" "$1" ocirun "$HOST/document" ;;
	*) as "$who" "$1" python3 "$HOST/oddly.py" "$2" ocirun "$HOST/document" ;;
	esac </dev/null
}

# the same however we were started
same_view() {
	# shellcheck disable=SC2054 # each is a list with commas
	local ways all=('' descriptors,ignored,blocked,umask,ambient,session,environment umask777,securebits,nice,core,dumpless,dying)
	# shellcheck disable=SC2054
	[ -z "${TORTURE-}" ] || all+=(descriptors ignored blocked umask umask777 ambient securebits ambient,securebits
		session nice core dumpless dying environment)
	expected | sort >"$HOST/expected"
	for ways in "${all[@]}"; do
		run --separate-stderr seen "$1" "$ways"
		[ "$status" -eq 0 ] || fail "$who, $1, $ways: $status $stderr"
		[ "$1" = chroot ] || silent
		diff <(sort <<<"$output") "$HOST/expected" || fail "$who, $1, $ways"
	done
}

view() {
	local runtime
	for runtime in runc crun chroot; do
		doc "$who" -e A=b -e HOME=/h -- look a "" "b c" | ns-apply --hostname=here >"$HOST/document"
		same_view $runtime
		doc "$who" -u alice --group-add=video --umask=027 -w /tmp -e HOME=/ -e PATH=/bin --security-opt=no-new-privileges -- look |
			caps-apply --cap-drop=all --cap-add=CHOWN,KILL --ambient=KILL --inheritable=KILL --effective=KILL --permitted=KILL |
			ns-apply --hostname=here | seccomp-apply >"$HOST/document"
		same_view $runtime
	done
}

@test "from inside all is as the document says, however oddly we were started: root (R38)" {
	local who=root
	view
}

@test "from inside all is as the document says, however oddly we were started: with a user namespace (R38)" {
	local who=mapped
	view
}

@test "from inside all is as the document says, however oddly we were started: an ordinary user (R38)" {
	local who=user
	[ -n "${TEST_USER-}" ] || skip 'no second user'
	view
}
