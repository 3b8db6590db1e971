#!/usr/bin/env bats
# chroot isolation: the mounts and devices of the document, as a runtime makes them.
load lib
load host
load ocirun
load chroot

# options PATH - of the mount there, from a mountinfo on standard input
options() {
	awk -v path="$1" '$5 == path { print $6 }' | tail -n 1
}

@test "the view from inside is a runtime's, but for what the manual lists (B357, B359, B364)" {
	both cp "$TESTS/view.sh"
	check() {
		doc "$1" -- sh /view.sh | ns-apply --network=host --hostname=here | mounts-apply >step.json
		as "$1" runc ocirun <step.json 2>/dev/null >theirs
		as "$1" chroot ocirun <step.json 2>/dev/null >ours
		[ "$(wc -l <ours)" -gt 80 ] || fail "too little: $(cat ours)"
		# nodev on the root, read-only cgroups, masked directories that are also nosuid, ...
		local file
		for file in ours theirs; do
			sed -i -E -e 's/^(\/ rw),nodev,/\1,/' -e '/^\/sys\/fs\/cgroup/d' \
				-e 's/^([^ ]+) ro,(nosuid,nodev,noexec,)?relatime tmpfs tmpfs ro(,size=0k)?/\1 masked tmpfs/' \
				-e '/^\/sys\/.* (tracefs|debugfs|securityfs|configfs|bpf|pstore|fusectl) /d' \
				-e 's/^(SigQ:.)[0-9]+/\1/' -e 's/^(\/dev\/mqueue 1777 0) 65534/\1 0/' "$file"
		done
		diff theirs ours || fail "$1"
	}
	every check
}

@test "each option of a mount is what it says, and is read back (B360, B361, B362, B363)" {
	local source=$HOST/vol
	mkdir -p "$source/sub"
	echo text >"$source/file"
	chmod -R a+rX "$source"
	check() {
		changed "$1" "mounts-apply -v $source:/a:ro,nosuid,noexec -v $source/file:/f/g:rw --tmpfs=/t:size=1m,mode=700,noexec,nodev,nosuid --tmpfs=/u:ro" \
			-- cat /proc/self/mountinfo >info
		local path
		for path in "/a ro nosuid nodev noexec" "/t rw nosuid nodev noexec" "/u ro" "/f/g rw nodev"; do
			# shellcheck disable=SC2086 # a list of words
			set -- "$1" $path
			local found
			found=",$(options "$2" <info),"
			shift 2
			for word; do
				[[ $found == *",$word,"* ]] || fail "$path: $found"
			done
			set -- "${who-}"
		done
		run -0 --separate-stderr changed "$who" "mounts-apply -v $source:/a:ro --tmpfs=/t:size=1m,mode=700" -- \
			sh -c 'cat /a/file; touch /a/x || stat -c %a /t; df -k /t | tail -n 1 | awk "{print \$2}"'
		assert_line text
		assert_line 700
		complains 'Read-only file system'
	}
	every check
	[ ! -e "$HOST/rootfs/a" ] && [ ! -e "$HOST/rootfs/f" ]
}

@test "a target is resolved inside: a link leads to the container's file, never to the host's (B361, CVE-2019-19921)" {
	local outside=$HOST/outside
	mkdir -p "$outside" "$HOST/vol2"
	echo vol >"$HOST/vol2/name"
	chmod 777 "$outside"
	both link_out "$outside"
	check() {
		run -0 --separate-stderr changed "$1" "mounts-apply -v $HOST/vol2:/leads/to:ro" -- sh -c 'cat /leads/to/name'
		assert_output vol
		[ -z "$(ls "$outside")" ]
	}
	every check
	both unlink_out
}

link_out() {
	ln -sfn "$1" "$2/leads"
}

unlink_out() {
	rm -rf "$1/leads" "$1${HOST:?}"
}

