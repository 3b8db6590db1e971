#!/usr/bin/env bats
# ocirun: what is kept of a run, and run again.
load lib
load host
load ocirun

# The last line of standard error is a command; its directory.
kept_dir() {
	local line=${stderr_lines[-1]}
	[[ $line =~ ^ocirun\ --replay=([^ ]+)\ --shell$ ]] || fail "no command to paste: $stderr"
	echo "${BASH_REMATCH[1]}"
}

@test "--keep=on-failure keeps what failed, with what the runtime saw; the last line replays it" {
	local dir
	snapshot
	check() {
		run -7 --separate-stderr step "$1" "$2" sh -c 'echo here; exit 7'
		dir=$(kept_dir)
		on_host test -d "$dir"
		assert_equal "$(on_host stat -c %a "$dir")" 700
		for name in document.json config.json; do
			assert_equal "$(on_host stat -c '%a' "$dir/$name")" 600
			run -0 on_host jq -e .process.args "$dir/$name"
		done
		run -0 on_host jq -e 'has("ocipipe") | not' "$dir/config.json"
		run -7 --separate-stderr as "$1" "$2" ocirun --replay="$dir"
		assert_output here
		run -4 --separate-stderr as "$1" "$2" ocirun --replay="$dir" -- sh -c 'echo other; exit 4'
		assert_output other
		run -125 --separate-stderr as "$1" "$2" ocirun --replay="$dir" --shell </dev/null
		complains 'wants a terminal'
		run -0 as "$1" "$2" ocirun --clean="$dir"
		on_host test ! -e "$dir"
		# What succeeds is not kept.
		run -0 --separate-stderr step "$1" "$2" true
		silent
	}
	OCIRUN=--keep=on-failure each check
	left_nothing
}

@test "--replay --shell is a shell in the failed step's container" {
	OCIRUN=--keep=always run -0 --separate-stderr step root runc sh -c 'exit 0'
	local dir
	dir=$(kept_dir)
	run -6 on_host script -qec "ocirun --runtime=crun --replay=$dir --shell" /dev/null < <(
		sleep 0.5
		printf 'echo $((40 + 2)); exit 6\n'
		sleep 1
	)
	assert_output --partial 42
	run -0 on_host ocirun --clean="$dir"
}

@test "a stage can be tried on what is kept" {
	OCIRUN=--keep=on-failure run -1 --separate-stderr step root crun sh -c 'mount -t tmpfs x /tmp'
	local dir
	dir=$(kept_dir)
	run -0 --separate-stderr on_host sh -c 'ocipatch --set="/process/args=[\"echo\",\"tried\"]" <"$0/document.json" | ocirun --runtime=crun' "$dir"
	assert_output tried
	run -0 on_host ocirun --clean="$dir"
}

@test "what failed before there was a container is kept and named too: the step, the mount, the hook" {
	local dir
	snapshot
	doc root -w /etc/passwd/x -- true >"$HOST/document"
	run -125 --separate-stderr as root runc ocirun --keep=on-failure "$HOST/document"
	complains 'workdir: /etc/passwd/x'
	dir=$(kept_dir)
	on_host test -e "$dir/document.json"
	run -0 on_host ocirun --clean="$dir"
	doc root -- true | hooks-apply --hook=prestart:/bin/false >"$HOST/document"
	for runtime in runc crun; do
		run -125 --separate-stderr as root $runtime ocirun --keep=on-failure "$HOST/document"
		complains 'hook'
		dir=$(kept_dir)
		on_host test -s "$dir/runtime.log"
		run -0 on_host ocirun --clean="$dir"
	done
	left_nothing
}

@test "--clean=DIR removes what was kept, and nothing else" {
	mkdir precious
	echo >precious/file
	run -125 --separate-stderr ocirun --clean=precious
	complains 'is not a directory that we kept'
	[ -e precious/file ]
	run -125 --separate-stderr ocirun --replay=precious
	complains 'precious'
	run -125 --separate-stderr ocirun --clean=nothing
}
