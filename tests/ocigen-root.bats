#!/usr/bin/env bats
# ocigen: the root filesystem's words, layers, and looking through them.
# shellcheck disable=SC2016,SC1003,SC2030,SC2031,SC2154 # jq's variables, make's backslashes, bats's own
load lib

@test "a root filesystem's words are recorded for ocirun" {
	run -0 --separate-stderr ocigen --rootfs=r -- x
	holds '.ocipipe | has("rootfs") | not'
	run -0 --separate-stderr ocigen --rootfs=r:O -- x
	holds --arg r "$PWD/r" '.ocipipe.rootfs == {"lower": [$r]} and .root.path == $r'
	run -0 --separate-stderr ocigen --rootfs=r:idmap -- x
	holds '.ocipipe.rootfs == {"idmap": true}'
	run -0 --separate-stderr ocigen --rootfs=r:noidmap:O -- x
	holds --arg r "$PWD/r" '.ocipipe.rootfs == {"lower": [$r], "idmap": false}'
	run -0 --separate-stderr ocigen --rootfs='a\:b:O' -- x
	holds --arg r "$PWD/a:b" '.root.path == $r'
}

@test "a relative path needs a directory that a document can name" {
	bad=$'d\xff'
	mkdir "$bad" gone
	while read -ra command; do
		cd "$bad" || return
		run -2 --separate-stderr "${command[@]}" <<<'{}'
		complains 'is relative to a directory that cannot be written down'
		refute_output
		cd "$BATS_TEST_TMPDIR" || return
	done <<-'END'
		ocigen --rootfs=. -- x
		ocigen --rootfs=/r --layer=l -- x
		process-apply --rootfs=r
		mounts-apply -v ./s:/s
		mounts-apply --context=.
		mounts-apply -v /s:/s:O,upperdir=u,workdir=/w
		seccomp-apply --profile=p
		seccomp-apply --listener=s
	END
	cd gone || return
	rmdir ../gone
	run -2 --separate-stderr mounts-apply -v ./s:/s <<<'{}'
	complains 'the current directory was removed'
	run -0 --separate-stderr mounts-apply -v /s:/s <<<'{}'
	holds '.mounts[0].source == "/s"'
}

@test "layers lie above it, and the last one takes the writes" {
	run -0 --separate-stderr ocigen --rootfs=/b/debian --layer=/b/apt --layer=/b/build -- x
	holds '.ocipipe.rootfs == {"lower": ["/b/debian", "/b/apt"], "upper": "/b/build"}'
	run -0 --separate-stderr ocigen --rootfs=/b/debian:O --layer=up -- x
	holds --arg u "$PWD/up" '.ocipipe.rootfs == {"lower": ["/b/debian", $u]}'
}

@test "another root filesystem takes the place of all of the old one" {
	ocigen --rootfs=/a:O --layer=/l -- x >doc.json
	run -0 --separate-stderr process-apply --rootfs=/c <doc.json
	holds '.root.path == "/c" and (.ocipipe | has("rootfs") | not)'
	run -0 --separate-stderr process-apply --layer=/m <doc.json
	holds '.root.path == "/a" and .ocipipe.rootfs == {"lower": ["/a"], "upper": "/m"}'
	run -0 --separate-stderr process-apply -e A=1 <doc.json
	holds '.ocipipe.rootfs == {"lower": ["/a", "/l"]}'
	run -1 --separate-stderr process-apply --layer=/m <<<'{}'
	complains '/root/path: there is none for --layer'
	echo '{"config":{"Volumes":{"/v":{}}}}' >image.json
	run -0 --separate-stderr process-apply --image-config=image.json <doc.json
	holds '.ocipipe.rootfs == {"lower": ["/a", "/l"], "volumes": ["/v"]}'
	run -0 --separate-stderr process-apply --rootfs=/d <<<"$output"
	holds '.ocipipe.rootfs == {"volumes": ["/v"]}'
}

# who NAME: its uid, as looked up through base, mid and top.
who() {
	run --separate-stderr ocigen --rootfs=base --layer=mid --layer=top --user="$1" -- "${2-x}"
	[ "$status" -ne 0 ] || run -0 --separate-stderr jq -c '[.process.user.uid, .process.args[0]]' <<<"$output"
}

layers() {
	mkdir -p base/etc base/bin mid/etc mid/bin top/etc
	echo 'one:x:1:1:::' >base/etc/passwd
	printf x >base/bin/tool
	chmod 755 base/bin/tool
}

@test "users are looked up in the topmost passwd" {
	layers
	who one
	assert_output '[1,"x"]'
	echo 'two:x:2:2:::' >mid/etc/passwd
	who two
	assert_output '[2,"x"]'
	who one
	complains "no user 'one'"
	echo 'three:x:3:3:::' >top/etc/passwd
	who three
	assert_output '[3,"x"]'
	run -0 --separate-stderr ocigen --rootfs=base --layer=mid --layer=top --user=three -- x
	holds '.ocipipe.inputs == ["top/etc/passwd"]'
}

@test "a later stage looks through the layers that the document names" {
	layers
	echo 'two:x:2:2:::' >mid/etc/passwd
	run -0 --separate-stderr sh -c 'ocigen --rootfs=base --layer=mid --layer=missing -- x | process-apply -u two -- tool'
	holds '.process.user.uid == 2 and .process.args == ["/bin/tool"]'
}

