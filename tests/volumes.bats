#!/usr/bin/env bats
# mounts-apply --image-volumes: the volumes of an image, filled from its root filesystem.
load lib
load steps

prepare() {
	make_work
	mkdir -p "$WORK/rootfs/data/sub"
	echo first >"$WORK/rootfs/data/file"
	echo '{"config":{"Volumes":{"/data":{},"/new":{}}}}' >"$WORK/image.json"
}

DATA=$(printf /data | sha256sum | cut -d' ' -f1)

# step WHO RUNTIME 'OPTIONS OF MOUNTS-APPLY' COMMAND...
step() {
	local who=$1 runtime=$2
	shift 2
	step_with "$who" "$runtime" '--rootfs="$WORK/rootfs" --image-config="$WORK/image.json"' "$@"
}

# The root filesystem is somebody's own: what the tests change in it, they give him.
own() {
	case $1 in
	user) chown -hR "$TEST_USER:" "$WORK" ;;
	*) chown -hR root: "$WORK" ;;
	esac
}

# image VOLUMES - the configuration of one
image() {
	printf '{"config":{"Volumes":%s}}' "$1" >image.json
}

made() {
	run --separate-stderr mounts-apply --compact "$@" <<<"${document:-{\}}"
}

# ---- the document --------------------------------------------------------------

@test "volumes are those that ocigen was told of, or of a file (B126, B129, B130)" {
	image '{"/data":{},"/a/b":{}}'
	run -0 --separate-stderr sh -c 'ocigen --preset=minimal --rootfs=/r --image-config=image.json -- id | mounts-apply --image-volumes'
	holds '[.mounts[] | select(.source == "volume")] ==
		[{destination:"/a/b",type:"bind",source:"volume",options:["bind","private","rw"]},
		 {destination:"/data",type:"bind",source:"volume",options:["bind","private","rw"]}]'
	holds '[.ocipipe.prepare[] | select(.step == "volume")] == [{step:"volume",mount:"/a/b"},{step:"volume",mount:"/data"}]'
	holds '[.ocipipe.prepare[] | select(.step == "relabel")] ==
		[{step:"relabel",mount:"/a/b",shared:false},{step:"relabel",mount:"/data",shared:false}]'
	made --image-volumes=image.json --image-volume-dir=vols
	holds --arg d "$PWD/vols" '[.ocipipe.prepare[] | select(.step == "volume") | .dir] == [$d, $d]'
	holds '.ocipipe.inputs == ["image.json"]'
	document='{"ocipipe":{"version":1,"rootfs":{"volumes":["/v"]}}}' made --image-volumes=image.json
	holds '[.mounts[].destination] == ["/a/b","/data"]'
	made --image-volumes=- <<<'{}'
	[ "$status" -ne 0 ]
}

@test "without --image-volumes, or without volumes, nothing is mounted (B130)" {
	image '{"/data":{}}'
	run -0 --separate-stderr sh -c 'ocigen --preset=minimal --rootfs=/r --image-config=image.json -- id | mounts-apply'
	holds '[.mounts[] | select(.source == "volume")] == []'
	made --image-volumes
	holds '. == {}'
	for volumes in null '{}'; do
		image "$volumes"
		made --image-volumes=image.json
		holds '.mounts == null and .ocipipe.prepare == null'
	done
}

@test "paths are tidied, relative ones are below /, and each comes once (B111, B126)" {
	image '{"/data/":{},"/data":{},"//x//y/./":{},"rel":{},"ä ö":{}}'
	made --image-volumes=image.json
	holds '[.mounts[].destination] == ["/data","/rel","/x/y","/ä ö"]'
	run -0 --separate-stderr ocigen --preset=minimal --rootfs=/r --image-config=image.json -- id
	holds '.ocipipe.rootfs.volumes == ["/data","/rel","/x/y","/ä ö"]'
}

@test "what an image must not have mounted is an error that names it (B126, CVE-2019-16884)" {
	while read -r path said; do
		image "{\"$path\":{}}"
		made --image-volumes=image.json
		[ "$status" -eq 2 ] || fail "$path: $status"
		complains "--image-volumes: $said"
	done <<-'END'
		/ /: the target must not be /
		/proc /proc: the target must not be in /proc
		/proc//sys/ /proc/sys: the target must not be in /proc
	END
	image '["/data"]'
	made --image-volumes=image.json
	[ "$status" -eq 1 ]
	complains 'image.json: /config/Volumes: must be'
	made --image-volumes=none
	[ "$status" -ne 0 ]
	complains none
	made --image-volumes=
	[ "$status" -eq 2 ]
	made --image-volume-dir=x
	[ "$status" -eq 2 ]
	complains '--image-volume-dir needs --image-volumes'
}

