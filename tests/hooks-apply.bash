# shellcheck shell=bash
# hooks-apply.bash - what the tests of hooks-apply share

# hook_file FILE [JQ] - a hook file that always matches, changed by a jq expression.
hook_file() {
	mkdir -p "$(dirname "$1")"
	jq -n '{version: "1.0.0", hook: {path: "/bin/true"}, when: {always: true},
		stages: ["prestart"]}' | jq "${2-.}" >"$1"
}

# hooks -STATUS OPTION... - run hooks-apply on the document $DOC, {} by default.
hooks() {
	run "$1" --separate-stderr hooks-apply "${@:2}" <<<"${DOC-{\}}"
}
