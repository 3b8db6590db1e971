#!/usr/bin/env bats
# ocirun: a run from its document to its exit status, and nothing left behind.
load lib
load host
load ocirun

@test "a step runs, its output and status come through, and nothing is left (B240, B241, B275, B284, B285, B291, B295)" {
	snapshot
	check() {
		run -0 --separate-stderr step "$1" "$2" sh -c 'echo out; echo err >&2'
		assert_output out
		assert_equal "$stderr" err
		run -7 --separate-stderr step "$1" "$2" sh -c 'exit 7'
		assert_output ''
		silent
	}
	each check
	left_nothing
}

@test "every exit status is the command's, under every runtime alike (B336, B337, R9)" {
	check() {
		local status
		for status in 0 1 2 124 125 126 127 128 129 255; do
			run -"$status" --separate-stderr step "$1" "$2" sh -c "exit $status"
			silent
		done
	}
	if [ -n "${TORTURE-}" ]; then
		each check
	else
		for runtime in ${RUNTIMES:-runc crun}; do
			check root "$runtime"
		done
		check user "$runtime"
	fi
}

@test "a command that is not there is 127, one that cannot be executed 126 (R9)" {
	local root
	for root in "$HOST/rootfs" ${USER_ROOTFS-}; do
		printf '#!/no/interpreter\n' >"$root/bin/bad-interpreter"
		printf '\177ELF and no more' >"$root/bin/bad-elf"
		echo 'just text' >"$root/bin/text"
		chmod +x "$root"/bin/{bad-interpreter,bad-elf,text}
		echo 'no x' >"$root/bin/plain"
		chmod 644 "$root/bin/plain"
	done
	snapshot
	check() {
		local command status
		while read -r command status; do
			run -"$status" --separate-stderr step "$1" "$2" "$command"
			assert_output ''
			complains "ocirun: $command: "
		done <<-'END'
			nothing 127
			/bin/nothing 127
			bin/nothing 127
			/bin/bad-interpreter 127
			/bin/plain 126
			plain 126
			/etc 126
			/bin/text 126
			/bin/bad-elf 126
			/etc/passwd/nothing 126
		END
	}
	each check
	left_nothing
}

@test "a command that ends by a signal is 128 and its number, whichever; a core is dumped or not (R9)" {
	local signal
	snapshot
	check() {
		for signal in 1 2 6 9 11 13 14 15 31 34 64; do
			# Process 1 of a pid namespace would not get them from itself; busybox's shell ignores 3.
			doc root -- sh -c "cd /tmp && ulimit -c $((signal % 2 * 1000)) && kill -$signal \$\$; sleep 9" | ns-apply --pid=host >"$HOST/document"
			run -$((128 + signal)) --separate-stderr as root "$1" ocirun "$HOST/document"
			silent
		done
		rm -f "$HOST"/rootfs/tmp/core*
	}
	for runtime in ${RUNTIMES:-runc crun}; do
		check "$runtime"
	done
	rm "$HOST/document"
	left_nothing
}

@test "no command at all is refused; an empty one is 127 (R9)" {
	for runtime in runc crun chroot; do
		run -127 --separate-stderr step root $runtime ''
		complains "ocirun: '': is not there"
		doc root -- true | ocipatch --set=/process/args=[] >document
		run -125 --separate-stderr as root $runtime ocirun document
		complains '/process/args'
	done
}

@test "what a mount hides or shows is looked up below it (R9)" {
	mkdir tools
	cp /bin/busybox tools/true
	printf '#!/no/interpreter\n' >tools/bad
	chmod +x tools/bad
	check() {
		local words
		words=$(doc root -- /tools/true | mounts-apply --volume="$PWD/tools:/tools")
		run -0 --separate-stderr as "$1" "$2" ocirun <<<"$words"
		for command in /tools/nothing:127 /tools/bad:127 /tools:126; do
			words=$(doc root -- "${command%:*}" | mounts-apply --volume="$PWD/tools:/tools")
			run -"${command#*:}" --separate-stderr as "$1" "$2" ocirun <<<"$words"
			complains "${command%:*}"
		done
		words=$(doc root -- true | mounts-apply --tmpfs=/bin)
		run -127 --separate-stderr as "$1" "$2" ocirun <<<"$words"
	}
	for runtime in ${RUNTIMES:-runc crun}; do
		check root "$runtime"
	done
	[ ! -e "$HOST/rootfs/tools" ]
}

