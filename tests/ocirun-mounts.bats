#!/usr/bin/env bats
# Mounts as a container sees them: runc and crun; root, root with a user namespace, a user.
load lib
load steps

prepare() {
	make_work
	mkdir -p "$WORK/src/sub"
	echo old >"$WORK/src/file"
	echo deep >"$WORK/src/sub/file"
}

@test "a volume shows its source, writable or not (B134, B135, B281)" {
	check() {
		run -1 --separate-stderr step "$1" "$2" '-v $WORK/src:/src:ro' sh -c 'cat /src/file /src/sub/file; echo new >/src/file'
		assert_output $'old\ndeep'
		complains 'Read-only file system'
	}
	each check
}

@test "an overlay takes the writes, and the source stays as it was (B140, B141, B143, B339, B340)" {
	check() {
		run -0 --separate-stderr step "$1" "$2" '-v $WORK/src:/src:O' \
			sh -c 'echo new >/src/file; rm -r /src/sub; mkdir /src/made; cat /src/file; ls /src; stat -c %u /src /src/file'
		assert_output $'new\nfile\nmade\n0\n0'
		silent
		assert_equal "$(cat "$WORK/src/file")" old
		assert_equal "$(ls "$WORK/src")" $'file\nsub'
		run find "$USER_DIR" -maxdepth 1 -name 'ocipipe-*'
		assert_output ''
	}
	each check
}

@test "an overlay may be read-only (B144)" {
	check() {
		run -1 --separate-stderr step "$1" "$2" '-v $WORK/src:/src:O,ro' sh -c 'cat /src/file; echo new >/src/file'
		assert_output old
		complains 'Read-only file system'
	}
	each check
}

@test "a bind from a context is confined, and its writes are thrown away (CVE-2024-1753, CVE-2025-4953)" {
	mkdir "$WORK/outside" "$WORK/context"
	echo canary >"$WORK/outside/file"
	ln -s "$WORK/outside" "$WORK/context/absolute"
	ln -s ../outside "$WORK/context/relative"
	ln -s inside "$WORK/context/fine"
	mkdir "$WORK/context/inside"
	echo mine >"$WORK/context/inside/file"
	check() {
		run -0 --separate-stderr step "$1" "$2" '--build-context=c=$WORK/context --mount=from=c,src=fine,target=/c,rw' \
			sh -c 'cat /c/file; echo new >/c/file; cat /c/file'
		assert_output $'mine\nnew'
		assert_equal "$(cat "$WORK/context/inside/file")" mine
		for link in absolute relative ../outside; do
			run -125 --separate-stderr step "$1" "$2" "--build-context=c=\$WORK/context --mount=from=c,src=$link,target=/c" cat /c/file
			assert_output ''
			complains 'No such file or directory'
		done
	}
	each check
}

@test "a source that is not there is 125 and its name, not a missing mount (B138, B281)" {
	check() {
		run -125 --separate-stderr step "$1" "$2" '-v $WORK/none:/none' true
		complains "$WORK/none: cannot be mounted at /none: No such file or directory"
	}
	each check
}

@test "files can be mounted as well as directories (B278, B280)" {
	check() {
		run -0 --separate-stderr step "$1" "$2" '-v $WORK/src/file:/etc/passwd:ro -v $WORK/src/file:/new/file' cat /etc/passwd /new/file
		assert_output $'old\nold'
		[ ! -e "$WORK/rootfs/new" ]
	}
	each check
}

@test "U gives the source to the process's user, twice as once (B134, B145)" {
	ln "$WORK/src/file" "$WORK/src/hard"
	ln -s /etc/passwd "$WORK/src/link"
	check() {
		local before
		before=$(stat -c %u /etc/passwd)
		for _ in 1 2; do
			run -0 --separate-stderr step "$1" "$2" '-v $WORK/src:/src:U' stat -c %u /src /src/file /src/sub/file
			assert_output $'0\n0\n0'
		done
		assert_equal "$(stat -c %u /etc/passwd)" "$before"
	}
	each check
	chown -R root: "$WORK"
	step mapped runc '-v $WORK/src:/src:U' true
	assert_equal "$(stat -c %u "$WORK/src/sub/file")" 100000
}

