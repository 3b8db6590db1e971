#!/usr/bin/env bats
# ocirun: how it starts what it starts, and that each part of the end comes whatever fails.
load lib
load host
load ocirun

# fake - a runtime that does as its standard input says before it is the real one.
fake() {
	{
		cat <<-'END'
			#!/bin/sh
			phase=
			for word; do
				case $word in run | create | start | delete | state) phase=$word; break ;; esac
			done
			here=${0%/*}
		END
		cat
		echo 'exec /usr/sbin/runc "$@"'
	} >"$HOST/fake"
	chmod 755 "$HOST/fake"
}

prepare() {
	mkdir "$HOST/src" "$HOST/other" "$HOST/volume"
	echo old >"$HOST/src/file"
}

teardown() {
	thaw
	rm -rf "$HOST/src" "$HOST/other" "$HOST/volume" "$HOST/caches" "$HOST/pids" "$HOST/document" "$HOST/fake" "$HOST"/saw.*
}

# What was made immutable is as everything else again.
thaw() {
	local places=("$HOST/rootfs" "$HOST/volume/below" "$HOST/pids" "$HOST"/data/*/bundle/files/*)
	for place in "${places[@]}"; do
		[ ! -e "$place" ] || chattr -i "$place"
	done
}

# A step that needs everything there is, and ends with 6.
everything() {
	doc root -w /made/dir -- sh -c 'echo new >/o/file; exit 6' |
		mounts-apply -v "$HOST/src:/o:O" -v "$HOST/volume:/volume" -v "$HOST/other:/volume/below/dir" \
			--tmpfs=/missing/tmpfs --mount=type=cache,target=/cache,id=one,sharing=locked "$@" >"$HOST/document"
}

ocirun_() {
	as root runc timeout 60 ocirun --runtime="$HOST/fake" --cache-dir="$HOST/caches" --stop-timeout=1 "$@" "$HOST/document"
}

# Nobody has the cache any more.
cache_is_free() {
	local lock
	lock=$(find "$HOST/caches" -name 'lock*')
	[ -n "$lock" ]
	flock -n "$lock" true
}

@test "a failure between what was prepared and the run takes all of it back (B242, B341)" {
	fake </dev/null
	mkdir -p "$HOST/rootfs/made/dir"
	everything
	run -6 ocirun_
	rm -r "$HOST/caches"
	touch "$HOST/rootfs/made/file"
	snapshot
	while read -r said words; do
		eval "everything $words"
		run -125 --separate-stderr ocirun_
		complains "$said"
		if [ -e "$HOST/caches" ]; then cache_is_free; fi
		rm -rf "$HOST/caches"
		left_nothing
	done <<-'END'
		/nowhere -v /nowhere:/zz
		/zz/new -v "$HOST/other:/zz:ro" -v "$HOST/other:/zz/new"
		/made/file/x -v "$HOST/other:/made/file/x"
		/lower -v "$HOST/other/lower:/zz:O"
	END
	everything
	sed -i 's|"cwd": *"[^"]*"|"cwd": "/made/file"|' "$HOST/document"
	run -125 --separate-stderr ocirun_
	complains 'workdir: /made/file'
	rm -rf "$HOST/caches"
	fake <<<'[ $phase != create ] || exit 1'
	everything
	run -125 --separate-stderr ocirun_ --pid-file="$HOST/pid"
	cache_is_free
	rm -rf "$HOST/caches"
	left_nothing
}

@test "what cannot be taken back is said, one by one; the rest is, the locks are free, and the status is the command's (B243, B341, B342, B343, R41)" {
	local about
	# Whatever removes something now fails: targets in the root and in a source, the overlay's
	# directory, the pid file.
	fake <<-'END'
		[ $phase != delete ] || {
			data=$(find "$here/data" -maxdepth 1 -name 'ocipipe-*')
			chattr +i "$here/rootfs" "$here/volume/below" "$here/pids" "$data/bundle/files/hosts"
		}
	END
	mkdir -p "$HOST/rootfs/made/dir" "$HOST/pids"
	snapshot
	for about in pipe closed; do
		everything
		if [ $about = closed ]; then
			run -6 ocirun_ --pid-file="$HOST/pids/pid" 2>&-
		else
			run -6 --separate-stderr ocirun_ --pid-file="$HOST/pids/pid"
			complains "ocirun: $HOST/rootfs/cache: cannot remove the mount point: Operation not permitted"
			complains "ocirun: $HOST/volume/below/dir: cannot remove the mount point: Operation not permitted"
			complains "ocirun: $HOST/pids/pid: cannot remove: Operation not permitted"
			[[ $stderr =~ "ocirun: $HOST/data/ocipipe-"[0-9a-f]+"/bundle/files/hosts: cannot remove: Operation not permitted" ]]
			[ "$(grep -vc '^ocirun: hint: .*ocirun --clean tries again$' <<<"$stderr")" -eq 4 ] || fail "$stderr"
		fi
		cache_is_free
		# Of the run's own directory nothing is left but the way to what must stay.
		run -0 find "$HOST/data" -type f
		assert_output --regexp '^/[^ ]*/bundle/files/hosts$'
		run -0 find "$HOST/data" -mindepth 1 -type d
		assert_equal "${#lines[@]}" 3
		# The next one does the rest.
		thaw
		run -0 --separate-stderr as root runc ocirun --clean
		silent
		rm -r "$HOST/caches"
		left_nothing
	done
	rmdir "$HOST/pids"
}

@test "what is only bound leaves nothing to be unmounted (B344)" {
	fake <<-'END'
		[ $phase != start ] || for fd in /proc/$PPID/fd/*; do
			case $(readlink "$fd") in */journal) cat "$fd" >"$here/saw.journal" ;; esac
		done
	END
	doc root -- true | mounts-apply --mount="type=bind,source=$HOST/src,target=/tmp" >"$HOST/document"
	run -0 ocirun_ --pid-file="$HOST/pid"
	run -0 jq -r '.undo // empty' "$HOST/saw.journal"
	assert_output $'tree\ncgroup\ncontainer\nfile'
}

