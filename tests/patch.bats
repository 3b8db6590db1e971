#!/usr/bin/env bats
# What --trace writes down is the change: applied, it gives the same bytes; and so does its inverse.
load lib

# The patches of the lines of a trace, a file each: patch1, patch2, ...
patches() {
	python3 - "$1" <<-'END'
		import sys
		for i, line in enumerate(open(sys.argv[1], newline="\n")):
		    with open("patch%d" % (i + 1), "w", newline="\n") as to:
		        to.write(line[line.index('"patch":') + 8:-2])
	END
}

# Apply the patch in file $2 to the document in file $1: the result is in work.
apply() {
	[ "$1" = work ] || cp "$1" work
	ocipatch --input=work --output=work --compact --patch=- <"$2"
}

forth_and_back() {
	rm -f trace
	cp before work
	ocipatch --input=work --output=work --compact --trace=trace --patch=- <there || fail "$1"
	cmp after work || fail "$1: the document was not replaced"
	ocipatch --input=work --output=work --compact --trace=trace --patch=- <back
	cmp before work
	patches trace
	apply before patch1
	cmp after work || fail "$1: $(cat patch1)"
	apply work patch2
	cmp before work || fail "$1: $(cat patch2)"
}

@test "any document can be made of any other, and back: the same bytes, order and numbers included" {
	python3 "$TESTS/pairs.py" "${SEED:-1}" "$([ -n "${TORTURE-}" ] && echo 5000 || echo 120)" >pairs
	number=0
	while IFS= read -r before && IFS= read -r after; do
		number=$((number + 1))
		printf '%s\n' "$before" >before
		printf '%s\n' "$after" >after
		printf '[{"op":"replace","path":"","value":%s}]' "$after" >there
		printf '[{"op":"replace","path":"","value":%s}]' "$before" >back
		forth_and_back "pair $number"
	done <pairs
	[ "$number" -gt 100 ]
}

