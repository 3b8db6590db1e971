#!/usr/bin/env bats
# A secret is where the container sees it, and nowhere else: not while it runs, not afterwards.
load lib
load host
load ocirun

prepare() {
	rm -rf "$HOST/run"
	mkdir -m 755 "$HOST/run"
	cd "$HOST/run" || return
	# 32 random bytes, which a variable can hold as well.
	head -c 24 /dev/urandom | base64 | tr '/+' '._' | tr -d '\n' >marker
	MARKER=$(cat marker)
	DIGEST=$(sha256sum <marker)
	export MARKER
}

SECRETS='--secret=id=env,env=MARKER --secret=id=file,src=marker --secret=id=fd,fd=5
	--mount=type=secret,id=env --mount=type=secret,id=file,mode=0444 --mount=type=secret,id=fd,uid=7'

# secret_doc WHO COMMAND... - a document with three secrets, in ./document, and its trace
secret_doc() {
	local who=$1
	shift
	# shellcheck disable=SC2086 # a list of words
	doc "$who" -- "$@" | env -u MARKER mounts-apply --trace=trace $SECRETS >document
}

# Where it is found: below the places where anything is written, and in all processes.
seek() {
	on_host env -u MARKER python3 "$TESTS/seek.py" "$PWD/marker" "$HOST" /run /dev/shm ${USER_DIR:+"$USER_DIR"}
}

found_nowhere() {
	local found
	found=$(seek)
	[ -z "$found" ] || fail "found${1:+ $1}: $found"
}

# start WHO RUNTIME OPTION... - ./document, to where its command says "up"
start() {
	local who=$1 runtime=$2
	shift 2
	rm -f out err go
	mkfifo go
	as "$who" "$runtime" ocirun "$@" "$PWD/document" >out 2>err <>go 5< <(cat marker) 3>&- &
	RUNNING=$!
	await grep -q up out || fail "it did not start: $(cat out err)"
}

finish() {
	local status=0
	echo >go
	wait "$RUNNING" || status=$?
	assert_equal "$status" "${1-0}"
}

LOOK='cd /run/secrets; for f in env file fd; do sha256sum <$f; done; echo up; read x; exit ${1-0}'

@test "a random marker as secret is nowhere else while the container runs, nor afterwards (O6, R24)" {
	check() {
		local -a loud=(--log-level=info)
		[ "$2" = chroot ] || loud+=(--runtime-flag=--debug)
		secret_doc "$1" sh -c "$LOOK"
		snapshot
		start "$1" "$2" "${loud[@]}"
		assert_equal "$(sort -u out)" "$(printf '%s\nup' "$DIGEST" | sort)"
		found_nowhere "while it runs"
		finish
		found_nowhere afterwards
		rm -f out err go
		left_nothing
	}
	RUNTIMES='runc crun chroot' each check
}

@test "what is searched would be found, wherever it is" {
	cp marker copy
	mkdir "$MARKER"
	cp "$(command -v sleep)" ocirun
	OTHER=$MARKER on_host env -u MARKER ./ocirun 100 3>&- &
	await on_host pgrep -x ocirun
	run seek
	assert_line "$PWD/copy"
	assert_line "$PWD/$MARKER"
	assert_line --regexp '^/proc/[0-9]+/environ: .*ocirun.*100'
	assert_line --regexp '^/proc/[0-9]+/mem$'
	on_host pkill -x ocirun
}

@test "a kept bundle has no secret; a replay takes them anew, or says which is missing" {
	check() {
		secret_doc "$1" sh -c "$LOOK" sh 3
		start "$1" "$2" --keep=always
		finish 3
		found_nowhere 'in what is kept'
		kept=$(sed -n 's/^ocirun --replay=\(.*\) --shell$/\1/p' err)
		[ -f "$kept/document.json" ]
		run -0 --separate-stderr as "$1" "$2" ocirun --replay="$kept" -- \
			sh -c 'cd /run/secrets; for f in env file fd; do sha256sum <$f; done' 5< <(cat marker)
		assert_equal "$(sort -u <<<"$output")" "$DIGEST"
		unset MARKER
		run -125 --separate-stderr as "$1" "$2" ocirun --replay="$kept" -- true 5<marker
		complains 'secret: /run/secrets/env: $MARKER: is not set'
		MARKER=$(cat marker)
		export MARKER
		run -125 --separate-stderr as "$1" "$2" ocirun --replay="$kept" -- true 5<&-
		complains 'secret: /run/secrets/fd: descriptor 5: is not open'
		run -0 as "$1" "$2" ocirun --clean="$kept"
	}
	RUNTIMES='runc crun chroot' each check
}

@test "the variable of a secret reaches neither the command, nor hooks, nor the runtime (CVE-2021-3602)" {
	cat >hook <<-'END'
		#!/bin/sh
		env >"${0%/*}/hook.env"
	END
	cat >runtime <<-'END'
		#!/bin/sh
		env >>"${0%/*}/runtime.env"
		exec runc "$@"
	END
	chmod +x hook runtime
	# TMPDIR is one of the few that a runtime gets otherwise.
	doc root -- env | mounts-apply --secret=id=a,env=MARKER --secret=id=b,env=DBUS_SESSION_BUS_ADDRESS \
		--mount=type=secret,id=a --mount=type=secret,id=b | hooks-apply --hook="createRuntime:$PWD/hook" >document
	export DBUS_SESSION_BUS_ADDRESS=$MARKER
	run -0 --separate-stderr as root ./runtime ocirun "$PWD/document"
	refute_output --partial MARKER
	refute_output --partial "$MARKER"
	grep -q . hook.env
	grep -q PATH= runtime.env
	run ! grep -e MARKER -e DBUS -F -e "$MARKER" hook.env runtime.env
}

@test "process 1 of a container with the host's processes finds no secret in theirs (CVE-2021-3602)" {
	check() {
		doc root --preset=build -- sh -c 'cat /proc/*/environ | tr "\0" "\n" >/tmp/all; grep -c MARKER=. /tmp/all; grep -c ^TMPDIR= /tmp/all' |
			ns-apply --pid=host | caps-apply --cap-add=SYS_PTRACE |
			mounts-apply --secret=id=a,env=MARKER --mount=type=secret,id=a >document
		run -0 --separate-stderr as root "$1" ocirun "$PWD/document"
		assert_line --index 0 0
		[ "${lines[1]}" -ge 2 ] # it sees ours
	}
	check runc
	check crun
}
