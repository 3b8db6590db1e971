#!/usr/bin/env bats
# hooks-apply: directories of hook files, hooks by hand, removal.
load lib
load hooks-apply.bash

@test "the hooks of a directory are attached, each stage once, with path, args, env and timeout (B223, B234)" {
	hook_file d/a.json '.hook += {args: ["true", "x"], env: ["A=b"], timeout: 7} |
		.stages = ["createContainer", "poststop", "poststop"]'
	hooks -0 --hooks-dir=d
	holds '.hooks == ({path: "/bin/true", args: ["true", "x"], env: ["A=b"], timeout: 7} |
		{createContainer: [.], poststop: [.]})'
}

@test "a hook without stages adds nothing, not even an empty object (B234)" {
	hook_file d/a.json '.stages = []'
	hooks -0 --hooks-dir=d
	holds 'has("hooks") | not'
}

@test "hooks go behind those that are there, and a prestart hook stays one (B234)" {
	hook_file d/a.json
	DOC='{"hooks":{"prestart":[{"path":"/bin/first"}]}}' hooks -0 --hooks-dir=d
	holds '[.hooks.prestart[].path] == ["/bin/first", "/bin/true"] and (.hooks | keys == ["prestart"])'
}

@test "a later directory overrides by file name, over all directories as one set (B217, B218)" {
	hook_file one/a.json '.hook.path = "/bin/false"'
	hook_file one/b.json '.hook.path = "/bin/cat"'
	hook_file two/a.json
	hooks -0 --hooks-dir=one --hooks-dir=two
	holds '[.hooks.prestart[].path] == ["/bin/true", "/bin/cat"]'
	hooks -0 --hooks-dir=two --hooks-dir=one
	holds '[.hooks.prestart[].path] == ["/bin/false", "/bin/cat"]'
	# What is overridden need not be in order.
	echo nonsense >one/a.json
	hooks -0 --hooks-dir=one --hooks-dir=two
}

@test "no directory is read that is not named, and none is warned about (B217, B219)" {
	need_root
	hook_file "$PWD/fake/a.json"
	run -0 --separate-stderr unshare --mount sh -c 'for d in /usr/share /etc; do
			mkdir -p $d/containers/oci/hooks.d 2>/dev/null &&
				mount --bind fake $d/containers/oci/hooks.d; done
		echo {} | exec hooks-apply --compact'
	assert_output '{}'
	silent
	hooks -0 --hooks-dir=fake --hooks-dir=fake
	silent
}

@test "files are read if their names end in .json, dot files too; others are not (B220, F27)" {
	hook_file d/a.json '.hook.args = ["a"]'
	hook_file d/.b.json '.hook.args = ["b"]'
	hook_file d/.json '.hook.args = ["c"]'
	echo nonsense >d/README
	echo nonsense >d/a.json~
	echo nonsense >d/b.JSON
	hooks -0 --hooks-dir=d
	holds '[.hooks.prestart[].args[0]] == ["b", "c", "a"]'
	mkdir d/sub.json
	hooks -1 --hooks-dir=d
	complains 'd/sub.json: is not a regular file'
}

@test "a directory that does not exist contributes nothing, and is an error with --strict (B220)" {
	hooks -0 --hooks-dir=nowhere
	holds '. == {}'
	hooks -1 --hooks-dir=nowhere --strict
	complains 'hooks-apply: nowhere: cannot open: No such file or directory'
	echo >file
	hooks -1 --hooks-dir=file
	complains 'file: cannot open: Not a directory'
	mkfifo fifo
	hooks -1 --hooks-dir=fifo
	complains 'fifo: cannot open'
}

@test "a malformed file is an error that names it, wherever it is in the order (B221, F26, F27)" {
	hook_file d/a.json '.hook.path = "/nonexistent/a"'
	hook_file d/c.json
	for text in '' '{' '[]' null '{"version":"1.0.0"} x' '{"version":"1.0.0","version":"1.0.0"}' \
		$'\xff' '{"a":"\u0000"}'; do
		printf '%s' "$text" >d/b.json
		hooks -1 --hooks-dir=d
		complains 'hooks-apply: d/b.json: '
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" -le 2 ]
	done
}