@test "U refuses a tree with a hard link out of it, and the system's directories (B014)" {
	echo secret >"$WORK/secret"
	ln "$WORK/secret" "$WORK/src/inside"
	run -125 --separate-stderr step mapped runc '-v $WORK/src:/src:U' true
	complains 'has a link outside'
	assert_equal "$(stat -c %u "$WORK/secret" "$WORK/src/file")" $'0\n0'
	run -125 --separate-stderr step mapped runc '-v /etc:/src:U' true
	complains "/etc is the system's"
}

@test "idmap shows the owners through the mappings; an ordinary user is told to use U" {
	check() {
		run -0 --separate-stderr step mapped "$1" '-v $WORK/src:/src:idmap' sh -c 'stat -c %u /src/file; echo new >/src/made'
		assert_output 0
		assert_equal "$(stat -c %u "$WORK/src/made")" 0
		rm "$WORK/src/made"
	}
	chown -R root: "$WORK"
	check runc
	check crun
	chown -R "$TEST_USER:" "$WORK"
	run -125 --separate-stderr step user runc '-v $WORK/src:/src:idmap' true
	complains 'only root can map the owners'
	complains 'option U'
}

@test "an overlay's own directories can be kept (B141)" {
	check() {
		rm -rf "$WORK/up" "$WORK/work"
		mkdir "$WORK/up" "$WORK/work"
		[ "$1" != user ] || chown "$TEST_USER:" "$WORK/up" "$WORK/work"
		run -0 --separate-stderr step "$1" "$2" '-v $WORK/src:/src:O,upperdir=$WORK/up,workdir=$WORK/work' sh -c 'echo new >/src/made'
		assert_equal "$(cat "$WORK/up/made")" new
	}
	check root runc
	check root crun
	chown -R "$TEST_USER:" "$WORK"
	check user runc
	check user crun
}

@test "what is mounted cannot be swapped between the look and the mount (CVE-2024-11218, CVE-2024-23651)" {
	run -0 --separate-stderr sh -c 'ocigen --rootfs="$WORK/rootfs" -- true | mounts-apply -v "$WORK/src:/src" | ocirun --dry-run --compact'
	holds '.config.mounts[] | select(.destination == "/src") | .source | startswith("/run/ocipipe/")'
}

@test "/etc/hosts has what was asked for, the host's lines, localhost and the host's names, in that order (B252, B253, B254, B255, B256, B257)" {
	run -0 --separate-stderr step root runc '--add-host=first:192.0.2.1 --add-host=six:2001:db8::1 --add-host=gate:host-gateway' cat /etc/hosts
	assert_line --index 0 $'192.0.2.1\tfirst'
	assert_line --index 1 $'2001:db8::1\tsix'
	# The last word of the third line is the host's own address, if it has one.
	assert_line --index 2 --regexp $'^[0-9a-f.:]+\tgate$'
	assert_line --regexp $'^(127\\.0\\.0\\.1|::1)\t.*localhost'
	assert_line --regexp $'\thost.containers.internal host.docker.internal$'
	refute_line --partial '#'
}

@test "/etc/resolv.conf has what was asked for instead of the host's (B262, B264, B268, B270)" {
	run -0 --separate-stderr step root runc '--dns=192.0.2.53 --dns=2001:db8::53 --dns-search=a.example --dns-search=b.example --dns-option=ndots:2' cat /etc/resolv.conf
	assert_output $'search a.example b.example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions ndots:2'
	run -0 --separate-stderr step root runc '--dns=192.0.2.53 --dns-search=. --dns-search=x' cat /etc/resolv.conf
	refute_line --partial search
}

