#!/usr/bin/env bats
# hooks-apply: hook files, hooks by hand, removal.
load lib

# hook_file FILE [JQ] - a hook file that always matches, changed by a jq expression.
hook_file() {
	mkdir -p "$(dirname "$1")"
	jq -n '{version: "1.0.0", hook: {path: "/bin/true"}, when: {always: true},
		stages: ["prestart"]}' | jq "${2-.}" >"$1"
}

hooks() {
	run "$1" --separate-stderr hooks-apply "${@:2}" <<<"${DOC-{\}}"
}

@test "the hooks of a directory are attached, each stage once, with path, args, env and timeout (B223, B234)" {
	hook_file d/a.json '.hook += {args: ["true", "x"], env: ["A=b"], timeout: 7} |
		.stages = ["createContainer", "poststop", "poststop"]'
	hooks -0 --hooks-dir=d
	holds '.hooks == ({path: "/bin/true", args: ["true", "x"], env: ["A=b"], timeout: 7} |
		{createContainer: [.], poststop: [.]})'
}

@test "a later directory overrides by file name, over all directories as one set (B217, B218)" {
	hook_file one/a.json '.hook.path = "/bin/false"'
	hook_file one/b.json '.hook.path = "/bin/cat"'
	hook_file two/a.json
	hooks -0 --hooks-dir=one --hooks-dir=two
	holds '[.hooks.prestart[].path] == ["/bin/true", "/bin/cat"]'
	hooks -0 --hooks-dir=two --hooks-dir=one
	holds '[.hooks.prestart[].path] == ["/bin/false", "/bin/cat"]'
}

@test "a hook by hand gets its path as its first argument, and an empty environment" {
	hooks -0 --hook=poststop:/bin/rm,-f,x --hook=startContainer:/bin/true
	holds '.hooks == {poststop: [{path: "/bin/rm", args: ["/bin/rm", "-f", "x"], env: []}],
		startContainer: [{path: "/bin/true", env: []}]}'
}

@test "an equal hook is not added again, and hooks can be removed by stage and path" {
	DOC='{"hooks":{"prestart":[{"env":[],"path":"/bin/a"},{"path":"/bin/b"}],"poststop":[{"path":"/bin/a"}]}}'
	hooks -0 --hook=prestart:/bin/a
	holds '.hooks.prestart | length == 2'
	hooks -0 --remove=prestart:/bin/a
	holds '.hooks == {prestart: [{path: "/bin/b"}], poststop: [{path: "/bin/a"}]}'
	hooks -0 --remove=prestart
	holds '.hooks == {poststop: [{path: "/bin/a"}]}'
	hooks -0 --remove=all
	holds '. == {}'
	hooks -0 --remove=all --hook=prestart:/bin/b --hook=prestart:/bin/c
	holds '[.hooks.prestart[].path] == ["/bin/b", "/bin/c"]'
}
