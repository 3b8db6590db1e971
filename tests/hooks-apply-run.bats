#!/usr/bin/env bats
# hooks-apply: hooks of all stages in real containers.
load lib

stages=(prestart createRuntime createContainer poststart poststop)

# A recorder for the host's hooks and one for the container's own, and a root.
prepare() {
	make_rootfs
	cat >record <<-END
		#!/bin/sh
		{ echo "\$*"; tr '\\0' '\\n' </proc/\$\$/environ; } >$PWD/\$1.call
		cat >$PWD/\$1.state
		[ "\$1" != "\${FAIL-}" ]
	END
	cat >rootfs/record <<-'END'
		#!/bin/sh
		{ echo "$*"; tr '\0' '\n' </proc/$$/environ; } >/tmp/startContainer.call
		cat >/tmp/startContainer.state
	END
	chmod +x record rootfs/record
	chmod 777 . rootfs/tmp
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "${BATS_TEST_TMPDIR%/*/*}"
}

document() {
	local edits=('--hook=startContainer:/record,startContainer') stage
	for stage in "${stages[@]}"; do
		edits+=("--hook=$stage:$PWD/record,$stage")
	done
	ocigen --rootfs=rootfs --env=LD_PRELOAD=/evil.so -- "$@" | hooks-apply "${edits[@]}"
}

# check_calls - every hook was called once, as written, with the state of one container.
check_calls() {
	mv rootfs/tmp/startContainer.* .
	for stage in "${stages[@]}" startContainer; do
		head -n1 "$stage.call" | grep -qx "$stage"
		# neither the image's environment nor ours
		refute grep -q 'LD_PRELOAD\|BATS' "$stage.call"
		jq -e '.id == "'"$1"'" and (.bundle | length > 0)' "$stage.state" >/dev/null
	done
	jq -e '.pid > 1' createRuntime.state poststart.state
	jq -e '.status == "stopped"' poststop.state
}

@test "hooks of all six stages run in a container, with the state on standard input (B238, CVE-2025-23266)" {
	need_root
	document sh -c 'exit 7' >doc.json
	for runtime in runc crun; do
		run -7 --separate-stderr on "$runtime" ocirun --name="hooks-$runtime-$$" doc.json
		check_calls "hooks-$runtime-$$"
		rm -f ./*.call ./*.state
	done
}

@test "the same as an ordinary user (B217, B238)" {
	need_user
	cp -r rootfs record "$USER_DIR"
	sed -i "s|$PWD|$USER_DIR|g" "$USER_DIR/record"
	chown -R "$TEST_USER:" "$USER_DIR/rootfs" "$USER_DIR/record"
	cd "$USER_DIR"
	document sh -c 'exit 7' | idmap-apply --uidmap="0:$(id -u "$TEST_USER"):1" \
		--gidmap="0:$(id -g "$TEST_USER"):1" | mounts-apply >doc.json
	for runtime in runc crun; do
		run -7 --separate-stderr on_as_user "$runtime" ocirun --name="hooks-$runtime-$$" doc.json
		check_calls "hooks-$runtime-$$"
		rm -f ./*.call ./*.state
	done
	rm -rf rootfs record doc.json
}

@test "a hook without arguments gets its path, one with a time-out is given it" {
	need_root
	cat >bare <<-END
		#!/bin/sh
		tr '\\0' ' ' </proc/\$\$/cmdline >$PWD/bare.out
	END
	chmod +x bare
	for runtime in runc crun; do
		ocigen --rootfs=rootfs -- true |
			hooks-apply --hook="createRuntime:{\"path\":\"$PWD/bare\",\"timeout\":30}" >doc.json
		run -0 --separate-stderr on "$runtime" ocirun doc.json
		grep -q "$PWD/bare" bare.out
		rm bare.out
	done
}

@test "a hook that fails before the command keeps it from running; one that runs too long is ended" {
	need_root
	for runtime in runc crun; do
		ocigen --rootfs=rootfs -- touch /tmp/ran |
			hooks-apply --hook="createRuntime:{\"path\":\"$PWD/record\",\"args\":[\"r\",\"a\"],\"env\":[\"FAIL=a\"]}" >doc.json
		run -125 --separate-stderr on "$runtime" ocirun doc.json
		refute [ -e rootfs/tmp/ran ]
		ocigen --rootfs=rootfs -- touch /tmp/ran |
			hooks-apply --hook='createRuntime:{"path":"/bin/sleep","args":["sleep","1000"],"timeout":1}' >doc.json
		run -125 --separate-stderr on "$runtime" timeout 60 ocirun doc.json
		refute [ -e rootfs/tmp/ran ]
	done
}
