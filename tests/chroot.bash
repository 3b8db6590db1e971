# shellcheck shell=bash
# chroot.bash - what the tests of chroot isolation share, besides ocirun.bash

# every FUNCTION - call it with every WHO
every() {
	local who
	for who in root mapped ${TEST_USER:+user}; do
		echo "$who:" # shown if it fails; "||" would hide that
		"$1" "$who"
	done
}

# inside WHO [OPTION-OF-OCIGEN...] -- COMMAND... - a step on the host's network, so that nothing is said
inside() {
	local who=$1
	shift
	# shellcheck disable=SC2086 # a list of words
	doc "$who" "$@" | ns-apply --network=host | mounts-apply | as "$who" chroot ocirun ${OCIRUN-}
}

# changed WHO FILTER -- COMMAND... - the same with a document that FILTER has changed
changed() {
	local who=$1 filter=$2
	shift 2
	# shellcheck disable=SC2086 # a list of words
	doc "$who" "$@" | ns-apply --network=host | mounts-apply | eval "$filter" | as "$who" chroot ocirun ${OCIRUN-}
}

# both FUNCTION [ARG...] - with the root filesystem of each kind of caller
both() {
	"$@" "$HOST/rootfs"
	[ -z "${USER_ROOTFS-}" ] || "$@" "$USER_ROOTFS"
}
