#!/usr/bin/env bats
# Every property of the runtime-spec has an owner.
load lib

@test "each property of the runtime-spec can be set, changed and removed by its owner, and nothing else is" {
	python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import ocischema; sys.exit(not ocischema.load())' \
		"$TESTS" || skip "no JSON schema: set \$RUNTIME_SPEC_SCHEMA, and install python3-jsonschema"
	run -0 "$TESTS/coverage-spec"
	assert_output '170 of 170 leaves have an owner that can set, change and remove them'
}