@test "a dry run prints the plan and does nothing (B240)" {
	snapshot
	doc root -w /src/deep -- true >document
	run -0 --separate-stderr on_host ocirun --runtime=runc --name=x --dry-run document
	silent
	assert_line --index 0 'name     x'
	assert_line "rootfs   $HOST/rootfs"
	assert_line 'workdir  /src/deep'
	assert_line 'file     files/hosts (kind hosts)'
	assert_line 'target   /etc/hosts (of files/hosts)'
	assert_line 'config   config.json'
	assert_line 'cgroup   /ocipipe-x (own)'
	assert_line --partial 'run      /usr/sbin/runc'
	run -0 --separate-stderr on_host ocirun --runtime=runc --name=x --dry-run --compact document
	assert_equal "${#lines[@]}" 1
	holds '.name == "x"'
	holds '.config.root.path == "/run/ocipipe/rootfs" and (.config | has("ocipipe") | not)'
	holds '[.steps[].step] | index("workdir") < index("config") and .[-1] == "run"'
	rm document
	left_nothing
	[ ! -e "$HOST/rootfs/src" ]
}

@test "the runtime is the one that is asked for, else the first that can run here (B276, B277)" {
	doc root -- true >document
	run -0 --separate-stderr on_host ocirun --dry-run document
	assert_line --partial '/crun (because crun comes first)'
	run -0 --separate-stderr on_host env OCI_RUNTIME=runc ocirun --dry-run document
	assert_line --partial '/runc (because as asked)'
	run -0 --separate-stderr on_host env OCI_RUNTIME=runc ocirun --runtime=crun --dry-run document
	assert_line --partial '/crun (because as asked)'
	run -0 --separate-stderr on_host env PATH=/nowhere "$BIN/ocirun" --dry-run document
	assert_line --partial '/crun (because crun comes first)'
	run -0 --separate-stderr on_host ocirun --log-level=info document
	complains 'crun (crun comes first)'
	# Old crun does not work where a v2 hierarchy lies beside the v1 ones.
	run -0 --separate-stderr on_host unshare --mount sh -c 'mkdir /sys/fs/cgroup/unified
		mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
		ocirun --dry-run document; umount /sys/fs/cgroup/unified; rmdir /sys/fs/cgroup/unified'
	assert_line --partial '/runc (because crun does not run on hybrid cgroups)'
}

@test "a runtime that is not there or cannot be started is 125 and its path (R2)" {
	mkdir directory
	echo text >text
	printf '#!/no/interpreter\n' >script
	chmod +x script
	doc root -- true >document
	snapshot
	for runtime in nothing ./nothing ./directory ./text ./script; do
		run -125 --separate-stderr on_host ocirun --runtime="$runtime" document
		assert_output ''
		complains "${runtime#.}"
	done
	left_nothing
}

@test "wrong input is one line and 125; nothing is made and no runtime started (R1)" {
	printf '#!/bin/sh\necho started >>%s/started\n' "$PWD" >fake
	chmod +x fake
	snapshot
	check() {
		run -125 --separate-stderr on_host ocirun --runtime=./fake <<<"$1"
		assert_output ''
		complains "$2"
		assert_equal "$(grep -vc hint: <<<"$stderr")" 1
		[ ! -e started ]
	}
	check '' 'ocirun: line 2, column 0: '
	check '{' 'ocirun: line 2, column '
	check '{"a":1,"a":2}' 'ocirun: line 1, '
	check '[]' 'must be an object'
	check '{"HOOKS":{}}' '/HOOKS'
	check '{"hoo\u212as":{}}' '/hoo'
	check '{}' 'ociVersion'
	doc root -- true >document
	for change in '.process.user.uid = "0"|/process/user/uid' \
		'.process.user.uid = -1|/process/user/uid' \
		'.process.user.uid = 4294967295|/process/user/uid' \
		'.process.user.gid = 4294967295|/process/user/gid' \
		'del(.process.user.uid)|/process/user' \
		'.process.cwd = "relative"|/process/cwd' \
		'del(.process.args)|/process' \
		'.process.args = []|/process/args' \
		'.process.env = ["A"]|/process/env/0' \
		'.linux.namespaces[0].type = "nett"|/linux/namespaces/0/type' \
		'.linux.namespaces += [{"type": "user"}]|/linux/uidMappings' \
		'.mounts[0].destination = "proc"|/mounts/0/destination' \
		'.ocipipe.prepare += [{"step": "sing"}]|/ocipipe/prepare' \
		'.ocipipe.prepare += [{"step": "chown", "mount": "/none"}]|/ocipipe/prepare' \
		'del(.root)|/root'; do
		check "$(jq "${change%|*}" document)" "${change##*|}"
	done
	rm document
	left_nothing
}