@test "nothing is started anew: one ocirun, then the runtime, with five variables and its own streams (B274)" {
	fake <<-'END'
		echo "$0" >"$here/saw.$phase"
		env | cut -d= -f1 | grep -Evx 'PWD|OLDPWD|SHLVL|_' | sort >>"$here/saw.$phase"
		grep -E '^(SigBlk|SigIgn|PPid)' /proc/$$/status >>"$here/saw.$phase"
		pwd >>"$here/saw.$phase"
	END
	doc root -- cat >"$HOST/document"
	run -0 --separate-stderr as root runc env LOGLEVEL=5 SECRET=x XDG_RUNTIME_DIR=/run/x DBUS_SESSION_BUS_ADDRESS=y \
		strace -f -qq -e trace=execve -e signal=none -o "$HOST/saw.execs" \
		ocirun --runtime="$HOST/fake" "$HOST/document" <<<'the step reads this'
	assert_output 'the step reads this'
	assert_equal "$(grep -c 'execve("[^"]*/ocirun"' "$HOST/saw.execs")" 1
	for phase in create start delete; do
		run -0 cat "$HOST/saw.$phase"
		assert_line --index 0 "$HOST/fake"
		[[ $output == *$'/fake\nDBUS_SESSION_BUS_ADDRESS\nLANG\nPATH\nTMPDIR\nXDG_RUNTIME_DIR\n'* ]] || fail "$output"
		assert_line --regexp $'^SigBlk:\t0+$'
		assert_line --regexp $'^SigIgn:\t0+$'
		assert_line --regexp '/bundle$'
	done
}

@test "an option that is taken does something; what is another stage's, or nobody's, is refused (B244)" {
	doc root -- true >"$HOST/document"
	while IFS='|' read -r option hint; do
		run -125 --separate-stderr ocirun "$option" "$HOST/document"
		complains "unknown option"
		complains "$hint"
	done <<-'END'
		--device=/dev/null|hint: devices-apply --device
		--entrypoint=x|hint: ocigen --entrypoint
		--cni-plugin-path=/x|hint: ns-apply --network
		--cni-config-dir=/x|hint: ns-apply --network
		--quiet|ocirun has --log-level=error
		-q|ocirun has --log-level=error
	END
	run -125 --separate-stderr ocirun --shell "$HOST/document"
	complains '--shell: is for --replay'
}
