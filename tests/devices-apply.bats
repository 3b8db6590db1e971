#!/usr/bin/env bats
# devices-apply: the host's devices, nodes by hand, cgroup rules, removal.
# shellcheck disable=SC2016 # jq's variables
load lib
load devices-apply.bash

@test "a device keeps its own type, numbers, mode and owner, and brings a rule (B101, B102, B105)" {
	need_root
	node n/a c 240 7 640 3:4
	node n/b b 241 8 4606 5:6
	devices -0 --device="$PWD/n/a:/dev/a:r" --device="$PWD/n/b:/dev/b"
	holds '.linux.devices == [
		{path: "/dev/a", type: "c", major: 240, minor: 7, fileMode: 416, uid: 3, gid: 4},
		{path: "/dev/b", type: "b", major: 241, minor: 8, fileMode: 390, uid: 5, gid: 6}] and
		.linux.resources.devices == [
		{allow: true, type: "c", major: 240, minor: 7, access: "r"},
		{allow: true, type: "b", major: 241, minor: 8, access: "rwm"}]'
	# behind the rule that denies everything
	DOC='{"linux":{"resources":{"devices":[{"allow":false,"access":"rwm"}]}}}' \
		devices -0 --device="$PWD/n/a:/dev/a:r"
	holds '[.linux.resources.devices[].allow] == [false, true]'
}

@test "every device of a command counts, in its order (B104)" {
	need_root
	for i in 3 1 2; do node n/$i c 240 $i; done
	devices -0 --device="$PWD/n/3" --mknod=/dev/x:c:1:1 --device="$PWD/n/1" --device="$PWD/n/2"
	holds '[.linux.devices[].minor] == [3, 1, 1, 2]'
}

@test "the parts of --device are the host's path, the container's and the access (B399)" {
	need_root
	node n/a c 240 7
	while read -r words path access; do
		devices -0 --device="$PWD/n/a$words"
		holds --arg path "${path/@/$PWD/n/a}" --arg access "$access" \
			'.linux.devices[0].path == $path and .linux.resources.devices[0].access == $access'
	done <<-'END'
		:/dev/b:rw /dev/b rw
		:/dev/b /dev/b rwm
		:m @ m
		:wr @ wr
		:/dev//./b/ /dev/b rwm
	END
	devices -0 --device="$PWD/n/a"
	holds --arg path "$PWD/n/a" '.linux.devices[0].path == $path'
	while read -r words message; do
		devices -2 --device="${words/@/$PWD/n/a}"
		complains "$message"
	done <<-'END'
		:/dev/a '' is not an absolute path
		@: must be HOST[:CONTAINER][:rwm], but has ''
		@:dev/b must be HOST[:CONTAINER][:rwm], but has 'dev/b'
		@:/dev/b: must be HOST[:CONTAINER][:rwm], but has ''
		@:/dev/b:rr must be HOST[:CONTAINER][:rwm], but has 'rr'
		@:/dev/b:rwmx must be HOST[:CONTAINER][:rwm], but has 'rwmx'
		@:rw:r must be HOST[:CONTAINER][:rwm], but has 'r'
		@:/dev/b:r:w must be HOST[:CONTAINER][:rwm], but has 'w'
		dev/null 'dev/null' is not an absolute path
		@:/dev/../etc/x '/dev/../etc/x' must not go up
		@:/dev/.. '/dev/..' must not go up
		@:/ '/' is no place for a device
	END
}

@test "a link to a device gives the device, at the link's place (B400)" {
	need_root
	node n/a c 240 7
	ln -s a n/link
	devices -0 --device="$PWD/n/link"
	holds --arg path "$PWD/n/link" '.linux.devices == [{path: $path, type: "c", major: 240, minor: 7,
		fileMode: 384, uid: 0, gid: 0}]'
	ln -s loop n/loop
	devices -3 --device="$PWD/n/loop"
	complains 'n/loop: cannot examine'
}

@test "a FIFO is a device without numbers and rule, and nothing hangs on it (B105, B400, F36)" {
	mkfifo -m 600 p
	run -0 --separate-stderr timeout 20 devices-apply --device="$PWD/p:/dev/p" <<<'{}'
	holds '.linux | (.devices[0] | .type == "p" and (has("major") | not)) and (has("resources") | not)'
}

@test "what is missing or no device is an error that names it (B400, F36)" {
	touch file
	devices -3 --device="$PWD/file"
	complains "devices-apply: $PWD/file: is not a device"
	devices -3 --device=/dev/nonexistent
	complains 'devices-apply: /dev/nonexistent: cannot examine: No such file or directory'
	devices -3 --device="$PWD/file/x"
	complains 'Not a directory'
	assert_output ''
}

