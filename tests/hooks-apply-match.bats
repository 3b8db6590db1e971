#!/usr/bin/env bats
# hooks-apply: which hook file matches which document, and how it is explained.
load lib
load hooks-apply.bash

# when JQ - a file with these conditions; 0.1.0 if it has no `when`.
when() {
	hook_file d/a.json ".when = $1"
}

# old JQ - a file of the old schema with these members.
old() {
	mkdir -p d
	jq -n "{hook: \"/bin/true\", stages: [\"prestart\"]} + $1" >d/a.json
}

matches() {
	hooks -0 --hooks-dir=d "$@"
	holds '.hooks.prestart | length == 1'
}

differs() {
	hooks -0 --hooks-dir=d "$@"
	holds 'has("hooks") | not'
}

@test "always decides if it is alone: true matches, false never does (B226)" {
	when '{always: true}'
	matches
	when '{always: false}'
	differs
	when '{always: false, commands: ["."]}'
	DOC='{"process":{"args":["x"]}}' differs
}

@test "a hook without conditions never matches (B226, B227)" {
	when '{}'
	differs
	when '{annotations: {}, commands: []}'
	DOC='{"process":{"args":["x"]}}' differs
	hook_file d/a.json 'del(.when)'
	differs
	old '{}'
	differs
}

@test "in the schema 1.0.0 every condition must hold (B226)" {
	when '{always: true, commands: ["^/bin/sh$"], annotations: {"^a$": "b"}, hasBindMounts: true}'
	doc='{"process":{"args":["/bin/sh"]},"annotations":{"a":"b"},"mounts":[{"destination":"/x","type":"bind","source":"/y"}]}'
	DOC=$doc matches
	DOC=$(jq '.process.args = ["/bin/bash"]' <<<"$doc") differs
	DOC=$(jq '.annotations.a = "c"' <<<"$doc") differs
	DOC=$(jq '.annotations = {"A": "b"}' <<<"$doc") differs
	DOC=$(jq '.mounts = []' <<<"$doc") differs
}

@test "in the schema 0.1.0 one condition is enough (B227)" {
	old '{cmds: ["^/bin/sh$"], annotations: ["^b$", "^c$"], hasbindmounts: true}'
	DOC='{"process":{"args":["/bin/sh"]}}' matches
	DOC='{"process":{"args":["/bin/x"]},"annotations":{"any":"c"}}' matches
	DOC='{"process":{"args":["/bin/x"]},"mounts":[{"destination":"/x","options":["rbind"],"source":"/y"}]}' matches
	DOC='{"process":{"args":["/bin/x"]},"annotations":{"b":"any"}}' differs
	old '{hasbindmounts: false}'
	differs
}

@test "an annotation matches by its key and its value together (B226)" {
	when '{annotations: {"^k": "v$"}}'
	DOC='{"annotations":{"k1":"xv"}}' matches
	DOC='{"annotations":{"k1":"x","other":"v"}}' differs
	DOC='{}' differs
}

@test "the annotations are the document's own (B231)" {
	when '{annotations: {"^io\\.x$": "."}}'
	DOC='{"annotations":{"io.x":"1"}}' matches
	DOC='{"ocipipe":{"version":1,"relied":{"annotations":{"io.x":"1"}}}}' differs
}

