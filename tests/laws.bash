# shellcheck shell=bash
# laws.bash - what the files of laws share

# shellcheck disable=SC2034 # for those who load this
FULL=$BATS_TEST_DIRNAME/documents/full.json

# Ask tests/laws.py.
laws() {
	python3 "$TESTS/laws.py" "$@"
}

# True if the filter reads a document, and does not make one.
reads() {
	"$1" --introspect | jq -e '.makes | not' >/dev/null
}

readers() {
	for tool in $(filters); do
		! reads "$tool" || echo "$tool"
	done
}

# Run a command on a terminal of its own; its output is the terminal's.
on_terminal() {
	python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
		"$@" </dev/null
}