@test "a directory gives all devices below it, at the same places below the target (B401)" {
	need_root
	node n/b c 240 1
	node n/sub/deep/a b 240 2
	node n/a c 240 3
	mkfifo n/fifo
	ln -s a n/link
	touch n/file
	for name in pts shm fd mqueue .lxc .lxd-mounts .udev; do node "n/$name/x" c 240 9; done
	node n/console c 240 9
	devices -0 --device="$PWD/n:/dev/x:rw"
	holds '[.linux.devices[] | [.path, .minor]] == [["/dev/x/a", 3], ["/dev/x/b", 1], ["/dev/x/sub/deep/a", 2]]
		and ([.linux.resources.devices[].access] == ["rw", "rw", "rw"])'
	devices -0 --device="$PWD/n/"
	holds --arg n "$PWD/n" '[.linux.devices[].path] == [$n + "/a", $n + "/b", $n + "/sub/deep/a"]'
	# what is left out of a directory can be asked for by name
	devices -0 --device="$PWD/n/console:/dev/c"
	holds '.linux.devices | length == 1'
}

@test "an entry with the same path is replaced in place (B101)" {
	DOC='{"linux":{"devices":[{"path":"/dev/a","type":"c","major":1,"minor":1},
		{"path":"/dev/b","type":"c","major":1,"minor":2},{"path":"/dev/a","type":"c","major":1,"minor":3}]}}' \
		devices -0 --mknod=/dev/a:b:8:1
	holds '[.linux.devices[] | .path + .type] == ["/dev/ab", "/dev/bc"]'
}

@test "a node by hand has the type, numbers, mode (octal), owner and access that are named (D12)" {
	devices -0 --mknod=/dev/a:c:1:3:mode=0666,uid=5,gid=6 --mknod=/dev/b:b:4095:1048575 \
		--mknod=/dev/u:u:1:2:access=r --mknod=/dev/p:p:mode=600 --mknod=/dev/n:c:9:9:access=none
	holds '.linux.devices == [
		{path: "/dev/a", type: "c", major: 1, minor: 3, fileMode: 438, uid: 5, gid: 6},
		{path: "/dev/b", type: "b", major: 4095, minor: 1048575},
		{path: "/dev/u", type: "u", major: 1, minor: 2},
		{path: "/dev/p", type: "p", fileMode: 384}, {path: "/dev/n", type: "c", major: 9, minor: 9}] and
		[.linux.resources.devices[] | "\(.type) \(.major):\(.minor) \(.access)"] ==
		["c 1:3 rwm", "b 4095:1048575 rwm", "c 1:2 r"]'
	while read -r words message; do
		devices -2 --mknod="$words"
		complains "devices-apply: --mknod=$words: $message"
	done <<-'END'
		dev/a:c:1:3 'dev/a' is not an absolute path
		/dev/../a:c:1:3 '/dev/../a' must not go up
		/dev/a unknown type ''
		/dev/a:x:1:3 unknown type 'x'
		/dev/a:c:1 '' is not a minor number
		/dev/a:c:-1:3 '-1' is not a major number
		/dev/a:c:4096:3 '4096' is not a major number, 0 to 4095
		/dev/a:c:2147483648:3 '2147483648' is not a major number
		/dev/a:c:1:1048576 '1048576' is not a minor number
		/dev/a:c:1:1e3 '1e3' is not a minor number
		/dev/a:c:1:3: unknown ''
		/dev/a:c:1:3:mode=0888 mode '0888' is not an octal mode
		/dev/a:c:1:3:mode=1777 mode '1777' is not an octal mode
		/dev/a:c:1:3:mode= mode '' is not an octal mode
		/dev/a:c:1:3:uid=-1 uid '-1' is not an id
		/dev/a:c:1:3:uid=4294967295 uid '4294967295' is not an id
		/dev/a:c:1:3:gid=root gid 'root' is not an id
		/dev/a:c:1:3:access=rwx 'rwx' is not of the letters
		/dev/a:c:1:3:modes=1 unknown 'modes'
	END
}

@test "cgroup rules allow or deny, by type, numbers or any" {
	devices -0 --device-cgroup-rule='deny a *:* rwm' --device-cgroup-rule='c 1:3 rwm' \
		--device-cgroup-rule='b 8:* r' --device-cgroup-rule='allow c *:5 mw'
	holds '.linux.resources.devices == [{allow: false, access: "rwm"},
		{allow: true, type: "c", major: 1, minor: 3, access: "rwm"},
		{allow: true, type: "b", major: 8, access: "r"},
		{allow: true, type: "c", minor: 5, access: "mw"}]'
	for rule in 'a 1:3 rwm' 'deny a *:3 rwm' 'a *:* r' '' c 'c 1:3' 'c 1:3 x' 'c 1:3 rr' 'c 1 rwm' 'x 1:3 r' 'c 1:3:4 r' 'c -1:3 r' \
		'c 4096:1 r' 'c 1:3 r w' 'forbid c 1:3 r' 'c: 1:3 r'; do
		devices -2 --device-cgroup-rule="$rule"
		complains 'devices-apply: --device-cgroup-rule'
	done
}