@test "what is mounted there already, or asked for besides, counts more (B108, B109, B110, B129)" {
	image '{"/data":{},"/dev":{},"/etc/hosts":{},"/sys":{}}'
	run -0 --separate-stderr sh -c 'ocigen --preset=build --rootfs=/r -- id | mounts-apply --image-volumes=image.json'
	holds '[.mounts[] | select(.source == "volume").destination] == ["/data"]'
	for there in --volume=/x:/data --tmpfs=/data --mount=type=cache,target=/data; do
		made "$there" --image-volumes=image.json
		holds '[.mounts[] | select(.destination == "/data")] | length == 1 and .[0].source != "volume"'
		made --image-volumes=image.json "$there"
		holds '[.mounts[] | select(.destination == "/data")] | length == 1 and .[0].source != "volume"'
		holds '[.ocipipe.prepare[]? | select(.mount == "/data" and .step == "volume")] == []'
		run -0 --separate-stderr sh -c 'echo {} | mounts-apply "$1" | mounts-apply --image-volumes=image.json' sh "$there"
		holds '[.mounts[] | select(.destination == "/data")] | length == 1 and .[0].source != "volume"'
		run -0 --separate-stderr sh -c 'echo {} | mounts-apply --image-volumes=image.json | mounts-apply "$1"' sh "$there"
		holds '[.mounts[] | select(.destination == "/data")] | length == 1 and .[0].source != "volume"'
		holds '[.ocipipe.prepare[]? | select(.mount == "/data" and .step == "volume")] == []'
	done
	made --image-volumes=image.json --remove=/data
	holds '[.mounts[] | select(.destination == "/data")] == []'
	run -0 --separate-stderr sh -c 'echo {} | mounts-apply --image-volumes=image.json --image-volume-dir=/a | mounts-apply --image-volumes=image.json --image-volume-dir=/b'
	holds '[.ocipipe.prepare[] | select(.mount == "/data" and .step == "volume").dir] == ["/b"]'
	run -0 --separate-stderr mounts-apply --remove=/data <<<"$output"
	holds '[.mounts[] | select(.destination == "/data")] == [] and ([.ocipipe.prepare[] | select(.mount == "/data")] == [])'
}

@test "--image-volumes twice is the same as once, and it can be undone (B126)" {
	image '{"/data":{},"/a/b":{}}'
	ocigen --rootfs=/r --image-config=image.json -- id >before
	mounts-apply --image-volumes --image-volume-dir=v <before >once
	mounts-apply --image-volumes --image-volume-dir=v <once >twice
	cmp once twice
	mounts-apply --remove=/data --remove=/a/b <once >undone
	mounts-apply <before | cmp - undone
}

@test "volumes in each other are mounted parents first (B110)" {
	image '{"/a/b/c":{},"/a":{},"/a/b":{}}'
	made --image-volumes=image.json
	holds '[.mounts[].destination] == ["/a","/a/b","/a/b/c"]'
	mkdir -p "$WORK/rootfs/a/b/c"
	echo deep >"$WORK/rootfs/a/b/c/file"
	cp image.json "$WORK/image.json"
	check() {
		own "$1"
		run -0 --separate-stderr step "$1" "$2" --image-volumes sh -c 'cat /a/b/c/file; find /a -type d'
		assert_output $'deep\n/a\n/a/b\n/a/b/c'
		silent
	}
	check root runc
	check mapped crun
	check user runc
}

# ---- from inside ---------------------------------------------------------------

@test "a volume is what its directory in the root filesystem is, and a new one each run (B126, B127, B128, B129)" {
	mkdir "$WORK/data-root"
	check() {
		own "$1"
		chmod 1771 "$WORK/rootfs/data"
		[ "$1" = user ] || chown 3:4 "$WORK/rootfs/data/file"
		chmod 640 "$WORK/rootfs/data/file"
		OCIRUN="--data-root=$WORK/data-root"
		for _ in 1 2; do
			run -0 --separate-stderr step "$1" "$2" --image-volumes \
				sh -c 'cat /data/file; stat -c "%a %u %g %F" /data /data/file /data/sub /new; ls /data /new
					echo x >/data/file; mkdir /data/more; touch /new/more; rmdir /data/sub'
			silent
			case $1 in
			user) owner='0 0' ;;
			*) owner='3 4' ;;
			esac
			assert_output "first
