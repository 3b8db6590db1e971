#!/usr/bin/env bats
# ocirun: what only makes it quick changes nothing, and nobody else sees it.
load lib
load host
load ocirun

annotation=run.oci.seccomp_bpf_data

# watched [NAME] - a runtime of this name that is crun, and shows what configuration it got
watched() {
	mkdir -p "$HOST/bin"
	cat >"$HOST/bin/${1-crun}" <<-END
		#!/bin/sh
		last=
		for word; do
			[ "\$last" != --bundle ] || cat "\$word/config.json" >"$HOST/seen"
			last=\$word
		done
		exec crun "\$@"
	END
	chmod 755 "$HOST/bin/${1-crun}"
}

# seen FILTER... - a step with these filters' changes, and $OCIRUN's options; $HOST/seen
seen() {
	rm -f "$HOST/seen"
	# shellcheck disable=SC2086 # a list of words
	doc root -- sh -c 'grep ^Seccomp: /proc/self/status; mkdir /dev/shm/x' | eval "${1-cat}" |
		on_host ocirun --runtime="$HOST/bin/${2-crun}" ${OCIRUN-}
}

program() {
	jq -r ".annotations[\"$annotation\"] // empty" "$HOST/seen"
}

@test "crun is given the filter's program, of whatever length, and decides by it" {
	need_root
	watched
	remainders=
	for rules in --deny=mkdir '--deny=mkdir --deny=chmod' '--rule=errno=ENOSPC:mkdir --allow=chmod' \
		'--deny=mkdir,socket --rule=errno=EXDEV:link' '--deny=mkdir --rule=errno=EBUSY:kcmp' --deny=mkdir,mount,link,unlink; do
		run --separate-stderr seen "seccomp-apply $rules"
		assert_line --regexp 'Seccomp:.2'
		[[ $stderr =~ mkdir.*(not\ permitted|No\ space) ]] || fail "$rules: $stderr"
		program | base64 -d >"$HOST/program"
		remainders+=$(($(stat -c %s "$HOST/program") % 3))
		assert_equal $(($(stat -c %s "$HOST/program") % 8)) 0
		assert [ -s "$HOST/program" ]
	done
	[[ $remainders = *0* && $remainders = *1* && $remainders = *2* ]] || fail "lengths: $remainders"
}

@test "the program reaches only crun, in a bundle that nobody else reads" {
	need_root
	watched
	watched other
	seen 'cat' other
	assert_equal "$(program)" ''
	OCIRUN=--keep=on-failure seen # which does not fail
	assert_equal "$(program)" ''
	seen 'hooks-apply --hook=createRuntime:/bin/true'
	assert_equal "$(program)" ''
	seen 'seccomp-apply --profile=unconfined'
	assert_equal "$(program)" ''
	seen "process-apply --annotation=run.oci.seccomp.receiver=/nowhere" || true
	assert_equal "$(program)" ''
	mkdir "$HOST/bundle"
	doc root -- true | on_host ocirun --runtime=crun --prepare-only --bundle="$HOST/bundle"
	cp "$HOST/bundle/config.json" "$HOST/seen"
	assert_equal "$(program)" ''
}

# What enters the host is in a cgroup outside of it, unless it moves.
at_home='echo $$ 2>/dev/null >/sys/fs/cgroup/pids/cgroup.procs || :'

# moved WHO RUNTIME [OPTION...] - the writes of ocirun's processes into lists of cgroups' processes
moved() {
	local who=$1 runtime=$2
	shift 2
	doc "$who" -- true >"$HOST/document"
	rm -f "$HOST/trace"
	install -m 666 /dev/null "$HOST/trace"
	as "$who" "$runtime" sh -c "$at_home; "'exec "$@"' sh strace -f -qq -e trace=write,execve -y \
		-o "$HOST/trace" ocirun --log-level=error "$@" "$HOST/document" >/dev/null 2>&1 ||
		[ "$who" = user ] # under strace newuidmap has no right to map
	# What the runtime writes comes after it was started.
	sed '/execve("[^"]*\/\(runc\|crun\)"/,$d' "$HOST/trace" | grep cgroup.procs || true
}

@test "the kernel is made ready by a move from where we are to where we are, by root and for a runtime only" {
	need_root
	need_plain
	run -0 moved root runc
	assert_line --regexp '^([0-9]+) +write\([0-9]+</sys/fs/cgroup/pids[^>]*/cgroup.procs>, "[0-9]+"'
	assert_equal "${#lines[@]}" 1
	[[ $output =~ ^([0-9]+)\ .*\"([0-9]+)\" ]]
	# By a thread, of our own first process.
	assert_equal "$(head -n1 "$HOST/trace" | cut -d' ' -f1)" "${BASH_REMATCH[2]}"
	assert [ "${BASH_REMATCH[1]}" -gt "${BASH_REMATCH[2]}" ]
	run -0 moved root chroot
	assert_output ''
	run -0 moved root runc --dry-run
	assert_output ''
	if [ -n "${TEST_USER-}" ]; then
		run -0 moved user crun
		assert_output ''
	fi
}

@test "where the kernel cannot be made ready, or takes very long for it, a step runs all the same" {
	need_root
	need_plain
	snapshot
	doc root -- sh -c 'exit 7' >"$HOST/document"
	for fault in error=EACCES delay_enter=300000; do
		run -7 as root runc sh -c "$at_home; "'exec "$@"' sh strace -f -qq -o "$HOST/trace" -e trace=write \
			-P /sys/fs/cgroup/pids/cgroup.procs -e "inject=write:$fault:when=1" ocirun "$HOST/document"
		grep -q -e INJECTED -e unfinished "$HOST/trace"
	done
	left_nothing
}

@test "a signal that comes while the kernel is made ready is for who waits for it" {
	local pid status=0
	need_root
	need_plain
	doc root -- sh -c 'echo up; sleep 100' >"$HOST/document"
	as root runc sh -c "$at_home; "'exec "$@"' sh strace -f -qq -o "$HOST/trace" -e trace=write \
		-P /sys/fs/cgroup/pids/cgroup.procs -e inject=write:delay_enter=4000000:when=1 \
		ocirun "$HOST/document" >"$HOST/out" 3>&- &
	pid=$!
	await grep -q up "$HOST/out"
	on_host pkill -TERM -o -x ocirun
	wait "$pid" || status=$?
	assert_equal "$status" 143
}
