#!/usr/bin/env bats
# The shape of a document: what a filter checks of what it owns, and ocirun of all.
load lib

@test "a member that differs from a known one in letter case only is refused by its owner" {
	for name in Hostname HOSTNAME 'ho\u017ftname' 'hO\u017FTNAME'; do
		run -1 --separate-stderr ns-apply <<<"{\"$name\":\"a\"}"
		complains "is 'hostname' but for letter case"
		refute_output
	done
	run -1 --separate-stderr ns-apply <<<'{"LINUX":{}}'
	complains "ns-apply: /LINUX: is 'linux' but for letter case"
	run -1 --separate-stderr mounts-apply <<<'{"linux":{"Mas\u212aedPaths":[]}}'
	complains "is 'maskedPaths' but for letter case"
	run -1 --separate-stderr mounts-apply <<<'{"mounts":[{"destination":"/a","Type":"x"}]}'
	complains "/mounts/0/Type: is 'type' but for letter case"
	for name in Hostname1 hostnam 'host\u212aame' 'hostn\u017fme' 'h\u00f6stname'; do
		run -0 --separate-stderr ns-apply <<<"{\"$name\":1}"
	done
	run -0 --separate-stderr ns-apply --compact <<<'{"Mounts":[],"hostnames":1}'
	assert_output '{"Mounts":[],"hostnames":1}'
}

@test "ocirun refuses such a member anywhere" {
	for document in '{"HOOKS":{}}' '{"hoo\u212as":{}}' '{"linux":{"Resources":{}}}'; do
		run -125 --separate-stderr ocirun <<<"$document"
		complains 'but for letter case'
		refute_output
	done
}

@test "a namespace's entry is checked by the filter that owns it" {
	run -1 --separate-stderr ns-apply <<<'{"linux":{"namespaces":[{"type":"pid"},{"type":"usr"}]}}'
	complains "/linux/namespaces/1/type: unknown 'usr'"
	complains "hint: 'user'?"
	run -0 idmap-apply <<<'{"linux":{"namespaces":[{"type":"pid"},{"type":"usr"}]}}'
	run -1 --separate-stderr idmap-apply <<<'{"linux":{"namespaces":[{"type":"user","path":"x"}]}}'
	complains "/linux/namespaces/0/path: must be an absolute path, but is 'x'"
	run -0 ns-apply <<<'{"linux":{"namespaces":[{"type":"user","path":"x"}]}}'
	for filter in ns-apply idmap-apply; do
		run -1 --separate-stderr "$filter" <<<'{"linux":{"namespaces":[{}]}}'
		complains '/linux/namespaces/0/type: must be a string, but is nothing'
	done
}

@test "a second namespace of one type is refused" {
	run -1 --separate-stderr ns-apply \
		<<<'{"linux":{"namespaces":[{"type":"pid"},{"type":"uts"},{"type":"pid","path":"/a"}]}}'
	complains "/linux/namespaces/2: is a second entry of type 'pid'"
}

@test "ids are 0 to 2^32-2, in digits" {
	for id in -1 4294967295 4294967296 18446744073709551616 1.0 1e3 '"0"' null; do
		run -1 --separate-stderr idmap-apply \
			<<<"{\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":$id,\"size\":1}]}}"
		complains '/linux/uidMappings/0/hostID: must be'
		refute_output
	done
	run -0 idmap-apply <<<'{"linux":{"uidMappings":[{"containerID":0,"hostID":4294967294,"size":1}]}}'
}

@test "every wrong type at every pointer is refused by whoever looks at it (F16, F17)" {
	run "$TESTS/wrongtypes.py" ${TORTURE:+--all}
	[ "$status" -ne 2 ] || skip "$output"
	assert_success
	assert_line --regexp '^[0-9]+ cases, 0 wrong$'
}
