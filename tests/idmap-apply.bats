#!/usr/bin/env bats
# idmap-apply: mappings from the command line and from subordinate ids, and the report.
# shellcheck disable=SC2016,SC2094,SC2154 # jq's variables; cmp only reads; set by run
load lib

idmap() {
	run -0 --separate-stderr idmap-apply "$@" <<<"${IN:-{\}}"
	silent
}

refuses() {
	local status=$1
	run "-$status" --separate-stderr idmap-apply "${@:3}" <<<"${IN:-{\}}"
	[ -z "$output" ]
	complains "idmap-apply: $2"
}

# The command with our own /etc/subuid and /etc/subgid, and binds that $BINDS names.
elsewhere() {
	[ -e subuid ] || : >subuid
	[ -e subgid ] || cp subuid subgid
	chmod 644 subuid subgid
	BINDS=${BINDS-} accounts_stay unshare --mount --propagation private sh -c '
		mount --bind subuid /etc/subuid && mount --bind subgid /etc/subgid || exit 99
		for bind in $BINDS; do
			mount --bind "${bind%%:*}" "${bind#*:}" || exit 99
		done
		exec "$@"' sh "$@"
}

elsewhere_as_user() {
	elsewhere setpriv --reuid="$TEST_USER" --regid="$TEST_USER" --init-groups --inh-caps=-all "$@"
}

# ---- triples -----------------------------------------------------------------

@test "ranges are mapped in the order given, each option may be repeated (B094, B409)" {
	idmap --uidmap=0:100000:1000 --uidmap=1000:5000:1,2000:300000:65536 --gidmap=0:7:1
	holds '.linux == {namespaces: [{type: "user"}],
		uidMappings: [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 5000, size: 1},
			{containerID: 2000, hostID: 300000, size: 65536}],
		gidMappings: [{containerID: 0, hostID: 7, size: 1}]}'
	idmap --userns-uid-map=0:1:2 --userns-gid-map=0:3:4
	holds '.linux.uidMappings[0].hostID == 1 and .linux.gidMappings[0].size == 4'
}

@test "one of the two lists serves for both (B409)" {
	for option in --uidmap --gidmap; do
		idmap $option=0:100000:65536
		holds '.linux.uidMappings == .linux.gidMappings and .linux.uidMappings == [{containerID: 0, hostID: 100000, size: 65536}]'
	done
}

@test "what is no triple is an error (B409)" {
	for bad in '' 0 0:1 0:1:2:3 0:1:2:3:4:5 '0:1:2,' ',0:1:2' 0:-1:1 -1:0:1 0:1:x 0:1:1e3 0::1 ' 0:1:1' 0:1:4294967296 0x0:1:1 0-1-2 +0:1:2; do
		refuses 2 "--uidmap=$bad: must be CONTAINER:HOST:SIZE" "--uidmap=$bad"
		refuses 2 "--gidmap=$bad: " "--gidmap=$bad"
	done
}

@test "empty, overlapping and overflowing ranges are errors, and so is no root (F37)" {
	while IFS='|' read -r maps message; do
		refuses 2 "uid mappings: $message" "--uidmap=$maps" --gidmap=0:1:1
		refuses 2 "gid mappings: $message" "--gidmap=$maps" --uidmap=0:1:1
	done <<-'END'
		0:1:0|0:1:0 is an empty range
		0:100:10,9:200:10|0:100:10 and 9:200:10 overlap in the container
		0:100:10,20:109:10|0:100:10 and 20:109:10 overlap in the host
		0:100:10,0:200:1|0:100:10 and 0:200:1 overlap in the container
		0:4294967290:10|0:4294967290:10 reaches beyond 4294967294
		0:4294967295:1|0:4294967295:1 reaches beyond 4294967294
		0:1:1,4294967295:5:1|4294967295:5:1 reaches beyond 4294967294
		0:1:1,4294967000:5:1000|4294967000:5:1000 reaches beyond 4294967294
		1:100:10|the container's root is not mapped
	END
	idmap --uidmap=0:0:4294967295
	idmap --uidmap=0:4294967294:1
}

@test "340 ranges are the most that the kernel takes (F37)" {
	local maps
	maps=$(seq -f %.0f 0 339 | awk '{ printf "%s%d:%d:1", (NR > 1 ? "," : ""), $1, 1000 + 2 * $1 }')
	idmap --uidmap="$maps"
	holds '.linux.uidMappings | length == 340'
	refuses 2 'uid mappings: 341 ranges are more than the kernel takes (340)' --uidmap="$maps,340:9:1"
}

# ---- the namespace -----------------------------------------------------------

