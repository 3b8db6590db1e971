#!/usr/bin/env bats
# The same requests made by buildah and by our filters, compared as documents.
load lib

need_buildah() {
	need_root
	command -v buildah >/dev/null || skip 'needs buildah'
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
}

# In memory, and in a mount namespace: whatever buildah leaves mounted goes with it.
in_memory() {
	make_rootfs "$BATS_TEST_TMPDIR/made"
	unshare -m --propagation private sh -c \
		'mount -t tmpfs none "$1" && cp -a made "$1/rootfs" && d=$1 && shift && exec "$@" "$d"' \
		sh "${MEMORY:-$BATS_TEST_TMPDIR/memory}" "$@"
}

prepare() {
	mkdir memory
}

@test "buildah and our filters make equal documents, but for the differences that are listed" {
	need_buildah
	run -0 in_memory python3 "$TESTS/buildah.py"
	assert_output --regexp '^[0-9]+ requests, 0 unexplained$'
	[ "${output%% *}" -ge 60 ]
}

@test "every difference is in ocipipe-buildah(7), with its number or as one of buildah 1.28" {
	local reason
	for reason in $(python3 "$TESTS/buildah.py" --reasons; python3 "$TESTS/containerfile.py" --reasons); do
		if [ "$reason" = 1.28 ]; then
			grep -q '^\.Ss Buildah 1.28' "$TESTS/../man/ocipipe-buildah.7"
		else
			grep -Eq "^\.It (.* )?$reason( |\$)" "$TESTS/../man/ocipipe-buildah.7" || fail "$reason"
		fi
	done
}

@test "what a step prints and how it ends is the same under buildah and ocirun" {
	need_buildah
	cat >both.sh <<-'END'
		set -u
		d=$1
		buildah="buildah --storage-driver vfs --root $d/storage --runroot $d/run"
		export CONTAINERS_CONF=/dev/null TMPDIR=$d
		container=$($buildah from scratch)
		$buildah copy -q "$container" "$d/rootfs" / >/dev/null
		echo content >"$d/file"
		theirs() {
			$buildah run --isolation oci --runtime runc --network none "$@" >"$d/theirs" 2>/dev/null
			echo "status $?" >>"$d/theirs"
		}
		ours() {
			OCI_RUNTIME=runc sh -c "$1" >"$d/ours" 2>/dev/null
			echo "status $?" >>"$d/ours"
			cmp "$d/theirs" "$d/ours" || { cat "$d/theirs" "$d/ours"; exit 1; }
		}
		root="--rootfs=$d/rootfs"
		theirs "$container" -- sh -c 'id; pwd; umask; ulimit -n >/dev/null; cat /proc/self/uid_map'
		ours "ocigen $root -- sh -c 'id; pwd; umask; ulimit -n >/dev/null; cat /proc/self/uid_map' | ns-apply --network=none | ocirun"
		theirs --user alice --workingdir /new -e A='x y' "$container" -- sh -c 'id; pwd; echo "$A $PATH"; exit 7'
		ours "ocigen $root -u alice -w /new -e A='x y' -- sh -c 'id; pwd; echo \"\$A \$PATH\"; exit 7' | ns-apply --network=none | ocirun"
		theirs -v "$d/file:/mnt/file:ro" --hostname h "$container" -- sh -c 'cat /mnt/file; echo x >/mnt/file; hostname; ls /dev/pts /sys/firmware'
		ours "ocigen $root -- sh -c 'cat /mnt/file; echo x >/mnt/file; hostname; ls /dev/pts /sys/firmware' | ns-apply --network=none --hostname=h | mounts-apply -v $d/file:/mnt/file:ro | ocirun"
		theirs --cap-drop all "$container" -- sh -c 'grep Cap /proc/self/status; grep Seccomp: /proc/self/status'
		ours "ocigen $root -- sh -c 'grep Cap /proc/self/status; grep Seccomp: /proc/self/status' | ns-apply --network=none | caps-apply --cap-drop=all | seccomp-apply | ocirun"
		echo same
	END
	run -0 in_memory sh both.sh
	assert_line same
}

@test "RUN --mount lines of public Containerfiles do what buildah makes of them" {
	need_buildah
	# Below /tmp buildah takes a mount at /tmp for what must be cleaned up, its storage too.
	MEMORY=/mnt run -0 in_memory python3 "$TESTS/containerfile.py"
	assert_output --regexp '^[0-9]+ lines, 0 unexplained$'
	[ "${output%% *}" -ge 10 ]
}

# Targets below the working directory; two caches that nobody else may use meanwhile.
@test "lines that buildah 1.28 cannot build run, too (B172, B181)" {
	need_root
	make_rootfs
	mkdir context
	echo 'module m' >context/go.mod
	echo sum >context/go.sum
	export OCIPIPE_CACHE_DIR=$PWD/caches
	for words in \
		'--mount=type=cache,target=/go/pkg/mod/ --mount=type=bind,source=go.sum,target=go.sum --mount=type=bind,source=go.mod,target=go.mod' \
		'--mount=target=. --mount=type=cache,target=/root/.cache/go-build --mount=type=cache,target=/go/pkg/mod'; do
		run -0 on runc sh -c "ocigen --rootfs=$PWD/rootfs -w /src -- cat go.mod /src/go.sum |
			mounts-apply --context=$PWD/context $words | ocirun"
		assert_output $'module m\nsum'
	done
	run -0 on runc sh -c "ocigen --rootfs=$PWD/rootfs -- sh -c 'echo x >>/var/cache/apt/x; echo x >>/var/lib/apt/lists/x; cat /var/*/apt/*x' |
		mounts-apply --mount=target=/var/lib/apt/lists,type=cache,sharing=locked --mount=target=/var/cache/apt,type=cache,sharing=locked |
		ocirun"
	assert_output x
}
