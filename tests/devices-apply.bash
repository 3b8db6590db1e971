# shellcheck shell=bash
# devices-apply.bash - what the tests of devices-apply share

# devices -STATUS OPTION... - run devices-apply on the document $DOC, {} by default.
devices() {
	run "$1" --separate-stderr devices-apply "${@:2}" <<<"${DOC-{\}}"
}

# node PATH TYPE MAJOR MINOR [MODE [OWNER]] - a device node of the test's own.
node() {
	mkdir -p "$(dirname "$1")"
	mknod "$1" "$2" "$3" "$4"
	chown "${6-0:0}" "$1"
	chmod "${5-600}" "$1"
}