@test "a rule for every device is one, whatever else it says, and can be removed" {
	run -0 --separate-stderr devices-apply --remove='a 1:3 rwm' \
		<<<'{"linux":{"resources":{"devices":[{"allow":true,"major":1,"minor":3,"access":"rwm"}]}}}'
	holds '.linux.resources | has("devices") | not'
}

@test "a rule that is there with its effect is not added again, else it goes to the end" {
	deny='{"allow":false,"access":"rwm"}' one='{"allow":true,"type":"c","major":1,"minor":1,"access":"rw"}'
	two='{"allow":true,"type":"c","major":2,"minor":2,"access":"r"}'
	doc() {
		local IFS=,
		echo "{\"linux\":{\"resources\":{\"devices\":[$*]}}}"
	}
	DOC=$(doc "$deny" "$one" "$two") devices -0 --compact --device-cgroup-rule='c 1:1 wr'
	assert_output "$(doc "$deny" "$one" "$two")"
	DOC=$(doc "$one" "$deny") devices -0 --compact --device-cgroup-rule='c 1:1 rw'
	assert_output "$(doc "$deny" "$one")"
	DOC=$(doc "$deny" "$one") devices -0 --compact --device-cgroup-rule='deny a *:* rwm'
	assert_output "$(doc "$one" "$deny")"
	DOC=$(doc "$deny" "$one" "$two") devices -0 --compact --device-cgroup-rule='deny a *:* rwm' \
		--device-cgroup-rule='c 1:1 rw'
	assert_output "$(doc "$two" "$deny" "$one")"
}

@test "a device's rule replaces those for just its numbers, unless another device has them" {
	doc='{"linux":{"devices":[{"path":"/dev/a","type":"c","major":1,"minor":1}],"resources":{"devices":[
		{"allow":true,"type":"c","major":1,"minor":1,"access":"rwm"},{"allow":true,"type":"c","major":1,"access":"r"}]}}}'
	DOC=$doc devices -0 --mknod=/dev/a:c:1:1:access=r
	holds '[.linux.resources.devices[] | "\(.minor) \(.access)"] == ["null r", "1 r"]'
	DOC=$doc devices -0 --mknod=/dev/b:c:1:1:access=r
	holds '[.linux.resources.devices[] | "\(.minor) \(.access)"] == ["1 rwm", "null r", "1 r"]'
	DOC=$doc devices -0 --remove=/dev/a
	holds '.linux | (has("devices") | not) and [.resources.devices[].minor] == [null]'
	DOC=$(jq '.linux.devices += [.linux.devices[0] | .path = "/dev/b"]' <<<"$doc") devices -0 --remove=/dev/a
	holds '[.linux.devices[].path] == ["/dev/b"] and (.linux.resources.devices | length) == 2'
}

@test "devices and rules can be removed; what is not there is no error" {
	export DOC='{"linux":{"devices":[{"path":"/dev/a","type":"c","major":1,"minor":1},{"path":"/dev/p","type":"p"}],
		"resources":{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":1,"access":"rw"}]}}}'
	devices -0 --remove=/dev/none --remove='c 9:9 r' --remove=/dev/p
	holds '[.linux.devices[].path] == ["/dev/a"]'
	devices -0 --remove=all
	holds '.linux == {resources: {devices: [{allow: false, access: "rwm"}]}}'
	devices -0 --remove='deny a *:* rwm' --remove='c 1:1 wr'
	holds '.linux.resources == {}'
	devices -2 --remove=nothing
	complains "--remove=nothing: must be a path, a rule or 'all'"
}

@test "with --bind a device is bound, writable if it may be written (B103)" {
	need_root
	node n/a c 240 7
	node n/b c 240 8
	devices -0 --bind --device="$PWD/n/a:/dev/a" --device="$PWD/n/b:/dev/b:r" --mknod=/dev/m:c:1:1
	holds --arg n "$PWD/n" '.mounts == [
		{destination: "/dev/a", type: "bind", source: ($n + "/a"), options: ["slave", "nosuid", "noexec", "rw", "rbind"]},
		{destination: "/dev/b", type: "bind", source: ($n + "/b"), options: ["slave", "nosuid", "noexec", "ro", "rbind"]}]
		and [.linux.devices[].path] == ["/dev/m"] and (.linux.resources.devices | length) == 3'
	# behind the mounts that would cover it
	DOC='{"mounts":[{"destination":"/dev","type":"tmpfs"},{"destination":"/dev/a/x"},{"destination":"/z"}]}' \
		devices -0 --bind --device="$PWD/n/a:/dev/a"
	holds '[.mounts[].destination] == ["/dev", "/dev/a", "/dev/a/x", "/z"]'
	DOC=$output devices -0 --remove=/dev/a
	holds '[.mounts[].destination] == ["/dev", "/dev/a/x", "/z"]'
	DOC=$output devices -0 --remove=/z --remove=all
	holds '[.mounts[].destination] == ["/dev", "/dev/a/x", "/z"]'
}