@test "FIFOs, loops, dangling links and giants in a hooks directory are errors, at once (F26, F27)" {
	mkdir d
	mkfifo d/a.json
	run -1 --separate-stderr timeout 20 hooks-apply --hooks-dir=d <<<'{}'
	complains 'd/a.json: is not a regular file'
	rm d/a.json
	ln -s a.json d/a.json
	hooks -1 --hooks-dir=d
	complains 'd/a.json: cannot open'
	ln -sf nothing d/a.json
	hooks -1 --hooks-dir=d
	complains 'd/a.json: cannot open: No such file or directory'
	rm d/a.json
	truncate -s 1G d/a.json
	hooks -1 --hooks-dir=d
	complains 'd/a.json: is larger than'
}

@test "a file that ordinary users may not read is an error (F26)" {
	need_user
	hook_file "$USER_DIR/unreadable.d/a.json"
	chmod 000 "$USER_DIR/unreadable.d/a.json"
	run -1 --separate-stderr as_user hooks-apply --hooks-dir="$USER_DIR/unreadable.d" <<<'{}'
	rm -rf "$USER_DIR/unreadable.d"
	complains 'a.json: cannot open: Permission denied'
}

@test "a hook whose executable is missing is left out, but for one of the container's own (B221, B224)" {
	hook_file d/a.json '.hook.path = "/nonexistent/hook" | .stages = ["poststop", "startContainer"]'
	hook_file d/b.json '.hook.path = "/nonexistent/hook"'
	hook_file d/c.json '.hook.path = "/etc/passwd"'
	hooks -0 --hooks-dir=d
	silent
	holds '.hooks | (.startContainer | length) == 1 and has("poststop") == false
		and [.prestart[].path] == ["/etc/passwd"]'
	hooks -1 --hooks-dir=d --strict
	complains 'd/a.json: /nonexistent/hook does not exist'
}

@test "the path must be absolute, and each stage a known one (B224, CVE-2025-23266)" {
	hook_file d/a.json '.hook.path = "true"'
	hooks -1 --hooks-dir=d
	complains "d/a.json: /hook/path: must be an absolute path, but is 'true'"
	hook_file d/a.json '.hook.path = ""'
	hooks -1 --hooks-dir=d
	complains "d/a.json: /hook/path"
	hook_file d/a.json '.stages = ["prestart", "prestrat"]'
	hooks -1 --hooks-dir=d
	complains "d/a.json: /stages/1: unknown 'prestrat'"
	complains 'known: prestart, createRuntime, createContainer, startContainer, poststart, poststop, precreate'
	hooks -2 --hook=prestrat:/bin/true
	hooks -2 --hook=prestart:true
	complains "--hook: /path: must be an absolute path, but is 'true'"
}

@test "versions are 1.0.0, 0.1.0 or none, which is 0.1.0 (B222)" {
	hook_file d/a.json '.version = "1.1.0"'
	hooks -1 --hooks-dir=d
	complains "d/a.json: /version: unknown version '1.1.0'"
	hook_file d/a.json '.version = 1'
	hooks -1 --hooks-dir=d
	complains "d/a.json: /version: must be a string, but is a number"
	for version in '"0.1.0"' '""' null; do
		jq -n "{version: $version, hook: \"/bin/true\", cmds: [\".\"], stages: [\"poststop\"]} |
			del(.version | nulls)" >d/a.json
		DOC='{"process":{"args":["x"]}}' hooks -0 --hooks-dir=d
		holds '.hooks.poststop == [{path: "/bin/true", env: []}]'
	done
}

@test "members that are unknown, spelt otherwise or of a wrong kind are errors (B222, B223)" {
	while IFS='|' read -r edit message; do
		hook_file d/a.json "$edit"
		hooks -1 --hooks-dir=d
		complains "d/a.json: $message"
	done <<-'END'
		.Stages = []|/Stages: is not a known member
		.when.hasbindmounts = true|/when/hasbindmounts: is not a known member
		.when.comands = []|/when/comands: is not a known member
		.hook.dir = "/"|/hook/dir: is not a known member
		.stages = null|/stages: must be an array, but is null
		del(.stages)|/stages: must be an array, but is nothing
		del(.hook)|/hook: must be an object, but is nothing
		del(.hook.path)|/hook/path: must be a string, but is nothing
		.hook.args = ["a", 1]|/hook/args/1: must be a string, but is a number
		.hook.env = ["A"]|/hook/env/0: must be NAME=VALUE, but is 'A'
		.hook.env = "A=b"|/hook/env: must be an array, but is a string
		.when.always = "yes"|/when/always: must be a boolean, but is a string
		.when.annotations = {"a": 1}|/when/annotations/a: must be a string, but is a number
		.when = []|/when: must be an object, but is an array
	END
	hook_file d/a.json '.when.comands = []'
	hooks -1 --hooks-dir=d
	complains 'hint: "commands"?'
}

