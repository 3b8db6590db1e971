#!/usr/bin/env bats
# Steps over a Debian root: three layers of its packages, and a project that is built.
load lib
load steps
load debian

setup_file() {
	export DEBIAN=$USER_DIR/debian.$$
}

teardown_file() {
	[ -z "${DEBIAN-}" ] || rm -rf "$DEBIAN"
}

prepare() {
	need_root
	need_user
	command -v dpkg-query >/dev/null || skip 'needs Debian'
	make_work busybox
}

# make_package DIR VERSION - $WORK/deb/VERSION.deb of what is in DIR
make_package() {
	mkdir -p "$1/DEBIAN" "$WORK/deb"
	cat >"$1/DEBIAN/control" <<-END
		Package: three
		Version: $2
		Architecture: all
		Maintainer: nobody <nobody@example.com>
		Description: files to come, change and go
	END
	dpkg-deb --root-owner-group --build "$1" "$WORK/deb/$2.deb" >/dev/null
}

@test "three steps over Debian are three layers, as plain overlayfs makes them; the second again gives the same third" {
	make_debian "$WORK/base" essential
	mkdir -p "$WORK"/{one,two}/usr/share/three/{stays,goes}
	echo 1 | tee "$WORK/one/usr/share/three"/{changes,vanishes,stays/file,goes/file} >/dev/null
	echo 1 >"$WORK/two/usr/share/three/stays/file"
	echo 2 >"$WORK/two/usr/share/three/changes"
	rm -r "$WORK/two/usr/share/three/goes"
	make_package "$WORK/one" 1
	make_package "$WORK/two" 2
	mv "$WORK/deb" "$WORK/base/deb"
	# Were they missing, they would be made, and removed again from directories copied for that.
	touch "$WORK/base"/etc/{hosts,hostname,resolv.conf} "$WORK/base/run/.containerenv"
	cat >"$WORK/base/step1" <<-'END'
		dpkg --log=/dev/null -i /deb/1.deb
		mkdir -p /srv/app && cp /bin/true /srv/app && ln /srv/app/true /srv/app/second
	END
	cat >"$WORK/base/step2" <<-'END'
		dpkg --log=/dev/null -i /deb/2.deb
		mv /srv/app /srv/moved
		rm -r /usr/share/base-files && mkdir /usr/share/base-files && echo x >/usr/share/base-files/new
		rm /etc/debian_version; chmod 750 /etc/skel
	END
	cat >"$WORK/base/step3" <<-'END'
		dpkg-query -W three; ls /usr/share/three /usr/share/base-files /srv/moved
		find /usr/share/three /usr/share/base-files /srv /var/lib/dpkg/info -type f | sort | xargs sha256sum
		dpkg --log=/dev/null -P three; rm -r /srv/moved
	END
	touch -d 2001-01-01 "$WORK/base"/step?
	plain() { # NUMBER, over the base and the layers before it
		local below=$WORK/base n
		for ((n = 1; n < $1; n++)); do
			below=$WORK/plain/$n:$below
		done
		mkdir -p "$WORK/plain/$1" "$WORK/plain/work$1" "$WORK/plain/merged"
		# shellcheck disable=SC2016 # for the other shell
		unshare --mount sh -c 'mount -t overlay -o "lowerdir=$0,upperdir=$1,workdir=$2" none "$3" && mount --bind /dev "$3/dev" && exec chroot "$3" sh "/step$4"' \
			"$below" "$WORK/plain/$1" "$WORK/plain/work$1" "$WORK/plain/merged" "$1"
	}
	for n in 1 2 3; do
		plain "$n"
		layer "$WORK/plain/$n" >"$WORK/plain.$n"
	done
	[ -c "$WORK/plain/2/etc/debian_version" ]
	check() {
		local n layers=''
		base=$(picture "$WORK/base")
		again() { # FROM - the steps from that on
			for n in $(seq "$1" 3); do
				layers=$(printf -- ' --layer=$WORK/%d' $(seq "$n"))
				run -0 --separate-stderr step_with "$who" "$runtime" "--rootfs=\$WORK/base $layers" '' sh "/step$n"
				diff "$WORK/plain.$n" <(layer "$WORK/$n") >"$WORK/changed" || fail "$who $runtime: layer $n: $(cat "$WORK/changed")"
			done
		}
		again 1
		said=$output
		below=$(picture "$WORK/1")
		rm -r "$WORK/2" "$WORK/3"
		again 2
		assert_equal "$output" "$said"
		assert_equal "$(picture "$WORK/1")" "$below"
		run -2 step_with "$who" "$runtime" '--rootfs=$WORK/base --layer=$WORK/bad' '' dpkg -i /none.deb
		assert_equal "$(picture "$WORK/base")" "$base"
		run find "$WORK" -maxdepth 1 -name '*.partial' -o -maxdepth 1 -name '*.work' -o -maxdepth 1 -name bad
		refute_output
		rm -r "$WORK"/[123]
	}
	for who in root ${TORTURE:+mapped} user; do
		[ "$who" != user ] || chown -hR "$TEST_USER:" "$WORK"
		for runtime in runc crun; do
			check
		done
	done
}

@test "the examples of the manual build a C project: root, root with a user namespace, a user" {
	make_debian "$WORK/rootfs" essential gcc make libc6-dev
	make_project "$WORK/rootfs/src"
	make_project "$WORK/project"
	ln -s gcc "$WORK/rootfs/usr/bin/cc" 2>/dev/null || true
	cd "$WORK"
	cat >short <<-'END'
		ocigen --rootfs=./rootfs --workdir=/src -- make all | ocirun
	END
	run -0 --separate-stderr on runc sh ./short
	assert_line --index -1 built
	[ -x rootfs/src/hello ]
	rm rootfs/src/hello rootfs/src/*.o
	cat >long <<-'END'
		cd project
		ocigen --rootfs=../rootfs --workdir=/src -- make -j2 all |
			ns-apply --network=none --hostname=builder |
			idmap-apply --subuid="$WHOSE" |
			caps-apply --cap-drop=all --cap-add=CHOWN |
			resources-apply --memory=512m --cpus=1.5 |
			devices-apply --device="$DEVICE" |
			mounts-apply --volume="$PWD:/src:O" --tmpfs=/tmp |
			seccomp-apply |
			hooks-apply --hooks-dir=/etc/containers/oci/hooks.d |
			ocirun
	END
	export WHOSE=$TEST_USER DEVICE=/dev/fuse
	[ -e /dev/fuse ] || DEVICE=/dev/full
	before=$(picture project)
	for runtime in runc crun; do
		run -0 --separate-stderr on "$runtime" sh ./long
		assert_line --index -1 built
		assert_equal "$(picture project)" "$before"
	done
	sed -i 's/idmap-apply.*/idmap-apply --rootless |/; /resources-apply/d; /devices-apply/d' long
	chown -hR "$TEST_USER:" "$WORK"
	before=$(picture project)
	for runtime in runc crun; do
		run -0 --separate-stderr on_as_user "$runtime" sh ./long
		assert_line --index -1 built
		assert_equal "$(picture project)" "$before"
	done
}
