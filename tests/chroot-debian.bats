#!/usr/bin/env bats
# chroot isolation: make of a C project in a Debian root, by root, by a user and in another container.
#
# The root is made of this host's packages; or it is $DEBIAN_ROOT, as debootstrap makes one
# with gcc, make and libc6-dev, of which a copy is used.
load lib
load host
load ocirun
load chroot
load debian

prepare() {
	command -v dpkg-query >/dev/null || skip 'needs Debian'
	ROOT=$HOST/debian
	[ ! -d "$ROOT" ] || return 0
	if [ -n "${DEBIAN_ROOT-}" ]; then
		cp -a "$DEBIAN_ROOT" "$ROOT"
	else
		make_debian "$ROOT" essential gcc make libc6-dev
	fi
	make_project "$ROOT/src"
	ln -sfn gcc "$ROOT/usr/bin/cc"
	chmod 755 "$ROOT"
}

# built FILE - the program is there, and runs
built() {
	[ -x "$ROOT/src/hello" ]
	assert_equal "$("$ROOT/src/hello")" built
	rm "$ROOT/src/hello" "$ROOT"/src/*.o
}

# build WHO FILTER - in the Debian root, as chroot isolation's document
build() {
	ocigen --rootfs="$ROOT" --workdir=/src -- make all | ns-apply --network=host | eval "$2" | mounts-apply |
		as "$1" chroot ocirun
}

@test "by root, and with a user namespace" {
	run -0 --separate-stderr build root cat
	assert_line --index -1 built
	[ -z "$stderr" ] || fail "$stderr"
	built
	run -0 --separate-stderr build root 'idmap-apply --uidmap=0:100000:65536 --gidmap=0:100000:65536'
	assert_line --index -1 built
	built
}

@test "inside of a container without privileges" {
	local outer=$HOST/outer name
	mkdir -p "$outer"/{usr,proc,sys,dev,etc,tmp,run,root,var/tmp,build,step,debian}
	for name in bin sbin lib lib64; do ln -s "usr/$name" "$outer/$name"; done
	mkdir -p "$HOST/step"
	ocigen --rootfs="$ROOT" --workdir=/src -- make all | ns-apply --network=host |
		idmap-apply --uidmap=0:0:1 --gidmap=0:0:1 | mounts-apply |
		ocipatch --set=/root/path='"/debian"' >"$HOST/step/step.json"
	ocigen --rootfs="$outer" -- /build/ocirun --isolation=chroot --log-level=error --run-root=/run/ocipipe /step/step.json |
		mounts-apply -v /usr:/usr:ro -v "$BIN:/build:ro" -v "$HOST/step:/step:ro" -v "$ROOT:/debian:rw" >"$HOST/outer.json"
	run -0 --separate-stderr as root runc ocirun "$HOST/outer.json"
	assert_line --index -1 built
	[ -z "$stderr" ] || fail "$stderr"
	built
}

@test "by an ordinary user" {
	need_user
	chown -hR "$TEST_USER:" "$ROOT"
	run -0 --separate-stderr build user 'on_host_as_user idmap-apply --rootless'
	assert_line --index -1 built
	[ -z "$stderr" ] || fail "$stderr"
	built
}