@test "mappings ask for the namespace, in place of a joined one (B083)" {
	IN='{"linux":{"namespaces":[{"type":"user","path":"/u"},{"type":"pid"}]}}'
	idmap --uidmap=0:1:1
	holds '.linux.namespaces == [{type: "user"}, {type: "pid"}]'
}

@test "a joined namespace is kept, and has no mappings (B084, B408)" {
	for IN in '{}' '{"linux":{"uidMappings":[{"containerID":0,"hostID":1,"size":1}],"namespaces":[{"type":"user"}]}}'; do
		for word in /proc/1/ns/user ns:/proc/1/ns/user; do
			idmap --userns=$word
			holds '.linux == {namespaces: [{type: "user", path: "/proc/1/ns/user"}]}'
		done
	done
	idmap --userns=/a:b
	holds '.linux.namespaces[0].path == "/a:b"'
}

@test "the host's namespace has neither entry nor mappings (B083, B408)" {
	idmap --uidmap=0:1:1
	IN=$output
	idmap --userns=host
	holds '. == {linux: {namespaces: []}}'
}

@test "mappings with the host's or a joined namespace are an error (B408)" {
	for word in host /x; do
		refuses 2 '--userns: has no use for mappings' --userns=$word --uidmap=0:1:1
	done
}

@test "a new namespace without mappings keeps the document's, else has those that are visible (B094, B408)" {
	need_root
	for word in private container; do
		IN='{"linux":{"uidMappings":[{"containerID":0,"hostID":5,"size":1}],"gidMappings":[{"containerID":0,"hostID":6,"size":1}]}}'
		idmap --userns=$word
		holds '.linux.uidMappings[0].hostID == 5 and .linux.gidMappings[0].hostID == 6 and .linux.namespaces == [{type: "user"}]'
		IN='{}'
		idmap --userns=$word
		holds --argjson uid "$(awk '{ print "[" $1 "," $1 "," $3 "]" }' /proc/self/uid_map)" \
			'[.linux.uidMappings[], .linux.gidMappings[] | [.containerID, .hostID, .size]] == [$uid, $uid]'
	done
	IN='{}'
	run -0 --separate-stderr unshare --user --map-root-user idmap-apply --userns=private <<<'{}'
	holds '.linux.uidMappings == [{containerID: 0, hostID: 0, size: 1}]'
}

@test "a file uid_map that is none is an error (B095)" {
	need_root
	for text in '0 0' '0 0 1 1' '0 x 1' '0 0 4294967296' '-1 0 1'; do
		echo "$text" >uid_map
		run -1 --separate-stderr unshare --mount --propagation private sh -c \
			'mount --bind uid_map /proc/$$/uid_map; exec idmap-apply --userns=private' <<<'{}'
		complains '/proc/self/uid_map: must be three numbers a line'
		[ -z "$output" ]
	done
}

@test "other words are errors; auto says what there is (B408)" {
	refuses 2 '--userns: nobody keeps account here' --userns=auto:size=65536
	complains 'hint: --uidmap'
	for bad in '' Host nomap relative/path ns:x ns: host:x private:/x; do
		refuses 2 '--userns: ' "--userns=$bad"
	done
}

# ---- subordinate ids ---------------------------------------------------------

@test "a user's ranges are sorted and laid out from 0; one name serves for both (B389, B390, B409)" {
	need_user
	printf '# a comment\n\nsomebody:1:2\n%s:300000:10\n%s:100000:65536\n' "$TEST_USER" "$TEST_USER" >subuid
	echo "$TEST_USER:500000:7" >subgid
	for option in --subuid --userns-uid-map-user --subuidname --subgid --userns-gid-map-group --subgidname; do
		run -0 --separate-stderr elsewhere idmap-apply "$option=$TEST_USER" <<<'{}'
		silent
		holds '.linux.uidMappings == [{containerID: 0, hostID: 100000, size: 65536}, {containerID: 65536, hostID: 300000, size: 10}]'
		holds '.linux.gidMappings == [{containerID: 0, hostID: 500000, size: 7}]'
	done
}

@test "a line may name the user by number (B389)" {
	need_user
	echo "$(id -u "$TEST_USER"):100000:65536" >subuid
	run -0 --separate-stderr elsewhere idmap-apply --subuid="$TEST_USER" <<<'{}'
	holds '.linux.uidMappings[0].hostID == 100000'
}

