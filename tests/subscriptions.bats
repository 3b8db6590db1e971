#!/usr/bin/env bats
# Copies of the host's files that every container gets: --default-mounts-file and --fips.
load lib
load steps

prepare() {
	make_work
	mkdir -p "$WORK/host/deep/er"
	echo certificate >"$WORK/host/deep/er/file"
	echo key >"$WORK/host/key"
	ln -s "$WORK/outside" "$WORK/host/link"
	ln -s nowhere "$WORK/host/dangling"
	echo outside >"$WORK/outside"
	chmod 0710 "$WORK/host/deep"
	chmod 0640 "$WORK/host/key"
	cat >"$WORK/mounts.conf" <<-END
		# comment
		  $WORK/host:/run/secrets
		$WORK/outside:/etc/one
		text that is no line of it
	END
}

list() {
	mounts-apply --default-mounts-file="$1" <<<'{}'
}

@test "a list gives a copy of each path it names, and what a step writes is gone (B149, B150, B151, B152)" {
	check() {
		local before
		before=$(picture "$WORK/host")
		for _ in 1 2; do
			run -0 --separate-stderr step_with "$1" "$2" '--rootfs="$WORK/rootfs"' \
				'--default-mounts-file="$WORK/mounts.conf"' sh -c '
				cd /run/secrets && find . | sort
				cat deep/er/file key link /etc/one
				find . -type f -exec test ! -O {} \; -print
				find deep key -prune -printf "%m\n" 2>/dev/null || stat -c %a deep key
				echo more >>key && rm -r deep && echo x >>/etc/one && echo written'
			assert_output $'.\n./deep\n./deep/er\n./deep/er/file\n./key\n./link\ncertificate\nkey\noutside\noutside\n710\n640\nwritten'
		done
		assert_equal "$(picture "$WORK/host")" "$before"
		assert_equal "$(cat "$WORK/outside")" outside
		[ ! -e "$WORK/rootfs/run/secrets" ]
		[ ! -e "$WORK/rootfs/etc/one" ]
	}
	each check
}

@test "the copies belong to the container's root, in memory (B151)" {
	check() {
		run -0 --separate-stderr step_with "$1" "$2" '--rootfs="$WORK/rootfs"' \
			'--default-mounts-file="$WORK/mounts.conf"' \
			sh -c 'find /run/secrets /etc/one -exec stat -c "%u:%g" {} + | sort -u; grep -c " /run/secrets .* ramfs " /proc/self/mountinfo'
		assert_output $'0:0\n1'
	}
	each check
}

@test "the same as a document: nothing is done twice, and users' mounts win (B109, B152)" {
	run -0 list "$WORK/mounts.conf"
	assert_output --partial '"step": "subscription"'
	once=$output
	run -0 mounts-apply --default-mounts-file="$WORK/mounts.conf" <<<"$once"
	assert_output "$once"
	run -0 mounts-apply -v /tmp:/etc/one --default-mounts-file="$WORK/mounts.conf" --compact <<<'{}'
	assert_output --partial '{"destination":"/etc/one","type":"bind","source":"/tmp"'
	run -0 sh -c 'echo {} | mounts-apply -v /tmp:/etc/one | mounts-apply --default-mounts-file="$WORK/mounts.conf" --compact'
	assert_output --partial '{"destination":"/etc/one","type":"bind","source":"/tmp"'
	refute_output --partial '"mount":"/etc/one"'
	run -0 sh -c 'echo {} | mounts-apply --default-mounts-file="$WORK/mounts.conf" | mounts-apply --remove=/etc/one --compact'
	refute_output --partial /etc/one
	assert_regex "$once" "\"inputs\": \[[[:space:]]*\"$WORK/mounts.conf\""
}

@test "what is not there is skipped, and said; anything else wrong in a list is an error (B150, B151, B153)" {
	echo "$WORK/absent:/a" >"$WORK/list"
	run -0 --separate-stderr list "$WORK/list"
	refute_output --partial '"mounts"'
	assert_equal "$stderr" "mounts-apply: $WORK/list: line 1: $WORK/absent is not there, and is skipped"
	printf '\n%s:relative\n' "$WORK/host" >"$WORK/list"
	run -1 --separate-stderr list "$WORK/list"
	complains "$WORK/list: line 2: 'relative' is not an absolute path"
	printf '%s\0x\n' "$WORK/host" >"$WORK/list"
	run -1 --separate-stderr list "$WORK/list"
	complains 'line 1: has a NUL byte'
	run --separate-stderr list "$WORK/none"
	[ "$status" -ne 0 ]
	complains "$WORK/none"
}

