#!/usr/bin/env bats
# RUN --mount=type=secret in a Containerfile, and the same words given to mounts-apply.
load lib

# What the words are, and where the secret then is.
WORDS='type=secret,id=file /run/secrets/file
type=secret,id=env /run/secrets/env
id=file,type=secret /run/secrets/file
type=secret,id=file,target=/etc/deep/token /etc/deep/token
type=secret,id=file,dst=/token,gid=44 /token
type=secret,id=file,destination=/token,required=true /token
type=secret,id=file,required=True,mode=0444 /run/secrets/file
type=secret,id=env,mode=0640,uid=3,gid=4 /run/secrets/env
type=secret,id=env,mode=4755,target=/token /token
type=secret,id=file,gid=1000,required=0 /run/secrets/file
type=secret,id=none /run/secrets/none
type=secret,id=none,required=f,target=/etc/none /etc/none'

# On standard input: what /look prints for each of them, from "== WORDS" on.
prepare() {
	need_root
	command -v buildah >/dev/null || skip 'needs buildah'
	mkdir memory
	make_rootfs made
	mkdir made/work
	cat >made/look <<-'END'
		#!/bin/sh
		echo "== $1"
		if [ ! -e "$2" ]; then echo none; exit; fi
		sha256sum <"$2"
		stat -c '%F %a %u:%g %s' "$2"
		(echo x >"$2") 2>/dev/null || echo 'cannot write'
		rm "$2" 2>/dev/null || echo 'cannot remove'
		chmod 777 "$2" 2>/dev/null || echo 'cannot change'
		awk -v at="$2" '$5 == at { print $6 }' /proc/self/mountinfo | tr , '\n' | grep '^r[ow]$'
	END
	chmod +x made/look
	printf 'from a\0file\n' >file
	export TOKEN=$'from a\nvariable'
}

# Both print to OUT, in memory: whatever buildah leaves mounted goes with it.
both() {
	cat >both.sh <<-'END'
		set -eu
		mount -t tmpfs none memory
		cp -a made memory/rootfs
		{ echo 'FROM scratch'; echo 'COPY . /'; echo 'WORKDIR /work'; } >memory/Containerfile
		printf '%s\n' "$WORDS" | while read -r words path; do
			echo "RUN --mount=$words /look $words $path"
		done >>memory/Containerfile
		export CONTAINERS_CONF=/dev/null TMPDIR=$PWD/memory OCI_RUNTIME=runc
		buildah --storage-driver vfs --root memory/storage --runroot memory/run bud --isolation oci --runtime runc \
			--network none --no-cache --layers=false --secret id=file,src=file --secret id=env,env=TOKEN \
			-f memory/Containerfile memory/rootfs >memory/log 2>&1 </dev/null || { cat memory/log; exit 1; }
		sed -n '/^==/,/^STEP/p' memory/log | grep -v -e ^STEP -e ^COMMIT -e ^Getting -e ^Copying -e ^Writing -e "^-->" -e "^[0-9a-f]*\$" >theirs
		printf '%s\n' "$WORDS" | while read -r words path; do
			ocigen --rootfs=memory/rootfs --workdir=/work -- /look "$words" "$path" |
				idmap-apply $MAPS |
				mounts-apply --secret=id=file,src=file --secret=id=env,env=TOKEN --mount="$words" |
				ocirun || exit 1
		done >ours
	END
	WORDS=$WORDS MAPS=${1-} unshare -m --propagation private sh both.sh
}

@test "the words of a Containerfile's secrets do what they do under buildah (B156, B185-B191)" {
	run -0 both
	assert_equal "$(grep -c == theirs)" "$(wc -l <<<"$WORDS")"
	diff theirs ours
	run -0 both '--uidmap=0:100000:65536 --gidmap=0:100000:65536'
	diff theirs ours
}
