#!/usr/bin/env bats
# ocigen: users and groups of the root filesystem, hostile ones too.
# shellcheck disable=SC2016,SC1003,SC2030,SC2031,SC2154 # jq's variables, make's backslashes, bats's own
load lib

prepare() {
	make_rootfs
}

# user_is SPEC UID GID GROUPS: the ids that ocigen writes for --user=SPEC.
user_is() {
	run -0 --separate-stderr ocigen --rootfs=rootfs --user="$1" -- x
	holds --argjson u "$2" --argjson g "$3" --argjson a "$4" \
		'.process.user == {"uid": $u, "gid": $g, "additionalGids": $a}'
}

# user_fails SPEC MESSAGE: it is no user, and nothing is written.
user_fails() {
	run --separate-stderr ocigen --rootfs=rootfs --user="$1" -- x
	[ "$status" -eq 1 ] || [ "$status" -eq 2 ] || fail "status $status for '$1'"
	complains "$2"
	assert_output ''
}

@test "users and groups are given by name or number, in all forms (B040, B041, B042, B043)" {
	user_is alice 1000 1000 '[1000, 44]'
	user_is 1000 1000 1000 '[1000, 44]'
	user_is bob 1001 1002 '[1002, 44]'
	user_is 1001 1001 1002 '[1002, 44]'
	user_is 4242 4242 0 '[0]'
	user_is alice:video 1000 44 '[44]'
	user_is alice:7 1000 7 '[7]'
	user_is 5:6 5 6 '[6]'
	user_is 5:video 5 44 '[44]'
	user_is 4294967294 4294967294 0 '[0]'
	user_is 2147483648:2147483648 2147483648 2147483648 '[2147483648]'
	user_is 010 10 0 '[0]'
	user_fails carol "--user: no user 'carol'"
	user_fails alice:nogroup "--user: no group 'nogroup'"
}

@test "an empty group means the user's own, without the supplementary ones (B044, B046)" {
	user_is alice: 1000 1000 '[1000]'
	user_is 1: 1 0 '[0]'
	user_fails :1 'neither a user'
}

@test "without a user it is root, and in root's groups (B040, B046, B050, B076)" {
	echo 'wheel:x:10:root,alice' >>rootfs/etc/group
	run -0 --separate-stderr ocigen --rootfs=rootfs -- x
	holds '.process.user == {"uid": 0, "gid": 0, "additionalGids": [0, 10]}'
	holds 'has("annotations") or (.process.user | has("username")) | not'
	run -0 --separate-stderr process-apply <<<'{"process":{"user":{"uid":7,"gid":8,"umask":2}}}'
	holds '.process.user == {"uid": 7, "gid": 8, "umask": 2}'
}

@test "a member is a whole name, not a part of one (B047)" {
	user_is bin 2 2 '[2]'
	echo 'last:x:9:sabine,bin' >>rootfs/etc/group
	user_is bin 2 2 '[2, 9]'
}

@test "a group is listed once, the primary one first (B050)" {
	echo 'again:x:44:alice
own:x:1000:alice
more:x:3:alice' >>rootfs/etc/group
	user_is alice 1000 1000 '[1000, 44, 3]'
}

@test "lines that do not parse are skipped, and the search goes on (B048)" {
	cat >rootfs/etc/passwd <<-'END'
		# a comment: with: colons: and: more: of: them

		too:few:1:2:x:y
		far:too:3:4:many:fields:in:it
		alice:x:-1:0:::
		alice:x:4294967295:0:::
		alice:x:0x0:0:::
		alice:x::0:::
		alice:x:99999999999999999999:0:::
		+alice:x:0:0:::
		+::0:0:::
		-@netgroup:x:0:0:::
		:x:0:0:::
		alice:x:1000:1000:::
		alice:x:5:5:::
	END
	printf '# c\n\nx:y\nvideo:x:44:a:b\nvideo:x:-1:alice\n+:x:0:alice\nvideo:x:44:alice' >rootfs/etc/group
	user_is alice 1000 1000 '[1000, 44]'
	user_fails + 'neither a user'
	user_fails +alice 'neither a user'
	user_is 0 0 0 '[0]'
}