1771 0 0 directory
640 $owner regular file
755 0 0 directory
755 0 0 directory
/data:
file
sub

/new:"
		done
		assert_equal "$(cat "$WORK/rootfs/data/file")" first
		assert_equal "$(ls "$WORK/rootfs/data")" $'file\nsub'
		[ -z "$(ls -A "$WORK/data-root")" ]
	}
	each check
}

@test "the directory of a volume is made in the root filesystem and stays, what is there stays as it is (B127)" {
	check() {
		own "$1"
		rm -rf "$WORK/rootfs/new" "$WORK/rootfs/deep"
		mkdir -m 2700 "$WORK/rootfs/deep"
		own "$1"
		chmod 2700 "$WORK/rootfs/deep"
		echo '{"config":{"Volumes":{"/new":{},"/deep/er/est":{}}}}' >"$WORK/image.json"
		run -0 --separate-stderr step "$1" "$2" --image-volumes stat -c '%a %u %g' /new /deep/er/est
		assert_line --index 0 '755 0 0'
		silent
		assert_equal "$(stat -c '%a %U' "$WORK/rootfs/new")" "755 $([ "$1" = user ] && echo "$TEST_USER" || echo root)"
		assert_equal "$(stat -c %a "$WORK/rootfs/deep")" 2700
		[ -d "$WORK/rootfs/deep/er/est" ]
		assert_equal "$(ls -A "$WORK/rootfs/new")" ''
	}
	each check
}