@test "a timeout is a whole number of seconds above 0 (B223, B236)" {
	for timeout in 0 -1 1.5 '"3"' 1e3 2147483648 99999999999999999999; do
		hook_file d/a.json
		sed -i "s|\"hook\": {|&\"timeout\": $timeout,|" d/a.json
		hooks -1 --hooks-dir=d
		complains 'd/a.json: /hook/timeout: must be'
	done
}

@test "the older schema's words mean what they meant (B232)" {
	jq -n '{hook: "/bin/true", arguments: ["-x", "y"], cmd: ["^/bin/sh$"], stage: ["poststart"]}' |
		install -D /dev/stdin d/a.json
	DOC='{"process":{"args":["/bin/sh"]}}' hooks -0 --hooks-dir=d
	holds '.hooks == {poststart: [{path: "/bin/true", args: ["/bin/true", "-x", "y"], env: []}]}'
	while IFS='|' read -r edit message; do
		jq -n "{hook: \"/bin/true\", cmds: [\".\"], stages: [\"poststop\"]} | $edit" >d/a.json
		hooks -1 --hooks-dir=d
		complains "d/a.json: $message"
	done <<-'END'
		.stage = []|/stage: is the same as "stages", and both are there
		.cmd = []|/cmd: is the same as "cmds", and both are there
		. + {annotation: [], annotations: []}|/annotation: is the same as "annotations"
		del(.stages)|/stages: must be an array, but is nothing
		.hook = {path: "/bin/true"}|/hook: must be a string, but is an object
		del(.hook)|/hook: must be a string, but is nothing
		.hasBindMounts = true|/hasBindMounts: is not a known member
		.cmds = "."|/cmds: must be an array, but is a string
	END
}

@test "hooks come in the order of their names in lower case, then of the names (B233)" {
	for name in B a C b A c _ 0; do
		hook_file "d/$name.json" ".hook.args = [\"$name\"]"
	done
	hooks -0 --hooks-dir=d
	holds '[.hooks.prestart[].args[0]] == ["0", "_", "A", "a", "B", "b", "C", "c"]'
	LC_ALL=tr_TR.UTF-8 hooks -0 --hooks-dir=d
	holds '[.hooks.prestart[].args[0]] == ["0", "_", "A", "a", "B", "b", "C", "c"]'
}

@test "a hook by hand gets its path as its first argument, and always an environment (CVE-2025-23266)" {
	DOC='{"process":{"env":["LD_PRELOAD=/proc/self/cwd/evil.so"]}}' hooks -0 \
		--hook=poststop:/bin/rm,-f,x --hook=startContainer:/bin/true
	holds '.hooks == {poststop: [{path: "/bin/rm", args: ["/bin/rm", "-f", "x"], env: []}],
		startContainer: [{path: "/bin/true", env: []}]}'
	hook_file d/a.json
	DOC='{"process":{"env":["LD_PRELOAD=/proc/self/cwd/evil.so"]}}' hooks -0 --hooks-dir=d
	holds '.hooks.prestart == [{path: "/bin/true", env: []}]'
}

@test "every member of a hook can be given by hand, as JSON" {
	hooks -0 --hook='createRuntime:{"path":"/bin/a","args":["a,b"],"env":["A=b"],"timeout":5}'
	holds '.hooks == {createRuntime: [{path: "/bin/a", args: ["a,b"], env: ["A=b"], timeout: 5}]}'
	hooks -2 --hook='createRuntime:{"path":"/bin/a","timeout":0}'
	complains '--hook: /timeout: must be from 1 to 2147483647, but is 0'
	hooks -2 --hook='createRuntime:{"path":"/bin/a"'
	complains '--hook: line 1'
	hooks -2 --hook='createRuntime:{"path":"/bin/a","envs":[]}'
	complains '--hook: /envs: is not a known member'
}

