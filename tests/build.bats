#!/usr/bin/env bats
# The programs are there and answer.
load lib

@test "every tool answers --help and --version on standard output" {
	for tool in $(tools); do
		run -0 --separate-stderr "$tool" --help
		assert_line --index 0 --partial "Usage: $tool"
		silent
		run -0 --separate-stderr "$tool" --version
		assert_line --index 0 --partial "$tool (ocipipe)"
		silent
	done
}