@test "overlays, also on a target where something is mounted already (B362, B366)" {
	mkdir -p "$HOST/lower"
	echo lower >"$HOST/lower/file"
	chmod -R a+rwX "$HOST/lower"
	check() {
		# What has no owner in its user namespace cannot be copied up.
		[ "$1" != user ] || chown -R "$TEST_USER:" "$HOST/lower"
		run -0 --separate-stderr changed "$1" "mounts-apply --tmpfs=/over -v $HOST/lower:/over/low:O" -- \
			sh -c 'cat /over/low/file; echo upper >/over/low/file; cat /over/low/file'
		assert_output $'lower\nupper'
		assert_equal "$(cat "$HOST/lower/file")" lower
	}
	every check
	run -0 --separate-stderr changed root 'ocipatch --set=/mounts/-='"'"'{"destination":"/dev/shm","type":"tmpfs","source":"again","options":["size=64k","nodev"]}'"'" -- \
		sh -c 'grep -c " /dev/shm " /proc/self/mountinfo'
	assert_output 2
}

@test "what restricts a source stays where the document does not lift it (B365)" {
	need_root
	# shellcheck disable=SC2016 # expanded inside
	on_host unshare --mount sh -c '
		mkdir -p "$1/locked" && mount -t tmpfs -o nosuid,nodev,noexec locked "$1/locked" && echo text >"$1/locked/file"
		ocigen --rootfs="$1/rootfs" -- sh -c "grep \" /l \" /proc/self/mountinfo; cat /l/file" |
			ns-apply --network=host | idmap-apply --uidmap=0:100000:65536 --gidmap=0:100000:65536 |
			mounts-apply -v "$1/locked:/l:ro" | ocirun --isolation=chroot' sh "$HOST" >out
	assert_equal "$(sed -n 2p out)" text
	assert_equal "$(head -n 1 out | cut -d' ' -f6)" ro,nosuid,nodev,noexec,relatime
}

@test "what a bind mount would ignore is refused (B363)" {
	run -125 --separate-stderr changed root 'ocipatch --set=/mounts/-='"'"'{"destination":"/x","type":"bind","source":"/tmp","options":["bind","size=1m"]}'"'" -- true
	complains "/options: a bind mount has no option 'size=1m'"
}

fill_up() {
	mkdir -p "$1/full/sub/deep" "$1/private"
	chmod 700 "$1/private"
	echo text >"$1/full/sub/deep/file"
	echo more >"$1/full/more"
	ln -sfn sub/deep "$1/full/link"
	[ -p "$1/full/fifo" ] || mkfifo "$1/full/fifo"
	chmod 4711 "$1/full/more"
	chmod 2750 "$1/full/sub"
	touch -hd 2001-02-03 "$1/full/more" "$1/full/link"
	touch -d 2001-02-03 "$1/full/sub/deep" "$1/full/sub"
	[ "$1" = "$HOST/rootfs" ] || {
		chown -R "$TEST_USER:" "$1/full" "$1/private"
		chmod 4711 "$1/full/more"
		chmod 2750 "$1/full/sub"
	}
	[ -e "$HOST/rootfs/full/zero" ] || mknod -m 666 "$HOST/rootfs/full/zero" c 1 5
}

empty() {
	rm -rf "$1/full" "$1/private"
}

@test "tmpcopyup fills a tmpfs with what it covers, but no devices; it has that directory's mode (B366)" {
	both fill_up
	# shellcheck disable=SC2016 # for the shell in there
	local look='cd "$0"; find . ! -name zero ! -name . | sort | busybox xargs stat -c "%n %a %u %g %Y %F"; readlink link; cat link/file; stat -c %a .'
	check() {
		run -0 --separate-stderr inside "$1" -- sh -c "$look" /full
		local before=$output
		run -1 --separate-stderr changed "$1" 'ocipatch --set=/mounts/-='"'"'{"destination":"/full","type":"tmpfs","source":"x","options":["tmpcopyup","nosuid"]}'"'" -- \
			sh -c "$look; rm -r sub; echo changed >more; ls /full/zero /full/more" /full
		assert_equal "$(grep -v '^/full/more' <<<"$output")" "$before"
		assert_line /full/more
		complains '/full/zero: No such file'
		run --separate-stderr changed "$1" 'ocipatch --set=/mounts/-='"'"'{"destination":"/full","type":"tmpfs","source":"x","options":["tmpcopyup","ro"]}'"'" -- \
			sh -c 'cat /full/link/file && ! touch /full/x'
		assert_equal "$status $output" '0 text'
		complains 'Read-only file system'
		run -0 --separate-stderr changed "$1" 'ocipatch --set=/mounts/-='"'"'{"destination":"/private","type":"tmpfs","source":"x"}'"'" -- stat -c %a /private
		assert_output 700
		run -125 --separate-stderr changed "$1" 'ocipatch --set=/mounts/-='"'"'{"destination":"/bin","type":"tmpfs","source":"x","options":["tmpcopyup","size=64k"]}'"'" -- true
		complains '/bin/busybox: cannot be copied: No space left on device'
	}
	every check
	assert_equal "$(cat "$HOST/rootfs/full/sub/deep/file" "$HOST/rootfs/full/more")" $'text\nmore'
	both empty
}