@test "an equal hook is not added again, and hooks can be removed by stage and path" {
	DOC='{"hooks":{"prestart":[{"env":[],"path":"/bin/a"},{"path":"/bin/b"}],"poststop":[{"path":"/bin/a"}]}}'
	hooks -0 --hook=prestart:/bin/a
	holds '.hooks.prestart | length == 2'
	hooks -0 --hook=prestart:/bin/b # an environment that is not said is not an empty one
	holds '.hooks.prestart | length == 3'
	hooks -0 --remove=prestart:/bin/a
	holds '.hooks == {prestart: [{path: "/bin/b"}], poststop: [{path: "/bin/a"}]}'
	hooks -0 --remove=prestart
	holds '.hooks == {poststop: [{path: "/bin/a"}]}'
	hooks -0 --remove=all
	holds '. == {}'
	hooks -0 --remove=prestart:/bin/nothing --remove=createRuntime --compact
	assert_output "$DOC"
	hooks -2 --remove=prestrat
	complains "--remove: unknown stage 'prestrat'"
	hooks -2 --remove=precreate
}

@test "edits are made in the order of the command line, and twice is once" {
	DOC='{"hooks":{"prestart":[{"path":"/bin/b","env":[]}]}}'
	hook_file d/a.json '.hook.path = "/bin/cat"'
	sets=(
		'--remove=all --hook=prestart:/bin/b --hooks-dir=d'
		'--hook=prestart:/bin/a --hooks-dir=d --remove=prestart:/bin/cat --hook=prestart:/bin/d'
		'--hooks-dir=d --hook=prestart:/bin/cat --remove=prestart:/bin/b --hook=poststop:/bin/b'
	)
	for set in "${sets[@]}"; do
		# shellcheck disable=SC2086 # words
		hooks -0 $set
		once=$output
		# shellcheck disable=SC2086
		DOC=$once hooks -0 $set
		assert_output "$once"
	done
	hooks -0 --remove=all --hooks-dir=d --hook=prestart:/bin/a
	holds '[.hooks.prestart[].path] == ["/bin/cat", "/bin/a"]'
	hooks -0 --hooks-dir=d --remove=all
	holds 'has("hooks") | not'
}

@test "the files read are inputs, the trace shows the command line as it was" {
	hook_file d/a.json
	hook_file d/b.json '.when = {}'
	hooks -0 --hooks-dir=d --hook=poststop:/bin/true,x --depfile=dep --deptarget=t --trace=trace
	holds '.ocipipe.inputs == ["d/a.json", "d/b.json"]'
	grep -q 'd/b.json' dep
	jq -e '.args[1] == "--hook=poststop:/bin/true,x"' trace
}

@test "misspelt names of hooks are errors, as runc would obey them" {
	DOC='{"HOOKS":{}}' hooks -1
	complains "/HOOKS: is 'hooks' but for letter case"
	DOC=$'{"hoo\u212as":{}}' hooks -1
	complains "is 'hooks' but for letter case"
	DOC='{"hooks":{"Prestart":[]}}' hooks -1
	DOC='{"hooks":{"prestart":[{"path":"a"}]}}' hooks -1 --hook=poststop:/a
	complains '/hooks/prestart/0/path: must be an absolute path'
}

@test "a thousand files, in any order of the directory, give the same bytes in linear time (F27, F33)" {
	hook_file template.json
	mkdir d e
	for i in $(seq 1000 1999); do
		sed "s|\"/bin/true\"|&, \"args\": [\"$i\"]|" template.json >"d/h$i.json"
	done
	for i in $(seq 1999 -1 1000); do
		ln "d/h$i.json" "e/h$i.json"
	done
	hooks -0 --hooks-dir=d
	holds '[.hooks.prestart[].args[0]] == [range(1000; 2000) | tostring]'
	one=$(jq -c .hooks <<<"$output")
	hooks -0 --hooks-dir=e
	[ "$(jq -c .hooks <<<"$output")" = "$one" ]
}

@test "a hundred thousand hooks are linear" {
	python3 - <<-'END'
		import json
		hooks = [{"path": "/bin/true", "args": [str(i)], "env": []} for i in range(100000)]
		json.dump({"hooks": {"prestart": hooks}}, open("doc", "w"))
	END
	DOC=$(<doc)
	run -0 --separate-stderr timeout 20 hooks-apply --hook=prestart:/bin/x --remove=prestart:/bin/y \
		--hook=prestart:/bin/true --input=doc
	holds '.hooks.prestart | length == 100002'
}
