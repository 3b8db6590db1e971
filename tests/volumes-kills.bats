#!/usr/bin/env bats
# A volume when ocirun dies, at whatever moment: whole or not there, and nothing beside it.
load lib
load host
load ocirun

prepare() {
	enter_run
	printf '{"config":{"Volumes":{"/data":{},"/new":{}}}}' >image.json
	for root in "$HOST/rootfs" ${USER_ROOTFS:+"$USER_ROOTFS"}; do
		[ ! -d "$root/data" ] || continue
		mkdir -p "$root/data/sub/deep" "$root/new"
		for n in 1 2 3 4; do echo "$n" >"$root/data/sub/$n"; done
		ln "$root/data/sub/1" "$root/data/sub/deep/link"
		ln -s 1 "$root/data/sub/soft"
		head -c 100000 /dev/zero >"$root/data/zeroes"
		chown -hR --reference="$root" "$root/data" "$root/new"
	done
}

# volume_doc WHO [WORD...] - ./document, with volumes
volume_doc() {
	doc "$1" -- sh -c 'echo x >/data/x; sleep 0.1' | mounts-apply --image-volumes=image.json "${@:2}" >document
}

# Everything in it is what the root filesystem has, and perhaps what the command wrote.
whole() {
	diff -r --no-dereference --exclude=x "$(rootfs_of "$1")/$2" "$3"
}

# sweep WHO RUNTIME WHICH EVERY - a run killed at each EVERYth call of its own
sweep() {
	local who=$1 runtime=$2 which=$3 every=$4 number status volume
	[ -z "${TORTURE-}" ] || every=1
	for ((number = 1; ; number += every)); do
		rm -rf "${VOLS:?}"/*
		status=0
		as "$who" "$runtime" "$HOST/hitat" "$which" "$number" 9 ocirun "$PWD/document" >out 2>err </dev/null || status=$?
		[ "$status" -ne 98 ] || fail "$(cat err)"
		wait_for_all
		as "$who" "$runtime" ocirun --clean >out 2>&1 || fail "$(cat out)"
		left_nothing || fail "$who, $runtime: $which at call $number: $status"
		for volume in "$VOLS"/*; do
			[ -e "$volume" ] || continue
			case ${volume##*/} in
			"$DATA") whole "$who" data "$volume" || fail "$who, $runtime: $which at call $number: half a volume" ;;
			"$NEW") whole "$who" new "$volume" ;;
			*) fail "$who, $runtime: $which at call $number: ${volume##*/} is left" ;;
			esac
			seen=$((seen + 1))
		done
		[ "$status" -ne 99 ] || return 0
	done
}

DATA=$(printf /data | sha256sum | cut -d' ' -f1)
NEW=$(printf /new | sha256sum | cut -d' ' -f1)

@test "killed at every system call: nothing is left of a new volume (B126, B128, R11)" {
	VOLS=$HOST/none seen=0
	volume_doc root
	snapshot
	sweep root runc worker 151
	sweep root crun both 211
	volume_doc mapped
	snapshot
	sweep mapped runc both 263
	[ -n "${USER_ROOTFS-}" ] || return 0
	volume_doc user
	snapshot
	sweep user crun both 197
}

@test "killed at every system call: a volume that lasts is whole, or is not there (B126, B128, R11)" {
	VOLS=$HOST/vols seen=0
	volume_doc root --image-volume-dir="$VOLS"
	snapshot
	sweep root runc worker 97
	sweep root crun both 163
	volume_doc mapped --image-volume-dir="$VOLS"
	snapshot
	sweep mapped crun both 229
	[ "$seen" -gt 10 ] || fail "only $seen volumes were looked at"
	[ -n "${USER_ROOTFS-}" ] || return 0
	VOLS=$HOST/user-vols
	install -d -m 700 -o "$TEST_USER" "$VOLS"
	volume_doc user --image-volume-dir="$VOLS"
	snapshot
	sweep user runc both 181
}