@test "what cannot be copied ends in its place and 125 (B151, B153)" {
	bad() {
		on runc "$WORK/step" '--rootfs="$WORK/rootfs"' '' '--default-mounts-file="$WORK/list"' true
	}
	echo "$WORK/host:/s" >"$WORK/list"
	mkfifo "$WORK/host/deep/fifo"
	run -125 --separate-stderr bad
	complains "subscription: $WORK/host/deep/fifo: is neither a file nor a directory"
	rm "$WORK/host/deep/fifo"
	ln -s .. "$WORK/host/deep/up"
	run -125 --separate-stderr bad
	complains '40 directories deep: links in a circle?'
	rm "$WORK/host/deep/up"
	truncate -s 65M "$WORK/host/large"
	run -125 --separate-stderr bad
	complains "$WORK/host/large: is more than 64 MiB with all else"
}

@test "FIPS mode is shown if it is asked for, with the root file system's policies (B154, B155)" {
	local policies=$WORK/rootfs/usr/share/crypto-policies/back-ends/FIPS
	check() {
		run -0 --separate-stderr step_with "$1" "$2" '--rootfs="$WORK/rootfs"' '--fips' \
			sh -c 'ls -A /run/secrets; wc -c </run/secrets/system-fips; cat /etc/crypto-policies/* /etc/crypto-policies/back-ends/* 2>/dev/null; true'
		assert_output "$expected"
	}
	expected=$'system-fips\n0'
	each check
	mkdir -p "$policies" "$WORK/rootfs/etc/crypto-policies/back-ends"
	echo strict >"$policies/openssl.config"
	echo DEFAULT >"$WORK/rootfs/etc/crypto-policies/config"
	expected=$'system-fips\n0\nFIPS\nstrict'
	each check
	assert_equal "$(cat "$WORK/rootfs/etc/crypto-policies/config")" DEFAULT
}

@test "without a runtime it is the same (B151, B154)" {
	OCIRUN='--isolation=chroot' run -0 --separate-stderr on runc "$WORK/step" '--rootfs="$WORK/rootfs"' '' \
		'--default-mounts-file="$WORK/mounts.conf" --fips' sh -c 'ls -A /run/secrets; cat /etc/one; echo x >/run/secrets/key'
	assert_output $'deep\nkey\nlink\nsystem-fips\noutside'
	assert_equal "$(cat "$WORK/host/key")" key
}

@test "with a list for /run/secrets the mark of FIPS mode is in that (B154)" {
	run -0 --separate-stderr on runc "$WORK/step" '--rootfs="$WORK/rootfs"' '' '--default-mounts-file="$WORK/mounts.conf" --fips' \
		ls -A /run/secrets
	assert_output $'deep\nkey\nlink\nsystem-fips'
}

@test "policies that are a link out of the root file system are looked for inside it (B155)" {
	mkdir -p "$WORK/rootfs/usr/share/crypto-policies"
	mkdir -p "$WORK/back-ends/FIPS"
	ln -s "$WORK/back-ends" "$WORK/rootfs/usr/share/crypto-policies/back-ends"
	run -0 mounts-apply --fips --compact <<<"{\"root\":{\"path\":\"$WORK/rootfs\"}}"
	refute_output --partial crypto-policies
}

@test "a document cannot put files of a subscription anywhere else" {
	for name in ../x a/b .. ''; do
		run -125 --separate-stderr ocirun --dry-run <<<"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"/\"},\"process\":{\"cwd\":\"/\",\"args\":[\"x\"],\"user\":{\"uid\":0,\"gid\":0}},
			\"ocipipe\":{\"version\":1,\"prepare\":[{\"step\":\"subscription\",\"mount\":\"/s\",\"source\":{\"files\":{\"$name\":\"\"}}}]}}"
		complains '/ocipipe/prepare/0/source/files'
	done
}