@test "the host's resolv.conf is read as resolvers do, without its loopback servers (B265, B266, B267, B269)" {
	resolv() {
		printf '%b' "$1" >"$WORK/resolv.conf"
		shift
		unshare --mount sh -c 'mount --bind "$WORK/resolv.conf" /etc/resolv.conf; exec "$WORK/step" --rootfs="$WORK/rootfs" "" "" cat /etc/resolv.conf' sh "$@"
	}
	run -0 --separate-stderr resolv 'nameserver 192.0.2.1 # one\nnameserver 127.0.0.1\nsearch a\nsearch b c\ndomain d\noptions x\noptions y\nnameserver junk\n'
	assert_output $'search b c\nnameserver 192.0.2.1\noptions y'
	run -0 --separate-stderr resolv 'nameserver ::1\n'
	assert_output $'nameserver 8.8.8.8\nnameserver 8.8.4.4\nnameserver 2001:4860:4860::8888\nnameserver 2001:4860:4860::8844'
}

@test "generated files are the container root's, and readable by all (B260, B271, B273)" {
	check() {
		run -0 --separate-stderr step "$1" "$2" '' \
			stat -c '%u:%g %a %n' /etc/hosts /etc/resolv.conf /etc/hostname /run/.containerenv
		assert_output "$(printf '0:0 %s\n' '644 /etc/hosts' '644 /etc/resolv.conf' '644 /etc/hostname' '755 /run/.containerenv')"
		silent
	}
	each check
}

@test "a user or group that no mapping has is refused before anything is made (B113)" {
	maps='--uidmap=0:100000:1000 --gidmap=0:100000:65536'
	run -125 --separate-stderr on runc "$WORK/step" '--rootfs="$WORK/rootfs" -u 5000' "$maps" '-v $WORK/src:/src:U' true
	complains '/process/user/uid: is 5000, which no user id mapping has'
	assert_equal "$(stat -c %u "$WORK/src/file")" 0
}

@test "where SELinux is off nothing has a label, whatever is asked for (B114)" {
	[ ! -e /sys/fs/selinux/enforce ] || skip 'SELinux is on'
	run -0 sh -c 'ocigen --rootfs="$WORK/rootfs" -- true | mounts-apply -v "$WORK/src:/src:z"'
	holds '.linux.mountLabel == null and ([.mounts[].options[]?] | any(test("context=")) | not)'
	check() {
		run -0 --separate-stderr step "$1" "$2" '-v $WORK/src:/src:z -v $WORK/src:/own:Z' cat /src/file /own/file
		assert_output $'old\nold'
	}
	each check
	run -0 python3 -c 'import os, sys; assert "security.selinux" not in os.listxattr(sys.argv[1])' "$WORK/src/file"
}

@test "no program mounts an overlay but the kernel, for an ordinary user too (B142, B148)" {
	for word in mount_program=/bin/true overlay.mount_program=/bin/true; do
		run -2 --separate-stderr mounts-apply -v "$WORK/src:/src:O,$word" <<<'{}'
		complains "${word%%=*}"
	done
	for runtime in runc crun; do
		chown -hR "$TEST_USER:" "$WORK"
		run -0 --separate-stderr step user "$runtime" '-v $WORK/src:/src:O' \
			sh -c 'grep " /src " /proc/self/mountinfo | cut -d" " -f9-'
		assert_output --regexp '^overlay '
	done
}

@test "several overlays in one run, and runs at once, keep out of each other's way (B146, B147)" {
	export OCIRUN="--data-root=$WORK"
	check() {
		for n in 1 2 3; do
			step "$1" "$2" '-v $WORK/src:/a:O -v $WORK/src:/b:O --tmpfs=/t -v $WORK/src:/c:O' \
				sh -c "echo a$n >/a/file; echo b$n >/b/file; sleep 0.3; cat /a/file /b/file /c/file" >"$WORK/said$n" &
			pids[n]=$!
		done
		for n in 1 2 3; do
			wait "${pids[n]}"
			assert_equal "$(cat "$WORK/said$n")" "a$n"$'\n'"b$n"$'\n'old
		done
		assert_equal "$(cat "$WORK/src/file")" old
		run find "$WORK" -maxdepth 1 -name 'ocipipe-*'
		assert_output ''
	}
	check root runc
	check mapped crun
	chown -hR "$TEST_USER:" "$WORK"
	check user runc
}