@test "every truncation of a document is refused (R1)" {
	printf '#!/bin/sh\necho started >>%s/started\n' "$PWD" >fake
	chmod +x fake
	doc root -- true | jq -c . >document
	local size step=97
	size=$(stat -c %s document)
	[ -z "${TORTURE-}" ] || step=1
	for ((n = 1; n < size - 1; n += step)); do
		head -c "$n" document | on_host ocirun --runtime=./fake >out 2>err && fail "$n bytes ran"
		[ ! -s out ]
		assert_equal "$(grep -vc hint: err)" 1
	done
	[ ! -e started ]
}

@test "an empty pipe says that an earlier stage failed, once, and 125" {
	run -125 --separate-stderr sh -c 'false | ns-apply --network=none | mounts-apply --tmpfs=/t | ocirun'
	assert_output ''
	assert_equal "$stderr" 'ocirun: no document: an earlier stage failed'
	run -125 --separate-stderr sh -c 'ocirun <&-'
	complains 'standard input'
	run -125 --separate-stderr ocirun /dev/null
	complains '/dev/null'
	run -125 --separate-stderr ocirun /nonexistent
	complains '/nonexistent: cannot open'
}

@test "the working directory is made inside the root filesystem, and stays (B250, R20, CVE-2026-55686)" {
	mkdir -p outside
	make_rootfs r
	ln -s "$PWD/outside/new" r/absolute
	ln -s ../../../../../../../../../../"$PWD/outside/new" r/relative
	ln -s /etc/passwd r/file
	for cwd in /absolute /relative /absolute/x /relative/../y; do
		run -0 --separate-stderr sh -c "ocigen --rootfs=r -w $cwd -- pwd >d"
		run -0 --separate-stderr on_host ocirun --runtime=runc d
		assert_equal "$(ls -A outside)" ''
	done
	[ -d "r/$PWD/outside/new" ]
	ocigen --rootfs=r -w /a/b/c -- stat -c '%a %u' . .. >d
	run -0 --separate-stderr on_host ocirun --runtime=runc d
	assert_output $'755 0\n755 0'
	[ -d r/a/b/c ]
	ocigen --rootfs=r -w /file/below -- true >d
	run -125 --separate-stderr on_host ocirun --runtime=runc d
	complains 'workdir: /file/below: '
}

@test "a root filesystem whose /dev, /proc or /sys is no directory is refused (L11, L12, CVE-2026-41579, CVE-2026-47766, CVE-2019-19921)" {
	local name runtime
	for name in dev proc sys; do
		rm -rf r outside
		make_rootfs r
		mkdir outside
		echo canary >outside/ptmx
		rmdir r/$name
		ln -s "$PWD/outside" r/$name
		ocigen --rootfs=r -- true >d
		jq --arg d "/$name" '.mounts |= map(select(.destination != $d))' d >bare
		for runtime in runc crun; do
			for document in d bare; do
				run -125 --separate-stderr on_host ocirun --runtime=$runtime $document
				complains "/$name of the root filesystem is not a directory"
			done
		done
		assert_equal "$(ls -A outside)" ptmx
		assert_equal "$(cat outside/ptmx)" canary
	done
}