@test "with --image-volume-dir the next run sees what this one wrote, and it is never filled again (B128, B129, CVE-2020-1726)" {
	check() {
		own "$1"
		rm -rf "$WORK/vols-$1"
		echo first >"$WORK/rootfs/data/file"
		rm -f "$WORK/rootfs/data/late"
		export VOLS=$WORK/vols-$1
		run -0 --separate-stderr step "$1" "$2" '--image-volumes --image-volume-dir="$VOLS"' \
			sh -c 'cat /data/file; echo second >/data/file; echo kept >/data/kept; rmdir /data/sub; touch /new/kept'
		assert_output first
		silent
		assert_equal "$(cat "$WORK/rootfs/data/file")" first
		[ ! -e "$WORK/rootfs/new/kept" ]
		echo image >"$WORK/rootfs/data/file"
		echo image >"$WORK/rootfs/data/late"
		run -0 --separate-stderr step "$1" "$2" '--image-volumes --image-volume-dir="$VOLS"' sh -c 'cat /data/*; ls /data /new; rm /data/*'
		assert_output $'second\nkept\n/data:\nfile\nkept\n\n/new:\nkept'
		silent
		# An empty one is one that somebody emptied.
		run -0 --separate-stderr step "$1" "$2" '--image-volumes --image-volume-dir="$VOLS"' ls -A /data
		refute_output
		assert_equal "$(stat -c %a "$VOLS")" 700
		[ "$(find "$VOLS" -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ]
		[ -d "$VOLS/$DATA" ]
	}
	each check
}

@test "an ordinary user can remove volumes in the way that the manual says (B126)" {
	own user
	export VOLS=$WORK/vols
	run -0 --separate-stderr step user runc '--image-volumes --image-volume-dir="$VOLS"' \
		sh -c 'mkdir -m 700 /data/closed; touch /data/closed/file; chown -R 5:5 /data'
	run -1 as_user rm -r "$VOLS"
	grep -q 'unshare --map-root-user --map-auto rm -r' "$TESTS/../man/mounts-apply.1"
	run -0 as_user unshare --map-root-user --map-auto rm -r "$VOLS"
	[ ! -e "$VOLS" ]
}

@test "another image's volume of the same path is the same one, and keeps what it has (CVE-2020-1726)" {
	make_rootfs "$WORK/other"
	mkdir "$WORK/other/data"
	echo hostile >"$WORK/other/data/file"
	export VOLS=$WORK/vols
	run -0 step root runc '--image-volumes --image-volume-dir="$VOLS"' true
	run -0 --separate-stderr step_with root runc '--rootfs="$WORK/other" --image-config="$WORK/image.json"' \
		'--image-volumes --image-volume-dir="$VOLS"' cat /data/file
	assert_output first
}

@test "a volume that lasts has the same owners in every run, with a user namespace and without (B004, B128)" {
	chown 3:4 "$WORK/rootfs/data/file"
	for order in 'root mapped root mapped' 'mapped root mapped root'; do
		export VOLS=$WORK/vols-${order%% *}
		for who in $order; do
			run -0 --separate-stderr step "$who" "$([ "$who" = root ] && echo crun || echo runc)" \
				'--image-volumes --image-volume-dir="$VOLS" --tmpfs=/data/t' \
				sh -c 'stat -c "%n %u %g" /data /new /data/*; rm -f /data/by; touch /data/by; chown 7:8 /data/by'
			silent
			refute_line --partial 65534
		done
		assert_output $'/data 0 0\n/new 0 0\n/data/by 7 8\n/data/file 3 4\n/data/sub 0 0\n/data/t 0 0'
		[ ! -e "$VOLS/$DATA/t" ]
		# As of a layer, which cannot be shown through mappings.
		run -0 --separate-stderr step_with mapped runc \
			'--rootfs="$WORK/rootfs" --layer="$WORK/layer-'"${order%% *}"'" --image-config="$WORK/image.json"' \
			'--image-volumes --image-volume-dir="$VOLS-layer"' stat -c '%u %g' /data /data/file /new
		assert_output $'0 0\n3 4\n0 0'
	done
}

@test "a volume is filled in chroot isolation too (B128, B129)" {
	for who in root user; do
		own "$who"
		export VOLS=$WORK/vols-$who
		export OCIRUN=--isolation=chroot
		for said in first second; do
			run -0 --separate-stderr step "$who" runc '--image-volumes --image-volume-dir="$VOLS"' \
				sh -c 'cat /data/file; stat -c "%a %u" /data; echo second >/data/file'
			assert_output "$said"$'\n755 0'
		done
		assert_equal "$(cat "$WORK/rootfs/data/file")" first
		run -0 step "$who" runc --image-volumes cat /data/file
		assert_output --partial first
	done
}

@test "a volume is filled from what the layers show, as mapped as they are (B128)" {
	mkdir -p "$WORK/upper/data"
	echo layer >"$WORK/upper/data/file"
	chown 7:8 "$WORK/upper/data/file"
	check() {
		run -0 --separate-stderr step_with "$1" "$2" \
			'--rootfs="$WORK/rootfs" --layer="$WORK/upper" --layer="$WORK/top" --image-config="$WORK/image.json"' \
			--image-volumes sh -c 'cat /data/file; stat -c "%u %g" /data/file; ls /data; echo x >/data/x'
		assert_output $'layer\n7 8\nfile\nsub'
		silent
		[ ! -e "$WORK/top/data/x" ]
		[ -d "$WORK/top/new" ]
		rm -rf "$WORK/top"
	}
	check root runc
	check mapped runc
	check mapped crun
}

@test "a volume below another mount is filled from the root filesystem (B127, B128)" {
	echo '{"config":{"Volumes":{"/data/sub":{}}}}' >"$WORK/image.json"
	echo inner >"$WORK/rootfs/data/sub/file"
	mkdir "$WORK/host"
	check() {
		chmod 777 "$WORK/host"
		run -0 --separate-stderr step "$1" "$2" '-v "$WORK/host:/data" --image-volumes' sh -c 'cat /data/sub/file; ls /data; touch /data/sub/x'
		assert_output $'inner\nsub'
		silent
		assert_equal "$(ls -A "$WORK/host")" ''
	}
	check root runc
	check mapped crun
}

@test "--prepare-only refuses a volume, --dry-run shows it" {
	run -0 sh -c 'ocigen --rootfs="$WORK/rootfs" --image-config="$WORK/image.json" -- id | mounts-apply --image-volumes --image-volume-dir=/v >doc'
	mkdir bundle
	run -125 --separate-stderr ocirun --prepare-only --bundle=bundle doc
	complains 'an image volume needs an ocirun that lives'
	run -0 --separate-stderr ocirun --dry-run doc
	assert_line 'volume   /data (dir /v)'
	[ ! -e /v ]
}