@test "what looks like a number is never a name, whatever passwd says (CVE-2024-40635, CVE-2026-46680, CVE-2016-3697)" {
	local word
	for word in 4294967295 4294967296 18446744073709551616 100000000000000000000 1e20 -1 +1 0x0 0x3e8 \
		'1 ' ' 1' '0 1' 1:2:3 1.0 1,0 00x 1e3 '' $'1\n' $'\t1' 0b1 0o17 -0 ' '; do
		printf '%s:x:0:0:root:/:/bin/sh\n' "$word" "${word%%:*}" >>rootfs/etc/passwd
		printf '%s:x:0:\n' "$word" >>rootfs/etc/group
	done
	echo '1000:x:0:0:::
2147483648:x:0:0:::' >>rootfs/etc/passwd
	for word in 4294967295 4294967296 18446744073709551616 100000000000000000000 1e20 -1 +1 0x0 0x3e8 \
		'1 ' ' 1' '0 1' 1.0 1,0 00x 1e3 '' $'1\n' $'\t1' 0b1 0o17 -0 ' '; do
		user_fails "$word" "is neither a user's name nor its id"
		[ "$word" = '' ] || user_fails "alice:$word" "is neither a group's name nor its id"
		run -2 --separate-stderr ocigen --group-add="$word"
		complains "is neither a group's name nor its id"
	done
	user_fails 1:2:3 "'2:3' is neither a group's name"
	user_is 1000 1000 1000 '[1000, 44]'
	user_is 2147483648 2147483648 0 '[0]'
}

@test "the same words in an image's User are errors, too" {
	local word
	echo '1e3:x:0:0:::
root2:x:0:0:::' >>rootfs/etc/passwd
	for word in 4294967295 1e3 -1 '1 ' :1 1:2:3 missing alice:missing; do
		jq -n --arg u "$word" '{config: {User: $u}}' >image.json
		run -1 --separate-stderr ocigen --rootfs=rootfs --image-config=image.json -- x
		complains 'image.json: /config/User: '
		assert_output ''
	done
}

@test "a document's own user is never taken for another one" {
	local value
	for value in '"1000"' null -1 4294967295 4294967296 18446744073709551616 1.5 '[]' '{}' true; do
		run -1 --separate-stderr process-apply -e A=1 <<<"{\"process\":{\"user\":{\"uid\":$value,\"gid\":0}}}"
		complains /process/user/uid
	done
}

@test "supplementary groups are added by number or name, or all kept (B051)" {
	run -0 --separate-stderr ocigen --rootfs=rootfs -u alice --group-add=7 --group-add=users --group-add=44 -- x
	holds '.process.user.additionalGids == [1000, 44, 7, 1002]'
	run -0 --separate-stderr ocigen --rootfs=rootfs -u alice:alice --group-add=users -- x
	holds '.process.user.additionalGids == [1000, 1002]'
	run -1 --separate-stderr ocigen --rootfs=rootfs --group-add=missing -- x
	complains "--group-add: no group 'missing'"
	run -0 --separate-stderr ocigen --rootfs=rootfs -u alice --group-add=keep-groups -- x
	holds '.annotations == {"run.oci.keep_original_groups": "1"}'
	holds '.process.user.additionalGids == [1000, 44]'
	run -2 --separate-stderr ocigen --group-add=keep-groups --group-add=5
	complains 'keep-groups must be the only one'
	run -0 --separate-stderr process-apply --group-add=5 --compact \
		<<<'{"process":{"user":{"uid":1,"gid":2,"additionalGids":[2,3]}}}'
	assert_output '{"process":{"user":{"uid":1,"gid":2,"additionalGids":[2,3,5]}}}'
}

@test "whether the ids are mapped is not asked here (B052)" {
	run -0 --separate-stderr sh -c 'ocigen -u 4000000000 -- x | idmap-apply --uidmap=0:1000:1 --gidmap=0:1000:1'
	holds '.process.user.uid == 4000000000'
}

@test "the home directory of passwd is left to the runtime (B035, B045)" {
	need_root
	sed -i 's,/home/alice,/tmp,' rootfs/etc/passwd
	run -0 --separate-stderr ocigen --rootfs=rootfs -u alice -- sh -c 'echo $HOME'
	holds '[.process.env[] | select(startswith("HOME="))] == []'
	run -0 --separate-stderr on runc ocirun <<<"$output"
	assert_output /tmp
}

@test "links in the root filesystem end inside of it (B049)" {
	echo 'outsider:x:0:0:::' >passwd
	mv rootfs/etc/passwd rootfs/real
	for target in /real ../real ../../../../real ../../../../../../../../real /proc/../real; do
		ln -sfn "$target" rootfs/etc/passwd
		user_is alice 1000 1000 '[1000, 44]'
	done
	ln -sfn "$PWD/passwd" rootfs/etc/passwd
	user_fails outsider "no user 'outsider'"
	ln -sfn ../../passwd rootfs/etc/passwd
	user_fails outsider "no user 'outsider'"
	mv rootfs/etc rootfs/etc2
	ln -s /etc2 rootfs/etc
	ln -sfn /real rootfs/etc2/passwd
	user_is alice 1000 1000 '[1000, 44]'
	ln -sfn /etc/passwd rootfs/etc2/passwd
	user_fails alice 'cannot find in the root filesystem: Too many levels of symbolic links'
}

