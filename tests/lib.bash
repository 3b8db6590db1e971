# shellcheck shell=bash
# lib.bash - what the test files share
#
# Every file begins:  load lib
# The programs under test come first in PATH.  Each test starts in an empty
# directory of its own.  Say the exit status expected: run -N --separate-stderr.

bats_require_minimum_version 1.8.0
load /usr/lib/bats/bats-support/load
load /usr/lib/bats/bats-assert/load

TESTS=$BATS_TEST_DIRNAME
: "${BIN:=$TESTS/../build}"
PATH=$BIN:$PATH
export PATH BIN TESTS
export LC_ALL=C
# A private network is a loopback interface but in the tests of networks: quick, and
# the same everywhere.
export OCIPIPE_NETWORK=none
unset OCI_RUNTIME OCIPIPE_TRACE OCIPIPE_MAX_INPUT BUILDAH_ISOLATION
unset MAKEFLAGS MAKELEVEL MFLAGS # of the make that runs the tests

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ "$(type -t prepare)" != function ] || prepare
}

# The commands of tests/samples, one a line; the names of all filters; of all tools.
samples() {
	grep -v '^#' "$TESTS/samples"
}

filters() {
	samples | cut -d' ' -f1 | sort -u
}

tools() {
	filters
	echo ocirun
}

# True if standard output, as JSON, satisfies a jq expression.
holds() {
	if ! jq -e "$@" >/dev/null 2>&1 <<<"$output"; then
		batslib_decorate 'does not hold' <<<"$*"$'\n'"$output" | fail
	fi
}

# True if standard error has this text.
complains() {
	if [[ $stderr != *"$1"* ]]; then
		batslib_print_kv_single_or_multi 8 'wanted' "$1" 'stderr' "$stderr" |
			batslib_decorate 'does not complain' | fail
	fi
}

# True if standard error is empty.
silent() {
	[ -z "$stderr" ] || fail "not silent: $stderr"
}

# await COMMAND... - until it succeeds, as long as a busy machine may take.
await() {
	local end=$((SECONDS + 30))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "in vain: $*" || return
		sleep 0.02
	done
}

# A small root filesystem of busybox, made anew at DIR (default: rootfs).
make_rootfs() {
	local to=${1:-rootfs} name
	mkdir -p "$to"/{bin,dev,etc,home,proc,root,run,sys,tmp,usr/bin,var/tmp}
	chmod 1777 "$to/tmp" "$to/var/tmp"
	cp /bin/busybox "$to/bin/busybox"
	for name in sh ls cat id echo env true false sleep mkdir touch rm ln stat mount umount \
		hostname ps kill grep wc dd head tail tr od sort chmod chown readlink pwd test \
		awk sed cut find mknod uname date seq tee tty stty printf dirname basename md5sum \
		sha256sum timeout unshare chroot nc ip ifconfig whoami nproc ulimit yes; do
		ln -s busybox "$to/bin/$name"
	done
	cat >"$to/etc/passwd" <<-'END'
		root:x:0:0:root:/root:/bin/sh
		bin:x:2:2:bin:/bin:/bin/sh
		alice:x:1000:1000:Alice:/home/alice:/bin/sh
		bob:x:1001:1002::/home/bob:/bin/sh
	END
	cat >"$to/etc/group" <<-'END'
		root:x:0:
		bin:x:2:
		alice:x:1000:
		video:x:44:alice,bob
		sabine:x:1005:sabine
		users:x:1002:
	END
}

# Are the programs built with a sanitizer (make asan)?
sanitized() {
	grep -q __asan_init "$BIN/ns-apply"
}

# For tests that limit memory, replace the allocator, take /proc away, or watch a thread.
need_plain() {
	! sanitized || skip 'a sanitizer has an allocator of its own, needs more memory, and /proc, and no thread beside a fork'
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
}

# The ordinary user of this run of the tests, made by setup_suite.bash, which also
# removes $USER_DIR; within that, a $USER_DIR of this test's own.
need_user() {
	need_root
	[ -n "${TEST_USER-}" ] || skip 'no second user could be made'
	USER_DIR=$(mktemp -d "$USER_DIR/XXXXXX")
	chown "$TEST_USER:" "$USER_DIR"
	chmod 755 "$USER_DIR"
}

# Run a command as that user, in a place where it may write: $USER_DIR.
as_user() {
	setpriv --reuid="$TEST_USER" --regid="$TEST_USER" --init-groups --inh-caps=-all \
		env -u XDG_RUNTIME_DIR HOME="$USER_DIR" USER="$TEST_USER" TMPDIR="$USER_DIR" "$@"
}

# Run a command where crun works: in a mount namespace without the empty v2 hierarchy.
crun_host() {
	unshare --mount sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; exec "$@"' sh "$@"
}

crun_host_as_user() {
	crun_host setpriv --reuid="$TEST_USER" --regid="$TEST_USER" --init-groups --inh-caps=-all \
		env -u XDG_RUNTIME_DIR HOME="$USER_DIR" USER="$TEST_USER" TMPDIR="$USER_DIR" "$@"
}

# accounts_stay COMMAND... - no test file's user comes or goes meanwhile: that replaces
# /etc/subuid, and what is bound over it in another mount namespace would be gone.
accounts_stay() (
	flock --shared 9
	"$@" 9<&-
) 9<"$TESTS/setup_suite.bash"

# on RUNTIME COMMAND... - with $OCI_RUNTIME set, on a host that suits it.
on() {
	local runtime=$1
	shift
	case $runtime in
	crun) OCI_RUNTIME=crun crun_host "$@" ;;
	*) OCI_RUNTIME=$runtime "$@" ;;
	esac
}

# The same as the ordinary user.
on_as_user() {
	local runtime=$1
	shift
	case $runtime in
	crun) OCI_RUNTIME=crun crun_host_as_user "$@" ;;
	*) OCI_RUNTIME=$runtime as_user "$@" ;;
	esac
}

# The runtime-spec's JSON schemas are not ours to carry (tests/ocischema.py).
need_schema() {
	python3 "$TESTS/validate.py" </dev/null ||
		skip 'no runtime-spec schemas beside the project or where RUNTIME_SPEC_SCHEMA says'
}

# The documents on standard input, one a line, are valid by them.
validate() {
	python3 "$TESTS/validate.py"
}