@test "a directory that is not there yet has no files" {
	layers
	rmdir top/etc top
	who one tool
	assert_output '[1,"/bin/tool"]'
}

@test "a whiteout hides what is below, an opaque directory all that is below it" {
	need_root
	layers
	mknod mid/etc/passwd c 0 0
	who one
	complains "no user 'one'"
	rm mid/etc/passwd
	mknod mid/bin/tool c 0 0
	who one tool
	assert_output '[1,"tool"]'
	printf x >top/tool
	rm mid/bin/tool
	setfattr -n trusted.overlay.opaque -v y mid/bin || python3 -c 'import os; os.setxattr("mid/bin", "trusted.overlay.opaque", b"y")'
	who one tool
	assert_output '[1,"tool"]'
	python3 -c 'import os; os.setxattr("mid/etc", "trusted.overlay.opaque", b"y")'
	who one
	complains "no user 'one'"
	echo 'four:x:4:4:::' >top/etc/passwd
	who four
	assert_output '[4,"x"]'
}

@test "a directory takes the place of a file below, a file of a directory" {
	layers
	rm -r mid/bin
	echo file >mid/bin
	who one tool
	assert_output '[1,"tool"]'
	mkdir -p top/bin
	who one tool
	assert_output '[1,"tool"]'
	printf x >top/bin/tool
	chmod 755 top/bin/tool
	who one tool
	assert_output '[1,"/bin/tool"]'
}

@test "a link in one layer leads on through all of them, and never outside" {
	layers
	echo 'outsider:x:0:0:::' >passwd
	mkdir -p top/usr/etc base/usr/lib/accounts
	ln -s ../usr/lib/accounts/passwd mid/etc/passwd
	echo 'five:x:5:5:::' >base/usr/lib/accounts/passwd
	who five
	assert_output '[5,"x"]'
	echo 'six:x:6:6:::' >base/six
	rm -r base/usr
	mkdir base/usr
	ln -s /etc/../../../.. top/usr/lib
	mkdir -p mid/accounts
	ln -s ../six mid/accounts/passwd
	who six
	assert_output '[6,"x"]'
	ln -sfn "$PWD/passwd" top/etc/passwd
	who outsider
	complains "no user 'outsider'"
	ln -sfn ../../passwd top/etc/passwd
	who outsider
	complains "no user 'outsider'"
	ln -sfn passwd top/etc/passwd
	who outsider
	complains 'Too many levels of symbolic links'
	python3 -c 'import os
os.remove("top/etc/passwd"); os.symlink("a/../" * 800, "top/etc/passwd"); os.mkdir("top/etc/a")'
	who outsider
	complains /etc/passwd
}

@test "what is seen is what an overlay mount shows" {
	need_root
	cat >compare.py <<-'END'
		"""compare.py SEED - random layers, seen by an overlay mount and by ocigen"""
		import json, os, random, subprocess, sys
		rng = random.Random(int(sys.argv[1]))
		names = ["a", "b", "etc", "passwd", "x"]
		def fill(path, depth):
		    os.makedirs(path, exist_ok=True)
		    for name in names:
		        what = rng.choice(["none", "none", "file", "dir", "dir", "link", "white"])
		        at = path + "/" + name
		        if what == "file":
		            open(at, "w").write("u:x:%d:1:::\n" % rng.randrange(2, 60000))
		            os.chmod(at, 0o755)
		        elif what == "dir" and depth < 3:
		            fill(at, depth + 1)
		            if rng.random() < 0.3:
		                os.setxattr(at, "trusted.overlay.opaque", b"y")
		        elif what == "link":
		            os.symlink(rng.choice(["../a", "/etc", "b/x", "/b/passwd", "../../x", "x", "/a/etc/passwd", "."]), at)
		        elif what == "white" and not path.startswith("l0"):
		            os.mknod(at, 0o20000, 0)
		for i in range(3):
		    fill("l%d" % i, 0)
		os.makedirs("merged")
		subprocess.run(["mount", "-t", "overlay", "-o", "lowerdir=l2:l1:l0", "overlay", "merged"], check=True)
		def ours(*args):
		    return subprocess.run(["ocigen", "--rootfs=l0", "--layer=l1", "--layer=l2", *args], capture_output=True, text=True)
		def theirs(*args):
		    return subprocess.run(["ocigen", "--rootfs=merged", *args], capture_output=True, text=True)
		def result(run):
		    if run.returncode:
		        return run.returncode, run.stderr
		    process = json.loads(run.stdout)["process"]
		    return process["user"], process["args"]
		for args in [["--user=u", "--", "x"], *[["--user=1:1", "--env=PATH=" + p, "--", n] for n in names
		             for p in ["/", "/a", "/a/b", "/b/../a", "/etc/x", "/x/a/b:/etc:/b"]]]:
		    a, b = result(ours(*args)), result(theirs(*args))
		    assert a == b, (sys.argv[1], args, a, b)
	END
	local seeds=12 seed
	[ -z "${TORTURE-}" ] || seeds=500
	for seed in $(seq "$seeds"); do
		rm -rf tree
		mkdir tree
		unshare -m sh -c 'cd tree && mount -t tmpfs none . && cd "$PWD" && exec python3 ../compare.py "$1"' sh "$seed" ||
			fail "seed $seed"
	done
}