@test "as many links are followed as the kernel follows" {
	local i
	mv rootfs/etc/passwd rootfs/link0
	for i in $(seq 60); do
		ln -s "link$((i - 1))" "rootfs/link$i"
	done
	ln -s ../link39 rootfs/etc/passwd
	user_is alice 1000 1000 '[1000, 44]'
	ln -sfn ../link40 rootfs/etc/passwd
	user_fails alice 'Too many levels of symbolic links'
}

@test "a missing file has no users, a missing root filesystem no files (B041, B049)" {
	rm rootfs/etc/passwd
	user_is 1000 1000 0 '[0]'
	user_fails alice "no user 'alice'"
	rm -rf rootfs
	user_is 1000:5 1000 5 '[5]'
	user_fails alice "no user 'alice'"
	touch rootfs
	user_fails alice 'cannot open the root filesystem'
}

@test "a passwd that is no file is an error at once, and never waited for (CVE-2024-9676)" {
	mkfifo outside
	local make
	for make in 'mkfifo rootfs/etc/passwd' 'ln -s ../../outside rootfs/etc/passwd; mkfifo rootfs/outside' \
		'mkdir rootfs/etc/passwd' 'mknod rootfs/etc/passwd c 1 5' \
		'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"rootfs/etc/passwd\")"'; do
		rm -rf rootfs/etc/passwd
		[ "${make#mknod}" = "$make" ] || [ "$(id -u)" -eq 0 ] || continue
		eval "$make"
		for user in alice 1000; do
			run -1 --separate-stderr timeout 20 ocigen --rootfs=rootfs --user="$user" -- x
			complains '/etc/passwd: is not a regular file in the root filesystem'
			assert_output ''
		done
	done
	rm -rf rootfs/etc/passwd
	ln -s /dev/zero rootfs/etc/passwd
	run -1 --separate-stderr timeout 20 ocigen --rootfs=rootfs --user=alice -- x
	complains "no user 'alice'"
}

@test "huge files are refused, long lines and odd bytes are read (CVE-2025-4437, CVE-2026-47262)" {
	truncate -s 2G rootfs/etc/group
	user_fails alice '/etc/group: is larger than'
	python3 -c 'print("many:x:5:" + ",".join("user%d" % i for i in range(600000)) + ",alice")' >rootfs/etc/group
	user_is alice 1000 1000 '[1000, 5]'
	python3 -c '
for i in range(65000): print("g%d:x:%d:alice" % (i, 100000 + i))' >rootfs/etc/group
	limit=200000
	! sanitized || limit=unlimited # it reserves terabytes
	run -0 --separate-stderr bash -c 'ulimit -v "$1"; ocigen --rootfs=rootfs --user=alice -- x' bash $limit
	holds '.process.user.additionalGids | length == 65001'
	python3 -c '
for i in range(66000): print("g%d:x:%d:alice" % (i, 100000 + i))' >rootfs/etc/group
	user_fails alice 'the user is in more than 65536 groups'
	{
		head -c 100000 /dev/zero | tr '\0' x
		printf ':x:0:0:::\nbad\0:x:0:0:::\ncrlf:x:5:6:::\r\nal\0ice:x:0:0:::\nalice:x:1000:1000:::'
	} >rootfs/etc/passwd
	rm rootfs/etc/group
	user_is alice 1000 1000 '[1000]'
	user_is crlf 5 6 '[6]'
}

@test "a passwd that may not be read is an error, not one without users" {
	need_user
	make_rootfs "$USER_DIR/closed"
	chmod 600 "$USER_DIR/closed/etc/passwd"
	run -1 --separate-stderr as_user ocigen --rootfs="$USER_DIR/closed" --user=1000 -- x
	rm -rf "$USER_DIR/closed"
	complains '/etc/passwd: cannot open in the root filesystem: Permission denied'
}

@test "who an account is does not depend on this host's users" {
	run -1 --separate-stderr ocigen --rootfs=rootfs --user=nobody -- x
	complains "no user 'nobody' in the root filesystem's /etc/passwd"
}

@test "the files that were looked at are prerequisites" {
	ocigen --rootfs=./rootfs/ -u alice --depfile=dep -o out.json -- x
	run -0 cat dep
	assert_line --index 0 'out.json: \'
	assert_line --index 1 '  ./rootfs/etc/group \'
	assert_line --index 2 '  ./rootfs/etc/passwd'
	rm rootfs/etc/group
	mv rootfs/etc/passwd rootfs/etc/accounts
	ln -s /etc/accounts rootfs/etc/passwd
	run -0 --separate-stderr ocigen --rootfs="$PWD/rootfs" -u alice -- x
	holds --arg r "$PWD/rootfs" '.ocipipe.inputs == [$r + "/etc/accounts"]'
}
