# shellcheck shell=bash
# buildah.bash - the words of a Containerfile's mounts, under buildah and under ocirun
#
# A line of $WORDS is what --mount is given, and perhaps a path; in made/ is the root
# filesystem, whose /look WORDS [PATH] prints "== WORDS" and then what it finds.

make_made() {
	need_root
	command -v buildah >/dev/null || skip 'needs buildah'
	mkdir memory
	make_rootfs made
	mkdir made/work
}

# both OPTIONS [MAPS] - ours and theirs, in memory: whatever buildah leaves mounted goes with it
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
			--network none --no-cache --layers=false $OPTIONS \
			-f memory/Containerfile memory/rootfs >memory/log 2>&1 </dev/null || { cat memory/log; exit 1; }
		sed -n '/^==/,/^STEP/p' memory/log | grep -v -e ^STEP -e ^COMMIT -e ^Getting -e ^Copying -e ^Writing -e "^-->" -e "^[0-9a-f]*\$" >theirs
		printf '%s\n' "$WORDS" | while read -r words path; do
			ocigen --rootfs=memory/rootfs --workdir=/work -- /look "$words" "$path" |
				idmap-apply $MAPS | mounts-apply $OPTIONS --mount="$words" | ocirun || exit 1
		done >ours
	END
	WORDS=$WORDS OPTIONS=$1 MAPS=${2-} unshare -m --propagation private sh both.sh
}

# same_words OPTIONS - they find the same, with a user namespace or without
same_words() {
	run -0 both "$1"
	assert_equal "$(grep -c == theirs)" "$(wc -l <<<"$WORDS")"
	diff theirs ours
	run -0 both "$1" '--uidmap=0:100000:65536 --gidmap=0:100000:65536'
	diff theirs ours
}
