# shellcheck shell=bash
# steps.bash - build steps for three kinds of callers, in a work tree of their own
#
# WHO is root; mapped: root, with a user namespace; user: an ordinary one.

# $WORK, with a root filesystem in $WORK/ROOTFS (default: rootfs); step_with and
# each work there.
make_work() {
	need_root
	need_user
	WORK=$(mktemp -d "$USER_DIR/work.XXXXXX")
	make_rootfs "$WORK/${1-rootfs}"
	cat >"$WORK/step" <<-'END'
		#!/bin/sh
		# step 'OPTIONS OF OCIGEN' MAPS 'OF MOUNTS-APPLY' COMMAND...
		gen=$1 maps=$2 mounts=$3
		shift 3
		eval ocigen $gen -- '"$@"' | idmap-apply $maps | eval mounts-apply $mounts |
			ocirun $OCIRUN
	END
	chmod +x "$WORK/step"
	export WORK OCIRUN=
}

remove_work() {
	[ -z "${WORK-}" ] || rm -rf "$WORK"
}

# Of a test file that has no other.
teardown() {
	remove_work
}

MAPS='--uidmap=0:100000:65536 --gidmap=0:100000:65536'

# step_with WHO RUNTIME 'OPTIONS OF OCIGEN' 'OF MOUNTS-APPLY' COMMAND...
step_with() {
	local who=$1 runtime=$2 gen=$3
	shift 3
	case $who in
	root) on "$runtime" "$WORK/step" "$gen" '' "$@" ;;
	mapped) on "$runtime" "$WORK/step" "$gen" "$MAPS" "$@" ;;
	user) on_as_user "$runtime" "$WORK/step" "$gen" --rootless "$@" ;;
	esac
}

# step WHO RUNTIME 'OPTIONS OF MOUNTS-APPLY' COMMAND...
step() {
	local who=$1 runtime=$2
	shift 2
	step_with "$who" "$runtime" '--rootfs="$WORK/rootfs"' "$@"
}

# left_nothing [OF WHAT] - of a run whose places are $WORK/run and $WORK/data
left_nothing() {
	run find "$WORK/run" "$WORK/data" -mindepth 1
	[[ $output != /* ]] || fail "${1-}: $output"
	run grep -F "$WORK" /proc/self/mountinfo
	assert_output ''
}

# each TEST - for all three under both runtimes; the tree is the user's where the user runs
each() {
	local who runtime
	for who in root mapped user; do
		if [ "$who" = user ]; then
			chown -hR "$TEST_USER:" "$WORK"
		else
			chown -hR root: "$WORK"
		fi
		for runtime in runc crun; do
			"$1" "$who" "$runtime"
		done
	done
}

# All that a tree is: names, kinds, modes, owners, links, contents.
picture() {
	(cd "$1" && find . -printf '%p %y %m %U %G %l %T@\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

# What a layer is: kinds, modes, sizes, link counts, links, contents, attributes but those
# that say where overlayfs keeps its marks.
layer() {
	python3 - "$1" <<-'END'
		import hashlib, os, stat, sys
		top = sys.argv[1]
		inodes = {}
		for dir, dirs, files in os.walk(top):
		    for name in sorted(dirs + files):
		        path = os.path.join(dir, name)
		        st = os.lstat(path)
		        marks = {n.split(".", 1)[1]: os.getxattr(path, n, follow_symlinks=False)
		                 for n in os.listxattr(path, follow_symlinks=False)}
		        for way in ("overlay.origin", "overlay.impure", "overlay.nlink", "overlay.uuid"):
		            marks.pop(way, None)
		        text = hashlib.sha256(open(path, "rb").read()).hexdigest() if stat.S_ISREG(st.st_mode) else ""
		        link = os.readlink(path) if stat.S_ISLNK(st.st_mode) else ""
		        same = inodes.setdefault(st.st_ino, os.path.relpath(path, top))
		        print(os.path.relpath(path, top), oct(st.st_mode), st.st_rdev, st.st_nlink if text else "",
		              link, text, sorted(marks.items()), same if st.st_nlink > 1 and text else "")
	END
}
