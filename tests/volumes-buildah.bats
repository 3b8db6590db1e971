#!/usr/bin/env bats
# The volumes of an image, seen by step after step under buildah and under ocirun.
load lib

prepare() {
	need_root
	command -v buildah >/dev/null || skip 'needs buildah'
	make_rootfs made
	mkdir -p made/data/sub made/full
	echo one >made/data/one
	ln made/data/one made/data/sub/linked
	ln -s /etc/passwd made/data/soft
	echo two >made/data/sub/two
	mkfifo made/data/pipe
	chown 3:4 made/data/one made/data/sub
	chown -h 5:6 made/data/soft
	chmod 4750 made/data/sub/two
	chmod 1770 made/data/sub
	chown 1000:44 made/data
	chmod 771 made/data # of a set-id or sticky one buildah loses that
	find made/data -exec touch -h -d @1000000000 {} +
	# Ours are seen through the mappings, so that every run can have the same.
	cat >made/look <<-'END'
		#!/bin/sh
		find /data /full /deep /deep/er | sort | while read -r name; do
			stat -c '%n %F %a %u:%g' "$name"
			[ -d "$name" ] || stat -c '%h %s %Y' "$name"
		done
		find /data /full /deep -type f | sort | while read -r name; do cat "$name"; done
		readlink /data/soft
		awk '$5 ~ "^/(data|full|deep)" { sub(",idmapped", "", $6); print $5, $6 }' /proc/self/mountinfo | sort
	END
	cat >made/change <<-'END'
		#!/bin/sh
		echo more >>/data/one
		rm /data/pipe /data/sub/two
		mkdir -m 700 /data/new /deep/er/new
		echo mine >/full/mine
		chown 7:8 /full/mine
		find /data /full /deep -exec touch -h -d '2001-01-01 00:00:00' {} +
		exit 3
	END
	chmod +x made/look made/change
	cat >both.sh <<-'END'
		set -eu
		d=$1
		buildah="buildah --storage-driver vfs --root $d/storage --runroot $d/run"
		export CONTAINERS_CONF=/dev/null TMPDIR=$d OCI_RUNTIME=runc
		base=$($buildah from scratch)
		cp -a "$d/rootfs/." "$($buildah mount "$base")" # buildah copy would change the owners
		$buildah umount "$base" >/dev/null
		$buildah config --volume /data --volume /full --volume /deep/er "$base"
		$buildah commit -q "$base" volumes >/dev/null
		$buildah inspect --type image volumes | jq '.OCIv1' >"$d/image.json"
		for maps in '' '0:100000:65536'; do
			container=$($buildah from ${maps:+--userns-uid-map $maps --userns-gid-map $maps} volumes)
			for step in /look /change /look; do
				$buildah run --isolation oci --runtime runc --network none "$container" -- $step >"$d/theirs" 2>"$d/said" || echo "status $?" >>"$d/theirs"
				{ ocigen --rootfs="$d/rootfs" --image-config="$d/image.json" -- $step | ns-apply --network=none |
					idmap-apply ${maps:+--uidmap=$maps --gidmap=$maps} |
					mounts-apply --image-volumes --image-volume-dir="$d/volumes$maps" | ocirun; } >"$d/ours" 2>"$d/err" ||
					echo "status $?" >>"$d/ours"
				diff "$d/theirs" "$d/ours" || { cat "$d/said" "$d/err"; exit 1; }
				wc -l <"$d/ours"
			done
			# Neither changes what the image has.
			mounted=$($buildah mount "$container")
			for root in "$mounted" "$d/rootfs"; do
				(cd "$root" && find data full deep -printf '%p %y %m %n %l %s\n' | sort) >"$d/left"
				[ "$root" = "$d/rootfs" ] || mv "$d/left" "$d/theirs"
			done
			diff "$d/theirs" "$d/left"
			# And both name them alike.
			id=$($buildah inspect --type container "$container" | jq -r .ContainerID)
			find "$d/storage" -path "*$id*/buildah-volumes/*" -prune -printf '%f\n' | sort >"$d/theirs"
			ls "$d/volumes$maps" >"$d/ours"
			diff "$d/theirs" "$d/ours"
		done
		echo same
	END
}

@test "step after step, an image's volumes are the same under buildah and ocirun (B126, B127, B128, B129)" {
	run --separate-stderr unshare -m --propagation private sh -c \
		'mount -t tmpfs none "$1" && cp -a made "$1/rootfs" && sh both.sh "$1"' sh /mnt
	[ "$status" -eq 0 ] || fail "$output$stderr"
	assert_line same
	assert_line 26
}