@test "the runtime gets the root at a place of ours, each bind by one word, and no mount is left (B279, B282, B283)" {
	run -0 sh -c 'ocigen --rootfs="$WORK/rootfs" -- true | mounts-apply -v "$WORK/src:/src" --mount=type=bind,src="$WORK/src",dst=/one,bind-nonrecursive |
		ocirun --dry-run --compact'
	holds '.config.root.path | endswith("/ocipipe/rootfs")'
	holds '[.config.mounts[] | select(.type == "bind") | [.options[] | select(. == "bind" or . == "rbind")] | length] | all(. == 1)'
	holds '[.config.mounts[] | select(.type == "bind") | [.options[] | select(test("^r?(private|slave|shared|unbindable)$"))] | length] | all(. == 1)'
	holds '[.config.mounts[] | select(.type == "bind") | [.options[] | select(. == "ro" or . == "rw")] | length] | all(. == 1)'
	check() {
		before=$(cut -d' ' -f5- /proc/self/mountinfo)
		run -0 --separate-stderr step "$1" "$2" '-v $WORK/src:/src -v $WORK/src:/o:O' true
		assert_equal "$(cut -d' ' -f5- /proc/self/mountinfo)" "$before"
	}
	each check
}

@test "mountinfo says from inside what was asked for (B116, B134, B135, B170, B171)" {
	check() {
		local options row
		run -0 --separate-stderr step "$1" "$2" \
			'-v $WORK/src:/a -v $WORK/src:/b:ro,nosuid,nodev,noexec -v $WORK/src:/c:rslave -v $WORK/src:/d:slave
			--mount=type=bind,src=$WORK/src,dst=/e,readonly,bind-propagation=rprivate
			--mount=type=bind,src=$WORK/src,dst=/f,bind-nonrecursive
			--tmpfs=/g:size=64k,mode=0700,noexec --mount=type=tmpfs,dst=/h,tmpfs-size=128k,tmpfs-mode=1750,ro
			-v $WORK/src:/i:O' \
			sh -c 'grep -E " /([a-i]|proc|sys|dev|dev/pts|dev/shm|dev/mqueue|sys/fs/cgroup) " /proc/self/mountinfo'
		silent
		while read -r target wanted; do
			row=$(grep " $target " <<<"$output") || fail "$target is not there"
			options=",$(cut -d' ' -f6 <<<"$row"),$(sed 's/.* - //; s/ /,/g' <<<"$row"),"
			for word in $wanted; do
				[[ $options == *",$word,"* ]] || fail "$1 $2: $target has not $word: $row"
			done
		done <<-'END'
			/a rw
			/b ro nosuid nodev noexec
			/c rw
			/d rw
			/e ro
			/f rw
			/g rw noexec nosuid nodev tmpfs size=64k
			/h ro tmpfs size=128k
			/i rw overlay
			/proc proc nosuid nodev noexec rw
			/dev tmpfs nosuid rw
			/dev/pts devpts nosuid noexec
			/dev/shm tmpfs nosuid nodev noexec
			/dev/mqueue mqueue nosuid nodev noexec
		END
		run -0 --separate-stderr step "$1" "$2" '--tmpfs=/g:mode=0700 --mount=type=tmpfs,dst=/h,tmpfs-mode=1750' stat -c '%a %u' /g /h
		assert_output $'700 0\n1750 0'
		# Of the host's mounts the container's tell nothing to nobody.
		run step "$1" "$2" '-v $WORK/src:/a -v $WORK/src:/c:rslave' grep -c ' shared:' /proc/self/mountinfo
		assert_output 0
	}
	each check
}