@test "what each filter does can be taken back and done again, to the byte" {
	ocigen --rootfs=/r -- true >made
	while read -ra command; do
		! "${command[0]}" --introspect | jq -e .makes >/dev/null || continue
		for document in "$TESTS"/documents/*.json made; do
			ocipatch --input="$document" --output=before --compact
			ocipatch --input=before --output=before --compact --unset=/ocipipe/inputs
			"${command[@]}" <before >changed || continue
			ocipatch --compact <changed >after
			printf '[{"op":"replace","path":"","value":%s}]' "$(cat after)" >there
			printf '[{"op":"replace","path":"","value":%s}]' "$(cat before)" >back
			forth_and_back "${command[*]} $document"
		done
	done < <(samples)
}

# Of $1 to $2, as "OP PATH" a line.
operations() {
	printf '%s\n' "$1" >before
	printf '[{"op":"replace","path":"","value":%s}]' "$2" >there
	rm -f trace
	ocipatch --trace=trace --compact --patch=there <before >out
	jq -r '.patch[] | select(.path | startswith("/ocipipe") | not) | "\(.op) \(.path)"' trace
}

@test "a mount that is added or removed is one operation, wherever it is" {
	run -0 operations '{"mounts":[{"destination":"/a"},{"destination":"/b"}]}' \
		'{"mounts":[{"destination":"/a"},{"destination":"/x"},{"destination":"/b"}]}'
	assert_output 'add /mounts/1'
	run -0 operations '{"mounts":[{"destination":"/a"},{"destination":"/b"}]}' \
		'{"mounts":[{"destination":"/x"},{"destination":"/a"},{"destination":"/b"}]}'
	assert_output 'add /mounts/0'
	run -0 operations '{"mounts":[{"destination":"/a"},{"destination":"/x"},{"destination":"/b"}]}' \
		'{"mounts":[{"destination":"/a"},{"destination":"/b"}]}'
	assert_output 'remove /mounts/1'
}

@test "a mount that is edited is edited, also where another is new before it" {
	run -0 operations '{"mounts":[{"destination":"/a","options":["ro"]},{"destination":"/b"}]}' \
		'{"mounts":[{"destination":"/a","options":["ro","nosuid"]},{"destination":"/b"}]}'
	assert_output 'add /mounts/0/options/1'
	run -0 operations '{"mounts":[{"destination":"/a","options":["ro"]},{"destination":"/b"}]}' \
		'{"mounts":[{"destination":"/x"},{"destination":"/a","options":["rw"]},{"destination":"/b"}]}'
	assert_output 'add /mounts/0
replace /mounts/1/options/0'
	run -0 operations '{"linux":{"namespaces":[{"type":"pid"},{"type":"ipc"}]}}' \
		'{"linux":{"namespaces":[{"type":"ipc","path":"/x"}]}}'
	assert_output 'remove /linux/namespaces/0
add /linux/namespaces/0/path'
}

@test "a member that only changed its place is moved onto itself" {
	run -0 operations '{"a":{"b":1},"c":[2],"d":3}' '{"c":[2],"a":{"b":1},"d":3}'
	assert_output 'move /a
move /d'
	run -0 operations '{"a":1,"b":2}' '{"b":2,"a":1}'
	assert_output 'move /a'
	run -0 operations '{"a":1,"b":2}' '{"x":0,"a":1,"b":2}'
	assert_output 'add /x
move /a
move /b'
}

@test "a part of which next to nothing is left is replaced as a whole" {
	before="{\"l\":[$(seq -s, 1000 2000)]}"
	after="{\"l\":[$(seq -s, 3000 4000)]}"
	run -0 operations "$before" "$after"
	assert_output 'replace /l'
	run -0 operations "$before" '{"l":[]}'
	assert_output 'replace /l'
}

@test "long lists that are edited everywhere come out right" {
	for seed in 1 2 3 ${TORTURE+4 5 6 7 8 9}; do
		python3 "$TESTS/longpatch.py" "$seed" $((seed * 900)) $((seed * 2000)) >lines
		sed -n 1p lines >before
		sed -n 2p lines >operations
		sed -n 3p lines >after
		apply before operations
		cmp after work || fail "seed $seed"
	done
}

# ---- linear time ----

# Ten times the input takes ten times as long; quadratic would be a hundred times.
linear() {
	run python3 "$TESTS/linear.py" 25 "$@"
	[ "$status" -eq 0 ] || fail "$*: $output"
}

operations_of() {
	python3 - "$1" "$2" <<-'END'
		import random, sys
		kind, n = sys.argv[1], int(sys.argv[2])
		r = random.Random(1)
		value = '{"destination":"/m%d"}'
		ops = []
		for i in range(n):
		    if kind == "front":
		        ops.append('{"op":"add","path":"/l/0","value":%s}' % (value % i))
		    elif kind == "end":
		        ops.append('{"op":"add","path":"/l/-","value":%s}' % (value % i))
		    elif kind == "anywhere":
		        ops.append('{"op":"add","path":"/l/%d","value":%s}' % (r.randint(0, i), value % i))
		    elif kind == "members":
		        ops.append('{"op":"add","path":"/o/k%d","value":%d}' % (i, i))
		    elif i % 5 == 0:
		        ops += ['{"op":"add","path":"/o/k%d","value":{"a":1}}' % i,
		                '{"op":"test","path":"/o/k%d","value":{"a":1.0}}' % i,
		                '{"op":"move","from":"/o/k%d","path":"/p/k%d"}' % (i, i),
		                '{"op":"replace","path":"/p/k%d/a","value":2}' % i,
		                '{"op":"copy","from":"/p/k%d","path":"/o/c%d"}' % (i, i)]
		if kind in ("front", "anywhere"):
		    ops += ['{"op":"remove","path":"/l/0"}'] * (n // 2)
		print("[" + ",\n".join(ops) + "]")
	END
}

@test "100,000 operations take ten times as long as 10,000" {
	echo '{"l":[],"o":{},"p":{}}' >doc
	for kind in front end anywhere members mixed; do
		operations_of $kind 10000 >p10000
		operations_of $kind 100000 >p100000
		# shellcheck disable=SC2016 # $N is for linear.py
		linear 'ocipatch --patch=p$N <doc >out'
	done
}

@test "the patch and the diff of two documents of 100,000 entries take ten times as long" {
	for n in 10000 100000; do
		python3 - "$n" <<-'END'
			import json, random, sys
			n = int(sys.argv[1])
			doc = {"mounts": [{"destination": "/m%d" % i, "options": ["ro"]} for i in range(n)],
			       "process": {"env": ["K%d=%d" % (i, i) for i in range(n)]},
			       "annotations": {"k%d" % i: "" for i in range(n)},
			       "linux": {"seccomp": {"syscalls": [{"names": ["s%d" % i], "action": "A"} for i in range(n)]}}}
			json.dump(doc, open("before%d" % n, "w"))
			r = random.Random(1)
			r.shuffle(doc["mounts"])
			r.shuffle(doc["process"]["env"])
			items = list(doc["annotations"].items())
			r.shuffle(items)
			doc["annotations"] = dict(items)
			for i in range(0, n, 3):
			    doc["mounts"][i]["options"].append("nosuid")
			    doc["linux"]["seccomp"]["syscalls"][i]["action"] = "B"
			json.dump([{"op": "replace", "path": "", "value": doc}], open("patch%d" % n, "w"))
		END
	done
	# shellcheck disable=SC2016
	linear 'rm -f trace; ocipatch --patch=patch$N --trace=trace <before$N >out'
	# shellcheck disable=SC2016
	linear 'ocipatch --patch=patch$N --diff <before$N >out 2>changes'
}
