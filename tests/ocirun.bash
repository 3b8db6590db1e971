# shellcheck shell=bash
# ocirun.bash - what the tests of ocirun share: documents for three kinds of callers
#
# WHO is root; mapped: root, with a user namespace; user: an ordinary one.

setup_file() {
	host_start
	host_rootfs
}

teardown_file() {
	[ -z "${USER_ROOTFS-}" ] || rm -rf "$USER_ROOTFS"
	host_stop
}

rootfs_of() {
	case $1 in
	user) echo "$USER_ROOTFS" ;;
	*) echo "$HOST/rootfs" ;;
	esac
}

# doc WHO [OPTION-OF-OCIGEN...] -- COMMAND... - a document on standard output
doc() {
	local who=$1 maps=
	shift
	case $who in
	mapped) maps='--uidmap=0:100000:65536 --gidmap=0:100000:65536' ;;
	user) maps=--rootless ;;
	esac
	# shellcheck disable=SC2086 # a list of words
	if [ "$who" = user ]; then
		on_host_as_user sh -c 'ocigen "$@" | idmap-apply --rootless | mounts-apply' sh --rootfs="$USER_ROOTFS" "$@"
	else
		ocigen --rootfs="$HOST/rootfs" "$@" | idmap-apply $maps | mounts-apply
	fi | on_its_network
}

# In chroot isolation there is only the host's, of which a document that leaves the choice is told.
on_its_network() {
	case ${RUNTIMES-} in
	chroot) ns-apply --network=host | mounts-apply ;;
	*) cat ;;
	esac
}

# as WHO RUNTIME COMMAND... - on the host of the test's own; chroot is no runtime
as() {
	local who=$1 runtime=OCI_RUNTIME=$2
	shift 2
	[ "$runtime" != OCI_RUNTIME=chroot ] || runtime=BUILDAH_ISOLATION=chroot
	case $who in
	user) on_host_as_user env "$runtime" "$@" ;;
	*) on_host env "$runtime" "$@" ;;
	esac
}

# step WHO RUNTIME COMMAND... - a step, with $OCIRUN's options for ocirun
step() {
	local who=$1 runtime=$2
	shift 2
	# shellcheck disable=SC2086 # a list of words
	doc "$who" -- "$@" | as "$who" "$runtime" ocirun ${OCIRUN-}
}

# each FUNCTION - call it with every WHO and RUNTIME
each() {
	local who runtime
	for who in root mapped ${TEST_USER:+user}; do
		for runtime in ${RUNTIMES:-runc crun}; do
			echo "$who, $runtime:" # shown if it fails; "||" would hide that
			"$1" "$who" "$runtime"
		done
	done
}

# some FUNCTION - call it with every WHO and every RUNTIME once; each only in torture
some() {
	if [ -n "${TORTURE-}" ]; then
		each "$1"
		return
	fi
	"$1" root runc
	"$1" mapped crun
	[ -z "${TEST_USER-}" ] || "$1" user crun
}
