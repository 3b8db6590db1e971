#!/usr/bin/env bats
# chroot isolation: the tests of ocirun that are about every kind of run, run a second time.
load lib
load host

# again FILE [NAMES] - the tests of a file, those that NAMES fits
again() {
	need_root
	# In an environment of their own: a file's setup is not for the tests of another.
	RUNTIMES=chroot OCIRUN=--log-level=error BIN=$BIN \
		env -u BATS_TEST_TMPDIR -u BATS_FILE_TMPDIR -u BATS_TEST_FILENAME \
		bats --filter "${2-.}" "$TESTS/$1" >log 2>&1 3>&- || fail "$(grep -v ^ok log)"
	[ "$(grep -c ^ok log)" -ge "${3-1}" ] || fail "$(cat log)"
}

@test "a run from its document to its exit status" {
	again ocirun.bats 'step runs, its output|working directory is made|mount targets are made|what the command puts|no directory is refused|may be read-only' 6
}

@test "volumes, overlays and generated files" {
	again ocirun-mounts.bats 'volume shows|overlay takes|be read-only|files can be mounted|U gives|idmap shows|/etc/hosts has|mountinfo says' 8
}

@test "exit statuses, and what is looked up before there is a process" {
	again ocirun.bats 'every exit status|ends by a signal|no command at all|mount hides|is not there is 127' 5
}

@test "streams" {
	again ocirun-relay.bats . 11
}

@test "signals and deadlines" {
	again ocirun-signals.bats . 12
}

@test "the terminal" {
	again ocirun-terminal.bats 'shell to type|stops the job|whichever|is never passed on|much output' 5
}

@test "a filter decides as under a runtime" {
	again seccomp-apply-run.bats . 5
}