@test "mount targets are made where they are missing, and taken away again (B364, R22, CVE-2024-45310)" {
	make_rootfs r
	mkdir outside
	ln -s "$PWD/outside" r/link
	ln -s nowhere r/dangling
	cp r/etc/passwd passwd
	snapshot
	ocigen --rootfs=r -- sh -c 'cat /f/g/h; ls /link/new /dangling/x' |
		mounts-apply -v "$PWD/passwd:/f/g/h" -v "$PWD/r/etc:/link/new" -v "$PWD/r/etc:/dangling/x" >d
	for runtime in runc crun; do
		run -0 --separate-stderr on_host ocirun --runtime=$runtime d
		assert_output --partial 'root:x:0:0'
		assert_equal "$(ls -A outside)" ''
	done
	rm d
	left_nothing
}

@test "what the command puts where a target was made stays, and a link there is not followed (CVE-2024-23652)" {
	make_rootfs r
	mkdir outside
	mkdir outside/b
	: >outside/c
	ocigen --rootfs=r -- sh -c 'umount /a/b /a/c; mv /a /gone; ln -s "$0" /a; echo kept >/kept/file' "$PWD/outside" |
		mounts-apply -v "$PWD/r/etc:/a/b" -v "$PWD/r/etc/passwd:/a/c" -v "$PWD/r/etc:/kept/dir" |
		jq 'del(.linux.seccomp) | .process.capabilities[] += ["CAP_SYS_ADMIN"]' >d
	run -0 --separate-stderr on_host ocirun --runtime=crun d
	[ -d outside/b ] && [ -e outside/c ]
	assert_equal "$(cat r/kept/file)" kept
}

@test "two runs on one root filesystem do not take away each other's targets (R42)" {
	make_rootfs r
	snapshot
	ocigen --rootfs=r -- sh -c 'echo up >/out/$0; while [ ! -e /out/go-$0 ]; do sleep 0.05; done; cat /mnt/new/file' one |
		mounts-apply -v "$PWD/out:/out" -v "$PWD/src:/mnt/new" >one
	sed 's/"one"/"two"/' one >two
	mkdir out src
	echo content >src/file
	on_host ocirun --runtime=runc one >one.out &
	local first=$!
	on_host ocirun --runtime=runc two >two.out &
	local second=$!
	await [ -e out/one ]
	await [ -e out/two ]
	touch out/go-one
	wait "$first"
	[ -d r/mnt/new ]
	touch out/go-two
	wait "$second"
	assert_equal "$(cat one.out two.out)" $'content\ncontent'
	[ ! -e r/mnt ]
	rm -r out src one two one.out two.out
	left_nothing
}

@test "a container's name is a name, and can be there only once (B241, R14)" {
	doc root -- sleep 100 >document
	for name in '' . .. a/b ../x -x 'a b' "$(printf 'x%.0s' $(seq 65))"; do
		run -125 --separate-stderr on_host ocirun --name="$name" document
		complains '--name: '
	done
	snapshot
	on_host ocirun --runtime=runc --name=only --pid-file=pid document &
	local first=$!
	await [ -e pid ]
	run -125 --separate-stderr on_host ocirun --runtime=runc --name=only document
	complains 'only: a container of this name is running already'
	on_host kill -TERM "$(on_host pgrep -o -x ocirun)"
	wait "$first" || [ $? -eq 143 ]
	[ ! -e pid ]
	left_nothing
}

@test "somebody else's container of that name is left alone (R14)" {
	local bundle=$HOST/foreign
	mkdir "$bundle"
	doc root -- sleep 100 | jq 'del(.ocipipe, .linux.cgroupsPath, .mounts[] | select(.source? | startswith("files/")?))' >"$bundle/config.json"
	for runtime in runc crun; do
		on_host $runtime run --bundle "$bundle" --detach foreign </dev/null >/dev/null 2>&1
		doc root -- true >document
		run -125 --separate-stderr on_host ocirun --runtime=$runtime --name=foreign document
		complains 'foreign'
		run -0 on_host $runtime state foreign
		holds '.status == "running"'
		on_host $runtime delete --force foreign
	done
	rm -r "$bundle"
}

