#!/usr/bin/env bats
# chroot isolation: the filter that it makes itself decides as libseccomp's does.
load lib

setup_file() {
	local flags
	flags=$(pkg-config --libs jansson libmd)
	! sanitized || flags+=' -fsanitize=address,undefined'
	# shellcheck disable=SC2086 # a list of words
	${CC:-cc} -O2 -std=gnu17 -D_GNU_SOURCE -I"$TESTS/../lib" -o "$BATS_FILE_TMPDIR/samefilter" \
		"$TESTS/samefilter.c" "$BIN/lib.a" $flags -lseccomp
	PATH=$BATS_FILE_TMPDIR:$PATH
	export PATH
}

@test "the default profile: all calls of all its architectures, also those that are part of another (B380, B381)" {
	ocigen --rootfs=. -- true | jq .linux.seccomp >default
	run -0 samefilter default
	assert_output same
	ocigen --rootfs=. -- true | caps-apply --cap-add=all | seccomp-apply | jq .linux.seccomp >all
	ocigen --rootfs=. -- true | caps-apply --cap-drop=all | seccomp-apply | jq .linux.seccomp >none
	run -0 samefilter all none
	assert_output $'same\nsame'
}

@test "each action, each comparison, both halves of an argument" {
	local rules i=0
	while read -r rules; do
		i=$((i + 1))
		# shellcheck disable=SC2086 # a list of words
		ocigen --rootfs=. -- true | ocipatch --set=/linux/seccomp='{"defaultAction":"SCMP_ACT_ALLOW"}' |
			seccomp-apply $rules | jq .linux.seccomp >"f$i"
	done <<-'END'
		--rule=errno=ENOSPC:mkdir --rule=trap:chown --rule=log:kill --rule=trace=7:setuid --rule=kill:mount --rule=kill-process:umount2
		--rule=errno:personality(a0==8) --rule=errno:prctl(a0!=4,a1==7)
		--rule=errno:mmap(a1>4294967297) --rule=errno:mremap(a2>=4294967296) --rule=errno:munmap(a1<4294967299) --rule=errno:mlock(a1<=8589934592)
		--rule=errno:clone(a0&0x10000000==0x10000000) --rule=errno:unshare(a0&0x7e020000==0x20000)
		--rule=errno:openat(a2&0x300000003==0x100000001)
		--rule=errno:socket(a0==16) --rule=errno:bind(a0==1,a1==17)
		--rule=errno:ioctl(a1==0x5412) --rule=errno:ioctl(a1==0x541c)
	END
	run -0 samefilter f1 f2 f3 f4 f5 f6 f7
	refute_output --partial differs
	assert_line --index 0 same
	assert_line --index 1 same
	assert_line --index 3 same
	assert_line --index 6 same
}

@test "filters that chance made: the same, or left to libseccomp" {
	python3 - "${TORTURE:+400}" <<-'END'
		import json, random, sys
		random.seed(7)
		names = "read write open socket bind connect sendmsg semget shmat msgget ipc socketcall clone \
		personality ioctl prctl mkdir chown chown32 mmap mmap2 _llseek nosuchcall ppoll kill accept4".split()
		ops = "EQ NE LT LE GE GT MASKED_EQ".split()
		acts = ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_LOG", "SCMP_ACT_KILL_PROCESS"]
		values = [0, 1, 2, 16, 255, 1 << 31, (1 << 32) - 1]
		for n in range(int(sys.argv[1] or 60)):
		    rules = []
		    for _ in range(random.randint(1, 8)):
		        rule = {"names": random.sample(names, random.randint(1, 3)), "action": random.choice(acts)}
		        args = random.sample(range(3), random.choice([0, 0, 1, 1, 2]))
		        if args:
		            rule["args"] = [dict(index=a, value=random.choice(values), valueTwo=random.choice(values),
		                op="SCMP_CMP_" + random.choice(ops)) for a in args]
		            for a in rule["args"]:
		                if a["op"] != "SCMP_CMP_MASKED_EQ":
		                    del a["valueTwo"]
		        rules.append(rule)
		    arches = random.choice([["X86_64"], ["X86_64", "X86"], ["X86_64", "X86", "X32"], []])
		    json.dump({"defaultAction": random.choice(acts[:2]), "architectures": ["SCMP_ARCH_" + a for a in arches],
		               "syscalls": rules}, open("r%d" % n, "w"))
	END
	local file status=0
	for file in r*; do
		samefilter "$file" >>out || [ $? = 2 ] || status=1
	done
	[ "$status" = 0 ] || fail "$(grep differs out)"
	[ "$(grep -c same out)" -ge 20 ] || fail "too few were made: $(sort out | uniq -c)"
}
