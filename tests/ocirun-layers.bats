#!/usr/bin/env bats
# Steps whose root filesystem is an overlay: thrown away, or a layer that is kept.
load lib
load steps

prepare() {
	make_work base
}

# step WHO RUNTIME 'OPTIONS OF OCIGEN' COMMAND...
step() {
	local who=$1 runtime=$2 gen=$3
	shift 3
	step_with "$who" "$runtime" "$gen" '' "$@"
}

@test "what is written to a throwaway root is gone, and the directory as it was" {
	check() {
		local before
		before=$(picture "$WORK/base")
		run -0 --separate-stderr step "$1" "$2" '--rootfs=$WORK/base:O --workdir=/new/dir' \
			sh -c 'pwd; echo x >/etc/new; rm /etc/group; ls /etc; stat -c %u /bin'
		assert_line --index 0 /new/dir
		assert_line new
		refute_line group
		assert_line --index -1 0
		silent
		assert_equal "$(picture "$WORK/base")" "$before"
		run find "$USER_DIR" -maxdepth 1 -name 'ocipipe-*'
		assert_output ''
	}
	each check
}

@test "three steps are three layers; the second made again gives the same third" {
	check() {
		local base first third
		rm -rf "$WORK"/[123]
		base=$(picture "$WORK/base")
		three() {
			run -0 --separate-stderr step "$1" "$2" '--rootfs=$WORK/base --layer=$WORK/1 --layer=$WORK/2 --layer=$WORK/3' \
				sh -c 'cat /two >/three; ls / >>/three'
			silent
		}
		two() {
			run -0 --separate-stderr step "$1" "$2" '--rootfs=$WORK/base --layer=$WORK/1 --layer=$WORK/2' \
				sh -c 'rm /etc/passwd; rm -r /tree; mkdir /tree; touch /tree/fresh; cat /one >/two'
			silent
		}
		run -0 --separate-stderr step "$1" "$2" '--rootfs=$WORK/base --layer=$WORK/1' \
			sh -c 'echo one >/one; mkdir /tree; touch /tree/old; ln /one /tree/hard'
		silent
		first=$(picture "$WORK/1")
		two "$1" "$2"
		three "$1" "$2"
		third=$(cat "$WORK/3/three")
		assert_regex "$third" '^one'
		# A deleted file is a whiteout, a directory made again hides the one below.
		[ -c "$WORK/2/etc/passwd" ]
		[ -e "$WORK/2/tree/fresh" ] && [ ! -e "$WORK/2/tree/old" ]
		rm -rf "$WORK"/[23]
		two "$1" "$2"
		three "$1" "$2"
		assert_equal "$(cat "$WORK/3/three")" "$third"
		assert_equal "$(picture "$WORK/1")" "$first"
		assert_equal "$(picture "$WORK/base")" "$base"
		run find "$WORK" -maxdepth 1 -name '*.partial' -o -maxdepth 1 -name '*.work'
		assert_output ''
		# Of the mount targets that had to be made none is in the layer.
		[ ! -e "$WORK/1/etc/resolv.conf" ] && [ ! -e "$WORK/1/run/.containerenv" ]
	}
	each check
}

@test "a step that fails, or whose command is not there, leaves no layer" {
	check() {
		run -3 --separate-stderr step "$1" "$2" '--rootfs=$WORK/base --layer=$WORK/bad' sh -c 'touch /x; exit 3'
		run -127 --separate-stderr step "$1" "$2" '--rootfs=$WORK/base --layer=$WORK/bad' nosuchcommand
		run find "$WORK" -maxdepth 1 -name 'bad*'
		assert_output ''
	}
	each check
}

@test "a layer that is there already is not made again" {
	mkdir "$WORK/there"
	run -125 --separate-stderr step root runc '--rootfs=$WORK/base --layer=$WORK/there' true
	complains "$WORK/there: there is such a layer already"
	complains 'remove it to run the step again'
	[ -d "$WORK/there" ]
}

@test "a layer below that is not there is named" {
	run -125 --separate-stderr step root runc '--rootfs=$WORK/base --layer=$WORK/none --layer=$WORK/top' true
	complains "$WORK/none: cannot be a layer"
	run find "$WORK" -maxdepth 1 -name 'top*'
	assert_output ''
}

@test "a layer whose /dev is a link out is refused (CVE-2026-41579)" {
	mkdir "$WORK/evil" "$WORK/canary"
	ln -s "$WORK/canary" "$WORK/evil/dev"
	run -125 --separate-stderr step root runc '--rootfs=$WORK/base:O --layer=$WORK/evil' true
	complains 'is not a directory'
	run ls -A "$WORK/canary"
	assert_output ''
}

@test "whiteouts, opaque directories, hard links, renames and attributes are overlayfs's own" {
	cat >"$WORK/changes" <<-'END'
		cd "$1"
		rm etc/group
		rm -r gone; mkdir gone; echo x >gone/new
		mv dir moved
		ln etc/passwd etc/second
		chmod 600 marked
		rm -r whole
		ln -s target link
		mkfifo fifo
		touch -d 2001-01-01 old
		echo more >>pair1
	END
	chmod +x "$WORK/changes"
	mkdir -p "$WORK/base"/{gone,dir/sub,whole} "$WORK/upper" "$WORK/work" "$WORK/merged"
	touch "$WORK/base"/gone/old "$WORK/base"/dir/sub/file "$WORK/base"/whole/file "$WORK/base"/{old,marked,pair1}
	ln "$WORK/base/pair1" "$WORK/base/pair2"
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.mark", b"kept")' "$WORK/base/marked"
	cp "$WORK/changes" "$WORK/base/changes"
	# Were they missing, they would be made, and removed again from a directory copied for that.
	touch "$WORK/base"/etc/{hosts,hostname,resolv.conf} "$WORK/base/run/.containerenv"
	for name in mv mkfifo; do
		ln -sf busybox "$WORK/base/bin/$name"
	done
	# shellcheck disable=SC2016 # for the other shell
	unshare --mount sh -c 'mount -t overlay -o lowerdir=$WORK/base,upperdir=$WORK/upper,workdir=$WORK/work none "$WORK/merged" &&
		exec chroot "$WORK/merged" /bin/sh /changes /'
	plain=$(layer "$WORK/upper")
	[[ $plain == *"overlay.opaque', b'y'"* ]]
	check() {
		rm -rf "$WORK/layer"
		run -0 --separate-stderr step "$1" "$2" '--rootfs=$WORK/base --layer=$WORK/layer' sh /changes /
		silent
		assert_equal "$(layer "$WORK/layer")" "$plain"
	}
	each check
}