@test "of a directory, terminals and what is mounted already are not bound; by name that is an error (B103)" {
	need_root
	for name in a ptmx tty tty1 ttyS0 z; do node "n/$name" c 240 7; done
	DOC='{"mounts":[{"destination":"/dev/z","type":"tmpfs"}]}' devices -0 --bind --device="$PWD/n:/dev"
	holds '[.mounts[].destination] == ["/dev/z", "/dev/a"]'
	DOC='{"mounts":[{"destination":"/dev/z","type":"tmpfs"}]}' devices -1 --bind --device="$PWD/n/z:/dev/z"
	complains 'there is a mount at /dev/z already'
	devices -0 --bind --device="$PWD/n/ttyS0:/dev/ttyS0"
	holds '.mounts | length == 1'
}

@test "twice is once, whatever the order of the edits (F33)" {
	python3 - <<-'END'
		import json, random, subprocess
		random.seed(7)
		edits = ["--mknod=/dev/a:c:1:1", "--mknod=/dev/a:c:1:1:access=r", "--mknod=/dev/b:c:1:1:access=w",
		         "--mknod=/dev/c:b:2:2", "--remove=/dev/a", "--remove=/dev/c", "--remove=all",
		         "--device-cgroup-rule=c 1:1 m", "--device-cgroup-rule=deny a *:* rwm",
		         "--device-cgroup-rule=deny c 1:1 r", "--device-cgroup-rule=c *:* r",
		         "--remove=c 1:1 rwm", "--remove=deny a *:* rwm"]
		rules = [{"allow": False, "access": "rwm"}, {"allow": True, "type": "c", "major": 1, "minor": 1, "access": "m"},
		         {"allow": True, "type": "c", "access": "r"}, {"allow": True, "type": "b", "major": 2, "minor": 2, "access": "rwm"}]
		nodes = [{"path": "/dev/" + x, "type": "c", "major": 1, "minor": 1} for x in "abca"]
		def run(args, text):
		    return subprocess.run(["devices-apply", "--compact", *args], input=text, capture_output=True, check=True).stdout
		for _ in range(150):
		    doc = {"linux": {"devices": random.sample(nodes, random.randint(0, 4)),
		                     "resources": {"devices": random.sample(rules, random.randint(0, 4))}}}
		    args = random.sample(edits, random.randint(1, 6))
		    once = run(args, json.dumps(doc).encode())
		    twice = run(args, once)
		    assert once == twice, (doc, args, once, twice)
	END
}

@test "ten thousand nodes below a directory, and a hundred thousand by hand, are linear (F15, F36)" {
	need_root
	python3 - <<-'END'
		import json, os
		os.mkdir("n")
		for i in range(10000):
		    os.mknod(f"n/{i:05}", 0o600 | 0o20000, os.makedev(240 + i // 4096, i % 4096))
		nodes = [{"path": f"/dev/{i}", "type": "c", "major": 240, "minor": i} for i in range(100000)]
		rules = [{"allow": True, "type": "c", "major": 240, "minor": i, "access": "rw"} for i in range(100000)]
		json.dump({"linux": {"devices": nodes, "resources": {"devices": rules}}}, open("doc", "w"))
	END
	run -0 timeout 60 devices-apply --input=doc --output=out --device="$PWD/n:/dev/n" --bind --remove=/dev/5
	jq -e '(.mounts | length) == 10000 and (.linux.devices | length) == 99999' out
	run -0 timeout 60 devices-apply --input=doc --output=out --remove=all --device="$PWD/n:/dev/n"
	jq -e '(.linux.devices | length) == 10000' out
}

@test "a device that is hidden in a directory nobody may read is an error" {
	need_user
	mkdir -p "$USER_DIR/hidden/sub"
	chmod 700 "$USER_DIR/hidden/sub"
	run -4 --separate-stderr as_user devices-apply --device="$USER_DIR/hidden:/dev/x" <<<'{}'
	rm -rf "$USER_DIR/hidden"
	complains 'hidden/sub: cannot open: Permission denied'
}