@test "hasBindMounts false never matches, true by what users bound (B226, B230)" {
	when '{hasBindMounts: false}'
	differs
	when '{hasBindMounts: true}'
	differs
	DOC='{"mounts":[{"destination":"/a","type":"bind","source":"/b"}]}' matches
	DOC='{"mounts":[{"destination":"/a","type":"none","source":"/b","options":["ro","rbind"]}]}' matches
	DOC='{"mounts":[{"destination":"/a","type":"tmpfs","source":"tmpfs"}]}' differs
	# what every container gets does not count
	ocigen --rootfs=/r -- true >doc
	DOC=$(<doc) differs
	idmap-apply --uidmap=0:1000:1 --gidmap=0:1000:1 <doc | ns-apply --network=host --ipc=host --pid=host |
		mounts-apply >bound
	grep -q '"rbind"' bound
	DOC=$(<bound) differs
	# a volume does, also if its writes are thrown away
	DOC=$(mounts-apply --volume=/usr:/mnt <doc) matches
	DOC=$(mounts-apply --mount=type=bind,source=/usr,target=/mnt <doc) matches
	DOC=$(mounts-apply --volume=/usr:/mnt:O <doc) matches
	DOC=$(jq '.mounts += [{destination: "/mnt", type: "bind", source: "cache", options: ["bind"]}] |
		.ocipipe.prepare += [{step: "cache", mount: "/mnt", id: "x"}]' <doc) differs
	DOC=$(mounts-apply --volume=/usr:/mnt:U <doc) matches
	DOC=$(mounts-apply --tmpfs=/mnt <doc) differs
	DOC=$(devices-apply --bind --device=/dev/null:/dev/x <doc) differs
	# and one can say otherwise
	matches --has-bind-mounts=yes
	DOC=$(mounts-apply --volume=/usr:/mnt <doc) differs --has-bind-mounts=no
	hooks -2 --has-bind-mounts=maybe
	complains "--has-bind-mounts: unknown 'maybe'"
}

@test "a condition on the command needs a command, but not a process (B228)" {
	when '{commands: ["."]}'
	DOC='{"process":{"args":["x"]}}' matches
	DOC='{"process":{"args":["x","y"]}}' matches
	DOC='{"process":{"args":[]}}' hooks -1 --hooks-dir=d
	complains 'd/a.json: /process/args: is empty, and a hook asks for the command'
	DOC='{"process":{}}' hooks -1 --hooks-dir=d
	DOC='{}' differs
	when '{commands: ["^no$"], always: true}'
	DOC='{}' matches
	# conditions that have decided before leave it unasked
	when '{commands: ["."], always: false}'
	DOC='{"process":{}}' differs
}

@test "only the first argument is the command, any pattern may match it (B226)" {
	when '{commands: ["^a$", "^b$"]}'
	DOC='{"process":{"args":["b","c"]}}' matches
	DOC='{"process":{"args":["c","b"]}}' differs
}

@test "patterns are POSIX extended expressions, found anywhere (B229)" {
	while read -r pattern text; do
		when "{commands: [\"$pattern\"]}"
		DOC="{\"process\":{\"args\":[\"$text\"]}}" matches
	done <<-'END'
		sh /bin/sh
		^/bin/(ba)?sh$ /bin/bash
		^/bin/(ba)?sh$ /bin/sh
		[[:digit:]]{2} a12b
		a|b xbx
		\\. a.b
	END
	while read -r pattern text; do
		when "{commands: [\"$pattern\"]}"
		DOC="{\"process\":{\"args\":[\"$text\"]}}" differs
	done <<-'END'
		^sh /bin/sh
		\\. ab
		a{2} a
	END
	when '{commands: [""]}'
	DOC='{"process":{"args":["x"]}}' matches
}

@test "what is no such expression is an error, also if it would be one elsewhere (B224, B229, F27)" {
	# shellcheck disable=SC1003 # a backslash
	for pattern in '(' '[a' '*a' 'a{2' '\\d' '(?i)a' '(a)\\1' '\\' '[[:foo:]]'; do
		when "{commands: [\"ok\", \"$pattern\"]}"
		hooks -1 --hooks-dir=d
		complains "d/a.json: /when/commands/1: "
		complains 'is not a POSIX extended regular expression'
		when "{annotations: {\"$pattern\": \"ok\"}}"
		hooks -1 --hooks-dir=d
		complains "d/a.json: /when/annotations/"
		when "{annotations: {\"ok\": \"$pattern\"}}"
		hooks -1 --hooks-dir=d
		complains "d/a.json: /when/annotations/ok: "
		old "{annotations: [\"ok\", \"$pattern\"]}"
		hooks -1 --hooks-dir=d
		complains "d/a.json: /annotations: "
	done
}

@test "--explain says per file whether it matched and by which condition, and changes nothing" {
	export DOC='{"process":{"args":["/bin/sh"]},"annotations":{"io.x":"1"}}'
	mkdir e
	when '{always: true}'
	mv d/a.json d/over.json
	cp d/over.json e/over.json
	when '{always: false}'
	mv d/a.json d/b.json
	when '{annotations: {"^io": "1"}, commands: ["sh$", "x"]}'
	mv d/a.json d/c.json
	when '{annotations: {"^io": "2"}}'
	mv d/a.json d/d.json
	when '{commands: ["x$"]}'
	mv d/a.json d/e.json
	when '{hasBindMounts: true}'
	mv d/a.json d/f.json
	hook_file d/g.json '.hook.path = "/nonexistent" | .stages += ["poststop"]'
	hook_file d/h.json 'del(.when)'
	old '{annotation: ["^7"], cmd: ["z"]}'
	mv d/a.json d/i.json
	hooks -0 --hooks-dir=d --hooks-dir=e
	plain=$output
	hooks -0 --hooks-dir=d --hooks-dir=e --explain
	assert_equal "$output" "$plain"
	diff -u - <(printf '%s\n' "$stderr") <<-'END'
		d/b.json (prestart): not matched: always is false
		d/c.json (prestart): matched: annotation io.x=1 matches '^io' = '1'; command /bin/sh matches 'sh$'
		d/d.json (prestart): not matched: no annotation matches '^io' = '2'
		d/e.json (prestart): not matched: command /bin/sh matches no pattern
		d/f.json (prestart): not matched: there are no bind mounts
		d/g.json: left out, there is no /nonexistent; matched: always is true
		d/h.json (prestart): not matched: it has no condition
		d/i.json (prestart): not matched: no annotation's value matches '^7'; command /bin/sh matches no pattern
		d/over.json: overridden by e/over.json
		e/over.json (prestart): matched: always is true
	END
}

@test "at a terminal --explain shows the explanation alone, and no text moves the cursor" {
	when '{annotations: {".": "."}}'
	printf '{"annotations":{"x":"\\u001b[2J"}}' >doc
	run -0 script -qec 'hooks-apply --hooks-dir=d --explain --input=doc' /dev/null
	assert_output --partial 'd/a.json (prestart): matched: annotation x=?[2J matches'
	refute_output --partial '{'
}