@test "two names are two lists, ranges of them may be followed by others (B409)" {
	need_user
	echo "$TEST_USER:100000:10" >subuid
	echo "root:200000:20" >subgid
	run -0 --separate-stderr elsewhere idmap-apply --subuid="$TEST_USER" --subgid=root --uidmap=10:5:1 <<<'{}'
	holds '.linux.uidMappings == [{containerID: 0, hostID: 100000, size: 10}, {containerID: 10, hostID: 5, size: 1}]'
	holds '.linux.gidMappings == [{containerID: 0, hostID: 200000, size: 20}]'
}

@test "no range is an error with the line to add (B390)" {
	need_user
	echo "$TEST_USER:100000:10" >subuid
	: >subgid
	run -3 --separate-stderr elsewhere idmap-apply --subuid="$TEST_USER" <<<'{}'
	complains "there are no subordinate ids for $TEST_USER"
	complains "hint: add a line $TEST_USER:100000:65536"
	[ -z "$output" ]
	run -3 --separate-stderr elsewhere idmap-apply --subuid=nobody-here <<<'{}'
	complains 'nobody-here'
	run -3 --separate-stderr elsewhere_as_user idmap-apply --userns=keep-id <<<'{}'
	complains 'there are no subordinate ids'
}

@test "ranges in the files that overlap or wrap around are errors (F37)" {
	need_user
	for lines in '100000:10 100005:10' '4294967290:10' "$(id -u "$TEST_USER"):10"; do
		# shellcheck disable=SC2086 # words
		printf "$TEST_USER:%s\n" $lines >subuid
		cp subuid subgid
		run -2 --separate-stderr elsewhere_as_user idmap-apply --rootless <<<'{}'
		complains 'uid mappings: '
		[ -z "$output" ]
	done
}

@test "--rootless maps root to the caller, then the subordinate ids (B388)" {
	need_user
	printf '%s:200000:5\n%s:100000:10\n' "$TEST_USER" "$TEST_USER" >subuid
	: >subgid
	for option in --rootless --userns=private; do
		run -0 --separate-stderr elsewhere_as_user idmap-apply $option <<<'{}'
		silent
		holds --argjson id "$(id -u "$TEST_USER")" '.linux.uidMappings == [{containerID: 0, hostID: $id, size: 1},
			{containerID: 1, hostID: 100000, size: 10}, {containerID: 11, hostID: 200000, size: 5}]'
		holds --argjson id "$(id -g "$TEST_USER")" '.linux.gidMappings == [{containerID: 0, hostID: $id, size: 1}]'
	done
}

@test "keep-id shows the caller under the same id, or the one named, and the others around it" {
	local id
	need_user
	id=$(id -u "$TEST_USER")
	printf '%s:1000000:3\n%s:2000000:65533\n' "$TEST_USER" "$TEST_USER" >subuid
	run -0 --separate-stderr elsewhere_as_user idmap-apply --userns=keep-id <<<'{}'
	holds --argjson id "$id" '.linux.uidMappings == [{containerID: 0, hostID: 1000000, size: 3},
		{containerID: 3, hostID: 2000000, size: ($id - 3)}, {containerID: ($id + 1), hostID: (2000000 + $id - 3), size: (65536 - $id)},
		{containerID: $id, hostID: $id, size: 1}] and .linux.uidMappings == .linux.gidMappings'
	run -0 --separate-stderr elsewhere_as_user idmap-apply --userns=keep-id:uid=3,gid=0 <<<'{}'
	holds --argjson id "$id" '.linux.uidMappings == [{containerID: 0, hostID: 1000000, size: 3},
		{containerID: 4, hostID: 2000000, size: 65533}, {containerID: 3, hostID: $id, size: 1}]'
	holds --argjson id "$id" '.linux.gidMappings == [{containerID: 1, hostID: 1000000, size: 3},
		{containerID: 4, hostID: 2000000, size: 65533}, {containerID: 0, hostID: $id, size: 1}]'
	for bad in keep-id: keep-id:x keep-id:uid=x keep-id:uid=4294967295 keep-id:uid=-1 keep-id:size=5; do
		run -2 --separate-stderr elsewhere_as_user idmap-apply --userns=$bad <<<'{}'
		complains '--userns: '
	done
	run -3 --separate-stderr idmap-apply --userns=keep-id <<<'{}'
	complains 'keep-id is for an ordinary user'
}

# ---- --check -----------------------------------------------------------------