links_and_holes() {
	mkdir -p "$1/full/sub"
	head -c 600k /dev/zero | tr '\0' x >"$1/full/links-0"
	ln "$1/full/links-0" "$1/full/sub/second"
	truncate -s 100M "$1/full/sparse"
	cp "$1/bin/busybox" "$1/full/busybox"
	setcap cap_chown=ep "$1/full/busybox"
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.ours", b"value")' "$1/full/sparse"
	[ "$1" = "$HOST/rootfs" ] || chown -hR "$TEST_USER:" "$1/full"
}

@test "tmpcopyup keeps links, holes and capabilities, and makes do without what a tmpfs cannot keep (B366)" {
	both links_and_holes
	local tmpfs='{"destination":"/full","type":"tmpfs","source":"x","options":["tmpcopyup","size=4m"]}'
	check() {
		run -0 --separate-stderr changed "$1" "ocipatch --set=/mounts/-='$tmpfs'" -- \
			sh -c 'ls -A /full; cd /full && stat -c "%n %h %s" links-0 sub/second sparse && echo more >>links-0 && tail -c 6 sub/second'
		assert_output $'busybox\nlinks-0\nsparse\nsub\nlinks-0 2 614400\nsub/second 2 614400\nsparse 1 104857600\nxmore'
	}
	every check
	run -0 --separate-stderr changed root "ocipatch --set=/mounts/-='$tmpfs'" --user=1000:1000 -- \
		/full/busybox grep CapEff /proc/self/status
	assert_output $'CapEff:\t0000000000000001'
	both empty
}

@test "the root may be read-only, and propagate (B375)" {
	check() {
		run -0 --separate-stderr inside "$1" --read-only -- sh -c 'touch /x || touch /dev/shm/x && echo written'
		assert_output written
		complains 'Read-only file system'
	}
	every check
	run -0 --separate-stderr changed root 'mounts-apply --rootfs-propagation=shared' -- sh -c 'grep " / / \| / " /proc/self/mountinfo | grep -c shared:'
	assert_output 1
}

@test "a user namespace is the process's alone: its maps, and who owns what (B351, B372, B373)" {
	run -0 --separate-stderr inside mapped -- sh -c 'cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups | tr -s " "; stat -c %u /bin /proc/1'
	assert_output $' 0 100000 65536\n 0 100000 65536\nallow\n0\n0'
	need_user
	run -0 --separate-stderr inside user -- sh -c 'head -n 1 /proc/self/uid_map | tr -s " "; stat -c %u /bin'
	assert_output " 0 $(id -u "$TEST_USER") 1"$'\n0'
	doc user -- sh -c 'id -u; id -G' | ns-apply --network=host |
		idmap-apply --uidmap="0:$(id -u "$TEST_USER"):1" --gidmap="0:$(id -g "$TEST_USER"):1" | mounts-apply >step.json
	run -0 --separate-stderr as user chroot ocirun <step.json
	assert_line 0
}

@test "kernel parameters of its own namespaces are set (B375)" {
	doc root -- cat /proc/sys/kernel/shmmni /proc/sys/kernel/domainname |
		ns-apply --network=host --sysctl=kernel.shmmni=77 --domainname=realm | mounts-apply >step.json
	run -0 --separate-stderr as root chroot ocirun step.json
	assert_output $'77\nrealm'
}

@test "a label or a profile that nobody would enforce is an error (B377)" {
	[ ! -e /sys/kernel/security/apparmor ] || skip 'AppArmor is enabled here'
	run -125 --separate-stderr inside root --security-opt=apparmor=some -- true
	complains '/process/apparmorProfile: AppArmor is not enabled on this host'
	[ ! -e /sys/fs/selinux/enforce ] || return 0
	run -125 --separate-stderr changed root "ocipatch --set=/process/selinuxLabel='\"a:b:c:s0\"'" -- true
	complains '/process/selinuxLabel: SELinux is not enabled on this host'
}