@test "the run root must be ours alone (R18, CVE-2019-12439)" {
	doc root -- true >document
	snapshot
	mkdir -m 755 open
	run -125 --separate-stderr on_host ocirun --run-root=open document
	complains "$PWD/open: must belong to us alone"
	mkdir -m 700 theirs
	chown 12345 theirs
	run -125 --separate-stderr on_host ocirun --run-root=theirs document
	complains 'must belong to us alone'
	ln -s theirs link
	run -125 --separate-stderr on_host ocirun --run-root=link document
	complains 'link'
	echo >file
	run -125 --separate-stderr on_host ocirun --run-root=file document
	complains 'file'
	run -125 --separate-stderr on_host ocirun --run-root=none/below document
	complains 'none/below'
	rm -r open theirs link file
	left_nothing
}

@test "directories may have any name, and lie anywhere (R18, R19)" {
	local odd long
	odd=$'a b\tc:d,e\\f'
	long=$(printf 'x%.0s' $(seq 200))
	mkdir -p "$odd/$long"
	make_rootfs "$odd/$long/r"
	doc root -- cat /etc/hostname | jq --arg r "$PWD/$odd/$long/r" '.root.path = $r' >document
	for runtime in runc crun; do
		run -0 --separate-stderr on_host ocirun --runtime=$runtime --run-root="$odd/run" --data-root="$odd/$long" document
		silent
	done
	assert_equal "$(ls -A "$odd")" "$long"
	assert_equal "$(ls -A "$odd/$long")" r
}

@test "a root filesystem may be read-only, a link, or not there (R19)" {
	make_rootfs r
	ln -s r link
	ocigen --rootfs=link --read-only -- sh -c 'echo >/file' >document
	for runtime in runc crun; do
		run -1 --separate-stderr on_host ocirun --runtime=$runtime document
		complains 'Read-only file system'
	done
	jq '.root.path = "/nonexistent"' document >none
	run -125 --separate-stderr on_host ocirun none
	complains '/nonexistent: cannot open the root filesystem'
	jq '.root.path = "/etc/passwd"' document >file
	run -125 --separate-stderr on_host ocirun file
	complains '/etc/passwd: '
}

@test "a document's relative paths belong to its file, or to --bundle" {
	make_rootfs b/r
	mkdir elsewhere
	doc root -- cat /etc/hostname | jq '.root.path = "r" | .hostname = "relative"' >b/config.json
	cd elsewhere
	run -0 --separate-stderr on_host ocirun ../b/config.json
	assert_output relative
	run -0 --separate-stderr on_host sh -c 'ocirun -b ../b </dev/null'
	assert_output relative
	run -0 --separate-stderr on_host sh -c 'ocirun -b ../b <../b/config.json'
	assert_output relative
	run -125 --separate-stderr on_host sh -c 'ocirun <../b/config.json'
	complains "$PWD/r: "
	assert_equal "$(cd ../b && ls -A)" $'config.json\nr'
}

@test "--depfile writes what the document was made from" {
	doc root -u alice -- true >document
	run -0 --separate-stderr on_host ocirun --depfile=dep --deptarget=stamp document
	grep -qx "stamp: .*" <(tr -d '\\\n' <dep) || fail "$(cat dep)"
	grep -q rootfs/etc/passwd dep
	run -125 --separate-stderr on_host ocirun --depfile=dep document
	complains '--depfile: needs --deptarget'
}

@test "the options are checked, and one of another stage is answered with it" {
	run -125 --separate-stderr ocirun --memory=1g
	complains 'hint: resources-apply --memory'
	run -125 --separate-stderr ocirun --timeout=soon
	complains "--timeout: 'soon' is not a time"
	run -125 --separate-stderr ocirun --keep=sometimes
	complains 'known: never, on-failure, always'
	run -125 --separate-stderr ocirun --shell
	complains '--shell: is for --replay'
	run -125 --separate-stderr ocirun a b
	complains "takes one document, not 'b' too"
	run -125 --separate-stderr ocirun --stdin=fd:x /dev/null
	run -0 --separate-stderr ocirun --help
	assert_line --index 0 --partial 'Usage: ocirun'
}