@test "--check reads no document; for a user who can map ids all is well" {
	need_user
	echo "$TEST_USER:100000:65536" >subuid
	run -0 --separate-stderr elsewhere_as_user idmap-apply --check <&-
	silent
	refute_line --regexp '^bad '
	assert_line --regexp '^ok  max_user_namespaces: '
	assert_line --regexp '^ok  newuidmap: .* is set-user-id root$'
	assert_line --regexp '^ok  newgidmap: '
	assert_line "ok  /etc/subuid: $TEST_USER has 65536 ids in 1 range"
	assert_line "ok  /etc/subgid: $TEST_USER has 65536 ids in 1 range"
	run -0 --separate-stderr elsewhere idmap-apply --check --subuid="$TEST_USER"
	assert_line "ok  /etc/subuid: $TEST_USER has 65536 ids in 1 range"
	run -0 --separate-stderr elsewhere idmap-apply --check
	assert_line --partial 'root maps them without subordinate ranges'
}

# has_bad TEXT COMMAND... - the report has one bad line, this one, with a remedy
has_bad() {
	run -3 --separate-stderr "${@:2}"
	silent
	assert_line --regexp "^bad $1.*; (add the|change the|chmod u.s|start|sysctl) "
}

@test "--check tells each thing that is wrong, with its remedy, and exits 3" {
	local helper
	need_user
	has_bad '/etc/subuid: there are no subordinate ids' elsewhere_as_user idmap-apply --check
	echo "$TEST_USER:$(id -u "$TEST_USER"):10" >subuid
	echo "$TEST_USER:100000:65536" >subgid
	has_bad "/etc/subuid: own id $(id -u "$TEST_USER"), then its ranges: .*overlap in the host" \
		elsewhere_as_user idmap-apply --check
	cp subgid subuid
	helper=$(command -v newuidmap)
	cp "$helper" plain
	chmod 755 . plain
	BINDS="plain:$helper" has_bad "newuidmap: .* has no rights" elsewhere_as_user idmap-apply --check
	if setcap cap_setuid+ep plain 2>/dev/null; then
		BINDS="plain:$helper" run -0 elsewhere_as_user idmap-apply --check
		assert_line --regexp '^ok  newuidmap: .* has cap_setuid'
	fi
	has_bad 'newgidmap: .*no_new_privs' elsewhere_as_user setpriv --no-new-privs idmap-apply --check
	echo 0 >zero
	BINDS=zero:/proc/sys/user/max_user_namespaces has_bad 'max_user_namespaces: is 0' elsewhere_as_user idmap-apply --check
}

@test "--check sees a namespace in which the ranges do not exist" {
	need_user
	echo "$TEST_USER:100000:65536" >subuid
	has_bad '/etc/subuid: the ids from 100000 do not exist in here' \
		elsewhere unshare --user --map-root-user idmap-apply --check --subuid="$TEST_USER"
	assert_line 'ok  nesting: in a user namespace that has 1 ids'
}

# ---- in a container ----------------------------------------------------------

@test "root's container has just the ids that were mapped (B094)" {
	need_root
	make_rootfs
	for runtime in runc crun; do
		ocigen --rootfs=rootfs -- cat /proc/self/uid_map /proc/self/gid_map |
			idmap-apply --uidmap=0:100000:1000,1000:300000:5 --gidmap=0:200000:65536 | mounts-apply >doc
		run -0 --separate-stderr on $runtime ocirun doc
		run -0 tr -s ' ' <<<"$output"
		assert_output ' 0 100000 1000
 1000 300000 5
 0 200000 65536'
	done
}

@test "an ordinary user's container runs with --rootless and with keep-id, and nothing is executed again (B387, B388)" {
	local id
	need_user
	cd "$USER_DIR"
	make_rootfs rootfs-idmap
	chown -R "$TEST_USER:" rootfs-idmap
	id=$(id -u "$TEST_USER")
	for runtime in runc crun; do
		run -0 --separate-stderr on_as_user $runtime sh -c \
			'ocigen --rootfs=rootfs-idmap -- sh -c "cat /proc/self/uid_map; id -u; env" | idmap-apply --rootless | mounts-apply | ocirun'
		[[ $output =~ 0\ +$id\ +1 ]]
		assert_line 0
		refute_output --partial _CONTAINERS
		run -0 --separate-stderr on_as_user $runtime sh -c \
			"ocigen --rootfs=rootfs-idmap --user=$id:$id -- id -u | idmap-apply --userns=keep-id |
				mounts-apply --no-hosts --no-hostname --no-resolv-conf --no-containerenv | ocirun"
		assert_output "$id"
	done
	rm -rf rootfs-idmap
}

@test "a process whose ids are not mapped does not start (B096)" {
	need_root
	make_rootfs
	ocigen --rootfs=rootfs --user=1000:1000 -- true | idmap-apply --uidmap=0:100000:1000 --gidmap=0:100000:65536 >doc
	run -125 --separate-stderr ocirun doc
	complains '/process/user/uid'
}
