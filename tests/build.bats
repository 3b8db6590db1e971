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

@test "every fuzzer can be built, and its parser takes the texts that it starts with" {
	flags="-std=gnu17 -D_GNU_SOURCE -iquote $TESTS/../lib -iquote $TESTS"
	flags+=" $(make -s -C "$TESTS/.." --no-print-directory --eval='libs: ; @echo $(FUZZ_LIBS)' libs)"
	! sanitized || flags+=' -fsanitize=address,undefined'
	mkdir fuzz
	for fuzzer in "$TESTS"/fuzz/*.c; do
		# shellcheck disable=SC2086 # words
		${CC:-cc} -o "fuzz/$(basename "$fuzzer" .c)" "$fuzzer" "$TESTS/once.c" "$BIN/lib.a" $flags
	done
	run -0 --separate-stderr "$TESTS/fuzz/run" "$PWD/fuzz"
	for fuzzer in "$TESTS"/fuzz/*.c; do
		assert_line --regexp "^$(basename "$fuzzer" .c): [1-9][0-9]* inputs"
	done
}
